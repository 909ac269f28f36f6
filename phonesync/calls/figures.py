"""Figures of calls, each defined once; ``docs/reference/definitions.md`` says them in words. Pure.

Every duration is seconds. ``None`` means that what the figure needs was not observed: it is never filled in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from phonesync.calls.values import Call, CallDirection, Disposition

SHARP_S = 2
"""A start known so closely, seconds, is known to the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of some calls are of a kind, and of how many that cannot be said.

    Attributes:
        of_kind: Calls that are.
        known: Calls of which it is known whether they are.
        unknown: Calls of which it is not known; they are in neither.
    """

    of_kind: int
    known: int
    unknown: int

    @property
    def value(self) -> float | None:
        """0 to 1, or None where nothing is known of any."""
        return self.of_kind / self.known if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A sum of durations, and of how many calls they are not known.

    Attributes:
        seconds: Sum over the calls that show one.
        known: Calls that show one.
        unknown: Calls that do not.
    """

    seconds: int
    known: int
    unknown: int

    @property
    def mean(self) -> float | None:
        """Seconds a call, over those that show one; None where none does."""
        return self.seconds / self.known if self.known else None


def ring_time(call: Call) -> int | None:
    """Seconds from the start of a call to its answer, or to its end where nobody answered.

    None unless a report or a CDR tells it, or both instants are known to the second.
    """
    waited = _waited(call)
    return None if waited is None or waited[1] - waited[0] > 2 * SHARP_S else round(sum(waited) / 2)


def talk_time(calls: Iterable[Call]) -> Total:
    """The talk time of answered calls; talking to one after another in one call adds up."""
    seconds = known = unknown = 0
    for call in calls:
        if call.disposition is not Disposition.ANSWERED:
            continue
        if call.talk_s is None:
            unknown += 1
        else:
            known += 1
            seconds += call.talk_s
    return Total(seconds=seconds, known=known, unknown=unknown)


def is_answered(call: Call) -> bool | None:
    """Whether a phone that is read answered it, or, outbound, the other side did; None where unknown."""
    if call.disposition is Disposition.UNKNOWN:
        return None
    return call.disposition is Disposition.ANSWERED


def answered_share(calls: Iterable[Call]) -> Share:
    """Of inbound calls, those answered; calls that rang at nobody we read are in no list and not here."""
    return _share(is_answered(call) for call in calls if call.direction is CallDirection.INBOUND)


def abandoned_within(call: Call, seconds: int) -> bool | None:
    """Whether the caller gave up within so many seconds.

    Args:
        call: Any call.
        seconds: Longest wait that counts.

    Returns:
        False for calls that are not inbound or ended otherwise than missed. None where that is unknown, or
        where the wait was not observed closely enough to say on which side of ``seconds`` it lies.
    """
    if call.direction is not CallDirection.INBOUND:
        return False
    if call.disposition is Disposition.UNKNOWN:
        return None
    if call.disposition is not Disposition.MISSED:
        return False
    waited = _waited(call)
    if waited is None or waited[0] <= seconds < waited[1]:
        return None
    return waited[1] <= seconds


def abandoned_share(calls: Iterable[Call], seconds: int) -> Share:
    """Of inbound calls, those whose caller gave up within so many seconds."""
    return _share(
        abandoned_within(call, seconds) for call in calls if call.direction is CallDirection.INBOUND
    )


def first_attempt(missed: Call, others: Iterable[Call]) -> int | None:
    """Seconds from a missed call to the first call from the office to that caller, reached or not.

    Args:
        missed: The call that was missed.
        others: Calls in any order, those of other callers among them.

    Returns:
        None where there was none, or where the caller's number is not known.
    """
    return _first(
        missed, (call for call in _later(missed, others) if call.direction is CallDirection.OUTBOUND)
    )


def first_response(missed: Call, others: Iterable[Call]) -> int | None:
    """Seconds from a missed call to the first answered one between the office and that caller, either way.

    Args:
        missed: The call that was missed.
        others: Calls in any order, those of other callers among them.

    Returns:
        None where there was none, or where the caller's number is not known.
    """
    return _first(missed, (call for call in _later(missed, others) if is_answered(call)))


def _waited(call: Call) -> tuple[float, float] | None:
    """How long a call rang, seconds, at least and at most."""
    if call.ring_s is not None:
        return call.ring_s, call.ring_s
    until = call.answered_at
    if until is None and call.disposition in (Disposition.MISSED, Disposition.NO_ANSWER):
        until = call.ended_at
    if until is None:
        return None
    rang = (until - call.started_at).total_seconds()
    return max(0.0, rang - call.started_within_s), max(0.0, rang + call.started_within_s)


def _later(missed: Call, others: Iterable[Call]) -> Iterable[Call]:
    """Calls with the same party outside that began after the missed one."""
    if missed.outside is None:
        return ()
    return (call for call in others if call.outside == missed.outside and call.started_at > missed.started_at)


def _first(missed: Call, later: Iterable[Call]) -> int | None:
    """Seconds up to the earliest of some calls."""
    starts = [call.started_at for call in later]
    return round((min(starts) - missed.started_at).total_seconds()) if starts else None


def _share(said: Iterable[bool | None]) -> Share:
    answers = list(said)
    return Share(
        of_kind=answers.count(True),
        known=sum(answer is not None for answer in answers),
        unknown=answers.count(None),
    )
