"""How a phone fares: standing, back-off, refusals, lock-outs, and what is said once. Pure.

Every attempt ends in :func:`after_read` or :func:`after_failure`; both take the state before it and return a
:class:`Verdict`: the state after it, and what to say, which is something only where the standing changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from phonesync.agent.values import UNJUDGED
from phonesync.agent.words import (
    REFUSED_REASON,
    UNJUDGED_REASON,
    in_words,
    refused_sentence,
    times,
    unjudged_sentence,
)
from phonesync.errors import (
    LockedOut,
    PhoneBusy,
    PhonesyncError,
    PlanRefused,
    SignInRefused,
    Unsupported,
)
from phonesync.store.records import PhoneStanding, PhoneState

POLITE_S = 60.0
"""The shortest time between two reads of one phone, unless a person asks for one."""

FIRST_RETRY_S = 30.0
SLOWEST_RETRY_S = 900.0
"""Back-off after a failure: from the first to the slowest, doubling."""

JITTER = 0.25
"""The share of a back-off that chance may take away, so that phones lost together do not return together."""

PRESSED_RETRY_S = 120.0
PRESSED_FAILURES = 20
PRESSED_SLOWEST_S = 300.0
"""Once the deadline has passed, retries stay this close for so many failures, and then not much further
apart: the list of a phone that is back may be about to overflow."""

BUSY_RETRY_S = (120.0, 300.0)
"""When to look again after somebody else was signed in."""

OWN_IDLE_S = 315.0
"""After this a web session of ours that was left open has ended: Yealink signs idle sessions out after
``features.relog_offtime``, 5 minutes by default (vendor sheet, certain), and a margin."""

LOCK_MARGIN_S = 30.0
LOCK_UNKNOWN_S = 600.0
"""Added to the end of a lock-out; assumed where the phone does not say the end. Trying too early would
restart the phone's own timer."""

UNANSWERED_S = 300.0
"""The shortest time between two sign-ins of which the first got no verdict: should the password have become
wrong, the attempts must not add up to a lock-out (Yealink: about 5, for 3 minutes; vendor sheet, certain)."""

DAY = timedelta(days=1)

SLOW_AFTER = 2
"""Failures in a row after which a phone stands in the slow lane."""

WAITS_FOR_A_PERSON = frozenset({PhoneStanding.REFUSED, PhoneStanding.DISABLED})
"""Standings in which the agent leaves a phone alone until somebody changes something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line for the log.

    Attributes:
        event: Stable words.
        level: ``info``, ``warning`` or ``error``.
        text: The sentence.
    """

    event: str
    level: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an attempt means for the phone.

    Attributes:
        state: The state after it; ``next_due`` is None where the phone waits for a person.
        said: What to log, or None where nothing changed that a person should hear of again.
    """

    state: PhoneState
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a verdict depends on besides the state and the error.

    Attributes:
        now: The present instant, UTC.
        poll: The longest time between two reads of this phone.
        deadline: When its fastest list could overflow, UTC, or None where that is not known.
        credentials: Salted hash of address, user and password, where the phone refused them or was offered
            them for the first time; else None.
        session_was_open: Before this attempt a session of ours may have been open on the phone.
        unanswered: A sign-in broke off without a verdict: the phone may have counted a wrong password.
        unjudged: These credentials never worked here, were offered, and the phone did not say whether they
            are right.
    """

    now: datetime
    poll: timedelta
    deadline: datetime | None = None
    credentials: str | None = None
    session_was_open: bool = False
    unanswered: bool = False
    unjudged: bool = False


def next_read(now: datetime, *, poll: timedelta, deadline: datetime, reason: str) -> tuple[datetime, str]:
    """When to read again after a good read, and why then.

    Args:
        now: The present instant, UTC.
        poll: The longest time between two reads.
        deadline: When the fastest list could overflow, UTC.
        reason: Why the deadline lies there.
    """
    latest, why = now + poll, "the longest time between two reads"
    if deadline < latest:
        latest, why = deadline, reason
    earliest = now + timedelta(seconds=min(POLITE_S, poll.total_seconds()))
    if latest < earliest:
        return earliest, f"{why}; not sooner, to be polite to the phone"
    return latest, why


def back_off(failures: int, rng: Random) -> timedelta:
    """The wait after so many failures in a row: doubling from 30 s, at most 15 min, less some chance.

    Args:
        failures: Failed attempts in a row, the present one included; from 1.
        rng: Where the jitter comes from.
    """
    # 2 ** 6 passes the slowest already; a larger exponent would only make a huge number.
    wait = min(SLOWEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures - 1, 6))
    return timedelta(seconds=wait * (1.0 - JITTER * rng.random()))


def retry_at(failures: int, around: Circumstances, rng: Random) -> datetime:
    """When to try again after a failure that may pass: backed off, but sooner where the deadline presses."""
    at = around.now + back_off(failures, rng)
    if around.deadline is None:
        return at
    if around.deadline > around.now:
        return min(at, max(around.deadline, around.now + timedelta(seconds=POLITE_S)))
    longest = PRESSED_RETRY_S if failures <= PRESSED_FAILURES else PRESSED_SLOWEST_S
    return min(at, around.now + timedelta(seconds=longest))


def after_read(state: PhoneState, *, next_due: datetime, reason: str, now: datetime) -> Verdict:
    """The verdict on a good read: up, and back if it was away.

    Args:
        state: The state before, with what the read brought already in it.
        next_due: When to read again, UTC.
        reason: Why then.
        now: The present instant, UTC.
    """
    after = replace(
        state,
        standing=PhoneStanding.UP,
        last_attempt=now,
        next_due=next_due,
        due_reason=reason,
        failures=0,
        last_error=None,
        error_kind=None,
        down_since=None,
        refused_credentials=None,
        offered_credentials=None,
        locked_until=None,
    )
    return Verdict(state=after, said=_said_on_return(state, now))


def _said_on_return(state: PhoneState, now: datetime) -> Said | None:
    if state.standing is PhoneStanding.UP:
        return None
    if state.standing is PhoneStanding.NEW:
        return Said(event="phone read first time", level="info", text="Read for the first time.")
    if state.down_since is None:
        return Said(event="phone is back", level="info", text="Is read again.")
    away = in_words(now - state.down_since)
    return Said(event="phone is back", level="info", text=f"Is read again after {away}.")


def after_failure(state: PhoneState, error: PhonesyncError, around: Circumstances, rng: Random) -> Verdict:  # noqa: PLR0911  one return a kind
    """The verdict on a failed attempt.

    Args:
        state: The state before, with what the attempt still learned already in it.
        error: Why it failed.
        around: The circumstances.
        rng: Where the jitter comes from.
    """
    told = replace(
        state,
        last_attempt=around.now,
        last_error=str(error),
        error_kind=type(error).__name__,
        locked_until=None,
    )
    if around.unjudged:
        return _unjudged(state, told, error, around)
    match error:
        case PhoneBusy():
            return _busy(state, told, around, rng)
        case SignInRefused():
            return _refused(state, told, around)
        case LockedOut():
            return _locked(state, told, error, around)
        case Unsupported():
            return _unsupported(state, told, around)
        case PlanRefused():
            return _held(state, told, around)
        case _:
            return _down(state, told, around, rng)


def _busy(state: PhoneState, told: PhoneState, around: Circumstances, rng: Random) -> Verdict:
    """Later, not an error. After a crash the session in the way is most likely our own: it ends by itself."""
    shortest, longest = (timedelta(seconds=seconds) for seconds in BUSY_RETRY_S)
    if around.session_was_open:
        at = around.now + timedelta(seconds=OWN_IDLE_S)
        text = "A session that we left open is still in the way; it ends by itself when idle."
        reason = "our own session on the phone has ended by then"
    else:
        at = around.now + shortest + (longest - shortest) * rng.random()
        if around.deadline is not None:
            at = min(at, max(around.deadline, around.now + shortest))
        text, reason = str(told.last_error), "somebody was signed in to the phone"
    after = replace(
        told,
        standing=_standing_when_busy(state),
        failures=0,
        down_since=None,
        last_error=text,
        next_due=at,
        due_reason=reason,
        # What is in the way next time is a person: ours has ended by then.
        open_session=False,
    )
    if state.standing is PhoneStanding.DOWN and state.down_since is not None:
        away = in_words(around.now - state.down_since)
        text = f"Answers again after {away}, but is busy: {text}"
        return Verdict(state=after, said=Said(event="phone is back", level="info", text=text))
    if state.error_kind == told.error_kind:
        return Verdict(state=after)
    return Verdict(state=after, said=Said(event="phone is busy", level="info", text=text))


def _standing_when_busy(state: PhoneState) -> PhoneStanding:
    if state.standing in (PhoneStanding.NEW, PhoneStanding.UP, PhoneStanding.HELD):
        return state.standing
    return PhoneStanding.NEW if state.last_read is None else PhoneStanding.UP


def _refused(state: PhoneState, told: PhoneState, around: Circumstances) -> Verdict:
    text = f"{told.last_error} {refused_sentence(state.name)}"
    after = _worse(told, state, PhoneStanding.REFUSED, around)
    after = replace(
        after,
        last_error=text,
        refused_credentials=around.credentials,
        proven_credentials=None,
        next_due=None,
        due_reason=REFUSED_REASON,
    )
    return _once(state, after, Said(event="phone refused sign-in", level="error", text=text))


def _unjudged(state: PhoneState, told: PhoneState, error: PhonesyncError, around: Circumstances) -> Verdict:
    """A password that never worked is offered once: the second time could be the second wrong one."""
    text = f"{error} {unjudged_sentence(state.name)}"
    after = replace(
        _worse(told, state, PhoneStanding.REFUSED, around),
        last_error=text,
        error_kind=UNJUDGED,
        offered_credentials=around.credentials,
        locked_until=error.until if isinstance(error, LockedOut) else None,
        next_due=None,
        due_reason=UNJUDGED_REASON,
    )
    return _once(state, after, Said(event="phone gave no verdict", level="error", text=text))


def after_stop(state: PhoneState, *, text: str, kind: str) -> PhoneState:
    """The state of a phone that turns out to wait for a person: an earlier process could not write it down.

    Args:
        state: As remembered.
        text: Why it waits.
        kind: Class name of the error that led to it.
    """
    return replace(
        state,
        standing=PhoneStanding.REFUSED,
        last_error=text,
        error_kind=kind,
        next_due=None,
        due_reason=UNJUDGED_REASON if kind == UNJUDGED else REFUSED_REASON,
    )


def _locked(state: PhoneState, told: PhoneState, error: LockedOut, around: Circumstances) -> Verdict:
    until = error.until or around.now + timedelta(seconds=LOCK_UNKNOWN_S)
    after = replace(
        _worse(told, state, PhoneStanding.DOWN, around),
        locked_until=until,
        next_due=max(until, around.now) + timedelta(seconds=LOCK_MARGIN_S),
        due_reason="the phone has locked sign-in until then",
    )
    return _once(state, after, Said(event="phone is down", level="warning", text=str(error)))


def _unsupported(state: PhoneState, told: PhoneState, around: Circumstances) -> Verdict:
    after = replace(
        _worse(told, state, PhoneStanding.UNSUPPORTED, around),
        failures=0,
        down_since=None,
        next_due=around.now + DAY,
        due_reason="its list cannot be read; whether its firmware changed is looked at once a day",
    )
    said = Said(event="phone cannot be read", level="warning", text=str(told.last_error))
    return _once(state, after, said)


def _held(state: PhoneState, told: PhoneState, around: Circumstances) -> Verdict:
    """Nothing is taken over, but what the phone shows is still fetched and kept until it is resolved."""
    text = (
        f"{told.last_error} Its answers are kept and nothing is taken into the record until: "
        f"phonesync phones retry {state.name}"
    )
    after = replace(
        _worse(told, state, PhoneStanding.HELD, around),
        last_error=text,
        failures=0,
        down_since=None,
        next_due=around.now + around.poll,
        due_reason="held: answers are only kept until somebody decides",
    )
    return _once(state, after, Said(event="phone is held", level="error", text=text))


def _down(state: PhoneState, told: PhoneState, around: Circumstances, rng: Random) -> Verdict:
    after = _worse(told, state, PhoneStanding.DOWN, around)
    at = retry_at(after.failures, around, rng)
    reason = f"tried again after {times(after.failures)}"
    if around.unanswered:
        at = max(at, around.now + timedelta(seconds=UNANSWERED_S))
        reason = f"{reason}; not sooner, because the sign-in got no verdict"
    after = replace(after, next_due=at, due_reason=reason)
    return _once(state, after, Said(event="phone is down", level="warning", text=str(told.last_error)))


def _worse(told: PhoneState, state: PhoneState, standing: PhoneStanding, around: Circumstances) -> PhoneState:
    return replace(
        told,
        standing=standing,
        failures=state.failures + 1,
        down_since=state.down_since or around.now,
    )


def _once(state: PhoneState, after: PhoneState, said: Said) -> Verdict:
    """Says it only where the standing changed: a phone that stays down stays quiet."""
    return Verdict(state=after, said=None if state.standing is after.standing else said)
