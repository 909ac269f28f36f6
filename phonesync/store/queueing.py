"""Entries that are new or have changed wait here until calls are joined with them.

Whoever writes an entry, or what is applied to entries on their way out, queues it in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, literal, select, update

from phonesync.store.bulk import insert_new, keeping
from phonesync.store.chunks import chunks
from phonesync.store.tables import CALLS, ENTRIES, INCARNATIONS, JOIN_QUEUE, JOINED_ENTRIES, MARKED_ENTRIES


def queue(connection: Connection, incarnation_id: int, entry_ids: Collection[str]) -> None:
    """Queues entries of one physical phone; what waits already goes on waiting.

    Args:
        connection: In a transaction that writes.
        incarnation_id: The physical phone.
        entry_ids: Entries, or ids that were entries until now.
    """
    if entry_ids:
        insert_new(
            connection,
            JOIN_QUEUE,
            each={"entry_id": list(entry_ids)},
            same={"incarnation_id": incarnation_id},
        )


def queue_places(connection: Connection, places: Iterable[tuple[int, str]]) -> None:
    """Queues entries of several phones: row of the physical phone and id."""
    ordered = sorted(set(places))
    if ordered:
        insert_new(
            connection,
            JOIN_QUEUE,
            each={"incarnation_id": [of for of, _ in ordered], "entry_id": [name for _, name in ordered]},
            same={},
        )


WAITS = JOIN_QUEUE.c.set_aside.is_(None)
"""Of what is queued: it waits to be joined, and is not set aside."""


def first(connection: Connection) -> str | None:
    """The entry that has waited longest to be joined, or None."""
    return connection.execute(
        select(JOIN_QUEUE.c.entry_id).where(WAITS).order_by(JOIN_QUEUE.c.id).limit(1)
    ).scalar_one_or_none()


def set_aside(connection: Connection, entry_id: str, sentence: str | None) -> None:
    """Keeps an entry in the queue and out of joining.

    Args:
        connection: In a transaction that writes.
        entry_id: Queued.
        sentence: What joining it ended with; None: it waits again.
    """
    connection.execute(update(JOIN_QUEUE).where(JOIN_QUEUE.c.entry_id == entry_id).values(set_aside=sentence))


def set_aside_among(connection: Connection, entry_ids: Collection[str]) -> set[str]:
    """Those of some entries that are set aside."""
    found: set[str] = set()
    for some in chunks(sorted(entry_ids)):
        query = select(JOIN_QUEUE.c.entry_id).where(JOIN_QUEUE.c.entry_id.in_(some), ~WAITS)
        found.update(connection.execute(query).scalars())
    return found


def queue_all(connection: Connection, incarnation_id: int) -> None:
    """Queues all entries of a physical phone: what is applied to them has changed."""
    _queue_where(connection, ENTRIES.c.incarnation_id == incarnation_id)


def queue_every(connection: Connection) -> None:
    """Queues all entries there are, set aside or not, and all that were when calls were joined last."""
    connection.execute(update(JOIN_QUEUE).where(~WAITS).values(set_aside=None))
    _queue_where(connection, literal(value=True))
    vanished = select(JOINED_ENTRIES.c.entry_id, JOINED_ENTRIES.c.incarnation_id)
    connection.execute(
        keeping(connection.dialect.name, JOIN_QUEUE).from_select(
            ["entry_id", "incarnation_id"], vanished.where(literal(value=True))
        )
    )


def queue_of_phone(
    connection: Connection, phone_id: int, since: datetime | None = None, until: datetime | None = None
) -> None:
    """Queues the entries of a phone, of all that bore its name, shown under times in [since, until).

    Args:
        connection: In a transaction that writes.
        phone_id: Its row.
        since: UTC, or None for "since ever".
        until: UTC, or None for "up to now".
    """
    mine = select(INCARNATIONS.c.id).where(INCARNATIONS.c.phone_id == phone_id)
    wanted: ColumnElement[bool] = ENTRIES.c.incarnation_id.in_(mine)
    if since is not None:
        wanted &= ENTRIES.c.started_at >= since
    if until is not None:
        wanted &= ENTRIES.c.started_at < until
    _queue_where(connection, wanted)


def queue_calls_naming(connection: Connection, phone: str) -> None:
    """Queues the entries of all calls that a phone of this name could have answered."""
    name = CALLS.c.could_answer.contains(json.dumps(phone, ensure_ascii=False), autoescape=True)
    found = select(JOINED_ENTRIES.c.entry_id, JOINED_ENTRIES.c.incarnation_id)
    connection.execute(
        keeping(connection.dialect.name, JOIN_QUEUE).from_select(
            ["entry_id", "incarnation_id"],
            found.join(CALLS, CALLS.c.id == JOINED_ENTRIES.c.call_id).where(name),
        )
    )


def hand_marks_on(connection: Connection, entry_id: str, new_id: str) -> None:
    """Marks that speak of an entry go on speaking of it under the id it has now."""
    marks = select(literal(new_id).label("entry_id"), MARKED_ENTRIES.c.mark_id)
    connection.execute(
        keeping(connection.dialect.name, MARKED_ENTRIES).from_select(
            ["entry_id", "mark_id"], marks.where(MARKED_ENTRIES.c.entry_id == entry_id)
        )
    )


def _queue_where(connection: Connection, wanted: ColumnElement[bool]) -> None:
    found = select(ENTRIES.c.id, ENTRIES.c.incarnation_id).where(wanted)
    found = found.order_by(ENTRIES.c.started_at, ENTRIES.c.id)
    connection.execute(
        keeping(connection.dialect.name, JOIN_QUEUE).from_select(["entry_id", "incarnation_id"], found)
    )
