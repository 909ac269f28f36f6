"""``phonesync quarantine replay``: kept answers read again, after their driver has learned them.

An answer that came after the last good read is taken in as that read; an older one adds the rows that no
later read has brought, and the coverage stays as stated. What is not understood yet stays in quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from phonesync.agent.attempt import ledger_of, lines_of
from phonesync.agent.hearing import meet_new
from phonesync.agent.reading import driver_of, variant_of
from phonesync.driver.contract import Driver, PhoneContext, Variant
from phonesync.driver.session import Request, Response
from phonesync.errors import PhonesyncError, PlanRefused, UnexpectedResponse
from phonesync.ledger import codec
from phonesync.ledger.late import late, late_keys
from phonesync.ledger.read import apply, key_hashes
from phonesync.ledger.values import PhoneLedger, Reading, ReadPlan
from phonesync.model import CallLog, PhoneIdentity
from phonesync.store.records import KeptAnswer, PhoneState, PollCommit
from phonesync.transport import Bounds

if TYPE_CHECKING:
    from phonesync.config import Config, PhoneConfig
    from phonesync.store.repository import Store

NOT_KEPT = 404
"""What a request is answered whose answer was not kept."""

ASKED_BEFORE = timedelta(seconds=Bounds().total_s)
"""An answer is kept under the end of its conversation; the lists were asked for at most so long before, and
nothing may be claimed after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of the answers of one read.

    Attributes:
        ids: Of the answers.
        phone: Whose they are.
        at: When they came, UTC.
        ok: They are understood now, and resolved.
        new: Entries added.
        known: Rows that later reads had brought already.
        text: What happened, in words.
    """

    ids: tuple[int, ...]
    phone: str
    at: datetime
    ok: bool
    new: int = 0
    known: int = 0
    text: str


class KeptAnswers:
    """A session that answers from kept answers; implements :class:`phonesync.driver.session.Session`.

    Args:
        answers: Of one read.
    """

    def __init__(self, answers: Sequence[KeptAnswer]) -> None:
        self._answers = answers

    async def send(self, request: Request, /) -> Response:
        """The kept answer of that path, whatever time or secret stands in its query; else 404."""
        wanted = _place(request.path)
        found = next((answer for answer in self._answers if _place(answer.path) == wanted), None)
        if found is None:
            return Response(status=NOT_KEPT, path=request.path, at=self.now())
        kind = () if found.content_type is None else (("Content-Type", found.content_type),)
        return Response(status=200, headers=kind, content=found.content, path=request.path, at=self.now())

    def now(self) -> datetime:
        """When the answers came."""
        return self._answers[0].at


def _place(path: str) -> tuple[str, tuple[str, ...]]:
    """Path and names of the query: its values may have been masked when the answer was kept."""
    parts = urlsplit(path)
    return parts.path, tuple(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))


async def replay(
    config: Config, store: Store, drivers: Mapping[str, Driver], answers: Sequence[KeptAnswer]
) -> list[Replayed]:
    """Reads answers again, those of one read together, the oldest read first.

    Args:
        config: The configuration.
        store: The store, whose agent lock the caller holds.
        drivers: Installed drivers by name.
        answers: Unresolved ones.

    Raises:
        StoreError: The store cannot be used.
    """
    ordered = sorted(answers, key=lambda answer: (answer.phone, answer.at, answer.id))
    done = []
    for (phone, at), some in groupby(ordered, key=lambda answer: (answer.phone, answer.at)):
        kept = tuple(some)
        ids = tuple(answer.id for answer in kept)
        try:
            brought = await _replayed(config, store, drivers, kept)
            done.append(replace(brought, ids=ids))
        except PhonesyncError as error:
            if error.exit_code == _OF_THE_STORE:
                raise
            done.append(Replayed(ids=ids, phone=phone, at=at, ok=False, text=str(error)))
    return done


_OF_THE_STORE = 3


async def _replayed(
    config: Config, store: Store, drivers: Mapping[str, Driver], kept: tuple[KeptAnswer, ...]
) -> Replayed:
    name = kept[0].phone
    phone, state = config.phone(name), store.phone(name)
    if kept[0].incarnation != state.incarnation:
        raise PlanRefused(f"The answer is of a phone that bore the name {name} before.")
    driver, variant = _speaking(drivers, phone, state)
    identity = PhoneIdentity(
        vendor=driver.vendor, variant=variant.name, model=state.model, firmware=state.firmware, mac=state.mac
    )
    context = PhoneContext(
        identity=identity, variant=variant, quirks=phone.quirks, experimental=phone.experimental
    )
    log = await driver.read_call_log(KeptAnswers(kept), phone=context)
    if log.mac is not None and state.mac is not None and log.mac != state.mac:
        raise PlanRefused(f"The answer names another phone: MAC {log.mac} instead of {state.mac}.")
    reading = Reading(
        at=kept[0].at,
        log=log,
        variant=variant,
        firmware=log.firmware or state.firmware or "",
        zone=config.zone_of(phone),
    )
    ledger = ledger_of(state)
    if ledger.last_read is None or kept[0].at - ASKED_BEFORE > ledger.last_read:
        return _taken_as_read(
            store, phone, state, ledger, replace(reading, at=kept[0].at - ASKED_BEFORE), kept
        )
    return _taken_late(store, state, ledger, reading, kept)


def _speaking(drivers: Mapping[str, Driver], phone: PhoneConfig, state: PhoneState) -> tuple[Driver, Variant]:
    name = phone.variant or state.variant
    driver = drivers.get(phone.driver) if phone.driver else None
    if driver is None and name is not None:
        driver = driver_of(drivers, vendor=None if phone.variant else state.vendor, variant=name)
    if driver is None or name is None:
        raise UnexpectedResponse(
            f"What {phone.name} is was never learned, so that no driver can read its answers.",
            hint='Name it: variant = "…" in the phone\'s table.',
        )
    identity = PhoneIdentity(vendor=driver.vendor, variant=name)
    return driver, variant_of(driver, identity, phone.quirks, swap=name in state.swapped)


def _taken_as_read(
    store: Store,
    phone: PhoneConfig,
    state: PhoneState,
    ledger: PhoneLedger,
    reading: Reading,
    kept: tuple[KeptAnswer, ...],
) -> Replayed:
    """Nothing newer was ever taken in: it is a read like any other, only late."""
    known = {} if ledger.last_read is None else store.known(ledger.incarnation, key_hashes(ledger, reading))
    plan = apply(ledger, reading, known)
    store.commit(
        PollCommit(
            state=_after(state, reading, plan),
            before=state,
            plan=plan,
            list_names={code: name.value for code, name in reading.variant.lists.items()},
            lines=lines_of(phone.lines, reading.log.accounts),
            at=reading.at,
            zone=reading.zone.key,
            time_of=reading.variant.time_of,
        )
    )
    meet_new(store, state.incarnation, plan.new, reading.at)
    for answer in kept:
        store.resolve(answer.id)
    text = f"taken in as the read of {reading.at:%Y-%m-%d %H:%M} UTC, with what it proves."
    return Replayed(
        ids=(),
        phone=phone.name,
        at=kept[0].at,
        ok=True,
        new=len(plan.new),
        known=_rows(reading.log) - len(plan.new),
        text=" ".join((text, *plan.notes)),
    )


def _after(state: PhoneState, reading: Reading, plan: ReadPlan) -> PhoneState:
    """The state with what the read brought; its standing is that of later attempts."""
    return replace(
        state,
        variant=reading.variant.name,
        firmware=reading.firmware or state.firmware,
        mac=reading.log.mac or state.mac,
        last_read=plan.ledger.last_read,
        clock_offset_s=plan.ledger.clock_offset_s,
        accept_unaligned=False,
        ledger_state=state.ledger_state if plan.unchanged else codec.dump(plan.ledger),
        ledger_digest=plan.ledger.digest,
    )


def _taken_late(
    store: Store, state: PhoneState, ledger: PhoneLedger, reading: Reading, kept: tuple[KeptAnswer, ...]
) -> Replayed:
    """Newer reads were taken in since: only its rows are added."""
    plan = late(ledger, reading, store.known(ledger.incarnation, late_keys(ledger, reading)))
    store.take_late(
        state,
        plan.new,
        [answer.id for answer in kept],
        first_seen_at=kept[0].at,
        last_seen_at=max(answer.seen_at for answer in kept),
        zone=reading.zone.key,
    )
    meet_new(store, state.incarnation, plan.new, reading.at)
    return Replayed(
        ids=(),
        phone=state.name,
        at=kept[0].at,
        ok=True,
        new=len(plan.new),
        known=plan.known,
        text=" ".join(("rows taken in; coverage stays as stated.", *plan.notes)),
    )


def _rows(log: CallLog) -> int:
    return sum(len(snapshot.entries) for snapshot in log.snapshots)
