"""Contacts on their way into the store and out of it: frozen values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from phonesync.phonebook.winner import KeptContact

__all__ = ["ContactImport", "ContactSourceState", "KeptContact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSourceState:
    """What the store remembers of a source of contacts.

    Attributes:
        name: Of the source.
        kind: As configured when it was last tried.
        tried_at: Last attempt, UTC, or None.
        imported_at: Last import that was taken, UTC, or None.
        contacts: Contacts kept of it.
        digest: Of all of them; empty before the first import.
        token: What the source wants back to tell only what has changed since, or None.
        bad_rows: Rows of the last import that did not go in.
        error: Why the last attempt failed, in words, or None.
        held: Why the last import was held, in words, or None.
        held_digest: Of the contacts that were held, or None.
        confirmed_digest: Of contacts that a person lets through, or None.
    """

    name: str
    kind: str
    tried_at: datetime | None = None
    imported_at: datetime | None = None
    contacts: int = 0
    digest: str = ""
    token: str | None = None
    bad_rows: int = 0
    error: str | None = None
    held: str | None = None
    held_digest: str | None = None
    confirmed_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactImport:
    """What one import changes, written in one transaction.

    Attributes:
        source: Name of the source.
        kind: Its kind.
        put: Contacts that are new or have changed, each uid once.
        gone: Uids of contacts to be removed.
        digest: Of all contacts of the source after it.
        before: Of all contacts of the source when it was decided on; where the store has another one by
            then, the import is refused.
        token: What the source wants back next time, or None.
        bad_rows: Rows that did not go in.
        at: The instant of the import, UTC.
    """

    source: str
    kind: str
    put: tuple[KeptContact, ...]
    gone: tuple[str, ...]
    digest: str
    before: str
    token: str | None = None
    bad_rows: int = 0
    at: datetime
