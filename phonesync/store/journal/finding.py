"""Calls of the journal newest first, page by page, with a bound to what one page looks at.

A page walks the index of calls by time from where the page before ended, in stretches that grow, and tests
each call. Where few calls fit, it stops after so many calls looked at and says where to go on: no filter
makes the store read ten million calls for one page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, tuple_

from phonesync.store.journal.conditions import Condition
from phonesync.store.journal.records import Cursor
from phonesync.store.journal.showing import query
from phonesync.store.tables import CALLS

STRETCHES = (500, 4_000, 16_000)
"""Calls looked at in one statement after another; a page looks at no more than their sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for.

    Attributes:
        conditions: All of them hold.
        since: Begun at this instant or later, UTC, or None.
        until: Begun before this instant, UTC, or None.
    """

    conditions: Sequence[Condition]
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of rows, and where to go on; None at the end."""

    rows: Sequence[RowMapping]
    next: Cursor | None


def page(connection: Connection, wanted: Wanted, before: Cursor | None, limit: int) -> Found:
    """Rows of :func:`phonesync.store.journal.showing.query`, newest first.

    Args:
        connection: In a transaction.
        wanted: Which.
        before: Where the page before ended, or None.
        limit: So many at most.
    """
    found: list[RowMapping] = []
    place = before
    for size in STRETCHES:
        floor = lowest(connection, wanted, place, size) if wanted.conditions else None
        some = newest_first(query(), wanted, place, floor).limit(limit + 1 - len(found))
        found += connection.execute(some).mappings()
        if len(found) > limit:
            last = found[limit - 1]
            return Found(rows=found[:limit], next=Cursor(at=last["started_at"], id=last["id"]))
        if floor is None:
            return Found(rows=found, next=None)
        place = Cursor(at=floor)
    return Found(rows=found, next=place)


def newest_first(
    chosen: Select[Any], wanted: Wanted, before: Cursor | None, floor: datetime | None
) -> Select[Any]:
    """A query over calls, restricted and put in order.

    Args:
        chosen: What of each call.
        wanted: Which.
        before: Only calls behind this place, or None.
        floor: Only calls that began at this instant or later, or None.
    """
    return within(chosen.where(*wanted.conditions), wanted, before, floor).order_by(
        CALLS.c.started_at.desc(), CALLS.c.id.desc()
    )


def within(chosen: Select[Any], wanted: Wanted, before: Cursor | None, floor: datetime | None) -> Select[Any]:
    """A query over calls, restricted to a stretch of time."""
    least = max((at for at in (wanted.since, floor) if at is not None), default=None)
    if least is not None:
        chosen = chosen.where(CALLS.c.started_at >= least)
    if before is not None:
        chosen = chosen.where(tuple_(CALLS.c.started_at, CALLS.c.id) < tuple_(before.at, before.id))
    elif wanted.until is not None:
        chosen = chosen.where(CALLS.c.started_at < wanted.until)
    return chosen


def lowest(connection: Connection, wanted: Wanted, before: Cursor | None, size: int) -> datetime | None:
    """When the last of so many calls began, whether they fit or not; None where there are no more."""
    newest = within(select(CALLS.c.started_at), wanted, before, None)
    newest = newest.order_by(CALLS.c.started_at.desc(), CALLS.c.id.desc()).limit(size)
    counted = newest.subquery()
    row = connection.execute(
        select(func.count().label("calls"), func.min(counted.c.started_at).label("floor"))
    ).one()
    return row.floor if row.calls == size else None
