"""What the joining of calls takes and gives: rows of phones, what is known of groups, hand-made marks, calls.

Every instant is UTC, every duration seconds. ``None`` means that nothing was observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from phonesync.calls.sentences import Sentence, in_english
from phonesync.model import ListName, Outcome, TimeOf


class CallDirection(StrEnum):
    """Which way a call went, seen from the office."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    """What became of a call."""

    ANSWERED = "answered"
    MISSED = "missed"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    REJECTED = "rejected"
    BUSY = "busy"
    FORWARDED = "forwarded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class LegOutcome(StrEnum):
    """What became of a call on one phone."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    MISSED = "missed"
    PLACED = "placed"
    FORWARDED = "forwarded"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Rule(StrEnum):
    """Why rows are one call, or why they are not; ``docs/reference/definitions.md`` says each in words."""

    CALL_ID = "call_id"
    RANG_TOGETHER = "rang_together"
    MIRRORED = "mirrored"
    FORWARDED = "forwarded"
    HUNT = "hunt"
    BLIND_TRANSFER = "blind_transfer"
    ATTENDED_TRANSFER = "attended_transfer"
    PICKED_UP = "picked_up"
    BY_HAND = "by_hand"
    SPLIT_BY_HAND = "split_by_hand"
    UNDECIDED = "undecided"
    CROWDED = "crowded"
    ALONE = "alone"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A span of seconds that a measured value lies in.

    Attributes:
        low: Least.
        high: Most; never below ``low``.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        assert self.low <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry as the joining sees it.

    Attributes:
        id: Of the entry.
        phone: Name of the phone.
        extension: The phone's at that time, or None.
        owner: Whose phone it was then, or None.
        department: The owner's then, or None.
        list_name: Its list; None where nobody knows what the list means, or which way the call went.
        number: The remote party as shown, or None.
        name: The remote party's name as shown, or None.
        party: The remote party in canonical form: E.164, ``ext:201``; ``raw:`` and the text as shown for
            whatever is neither (feature codes, short numbers); None where it is withheld.
        at: The time the phone showed, UTC by its zone, not corrected; for rows that met a report, our own.
        resolution_s: Width of the shown unit; None where nothing bounds the time.
        timed: The list shows a time; else ``at`` is that of the read that first showed the row.
        time_of: What ``at`` means.
        either: Where that hangs on whether anybody answered, which the row does not say: what it means if
            somebody did, and if nobody did; else nothing.
        clock: The phone's clock minus true time at that instant; None where nothing bounds it.
        turned: Where the clock was set around that instant, what it may have been off by: one of these, all
            within ``clock``; else nothing.
        heard: ``at`` is the arrival of a report: no clock of the phone is in it.
        duration_s: Talk time, or None where the phone shows none.
        ring_s: From the start to the answer, or to the end of an unanswered call, as reported, or None.
        outcome: What became of it, as reported, or None.
        call_id: The SIP Call-ID, as reported, or None.
        count: Above 1 where it stands for several calls.
        uncertain: The entry itself is uncertain.
        first_seen_at: The read that first showed it, or the first report.
        unseen_at: The last good read that did not show it, or None.
    """

    id: str
    phone: str
    extension: str | None
    owner: str | None = None
    department: str | None = None
    list_name: ListName | None
    number: str | None
    name: str | None = None
    party: str | None
    at: datetime
    resolution_s: int | None = 1
    timed: bool = True
    time_of: TimeOf = TimeOf.START
    either: tuple[TimeOf, ...] = ()
    clock: Bounds | None = field(default_factory=lambda: Bounds(low=0.0, high=0.0))
    turned: tuple[Bounds, ...] = ()
    heard: bool = False
    duration_s: int | None = None
    ring_s: int | None = None
    outcome: Outcome | None = None
    call_id: str | None = None
    count: int = 1
    uncertain: bool = False
    first_seen_at: datetime
    unseen_at: datetime | None = None

    @property
    def is_understood(self) -> bool:
        """It is known what its time means, or may mean."""
        return self.time_of is not TimeOf.UNKNOWN or bool(self.either)


class Ringing(StrEnum):
    """How the members of a group are called."""

    TOGETHER = "together"
    IN_TURN = "in turn"
    PICKUP = "pickup"
    """They do not ring together; one may pick up what rings at another."""
    FORWARD = "forward"
    """What the first sends on rings at the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Extensions that ring together or one after another, or that may pick up one another's calls.

    Attributes:
        name: As configured, or made from its members where it was learned.
        number: Its internal number, or None.
        members: Extensions, in order where they ring in turn.
        ringing: How they are called.
        step_s: Seconds each rings before the next does, where they ring in turn; of a forward, for how long a
            phone rings between that shows nothing. None where unknown, or nothing rings between.
        department: That it belongs to, or None.
        learned: It was learned from which phones ring together; nobody has confirmed it.
        since: Known to hold from then on, UTC; None for ever.
        until: Known to hold up to then, UTC; None for ever.
    """

    name: str
    number: str | None = None
    members: tuple[str, ...]
    ringing: Ringing = Ringing.TOGETHER
    step_s: float | None = None
    department: str | None = None
    learned: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A mark made by hand: none of the one entries is of the same call as any of the others."""

    one: frozenset[str]
    other: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A mark made by hand: all these entries are of one call."""

    entries: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What joining goes by besides the rows. Equal knowledge and equal rows make equal calls.

    Attributes:
        groups: Configured and learned ones.
        marks: Made by hand, oldest first; a later one wins.
        phones: Extension to the names of the phones that bear it, for those that have no row of a call.
    """

    groups: tuple[Group, ...] = ()
    marks: tuple[Apart | Together, ...] = ()
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One end of a call.

    Attributes:
        number_shown: As the phones that saw it show it; None where withheld or never shown.
        e164: Or None.
        extension: Or None.
        name: As shown by a phone, or None; contacts are applied by whoever shows the call.
    """

    number_shown: str | None = None
    e164: str | None = None
    extension: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one phone has of a call.

    Attributes:
        phone: Its name.
        extension: Its extension then, or None.
        owner: Whose phone it was, or None.
        department: The owner's, or None.
        list_name: The list its row stands in, or None where that is unknown.
        outcome: What became of the call on it.
        entry_ids: Its rows, oldest first.
        started_at: When it began to ring or dialled, corrected, whole seconds, UTC.
        talk_s: Talk time on this phone, seconds, or None.
    """

    phone: str
    extension: str | None
    owner: str | None
    department: str | None
    list_name: ListName | None
    outcome: LegOutcome
    entry_ids: tuple[str, ...]
    started_at: datetime
    talk_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some entries are in this call, or are left apart from it.

    Attributes:
        rule: The rule.
        entry_ids: The entries it speaks of.
        said: One sentence with the figures it rests on.
    """

    rule: Rule
    entry_ids: tuple[str, ...]
    said: Sentence

    @property
    def text(self) -> str:
        """The sentence in English."""
        return in_english(self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, concluded from the rows of all phones.

    Attributes:
        id: Of its anchor: the entry that was seen first, by ``first_seen_at`` and id.
        direction: Which way it went.
        disposition: What became of it. ``missed`` only once coverage proves it (see ``settling``).
        started_at: When it began to ring, corrected, whole seconds, UTC.
        started_within_s: The start lies within so many seconds of ``started_at``.
        answered_at: Observed, or None.
        ended_at: Observed, or None.
        ring_s: Observed, or None.
        talk_s: Sum over those who answered one after another, or None.
        calling: Who called.
        called: Who was called.
        answered_by: Extension that answered (the first, where it was transferred), or None.
        legs: One for each phone, in the order in which they rang or dialled.
        uncertain: It may be part of another call, or a row of it is uncertain itself.
        reasons: One for each join and for each doubt.
        group: Name of the group that was called; None unless its number was seen.
        owner: Whose call it is: the group's name, else the owner or extension first called or calling.
        department: Of the owner, or None.
        could_answer: Phones that could have answered, by name: *missed* needs the proof of all of them.
        contested: A row that stays apart says that somebody answered this caller then.
        unanswered: No row says that anybody answered, and phones show it as missed: it is missed as soon as
            coverage proves that nobody can have answered unseen.
        coverage: Share of its phones' time from a minute before to a minute after it that is proven, 0 to 1;
            None before it is settled.
        settled: No later read changes ``coverage`` or what is concluded from it.
        voicemail: A CDR says that it went to voicemail.
        keys: Keys pressed in a voice menu, from a CDR, or None.
        recording: Name of its recording, from a CDR, or None.
    """

    id: str
    direction: CallDirection
    disposition: Disposition
    started_at: datetime
    started_within_s: int
    answered_at: datetime | None
    ended_at: datetime | None
    ring_s: int | None
    talk_s: int | None
    calling: Party
    called: Party
    answered_by: str | None
    legs: tuple[Leg, ...]
    uncertain: bool
    reasons: tuple[Reason, ...]
    group: str | None = None
    owner: str | None = None
    department: str | None = None
    could_answer: tuple[str, ...] = ()
    contested: bool = False
    unanswered: bool = False
    coverage: float | None = None
    settled: bool = False
    voicemail: bool = False
    keys: str | None = None
    recording: str | None = None

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """All of its entries."""
        return tuple(entry_id for leg in self.legs for entry_id in leg.entry_ids)

    @property
    def outside(self) -> str | None:
        """E.164 of the party outside the office, or None for internal calls and withheld or odd numbers."""
        return self.called.e164 if self.direction is CallDirection.OUTBOUND else self.calling.e164
