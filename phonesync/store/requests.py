"""Polls asked of the running agent by other commands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from phonesync.store.records import PollRequest
from phonesync.store.tables import PHONES, REQUESTS

KEPT = timedelta(days=1)
"""How long an answered request can be asked about."""


def ask(connection: Connection, phone: str, phone_id: int, *, now: datetime) -> PollRequest:
    """Leaves a wish for the agent, and clears away the ones long answered."""
    connection.execute(delete(REQUESTS).where(REQUESTS.c.done_at < now - KEPT))
    done = connection.execute(
        insert(REQUESTS).values(phone_id=phone_id, asked_at=now, done_at=None, outcome=None)
    )
    key = done.inserted_primary_key
    assert key is not None
    return PollRequest(id=int(key[0]), phone=phone, asked_at=now)


def pending(connection: Connection) -> list[PollRequest]:
    """What the agent has not answered yet, oldest first."""
    rows = connection.execute(_requests().where(REQUESTS.c.done_at.is_(None)).order_by(REQUESTS.c.id))
    return [PollRequest(**row) for row in rows.mappings()]


def load(connection: Connection, request_id: int) -> PollRequest | None:
    """One wish; None where it never was, or was cleared away."""
    row = connection.execute(_requests().where(REQUESTS.c.id == request_id)).mappings().one_or_none()
    return None if row is None else PollRequest(**row)


def finish(connection: Connection, request_id: int, outcome: str, *, now: datetime) -> None:
    """Answers a wish; an answer once given stays."""
    connection.execute(
        update(REQUESTS)
        .where(REQUESTS.c.id == request_id, REQUESTS.c.done_at.is_(None))
        .values(done_at=now, outcome=outcome)
    )


def _requests() -> Select[Any]:
    return select(
        REQUESTS.c.id,
        PHONES.c.name.label("phone"),
        REQUESTS.c.asked_at,
        REQUESTS.c.done_at,
        REQUESTS.c.outcome,
    ).join(PHONES, PHONES.c.id == REQUESTS.c.phone_id)
