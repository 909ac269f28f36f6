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
"""Each further one is so many times as long."""

ENDLESS = 2**62
"""A bound that bounds nothing."""


def newest(
    connection: Connection,
    those: Select[Any],
    at: Column[Any],
    size: int,
    *,
    since: datetime | None,
    until: datetime | None,
) -> Select[Any]:
    """When the newest calls began, at most so many.

    Args:
        connection: In a transaction.
        those: When each of all the calls began, as ``at``.
        at: The column that tells it.
        size: How many are looked for.
        since: None of them began before, UTC; None where that is not known.
        until: None of them began after, UTC; or None.
    """
    whole = _whole_time(connection)
    if whole is not None:
        first, last = max(whole[0], since or whole[0]), min(whole[1], until or whole[1])
        span = (last - first) / SHORTEST
        while first < last - span:
            held = those.where(at >= last - span).limit(size).subquery()
            if connection.execute(select(func.count()).select_from(held)).scalar_one() == size:
                those = those.where(at >= last - span)
                break
            span *= GROWTH
    # The bound keeps SQLite from merging the two, and from taking the index by time for the order.
    found = those.limit(ENDLESS).subquery()
    return select(found.c.at).order_by(found.c.at.desc()).limit(size)


def _whole_time(connection: Connection) -> tuple[datetime, datetime] | None:
    """When the first call and the last one of the store began; None where there is none."""
    at = CALLS.c.started_at
    ends = (select(at).order_by(order).limit(1).scalar_subquery() for order in (at.asc(), at.desc()))
    first, last = connection.execute(select(*ends)).one()
    return None if first is None else (first, last)
