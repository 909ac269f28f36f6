"""Time: the injected clock, and wall clock of a phone to UTC.

All time comes from a :class:`Clock` handed in, so that thirty simulated days run in minutes.
"""

from __future__ import annotations

import asyncio
import calendar
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from phonesync.model import ClockReading, WallTime


class Clock(Protocol):
    """Where every part of phonesync gets its time from."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits; a simulated clock moves instead."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits on the event loop."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A wall time as an instant.

    Attributes:
        at: UTC; the true instant lies in [at, at + resolution_s), the clock of the phone being right.
        resolution_s: Width of the shown unit, and of the doubled hour where nothing decides it.
    """

    at: datetime
    resolution_s: int


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a wall clock has no zone

_AHEAD = timedelta(days=60)
"""How far ahead a date with its weekday is still believed to be a clock that is fast."""

_YEARS_BACK = 28
"""After 28 years every date falls on every weekday again (Gregorian calendar, away from 1900 and 2100)."""


def resolve_year(wall: WallTime, *, today: date) -> int:
    """The year of a wall time that shows none.

    The latest year whose date is not after tomorrow or, where a weekday is shown, falls on that weekday and
    is not far ahead. A row a week old on 2 January thus lies in the year before, and 29 February in a leap
    year.

    Args:
        wall: A wall time with ``year`` None.
        today: The date of the read, by the phone's own clock where that is known.
    """
    limit = today + (timedelta(days=1) if wall.weekday is None else _AHEAD)
    years = [
        year
        for year in range(today.year + 1, today.year - _YEARS_BACK - 1, -1)
        if wall.day <= calendar.monthrange(year, wall.month)[1] and date(year, wall.month, wall.day) <= limit
    ]
    if wall.weekday is not None:
        for year in years:
            if date(year, wall.month, wall.day).weekday() == wall.weekday:
                return year
    return years[0]


def naive(wall: WallTime, year: int) -> datetime:
    """The wall time as a naive datetime; a missing second counts as 0."""
    return datetime(year, wall.month, wall.day, wall.hour, wall.minute, wall.second or 0)  # noqa: DTZ001  a wall clock has no zone


def instants(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The two instants, UTC, that a naive wall time may mean.

    They differ only in the hours that a change of the zone's offset doubles or skips.
    """
    # The zone's offsets and plain sums: a fourth of what replace() and astimezone() take, on every row.
    before, after = zone.utcoffset(wall), zone.utcoffset(wall.replace(fold=1))
    assert before is not None
    assert after is not None
    since = wall - _WALL_EPOCH
    first = _EPOCH + (since - before)
    return first, first if after == before else _EPOCH + (since - after)


def to_utc(
    wall: datetime,
    zone: ZoneInfo,
    *,
    resolution_s: int,
    earliest: datetime | None = None,
    latest: datetime | None = None,
) -> Resolved:
    """A naive wall time as an instant.

    In the hour that the end of summer time doubles, the bounds decide; where they do not, the earlier
    instant is taken and the resolution grows by the hour. A time that the beginning of summer time skips is
    read by the offset before it.

    Args:
        wall: Naive.
        zone: The phone's zone.
        resolution_s: Width of the shown unit.
        earliest: The true instant is not before this, UTC.
        latest: The true instant is not after this, UTC.
    """
    first, second = instants(wall, zone)
    if second <= first or (latest is not None and second > latest):
        return Resolved(at=first, resolution_s=resolution_s)
    if earliest is not None and first < earliest:
        return Resolved(at=second, resolution_s=resolution_s)
    return Resolved(at=first, resolution_s=resolution_s + int((second - first).total_seconds()))


def offset_s(reading: ClockReading, zone: ZoneInfo) -> float:
    """How far the phone's clock is ahead of true time, in seconds.

    The shown unit is read at its middle, the request at its middle; in a doubled hour the smaller offset
    is taken.
    """
    year = reading.wall.year
    if year is None:
        year = resolve_year(reading.wall, today=reading.at.astimezone(zone).date())
    shown = naive(reading.wall, year)
    true = reading.at.timestamp() - reading.slack_s / 2
    middle = reading.wall.resolution_s / 2
    offsets: list[float] = [
        shown.replace(tzinfo=zone, fold=fold).timestamp() + middle - true for fold in (0, 1)
    ]
    smallest: float = min(offsets, key=abs)
    return round(smallest, 1)


def iso(instant: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z; fractions of a second only where there are some."""
    return None if instant is None else instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
