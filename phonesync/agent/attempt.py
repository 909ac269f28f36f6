"""What an attempt at a phone starts from and comes to, and how its remarks read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from phonesync.agent import health
from phonesync.agent.health import Said
from phonesync.agent.marks import Marks
from phonesync.agent.reading import KeptSession, Visit
from phonesync.agent.values import Due
from phonesync.agent.writer import StoreWriter
from phonesync.driver.contract import Variant
from phonesync.driver.repeated import Repeated, fingerprint
from phonesync.driver.session import Credentials
from phonesync.ledger import codec
from phonesync.ledger.keys import digest
from phonesync.ledger.values import PhoneLedger, Reading, ReadPlan, SpanState
from phonesync.model import Evidence, RawAnswer
from phonesync.store.records import FIRST_INCARNATION, PhoneState, RawKind, RawRecord

if TYPE_CHECKING:
    from phonesync.config import PhoneConfig

MOST_NOTES = 20
"""Remarks kept on a phone's page; older ones make room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the poller keeps of a phone between polls, in memory only; all of it can be found again.

    Attributes:
        identified_at: When the phone was last asked what it is, UTC, or None.
        deadline: When its fastest list could overflow by the last good read, UTC, or None.
        reason: Why the deadline lies there.
        incarnation: The physical phone that deadline and pools belong to, or "".
        pools: Pool name to the start of its open span, UTC, by the last good read.
        unproven: Names of the pools whose open span is unknown by then.
        quarantined: What the answer last put into quarantine was about, or "".
        kept: A web session to use again, on generations without a sign-out, or None.
        answers: Fingerprints of the answers that the last good read's lists stood in.
        digest: Digest of those lists.
        variant: The variant in force when they were read, or None.
        firmware: The firmware then.
        rows: List code to rows they showed.
    """

    identified_at: datetime | None = None
    deadline: datetime | None = None
    reason: str = ""
    incarnation: str = ""
    pools: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    unproven: frozenset[str] = frozenset()
    quarantined: str = ""
    kept: KeptSession | None = None
    answers: frozenset[bytes] = frozenset()
    digest: str = ""
    variant: Variant | None = None
    firmware: str = ""
    rows: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at a phone, finished or failed.

    Attributes:
        phone: As configured.
        credentials: As resolved, or None where they could not be.
        visit: The conversation, or None where there was none.
        before: The state when it began.
        stored: The state as the store has it now.
        offered: Mark of the credentials, where they had never worked and were about to be offered; else None.
        memory: What was remembered of the phone.
        zone: Zone of its wall clock.
        poll: The longest time between two reads.
        now: When the attempt ended, UTC.
        rng: Where jitter comes from.
    """

    phone: PhoneConfig
    credentials: Credentials | None
    visit: Visit | None
    before: PhoneState
    stored: PhoneState
    offered: str | None
    memory: Remembered
    zone: ZoneInfo
    poll: timedelta
    now: datetime
    rng: Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an attempt came to.

    Attributes:
        state: The phone's state as written.
        memory: What to remember.
        said: What to log, or None.
        lists: Our list name to rows shown.
        new: Entries never seen before.
        remarks: Sentences to log once.
        ok: The lists were read and are in the store.
    """

    state: PhoneState
    memory: Remembered
    said: Said | None
    lists: Mapping[str, int]
    new: int = 0
    remarks: tuple[str, ...] = ()
    ok: bool = True


class Marker:
    """Has the store remember, before it happens, what a killed process could not tell the next one.

    Args:
        writer: The thread in front of the store.
        state: As the store has it.
        url: The phone's configured address.
        credentials: As resolved.
        marks: Knows credentials again.

    Attributes:
        state: The phone's state as the store has it.
        offered: Mark of the credentials, where they have never worked and are about to be offered; else None.
    """

    def __init__(
        self, writer: StoreWriter, state: PhoneState, *, url: str, credentials: Credentials, marks: Marks
    ) -> None:
        self._writer = writer
        self._url = url
        self._credentials = credentials
        self._marks = marks
        self.state = state
        self.offered: str | None = None

    async def session(self, variant: Variant) -> None:
        """Before sign-in: a session of ours may be open from now on."""
        if (variant.one_session or variant.signs_out) and not self.state.open_session:
            await self._save(replace(self.state, open_session=True))

    async def offer(self) -> None:
        """Before the password goes out: one that never worked is offered once, also by a later process."""
        proven = self.state.proven_credentials
        if self.offered is None and not await self._marks.proven(proven, self._url, self._credentials):
            self.offered = await self._marks.mark(self._url, self._credentials)
            await self._save(replace(self.state, offered_credentials=self.offered))

    async def accepted(self) -> None:
        """The phone has let them in: whatever happens from here on, they may be offered again."""
        if self.offered is not None:
            proven = replace(self.state, offered_credentials=None, proven_credentials=self.offered)
            await self._save(proven)

    async def _save(self, marked: PhoneState) -> None:
        before = self.state
        await self._writer.keep(lambda store: store.save_state(marked, before=before))
        self.state = marked


def ledger_of(state: PhoneState) -> PhoneLedger:
    """The ledger that is kept beside a phone."""
    return codec.load(
        state.ledger_state,
        incarnation=state.incarnation,
        last_read=state.last_read,
        clock_offset_s=state.clock_offset_s,
        digest=state.ledger_digest,
        successor=not state.incarnation.endswith(FIRST_INCARNATION),
        accept_unaligned=state.accept_unaligned,
    )


def lines_of(configured: Mapping[str, str], shown: Mapping[int, str]) -> dict[str, int]:
    """Account user to line number: as the phone shows it, the configuration standing above it.

    Args:
        configured: Line number as text to account user.
        shown: Line number to account user, as the phone shows it.
    """
    lines = {user: line for line, user in shown.items()}
    return lines | {user: int(line) for line, user in configured.items()}


def counts(rows: Mapping[str, int], variant: Variant) -> dict[str, int]:
    """Our list name to rows shown; a list code without a name counts under the code.

    Args:
        rows: List code to rows shown.
        variant: Knows the names.
    """
    counts: Counter[str] = Counter()
    for code, number in rows.items():
        name = variant.lists.get(code)
        counts[code if name is None else name.value] += number
    return dict(counts)


def rows_shown(reading: Reading) -> dict[str, int]:
    """List code to rows shown."""
    return {snapshot.list_code: len(snapshot.entries) for snapshot in reading.log.snapshots}


def repeats(reading: Reading, memory: Remembered) -> bool:
    """Whether a read brought the very answer of the last good one, read by the same rules."""
    read_alike = (memory.variant, memory.firmware) == (reading.variant, reading.firmware)
    return read_alike and isinstance(reading.log.snapshots, Repeated)


def digest_of(reading: Reading, memory: Remembered) -> str:
    """Digest of the lists of a read; a known answer is not parsed for it.

    Args:
        reading: The read.
        memory: What was remembered of the phone before it.
    """
    return memory.digest if repeats(reading, memory) else digest(reading)


def remembered(memory: Remembered, reading: Reading, ledger: PhoneLedger) -> Remembered:
    """The memory with what a good read showed.

    Args:
        memory: Before it.
        reading: The read.
        ledger: After it.
    """
    if repeats(reading, memory):
        return replace(memory, quarantined="")
    return replace(
        memory,
        answers=frozenset(fingerprint(answer.content) for answer in reading.log.raw),
        digest=ledger.digest,
        variant=reading.variant,
        firmware=reading.firmware,
        rows=rows_shown(reading),
        quarantined="",
    )


def kept(answer: RawAnswer, kind: RawKind, *, reason: str = "") -> RawRecord:
    """An answer as the store keeps it."""
    return RawRecord(
        kind=kind, path=answer.path, content_type=answer.content_type, content=answer.content, reason=reason
    )


def with_notes(notes: tuple[str, ...], remarks: tuple[str, ...]) -> tuple[str, ...]:
    """The notes with the remarks that are not among them yet, the newest last."""
    return (*notes, *(text for text in dict.fromkeys(remarks) if text not in notes))[-MOST_NOTES:]


def proposal(name: str, variant: Variant) -> str:
    """The sentence that proposes to exchange two list codes."""
    assert variant.swap is not None
    one, other = variant.swap
    return (
        f"Talk times say that list codes {one} and {other} mean the opposite of what is assumed; "
        f"to exchange them: phonesync phones retry {name} --swap"
    )


def first_use(variant: Variant) -> tuple[str, ...]:
    """What a user must know when a phone is first read in a way that is not known for certain."""
    known = variant.capability("read_call_log")
    if known is None or known.evidence is Evidence.CERTAIN:
        return ()
    text = (
        f"Its lists are read as {variant.name} shows them; evidence for that: {known.evidence}. {known.note}"
    )
    return (text.strip(),)


def gaps(plan: ReadPlan, variant: Variant) -> tuple[str, ...]:
    """A sentence for each gap that a read found."""
    return tuple(
        f"Rows of the list {variant.lists.get(span.list_code, span.list_code)} may have been overwritten "
        f"unread between {span.since:%Y-%m-%d %H:%M} and {span.until:%Y-%m-%d %H:%M} UTC"
        f"{'' if span.at_most is None else f', {span.at_most} at most'}."
        for span in plan.spans
        if span.state is SpanState.GAP and span.since is not None
    )


_ACCESS = frozenset(
    {"url", "username", "password", "driver", "variant", "quirks", "tls", "tls_legacy", "experimental"}
)
"""What decides how a phone is reached and read."""


def is_moved(before: PhoneConfig, after: PhoneConfig) -> bool:
    """Whether a phone is reached or read in another way after a change of its configuration."""
    return any(getattr(before, key) != getattr(after, key) for key in _ACCESS)


def due_of(state: PhoneState, deadline: datetime | None) -> Due | None:
    """When a phone is read next; None where it waits for a person.

    Args:
        state: After the attempt.
        deadline: When its fastest list could overflow, UTC, or None where that is not known.
    """
    if state.next_due is None or state.standing in health.WAITS_FOR_A_PERSON:
        return None
    return Due(
        at=state.next_due,
        deadline=deadline or state.next_due,
        slow=state.failures >= health.SLOW_AFTER,
    )
