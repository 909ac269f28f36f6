"""What the store remembers of phonebooks, on its way in and out: frozen values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from phonesync.phonebook.met import MetNumber, ShownCaller

__all__ = ["MetNumber", "OwnBook", "ServedBook", "ShownCaller"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedBook:
    """A file that a phone fetched last.

    Attributes:
        phone: Its name.
        file: Name of the file.
        etag: Of the content it holds now.
        entries: Contacts in it.
        left_out: Contacts the phone may see and that did not fit.
        taken_at: When this content was fetched first, UTC.
        asked_at: When the phone asked last, also where nothing had changed, UTC.
        agent: The phone's User-Agent, or None.
    """

    phone: str
    file: str
    etag: str
    entries: int
    left_out: int
    taken_at: datetime
    asked_at: datetime
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBook:
    """A phone's own contacts, as it uploaded them last.

    Attributes:
        phone: Its name.
        file: Name of the file.
        content: As it came.
        at: When, UTC.
    """

    phone: str
    file: str
    content: bytes = field(repr=False)
    at: datetime
