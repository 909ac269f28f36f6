"""Hypothesis strategies for what phones show: numbers, names, rows, whole call logs.

They need hypothesis, which phonesync itself does not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType

from hypothesis import strategies as st

from phonesync.model import CallLog, CallLogEntry, Snapshot, WallTime

_EARLIEST = datetime(2020, 1, 1)  # noqa: DTZ001  a wall time has no zone
_LATEST = datetime(2026, 12, 31, 23, 59, 59)  # noqa: DTZ001  a wall time has no zone
_NAMES = ("Olga Smirnova", "Иванов И. И.", "Bistro & Bar", 'O\'Neil "Ned"', "☎️ Zoë", "Ж" * 300, "\u202eمرحبا")
_LONGEST_CALL_S = 4 * 3600


def numbers() -> st.SearchStrategy[str | None]:
    """Numbers as phones show them: extensions, trunk forms, service codes, words, and none at all."""
    return st.one_of(
        st.none(),
        st.sampled_from(("201", "anonymous", "*72", "112", "00441632960961", "+74955550199")),
        st.from_regex(r"\A\+?[0-9]{2,15}\Z"),
    )


def names() -> st.SearchStrategy[str | None]:
    """Names as callers choose them, hostile ones included."""
    free = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    return st.one_of(st.none(), st.sampled_from(_NAMES), free.filter(lambda name: bool(name.strip())))


def wall_times(
    *, shows_year: bool = True, resolution_s: int = 1, since: datetime = _EARLIEST, until: datetime = _LATEST
) -> st.SearchStrategy[WallTime]:
    """Wall times as a list shows them.

    Args:
        shows_year: False for lists without a year.
        resolution_s: 1, or 60 for lists without seconds.
        since: Earliest, naive.
        until: Latest, naive.
    """
    instants = st.datetimes(min_value=since, max_value=until)
    return instants.map(lambda instant: _wall(instant, shows_year=shows_year, resolution_s=resolution_s))


def entries(
    list_code: str = "1", *, shows_year: bool = True, resolution_s: int = 1
) -> st.SearchStrategy[CallLogEntry]:
    """One row of a call list."""
    return st.builds(
        _entry,
        st.just(list_code),
        wall_times(shows_year=shows_year, resolution_s=resolution_s),
        numbers(),
        names(),
        st.one_of(st.none(), st.integers(0, _LONGEST_CALL_S)),
        st.integers(1, 3),
    )


@st.composite
def call_logs(
    draw: st.DrawFn,
    *,
    list_codes: tuple[str, ...] = ("1", "2", "3", "4"),
    most_rows: int = 12,
    shows_year: bool = True,
    resolution_s: int = 1,
) -> CallLog:
    """A whole read: each list newest first, some of them empty.

    Args:
        draw: Given by hypothesis.
        list_codes: The lists the phone has.
        most_rows: Rows of the longest list.
        shows_year: False for lists without a year.
        resolution_s: 1, or 60 for lists without seconds.
    """
    newest = draw(st.datetimes(min_value=_EARLIEST + timedelta(days=30), max_value=_LATEST))
    snapshots = []
    for code in list_codes:
        ages = sorted(draw(st.lists(st.integers(0, 20 * 86400), max_size=most_rows)))
        rows = tuple(
            _entry(
                code,
                _wall(newest - timedelta(seconds=age), shows_year=shows_year, resolution_s=resolution_s),
                draw(numbers()),
                draw(names()),
                draw(st.one_of(st.none(), st.integers(0, _LONGEST_CALL_S))),
                1,
            )
            for age in ages
        )
        snapshots.append(Snapshot(list_code=code, entries=rows))
    return CallLog(snapshots=tuple(snapshots), accounts=MappingProxyType({1: "201"}))


def _wall(instant: datetime, *, shows_year: bool, resolution_s: int) -> WallTime:
    return WallTime(
        year=instant.year if shows_year else None,
        month=instant.month,
        day=instant.day,
        hour=instant.hour,
        minute=instant.minute,
        second=instant.second if resolution_s == 1 else None,
        weekday=None if shows_year else instant.weekday(),
    )


def _entry(
    code: str, wall: WallTime, number: str | None, name: str | None, duration_s: int | None, count: int
) -> CallLogEntry:
    seconds = "" if wall.second is None else f":{wall.second:02}"
    day = (
        f"{wall.month:02}-{wall.day:02}"
        if wall.year is None
        else f"{wall.year}-{wall.month:02}-{wall.day:02}"
    )
    return CallLogEntry(
        list_code=code,
        account="201",
        remote_number=number,
        remote_name=name,
        shown_at=f"{day} {wall.hour:02}:{wall.minute:02}{seconds}",
        wall=wall,
        duration_s=duration_s,
        count=count,
    )
