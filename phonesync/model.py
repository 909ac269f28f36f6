"""Frozen values that every layer shares: what a phone is, and what a phone says.

``None`` always means "the phone does not say". Instants are aware and UTC; wall times are the phone's own,
without a zone, and live in :class:`WallTime`. Durations are whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class ListName(StrEnum):
    """Our names of the call lists."""

    PLACED = "placed"
    RECEIVED = "received"
    MISSED = "missed"
    FORWARDED = "forwarded"


class TimeOf(StrEnum):
    """What the time shown in a row means."""

    START = "start"
    ANSWERED = "answered"
    RECORDED = "recorded"
    UNKNOWN = "unknown"


class Evidence(StrEnum):
    """How well a statement about a phone is known (the tags of the vendor sheets)."""

    CERTAIN = "certain"
    LIKELY = "likely"
    LIKELY_UNCHECKED = "likely, unchecked"
    GUESS = "guess"
    UNKNOWN = "unknown"


class Provenance(StrEnum):
    """Where a fixture comes from, strongest first."""

    CAPTURED = "captured"
    VENDOR_DOCUMENTED = "vendor-documented"
    DERIVED = "derived"
    INVENTED = "invented"


def no_quirks() -> Mapping[str, str]:
    """An empty read-only mapping, as a default of frozen values."""
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class WallTime:
    """A wall-clock time exactly as far as a phone shows it.

    Attributes:
        year: Four digits, or None where the list shows no year.
        month: 1 to 12.
        day: 1 to 31.
        hour: 0 to 23.
        minute: 0 to 59.
        second: 0 to 59, or None where the list shows minutes only.
        weekday: 0 for Monday, or None where none is shown.

    Raises:
        ValueError: There is no such date or time.
    """

    year: int | None
    month: int
    day: int
    hour: int
    minute: int
    second: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        # 2000 was a leap year: without a year, 29 February is a date. ValueError says what is impossible.
        datetime(self.year or 2000, self.month, self.day, self.hour, self.minute, self.second or 0)  # noqa: DTZ001  a wall clock has no zone

    @property
    def resolution_s(self) -> int:
        """Width of the shown unit in seconds: 1, or 60 where no seconds are shown."""
        return 60 if self.second is None else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneIdentity:
    """What a phone says it is.

    Attributes:
        vendor: Lower-case vendor word, for example ``yealink``.
        variant: Name of the driver's variant that speaks to it, for example ``v86-json``.
        model: As shown, or None.
        firmware: As shown, or None.
        mac: Twelve lower-case hex digits, or None where not readable.
        evidence: How sure the choice of variant is.
    """

    vendor: str
    variant: str
    model: str | None = None
    firmware: str | None = None
    mac: str | None = None
    evidence: Evidence = Evidence.LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogEntry:
    """One row of a call list, as one read showed it.

    Attributes:
        list_code: The vendor's own code of the list the row stands in, for example ``"2"``.
        account: The local account as sent, or None.
        remote_number: User part of the remote party, characters untouched; None if none is shown.
        remote_host: Host part, or None.
        remote_name: Display name as shown, or None.
        shown_at: The time text as shown, or None where the list shows no time.
        wall: ``shown_at`` read as a wall time, or None.
        duration_s: Seconds, or None where not shown.
        count: Above 1 where the phone merged repeats into this row.
        row_id: The vendor's row id, or None.
        in_progress: The phone says that the call has not ended yet.
    """

    list_code: str
    account: str | None = None
    remote_number: str | None = None
    remote_host: str | None = None
    remote_name: str | None = None
    shown_at: str | None = None
    wall: WallTime | None = None
    duration_s: int | None = None
    count: int = 1
    row_id: str | None = None
    in_progress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What one read of one list returned: complete, newest first.

    Attributes:
        list_code: The vendor's own code of the list.
        entries: Rows, newest first, as the phone orders them.
        newest_only: The list can show its newest row only.
        silent: No row, in words that do not say whether there is none: proves nothing. What the last read
            showed of the list stands, and its coverage is unknown until it shows a row again.
    """

    list_code: str
    entries: tuple[CallLogEntry, ...]
    newest_only: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """The phone's own clock, read in the same session.

    Attributes:
        wall: What the phone showed.
        at: Our time when the answer arrived, UTC.
        slack_s: How much older than ``at`` the reading may be (the duration of the request), seconds.
    """

    wall: WallTime
    at: datetime
    slack_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """The bytes a read was made of, kept so that a row can be derived again.

    Attributes:
        path: Path of the request that brought it.
        content_type: As sent, or None.
        content: The body, undecoded.
    """

    path: str
    content_type: str | None
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLog:
    """One complete read of all lists of a phone.

    Attributes:
        snapshots: One for each list the phone has, empty ones included.
        clock: The phone's clock in the same session, or None where it cannot be read.
        raw: The answers the snapshots were parsed from.
        unknown_fields: Names the phone sent that the driver does not know (drift), sorted.
        mac: Learned in this read, twelve lower-case hex digits, or None.
        firmware: As shown in this read, or None.
        model: As shown in this read, or None.
        accounts: Line number (from 1) to account user, where the phone shows it.
    """

    snapshots: Sequence[Snapshot]
    clock: ClockReading | None = None
    raw: tuple[RawAnswer, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    mac: str | None = None
    firmware: str | None = None
    model: str | None = None
    accounts: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneStatus:
    """What a phone says of the settings that decide whether its lists can be trusted.

    ``None`` in a field means that it cannot be read on this generation.

    Attributes:
        clock: The phone's clock.
        zone: Its zone setting, as shown.
        history_enabled: False where the phone keeps no lists.
        merging_enabled: True where repeats are merged into one row.
        accounts: Line number (from 1) to account user.
        mac: Twelve lower-case hex digits.
        firmware: As shown.
        model: As shown.
        warnings: What its owner should know, one sentence each: a weakness of this firmware and what mends
            it, a setting that keeps calls out of the lists.
    """

    clock: ClockReading | None = None
    zone: str | None = None
    history_enabled: bool | None = None
    merging_enabled: bool | None = None
    accounts: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    mac: str | None = None
    firmware: str | None = None
    model: str | None = None
    warnings: tuple[str, ...] = ()


class NumberKind(StrEnum):
    """What a contact's number is for."""

    WORK = "work"
    HOME = "home"
    MOBILE = "mobile"
    FAX = "fax"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNumber:
    """One number of a contact.

    Attributes:
        number: As its source writes it, or, in a phonebook, as the phone is to show and match it.
        kind: What it is for.
    """

    number: str
    kind: NumberKind = NumberKind.WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody with a name and numbers, as one source knows them.

    Attributes:
        source: Name of the source.
        uid: What the source tells its contacts apart by.
        name: As it is to be shown; never empty.
        numbers: In the source's order.
        company: Where they work, or None.
        department: Of that company, or None.
    """

    source: str
    uid: str
    name: str
    numbers: tuple[ContactNumber, ...]
    company: str | None = None
    department: str | None = None

    @property
    def id(self) -> str:
        """Source and uid in one text, unique among all contacts."""
        return f"{self.source}/{self.uid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEntry:
    """One contact as one phone is to hold it: its name and numbers fit that phone.

    Attributes:
        contact: Id of the contact it was made from.
        name: Cut to what the phone takes.
        numbers: As the phone meets them; never empty.
    """

    contact: str
    name: str
    numbers: tuple[ContactNumber, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phonebook:
    """What one phone is to know, most wanted first.

    Attributes:
        title: Shown above it.
        entries: At most as many as the phone takes.
    """

    title: str
    entries: tuple[BookEntry, ...]


class EventKind(StrEnum):
    """What a phone reports by itself."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    ESTABLISHED = "established"
    TERMINATED = "terminated"
    MISSED = "missed"
    REJECTED = "rejected"
    FORWARDED = "forwarded"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"
    BUSY = "busy"
    STARTED = "started"
    ALIVE = "alive"


class Direction(StrEnum):
    """Which way a call went, seen from one phone."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneEvent:
    """One report of a phone; its time is that of its arrival, for phones send none.

    Attributes:
        kind: What happened.
        call_id: The SIP Call-ID, or None where the phone does not say.
        account: User part of the local account, or None.
        remote_number: User part of the remote party, or None.
        remote_host: Its host part, or None.
        remote_name: Its display name, or None.
        duration_s: Talk time as the phone counts it, seconds, or None.
        direction: Where the report says so, or None.
    """

    kind: EventKind
    call_id: str | None = None
    account: str | None = None
    remote_number: str | None = None
    remote_host: str | None = None
    remote_name: str | None = None
    duration_s: int | None = None
    direction: Direction | None = None


class Outcome(StrEnum):
    """What became of a call on one phone, where that was observed."""

    ANSWERED = "answered"
    MISSED = "missed"
    REJECTED = "rejected"
    FORWARDED = "forwarded"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
