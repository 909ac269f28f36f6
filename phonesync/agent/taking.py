"""Taking what a poll brought into the store: a good read, or a failure.

These functions run in the store's thread. They decide purely (ledger, health) and write once, and only what
differs from the state they were given, so that an order given meanwhile is not undone. Run twice, because the
store was away at the first try, they write the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from phonesync.agent import health
from phonesync.agent.attempt import (
    Attempt,
    Remembered,
    Taken,
    counts,
    digest_of,
    first_use,
    gaps,
    kept,
    ledger_of,
    lines_of,
    proposal,
    remembered,
    rows_shown,
    with_notes,
)
from phonesync.agent.hearing import meet_new
from phonesync.agent.marks import mark_of
from phonesync.agent.reading import Visit
from phonesync.calls.clock_evidence import page
from phonesync.driver.contract import Variant
from phonesync.errors import LockedOut, PhonesyncError, PlanRefused, SignInRefused, UnexpectedResponse
from phonesync.ledger import codec
from phonesync.ledger.deadline import deadline
from phonesync.ledger.mapping import swap_proposed
from phonesync.ledger.read import apply, digest, key_hashes, unchanged
from phonesync.ledger.values import PhoneLedger, Reading, ReadPlan
from phonesync.model import CallLog, RawAnswer
from phonesync.store.records import PhoneState, PollCommit, RawKind, RawRecord

if TYPE_CHECKING:
    from phonesync.store.repository import Store


def take_read(store: Store, attempt: Attempt, log: CallLog) -> Taken:
    """Takes a good read into the store, or holds it where the ledger cannot align it.

    Raises:
        StoreError: The store could not be written.
    """
    visit, variant = _visited(attempt)
    before, state, remarks = _as_learned(store, attempt, log)
    reading = Reading(at=visit.at, log=log, variant=variant, firmware=state.firmware or "", zone=attempt.zone)
    fresh = digest_of(reading, attempt.memory)
    if fresh == state.ledger_digest:
        taken = _take_unchanged(store, attempt, before, state, reading)
        if taken is not None:
            return taken
    ledger = ledger_of(state)
    try:
        plan = _planned(store, ledger, reading, fresh)
    except PlanRefused as error:
        return _take_held(store, attempt, before, state, reading, error)
    return _take_plan(store, attempt, before, state, reading, plan, remarks)


def _planned(store: Store, ledger: PhoneLedger, reading: Reading, fresh: str) -> ReadPlan:
    """What a read changes; lists that say what the last ones said are not even parsed."""
    if fresh == ledger.digest:
        return unchanged(ledger, reading)
    # Of a phone that was never read nothing is kept, so there is nothing to look up.
    first = ledger.last_read is None
    known = {} if first else store.known(ledger.incarnation, key_hashes(ledger, reading))
    return apply(ledger, reading, known)


def take_failure(store: Store, attempt: Attempt, error: PhonesyncError) -> Taken:
    """Writes what a failed attempt means for the phone; an answer that was not understood is kept.

    Raises:
        StoreError: The store could not be written.
    """
    before = attempt.stored
    state = _after_visit(before, attempt)
    verdict = health.after_failure(state, error, _circumstances(attempt, error), attempt.rng)
    raw: tuple[RawRecord, ...] = ()
    memory = attempt.memory
    if isinstance(error, UnexpectedResponse) and error.content and memory.quarantined != error.message:
        memory = replace(memory, quarantined=error.message)
        answer = RawAnswer(path=error.path, content_type=error.content_type, content=error.content)
        raw = (kept(answer, RawKind.QUARANTINED, reason=error.message),)
    store.commit(PollCommit(state=verdict.state, before=before, plan=None, raw=raw, at=attempt.now))
    return Taken(state=verdict.state, memory=memory, said=verdict.said, lists={}, ok=False)


def take_check(store: Store, attempt: Attempt, error: PhonesyncError | None) -> PhoneState:
    """Writes what a check has learned; refusal, lock-out and a lost verdict count as they do in a poll.

    Raises:
        StoreError: The store could not be written.
    """
    lost = error is not None and attempt.visit is not None and attempt.visit.unanswered
    if error is not None and (lost or isinstance(error, SignInRefused | LockedOut)):
        return take_failure(store, attempt, error).state
    before = attempt.stored
    state = _after_visit(before, attempt)
    store.save_state(state, before=before)
    return state


def _take_unchanged(
    store: Store, attempt: Attempt, before: PhoneState, state: PhoneState, reading: Reading
) -> Taken | None:
    """One small write where nothing but the time moved; None where the ledger has to be opened after all.

    The deadline found at an earlier read still holds: with no row recorded since, the list cannot overflow
    sooner than it was feared then. Only once it comes close is it worked out anew.
    """
    limit = attempt.memory.deadline
    if limit is None or limit < reading.at + attempt.poll or attempt.memory.incarnation != state.incarnation:
        return None
    stub = PhoneLedger(
        incarnation=state.incarnation,
        last_read=state.last_read,
        clock_offset_s=state.clock_offset_s,
        digest=state.ledger_digest,
    )
    plan = unchanged(stub, reading)
    if not plan.ledger.clock_steady:
        return None
    at, why = health.next_read(reading.at, poll=attempt.poll, deadline=limit, reason=attempt.memory.reason)
    after = replace(
        state,
        last_read=plan.ledger.last_read,
        clock_offset_s=plan.ledger.clock_offset_s,
        accept_unaligned=False,
    )
    verdict = health.after_read(after, next_due=at, reason=why, now=attempt.now)
    store.commit(_commit(attempt, reading, plan, verdict.state, before=before, memory=attempt.memory))
    memory = remembered(attempt.memory, reading, plan.ledger)
    lists = counts(memory.rows, reading.variant)
    return Taken(state=verdict.state, memory=memory, said=verdict.said, lists=lists)


def _take_plan(
    store: Store,
    attempt: Attempt,
    before: PhoneState,
    state: PhoneState,
    reading: Reading,
    plan: ReadPlan,
    remarks: tuple[str, ...],
) -> Taken:
    """One transaction with everything the read changes."""
    ledger, variant = plan.ledger, reading.variant
    longest = max(attempt.poll, health.DAY)
    limit = deadline(ledger, variant, reading.zone, now=reading.at, longest=longest)
    at, why = health.next_read(reading.at, poll=attempt.poll, deadline=limit.at, reason=limit.reason)
    after = _after_plan(state, variant, ledger)
    if after.swap_proposed and not state.swap_proposed:
        remarks = (*remarks, proposal(state.name, variant))
    if state.last_read is None:
        remarks = (*remarks, *first_use(variant))
    remarks = (*remarks, *plan.notes)
    after = replace(after, notes=with_notes(state.notes, remarks))
    verdict = health.after_read(after, next_due=at, reason=why, now=attempt.now)
    memory = replace(
        remembered(attempt.memory, reading, ledger),
        incarnation=state.incarnation,
        deadline=limit.at,
        reason=limit.reason,
        pools={name: pool.open_since for name, pool in ledger.pools.items() if pool.open_since is not None},
        unproven=ledger.unproven(),
    )
    store.commit(_commit(attempt, reading, plan, verdict.state, before=before, memory=memory))
    meet_new(store, state.incarnation, plan.new, reading.at)
    return Taken(
        state=verdict.state,
        memory=memory,
        said=verdict.said,
        lists=counts(memory.rows, variant),
        new=len(plan.new),
        remarks=(*(text for text in remarks if text not in state.notes), *gaps(plan, variant)),
    )


def _after_plan(state: PhoneState, variant: Variant, ledger: PhoneLedger) -> PhoneState:
    """The state with the ledger as it stands after the read."""
    return replace(
        state,
        last_read=ledger.last_read,
        clock_offset_s=ledger.clock_offset_s,
        accept_unaligned=False,
        ledger_state=codec.dump(ledger),
        ledger_digest=ledger.digest,
        swap_proposed=swap_proposed(variant, ledger.tallies),
    )


def _take_held(
    store: Store,
    attempt: Attempt,
    before: PhoneState,
    state: PhoneState,
    reading: Reading,
    error: PlanRefused,
) -> Taken:
    """Nothing is taken over; the answer itself is kept, each one that shows something else than the last."""
    verdict = health.after_failure(state, error, _circumstances(attempt, error), attempt.rng)
    fresh = digest(reading)
    raw: tuple[RawRecord, ...] = ()
    if attempt.memory.quarantined != fresh:
        raw = tuple(kept(answer, RawKind.QUARANTINED, reason=error.message) for answer in reading.log.raw)
    store.commit(PollCommit(state=verdict.state, before=before, plan=None, raw=raw, at=attempt.now))
    memory = replace(attempt.memory, quarantined=fresh)
    lists = counts(rows_shown(reading), reading.variant)
    return Taken(state=verdict.state, memory=memory, said=verdict.said, lists=lists, ok=False)


def _commit(
    attempt: Attempt,
    reading: Reading,
    plan: ReadPlan,
    state: PhoneState,
    *,
    before: PhoneState,
    memory: Remembered,
) -> PollCommit:
    """A good read as the store takes it."""
    kind = RawKind.NEW_ROWS if plan.new else RawKind.NEWEST
    # Unchanged lists say nothing that the newest answer kept does not say.
    raw = () if plan.unchanged else tuple(kept(answer, kind) for answer in reading.log.raw)
    return PollCommit(
        state=state,
        before=before,
        plan=plan,
        list_names={code: name.value for code, name in reading.variant.lists.items()},
        lines=lines_of(attempt.phone.lines, reading.log.accounts),
        raw=raw,
        pools=memory.pools,
        unproven=memory.unproven,
        at=attempt.now,
        zone=reading.zone.key,
        time_of=reading.variant.time_of,
        clock=None if reading.log.clock is None else page(reading.log.clock, reading.zone),
    )


def _visited(attempt: Attempt) -> tuple[Visit, Variant]:
    assert attempt.visit is not None
    assert attempt.visit.variant is not None
    return attempt.visit, attempt.visit.variant


def _after_visit(state: PhoneState, attempt: Attempt) -> PhoneState:
    """The state with what the visit learned, however it ended."""
    visit = attempt.visit
    if visit is None:
        return state
    left_open = attempt.before.open_session if visit.left_open is None else visit.left_open
    state = replace(state, certificate=visit.certificate, open_session=left_open)
    state = _after_offer(state, attempt, visit)
    identity = visit.identity
    if identity is None:
        return state
    return replace(
        state,
        vendor=identity.vendor,
        variant=identity.variant,
        model=identity.model or state.model,
        firmware=identity.firmware or state.firmware,
    )


def _after_offer(state: PhoneState, attempt: Attempt, visit: Visit) -> PhoneState:
    """The state with what became of the password, if it was offered."""
    if visit.accepted:
        proven = attempt.offered or attempt.before.proven_credentials
        state = replace(state, offered_credentials=None, proven_credentials=proven)
    elif attempt.offered is not None and not visit.unanswered:
        # Not judged, and not counted either: nothing went out, or the phone was busy.
        state = replace(state, offered_credentials=None)
    if visit.unanswered:
        return replace(state, sign_in_lost_at=attempt.now)
    return replace(state, sign_in_lost_at=None) if visit.offered else state


def _as_learned(
    store: Store, attempt: Attempt, log: CallLog
) -> tuple[PhoneState, PhoneState, tuple[str, ...]]:
    """The state before the ledger meets the read: who answered, and whether it is the phone we knew.

    A MAC learned for the first time joins the phone that bears the name; a different one is another phone,
    whose ledger starts anew.

    Returns:
        The state as the store has it, the same with what was learned, and remarks about who answered.
    """
    visit, _ = _visited(attempt)
    state = attempt.stored
    mac = log.mac or (visit.identity.mac if visit.identity is not None else None)
    remarks: tuple[str, ...] = ()
    if mac is not None and state.mac is not None and mac != state.mac:
        text = f"Another phone answers under this name: MAC {mac} instead of {state.mac}."
        state = store.new_incarnation(attempt.phone.name, mac=mac, reason=text)
        remarks = (f"{text} Its record starts anew.",)
    before = state
    state = replace(
        _after_visit(state, attempt),
        mac=mac or state.mac,
    )
    state = replace(state, model=log.model or state.model, firmware=log.firmware or state.firmware)
    configured = attempt.phone.mac
    if mac is not None and configured is not None and mac != configured:
        remarks = (*remarks, f"The configuration says MAC {configured}, the phone says {mac}.")
    if log.unknown_fields:
        names = ", ".join(log.unknown_fields)
        remarks = (*remarks, f"The phone sends fields that its driver does not know: {names}.")
    return before, state, remarks


def _circumstances(attempt: Attempt, error: PhonesyncError) -> health.Circumstances:
    limit = attempt.memory.deadline
    if limit is None and attempt.before.failures == 0:
        limit = attempt.before.next_due
    visit, credentials = attempt.visit, attempt.offered
    if credentials is None and isinstance(error, SignInRefused) and attempt.credentials is not None:
        credentials = mark_of(attempt.phone.url, attempt.credentials)
    unanswered = visit is not None and visit.unanswered
    # A phone that is locked counts the attempt and does not look at the password.
    locked = isinstance(error, LockedOut) and visit is not None and visit.offered
    let_in = visit is not None and visit.accepted
    return health.Circumstances(
        now=attempt.now,
        poll=attempt.poll,
        deadline=limit,
        credentials=credentials,
        session_was_open=attempt.before.open_session,
        unanswered=unanswered,
        unjudged=attempt.offered is not None and not let_in and (unanswered or locked),
    )
