"""What looking at a phone's contacts, and writing to them, came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from phonesync.driver.phonebooks import HeldContact, PushRoute
from phonesync.phonebook.push_values import PushPlan, PushStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownContacts:
    """What a phone holds.

    Attributes:
        name: Of the phone.
        held: All of it, in the phone's order.
        ours: Index in ``held`` to the id of the contact that we wrote there.
        note: What a user should know of the way it was read; may be empty.
    """

    name: str
    held: tuple[HeldContact, ...]
    ours: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPush:
    """What a push would do.

    Attributes:
        name: Of the phone.
        plan: What is done about each contact.
        route: How.
        unfit: Names of wanted contacts of which the phone could hold nothing.
    """

    name: str
    plan: PushPlan
    route: PushRoute
    unfit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A contact that a phone did not take.

    Attributes:
        step: What was to be done.
        text: What the phone said, one sentence.
    """

    step: PushStep
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """What a push came to.

    Attributes:
        name: Of the phone.
        written: What was done, in order.
        refused: What the phone did not take.
        left: What was not tried any more.
        planned: What is done about each contact, as it stands after the push; None where it never came to
            a plan.
        error: Why it ended before its end, one sentence; None where it did not.
    """

    name: str
    written: tuple[PushStep, ...] = ()
    refused: tuple[Refusal, ...] = ()
    left: tuple[PushStep, ...] = ()
    planned: PlannedPush | None = None
    error: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that could be written is on the phone."""
        return self.error is None and not self.refused and not self.left
