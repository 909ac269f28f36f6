"""The tables of the journal: what people say of calls, and what finds them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, Index, UniqueConstraint

from phonesync.store.tables.base import KEEP_COUNTING, NUMBER, PLAIN, Base, ShownText, table_of


class Tag(Base, table=True):
    """A word that calls and numbers can be marked with."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("name"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    name: str = Field(sa_type=ShownText)
    """For those that come with the journal ``important``, ``new_client`` or ``spam``."""
    color: str = Field(sa_type=PLAIN)
    """A word of the palette of the pages."""
    built_in: bool


class CallTag(Base, table=True):
    """A call that was marked; by one of its entries, so that the mark stays with it."""

    __tablename__ = "call_tags"
    __table_args__ = (Index(None, "tag_id"),)

    entry_id: str = Field(primary_key=True, sa_type=PLAIN)
    tag_id: int = Field(primary_key=True, foreign_key="tags.id", sa_type=NUMBER)
    user_id: int | None = Field(foreign_key="users.id", sa_type=NUMBER)
    at: datetime


class NumberTag(Base, table=True):
    """A number all calls of which are marked."""

    __tablename__ = "number_tags"
    __table_args__ = (Index(None, "tag_id"),)

    party: str = Field(primary_key=True, sa_type=ShownText)
    """As in ``parties``."""
    tag_id: int = Field(primary_key=True, foreign_key="tags.id", sa_type=NUMBER)
    user_id: int | None = Field(foreign_key="users.id", sa_type=NUMBER)
    at: datetime


class CallComment(Base, table=True):
    """What somebody wrote about a call."""

    __tablename__ = "call_comments"
    __table_args__ = (Index(None, "entry_id"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    entry_id: str = Field(sa_type=PLAIN)
    user_id: int = Field(foreign_key="users.id", sa_type=NUMBER)
    at: datetime
    text: str = Field(sa_type=ShownText)
    deleted_at: datetime | None


class CallStar(Base, table=True):
    """What one user thinks of a call: a favourite, a rating."""

    __tablename__ = "call_stars"

    user_id: int = Field(primary_key=True, foreign_key="users.id", sa_type=NUMBER)
    entry_id: str = Field(primary_key=True, sa_type=PLAIN)
    favourite: bool
    rating: int | None
    """1 to 5."""
    at: datetime


class PrivateCall(Base, table=True):
    """A call that its employee hides from superiors; it still counts."""

    __tablename__ = "private_calls"

    entry_id: str = Field(primary_key=True, sa_type=PLAIN)
    owner: str = Field(primary_key=True, sa_type=ShownText)
    user_id: int | None = Field(foreign_key="users.id", sa_type=NUMBER)
    at: datetime


class KnownParty(Base, table=True):
    """A number that calls were made with, and what finds it."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("party"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    party: str = Field(sa_type=ShownText)
    """E.164, ``ext:`` and an extension, or ``raw:`` and the number as shown."""
    country: str | None = Field(sa_type=PLAIN)
    """Two capital letters; None where the number does not say one."""
    digits: str = Field(sa_type=ShownText)
    """Its digits."""
    names: str = Field(sa_type=ShownText)
    """Names that phones showed and owners of the extension, as they are searched, one a line."""


class PartyTail(Base, table=True):
    """The end of a number or of a name, from any place in it: what finds any part of them."""

    __tablename__ = "party_tails"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tail: str = Field(primary_key=True, sa_type=ShownText)
    party: str = Field(primary_key=True, foreign_key="parties.party", sa_type=ShownText)


class SavedFilter(Base, table=True):
    """A filter under a name."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("user_id", "name"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    user_id: int = Field(foreign_key="users.id", sa_type=NUMBER)
    name: str = Field(sa_type=ShownText)
    query: str = Field(sa_type=ShownText)
    """As in the address bar."""
    shared: bool
    """Everybody may use it; nobody sees more by it than without."""
    made_at: datetime


class ExportJob(Base, table=True):
    """An export that was asked for."""

    __tablename__ = "exports"
    __table_args__ = (Index(None, "user_id"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    user_id: int = Field(foreign_key="users.id", sa_type=NUMBER)
    query: str = Field(sa_type=ShownText)
    format: str = Field(sa_type=PLAIN)
    state: str = Field(sa_type=PLAIN)
    """``waiting``, ``running``, ``done``, ``failed`` or ``cancelled``."""
    done: int
    """Rows written."""
    total: int | None
    file: str | None = Field(sa_type=ShownText)
    """Its name in the folder of exports; None until it is done, and once it is removed."""
    problem: str | None = Field(sa_type=ShownText)
    asked_at: datetime
    ended_at: datetime | None


class CallbackWork(Base, table=True):
    """What people do about a call-back; by caller and owner, which make one whatever is computed again."""

    __tablename__ = "callback_work"
    __table_args__ = (Index(None, "party", "owner", "opened_at"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    party: str = Field(sa_type=PLAIN)
    owner: str = Field(sa_type=ShownText)
    opened_at: datetime
    """Of the call-back, UTC: a later one is another."""
    step: str = Field(sa_type=PLAIN)
    """``taken``, ``released``, ``done``, ``snoozed`` or ``reopened``."""
    user_id: int | None = Field(foreign_key="users.id", sa_type=NUMBER)
    at: datetime
    until: datetime | None
    """For ``snoozed``."""
    reason: str | None = Field(sa_type=ShownText)


_FAILED = text("problem IS NOT NULL")


class Delivery(Base, table=True):
    """A mail or a webhook that goes out, or went."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "next_at"),
        Index(None, "id", sqlite_where=_FAILED, postgresql_where=_FAILED),
        UniqueConstraint("key"),
        KEEP_COUNTING,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    key: str = Field(sa_type=ShownText)
    """The same content is never sent twice to one address."""
    target: str = Field(sa_type=ShownText)
    """Name of the ``[[webhook]]`` or ``[[digest]]``."""
    body: str = Field(sa_type=ShownText)
    made_at: datetime
    attempts: int
    next_at: datetime | None
    """None once it was delivered, or given up."""
    delivered_at: datetime | None
    problem: str | None = Field(sa_type=ShownText)


TAGS = table_of(Tag)
CALL_TAGS = table_of(CallTag)
NUMBER_TAGS = table_of(NumberTag)
CALL_COMMENTS = table_of(CallComment)
CALL_STARS = table_of(CallStar)
PRIVATE_CALLS = table_of(PrivateCall)
PARTIES = table_of(KnownParty)
PARTY_TAILS = table_of(PartyTail)
SAVED_FILTERS = table_of(SavedFilter)
EXPORTS = table_of(ExportJob)
CALLBACK_WORK = table_of(CallbackWork)
DELIVERIES = table_of(Delivery)
