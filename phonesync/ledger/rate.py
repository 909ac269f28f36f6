"""When a phone's rows are recorded: counts by hour of the week, and what they let us expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

HOURS = 168
"""Hours of a week."""

PRIOR_PER_HOUR = 12
"""Rows an hour assumed of a pool until its first day is over: a busy desk phone."""

YOUNG_PER_HOUR = 4
"""Rows an hour assumed at least, until its first week is over."""

FLOOR_PER_HOUR = 2
"""Rows an hour assumed at least, at any hour: a quiet phone may get busy."""

_KEPT_HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class RateProfile:
    """Rows recorded per pool and hour of the week (0 is Monday 00:00 to 01:00, local time).

    Attributes:
        peaks: Pool name to the most rows any single clock hour brought, by hour of the week.
        totals: Pool name to rows counted, by hour of the week.
        recent: Pool name to rows of each recent clock hour (hours since 1970 as key).
        since: The hour the counting began (hours since 1970), or None before the first row.
    """

    peaks: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    totals: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    recent: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    since: int | None = None

    def counted(self, pool: str, instants: Iterable[datetime], zone: ZoneInfo) -> RateProfile:
        """The profile with one row more at each of ``instants`` (UTC)."""
        times = sorted(instants)
        if not times:
            return self
        peaks = list(self.peaks.get(pool) or (0,) * HOURS)
        totals = list(self.totals.get(pool) or (0,) * HOURS)
        recent = dict(self.recent.get(pool) or {})
        for instant in times:
            hour = _hour(instant)
            of_week = hour_of_week(instant, zone)
            recent[hour] = recent.get(hour, 0) + 1
            totals[of_week] += 1
            peaks[of_week] = max(peaks[of_week], recent[hour])
        newest = max(recent)
        recent = {hour: rows for hour, rows in recent.items() if hour > newest - _KEPT_HOURS}
        first = _hour(times[0])
        return RateProfile(
            peaks={**self.peaks, pool: tuple(peaks)},
            totals={**self.totals, pool: tuple(totals)},
            recent={**self.recent, pool: recent},
            since=first if self.since is None else min(self.since, first),
        )

    def renamed(self, names: Mapping[str, str]) -> RateProfile:
        """The profile of pools that bear other names now (new name to old); other pools are left out."""
        return RateProfile(
            peaks={name: self.peaks[old] for name, old in names.items() if old in self.peaks},
            totals={name: self.totals[old] for name, old in names.items() if old in self.totals},
            recent={name: self.recent[old] for name, old in names.items() if old in self.recent},
            since=self.since,
        )

    def weeks(self, now: datetime) -> float:
        """Weeks over which rows were counted, up to ``now``."""
        return 0.0 if self.since is None else max(_hour(now) - self.since, 0) / HOURS

    def peak(self, pool: str, instant: datetime, zone: ZoneInfo, *, now: datetime) -> int:
        """Rows an hour this pool may reach at that hour of the week; cautious while little is known."""
        peaks = self.peaks.get(pool) or (0,) * HOURS
        weeks = self.weeks(now)
        if weeks < 1:
            return max(*peaks, PRIOR_PER_HOUR if weeks < 24 / HOURS else YOUNG_PER_HOUR)
        of_week = hour_of_week(instant, zone)
        near = (peaks[(of_week + step) % HOURS] for step in (-1, 0, 1))
        same_hour = (peaks[(of_week % 24) + day] for day in range(0, HOURS, 24))
        return max(*near, *same_hour, FLOOR_PER_HOUR)

    def expected(self, pool: str, since: datetime, until: datetime, zone: ZoneInfo) -> float | None:
        """Rows expected between two instants; None while less than a week was counted. Never a bound."""
        weeks = self.weeks(until)
        totals = self.totals.get(pool)
        if weeks < 1 or totals is None:
            return None
        rows, instant = 0.0, since
        while instant < until:
            step = min(until - instant, timedelta(hours=1))
            rows += totals[hour_of_week(instant, zone)] / weeks * (step / timedelta(hours=1))
            instant += step
        return round(rows, 1)


def hour_of_week(instant: datetime, zone: ZoneInfo) -> int:
    """Hour of the local week, 0 (Monday 00:00) to 167."""
    local = instant.astimezone(zone)
    return local.weekday() * 24 + local.hour


def _hour(instant: datetime) -> int:
    return int(instant.timestamp()) // 3600
