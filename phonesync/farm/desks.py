"""What desks of a rich office do with a call: ring, answer, forward, pick up, pass on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from phonesync.farm.habits import Habits
from phonesync.farm.people import Employee, RingGroup, Staff
from phonesync.farm.switch import Doing, Ongoing, Switch
from phonesync.farm.telephony import CallKind, Way
from phonesync.model import ListName

MOST_HOPS = 2
"""A call is forwarded so often, at most."""

GROUP_WILLING = 0.35
"""A member of a group reaches for the phone."""

GROUP_EMPTY = 0.15
"""Nobody of a group is at the desk."""

HUNT_WILLING = 0.5
NO_ANSWER_S = (10.0, 15.0, 20.0, 25.0)
"""A desk forwards after so many seconds; each has its own."""

SHORTEST_RING = timedelta(seconds=1)
PASSES_ON_AGAIN = 0.15
LONGEST_TALK_S = 5400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Somebody answered.

    Attributes:
        person: Who.
        rang: Since when that desk rang, UTC.
        at: When it was answered, UTC.
        account: Over which the call ran, or None for the desk's own.
    """

    person: Employee
    rang: datetime
    at: datetime
    account: str | None = None


class Desks:
    """The desks of an office.

    Args:
        staff: Who sits at them.
        switch: What is under way.
        rng: Source of chance.
        seed: Of what lasts: who is away, when a desk forwards.
        zone: Of the office's days.
        habits: How it telephones.
    """

    def __init__(
        self, staff: Staff, switch: Switch, rng: Random, *, seed: int, zone: ZoneInfo, habits: Habits
    ) -> None:
        self._staff, self._switch, self._rng = staff, switch, rng
        self._seed, self._zone, self._habits = seed, zone, habits
        self._by_extension = {person.extension: person for person in staff.employees}
        self._near = {member: members for members in staff.pickups for member in members}

    def ring(self, call: Ongoing, goal: Employee | RingGroup, at: datetime) -> Doing[Answer | None]:
        """A call rings at a desk or a group, from an instant on, until answered or given up.

        Args:
            call: The call.
            goal: Where.
            at: Since when.
        """
        if isinstance(goal, RingGroup):
            if goal.step_s is None:
                return (yield from self._ring_together(call, goal, at))
            return (yield from self._ring_in_turn(call, goal, goal.step_s, at))
        return (yield from self._ring_desk(call, goal, at, at + self._seconds(8, 50)))

    def talk(self, call: Ongoing, answer: Answer, *, passes_on: bool) -> Doing[datetime]:
        """Somebody talks, and may pass the call on; returns when the caller's call is over.

        Args:
            call: The call.
            answer: Who answered.
            passes_on: It may be passed on.
        """
        self._switch.talking[answer.person.extension] += 1
        call.involved.add(answer.person.extension)
        luck = self._rng.random() if passes_on else 1.0
        habits = self._habits
        if luck < habits.blind:
            return (yield from self._pass_on(call, answer))
        if luck < habits.blind + habits.attended + habits.asks:
            hands_over = luck < habits.blind + habits.attended
            return (yield from self._ask(call, answer, hands_over=hands_over))
        ended = answer.at + self._talk()
        yield ended
        self._hang_up(call, answer, ended)
        return ended

    # ---- ringing --------------------------------------------------------------------------------------

    def _ring_desk(
        self, call: Ongoing, person: Employee, at: datetime, gives_up: datetime, hops: int = 0
    ) -> Doing[Answer | None]:
        call.involved.add(person.extension)
        further = self._forward_of(call, person, hops)
        rang = at + self._seconds(0.02, 0.3)
        if further is not None and self._is_away(person, at):
            until, taken = rang + self._seconds(0.05, 0.3), None
            yield until
        else:
            until, taken = yield from self._wait_for_answer(call, person, rang, gives_up, further)
        if taken is person:
            return Answer(person=person, rang=rang, at=until)
        if taken is not None:
            call.note(Way.PICK_UP)
            call.record(person, ListName.MISSED, rang, None, until + self._seconds(0.0, 0.4))
            return Answer(person=taken, rang=until, at=until)
        if further is None or until >= gives_up:
            call.record(person, ListName.MISSED, rang, None, until)
            return None
        call.note(Way.FORWARD)
        call.record(person, ListName.FORWARDED, rang, None, until)
        return (yield from self._ring_desk(call, further, until, gives_up + self._seconds(5, 25), hops + 1))

    def _wait_for_answer(
        self, call: Ongoing, person: Employee, rang: datetime, gives_up: datetime, further: Employee | None
    ) -> Doing[tuple[datetime, Employee | None]]:
        """Who answers a desk that rings, and when; or None, and when it stops ringing."""
        limit = gives_up
        if further is not None:
            limit = min(limit, rang + timedelta(seconds=self._forwards_after(person)))
        hands: list[tuple[datetime, Employee]] = []
        if self._rng.random() < self._habits.answered:
            hands.append((rang + self._seconds(2, 22), person))
        near = [one for one in self._near.get(person.extension, ()) if one not in call.involved]
        if near and self._rng.random() < self._habits.picked_up:
            hands.append((rang + self._seconds(4, 22), self._by_extension[self._rng.choice(near)]))
        for when, who in sorted(hands, key=lambda hand: hand[0]):
            if when >= limit:
                break
            yield when
            idle = not self._switch.talking[who.extension]
            if idle or (who is person and self._rng.random() < self._habits.taken_when_busy):
                return when, who
        yield limit
        return limit, None

    def _ring_together(self, call: Ongoing, group: RingGroup, at: datetime) -> Doing[Answer | None]:
        ringing = [
            (self._by_extension[member], at + self._seconds(0.0, 0.45))
            for member in group.members
            if not self._switch.talking[member] and member not in call.involved
        ]
        if not ringing:
            return None
        call.note(Way.TOGETHER)
        call.involved.update(person.extension for person, _ in ringing)
        empty = self._rng.random() < GROUP_EMPTY
        hands = sorted(
            ((rang + self._seconds(2, 22), person.extension, rang) for person, rang in ringing),
            key=lambda hand: hand[0],
        )
        willing = [hand for hand in hands if not empty and self._rng.random() < GROUP_WILLING]
        until, winner = at + self._seconds(8, 60), None
        for when, extension, rang in willing:
            if when >= until:
                break
            yield when
            if not self._switch.talking[extension]:
                until, winner = when, Answer(
                    person=self._by_extension[extension], rang=rang, at=when,
                    account=self._account(self._by_extension[extension], group),
                )  # fmt: skip
                break
        else:
            yield until
        for person, rang in ringing:
            if winner is None or person is not winner.person:
                stops = until + self._seconds(0.0, 0.45)
                call.record(person, ListName.MISSED, rang, None, stops, account=self._account(person, group))
        return winner

    def _ring_in_turn(
        self, call: Ongoing, group: RingGroup, step_s: float, at: datetime
    ) -> Doing[Answer | None]:
        gives_up = at + self._seconds(10, 120)
        for member in group.members:
            if at + SHORTEST_RING > gives_up:
                break
            if self._switch.talking[member] or member in call.involved:
                continue
            call.note(Way.IN_TURN)
            person, rang = self._by_extension[member], at + self._seconds(0.02, 0.2)
            call.involved.add(member)
            account = self._account(person, group)
            until = min(rang + timedelta(seconds=step_s), gives_up)
            when = rang + self._seconds(2, step_s + 2)
            if self._rng.random() < HUNT_WILLING and when < until:
                yield when
                if not self._switch.talking[member]:
                    return Answer(person=person, rang=rang, at=when, account=account)
            yield until
            call.record(person, ListName.MISSED, rang, None, until, account=account)
            at = until
        return None

    # ---- passing on -----------------------------------------------------------------------------------

    def _pass_on(self, call: Ongoing, answer: Answer) -> Doing[datetime]:
        """A blind transfer: the desk's call ends as the next one begins to ring."""
        at = answer.at + self._seconds(4, 60)
        yield at
        self._hang_up(call, answer, at)
        other = self._colleague(call, idle=False)
        if other is None:
            return at
        call.note(Way.BLIND)
        taken = yield from self._ring_desk(call, other, at, at + self._seconds(12, 45), MOST_HOPS)
        if taken is None:
            return max(leg.ended for leg in call.legs)
        again = self._rng.random() < PASSES_ON_AGAIN
        return (yield from self.talk(call, taken, passes_on=again))

    def _ask(self, call: Ongoing, answer: Answer, *, hands_over: bool) -> Doing[datetime]:
        """A colleague is asked while the caller is held, and may get the call: an attended transfer."""
        asker, held = answer.person, answer.at + self._seconds(4, 60)
        yield held
        other = self._colleague(call, idle=True)
        if other is None:
            return (yield from self._go_on_talking(call, answer, held))
        # Unless it is handed over, it is a call of its own.
        aside = self._switch.begin(
            Ongoing(
                kind=CallKind.INTERNAL, started=held, number=asker.extension, name=asker.name, caller=asker,
                involved={asker.extension},
            )
        )  # fmt: skip
        asked = Answer(person=other, rang=held + self._seconds(0.02, 0.3), at=held + self._seconds(2.5, 15))
        yield asked.at
        if self._switch.talking[other.extension] or self._rng.random() >= self._habits.answered:
            stops = asked.at + self._seconds(1, 15)
            yield stops
            self._settle(aside, asker, asked, answered=None, ended=stops)
            return (yield from self._go_on_talking(call, answer, stops))
        self._switch.talking[other.extension] += 1
        call.involved.add(other.extension)
        agreed = asked.at + self._seconds(3, 40)
        yield agreed
        if hands_over:
            aside.done = True
            return (yield from self._hand_over(call, answer, asked, held=held, agreed=agreed))
        self._switch.talking[other.extension] -= 1
        self._settle(aside, asker, asked, answered=asked.at, ended=agreed)
        return (yield from self._go_on_talking(call, answer, agreed))

    def _settle(
        self, aside: Ongoing, asker: Employee, asked: Answer, *, answered: datetime | None, ended: datetime
    ) -> None:
        """A word with a colleague is over, or was never had."""
        other = asked.person
        party = other.extension, other.name
        aside.record(asker, ListName.PLACED, aside.started, answered, ended, party=party)
        heard = ListName.MISSED if answered is None else ListName.RECEIVED
        aside.record(other, heard, asked.rang, answered, ended)
        aside.done = True

    def _hand_over(
        self, call: Ongoing, answer: Answer, asked: Answer, *, held: datetime, agreed: datetime
    ) -> Doing[datetime]:
        """The asker's two calls end at one moment, and the colleague's goes on with the caller."""
        asker, other = answer.person, asked.person
        call.note(Way.ATTENDED)
        self._hang_up(call, answer, agreed)
        party = other.extension, other.name
        call.record(asker, ListName.PLACED, held, asked.at, agreed, party=party)
        ended = agreed + self._talk()
        yield ended
        self._switch.talking[other.extension] -= 1
        mine = asker.extension, asker.name
        call.record(other, ListName.RECEIVED, asked.rang, asked.at, ended, party=mine)
        return ended

    def _go_on_talking(self, call: Ongoing, answer: Answer, at: datetime) -> Doing[datetime]:
        ended = at + self._talk()
        yield ended
        self._hang_up(call, answer, ended)
        return ended

    def _hang_up(self, call: Ongoing, answer: Answer, at: datetime) -> None:
        self._switch.talking[answer.person.extension] -= 1
        call.record(answer.person, ListName.RECEIVED, answer.rang, answer.at, at, account=answer.account)

    # ---- small matters --------------------------------------------------------------------------------

    def _forward_of(self, call: Ongoing, person: Employee, hops: int) -> Employee | None:
        if person.forwards_to is None or person.forwards_to in call.involved or hops >= MOST_HOPS:
            return None
        return self._by_extension[person.forwards_to]

    def _is_away(self, person: Employee, at: datetime) -> bool:
        day = at.astimezone(self._zone).date()
        return Random(f"away {self._seed} {person.extension} {day}").random() < self._habits.away

    def _forwards_after(self, person: Employee) -> float:
        return Random(f"forwards {self._seed} {person.extension}").choice(NO_ANSWER_S)

    def _colleague(self, call: Ongoing, *, idle: bool) -> Employee | None:
        person = self._rng.choice(self._staff.employees)
        if person.extension in call.involved or (idle and self._switch.talking[person.extension]):
            return None
        return person

    def _account(self, person: Employee, group: RingGroup) -> str:
        return group.number if group.number in person.lines.values() else person.extension

    def _seconds(self, least: float, most: float) -> timedelta:
        return timedelta(seconds=self._rng.uniform(least, most))

    def _talk(self) -> timedelta:
        return timedelta(seconds=min(LONGEST_TALK_S, max(1.0, self._rng.lognormvariate(4.3, 1.0))))
