"""An office whose switch can do it all: hunt lists, transfers, forwards, pick-up; callers are single lines.

It telephones like :class:`~phonesync.farm.office.Office`, but its calls are lived through in the order of
time, so that a desk that talks is skipped by a hunt list and nobody outside is in two calls at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.farm.desks import Desks
from phonesync.farm.habits import Habits
from phonesync.farm.office import MOST_TRIES, OVERLAPS_OUT, SAME_TRUNK, SOON_AGAIN, Office
from phonesync.farm.people import Contact, Employee, RingGroup, Staff
from phonesync.farm.switch import Doing, Ongoing, Switch
from phonesync.farm.telephony import CallKind, TrueCall
from phonesync.model import ListName

RICH = Habits(impatient=0.6, taken_when_busy=0.1, to_group=0.5)
"""How such an office telephones."""

LINE_CLEARS = timedelta(seconds=2.9)
"""Nobody outside is in another call sooner after the end of one; those who call again wait longer."""

_REMEMBERED = 40
"""So many callers who were missed may be called back."""

_Goal = Employee | RingGroup
_Start = Callable[[datetime], None]


class RichOffice(Office):
    """The people of an office and their calls, the same for the same seed.

    Args:
        staff: Who works there; its groups may ring in turn.
        seed: Of all chance.
        start: The first call comes after this instant, UTC.
        zone: Of the office's working day.
        habits: How it telephones.
    """

    def __init__(
        self, *, staff: Staff, seed: int, start: datetime, zone: ZoneInfo, habits: Habits = RICH
    ) -> None:
        self._starts: list[_Start] = []
        super().__init__(staff=staff, seed=seed, start=start, zone=zone, habits=habits)
        self._switch = Switch()
        self._desks = Desks(staff, self._switch, self._rng, seed=seed, zone=zone, habits=habits)
        self._missed: deque[Contact] = deque(maxlen=_REMEMBERED)

    def calls(self) -> Iterator[TrueCall]:
        """All calls from the start on, without end, in the order of their starts."""
        arrivals = self._arrivals()
        upcoming = next(arrivals)
        while True:
            due = self._switch.due
            if due is not None and due <= upcoming:
                self._switch.go_on()
            else:
                self._starts[self._chosen()](upcoming)
                upcoming = next(arrivals)
            yield from self._switch.finished()

    def _weigh(self) -> Iterator[float]:
        """Fills the beginnings of calls; yields the calls a working day brings from each."""
        habits = self.habits
        for person in self.staff.employees:
            own = person.calls_per_day * (1 - (habits.to_group if person.groups else 0))
            for share, start in (
                (habits.outbound, self._outbound_of(person)),
                (habits.internal, self._internal_of(person)),
                (1 - habits.outbound - habits.internal, self._inbound_to(person)),
            ):
                self._starts.append(start)
                yield own * share
        for group in self.staff.groups:
            members = [self._by_extension[member] for member in group.members]
            self._starts.append(self._inbound_to(group))
            yield habits.to_group * sum(one.calls_per_day for one in members) / len(members)

    # ---- from outside ---------------------------------------------------------------------------------

    def _inbound_to(self, goal: _Goal) -> _Start:
        def start(at: datetime) -> None:
            contact = self._free_contact()
            if contact is None:
                return
            withheld = self._rng.random() < self.habits.withheld
            number = "" if withheld else contact.presented(self._rng)
            self._ring_in(goal, contact, number, at)

        return start

    def _ring_in(
        self,
        goal: _Goal,
        contact: Contact,
        number: str,
        at: datetime,
        *,
        repeat_of: Ongoing | None = None,
    ) -> None:
        call = self._switch.begin(
            Ongoing(
                kind=CallKind.GROUP if isinstance(goal, RingGroup) else CallKind.INBOUND,
                started=at,
                number=number,
                name=contact.name if number else "",
                contact=contact,
                group=goal.number if isinstance(goal, RingGroup) else None,
                repeat_of=repeat_of,
                tries=0 if repeat_of is None else repeat_of.tries + 1,
            )
        )
        self._switch.lines.add(contact.national)
        self._switch.run(self._be_called(call, goal, contact))

    def _be_called(self, call: Ongoing, goal: _Goal, contact: Contact) -> Doing[None]:
        answer = yield from self._desks.ring(call, goal, call.started)
        if answer is not None:
            yield from self._desks.talk(call, answer, passes_on=True)
        call.done = True
        if call.legs:
            if not call.answered:
                self._missed.append(contact)
            self._maybe_back(call, goal, contact)
            yield max(leg.ended for leg in call.legs) + LINE_CLEARS
        self._switch.lines.discard(contact.national)

    def _maybe_back(self, call: Ongoing, goal: _Goal, contact: Contact) -> None:
        """A caller calls again within seconds to minutes, mostly the same desk."""
        share = self.habits.calls_again if call.answered else self.habits.impatient
        if call.tries + 1 >= MOST_TRIES or self._rng.random() >= share:
            return
        if self._rng.random() < self.habits.other_desk:
            goal = self._rng.choice(self.staff.employees)
        ended = max(leg.ended for leg in call.legs)
        self._switch.later(ended + self._pause(), self._call_again(call, goal, contact))

    def _call_again(self, call: Ongoing, goal: _Goal, contact: Contact) -> Doing[None]:
        yield from ()
        if contact.national in self._switch.lines:
            return
        assert self._switch.now is not None
        number = call.number
        if number and self._rng.random() > SAME_TRUNK:
            number = contact.presented(self._rng)
        self._ring_in(goal, contact, number, self._switch.now, repeat_of=call)

    # ---- from a desk ----------------------------------------------------------------------------------

    def _outbound_of(self, person: Employee) -> _Start:
        def start(at: datetime) -> None:
            contact = self._contact_to_call()
            if contact is not None and self._may_dial(person):
                call = Ongoing(
                    kind=CallKind.OUTBOUND, started=at, number="", name="", contact=contact, caller=person
                )
                self._switch.lines.add(contact.national)
                self._switch.run(self._call_out(self._switch.begin(call), person, contact))

        return start

    def _call_out(self, call: Ongoing, person: Employee, contact: Contact) -> Doing[None]:
        number = f"8{contact.national}" if self._rng.random() < SAME_TRUNK else f"+7{contact.national}"
        answered = self._rng.random() < self.habits.answered
        until = call.started + timedelta(seconds=self._ring_s(answered=answered))
        ended = until + timedelta(seconds=self._talk_s()) if answered else until
        self._switch.talking[person.extension] += 1
        yield ended
        self._switch.talking[person.extension] -= 1
        call.record(
            person, ListName.PLACED, call.started, until if answered else None, ended,
            party=(number, contact.name),
        )  # fmt: skip
        call.done = True
        yield ended + LINE_CLEARS
        self._switch.lines.discard(contact.national)

    def _internal_of(self, person: Employee) -> _Start:
        def start(at: datetime) -> None:
            to_group = self.staff.groups and self._rng.random() < self.habits.to_own_group
            goal: _Goal = (
                self._rng.choice(self.staff.groups) if to_group else self._rng.choice(self.staff.employees)
            )
            if goal is not person and self._may_dial(person):
                self._dial(person, goal, at, repeat_of=None)

        return start

    def _dial(self, person: Employee, goal: _Goal, at: datetime, *, repeat_of: Ongoing | None) -> None:
        call = Ongoing(
            kind=CallKind.INTERNAL,
            started=at,
            number=person.extension,
            name=person.name,
            caller=person,
            group=goal.number if isinstance(goal, RingGroup) else None,
            repeat_of=repeat_of,
            tries=0 if repeat_of is None else repeat_of.tries + 1,
            involved={person.extension},
        )
        self._switch.run(self._call_inside(self._switch.begin(call), person, goal))

    def _call_inside(self, call: Ongoing, person: Employee, goal: _Goal) -> Doing[None]:
        self._switch.talking[person.extension] += 1
        party = (goal.number, "") if isinstance(goal, RingGroup) else (goal.extension, goal.name)
        answer = yield from self._desks.ring(call, goal, call.started)
        if answer is None:
            ended = max((leg.ended for leg in call.legs), default=call.started + timedelta(seconds=5))
            call.record(person, ListName.PLACED, call.started, None, ended, party=party)
        else:
            ended = yield from self._desks.talk(call, answer, passes_on=False)
            call.record(person, ListName.PLACED, call.started, answer.at, ended, party=party)
        self._switch.talking[person.extension] -= 1
        call.done = True
        tries_again = not call.answered and call.tries + 1 < MOST_TRIES
        if tries_again and self._rng.random() < self.habits.impatient / 2:
            self._switch.later(ended + self._pause(), self._dial_again(call, person, goal))

    def _dial_again(self, call: Ongoing, person: Employee, goal: _Goal) -> Doing[None]:
        yield from ()
        assert self._switch.now is not None
        if self._may_dial(person):
            self._dial(person, goal, self._switch.now, repeat_of=call)

    # ---- small matters --------------------------------------------------------------------------------

    def _may_dial(self, person: Employee) -> bool:
        return not self._switch.talking[person.extension] or self._rng.random() < OVERLAPS_OUT

    def _pause(self) -> timedelta:
        soon = self._rng.random() < SOON_AGAIN
        return timedelta(seconds=self._rng.uniform(3, 40) if soon else self._rng.uniform(40, 600))

    def _free_contact(self) -> Contact | None:
        contact = self._rng.choice(self._contacts)
        return None if contact.national in self._switch.lines else contact

    def _contact_to_call(self) -> Contact | None:
        if self._missed and self._rng.random() < self.habits.back:
            contact = self._missed.popleft()
            return None if contact.national in self._switch.lines else contact
        return self._free_contact()
