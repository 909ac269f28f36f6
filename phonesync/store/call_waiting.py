"""Calls of which a phone has not been read since: what their coverage is will only then be final."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, or_, select

from phonesync.store.bulk import keeping
from phonesync.store.chunks import chunks
from phonesync.store.tables import (
    ALIVE_SIGNS,
    CALL_LEGS,
    CALLS,
    INCARNATIONS,
    PHONES,
    STATES,
    WAITING_CALLS,
)

FOR_EVER = datetime.max.replace(tzinfo=UTC)

Wait: TypeAlias = tuple[int, datetime, str]
"""Row of a phone, the instant from which on a good read of it makes the call final, and the call."""

_THIS = (
    (WAITING_CALLS.c.phone_id == bindparam("b_phone"))
    & (WAITING_CALLS.c.until == bindparam("b_until"))
    & (WAITING_CALLS.c.call_id == bindparam("b_call"))
)


def replace(connection: Connection, call_ids: Collection[str], waits: Collection[Wait]) -> None:
    """Writes what some calls wait for, in place of what they waited for.

    Args:
        connection: In a transaction that writes.
        call_ids: The calls; those that wait for nothing any more among them.
        waits: What they wait for.
    """
    there: set[Wait] = set()
    for some in chunks(sorted(call_ids)):
        query = select(WAITING_CALLS).where(WAITING_CALLS.c.call_id.in_(some))
        there |= {(row.phone_id, row.until, row.call_id) for row in connection.execute(query)}
    gone, new = sorted(there - set(waits)), sorted(set(waits) - there)
    if gone:
        connection.execute(
            delete(WAITING_CALLS).where(_THIS),
            [{"b_phone": phone, "b_until": until, "b_call": call} for phone, until, call in gone],
        )
    if new:
        connection.execute(
            insert(WAITING_CALLS),
            [{"phone_id": phone, "until": until, "call_id": call} for phone, until, call in new],
        )


def due(connection: Connection, configured: Collection[str] | None, limit: int) -> list[str]:
    """Calls that wait for a phone which was read since, or is not read any more.

    Args:
        connection: In a transaction.
        configured: Names of the phones that go on being read; None for all.
        limit: How many at most.
    """
    # One look for each phone: where one is switched off, very many calls may wait for it.
    first = select(func.min(WAITING_CALLS.c.until)).where(WAITING_CALLS.c.phone_id == PHONES.c.id)
    of_each = connection.execute(
        select(PHONES.c.id.label("phone_id"), first.scalar_subquery().label("first"))
    ).all()
    waiting = [row for row in of_each if row.first is not None]
    read = _read_until(connection, [row.phone_id for row in waiting], configured)
    found: dict[str, None] = {}
    for row in waiting:
        until = read.get(row.phone_id)
        if until is None or row.first > until or len(found) >= limit:
            continue
        query = select(WAITING_CALLS.c.call_id).where(
            WAITING_CALLS.c.phone_id == row.phone_id, WAITING_CALLS.c.until <= until
        )
        query = query.order_by(WAITING_CALLS.c.until, WAITING_CALLS.c.call_id).limit(limit - len(found))
        found |= dict.fromkeys(connection.execute(query).scalars())
    return list(found)


def _read_until(
    connection: Connection, phone_ids: Collection[int], configured: Collection[str] | None
) -> dict[int, datetime]:
    """Up to where phones were read, or reports have stated their time; for ever where no more."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for some in chunks(sorted(phone_ids)):
        query = (
            select(
                PHONES.c.id, PHONES.c.name, STATES.c.last_read, ALIVE_SIGNS.c.settled_until.label("stated")
            )
            .join(INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id)
            .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
            .outerjoin(ALIVE_SIGNS, ALIVE_SIGNS.c.incarnation_id == INCARNATIONS.c.id)
            .where(PHONES.c.id.in_(some))
        )
        for row in connection.execute(query):
            if configured is not None and row.name not in configured:
                found[row.id].append(FOR_EVER)
            else:
                found[row.id] += [at for at in (row.last_read or row.stated,) if at is not None]
    return {phone: max(reads) for phone, reads in found.items() if reads}


def doubt(connection: Connection, incarnation_id: int) -> None:
    """What was stated of a physical phone's time has changed behind its last read: its calls settle anew.

    Args:
        connection: In a transaction that writes.
        incarnation_id: The physical phone.
    """
    name, phone_id = connection.execute(
        select(PHONES.c.name, PHONES.c.id)
        .join(INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id)
        .where(INCARNATIONS.c.id == incarnation_id)
    ).one()
    legs = select(CALL_LEGS.c.call_id).where(CALL_LEGS.c.phone_id == phone_id)
    calls = select(literal(phone_id).label("phone_id"), CALLS.c.started_at.label("until"), CALLS.c.id).where(
        or_(
            CALLS.c.id.in_(legs),
            CALLS.c.could_answer.contains(json.dumps(name, ensure_ascii=False), autoescape=True),
        )
    )
    connection.execute(
        keeping(connection.dialect.name, WAITING_CALLS).from_select(["phone_id", "until", "call_id"], calls)
    )
