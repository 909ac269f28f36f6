"""Calls, and rows of phones, found and handed out in pages of constant size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, exists, or_, select, tuple_

from phonesync.calls.values import Call, Row
from phonesync.numbering import EXTENSION
from phonesync.store import call_keeping, call_marks
from phonesync.store.call_records import CallFilter, PlanOf
from phonesync.store.call_rows import RowLoader
from phonesync.store.chunks import chunks
from phonesync.store.reading import Reads
from phonesync.store.tables import CALL_LEGS, CALLS, ENTRIES, INCARNATIONS, JOINED_ENTRIES

PAGE = 500
"""Calls or rows fetched at a time; between pages no transaction is open."""


def call_of(connection: Connection, any_id: str) -> str | None:
    """The id of the call that holds an entry, or the entry that once bore a name."""
    query = select(JOINED_ENTRIES.c.call_id)
    found: str | None = connection.execute(
        query.where(JOINED_ENTRIES.c.entry_id == any_id)
    ).scalar_one_or_none()
    if found is not None:
        return found
    place = call_marks.places(connection, [any_id]).get(any_id)
    if place is None:
        return None
    return connection.execute(query.where(JOINED_ENTRIES.c.entry_id == place[1])).scalar_one_or_none()


def pages(reads: Reads, wanted: CallFilter, phone: int | None) -> Iterator[Call]:
    """Calls by ``started_at`` and id.

    Args:
        reads: Opens a transaction that reads.
        wanted: Which.
        phone: Row of the phone that is wanted, or None for any.
    """
    query = _query(wanted, phone)
    onwards = query.where(
        tuple_(CALLS.c.started_at, CALLS.c.id)
        > tuple_(bindparam("b_at", type_=CALLS.c.started_at.type), bindparam("b_id", type_=CALLS.c.id.type))
    )
    after: dict[str, object] = {}
    while True:
        with reads() as connection:
            rows = connection.execute(onwards if after else query, after).mappings().all()
            found = call_keeping.with_legs(connection, rows)
        yield from found
        if len(rows) < PAGE:
            return
        after = {"b_at": rows[-1]["started_at"], "b_id": rows[-1]["id"]}


def _query(wanted: CallFilter, phone: int | None) -> Select[Any]:
    query = select(CALLS).order_by(CALLS.c.started_at, CALLS.c.id).limit(PAGE)
    if wanted.since is not None:
        query = query.where(CALLS.c.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(CALLS.c.started_at < wanted.until)
    if wanted.direction is not None:
        query = query.where(CALLS.c.direction == wanted.direction.value)
    if wanted.disposition is not None:
        query = query.where(CALLS.c.disposition == wanted.disposition.value)
    if wanted.min_talk is not None:
        query = query.where(CALLS.c.talk_s >= wanted.min_talk)
    if wanted.number is not None:
        query = query.where(_has_number(wanted.number))
    if phone is not None:
        # No bare column: SQLite would go through all legs of the phone, once for each call.
        query = query.where(_has_leg(CALL_LEGS.c.phone_id + 0 == phone))
    if wanted.extension is not None:
        query = query.where(
            or_(
                CALLS.c.calling_extension == wanted.extension,
                CALLS.c.called_extension == wanted.extension,
                _has_leg(CALL_LEGS.c.extension == wanted.extension),
            )
        )
    if wanted.department is not None:
        query = query.where(
            or_(
                CALLS.c.department == wanted.department,
                _has_leg(CALL_LEGS.c.department == wanted.department),
            )
        )
    return query


def _has_leg(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CALL_LEGS.c.call_id == CALLS.c.id, which)


def _has_number(number: str) -> ColumnElement[bool]:
    if number.startswith("+"):
        return CALLS.c.outside == number
    if number.startswith(EXTENSION):
        extension = number.removeprefix(EXTENSION)
        return or_(CALLS.c.calling_extension == extension, CALLS.c.called_extension == extension)
    return or_(CALLS.c.calling_number == number, CALLS.c.called_number == number)


def rows_of_phone(
    reads: Reads, phone_id: int, since: datetime | None, until: datetime | None, plan_of: PlanOf
) -> Iterator[Row]:
    """The entries of a phone as joining sees them, by the time shown and id, phone body after phone body."""
    with reads() as connection:
        mine = select(INCARNATIONS.c.id).where(INCARNATIONS.c.phone_id == phone_id)
        numbers = list(connection.execute(mine.order_by(INCARNATIONS.c.number)).scalars())
    for number in numbers:
        query = select(ENTRIES.c.incarnation_id, ENTRIES.c.id, ENTRIES.c.started_at)
        query = query.where(ENTRIES.c.incarnation_id == number)
        if since is not None:
            query = query.where(ENTRIES.c.started_at >= since)
        if until is not None:
            query = query.where(ENTRIES.c.started_at < until)
        yield from _rows(reads, query.order_by(ENTRIES.c.started_at, ENTRIES.c.id).limit(PAGE), plan_of)


def _rows(reads: Reads, query: Select[Any], plan_of: PlanOf) -> Iterator[Row]:
    page = query
    while True:
        with reads() as connection:
            found = connection.execute(page).all()
            rows = RowLoader(connection, plan_of).load((row.incarnation_id, row.id) for row in found)
        yield from sorted(rows, key=lambda row: (row.at, row.id))
        if len(found) < PAGE:
            return
        last = found[-1]
        page = query.where(tuple_(ENTRIES.c.started_at, ENTRIES.c.id) > tuple_(last.started_at, last.id))


def drop_orphans(connection: Connection) -> int:
    """Removes calls that no entry is of."""
    held = exists().where(JOINED_ENTRIES.c.call_id == CALLS.c.id)
    found = list(connection.execute(select(CALLS.c.id).where(~held)).scalars())
    for some in chunks(found):
        connection.execute(delete(CALL_LEGS).where(CALL_LEGS.c.call_id.in_(some)))
        connection.execute(delete(CALLS).where(CALLS.c.id.in_(some)))
    return len(found)
