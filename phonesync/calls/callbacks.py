"""Call-backs: callers who were missed, and when somebody reached them. Pure.

One is open for each caller and owner (a person or a group). It is a fold over the calls with one party, so
that the same calls make the same call-backs, in whatever order they became known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

from phonesync.calls.figures import Share
from phonesync.calls.values import Call, CallDirection, Disposition
from phonesync.calls.working_hours import WorkingHours, after
from phonesync.numbering import EXTENSION


class ClosedHow(StrEnum):
    """How a caller who was missed was reached in the end."""

    CALLED_BACK = "called_back"
    GOT_THROUGH = "got_through"


class Touch(StrEnum):
    """What a call did for its party."""

    MISSED = "missed"
    """The party called, and nobody answered."""
    GOT_THROUGH = "got_through"
    """The party called, and somebody answered."""
    REACHED = "reached"
    """Somebody called the party, who answered."""
    TRIED = "tried"
    """Somebody called the party, who did not answer, or nothing says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyCall:
    """A call, as far as it decides whether its party is to be called back.

    Attributes:
        id: Of the call.
        at: When it began, UTC.
        touch: What it did for the party.
        owner: Whose call it was, or None.
        department: The owner's, or None.
        phone: The phone that rang or dialled first: its site's clock counts the target. None: any.
    """

    id: str
    at: datetime
    touch: Touch
    owner: str | None = None
    department: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """What call-backs go by.

    Attributes:
        target: A party is to be reached within so much working time.
        window: Who gets through so soon after he was missed needs no call-back.
        hours: When people work.
        zone: Of the wall clock they work by.
        zones: The same, by name of the phone, where it is another one.
        internal: Missed calls between two extensions open call-backs too.
    """

    target: timedelta
    window: timedelta
    hours: WorkingHours = field(default_factory=WorkingHours)
    zone: ZoneInfo
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """A party that was missed.

    Attributes:
        party: E.164, or ``ext:`` and the extension.
        owner: Who missed it: a person, an extension or a group; None where nobody knows.
        department: The owner's, or None.
        first_call: The missed call that opened it.
        last_call: The latest missed one.
        opened_at: When the first began, UTC.
        last_at: When the latest began, UTC.
        misses: Missed calls since.
        attempts: Calls to the party since that did not reach it, or do not say whether they did.
        last_attempt_at: The latest of them, UTC, or None.
        due_at: The target counted from ``opened_at``, UTC; None where that is ten years off.
        closed_at: When the call began that reached the party, UTC; None while it is open.
        closed_by: That call, or None.
        closed_how: Who called whom, or None.
    """

    party: str
    owner: str | None
    department: str | None
    first_call: str
    last_call: str
    opened_at: datetime
    last_at: datetime
    misses: int = 1
    attempts: int = 0
    last_attempt_at: datetime | None = None
    due_at: datetime | None
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_how: ClosedHow | None = None


def touch(
    direction: CallDirection, disposition: Disposition, talk_s: int | None, *, by_party: bool
) -> Touch | None:
    """What a call did for its party; None where it says nothing of whether it is to be called back.

    Args:
        direction: Of the call.
        disposition: Of the call.
        talk_s: Its talk time, or None.
        by_party: The party called; False: it was called. Only internal calls go by it.
    """
    inward = by_party if direction is CallDirection.INTERNAL else direction is CallDirection.INBOUND
    answered = disposition is Disposition.ANSWERED or (talk_s or 0) > 0
    if inward:
        if answered:
            return Touch.GOT_THROUGH
        return Touch.MISSED if disposition is Disposition.MISSED else None
    return Touch.REACHED if answered else Touch.TRIED


def party_call(call: Call, party: str) -> PartyCall | None:
    """A call as one of its parties has it, or None where it is not of that party or says nothing.

    Args:
        call: The call.
        party: E.164 of the party outside; for internal calls ``ext:`` and an extension.
    """
    by_party = True
    if call.direction is CallDirection.INTERNAL:
        by_party = party == f"{EXTENSION}{call.calling.extension}"
        if not by_party and party != f"{EXTENSION}{call.called.extension}":
            return None
    elif call.outside != party:
        return None
    what = touch(call.direction, call.disposition, call.talk_s, by_party=by_party)
    if what is None:
        return None
    return PartyCall(
        id=call.id,
        at=call.started_at,
        touch=what,
        owner=call.owner,
        department=call.department,
        phone=call.legs[0].phone if call.legs else None,
    )


def callbacks(party: str, calls: Iterable[PartyCall], rules: CallbackRules) -> tuple[CallBack, ...]:
    """The call-backs of one party, by opening.

    A miss opens one for its owner, unless one is open already or the party gets through within the window.
    A call that reaches the party, or that it gets through with, closes all that are open.

    Args:
        party: Whose calls these are.
        calls: In any order.
        rules: What they go by.
    """
    ordered = sorted(calls, key=lambda call: (call.at, call.id))
    through = [call.at for call in ordered if call.touch is Touch.GOT_THROUGH]
    waiting: dict[str | None, CallBack] = {}
    done: list[CallBack] = []
    for call in ordered:
        if call.touch is Touch.MISSED:
            found = waiting.get(call.owner)
            if found is not None:
                waiting[call.owner] = _again(found, call)
            elif not _soon(through, call.at, rules.window):
                waiting[call.owner] = _opened(party, call, rules)
        elif call.touch is Touch.TRIED:
            for owner, found in waiting.items():
                waiting[owner] = replace(found, attempts=found.attempts + 1, last_attempt_at=call.at)
        else:
            done += (_closed(found, call) for found in waiting.values())
            waiting.clear()
    return tuple(sorted([*done, *waiting.values()], key=_order))


def restart(kept: Iterable[CallBack], changed: datetime, window: timedelta) -> datetime:
    """From when on a party's calls must be folded again, so that nothing before differs.

    What was closed before the instant returned stays as it is; what was opened from then on is folded anew.

    Args:
        kept: The call-backs of that party so far.
        changed: No call before it has changed, UTC.
        window: As in the rules.
    """
    since = changed - window
    for one in sorted(kept, key=lambda one: one.opened_at, reverse=True):
        if one.opened_at < since and (one.closed_at is None or one.closed_at >= since):
            since = one.opened_at
    return since


# Figures; docs/reference/definitions.md says them in words.


def called_back_share(some: Collection[CallBack]) -> Share:
    """Of call-backs, those closed by a call to the party."""
    called = sum(one.closed_how is ClosedHow.CALLED_BACK for one in some)
    return Share(of_kind=called, known=len(some), unknown=0)


def in_time_share(some: Iterable[CallBack], *, now: datetime) -> Share:
    """Of call-backs, those closed before they were due; those that are open and not yet due are unknown.

    Args:
        some: Any.
        now: UTC.
    """
    in_time = late = undecided = 0
    for one in some:
        if one.due_at is not None and (one.closed_at or now) > one.due_at:
            late += 1
        elif one.closed_at is not None:
            in_time += 1
        else:
            undecided += 1
    return Share(of_kind=in_time, known=in_time + late, unknown=undecided)


def median_to_call_back(some: Iterable[CallBack]) -> float | None:
    """Seconds from the first miss to the call that reached the party; got-through ones do not count."""
    taken = [
        (one.closed_at - one.opened_at).total_seconds()
        for one in some
        if one.closed_at is not None and one.closed_how is ClosedHow.CALLED_BACK
    ]
    return median(taken) if taken else None


def still_open(some: Iterable[CallBack]) -> int:
    """Call-backs that nothing has closed."""
    return sum(one.closed_at is None for one in some)


def perhaps_missed(calls: Iterable[Call]) -> int:
    """Inbound calls that may have been missed, though nothing proves it: they open no call-back."""
    return sum(
        call.direction is CallDirection.INBOUND and call.disposition is Disposition.UNKNOWN for call in calls
    )


def _order(one: CallBack) -> tuple[datetime, str]:
    return one.opened_at, one.first_call


def _soon(through: list[datetime], at: datetime, window: timedelta) -> bool:
    """Whether the party got through within the window after an instant."""
    following = bisect_right(through, at)
    return following < len(through) and through[following] <= at + window


def _opened(party: str, call: PartyCall, rules: CallbackRules) -> CallBack:
    zone = rules.zone if call.phone is None else rules.zones.get(call.phone, rules.zone)
    return CallBack(
        party=party,
        owner=call.owner,
        department=call.department,
        first_call=call.id,
        last_call=call.id,
        opened_at=call.at,
        last_at=call.at,
        due_at=after(call.at, rules.target, hours=rules.hours, zone=zone),
    )


def _again(found: CallBack, call: PartyCall) -> CallBack:
    return replace(found, misses=found.misses + 1, last_call=call.id, last_at=call.at)


def _closed(found: CallBack, call: PartyCall) -> CallBack:
    how = ClosedHow.CALLED_BACK if call.touch is Touch.REACHED else ClosedHow.GOT_THROUGH
    return replace(found, closed_at=call.at, closed_by=call.id, closed_how=how)
