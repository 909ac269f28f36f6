"""What goes into the store and what comes out: frozen values, no SQL.

The agent builds a :class:`PollCommit` and the repository writes it in one transaction; readers get rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from phonesync.calls.clock_lines import Evidence
from phonesync.ledger.values import ReadPlan, SpanState
from phonesync.model import TimeOf

FIRST_INCARNATION = "#1"
"""How the id of the first physical phone under a name ends; the next one's ends with ``#2``."""


class PhoneStanding(StrEnum):
    """Where a phone stands with us."""

    NEW = "new"
    UP = "up"
    DOWN = "down"
    REFUSED = "refused"
    HELD = "held"
    UNSUPPORTED = "unsupported"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSpec:
    """A configured phone as the store needs to know it.

    Attributes:
        name: Unique name of the configuration.
        extension: Its extension now, or None.
        owner: Its owner now, or None.
        department: The owner's department now, or None.
        valid_from: Since when these three hold (key ``from``), or None for "since the phone is known".
        mac: Configured MAC, twelve lower-case hex digits, or None.
    """

    name: str
    extension: str | None = None
    owner: str | None = None
    department: str | None = None
    valid_from: date | None = None
    mac: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneState:
    """What the agent remembers of a phone across restarts.

    Attributes:
        name: The configured name.
        incarnation: The store's id of the physical phone that now bears the name.
        mac: Its MAC where it was ever read.
        vendor: As identified, or None.
        variant: As identified, or None.
        model: As identified, or None.
        firmware: As identified, or None.
        standing: Where it stands.
        last_read: Last good read, UTC.
        last_attempt: Last attempt, UTC.
        next_due: When the agent means to read it next, UTC.
        due_reason: Why then, one sentence.
        failures: Failed attempts in a row.
        last_error: In words, or None after a good read.
        error_kind: Class name of the last error, or None.
        down_since: The first of those failures, UTC.
        refused_credentials: Salted hash of address, user and password that the phone refused, or None.
        offered_credentials: The same of credentials that never worked here and were offered; set before they
            go out, and there for good where the phone never said whether they are right. Else None.
        proven_credentials: The same of those that the phone let in last, or None.
        sign_in_lost_at: When the last sign-in broke off without a verdict, UTC; None where it got one.
        locked_until: The phone's own lock, UTC, or None.
        open_session: The agent may have left a web session open on the phone (set before sign-in).
        clock_offset_s: Phone's clock minus true time at the last good read.
        certificate: SHA-256 of the certificate pinned at first use, hex, or None.
        swapped: Variants for which ``phones retry --swap`` exchanged the two list codes in conflict, the
            latest last.
        swap_proposed: Talk times contradict the mapping of codes.
        accept_unaligned: ``phones retry`` allowed the next read to be taken unaligned.
        ledger_state: The ledger's own bytes (see ``phonesync.ledger.codec``), b"" before the first read.
        ledger_digest: Digest of the last good snapshots.
        notes: Standing remarks shown on the phone's page (drift, contradicting rows).
    """

    name: str
    incarnation: str
    mac: str | None = None
    vendor: str | None = None
    variant: str | None = None
    model: str | None = None
    firmware: str | None = None
    standing: PhoneStanding = PhoneStanding.NEW
    last_read: datetime | None = None
    last_attempt: datetime | None = None
    next_due: datetime | None = None
    due_reason: str = ""
    failures: int = 0
    last_error: str | None = None
    error_kind: str | None = None
    down_since: datetime | None = None
    refused_credentials: str | None = None
    offered_credentials: str | None = None
    proven_credentials: str | None = None
    sign_in_lost_at: datetime | None = None
    locked_until: datetime | None = None
    open_session: bool = False
    clock_offset_s: float | None = None
    certificate: str | None = None
    swapped: tuple[str, ...] = ()
    swap_proposed: bool = False
    accept_unaligned: bool = False
    ledger_state: bytes = field(default=b"", repr=False)
    ledger_digest: str = ""
    notes: tuple[str, ...] = ()


class RawKind(StrEnum):
    """Why an answer is kept."""

    NEW_ROWS = "new rows"
    NEWEST = "newest"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """One answer to be kept, not yet compressed.

    Attributes:
        kind: Why it is kept.
        path: Path of the request that brought it.
        content_type: As sent, or None.
        content: The body.
        reason: For a quarantined one: what was not understood.
    """

    kind: RawKind
    path: str
    content_type: str | None
    content: bytes = field(repr=False)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCommit:
    """Everything one poll changes, written in one transaction.

    Attributes:
        state: The phone's state after the poll.
        plan: What a good read changes, or None after a failed one.
        list_names: List code to our list name now in force, for this incarnation and the state's variant.
        lines: Account user to line number, for this incarnation.
        raw: Answers to keep.
        pools: Pool name to the start of its open span, UTC; each list code of the pool gets it.
        unproven: Names of the pools whose open span is unknown; that of the others is complete.
        at: The instant of the poll, UTC.
        zone: Zone through which the wall times of this read were taken, or None; kept beside new entries.
        time_of: What a row's time means on this phone now.
        clock: What the phone's page showed of its clock, or None.
        before: The state this poll was decided on. Given, the commit is refused (:class:`StaleState`) if
            another process has read the phone since, and only what differs from it is written, so that an
            order given meanwhile by another command is not undone.
    """

    state: PhoneState
    plan: ReadPlan | None
    list_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    raw: tuple[RawRecord, ...] = ()
    pools: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    unproven: frozenset[str] = frozenset()
    at: datetime
    zone: str | None = None
    time_of: TimeOf = TimeOf.UNKNOWN
    clock: Evidence | None = None
    before: PhoneState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries a reader wants; None means "any". Instants are half-open [since, until), UTC.

    ``sources`` is exact: ``list``, ``event`` or ``list event``.
    """

    phone: str | None = None
    list_name: str | None = None
    number: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sources: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry on its way out: list name, line, owner and presence applied.

    The fields are those of ``phonesync entries`` in docs/reference/fields.md, except ``e164``, which the
    reader derives from the site's dial plan.
    """

    id: str
    phone: str
    extension: str | None
    owner: str | None
    department: str | None
    list_name: str
    remote_number: str | None
    remote_host: str | None
    remote_name: str | None
    line: int | None
    started_at: datetime
    resolution_s: int | None
    clock_offset_s: float | None
    time_of: str
    shown_at: str | None
    duration_s: int | None
    occurrence: int
    count: int
    complete: bool
    uncertain: bool
    first_seen_at: datetime
    last_seen_at: datetime
    on_phone: bool
    sources: tuple[str, ...] = ("list",)
    call_id: str | None = None
    ring_s: int | None = None
    outcome: str | None = None
    corrected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One span of one list on its way out; ``until`` None: open, known up to ``proven_until``."""

    phone: str
    list_name: str
    since: datetime | None
    until: datetime | None
    state: SpanState
    at_most: int | None
    estimate: float | None
    proven_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """One answer as the store has kept it, unpacked.

    Attributes:
        id: Of the answer in the store.
        phone: The name its incarnation bears now.
        incarnation: The physical phone that gave it.
        kind: Why it was kept.
        newest: It belongs to the newest kept read of its path.
        path: Path of the request that brought it.
        at: The instant of the poll, UTC.
        content_type: As sent, or None.
        content: The body.
        reason: For a quarantined one: what was not understood.
        seen: How often the same quarantined answer came.
        seen_at: When it came last, UTC.
        resolved_at: When a quarantined one was resolved, UTC, or None.
    """

    id: int
    phone: str
    incarnation: str
    kind: RawKind
    newest: bool
    path: str
    at: datetime
    content_type: str | None
    content: bytes = field(repr=False)
    reason: str
    seen: int
    seen_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffsetRow:
    """How far a phone's clock was off from an instant on, seconds (phone minus true time)."""

    incarnation: str
    at: datetime
    offset_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """The store in numbers.

    Attributes:
        place: Where it lies: the path of the file, or the URL without its password.
        engine: The database's product and version.
        schema: Its schema's revision.
        size_bytes: Of the file and its write-ahead log, or of the server's database.
        phones: Names ever configured.
        incarnations: Physical phones that bore them.
        entries: Entries kept.
        calls: Calls concluded from them.
        spans: Closed spans of coverage.
        raw_answers: Answers kept, quarantined ones included.
        raw_bytes: Their compressed size.
        quarantined: Answers quarantined and not resolved.
        first_entry: The earliest ``started_at``, UTC, or None.
        last_read: The last good read of any phone, UTC, or None.
    """

    place: str
    engine: str
    schema: str
    size_bytes: int
    phones: int
    incarnations: int
    entries: int
    calls: int
    spans: int
    raw_answers: int
    raw_bytes: int
    quarantined: int
    first_entry: datetime | None
    last_read: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What became of a store's schema.

    Attributes:
        place: The store as a user knows it.
        before: The revision it was at; None for an empty one.
        after: The revision it is at.
    """

    place: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyProgress:
    """How far a copy of a store has come.

    Attributes:
        doing: ``written`` or ``compared``.
        table: The table in hand.
        rows: Rows of all tables so far, counted anew for each of the two.
        of: Rows there are.
    """

    doing: str
    table: str
    rows: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """A copy that was found equal.

    Attributes:
        rows: Table to its rows.
        digests: Table to the digest of its rows, hex; the same in both stores.
        took_s: How long it took, seconds.
    """

    rows: Mapping[str, int]
    digests: Mapping[str, str]
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """A wish put to the running agent by another command.

    Attributes:
        id: Of the request.
        phone: Name of the phone.
        asked_at: UTC.
        done_at: UTC, or None while the agent has not answered.
        outcome: JSON of the result line of ``phonesync poll``, or None.
    """

    id: int
    phone: str
    asked_at: datetime
    done_at: datetime | None = None
    outcome: str | None = None
