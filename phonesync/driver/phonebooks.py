"""Phonebooks of phones: the third, optional part of a driver.

Two ways lead names to a phone. *Offered*: the phone fetches a file (:class:`PhonebookFormat`). *Pushed*:
contacts are written over its web interface (:class:`PhonebookSink`). Limits belong to the phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from phonesync.driver.contract import PhoneContext
from phonesync.driver.session import Session
from phonesync.model import BookEntry, ContactNumber, Evidence, Phonebook


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLimits:
    """What a phone's book takes; None where nobody knows a limit.

    Attributes:
        entries: Contacts at most.
        numbers: Numbers of one contact at most.
        name_characters: Characters of a name at most.
        unique_names: Two contacts may not bear one name.
        basic_plane_only: Characters beyond U+FFFF (emoji) are left out.
        evidence: How well that is known.
    """

    entries: int | None
    numbers: int | None = None
    name_characters: int | None = None
    unique_names: bool = False
    basic_plane_only: bool = False
    evidence: Evidence = Evidence.LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFile:
    """One file that phones fetch.

    Attributes:
        name: As the phone asks for it, for example ``phonebook.xml``.
        content_type: As it is served.
        replaces: The phone replaces its own contacts by it, so it is only offered merged with the phone's
            uploaded copy of them.
        by_post: Phones ask for it by POST, with a body that says nothing we need.
        evidence: How well the format is known.
    """

    name: str
    content_type: str = "text/xml; charset=utf-8"
    replaces: bool = False
    by_post: bool = False
    evidence: Evidence = Evidence.CERTAIN


@runtime_checkable
class PhonebookFormat(Protocol):
    """A driver whose phones fetch a phonebook."""

    def book_files(self, *, variant: str | None) -> tuple[BookFile, ...]:
        """The files phones of a variant fetch, the preferred one first; all of them where it is None."""
        ...

    def book_limits(self, *, variant: str | None, model: str | None) -> BookLimits:
        """What fits on a phone."""
        ...

    def render_book(
        self,
        book: Phonebook,
        *,
        file: str,
        own: bytes | None = None,
        variant: str | None = None,
        model: str | None = None,
    ) -> bytes:
        """The file's content.

        Args:
            book: What is to be in it; texts may hold any character.
            file: Name of one of :meth:`book_files`.
            own: The phone's uploaded copy of its own contacts, for a file that replaces them.
            variant: Name of the phone's variant: one name of a file may stand for several dialects. None
                where it is not known: the newest dialect.
            model: As the phone shows it, or None.

        Raises:
            UnexpectedResponse: ``own`` cannot be understood, so nothing can be merged with it.
            Unsupported: There is no such file, or it replaces contacts and ``own`` is None.
        """
        ...


@runtime_checkable
class NamesItself(Protocol):
    """A driver whose phones say which model they are when they fetch a file."""

    def model_in(self, agent: str) -> str | None:
        """The model that a User-Agent names, or None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldContact:
    """One contact as a phone holds it.

    Attributes:
        id: The phone's own, or None where it has none.
        name: As shown.
        numbers: As shown.
        group: Name or id of its group, or None.
    """

    id: str | None
    name: str
    numbers: tuple[ContactNumber, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRoute:
    """How contacts are written to phones of a variant.

    Attributes:
        reads: What the phone holds can be read back.
        changes: A contact that is there can be changed.
        removes: One can be removed.
        ids: The phone gives each contact an id.
        evidence: How well it is known.
        note: What a user should know, one sentence.
        reads_numbers: What is read back has numbers; without them a contact is known by its name alone.
        group: Name or id of a group of our own that contacts are written to; "" where the phone has none.
        experimental: Taken only where the configuration of the phone says ``experimental = true``.
        limits: What fits into the phone's own directory, which need not be what fits into a fetched book.
    """

    reads: bool
    changes: bool
    removes: bool
    ids: bool
    evidence: Evidence
    note: str = ""
    reads_numbers: bool = True
    group: str = ""
    experimental: bool = False
    limits: BookLimits = BookLimits(entries=None)


@runtime_checkable
class PhonebookSink(Protocol):
    """A driver that can write contacts to its phones. Nothing that clears or replaces is ever sent."""

    def push_route(self, *, variant: str) -> PushRoute | None:
        """How it is done on a variant; None where no way is documented."""
        ...

    def fitted(self, entry: BookEntry, *, variant: str) -> BookEntry | None:
        """The entry as the phone holds it once it is written: other characters, fewer numbers.

        None where nothing is left of it that could be written.
        """
        ...

    async def read_contacts(self, session: Session, *, phone: PhoneContext) -> tuple[HeldContact, ...]:
        """What the phone holds, complete or an error.

        Raises:
            UnexpectedResponse: The answer is no list of contacts, or was cut.
        """
        ...

    async def write_contact(
        self, session: Session, entry: BookEntry, *, phone: PhoneContext, held: HeldContact | None = None
    ) -> str | None:
        """Adds a contact, or changes ``held`` into it; returns the phone's id of it where it says one.

        Raises:
            PushRejected: The phone refused it; the sentence says why.
            UnexpectedResponse: The answer was not understood.
        """
        ...

    async def remove_contact(self, session: Session, held: HeldContact, *, phone: PhoneContext) -> None:
        """Removes one contact.

        Raises:
            PushRejected: The phone refused.
            Unsupported: No way is documented.
        """
        ...
