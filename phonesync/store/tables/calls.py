"""The tables of calls: what many phones say, as one, and what that rests on.

All of it but the marks and the versions of what is known can be computed again from entries.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, Index, UniqueConstraint

from phonesync.store.tables.base import (
    KEEP_COUNTING,
    NUMBER,
    PLAIN,
    Base,
    Real,
    ShownText,
    table_of,
)


class QueuedEntry(Base, table=True):
    """An entry that is new or has changed since calls were joined last."""

    __tablename__ = "join_queue"
    __table_args__ = (UniqueConstraint("entry_id"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    entry_id: str = Field(sa_type=PLAIN)
    incarnation_id: int = Field(foreign_key="incarnations.id", sa_type=NUMBER)
    set_aside: str | None = Field(default=None, sa_type=ShownText)
    """The sentence of the error that joining it meets; null where it waits to be joined."""


class JoinedEntry(Base, table=True):
    """Where an entry was when calls were joined: what finds its neighbours, and its call."""

    __tablename__ = "joined_entries"
    __table_args__ = (Index(None, "incarnation_id", "tier", "low"), Index(None, "call_id"))

    entry_id: str = Field(primary_key=True, sa_type=PLAIN)
    incarnation_id: int = Field(foreign_key="incarnations.id", sa_type=NUMBER)
    tier: int
    """How long the stretch from ``low`` to ``high`` is, so that a look for it begins near ``low``."""
    low: datetime
    """The call cannot have begun before, UTC."""
    high: datetime
    """The call cannot have ended after, UTC."""
    keys: str = Field(sa_type=ShownText)
    """JSON: its keys in ``join_keys``, without the tier."""
    call_id: str = Field(sa_type=PLAIN)


class EntryKey(Base, table=True):
    """What entries of one call share: the caller, a Call-ID."""

    __tablename__ = "join_keys"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: str = Field(primary_key=True, sa_type=ShownText)
    """The tier of the entry, one digit, and the key."""
    low: datetime = Field(primary_key=True)
    entry_id: str = Field(primary_key=True, sa_type=PLAIN)
    high: datetime


_RAW_CALLING = text("calling_e164 IS NULL AND calling_extension IS NULL")
_RAW_CALLED = text("called_e164 IS NULL AND called_extension IS NULL")


class KeptCall(Base, table=True):
    """One call."""

    __tablename__ = "calls"
    __table_args__ = (
        Index(None, "started_at", "id"),
        Index(None, "outside", "started_at"),
        Index(None, "calling_extension", "started_at"),
        Index(None, "called_extension", "started_at"),
        Index(None, "department", "started_at"),
        Index(None, "disposition", "started_at"),
        # Of numbers that are neither E.164 nor internal: feature codes, short numbers.
        Index(None, "calling_number", "started_at", sqlite_where=_RAW_CALLING, postgresql_where=_RAW_CALLING),
        Index(None, "called_number", "started_at", sqlite_where=_RAW_CALLED, postgresql_where=_RAW_CALLED),
    )

    id: str = Field(primary_key=True, sa_type=PLAIN)
    direction: str = Field(sa_type=PLAIN)
    disposition: str = Field(sa_type=PLAIN)
    started_at: datetime
    started_within_s: int
    answered_at: datetime | None
    ended_at: datetime | None
    ring_s: int | None
    talk_s: int | None
    outside: str | None = Field(sa_type=PLAIN)
    """E.164 of the party outside the office, or None."""
    calling_number: str | None = Field(sa_type=ShownText)
    calling_e164: str | None = Field(sa_type=PLAIN)
    calling_extension: str | None = Field(sa_type=ShownText)
    calling_name: str | None = Field(sa_type=ShownText)
    called_number: str | None = Field(sa_type=ShownText)
    called_e164: str | None = Field(sa_type=PLAIN)
    called_extension: str | None = Field(sa_type=ShownText)
    called_name: str | None = Field(sa_type=ShownText)
    answered_by: str | None = Field(sa_type=ShownText)
    uncertain: bool
    contested: bool
    unanswered: bool
    settled: bool
    coverage: float | None = Field(sa_type=Real)
    group_name: str | None = Field(sa_type=ShownText)
    owner: str | None = Field(sa_type=ShownText)
    department: str | None = Field(sa_type=ShownText)
    could_answer: str = Field(sa_type=ShownText)
    """JSON: names of phones."""
    reasons: str = Field(sa_type=ShownText)
    """JSON: rule, entries and sentence of each; of that form and values of each clause, or an old text."""
    voicemail: bool
    keys: str | None = Field(sa_type=ShownText)
    recording: str | None = Field(sa_type=ShownText)


class KeptLeg(Base, table=True):
    """What one phone has of a call."""

    __tablename__ = "call_legs"
    __table_args__ = (
        Index(None, "phone_id", "call_at"),
        Index(None, "owner", "call_at"),
        Index(None, "department", "call_at"),
    )

    call_id: str = Field(primary_key=True, sa_type=PLAIN)
    ordinal: int = Field(primary_key=True)
    phone_id: int = Field(foreign_key="phones.id", sa_type=NUMBER)
    extension: str | None = Field(sa_type=ShownText)
    owner: str | None = Field(sa_type=ShownText)
    department: str | None = Field(sa_type=ShownText)
    list_name: str | None = Field(sa_type=PLAIN)
    outcome: str = Field(sa_type=PLAIN)
    started_at: datetime
    talk_s: int | None
    entry_ids: str = Field(sa_type=PLAIN)
    """Separated by blanks."""
    call_at: datetime
    """When the call began, as in ``calls``: what finds the newest calls of a phone or of its owner."""


class WaitingCall(Base, table=True):
    """A call of whose phones one has not been read since: its coverage is not final."""

    __tablename__ = "waiting_calls"
    __table_args__ = (Index(None, "call_id"), {"sqlite_with_rowid": False})

    phone_id: int = Field(primary_key=True, foreign_key="phones.id", sa_type=NUMBER)
    until: datetime = Field(primary_key=True)
    """A good read of the phone from then on makes it final, UTC."""
    call_id: str = Field(primary_key=True, sa_type=PLAIN)


class CallMark(Base, table=True):
    """Entries that a person put together or apart; kept for ever."""

    __tablename__ = "call_marks"
    __table_args__ = (KEEP_COUNTING,)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    kind: str = Field(sa_type=PLAIN)
    """``together`` or ``apart``."""
    one: str = Field(sa_type=PLAIN)
    """Entry ids, separated by blanks."""
    other: str = Field(sa_type=PLAIN)
    """For ``apart``: the entries on the other side."""
    made_at: datetime
    made_by: str | None = Field(sa_type=ShownText)


class MarkedEntry(Base, table=True):
    """Which marks speak of an entry."""

    __tablename__ = "marked_entries"

    entry_id: str = Field(primary_key=True, sa_type=PLAIN)
    mark_id: int = Field(primary_key=True, foreign_key="call_marks.id", sa_type=NUMBER)


class LearnedGroup(Base, table=True):
    """A group learned from which phones ring together, and what a person said of it."""

    __tablename__ = "learned_groups"
    __table_args__ = (KEEP_COUNTING,)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    ringing: str = Field(sa_type=PLAIN)
    members: str = Field(sa_type=ShownText)
    """JSON: extensions."""
    step_s: float | None = Field(sa_type=Real)
    number: str | None = Field(sa_type=ShownText)
    seen: int
    """Calls that show it."""
    since: datetime
    until: datetime
    ended_at: datetime | None
    """It holds no longer from then on, UTC: another one has taken its place."""
    version: int
    """Counts what was learned: of the learning that brought it, or changed what joining goes by."""
    verdict: str | None = Field(sa_type=PLAIN)
    """``confirmed``, ``rejected``, or None while nobody has said so."""


class ClockEvidence(Base, table=True):
    """One observation of how far a phone's clock was off."""

    __tablename__ = "clock_evidence"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    at: datetime = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_type=PLAIN)
    """``page``, ``report``, ``mirror``, ``fit`` or ``read``."""
    low_s: float = Field(sa_type=Real)
    high_s: float = Field(sa_type=Real)


class ClockNews(Base, table=True):
    """A physical phone of whose clock something was seen since it was concluded from last."""

    __tablename__ = "clock_news"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)


class ClockSegment(Base, table=True):
    """A stretch of time in which nobody set a phone's clock; see ``phonesync.calls.clock_history``."""

    __tablename__ = "clock_segments"

    incarnation_id: int = Field(primary_key=True, foreign_key="incarnations.id", sa_type=NUMBER)
    version: int = Field(primary_key=True)
    """The highest of a phone is in force."""
    since: datetime = Field(primary_key=True)
    until: datetime | None
    low_s: float = Field(sa_type=Real)
    high_s: float = Field(sa_type=Real)
    drift_ppm: float = Field(sa_type=Real)
    stepped: bool
    """The clock was set somewhere in it."""
    never_low_s: float | None = Field(sa_type=Real)
    """Between what it was and what it is, the clock was off by nothing from here on"""
    never_high_s: float | None = Field(sa_type=Real)
    """to here; none where the two cannot be told apart."""
    made_at: datetime
    held: bool = Field(primary_key=True)
    """An observation that is not believed; it is not applied until it is seen again."""


class TimeMeaning(Base, table=True):
    """What the times of a model's rows were found to mean."""

    __tablename__ = "time_meanings"

    vendor: str = Field(primary_key=True, sa_type=ShownText)
    model: str = Field(primary_key=True, sa_type=ShownText)
    firmware: str = Field(primary_key=True, sa_type=ShownText)
    answered: bool = Field(primary_key=True)
    """Of rows of answered calls, or of calls nobody answered."""
    time_of: str = Field(sa_type=PLAIN)
    pairs: int
    """Observations that say so."""
    against: int
    """Observations that say otherwise."""
    found_at: datetime


class TimeVote(Base, table=True):
    """How many observed rows of a model can only mean one of some times."""

    __tablename__ = "time_votes"

    vendor: str = Field(primary_key=True, sa_type=ShownText)
    model: str = Field(primary_key=True, sa_type=ShownText)
    firmware: str = Field(primary_key=True, sa_type=ShownText)
    answered: bool = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_type=PLAIN)
    """``report``, ``mirror``, ``fit`` or ``read``."""
    fits: str = Field(primary_key=True, sa_type=PLAIN)
    """The meanings left, separated by blanks."""
    votes: int


class Callback(Base, table=True):
    """A caller who was missed: open until somebody reaches him."""

    __tablename__ = "callbacks"
    __table_args__ = (Index(None, "closed_at", "opened_at"), Index(None, "party"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    party: str = Field(sa_type=PLAIN)
    owner: str = Field(sa_type=ShownText)
    department: str | None = Field(sa_type=ShownText)
    first_call: str = Field(sa_type=PLAIN)
    """The missed call that opened it."""
    last_call: str = Field(sa_type=PLAIN)
    """The latest missed call."""
    opened_at: datetime
    """When it rang first, UTC."""
    last_at: datetime
    misses: int
    attempts: int
    """Calls to that number since, that did not reach it or do not say whether they did."""
    last_attempt_at: datetime | None
    due_at: datetime | None
    """Target minutes after it opened, counted in working hours, UTC."""
    closed_at: datetime | None
    closed_by: str | None = Field(sa_type=PLAIN)
    """The call that closed it."""
    closed_how: str | None = Field(sa_type=PLAIN)
    """``called_back`` or ``got_through``."""


class Applied(Base, table=True):
    """What calls and call-backs were made with last; where something else holds now, they are made anew."""

    __tablename__ = "applied"

    name: str = Field(primary_key=True, sa_type=PLAIN)
    """``groups``, ``callbacks``, ``learning`` or ``parties``."""
    text: str = Field(sa_type=ShownText)
    """JSON: groups in force, the rules of call-backs, what was learned from, or how far calls were taken."""
    at: datetime


JOIN_QUEUE = table_of(QueuedEntry)
JOINED_ENTRIES = table_of(JoinedEntry)
JOIN_KEYS = table_of(EntryKey)
CALLS = table_of(KeptCall)
CALL_LEGS = table_of(KeptLeg)
WAITING_CALLS = table_of(WaitingCall)
CALL_MARKS = table_of(CallMark)
MARKED_ENTRIES = table_of(MarkedEntry)
LEARNED_GROUPS = table_of(LearnedGroup)
CLOCK_EVIDENCE = table_of(ClockEvidence)
CLOCK_NEWS = table_of(ClockNews)
CLOCK_SEGMENTS = table_of(ClockSegment)
TIME_MEANINGS = table_of(TimeMeaning)
TIME_VOTES = table_of(TimeVote)
CALLBACKS = table_of(Callback)
APPLIED = table_of(Applied)
