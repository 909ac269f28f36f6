"""What a store holds, in numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, ScalarSelect, Table, func, select

from phonesync.store.records import RawKind
from phonesync.store.tables import CALLS, ENTRIES, INCARNATIONS, PHONES, RAW, SPANS, STATES


def numbers(connection: Connection) -> RowMapping:
    """How many rows of each kind, and between which instants; under the names of ``StoreInfo``.

    Args:
        connection: In a transaction.
    """
    quarantined = (RAW.c.kind == RawKind.QUARANTINED.value) & RAW.c.resolved_at.is_(None)
    counts = (
        _rows(PHONES).label("phones"),
        _rows(INCARNATIONS).label("incarnations"),
        _rows(ENTRIES).label("entries"),
        _rows(CALLS).label("calls"),
        _rows(SPANS).label("spans"),
        _rows(RAW).label("raw_answers"),
        select(func.coalesce(func.sum(func.length(RAW.c.content)), 0)).scalar_subquery().label("raw_bytes"),
        select(func.count()).select_from(RAW).where(quarantined).scalar_subquery().label("quarantined"),
        select(func.min(ENTRIES.c.started_at)).scalar_subquery().label("first_entry"),
        select(func.max(STATES.c.last_read)).scalar_subquery().label("last_read"),
    )
    return connection.execute(select(*counts)).mappings().one()


def _rows(table: Table) -> ScalarSelect[Any]:
    return select(func.count()).select_from(table).scalar_subquery()
