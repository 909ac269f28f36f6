"""What calls and call-backs were made with last: where something else holds now, they are made anew."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import Connection, select

from phonesync.store.bulk import replacing
from phonesync.store.tables import APPLIED

What: TypeAlias = Literal["groups", "callbacks", "learning", "parties"]


def text(connection: Connection, what: What) -> str | None:
    """What was applied last, or None before the first time."""
    query = select(APPLIED.c.text).where(APPLIED.c.name == what)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def at(connection: Connection, what: What) -> datetime | None:
    """When it was applied last, UTC, or None before the first time."""
    query = select(APPLIED.c.at).where(APPLIED.c.name == what)
    found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def keep(connection: Connection, what: What, new: str, *, at: datetime) -> None:
    """Notes what is applied from now on.

    Args:
        connection: In a transaction that writes.
        what: Which kind.
        new: The text of it.
        at: The present instant, UTC.
    """
    connection.execute(
        replacing(connection.dialect.name, APPLIED, "text", "at"), {"name": what, "text": new, "at": at}
    )
