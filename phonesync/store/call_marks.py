"""What people said of calls: entries put together or apart, kept for ever.

An entry that came from reports may become another name of a row later. A mark keeps the ids it was made with;
it is applied to the entries that bear them now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from phonesync.calls.values import Apart, Together
from phonesync.store.call_records import KeptMark
from phonesync.store.call_rows import Place
from phonesync.store.chunks import chunks
from phonesync.store.queueing import queue_places
from phonesync.store.tables import ALIASES, CALL_MARKS, ENTRIES, INCARNATIONS, MARKED_ENTRIES

TOGETHER, APART = "together", "apart"


def places(connection: Connection, ids: Collection[str]) -> dict[str, Place]:
    """Ids, of entries or aliases of them, to the physical phones and entries they name now.

    Args:
        connection: In a transaction.
        ids: Any; those that name no entry are left out.
    """
    # Both tables begin with the phone in their index: one look for each phone, whatever they hold.
    everybody = select(INCARNATIONS.c.id)
    found: dict[str, Place] = {}
    for some in chunks(sorted(set(ids))):
        query = select(ENTRIES.c.id, ENTRIES.c.incarnation_id).where(
            ENTRIES.c.incarnation_id.in_(everybody), ENTRIES.c.id.in_(some)
        )
        found |= {row.id: (row.incarnation_id, row.id) for row in connection.execute(query)}
        aliases = select(ALIASES.c.alias_id, ALIASES.c.incarnation_id, ALIASES.c.entry_id).where(
            ALIASES.c.incarnation_id.in_(everybody), ALIASES.c.alias_id.in_(some)
        )
        for row in connection.execute(aliases):
            found.setdefault(row.alias_id, (row.incarnation_id, row.entry_id))
    return found


def add(
    connection: Connection,
    kind: str,
    one: Sequence[str],
    other: Sequence[str],
    *,
    at: datetime,
    by: str | None,
) -> tuple[int, tuple[str, ...]]:
    """Keeps a mark and queues its entries.

    Args:
        connection: In a transaction that writes.
        kind: ``together`` or ``apart``.
        one: Entries, or aliases of entries.
        other: For ``apart``, those of the other side.
        at: When it was made, UTC.
        by: Who made it, or None.

    Returns:
        Its id, and ids that name no entry: where there are any, nothing was kept and the id is 0.
    """
    found = places(connection, [*one, *other])
    strangers = tuple(sorted({name for name in (*one, *other) if name not in found}))
    if strangers:
        return 0, strangers
    sides = [tuple(dict.fromkeys(found[name][1] for name in side)) for side in (one, other)]
    done = connection.execute(
        insert(CALL_MARKS).values(
            kind=kind, one=" ".join(sides[0]), other=" ".join(sides[1]), made_at=at, made_by=by
        )
    )
    key = done.inserted_primary_key
    assert key is not None
    entries = sorted({*sides[0], *sides[1]})
    connection.execute(
        insert(MARKED_ENTRIES), [{"entry_id": entry_id, "mark_id": key[0]} for entry_id in entries]
    )
    queue_places(connection, found.values())
    return int(key[0]), ()


def kept(connection: Connection, entry_ids: Collection[str] | None = None) -> list[KeptMark]:
    """Marks, oldest first.

    Args:
        connection: In a transaction.
        entry_ids: Only those that speak of one of these entries; None for all.
    """
    query = select(CALL_MARKS).order_by(CALL_MARKS.c.id)
    if entry_ids is None:
        return [_kept(row) for row in connection.execute(query)]
    numbers: set[int] = set()
    for some in chunks(sorted(set(entry_ids))):
        speaking = select(MARKED_ENTRIES.c.mark_id).where(MARKED_ENTRIES.c.entry_id.in_(some))
        numbers.update(connection.execute(speaking).scalars())
    found: list[KeptMark] = []
    for few in chunks(sorted(numbers)):
        found += [_kept(row) for row in connection.execute(query.where(CALL_MARKS.c.id.in_(few)))]
    return found


def neighbours(connection: Connection, entry_ids: Collection[str]) -> list[Place]:
    """The entries that marks on these entries speak of, as they are named now."""
    if not _are_there(connection):
        return []
    named = {name for mark in kept(connection, entry_ids) for name in (*mark.one, *mark.other)}
    return sorted(set(places(connection, named).values()))


def applied(connection: Connection, entry_ids: Collection[str]) -> tuple[Apart | Together, ...]:
    """The marks on some entries as joining takes them, oldest first."""
    if not _are_there(connection):
        return ()
    marks = kept(connection, entry_ids)
    now = places(connection, {name for mark in marks for name in (*mark.one, *mark.other)})
    return tuple(_applied(mark, now) for mark in marks)


def _applied(mark: KeptMark, now: Mapping[str, Place]) -> Apart | Together:
    one, other = (frozenset(now[name][1] for name in side if name in now) for side in (mark.one, mark.other))
    return Together(entries=one) if mark.kind == TOGETHER else Apart(one=one, other=other)


def _are_there(connection: Connection) -> bool:
    return connection.execute(select(CALL_MARKS.c.id).limit(1)).first() is not None


def _kept(row: Any) -> KeptMark:
    return KeptMark(
        id=row.id,
        kind=row.kind,
        one=tuple(row.one.split()),
        other=tuple(row.other.split()),
        made_at=row.made_at,
        made_by=row.made_by,
    )
