"""What is remembered of contacts that were written to phones, and what a plan to write more consists of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from phonesync.driver.phonebooks import HeldContact
from phonesync.model import BookEntry


class PushState(StrEnum):
    """How far a contact of ours has come."""

    SENT = "sent"
    THERE = "there"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRecord:
    """What we remember of a contact that we wrote to a phone.

    Attributes:
        contact: Id of the contact: source and uid.
        name: As written.
        digest: Of name and numbers as written.
        numbers: As written, one a line.
        state: How far it has come.
        held_id: The phone's id of it, where it said one.
        before: Digest of what stood there before, where a change was sent; else None.
    """

    contact: str
    name: str
    digest: str
    state: PushState
    held_id: str | None = None
    before: str | None = None
    numbers: str = ""

    @property
    def digests(self) -> tuple[str, ...]:
        """What may stand on the phone: what was sent, else what stood there before a change."""
        return (self.digest,) if self.before is None else (self.digest, self.before)


class Action(StrEnum):
    """What becomes of one contact."""

    REMOVE = "remove"
    CHANGE = "change"
    ADD = "add"
    KEEP = "keep"
    LEAVE = "leave"
    BY_HAND = "by hand"


ORDERS = (Action.REMOVE, Action.CHANGE, Action.ADD)
"""What is written, in this order, so that room is made before it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushStep:
    """One contact, and what is done about it.

    Attributes:
        action: What.
        contact: Id of the contact.
        name: To tell people.
        reason: Why, one sentence without a full stop.
        entry: What is to stand on the phone; None where nothing is to be written.
        held: What stands there now, where it concerns that; else None.
    """

    action: Action
    contact: str
    name: str
    reason: str
    entry: BookEntry | None = None
    held: HeldContact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPlan:
    """What to do about one phone.

    Attributes:
        steps: One for each contact that is wanted or was pushed before.
        settled: Records that what was read proves; to be kept before anything is written.
        gone: Contacts whose record is to be forgotten: they are neither wanted nor on the phone.
        typed: Contacts on the phone that are not ours; None where it cannot be read.
    """

    steps: tuple[PushStep, ...]
    settled: tuple[PushRecord, ...] = ()
    gone: tuple[str, ...] = ()
    typed: tuple[HeldContact, ...] | None = None

    @property
    def orders(self) -> tuple[PushStep, ...]:
        """What is written, in the order in which it is."""
        return tuple(step for action in ORDERS for step in self.steps if step.action is action)

    def of(self, action: Action) -> tuple[PushStep, ...]:
        """The steps of one action."""
        return tuple(step for step in self.steps if step.action is action)
