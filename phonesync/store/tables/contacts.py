"""The tables of contacts, of phonebooks, and of what became of them on phones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, Index, UniqueConstraint

from phonesync.store.tables.base import KEEP_COUNTING, NUMBER, PLAIN, Base, ShownText, table_of


class ContactSource(Base, table=True):
    """A source of contacts, and how its last imports went."""

    __tablename__ = "contact_sources"

    name: str = Field(primary_key=True, sa_type=ShownText)
    kind: str = Field(sa_type=PLAIN)
    tried_at: datetime | None
    imported_at: datetime | None
    """The last import that was taken."""
    contacts: int
    digest: str = Field(sa_type=PLAIN)
    """Of everything the last import brought, so that an unchanged source changes nothing."""
    token: str | None = Field(sa_type=PLAIN)
    """What the source wants back to tell only what has changed since (sync-token, ETag)."""
    bad_rows: int
    error: str | None = Field(sa_type=ShownText)
    held: str | None = Field(sa_type=ShownText)
    """Why the last import was held, in words; None where none is."""
    held_digest: str | None = Field(sa_type=PLAIN)
    """What was held: only this very content is let through by a confirmation."""
    confirmed_digest: str | None = Field(sa_type=PLAIN)


class KeptContact(Base, table=True):
    """A contact as its source gave it last."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("source", "uid"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    source: str = Field(sa_type=ShownText)
    uid: str = Field(sa_type=ShownText)
    name: str = Field(sa_type=ShownText)
    folded: str = Field(sa_type=ShownText)
    """The name without case and accents, for looking up."""
    company: str | None = Field(sa_type=ShownText)
    department: str | None = Field(sa_type=ShownText)
    digest: str = Field(sa_type=PLAIN)
    changed_at: datetime
    etag: str | None = Field(sa_type=PLAIN)
    """Of the card it stands in, for sources that have cards."""
    card: str | None = Field(sa_type=ShownText)
    """Address of that card."""


class KeptNumber(Base, table=True):
    """A number of a contact, and what it is under the dial plan of its source's site."""

    __tablename__ = "contact_numbers"
    __table_args__ = (Index(None, "canonical"),)

    contact_id: int = Field(primary_key=True, foreign_key="contacts.id", sa_type=NUMBER)
    ordinal: int = Field(primary_key=True)
    number: str = Field(sa_type=ShownText)
    kind: str = Field(sa_type=PLAIN)
    canonical: str | None = Field(sa_type=PLAIN)
    """E.164, or ``ext:`` and the extension; None where it is neither."""


class PhoneAddress(Base, table=True):
    """The unguessable part of the addresses that one phone uses with us."""

    __tablename__ = "phone_addresses"
    __table_args__ = (UniqueConstraint("token"),)

    phone_id: int = Field(primary_key=True, foreign_key="phones.id", sa_type=NUMBER)
    token: str = Field(sa_type=PLAIN)
    created_at: datetime


class ServedBook(Base, table=True):
    """A file that a phone fetched last."""

    __tablename__ = "served_books"

    phone_id: int = Field(primary_key=True, foreign_key="phones.id", sa_type=NUMBER)
    file: str = Field(primary_key=True, sa_type=ShownText)
    etag: str = Field(sa_type=PLAIN)
    entries: int
    left_out: int
    """Contacts that the phone may see and that did not fit."""
    taken_at: datetime
    """When this content was fetched first."""
    asked_at: datetime
    """When the phone asked last, also where nothing had changed."""
    agent: str | None = Field(sa_type=ShownText)
    """User-Agent of the phone."""


class OwnBook(Base, table=True):
    """A phone's own contacts, as it uploaded them last."""

    __tablename__ = "own_books"

    phone_id: int = Field(primary_key=True, foreign_key="phones.id", sa_type=NUMBER)
    file: str = Field(primary_key=True, sa_type=ShownText)
    content: bytes = Field(sa_type=LargeBinary)
    at: datetime


class PushedContact(Base, table=True):
    """A contact that we wrote to a phone: what we may change or remove there."""

    __tablename__ = "pushed_contacts"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    contact: str = Field(primary_key=True, sa_type=ShownText)
    """Id of the contact: source and uid."""
    name: str = Field(sa_type=ShownText)
    """As written, to tell people."""
    numbers: str = Field(sa_type=ShownText)
    """As written, one a line."""
    held_id: str | None = Field(sa_type=ShownText)
    """The phone's id of it, where it gives one."""
    digest: str = Field(sa_type=PLAIN)
    """Of name and numbers as they were written."""
    before: str | None = Field(sa_type=PLAIN)
    """Digest of what stood there before, where a change was sent."""
    state: str = Field(sa_type=PLAIN)
    """``sent`` before it went out, ``there`` once it was read back or accepted."""
    at: datetime


CONTACT_SOURCES = table_of(ContactSource)
CONTACTS = table_of(KeptContact)
CONTACT_NUMBERS = table_of(KeptNumber)
PHONE_ADDRESSES = table_of(PhoneAddress)
SERVED_BOOKS = table_of(ServedBook)
OWN_BOOKS = table_of(OwnBook)
PUSHED_CONTACTS = table_of(PushedContact)
