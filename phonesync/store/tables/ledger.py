"""The tables of what phones are and showed: no rule and no statement.

Times are UTC. Texts that a phone showed stand as shown. What can change its meaning later (list names, lines,
owners) is not written into entries: it stands in tables of its own and is applied on the way out.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text, false
from sqlmodel import Field, ForeignKeyConstraint, Index, UniqueConstraint

from phonesync.store.tables.base import (
    KEEP_COUNTING,
    NUMBER,
    PLAIN,
    Base,
    Real,
    ShownText,
    table_of,
)


class Phone(Base, table=True):
    """A configured name. It stays when the phone leaves the configuration."""

    __tablename__ = "phones"
    __table_args__ = (UniqueConstraint("name"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    name: str = Field(sa_type=ShownText)
    created_at: datetime


class Incarnation(Base, table=True):
    """A physical phone that bears or bore a name; the highest number bears it now."""

    __tablename__ = "incarnations"
    __table_args__ = (UniqueConstraint("label"), UniqueConstraint("phone_id", "number"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    label: str = Field(sa_type=ShownText)
    phone_id: int = Field(foreign_key="phones.id", sa_type=NUMBER)
    number: int
    reason: str = Field(sa_type=ShownText)
    created_at: datetime


class State(Base, table=True):
    """What the agent remembers of an incarnation, small enough to be rewritten at every poll."""

    __tablename__ = "states"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    mac: str | None = Field(sa_type=ShownText)
    vendor: str | None = Field(sa_type=ShownText)
    variant: str | None = Field(sa_type=ShownText)
    model: str | None = Field(sa_type=ShownText)
    firmware: str | None = Field(sa_type=ShownText)
    standing: str = Field(sa_type=PLAIN)
    last_read: datetime | None
    last_attempt: datetime | None
    next_due: datetime | None
    due_reason: str = Field(sa_type=ShownText)
    failures: int
    last_error: str | None = Field(sa_type=ShownText)
    error_kind: str | None = Field(sa_type=ShownText)
    down_since: datetime | None
    refused_credentials: str | None = Field(sa_type=PLAIN)
    offered_credentials: str | None = Field(sa_type=PLAIN)
    proven_credentials: str | None = Field(sa_type=PLAIN)
    sign_in_lost_at: datetime | None
    locked_until: datetime | None
    open_session: bool
    clock_offset_s: float | None = Field(sa_type=Real)
    certificate: str | None = Field(sa_type=PLAIN)
    swapped: str = Field(sa_type=ShownText)
    swap_proposed: bool
    accept_unaligned: bool
    ledger_digest: str = Field(sa_type=PLAIN)
    notes: str = Field(sa_type=PLAIN)
    time_of: str = Field(sa_type=PLAIN)


class Ledger(Base, table=True):
    """The ledger's own bytes, apart from the state: large, and unchanged by most polls."""

    __tablename__ = "ledgers"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    content: bytes = Field(sa_type=LargeBinary)


class Assignment(Base, table=True):
    """Who had a phone since when; the one recorded last wins from its date on."""

    __tablename__ = "assignments"
    __table_args__ = (Index(None, "phone_id"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    phone_id: int = Field(foreign_key="phones.id", sa_type=NUMBER)
    valid_from: datetime | None
    extension: str | None = Field(sa_type=ShownText)
    owner: str | None = Field(sa_type=ShownText)
    department: str | None = Field(sa_type=ShownText)
    recorded_at: datetime


class Entry(Base, table=True):
    """One row of a call list, kept for ever."""

    __tablename__ = "entries"
    # The phone first: hashes are random, and where the rows of one phone lie together, a first read of a full
    # list touches a tenth of the pages. An id is unique by itself: its hash holds the incarnation.
    __table_args__ = (
        Index(None, "incarnation_id", "key"),
        Index(None, "incarnation_id", "started_at"),
        Index(None, "started_at"),
    )

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    id: str = Field(primary_key=True, sa_type=PLAIN)
    key: str = Field(sa_type=PLAIN)
    occurrence: int
    variant: str = Field(sa_type=ShownText)
    """What read it first: it says what the list code means."""
    list_code: str = Field(sa_type=ShownText)
    account: str | None = Field(sa_type=ShownText)
    remote_number: str | None = Field(sa_type=ShownText)
    remote_host: str | None = Field(sa_type=ShownText)
    remote_name: str | None = Field(sa_type=ShownText)
    shown_at: str | None = Field(sa_type=ShownText)
    zone: str | None = Field(sa_type=PLAIN)
    started_at: datetime
    resolution_s: int | None
    clock_offset_s: float | None = Field(sa_type=Real)
    duration_s: int | None
    count: int
    complete: bool
    uncertain: bool
    first_seen_at: datetime
    unseen_at: datetime | None = None
    """The last good read that did not show it: it was recorded since. None where there was none."""
    last_seen_at: datetime | None
    """None while the row is on the phone: then it was last seen at the phone's last good read."""
    on_phone: bool
    sources: str = Field(default="list", sa_type=PLAIN, sa_column_kwargs={"server_default": "list"})
    """``list``, ``event``, or ``list event`` once a report and a row of a list turned out to be one call."""
    call_id: str | None = Field(default=None, sa_type=ShownText)
    """The SIP Call-ID, as a report gave it."""
    ring_s: int | None = None
    outcome: str | None = Field(default=None, sa_type=PLAIN)
    time_of: str | None = Field(default=None, sa_type=PLAIN)
    """What ``started_at`` means where a report gave it; None: what the phone's rows mean."""
    doubtful: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """A report or a row that stays apart may be of the same call."""


class EntryAlias(Base, table=True):
    """A further key under which a phone showed an entry."""

    __tablename__ = "aliases"
    __table_args__ = (
        ForeignKeyConstraint(["incarnation_id", "entry_id"], ["entries.incarnation_id", "entries.id"]),
        Index(None, "incarnation_id", "key"),
        Index(None, "incarnation_id", "entry_id"),
    )

    incarnation_id: int = Field(primary_key=True, sa_type=NUMBER)
    alias_id: str = Field(primary_key=True, sa_type=PLAIN)
    key: str = Field(sa_type=PLAIN)
    occurrence: int
    entry_id: str = Field(sa_type=PLAIN)


class ListLabel(Base, table=True):
    """What a variant's list code means on an incarnation; exchanging two of them relabels all it read."""

    __tablename__ = "list_names"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    variant: str = Field(primary_key=True, sa_type=ShownText)
    list_code: str = Field(primary_key=True, sa_type=ShownText)
    list_name: str = Field(sa_type=PLAIN)


class Line(Base, table=True):
    """Which line an account is or was registered on."""

    __tablename__ = "lines"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    account: str = Field(primary_key=True, sa_type=ShownText)
    line: int


class ClosedSpan(Base, table=True):
    """A span of one list that no later read changes."""

    __tablename__ = "spans"
    __table_args__ = (Index(None, "incarnation_id"),)

    id: str = Field(primary_key=True, sa_type=PLAIN)
    """A hash of the rest, so that the same span is never kept twice."""
    incarnation_id: int = Field(foreign_key="incarnations.id", sa_type=NUMBER)
    variant: str = Field(sa_type=ShownText)
    list_code: str = Field(sa_type=ShownText)
    since: datetime | None
    until: datetime
    state: str = Field(sa_type=PLAIN)
    at_most: int | None
    estimate: float | None = Field(sa_type=Real)


class OpenSpan(Base, table=True):
    """The newest span of a list, complete or unknown, which reaches up to the last good read."""

    __tablename__ = "open_spans"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    list_code: str = Field(primary_key=True, sa_type=ShownText)
    variant: str = Field(sa_type=ShownText)
    since: datetime
    state: str = Field(sa_type=PLAIN)


class ClockOffset(Base, table=True):
    """How far a phone's clock was off, wherever that changed."""

    __tablename__ = "clock_offsets"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    at: datetime = Field(primary_key=True)
    offset_s: float = Field(sa_type=Real)


class KeptRaw(Base, table=True):
    """An answer of a phone, compressed with zlib."""

    __tablename__ = "raw_answers"
    __table_args__ = (
        UniqueConstraint("incarnation_id", "path", "at", "ordinal", "kind"),
        Index(None, "at"),
        KEEP_COUNTING,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    incarnation_id: int = Field(foreign_key="incarnations.id", sa_type=NUMBER)
    path: str = Field(sa_type=ShownText)
    at: datetime
    ordinal: int
    """Among the answers of this path in this read, from 0."""
    kind: str = Field(sa_type=PLAIN)
    newest: bool
    """It belongs to the newest kept read of its path, and outlives ``raw_days``."""
    content_type: str | None = Field(sa_type=ShownText)
    content: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(sa_type=PLAIN)
    reason: str = Field(sa_type=ShownText)
    seen: int
    """How often in a row the same answer was quarantined."""
    seen_at: datetime
    resolved_at: datetime | None


class Request(Base, table=True):
    """A poll asked of the running agent by another command."""

    __tablename__ = "poll_requests"
    __table_args__ = (Index(None, "done_at"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    phone_id: int = Field(foreign_key="phones.id", sa_type=NUMBER)
    asked_at: datetime
    done_at: datetime | None
    outcome: str | None = Field(sa_type=Text)


PHONES = table_of(Phone)
INCARNATIONS = table_of(Incarnation)
STATES = table_of(State)
LEDGERS = table_of(Ledger)
ASSIGNMENTS = table_of(Assignment)
ENTRIES = table_of(Entry)
ALIASES = table_of(EntryAlias)
LIST_NAMES = table_of(ListLabel)
LINES = table_of(Line)
SPANS = table_of(ClosedSpan)
OPEN_SPANS = table_of(OpenSpan)
CLOCK_OFFSETS = table_of(ClockOffset)
RAW = table_of(KeptRaw)
REQUESTS = table_of(Request)
