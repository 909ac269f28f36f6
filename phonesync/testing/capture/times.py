"""Dates moved by whole weeks: weekdays and times of day stay what they are, so only dates need rewriting."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from phonesync import clock
from phonesync.model import WallTime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Phones write dates as calls of a translator, too: T("Thu") T("Mar") T("06").
_GAP = r"(?:[^0-9A-Za-z<>]{1,4}(?:T[^0-9A-Za-z<>]{1,3})?)"
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?P<rest>[a-z]{0,6})"
_WEEKDAY = rf"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}}(?P<gap0>{_GAP}))?"
_CLOCK = r"(?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)"

_YEAR = r"(?:19|20)\d\d"
_SHOWN_YEAR = rf"(?P<year>(?:{_GAP}){_YEAR}(?!\d))?"

ISO = (
    rf"(?<!\d)(?P<y>{_YEAR})(?P<s>[-./])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?!\d)(?P<clock>[T_ ]{_CLOCK})?"
)
DAY_FIRST = rf"(?<![\d.])(?P<d>\d{{1,2}})(?P<s>[-./])(?P<m>\d{{1,2}})(?P=s)(?P<y>{_YEAR})(?![\d.])"
MONTH_DAY = rf"(?<![A-Za-z]){_WEEKDAY}{_MONTH}(?P<gap1>{_GAP})(?P<day>\d{{1,2}})(?!\d){_SHOWN_YEAR}"
DAY_MONTH = rf"(?<![A-Za-z0-9]){_WEEKDAY}(?P<day>\d{{1,2}})(?P<gap1>{_GAP}){_MONTH}{_SHOWN_YEAR}"
TIME_OF_DAY = rf"(?<![\d:]){_CLOCK}(?![\d:])(?<=:\d\d)"
COMPACT = r"(?<!\d)20\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:T?[0-2]\d[0-5]\d[0-5]\d)?(?!\d)"
EPOCH = r"(?<!\d)1\d{9}(?:\d{3})?(?!\d)"

MONTHS = 12

_REACH = timedelta(days=6 * 366)
"""A number this near to the recording, read as seconds since 1970, is a time."""


class Shift:
    """Moves every date by the same whole weeks.

    Args:
        weeks: Into the past.
        at: When the conversation began, UTC: the year of dates that show none is found from it.
    """

    def __init__(self, weeks: int, *, at: datetime) -> None:
        self._by = timedelta(weeks=weeks)
        self._at = at

    def instant(self, at: datetime) -> datetime:
        """An instant, moved."""
        return at - self._by

    def wall(self, wall: WallTime) -> WallTime:
        """A wall time, moved; one without a year stays without."""
        year = wall.year or clock.resolve_year(wall, today=self._at.date())
        moved = self._moved(year, wall.month, wall.day)
        shown = None if wall.year is None else moved.year
        return replace(wall, year=shown, month=moved.month, day=moved.day)

    def numeric(self, found: re.Match[str]) -> str:
        """``2025-03-06`` and ``06.03.2025``; with slashes the month may come first."""
        month, day = int(found["m"]), int(found["d"])
        year_last = found.start("y") > found.start("d")
        # 03/06/2025 is the sixth of March, 03.06.2025 the third of June, and 13 is no month.
        swapped = month > MONTHS >= day or (found["s"] == "/" and year_last and day <= MONTHS)
        if swapped:
            month, day = day, month
        try:
            moved = self._moved(int(found["y"]), month, day)
        except ValueError:
            return found[0]
        values = {"y": moved.year, "m": moved.day if swapped else moved.month}
        values["d"] = moved.month if swapped else moved.day
        return _put(found, {name: _padded(value, found[name]) for name, value in values.items()})

    def worded(self, found: re.Match[str]) -> str:
        """``Thu, Mar 6`` and ``Thu, 06 Mar 2025 12:00:00 GMT``."""
        weekday = found["weekday"]
        month, day = _MONTHS.index(found["month"].lower()) + 1, int(found["day"])
        try:
            wall = WallTime(
                year=int(found["year"][-4:]) if found["year"] else None,
                month=month,
                day=day,
                hour=0,
                minute=0,
                weekday=None if weekday is None else _DAYS.index(weekday.lower()),
            )
        except ValueError:
            return found[0]
        year = wall.year or clock.resolve_year(wall, today=self._at.date())
        moved = self._moved(year, month, day)
        name = _LONG_MONTHS[moved.month - 1]
        is_long = (
            found["rest"] and f"{found['month']}{found['rest']}".lower() == _LONG_MONTHS[month - 1].lower()
        )
        changed = {"month": name[:3], "rest": name[3:] if is_long else found["rest"]}
        changed["day"] = _padded(moved.day, found["day"])
        if found["year"]:
            changed["year"] = f"{found['year'][:-4]}{moved.year}"
        return _put(found, changed)

    def compact(self, text: str) -> str | None:
        """``20250306142011``, or None where it is no date near the recording."""
        try:
            then = datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            return None
        if abs(self._at - then) > _REACH:
            return None
        return f"{then - self._by:%Y%m%d}{text[8:]}"

    def epoch(self, text: str) -> str | None:
        """Seconds or milliseconds since 1970, or None where that is not near the recording."""
        unit = 1000 if len(text) > len("1741262411") else 1
        then = datetime.fromtimestamp(int(text) / unit, tz=UTC)
        if abs(self._at - then) > _REACH:
            return None
        return str(int(text) - int(self._by.total_seconds()) * unit)

    def _moved(self, year: int, month: int, day: int) -> date:
        return date(year, month, day) - self._by


def _padded(value: int, like: str) -> str:
    return f"{value:02}" if len(like) > 1 else str(value)


def _put(found: re.Match[str], changed: dict[str, str]) -> str:
    """The match with groups replaced."""
    pieces, place = [], found.start()
    for name in sorted(changed, key=found.start):
        pieces += [found.string[place : found.start(name)], changed[name]]
        place = found.end(name)
    return "".join((*pieces, found.string[place : found.end()]))
