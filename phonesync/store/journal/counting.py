"""The figures above the list, and how many calls there would be under less of a filter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, cast, func, select

from phonesync.journal.filters import Tab
from phonesync.store.journal.conditions import IS_ANSWERED, IS_MISSED, IS_STILL_OPEN, OF_TAB
from phonesync.store.journal.finding import Wanted, lowest, reached, within
from phonesync.store.journal.records import Counts
from phonesync.store.tables import CALLS

AT_MOST = 20_000
"""Calls that figures look at; where there are more, they are of the newest ones and say so."""

_KINDS = {
    "answered": IS_ANSWERED,
    "missed": IS_MISSED,
    **{tab.value: condition for tab, condition in OF_TAB.items() if tab is not Tab.MISSED},
}
_SUMS = (
    func.count().label("calls"),
    func.coalesce(func.sum(CALLS.c.talk_s), 0).label("talk_s"),
    func.sum(cast(IS_STILL_OPEN, Integer)).label("still_open"),
    func.min(CALLS.c.started_at).label("first_at"),
    func.max(CALLS.c.started_at).label("last_at"),
)


def counts(connection: Connection, wanted: Wanted, tab: Tab) -> Counts:
    """The figures of a filter.

    Args:
        connection: In a transaction.
        wanted: The filter without its tab.
        tab: Its tab.
    """
    floor = lowest(connection, wanted, None, AT_MOST + 1)
    kinds = [condition.label(f"is_{name}") for name, condition in _KINDS.items()]
    columns: list[Any] = [*kinds, *_SUMS]
    query = _over(wanted, select(*columns), floor).group_by(*(kind.name for kind in kinds))
    rows = connection.execute(query).all()
    here = list(_on(rows, tab))
    return Counts(
        tabs={one: _sum(_on(rows, one)) for one in Tab},
        answered=_sum(row for row in here if row.is_answered),
        missed=_sum(row for row in here if row.is_missed),
        still_open=_sum(here, "still_open"),
        talk_s=_sum(here, "talk_s"),
        is_capped=floor is not None,
        since=floor,
        first_at=None if floor is not None else min((row.first_at for row in here), default=None),
        last_at=max((row.last_at for row in here), default=None),
    )


def how_many(connection: Connection, wanted: Wanted) -> int:
    """How many of the newest calls fit a filter, looking at no more than figures do."""
    floor = lowest(connection, wanted, None, AT_MOST + 1)
    counted = _over(wanted, select(func.count()).select_from(CALLS), floor)
    return int(connection.execute(counted).scalar_one())


def _over(wanted: Wanted, chosen: Select[Any], floor: datetime | None) -> Select[Any]:
    way = reached(wanted, floor)
    return within(chosen.where(*wanted.conditions, *(() if way is None else (way,))), wanted, None, floor)


def _on(rows: Iterable[Row[Any]], tab: Tab) -> Iterable[Row[Any]]:
    return (row for row in rows if tab is Tab.ALL or getattr(row, f"is_{tab.value}"))


def _sum(rows: Iterable[Row[Any]], what: str = "calls") -> int:
    return sum(int(getattr(row, what)) for row in rows)
