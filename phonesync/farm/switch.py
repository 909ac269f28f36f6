"""What a rich office's switch knows while calls are under way: who talks, which lines are taken.

A call is a generator that yields the instant at which it goes on; between two instants nothing of it changes,
so whatever it asks of a desk is true at that very moment.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heappop, heappush
from typing import TypeVar

from phonesync.farm.people import Contact, Employee
from phonesync.farm.telephony import CallKind, Leg, TrueCall, Way
from phonesync.model import ListName

Result = TypeVar("Result")

Doing = Generator[datetime, None, Result]
"""Something that takes time: it yields when it goes on, and returns what came of it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Ongoing:
    """A call under way.

    Attributes:
        kind: Who calls whom.
        started: Start of ringing, UTC.
        number: The caller as desks see him; ``""`` where withheld.
        name: The same.
        contact: Who calls or is called outside, or None.
        caller: The desk that calls, or None.
        group: Number of the group that was called, or None.
        repeat_of: The call whose caller tries again, or None.
        tries: How often he tried before.
        legs: What desks have recorded of it so far.
        ways: What the switch did to it.
        involved: Extensions that it has reached.
        done: It is over.
        id: Once it is over and its turn has come.
    """

    kind: CallKind
    started: datetime
    number: str
    name: str
    contact: Contact | None = None
    caller: Employee | None = None
    group: str | None = None
    repeat_of: Ongoing | None = None
    tries: int = 0
    legs: list[Leg] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    involved: set[str] = field(default_factory=set)
    done: bool = False
    id: int = 0

    @property
    def answered(self) -> bool:
        """Somebody has talked."""
        return any(leg.answered for leg in self.legs)

    def record(
        self,
        person: Employee,
        list_name: ListName,
        started: datetime,
        answered: datetime | None,
        ended: datetime,
        *,
        party: tuple[str, str] | None = None,
        account: str | None = None,
    ) -> None:
        """What a desk's phone writes down.

        Args:
            person: Whose desk.
            list_name: The list.
            started: It began to ring, or dialled.
            answered: Or None.
            ended: When it writes the row.
            party: Number and name it saw, where they are not the caller's.
            account: Over which the call ran, where it is not the desk's own.
        """
        number, name = party or (self.number, self.name)
        self.involved.add(person.extension)
        self.legs.append(
            Leg(
                extension=person.extension, account=account or person.extension, list_name=list_name,
                number=number, name=name, started=started, answered=answered, ended=ended,
            )
        )  # fmt: skip

    def note(self, way: Way) -> None:
        """The switch did something to it."""
        if way not in self.ways:
            self.ways.append(way)

    def finished(self, number: int) -> TrueCall:
        """It as it truly was, once it is over.

        Args:
            number: Its id.
        """
        self.id = number
        legs = sorted(self.legs, key=lambda leg: (leg.started, leg.ended, leg.extension))
        return TrueCall(
            id=number,
            kind=self.kind,
            started=self.started,
            legs=tuple(
                replace(leg, call_id=f"{number:x}-{index}@pbx.example", call=number)
                for index, leg in enumerate(legs)
            ),
            answered=self.answered,
            repeat_of=None if self.repeat_of is None else self.repeat_of.id,
            ways=tuple(self.ways),
            group=self.group,
        )


class Switch:
    """The calls under way, in the order of time.

    Attributes:
        talking: Extension to the number of calls it holds or has placed.
        lines: National numbers of those outside who are in a call: each is a single line.
        now: When what went on last was due, UTC; None before anything did.
    """

    def __init__(self) -> None:
        self.talking: Counter[str] = Counter()
        self.lines: set[str] = set()
        self.now: datetime | None = None
        self._order = itertools.count()
        self._waiting: list[tuple[datetime, int, Doing[object]]] = []
        self._calls: deque[Ongoing] = deque()
        self._ids = itertools.count(1)

    @property
    def due(self) -> datetime | None:
        """When something goes on next, or None where nothing does."""
        return self._waiting[0][0] if self._waiting else None

    def begin(self, call: Ongoing) -> Ongoing:
        """A call begins, now; none may begin later that began earlier."""
        self._calls.append(call)
        return call

    def later(self, at: datetime, doing: Doing[object]) -> None:
        """Has something begin or go on at an instant."""
        heappush(self._waiting, (at, next(self._order), doing))

    def go_on(self) -> None:
        """Lets what is due next go on."""
        self.now, _, doing = heappop(self._waiting)
        self.run(doing)

    def run(self, doing: Doing[object]) -> None:
        """Lets something go on up to where it waits, or to its end."""
        at = next(doing, None)
        if at is not None:
            self.later(at, doing)

    def finished(self) -> Iterator[TrueCall]:
        """Calls that are over, in the order of their starts; what reached no desk was none."""
        while self._calls and self._calls[0].done:
            call = self._calls.popleft()
            if call.legs:
                yield call.finished(next(self._ids))
