"""Calls of the journal newest first, page by page, with a bound to what one page looks at.

A page walks an index from where the page before ended, in stretches that grow, and tests each call: the index
of all calls by time, or those that the filter leads to (see :mod:`phonesync.store.journal.ways`). Where few
calls fit, it stops after so many calls looked at and says where to go on: no filter makes the store read ten
million calls for one page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    exists,
    func,
    not_,
    select,
    tuple_,
    union_all,
)

from phonesync.store.chunks import chunks
from phonesync.store.journal import looking_back
from phonesync.store.journal.conditions import Condition
from phonesync.store.journal.records import Cursor
from phonesync.store.journal.showing import by_ids, query
from phonesync.store.journal.ways import Key, Values, Way, one_by_one
from phonesync.store.tables import CALL_LEGS, CALLS

AHEAD = 2
"""A page looks first at so many times the calls it has room for; what fits of them tells how many next."""

GROWTH = 8
"""A stretch is at most so many times as long as the one before."""

AT_MOST = 20_500
"""Calls that a page looks at, all stretches together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for.

    Attributes:
        conditions: All of them hold.
        since: Begun at this instant or later, UTC, or None.
        until: Begun before this instant, UTC, or None.
        way: Leads to all calls for which the conditions can hold; None for all calls by time.
    """

    conditions: Sequence[Condition]
    since: datetime | None = None
    until: datetime | None = None
    way: Way | None = None


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
    place, left = before, AT_MOST
    size = least = min(AHEAD * limit, AT_MOST)
    while left > 0:
        floor = lowest(connection, wanted, place, size) if wanted.conditions else None
        missing = limit + 1 - len(found)
        fitting = _stretch(connection, wanted, place, floor, missing)
        found += fitting
        if len(found) > limit:
            last = found[limit - 1]
            return Found(rows=found[:limit], next=Cursor(at=last["started_at"], id=last["id"]))
        if floor is None:
            return Found(rows=found, next=None)
        place, left = Cursor(at=floor), left - size
        size = min(left, max(least, _longer(size, len(fitting), missing - len(fitting))))
    return Found(rows=found, next=place)


def _longer(size: int, fitting: int, missing: int) -> int:
    """How many calls to look at next, where so many of ``size`` fitted: half as many again as should do."""
    enough = size * missing * 3 // (2 * fitting) if fitting else size * GROWTH
    return min(enough, size * GROWTH)


def _stretch(
    connection: Connection, wanted: Wanted, before: Cursor | None, floor: datetime | None, limit: int
) -> Sequence[RowMapping]:
    if wanted.way is None:
        some = within(query(), wanted, before, floor).where(*wanted.conditions).limit(limit)
        return connection.execute(some.order_by(*_newest(CALLS.c))).mappings().all()
    places = sorted(set(_places(connection, wanted, wanted.way, before, floor, limit)), reverse=True)[:limit]
    rows: dict[str, RowMapping] = {}
    for some_ids in chunks([call_id for _, call_id in places]):
        rows |= {row["id"]: row for row in connection.execute(by_ids(some_ids)).mappings()}
    return [rows[call_id] for _, call_id in places]


def _places(
    connection: Connection,
    wanted: Wanted,
    way: Way,
    before: Cursor | None,
    floor: datetime | None,
    limit: int,
) -> Iterator[tuple[datetime, str]]:
    """When calls began and their ids: the newest of each branch of a way."""
    for key, values in way.keys:
        chosen: Select[Any] = select(key.at.label("at"), key.call_id.label("id")).where(*key.only)
        if key.table is CALL_LEGS:
            chosen = chosen.join_from(CALL_LEGS, CALLS, CALLS.c.id == CALL_LEGS.c.call_id)
            chosen = chosen.where(_is_first_leg(key))
        chosen = within(chosen.where(*wanted.conditions), wanted, before, floor, key)
        singles = one_by_one(values)
        if singles is None:
            # Without an order: SQLite would take the index by time for it, and go through all calls.
            yield from map(_place, connection.execute(chosen.where(key.by.in_(values))))
            continue
        one = chosen.where(key.by == bindparam("b_value", type_=key.by.type))
        one = one.order_by(key.at.desc(), key.call_id.desc()).limit(limit)
        for value in singles:
            yield from map(_place, connection.execute(one, {"b_value": value}))
    for some in chunks(way.ids or ()):
        marked: Select[Any] = select(CALLS.c.started_at, CALLS.c.id)
        marked = marked.where(CALLS.c.id.in_(some), *wanted.conditions)
        yield from map(_place, connection.execute(within(marked, wanted, before, floor)))


def _place(row: Sequence[Any]) -> tuple[datetime, str]:
    return row[0], row[1]


def _is_first_leg(key: Key) -> Condition:
    """None before it in the same call has the value too: each call comes once."""
    earlier = CALL_LEGS.alias()
    return not_(
        exists().where(
            earlier.c.call_id == CALL_LEGS.c.call_id,
            earlier.c.ordinal < CALL_LEGS.c.ordinal,
            earlier.c[key.column] + _NOTHING[key.column] == key.by,
        )
    )


_NOTHING: dict[str, Any] = {"phone_id": 0, "owner": "", "department": ""}
"""Added to a column, it keeps its value and is no longer looked up by its index."""


def within(
    chosen: Select[Any],
    wanted: Wanted,
    before: Cursor | None,
    floor: datetime | None,
    key: Key | None = None,
    *,
    exactly: bool = True,
) -> Select[Any]:
    """A query restricted to a stretch of time.

    Args:
        chosen: Over calls, or over what a key leads to.
        wanted: Its days.
        before: Only calls behind this place, or None.
        floor: Only calls that began at this instant or later, or None.
        key: What leads to the calls; None for calls by time.
        exactly: False takes those that began in the instant of ``before`` too: an index without ids will do.
    """
    at, call_id = (CALLS.c.started_at, CALLS.c.id) if key is None else (key.at, key.call_id)
    least = max((instant for instant in (wanted.since, floor) if instant is not None), default=None)
    if least is not None:
        chosen = chosen.where(at >= least)
    if before is not None and not before.id:
        chosen = chosen.where(at < before.at)
    elif before is not None and not exactly:
        chosen = chosen.where(at <= before.at)
    elif before is not None:
        # The first condition is in the second; by it alone SQLite finds the place in an index without ids.
        chosen = chosen.where(at <= before.at, tuple_(at, call_id) < tuple_(before.at, before.id))
    if wanted.until is not None:
        chosen = chosen.where(at < wanted.until)
    return chosen


def lowest(connection: Connection, wanted: Wanted, before: Cursor | None, size: int) -> datetime | None:
    """Down to which instant so many calls lie, whether they fit or not; None where there are no more."""
    way = wanted.way
    if way is None:
        newest = within(select(CALLS.c.started_at.label("at")), wanted, before, None, exactly=False)
        return _floor(connection, newest.order_by(*_newest(CALLS.c)).limit(size), size)
    floors = [
        floor for key, values in way.keys for floor in _floors(connection, wanted, key, values, before, size)
    ]
    return max((floor for floor in floors if floor is not None), default=None)


def _floors(
    connection: Connection, wanted: Wanted, key: Key, values: Values, before: Cursor | None, size: int
) -> Iterator[datetime | None]:
    """The same for each of the values of a key, or for all of them together."""
    every = select(key.at.label("at")).where(*key.only)
    newest = within(every, wanted, before, None, key, exactly=False)
    singles = one_by_one(values)
    if singles is None:
        until = None if before is None else before.at
        those = newest.where(key.by.in_(values))
        yield looking_back.floor(connection, those, key.at, size, since=wanted.since, until=until)
        return
    for value in singles:
        last = newest.where(key.by == bindparam(None, value, type_=key.by.type))
        yield _floor(connection, last.order_by(key.at.desc()).limit(size), size)


def _floor(connection: Connection, newest: Select[Any], size: int) -> datetime | None:
    counted = newest.subquery()
    columns = func.count().label("calls"), func.min(counted.c.at).label("floor")
    row = connection.execute(select(*columns)).one()
    return row.floor if row.calls == size else None


def _newest(columns: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return columns.started_at.desc(), columns.id.desc()


def reached(wanted: Wanted, floor: datetime | None) -> Condition | None:
    """That a way leads to a call; None for all calls by time."""
    way = wanted.way
    if way is None:
        return None
    parts = [
        within(select(key.call_id).where(key.by.in_(values), *key.only), wanted, None, floor, key)
        for key, values in way.keys
    ]
    if way.ids is not None:
        parts.append(select(CALLS.c.id).where(CALLS.c.id.in_(way.ids)))
    return CALLS.c.id.in_(union_all(*(part.correlate(None) for part in parts)))
