"""Rows of an answer that was understood only after newer reads: rows and resolution in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from phonesync.ledger.values import NewEntry
from phonesync.store import phones
from phonesync.store.bulk import keeping
from phonesync.store.queueing import queue
from phonesync.store.records import PhoneState
from phonesync.store.tables import ENTRIES, INCARNATIONS, STATES
from phonesync.store.writing import as_planned


def add(
    connection: Connection,
    state: PhoneState,
    new: Sequence[NewEntry],
    *,
    first_seen_at: datetime,
    last_seen_at: datetime,
    zone: str,
) -> None:
    """Inserts entries that are not on the phone any more; those that are there already stay as they are.

    Args:
        connection: In a transaction that writes.
        state: The phone as it was when the rows were held against its ledger.
        new: The entries.
        first_seen_at: When the answer came first, UTC.
        last_seen_at: When it came last, UTC.
        zone: Zone through which their wall times were taken.

    Raises:
        StaleState: Another process has read, renamed or replaced the phone since.
    """
    found = connection.execute(
        select(INCARNATIONS.c.id, STATES.c.last_read, STATES.c.ledger_digest)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .where(INCARNATIONS.c.label == state.incarnation)
    ).one_or_none()
    if found is None or (found.last_read, found.ledger_digest) != (state.last_read, state.ledger_digest):
        raise phones.stale(state)
    if new:
        around = {
            "incarnation_id": found.id,
            "variant": state.variant or "",
            "zone": zone,
            "on_phone": False,
            "unseen_at": None,
        }
        times = {"first_seen_at": first_seen_at, "last_seen_at": last_seen_at}
        connection.execute(
            keeping(connection.dialect.name, ENTRIES),
            [{**as_planned(entry), **around, **times} for entry in new],
        )
        queue(connection, found.id, [entry.id for entry in new])
