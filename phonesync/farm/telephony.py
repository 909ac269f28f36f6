"""The calls of the simulated office as they truly are: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phonesync.model import ListName


class CallKind(StrEnum):
    """Who calls whom."""

    INBOUND = "inbound"
    GROUP = "group"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Way(StrEnum):
    """What a switch can do to a call."""

    TOGETHER = "ring group"
    IN_TURN = "hunt list"
    FORWARD = "forward"
    BLIND = "blind transfer"
    ATTENDED = "attended transfer"
    PICK_UP = "pick-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one desk's phone records of a call, at its end.

    Attributes:
        extension: Of the desk.
        account: Local account the call ran over.
        list_name: The list it belongs to.
        number: Remote party as presented; ``""`` where withheld.
        name: Remote party's name as presented, or ``""``.
        started: Start of ringing, UTC.
        answered: UTC, or None where this phone did not answer.
        ended: End of the call on this phone, UTC: when it records the row.
        call_id: The SIP Call-ID of this leg; a switch gives each leg its own.
        call: Id of the true call; 0 for a row that came from elsewhere.
    """

    extension: str
    account: str
    list_name: ListName
    number: str
    name: str
    started: datetime
    answered: datetime | None
    ended: datetime
    call_id: str = ""
    call: int = 0

    @property
    def duration_s(self) -> int:
        """Talk time in whole seconds; 0 where this phone did not answer."""
        return 0 if self.answered is None else int((self.ended - self.answered).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCall:
    """One call as it truly was.

    Attributes:
        id: From 1, in the order of the starts.
        kind: Who calls whom.
        started: Start of ringing, UTC.
        legs: What each phone records of it.
        answered: Somebody answered.
        repeat_of: The call whose caller tries again, or None; unanswered but in a rich office.
        ways: What the switch did to it, in the order in which it happened first.
        group: Number of the group that was called, or None.
    """

    id: int
    kind: CallKind
    started: datetime
    legs: tuple[Leg, ...]
    answered: bool
    repeat_of: int | None = None
    ways: tuple[Way, ...] = ()
    group: str | None = None

    @property
    def answered_by(self) -> tuple[str, ...]:
        """Extensions of the desks that answered, in the order in which they did."""
        took = sorted(
            (leg.answered, leg.extension)
            for leg in self.legs
            if leg.answered is not None and leg.list_name is not ListName.PLACED
        )
        return tuple(extension for _, extension in took)

    @property
    def missed(self) -> bool:
        """It rang at a desk, and nobody answered at all."""
        return not self.answered and self.kind is not CallKind.OUTBOUND

    @property
    def ended(self) -> datetime:
        """The end of its last leg, UTC."""
        return max(leg.ended for leg in self.legs)
