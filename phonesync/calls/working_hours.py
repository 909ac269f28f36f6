"""Working hours: when a time that is counted in them has passed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from phonesync.clock import instants

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Weekdays as the configuration spells them."""

DAY_MINUTES = 24 * 60
"""Minutes of a day by the wall clock: the end of a span that lasts until midnight."""

FARTHEST = timedelta(days=3660)
"""Whatever falls due after more than ten years has no due time."""

Span: TypeAlias = tuple[int, int]
"""From and until, minutes since midnight by the wall clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When people work.

    Attributes:
        week: The spans of each weekday, Monday first, in order and apart; all of every day by default.
        holidays: Dates without any.
    """

    week: tuple[tuple[Span, ...], ...] = (((0, DAY_MINUTES),),) * len(DAYS)
    holidays: frozenset[date] = frozenset()

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans of a date."""
        return () if day in self.holidays else self.week[day.weekday()]


def after(since: datetime, wanted: timedelta, *, hours: WorkingHours, zone: ZoneInfo) -> datetime | None:
    """When so much working time has passed.

    Args:
        since: Counted from then on, UTC.
        wanted: Working time.
        hours: When people work, by the wall clock.
        zone: Of that wall clock.

    Returns:
        UTC; None where it takes more than ten years.
    """
    left, day = wanted, since.astimezone(zone).date()
    last = day + FARTHEST
    while day <= last:
        for begins, ends in hours.on(day):
            start = max(since, _at(day, begins, zone))
            lasts = _at(day, ends, zone) - start
            if lasts >= left:
                return start + left
            left -= max(lasts, timedelta())
        day += timedelta(days=1)
    return None


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A minute of a day, UTC; in a doubled hour the first of the two."""
    return instants(datetime.combine(day, time()) + timedelta(minutes=minutes), zone)[0]
