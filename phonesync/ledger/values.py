"""The values the ledger takes and gives.

A read (:class:`Reading`) meets what is known of the phone (:class:`PhoneLedger`); the result is a
:class:`ReadPlan` that the store carries out in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from phonesync.driver.contract import Variant
from phonesync.ledger.rate import RateProfile
from phonesync.model import CallLog


class SpanState(StrEnum):
    """What is known of a span of one list."""

    COMPLETE = "complete"
    GAP = "gap"
    CLEARED = "cleared"
    REMOVED = "removed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """One row of the last good snapshot, as the ledger knows it.

    Attributes:
        entry_id: The entry it is.
        key: Hash of the key it is shown under now (its first key, unless the phone re-dated it).
        account: As sent.
        remote_number: As shown.
        shown_at: Time text as shown at the last read.
        year: The year resolved for it, where the list shows none.
        wall: The naive wall time under which the last read showed it, or None.
        row_id: The vendor's row id, or None.
        started_at: The entry's instant, UTC.
        duration_s: Latest observation.
        remote_name: Latest observation.
        count: Latest observation.
        seen_at: The read that first showed it, UTC.
    """

    entry_id: str
    key: str
    account: str | None
    remote_number: str | None
    shown_at: str | None
    year: int | None
    wall: datetime | None
    row_id: str | None
    started_at: datetime
    duration_s: int | None
    remote_name: str | None
    count: int
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """What is known of a group of lists that share one capacity.

    Attributes:
        most_rows: The most rows any read ever showed in it.
        open_since: Start of its open span, UTC; None before the first good read.
        proven: The open span is complete; False: unknown, for what was read since proves nothing.
    """

    most_rows: int = 0
    open_since: datetime | None = None
    proven: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTrail:
    """How the row ids of one phone have moved: what may be concluded from them is a guess until seen.

    Attributes:
        grown: How often the newest row of a list bore a higher id than the one before it.
        fallen: An id was lower than the one before it, or two rows bore the same: ids prove nothing any more.
    """

    grown: int = 0
    fallen: bool = False

    @property
    def trusted(self) -> bool:
        """Ids of this phone were seen to grow, and never to fall."""
        return self.grown > 0 and not self.fallen


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkTally:
    """Rows of one list code, and how many of them showed talk time: checks the mapping of codes."""

    rows: int = 0
    with_talk: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLedger:
    """All that a new read of one phone incarnation is held against.

    Attributes:
        incarnation: The store's id of the physical phone.
        shape: Variant and firmware of the last good read; a change demands an alignment. "" before it.
        last_read: The last good read, UTC, or None.
        clock_offset_s: Phone's clock minus true time at the last good read, seconds, or None.
        lists: List code to rows of the last good snapshot, newest first.
        list_names: List code to our list name (as text) at the last good read.
        pools: Pool name (its list codes joined by ``,``) to its state.
        tallies: List code to talk tally.
        rate: When this phone's rows are recorded, by hour of the week.
        digest: Digest of the last good snapshots; "" before them.
        clock_steady: The phone's clock was never seen to jump.
        successor: Another phone bore this name before, and its last rows may never have been read; so nothing
            is claimed of the time before the first read of this one.
        accept_unaligned: The administrator ordered that the next read be taken although it cannot be aligned.
        ids: How row ids moved in lists that show their newest row only.
        silent: Code of each list that was silent at the last good read to the last read that showed a row of
            it, or else the first that was silent.
    """

    incarnation: str
    shape: str = ""
    last_read: datetime | None = None
    clock_offset_s: float | None = None
    lists: Mapping[str, tuple[KeptRow, ...]] = field(default_factory=lambda: MappingProxyType({}))
    list_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    pools: Mapping[str, PoolState] = field(default_factory=lambda: MappingProxyType({}))
    tallies: Mapping[str, TalkTally] = field(default_factory=lambda: MappingProxyType({}))
    rate: RateProfile = field(default_factory=RateProfile)
    digest: str = ""
    clock_steady: bool = True
    successor: bool = False
    accept_unaligned: bool = False
    ids: IdTrail = field(default_factory=IdTrail)
    silent: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    def unproven(self) -> frozenset[str]:
        """Names of the pools whose open span is unknown."""
        return frozenset(name for name, pool in self.pools.items() if not pool.proven)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One complete read of a phone, with what the core knows around it.

    Attributes:
        at: The instant before the lists were asked for, UTC: nothing is claimed after it.
        log: What the driver read.
        variant: The variant in force.
        firmware: As known in this read, "" where unknown.
        zone: The zone of the phone's wall clock.
    """

    at: datetime
    log: CallLog
    variant: Variant
    firmware: str
    zone: ZoneInfo

    def silent(self) -> frozenset[str]:
        """Codes of the lists that were silent."""
        return frozenset(snapshot.list_code for snapshot in self.log.snapshots if snapshot.silent)

    def newest_only(self) -> frozenset[str]:
        """Codes of the lists that show their newest row only."""
        return frozenset(snapshot.list_code for snapshot in self.log.snapshots if snapshot.newest_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One row never seen before, ready to be kept for ever.

    Attributes are those of the ``entries`` table: identity fields never change; ``duration_s``,
    ``remote_name`` and ``count`` are the latest observation. ``resolution_s`` is None where the list shows no
    time and no earlier read bounds when the row came. ``unseen_at`` is the last good read that did not show
    the row, UTC: it was recorded since. None where no read came before, or none that speaks of its list.
    """

    id: str
    key: str
    occurrence: int
    list_code: str
    account: str | None
    remote_number: str | None
    remote_host: str | None
    remote_name: str | None
    shown_at: str | None
    started_at: datetime
    resolution_s: int | None
    clock_offset_s: float | None
    duration_s: int | None
    count: int
    complete: bool
    uncertain: bool
    unseen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """A known entry whose latest observation differs from the one kept."""

    id: str
    duration_s: int | None
    remote_name: str | None
    count: int
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A key under which the phone shows an entry now, besides the one it was first shown under."""

    key: str
    occurrence: int
    alias_id: str
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A closed span of one list (the open one is a :class:`PoolState`).

    Attributes:
        list_code: The vendor's list code.
        since: Start, UTC, or None for "since ever".
        until: End, UTC.
        state: What is known of it.
        at_most: Upper bound of rows it hides, or None where the phone gives none.
        estimate: Rows expected in it at this phone's rate, or None.
        variant: The variant that the code belongs to, or None for the one of the read that closed the span.
    """

    list_code: str
    since: datetime | None
    until: datetime
    state: SpanState
    at_most: int | None = None
    estimate: float | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """What one good read changes; empty but for the times where the lists were unchanged.

    Attributes:
        ledger: The phone's ledger after this read.
        new: Entries to insert.
        changed: Entries whose latest observation changed.
        gone: Ids of entries no longer on the phone.
        back: Ids of known entries that are on the phone again.
        aliases: Further keys of known entries.
        spans: Spans closed by this read.
        notes: Sentences for the log and the phone's page (re-dated rows, contradicting rows, drift).
        unchanged: The lists are exactly those of the last good read.
        withdrawn: Codes of lists of which nothing that was concluded from row ids holds any more: their kept
            complete spans become unknown, and their bounds are taken back.
    """

    ledger: PhoneLedger
    new: tuple[NewEntry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    gone: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    unchanged: bool = False
    withdrawn: tuple[str, ...] = ()
