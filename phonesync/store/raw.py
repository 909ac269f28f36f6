"""The answers of phones, kept so that a wrong year, mapping or zone can be derived again.

An answer that brought new rows is kept until :func:`purge` finds it too old; the newest of each path always;
a quarantined one until it is resolved.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, or_, select, update

from phonesync.store.bulk import keeping
from phonesync.store.records import KeptAnswer, RawKind, RawRecord
from phonesync.store.tables import INCARNATIONS, PHONES, RAW

PURGED_AT_ONCE = 500
"""Answers deleted in one transaction, so that no poll waits long for a purge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """An answer ready to be written; packing happens before the transaction, because it takes time."""

    record: RawRecord
    ordinal: int
    sha256: str
    content: bytes = field(repr=False)


def pack(records: Iterable[RawRecord]) -> tuple[Packed, ...]:
    """Compresses answers and numbers those of one path."""
    met: Counter[str] = Counter()
    packed = []
    for record in records:
        packed.append(
            Packed(
                record=record,
                ordinal=met[record.path],
                sha256=hashlib.sha256(record.content).hexdigest(),
                content=zlib.compress(record.content),
            )
        )
        met[record.path] += 1
    return tuple(packed)


def keep(connection: Connection, incarnation_id: int, packed: Sequence[Packed], *, at: datetime) -> None:
    """Keeps the answers of one poll.

    Args:
        connection: In a transaction that writes.
        incarnation_id: The physical phone that gave them.
        packed: The answers.
        at: The instant of the poll, UTC.
    """
    good = [item for item in packed if item.record.kind is not RawKind.QUARANTINED]
    for item in packed:
        if item.record.kind is RawKind.QUARANTINED and not _seen_again(connection, incarnation_id, item, at):
            _insert(connection, [_row(incarnation_id, item, at, newest=False)])
    rows = []
    for path in dict.fromkeys(item.record.path for item in good):
        newest = _supersede(connection, incarnation_id, path, at)
        rows += [
            _row(incarnation_id, item, at, newest=newest)
            for item in good
            if item.record.path == path and (newest or item.record.kind is RawKind.NEW_ROWS)
        ]
    if rows:
        _insert(connection, rows)


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(keeping(connection.dialect.name, RAW), rows)


def _row(incarnation_id: int, item: Packed, at: datetime, *, newest: bool) -> dict[str, Any]:
    return {
        "incarnation_id": incarnation_id,
        "path": item.record.path,
        "at": at,
        "ordinal": item.ordinal,
        "kind": item.record.kind.value,
        "newest": newest,
        "content_type": item.record.content_type,
        "content": item.content,
        "sha256": item.sha256,
        "reason": item.record.reason,
        "seen": 1,
        "seen_at": at,
        "resolved_at": None,
    }


def _seen_again(connection: Connection, incarnation_id: int, item: Packed, at: datetime) -> bool:
    """Counts an answer that is quarantined already, so that a phone that repeats itself fills no disk."""
    same = and_(
        RAW.c.incarnation_id == incarnation_id,
        RAW.c.kind == RawKind.QUARANTINED.value,
        RAW.c.resolved_at.is_(None),
        RAW.c.path == item.record.path,
        RAW.c.sha256 == item.sha256,
    )
    connection.execute(update(RAW).where(same, RAW.c.seen_at < at).values(seen=RAW.c.seen + 1, seen_at=at))
    return bool(connection.execute(select(exists().where(same))).scalar_one())


def _supersede(connection: Connection, incarnation_id: int, path: str, at: datetime) -> bool:
    """Lets the newest answers of a path give way to a newer read; False where the kept ones are newer."""
    newest = and_(RAW.c.incarnation_id == incarnation_id, RAW.c.path == path, RAW.c.newest)
    if connection.execute(select(exists().where(newest, RAW.c.at > at))).scalar_one():
        return False
    older = and_(newest, RAW.c.at < at)
    connection.execute(delete(RAW).where(older, RAW.c.kind == RawKind.NEWEST.value))
    connection.execute(update(RAW).where(older).values(newest=False))
    return True


def answers(phone: str | None, kind: RawKind | None, *, after: int, limit: int) -> Select[Any]:
    """The query for kept answers, by id; see :func:`answer` for its rows.

    Args:
        phone: Of this phone (all its incarnations), or None for any.
        kind: Kept for this reason (``NEWEST``: the newest of each path, whatever they were kept for); a
            resolved answer is quarantined no longer.
        after: Only ids above this.
        limit: At most so many.
    """
    query = (
        select(PHONES.c.name, INCARNATIONS.c.label, RAW)
        .join(INCARNATIONS, INCARNATIONS.c.id == RAW.c.incarnation_id)
        .join(PHONES, PHONES.c.id == INCARNATIONS.c.phone_id)
        .where(RAW.c.id > after)
        .order_by(RAW.c.id)
        .limit(limit)
    )
    if phone is not None:
        query = query.where(PHONES.c.name == phone)
    if kind is RawKind.NEWEST:
        query = query.where(RAW.c.newest)
    elif kind is RawKind.QUARANTINED:
        query = query.where(RAW.c.kind == kind.value, RAW.c.resolved_at.is_(None))
    elif kind is not None:
        query = query.where(RAW.c.kind == kind.value)
    return query


def answer(row: Any) -> KeptAnswer:
    """One row of :func:`answers`, unpacked."""
    return KeptAnswer(
        id=row.id,
        phone=row.name,
        incarnation=row.label,
        kind=RawKind(row.kind),
        newest=row.newest,
        path=row.path,
        at=row.at,
        content_type=row.content_type,
        content=zlib.decompress(row.content),
        reason=row.reason,
        seen=row.seen,
        seen_at=row.seen_at,
        resolved_at=row.resolved_at,
    )


def resolve(connection: Connection, answer_id: int, *, now: datetime) -> bool:
    """Marks a quarantined answer as understood; from then on it ages like the others.

    Returns:
        False where there is no such unresolved answer.
    """
    done = connection.execute(
        update(RAW)
        .where(RAW.c.id == answer_id, RAW.c.kind == RawKind.QUARANTINED.value, RAW.c.resolved_at.is_(None))
        .values(resolved_at=now)
    )
    return done.rowcount == 1


def purge(connection: Connection, older_than: datetime) -> int:
    """Deletes answers that nothing needs any more, at most :data:`PURGED_AT_ONCE`.

    Args:
        connection: In a transaction that writes.
        older_than: What was read before, UTC.

    Returns:
        How many.
    """
    old = (
        select(RAW.c.id)
        .where(
            RAW.c.at < older_than,
            ~RAW.c.newest,
            or_(RAW.c.kind != RawKind.QUARANTINED.value, RAW.c.resolved_at.is_not(None)),
        )
        .limit(PURGED_AT_ONCE)
    )
    return connection.execute(delete(RAW).where(RAW.c.id.in_(old))).rowcount
