"""What people do about call-backs, step by step, and what state that leaves them in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonesync.calls.callbacks import CallBack
    from phonesync.config import Config


class Step(StrEnum):
    """One thing that somebody did about a call-back."""

    TAKEN = "taken"
    """Somebody is going to call back."""
    RELEASED = "released"
    """Whoever had taken it does not any more."""
    SNOOZED = "snoozed"
    """It is to be tried again, and not before a set time."""
    DONE = "done"
    """It needs nothing any more; that says nothing of whether anybody was reached."""
    REOPENED = "reopened"
    """It is open again, as nobody had done anything about it."""


class State(StrEnum):
    """How a call-back stands."""

    OPEN = "open"
    TAKEN = "taken"
    SNOOZED = "snoozed"
    DONE = "done"
    """Somebody put it away by hand; no call shows that the caller was reached."""
    CLOSED = "closed"
    """A call reached the caller, or the caller got through."""


WAITING = frozenset({State.OPEN, State.TAKEN, State.SNOOZED})
"""Something is still to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A step that was taken.

    Attributes:
        step: What was done.
        at: When, UTC.
        opened_at: Of the call-back as it was known then, UTC.
        user_id: Who did it, or None for the program.
        user: What that user is called, or None.
        until: Until when it is snoozed, UTC; None for other steps.
        reason: Why, or None.
    """

    step: Step
    at: datetime
    opened_at: datetime
    user_id: int | None = None
    user: str | None = None
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a call-back stands.

    Attributes:
        state: The state.
        taken_by: What the user is called who is going to call back, or None.
        taken_by_id: That user.
        snoozed_until: Not before then, UTC; None where it is not put off.
        by: Who took the last step that counts, or None.
        at: When that was, UTC.
        reason: Why, or None.
    """

    state: State = State.OPEN
    taken_by: str | None = None
    taken_by_id: int | None = None
    snoozed_until: datetime | None = None
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something is still to be done."""
        return self.state in WAITING


def steps_of(one: CallBack, work: Iterable[Work]) -> tuple[Work, ...]:
    """Those steps of a caller and owner that are about one of their call-backs, in order.

    A call-back is made anew from calls, which may move its opening a little: what was done while it was open
    is about it too.
    """
    end = one.closed_at
    found = (
        step
        for step in work
        if step.opened_at == one.opened_at or (one.opened_at <= step.at and (end is None or step.at < end))
    )
    return tuple(sorted(found, key=lambda step: step.at))


def standing(one: CallBack, work: Sequence[Work], now: datetime) -> Standing:
    """How a call-back stands.

    A new miss wakes what was snoozed and reopens what was done.

    Args:
        one: The call-back.
        work: The steps of its caller and owner, in any order.
        now: UTC.
    """
    found = Standing()
    for step in steps_of(one, work):
        found = _after(found, step)
    if one.closed_at is not None:
        return replace(found, state=State.CLOSED, snoozed_until=None)
    missed_since = found.at is not None and one.last_at > found.at
    if found.state is State.DONE and missed_since:
        return Standing()
    if found.state is State.SNOOZED and (
        missed_since or (found.snoozed_until is not None and found.snoozed_until <= now)
    ):
        state = State.OPEN if found.taken_by_id is None else State.TAKEN
        return replace(found, state=state, snoozed_until=None)
    return found


def _after(before: Standing, step: Work) -> Standing:
    told = replace(before, by=step.user, at=step.at, reason=step.reason, snoozed_until=step.until)
    if step.step is Step.TAKEN:
        return replace(told, state=State.TAKEN, taken_by=step.user, taken_by_id=step.user_id)
    if step.step is Step.SNOOZED:
        return replace(told, state=State.SNOOZED)
    state = State.DONE if step.step is Step.DONE else State.OPEN
    return replace(told, state=state, taken_by=None, taken_by_id=None)


def owners_of(config: Config, employee: str) -> frozenset[str]:
    """Whose call-backs an employee sees: those under the name, the extensions, and the groups of extensions.

    Args:
        config: The configuration.
        employee: As ``owner`` of phones.
    """
    extensions = {phone.extension for phone in config.phones if phone.owner == employee and phone.extension}
    groups = {group.name for group in config.group_tables if extensions.intersection(group.members)}
    return frozenset({employee, *extensions, *groups})
