"""Times as Yealink phones show them, and the order of rows that follows from them.

All are wall times of the phone without a zone (sheet 3.7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from phonesync.driver import fields
from phonesync.driver.contract import Variant
from phonesync.errors import UnexpectedResponse
from phonesync.model import CallLogEntry, Snapshot, WallTime

DATE_WORDS = 3
"""Weekday, month, day."""

_WITH_YEAR = re.compile(r"([0-9]{4})\.([0-9]+)\.([0-9]+)_([0-9]+)\.([0-9]+)\.([0-9]+)")
_CLOCK = re.compile(r"([0-9]{4})-([0-9]+)-([0-9]+) ([0-9]+):([0-9]+):([0-9]+)")
_ENOUGH_VOTES = 5
_CLEAR = 4
_YEAR_MINUTES = 12 * 31 * 24 * 60

OLDEST_FIRST_SEEN = "rows stand oldest first"
"""Reported where the times of the rows contradict the order that is taken for granted."""


def with_year(text: str) -> WallTime:
    """``2025.03.06_14.05.31``.

    Raises:
        UnexpectedResponse: Written otherwise, or no such time.
    """
    match = _WITH_YEAR.fullmatch(text)
    if match is None:
        raise UnexpectedResponse("A row shows its time in a way that is not known.")
    return _wall(match.groups())


def without_year(words: Sequence[str], clock: str) -> WallTime:
    """``Thu``, ``Mar``, ``6`` and ``14:05``.

    Raises:
        UnexpectedResponse: Written otherwise, or no such time.
    """
    hour, _, minute = clock.partition(":")
    if len(words) != DATE_WORDS or not is_clock(clock):
        raise UnexpectedResponse("A row shows its time in a way that is not known.")
    weekday, month, day = words
    try:
        return WallTime(
            year=None,
            month=fields.month(month),
            day=fields.whole_number(day),
            hour=fields.whole_number(hour),
            minute=fields.whole_number(minute),
            weekday=fields.weekday(weekday),
        )
    except ValueError as error:
        raise UnexpectedResponse("A row shows a time that does not exist.") from error


def clock_time(text: str) -> WallTime | None:
    """The phone's own clock, ``2025.03.06_14.05.31`` or ``2025-03-06 14:05:31``; None for any other text."""
    match = _WITH_YEAR.fullmatch(text.strip()) or _CLOCK.fullmatch(text.strip())
    try:
        return None if match is None else _wall(match.groups())
    except UnexpectedResponse:
        return None


def is_clock(text: str) -> bool:
    """``HH:MM``."""
    hour, colon, minute = text.partition(":")
    digits = all(part.isascii() and part.isdigit() for part in (hour, minute))
    return bool(colon) and digits and len(hour) <= len("14") and len(minute) == len("05")


def _wall(numbers: Sequence[str]) -> WallTime:
    """Year, month, day, hour, minute, second, each in digits."""
    try:
        year, month, day, hour, minute, second = map(int, numbers)
        return WallTime(year=year, month=month, day=day, hour=hour, minute=minute, second=second)
    except ValueError as error:
        raise UnexpectedResponse("A row shows a time that does not exist.") from error


def snapshots(
    rows: Mapping[str, Sequence[CallLogEntry]], *, variant: Variant, order: str | None
) -> tuple[tuple[Snapshot, ...], tuple[str, ...]]:
    """One snapshot for each list, newest first, and what is to be reported.

    No source says in which order rows stand. Newest first is taken for granted; where the times of at least
    five neighbouring rows, over all lists, say otherwise by four to one, the rows are turned round. A clock
    that was set makes single neighbours disagree, and must not turn a list.

    Args:
        rows: List code to rows as the phone orders them. A list of the variant that is missing here is
            empty; a code the variant does not know gets a snapshot too, so that no row is lost.
        variant: The variant in force.
        order: The quirk ``row_order``, or None.
    """
    codes = [*variant.lists, *sorted(rows.keys() - variant.lists.keys())]
    turned = order == "oldest_first" or (order is None and _clearly_oldest_first(rows.values()))
    found = []
    for code in codes:
        entries = tuple(rows.get(code, ()))
        found.append(Snapshot(list_code=code, entries=entries[::-1] if turned else entries))
    notes = [f"list {code}" for code in codes if code not in variant.lists]
    if turned and order is None:
        notes.append(OLDEST_FIRST_SEEN)
    return tuple(found), tuple(notes)


def _clearly_oldest_first(lists: Iterable[Sequence[CallLogEntry]]) -> bool:
    later = earlier = 0
    for rows in lists:
        for first, second in pairwise(row.wall for row in rows if row.wall is not None):
            step = _step(first, second)
            later += step > 0
            earlier += step < 0
    return later >= _ENOUGH_VOTES and later >= _CLEAR * earlier


def _step(first: WallTime, second: WallTime) -> int:
    """Positive where ``second`` is later; without years, the shorter way round the year decides."""
    if first.year is None or second.year is None:
        way = (_minutes(second) - _minutes(first)) % _YEAR_MINUTES
        return 0 if way == 0 else 1 if way < _YEAR_MINUTES // 2 else -1
    one = (first.year, _minutes(first), first.second or 0)
    other = (second.year, _minutes(second), second.second or 0)
    return (other > one) - (other < one)


def _minutes(wall: WallTime) -> int:
    return ((wall.month * 31 + wall.day) * 24 + wall.hour) * 60 + wall.minute
