"""What is applied to entries on their way out may change: then calls are joined anew with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sqlalchemy import Connection, select

from phonesync.store import call_waiting
from phonesync.store.queueing import queue_all
from phonesync.store.records import PhoneState
from phonesync.store.tables import INCARNATIONS, LIST_NAMES, STATES, TIME_MEANINGS

Kind: TypeAlias = tuple[str, str, str]
"""Vendor, model and firmware of a phone; empty where unknown."""


def look(
    connection: Connection,
    incarnation_id: int,
    *,
    variant: str,
    list_names: Mapping[str, str],
    time_of: str,
) -> None:
    """Queues the entries of a physical phone where a read gives them another meaning.

    Args:
        connection: In a transaction that writes; what the read says is not written yet.
        incarnation_id: The physical phone.
        variant: What read it.
        list_names: List code to our name now.
        time_of: What its times mean now.
    """
    known = select(LIST_NAMES.c.list_code, LIST_NAMES.c.list_name).where(
        LIST_NAMES.c.incarnation_id == incarnation_id, LIST_NAMES.c.variant == variant
    )
    before = {row.list_code: row.list_name for row in connection.execute(known)}
    relabelled = any(before.get(code) != name for code, name in list_names.items())
    meaning = select(STATES.c.time_of).where(STATES.c.incarnation_id == incarnation_id)
    if relabelled or connection.execute(meaning).scalar_one() != time_of:
        queue_all(connection, incarnation_id)
    if relabelled and before:
        call_waiting.doubt(connection, incarnation_id)


def kind_of(state: PhoneState) -> Kind:
    """What the meaning of a phone's times is kept by."""
    return state.vendor or "", state.model or "", state.firmware or ""


def look_at_kind(connection: Connection, before: PhoneState, after: PhoneState) -> None:
    """Queues the entries of a phone that has become of another kind, whose times mean something else."""
    if _meanings(connection, kind_of(before)) == _meanings(connection, kind_of(after)):
        return
    found = select(INCARNATIONS.c.id).where(INCARNATIONS.c.label == after.incarnation)
    queue_all(connection, connection.execute(found).scalar_one())


def queue_kind(connection: Connection, kind: Kind) -> None:
    """Queues the entries of all phones of a kind: what their times mean was found anew.

    Args:
        connection: In a transaction that writes.
        kind: Vendor, model and firmware, as in ``time_meanings``.
    """
    states = select(STATES.c.incarnation_id, STATES.c.vendor, STATES.c.model, STATES.c.firmware)
    for row in connection.execute(states).all():
        if (row.vendor or "", row.model or "", row.firmware or "") == kind:
            queue_all(connection, row.incarnation_id)


def _meanings(connection: Connection, kind: Kind) -> dict[bool, str]:
    query = select(TIME_MEANINGS.c.answered, TIME_MEANINGS.c.time_of).where(
        TIME_MEANINGS.c.vendor == kind[0],
        TIME_MEANINGS.c.model == kind[1],
        TIME_MEANINGS.c.firmware == kind[2],
    )
    return {row.answered: row.time_of for row in connection.execute(query)}
