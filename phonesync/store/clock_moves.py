"""Rows whose clock is known otherwise than before are joined anew: exactly those, however little it moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, or_, select, tuple_

from phonesync.calls.clock_history import ClockHistory, Segment
from phonesync.store.call_rows import clock_of
from phonesync.store.queueing import queue
from phonesync.store.tables import ENTRIES

AT_ONCE = 1000


def queue_moved(
    connection: Connection, incarnation_id: int, before: Sequence[Segment], after: Sequence[Segment]
) -> None:
    """Queues the entries of a physical phone whose time is bounded otherwise by another history of its clock.

    Args:
        connection: In a transaction that writes.
        incarnation_id: The physical phone.
        before: Its history until now; none where nothing was known.
        after: Its history from now on.
    """
    old, new = (ClockHistory(some) if some else None for some in (before, after))
    for page in _pages(connection, incarnation_id, _first_difference(before, after)):
        moved = [row["id"] for row in page if clock_of(old, row) != clock_of(new, row)]
        queue(connection, incarnation_id, moved)


def _first_difference(before: Sequence[Segment], after: Sequence[Segment]) -> datetime:
    """Rows that were seen before it are bounded as they were."""
    if not before or not after or before[0] != after[0]:
        return datetime.min.replace(tzinfo=UTC)
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    others = [some[same].since for some in (before, after) if same < len(some)]
    if not others:
        return datetime.max.replace(tzinfo=UTC)
    return min(others) - max(ClockHistory(before).reach, ClockHistory(after).reach)


def _pages(connection: Connection, incarnation_id: int, since: datetime) -> Iterator[Sequence[RowMapping]]:
    query: Select[Any] = (
        select(
            ENTRIES.c.id,
            ENTRIES.c.started_at,
            ENTRIES.c.resolution_s,
            ENTRIES.c.clock_offset_s,
            ENTRIES.c.uncertain,
            ENTRIES.c.unseen_at,
            ENTRIES.c.first_seen_at,
        )
        # Where a report gave the time, no clock of the phone is in it.
        .where(
            ENTRIES.c.incarnation_id == incarnation_id,
            ENTRIES.c.time_of.is_(None),
            or_(ENTRIES.c.started_at >= since, ENTRIES.c.first_seen_at >= since),
        )
        .order_by(ENTRIES.c.started_at, ENTRIES.c.id)
        .limit(AT_ONCE)
    )
    page = connection.execute(query).mappings().all()
    while page:
        yield page
        last = page[-1]
        onwards = query.where(
            tuple_(ENTRIES.c.started_at, ENTRIES.c.id) > tuple_(last["started_at"], last["id"])
        )
        page = connection.execute(onwards).mappings().all()
