"""What emulated phones record: facts of a phone, recordings, and what became of them. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from phonesync.farm.proof import Proof
from phonesync.farm.telephony import CallKind, Way
from phonesync.model import ListName, TimeOf


class Fate(StrEnum):
    """What became of a recorded row."""

    ON_PHONE = "on the phone"
    EVICTED = "evicted"
    DELETED = "deleted by hand"
    CLEARED = "list cleared"
    RESET = "factory reset"
    UNSAVED = "lost in a reboot"
    SWAPPED = "phone swapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    """What does not change of an emulated phone, and what the scorer must know of it.

    Attributes:
        name: Of the configuration.
        zone: Of its wall clock and of its configuration.
        resolution_s: Of the times its lists show.
        shows_year: Its lists show the year.
        lists: Lists that can be read.
        shared: One capacity over all lists.
        readable: A driver can read its lists.
        shows_mac: A swap shows in the MAC.
        newest_only: Each list shows its newest row only, with an id and without a time.
        experimental: Nothing may be claimed of its lists.
        time_of: What the time of a row means.
    """

    name: str
    zone: ZoneInfo
    lists: tuple[ListName, ...]
    resolution_s: int = 1
    shows_year: bool = True
    shared: bool = False
    readable: bool = True
    shows_mac: bool = True
    newest_only: bool = False
    experimental: bool = False
    time_of: TimeOf = TimeOf.START

    @property
    def pools(self) -> tuple[tuple[ListName, ...], ...]:
        """Groups of lists that share one capacity."""
        return (self.lists,) if self.shared else tuple((name,) for name in self.lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """What is true of a call, besides the rows it left.

    Attributes:
        id: Of the true call.
        kind: Who called whom.
        started: Start of ringing, UTC.
        answered_by: Extensions of the desks that answered, in that order.
        missed: It rang at a desk, and nobody answered at all.
        ways: What the switch did to it.
        repeat_of: The call whose caller tried again, or None.
        group: Number of the group that was called, or None.
    """

    id: int
    kind: CallKind
    started: datetime
    answered_by: tuple[str, ...] = ()
    missed: bool = False
    ways: tuple[Way, ...] = ()
    repeat_of: int | None = None
    group: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Recording:
    """One call as one phone recorded it, at its end.

    Attributes:
        id: True id, unique in the farm.
        phone: Name of the phone.
        device: Which physical phone under that name, from 1.
        list_name: The list it went to.
        account: Local account.
        number: As presented.
        name: As presented.
        started: Start of ringing, UTC.
        recorded: When the row was written, UTC.
        duration_s: Talk time.
        foreign: Recorded elsewhere, before the phone came to this desk.
        row: Id of the first recording of its row: its own unless repeats were merged.
        position: Its place among the recordings of its row, from 1.
        fate: What became of it.
        fate_at: When, UTC.
        texts: Every wall time, floored, under which it was shown, each with whether its year is beyond doubt.
        completed: A completed read showed it under a time of its own.
        counted: A completed read showed it within the count of a merged row.
        most_count: The highest count a completed read showed of its row.
        hidden: Lost by hand or reboot, never read, where the rules of proof see nothing.
        displaced_at: When a list that shows its newest row only stopped showing it, UTC.
        exposed: Begin of the first read that showed it, and the last instant it was shown to any up to the
            first completed one; kept where lists show no times.
        row_id: As shown there, 0 elsewhere.
        call_id: The SIP Call-ID of the call.
        named: The phone found the party in its own directory or in a phonebook it had fetched.
        call: Id of the true call; 0 for a row that came from elsewhere.
        answered: When this phone answered, UTC, or None.
        clock_s: The phone's clock minus true time at the instant that its time tells.
    """

    id: int
    phone: str
    device: int
    list_name: ListName
    account: str
    number: str
    name: str
    started: datetime
    recorded: datetime
    duration_s: int
    foreign: bool = False
    row: int = 0
    position: int = 1
    fate: Fate = Fate.ON_PHONE
    fate_at: datetime | None = None
    texts: tuple[tuple[datetime, bool], ...] = ()
    completed: bool = False
    counted: bool = False
    most_count: int = 1
    hidden: bool = False
    displaced_at: datetime | None = None
    exposed: tuple[datetime, datetime] | None = None
    row_id: int = 0
    call_id: str = ""
    named: bool = False
    call: int = 0
    answered: datetime | None = None
    clock_s: float = 0.0

    @property
    def seen(self) -> bool:
        """A completed read showed it, by itself or within a count."""
        return self.completed or self.counted

    def meant(self, meaning: TimeOf) -> datetime:
        """The instant that the time of its row tells, UTC, by the true clock."""
        if meaning is TimeOf.RECORDED:
            return self.recorded
        return (self.answered or self.started) if meaning is TimeOf.ANSWERED else self.started

    def shown(self, facts: PhoneFacts) -> datetime:
        """The same as the phone shows it when the row is written: by its own clock, cut to its resolution."""
        by_phone = self.meant(facts.time_of) + timedelta(seconds=self.clock_s)
        second = 0 if facts.resolution_s > 1 else by_phone.second
        return by_phone.replace(second=second, microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenSpan:
    """A stretch between completed reads with one and the same judgement.

    Attributes:
        since: When the first read had shown its rows, UTC.
        until: When the last read began, UTC.
        proof: What each pair of reads in it proves.
        pairs: How many pairs.
    """

    since: datetime
    until: datetime
    proof: Proof
    pairs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """A phone could not be read.

    Attributes:
        since: UTC.
        until: UTC.
        reason: In words.
    """

    since: datetime
    until: datetime
    reason: str
