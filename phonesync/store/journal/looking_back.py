"""How far to look back for the newest calls of many values of a column.

An index has the calls of each value by time, but none has those of many together, and to sort them all would
take the longer the more there are. So spans of time are tried, each some times as long as the one before: in
a short span, a look-up for each value finds little, wherever it is in the index.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, func, select

from phonesync.store.tables import CALLS

SHORTEST = 4096
"""The first span is such a part of the whole time."""

GROWTH = 8
"""After a span in which there is nothing comes one so many times as long; after others, at most 64 times."""

ENDLESS = 2**62
"""A bound that bounds nothing."""


def floor(
    connection: Connection,
    those: Select[Any],
    at: Column[Any],
    size: int,
    *,
    since: datetime | None,
    until: datetime | None,
) -> datetime | None:
    """Since when so many calls began, up to twice as many; None where there are fewer in all.

    Args:
        connection: In a transaction.
        those: When each of all the calls began, as ``at``.
        at: The column that tells it.
        size: How many are looked for.
        since: None of them began before, UTC; None where that is not known.
        until: None of them began after, UTC; or None.
    """
    whole = _whole_time(connection)
    if whole is None:
        return None
    first, last = max(whole[0], since or whole[0]), min(whole[1], until or whole[1])
    span = (last - first) / SHORTEST
    while first < last - span:
        within = those.where(at >= last - span)
        held = _count(connection, within.limit(2 * size))
        if size <= held < 2 * size:
            return last - span
        if held >= size:
            those = within
            break
        span *= min(GROWTH * GROWTH, max(2.0, 1.5 * size / held)) if held else GROWTH
    # The bound keeps SQLite from merging the two, and from taking the index by time for the order.
    found = those.limit(ENDLESS).subquery()
    newest = select(found.c.at).order_by(found.c.at.desc()).limit(size).subquery()
    row = connection.execute(select(func.count().label("calls"), func.min(newest.c.at).label("at"))).one()
    return row.at if row.calls == size else None


def _count(connection: Connection, those: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(those.subquery())).scalar_one())


def _whole_time(connection: Connection) -> tuple[datetime, datetime] | None:
    """When the first call and the last one of the store began; None where there is none."""
    at = CALLS.c.started_at
    ends = (select(at).order_by(order).limit(1).scalar_subquery() for order in (at.asc(), at.desc()))
    first, last = connection.execute(select(*ends)).one()
    return None if first is None else (first, last)
