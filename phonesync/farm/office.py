"""A simulated office: a seeded generator of the calls that truly happened.

Calls arrive as a Poisson process whose rate follows the day and the week. Each call leaves *legs*: what one
desk's phone has to record of it, at the end of the call. Nothing here knows of phones or of call lists that
forget; nothing is random but through the seed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from phonesync.farm.habits import Habits
from phonesync.farm.people import Contact, Employee, RingGroup, Staff, build_contacts
from phonesync.farm.telephony import CallKind, Leg, TrueCall
from phonesync.model import ListName

SLOT = timedelta(minutes=15)
MOST_TRIES = 5
SAME_TRUNK = 0.85
"""An impatient caller's second call mostly comes over the same trunk, so the number looks the same."""
SOON_AGAIN = 0.6
OVERLAPS_OUT = 0.1
"""A desk in a call dials another one only so often."""
FORWARDS = 0.5
LONGEST_TALK_S = 5400.0

_Begin = Callable[[datetime, int | None, int], "TrueCall | None"]
"""Begins a call: when, the unanswered call it repeats or None, how often was tried before."""
_Again = Callable[[datetime, int | None, int], "TrueCall"]
"""Begins a call that nothing can prevent."""


class Office:
    """The people of an office and their calls, the same for the same seed.

    Args:
        staff: Who works there.
        seed: Of all chance.
        start: The first call comes after this instant, UTC.
        zone: Of the office's working day.
        habits: How it telephones.
    """

    def __init__(
        self, *, staff: Staff, seed: int, start: datetime, zone: ZoneInfo, habits: Habits | None = None
    ) -> None:
        self.staff = staff
        self.habits = habits or Habits()
        self._rng = Random(f"office {seed}")
        self._start = start.astimezone(UTC)
        self._zone = zone
        self._by_extension = {person.extension: person for person in staff.employees}
        self._contacts = build_contacts(self._rng, number=min(4000, 60 + 12 * len(staff.employees)))
        self._busy: dict[str, datetime] = {}
        self._calls = 0
        self._again: list[tuple[datetime, int, int, int, _Begin]] = []
        self._sources: list[_Begin] = []
        self._liveliness = list(accumulate(person.calls_per_day for person in staff.employees))
        weights = list(self._weigh())
        self._cumulative = list(accumulate(weights))
        self.calls_per_day = sum(weights)

    def calls(self) -> Iterator[TrueCall]:
        """All calls from the start on, without end, in the order of their starts."""
        arrivals = self._arrivals()
        upcoming = next(arrivals)
        while True:
            if self._again and self._again[0][0] <= upcoming:
                at, _, first, tries, begin = heappop(self._again)
                call = begin(at, first, tries)
            else:
                call = self._draw()(upcoming, None, 0)
                upcoming = next(arrivals)
            if call is not None:
                yield call

    def contacts(self) -> tuple[Contact, ...]:
        """Everybody outside who ever calls or is called."""
        return self._contacts

    # ---- arrivals -------------------------------------------------------------------------------------

    def _weigh(self) -> Iterator[float]:
        """Fills the sources of calls; yields the calls a working day brings from each."""
        groups = {number for person in self.staff.employees for number in person.groups}
        for person in self.staff.employees:
            own = person.calls_per_day * (1 - (self.habits.to_group if person.groups else 0))
            for share, begin in (
                (self.habits.outbound, self._outbound),
                (self.habits.internal, self._internal),
                (1 - self.habits.outbound - self.habits.internal, self._inbound),
            ):
                self._sources.append(self._bound(begin, person))
                yield own * share
        for group in self.staff.groups:
            if group.number in groups:
                members = [self._by_extension[member] for member in group.members]
                self._sources.append(self._group_calls(group))
                yield self.habits.to_group * sum(one.calls_per_day for one in members) / len(members)

    def _bound(self, begin: Callable[[Employee, datetime], TrueCall | None], person: Employee) -> _Begin:
        def first(at: datetime, _repeat_of: int | None, _tries: int) -> TrueCall | None:
            return begin(person, at)

        return first

    def _draw(self) -> _Begin:
        return self._sources[self._chosen()]

    def _chosen(self) -> int:
        """Where the next call comes from."""
        return bisect_right(self._cumulative, self._rng.random() * self._cumulative[-1])

    def _arrivals(self) -> Iterator[datetime]:
        slot = self._start
        while True:
            rate = self.calls_per_day * self.habits.weight(slot.astimezone(self._zone)) / 3600
            at, end = slot, slot + SLOT
            while rate > 0:
                at += timedelta(seconds=self._rng.expovariate(rate))
                if at >= end:
                    break
                yield at
            slot = end

    # ---- the kinds of calls ---------------------------------------------------------------------------

    def _outbound(self, person: Employee, at: datetime) -> TrueCall | None:
        if self._is_busy(person.extension, at) and self._rng.random() > OVERLAPS_OUT:
            return None
        contact = self._rng.choice(self._contacts)
        number = f"8{contact.national}" if self._rng.random() < SAME_TRUNK else f"+7{contact.national}"
        answered = self._rng.random() < self.habits.answered
        leg = self._leg(person, ListName.PLACED, number, contact.name, at, answered=answered)
        return self._call(CallKind.OUTBOUND, at, (leg,), answered=answered)

    def _internal(self, person: Employee, at: datetime) -> TrueCall | None:
        luck = self._rng.random() * self._liveliness[-1]
        callee = self.staff.employees[bisect_right(self._liveliness, luck)]
        if callee is person or (self._is_busy(person.extension, at) and self._rng.random() > OVERLAPS_OUT):
            return None
        return self._internal_to(person, callee)(at, None, 0)

    def _internal_to(self, person: Employee, callee: Employee) -> _Again:
        def begin(at: datetime, repeat_of: int | None, tries: int) -> TrueCall:
            answered = self._answers(callee, at)
            heard = ListName.RECEIVED if answered else ListName.MISSED
            into = self._leg(callee, heard, person.extension, person.name, at, answered=answered)
            out = Leg(
                extension=person.extension, account=person.extension, list_name=ListName.PLACED,
                number=callee.extension, name=callee.name,
                started=at, answered=into.answered, ended=into.ended,
            )  # fmt: skip
            self._occupy(person.extension, out.ended)
            call = self._call(CallKind.INTERNAL, at, (out, into), answered=answered, repeat_of=repeat_of)
            self._maybe_again(call, tries, begin)
            return call

        return begin

    def _inbound(self, person: Employee, at: datetime) -> TrueCall:
        contact = self._rng.choice(self._contacts)
        withheld = self._rng.random() < self.habits.withheld
        number = "" if withheld else contact.presented(self._rng)
        return self._inbound_from(person, contact, number)(at, None, 0)

    def _inbound_from(self, person: Employee, contact: Contact, number: str) -> _Again:
        def begin(at: datetime, repeat_of: int | None, tries: int) -> TrueCall:
            shown = contact.presented(self._rng) if number and self._other_trunk(tries) else number
            name = contact.name if shown else ""
            answered = self._answers(person, at)
            if not answered and person.forwards_to and self._rng.random() < FORWARDS:
                legs = self._forwarded(person, shown, name, at)
            else:
                heard = ListName.RECEIVED if answered else ListName.MISSED
                legs = (self._leg(person, heard, shown, name, at, answered=answered),)
            taken = any(leg.answered for leg in legs)
            call = self._call(CallKind.INBOUND, at, legs, answered=taken, repeat_of=repeat_of)
            self._maybe_again(call, tries, begin)
            return call

        return begin

    def _forwarded(self, person: Employee, number: str, name: str, at: datetime) -> tuple[Leg, ...]:
        first = self._leg(person, ListName.FORWARDED, number, name, at, answered=False)
        target = self._by_extension[person.forwards_to or person.extension]
        answered = self._answers(target, first.ended)
        heard = ListName.RECEIVED if answered else ListName.MISSED
        return first, self._leg(target, heard, number, name, first.ended, answered=answered)

    def _group_calls(self, group: RingGroup) -> _Begin:
        def first(at: datetime, _repeat_of: int | None, _tries: int) -> TrueCall:
            contact = self._rng.choice(self._contacts)
            withheld = self._rng.random() < self.habits.withheld
            number = "" if withheld else contact.presented(self._rng)
            return self._group_from(group, contact, number)(at, None, 0)

        return first

    def _group_from(self, group: RingGroup, contact: Contact, number: str) -> _Again:
        def begin(at: datetime, repeat_of: int | None, tries: int) -> TrueCall:
            shown = contact.presented(self._rng) if number and self._other_trunk(tries) else number
            members = [self._by_extension[member] for member in group.members]
            winner = self._rng.choice([one for one in members if self._answers(one, at)] or [None])
            legs = self._group_legs(group, members, winner, shown, contact.name if shown else "", at)
            call = self._call(CallKind.GROUP, at, legs, answered=winner is not None, repeat_of=repeat_of)
            self._maybe_again(call, tries, begin)
            return call

        return begin

    def _group_legs(
        self,
        group: RingGroup,
        members: list[Employee],
        winner: Employee | None,
        number: str,
        name: str,
        at: datetime,
    ) -> tuple[Leg, ...]:
        ringing = timedelta(seconds=self._ring_s(answered=winner is not None))
        legs: list[Leg] = []
        for one in members:
            account = group.number if group.number in one.lines.values() else one.extension
            skew = timedelta(milliseconds=self._rng.randrange(0, 900))
            answered = at + ringing if one is winner else None
            ended = at + ringing + (timedelta(seconds=self._talk_s()) if one is winner else skew)
            if one is not winner and winner is not None and not self.habits.elsewhere:
                continue
            legs.append(
                Leg(
                    extension=one.extension,
                    account=account,
                    list_name=ListName.RECEIVED if one is winner else ListName.MISSED,
                    number=number,
                    name=name,
                    started=at + skew / 2,
                    answered=answered,
                    ended=ended,
                )
            )
            if one is winner:
                self._occupy(one.extension, ended)
        return tuple(legs)

    # ---- small matters --------------------------------------------------------------------------------

    def _leg(
        self, person: Employee, list_name: ListName, number: str, name: str, at: datetime, *, answered: bool
    ) -> Leg:
        picked_up = at + timedelta(seconds=self._ring_s(answered=answered))
        ended = picked_up + timedelta(seconds=self._talk_s()) if answered else picked_up
        if answered or list_name is ListName.PLACED:
            self._occupy(person.extension, ended)
        return Leg(
            extension=person.extension, account=person.extension, list_name=list_name, number=number,
            name=name, started=at, answered=picked_up if answered else None, ended=ended,
        )  # fmt: skip

    def _call(
        self,
        kind: CallKind,
        at: datetime,
        legs: tuple[Leg, ...],
        *,
        answered: bool,
        repeat_of: int | None = None,
    ) -> TrueCall:
        self._calls += 1
        legs = tuple(
            replace(leg, call_id=f"{self._calls:x}-{index}@pbx.example", call=self._calls)
            for index, leg in enumerate(legs)
        )
        return TrueCall(
            id=self._calls, kind=kind, started=at, legs=legs, answered=answered, repeat_of=repeat_of
        )

    def _maybe_again(self, call: TrueCall, tries: int, begin: _Begin) -> None:
        """An impatient caller tries again within seconds to minutes."""
        if call.answered or tries + 1 >= MOST_TRIES or self._rng.random() >= self.habits.impatient:
            return
        soon = self._rng.random() < SOON_AGAIN
        wait = self._rng.uniform(3, 40) if soon else self._rng.uniform(40, 600)
        at = max(leg.ended for leg in call.legs) + timedelta(seconds=wait)
        heappush(self._again, (at, call.id, call.id, tries + 1, begin))

    def _other_trunk(self, tries: int) -> bool:
        return tries > 0 and self._rng.random() > SAME_TRUNK

    def _answers(self, person: Employee, at: datetime) -> bool:
        luck = self._rng.random()
        return luck < (
            self.habits.taken_when_busy if self._is_busy(person.extension, at) else self.habits.answered
        )

    def _is_busy(self, extension: str, at: datetime) -> bool:
        until = self._busy.get(extension)
        return until is not None and until > at

    def _occupy(self, extension: str, until: datetime) -> None:
        self._busy[extension] = max(until, self._busy.get(extension, until))

    def _ring_s(self, *, answered: bool) -> float:
        return self._rng.uniform(2, 22) if answered else self._rng.uniform(6, 50)

    def _talk_s(self) -> float:
        return min(LONGEST_TALK_S, max(1.0, self._rng.lognormvariate(4.3, 1.0)))
