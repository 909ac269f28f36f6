"""Rows as a perfect reader would keep them: every row a phone wrote, none lost, without any request.

It is what the joining of calls is tuned on, and what it is held against while no phone is read: the clocks,
resolutions and meanings of the phones are those of the farm, the reads come as regularly as a poll.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from phonesync.calls.values import Bounds, Group, Ringing, Row
from phonesync.driver.emulation import EmulatorKind
from phonesync.farm.desk import Desk
from phonesync.farm.people import Staff
from phonesync.farm.recordings import Recording
from phonesync.farm.reporting import LATENCY_S
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from phonesync.model import ListName, Outcome, TimeOf
from phonesync.numbering import DialPlan, canonical, is_withheld

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the perfect reader reads.

    Attributes:
        events: Share of the phones that report their calls.
        poll: Between two reads of a phone.
        clock_s: Bounds of a clock whose page shows seconds, either side of the truth; None: not known.
        minutes_clock_s: The same of a phone that shows minutes.
        meanings_known: What times mean is known; else it is not, on any phone.
    """

    events: float = 0.5
    poll: timedelta = timedelta(minutes=10)
    clock_s: float | None = 1.0
    minutes_clock_s: float | None = 30.0
    meanings_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row, and what it truly is."""

    row: Row
    recording: Recording


def lived_through(spec: FarmSpec, kinds: Mapping[str, EmulatorKind]) -> FarmWorld:
    """A farm at the end of its days, with nobody having read a phone.

    Args:
        spec: The farm.
        kinds: Installed emulator kinds by name.
    """
    clock = SimulatedClock(spec.start)
    world = FarmWorld(spec, kinds, clock)
    clock.move_to(spec.start + timedelta(days=spec.days))
    world.catch_up()
    return world


def plan_of(world: FarmWorld) -> DialPlan:
    """The dial plan of the office, as its configuration states it."""
    return DialPlan(country="RU", area_code="495", extension_length=world.office.staff.extension_length)


def groups_of(staff: Staff) -> tuple[Group, ...]:
    """The groups of an office as a configuration would state them."""
    ringing = tuple(
        Group(
            name=f"Group {group.number}",
            number=group.number,
            members=group.members,
            ringing=Ringing.TOGETHER if group.step_s is None else Ringing.IN_TURN,
            step_s=group.step_s,
        )
        for group in staff.groups
    )
    pickups = tuple(
        Group(name=f"Pick-up {index}", members=members, ringing=Ringing.PICKUP)
        for index, members in enumerate(staff.pickups, 1)
    )
    return ringing + pickups


def rows(world: FarmWorld, reading: Reading) -> Iterator[Kept]:
    """Every row that every readable phone wrote, as a perfect reader keeps it.

    Args:
        world: After its days.
        reading: How it reads.
    """
    plan = plan_of(world)
    for desk in world.desks.values():
        if not desk.kind.readable or desk.kind.newest_only:
            continue
        rng = Random(f"reading {world.spec.seed} {desk.name}")
        reports = rng.random() < reading.events
        phase = reading.poll * rng.random()
        for recording in world.truth.recordings(desk.name):
            if recording.foreign:
                continue
            yield Kept(
                row=_row(desk, recording, plan, reading, rng, phase, reports=reports), recording=recording
            )


def _row(
    desk: Desk,
    recording: Recording,
    plan: DialPlan,
    reading: Reading,
    rng: Random,
    phase: timedelta,
    *,
    reports: bool,
) -> Row:
    facts, person, number = desk.memory.facts, desk.employee, recording.number or None
    last = _read_before(recording.recorded, phase, reading.poll)
    coarse = facts.resolution_s > 1
    error = reading.minutes_clock_s if coarse else reading.clock_s
    meaning = _meaning(facts.time_of, recording) if reading.meanings_known else TimeOf.UNKNOWN
    at = _heard_at(recording, rng) if reports else recording.shown(facts)
    return Row(
        id=f"{recording.id:08d}",
        phone=desk.name,
        extension=person.extension,
        owner=person.name or None,
        department=person.department,
        list_name=recording.list_name,
        number=number,
        name=recording.name or None,
        party=party_of(plan, number),
        at=at,
        resolution_s=1 if reports else facts.resolution_s,
        time_of=TimeOf.START if reports else meaning,
        clock=Bounds(low=0.0, high=0.0) if reports else _bounds(recording.clock_s, error, rng),
        heard=reports,
        duration_s=recording.duration_s if reports or not coarse else None,
        ring_s=_ring_s(recording) if reports else None,
        outcome=_outcome(recording) if reports else None,
        call_id=recording.call_id if reports else None,
        first_seen_at=last + reading.poll,
        unseen_at=last,
    )


def _heard_at(recording: Recording, rng: Random) -> datetime:
    return (recording.started + timedelta(seconds=rng.uniform(*LATENCY_S))).replace(microsecond=0)


def _read_before(at: datetime, phase: timedelta, poll: timedelta) -> datetime:
    return EPOCH + phase + (at - EPOCH - phase) // poll * poll


def party_of(plan: DialPlan, number: str | None) -> str | None:
    """A remote party in canonical form, as the joining of calls sees it; None where it is withheld."""
    if number is None or is_withheld(number):
        return None
    return canonical(plan, number) or f"raw:{number}"


def _meaning(time_of: TimeOf, recording: Recording) -> TimeOf:
    """What the row's time means: an emulated phone that shows answers shows the start of a missed call."""
    unanswered = time_of is TimeOf.ANSWERED and recording.answered is None
    return TimeOf.START if unanswered else time_of


def _ring_s(recording: Recording) -> int:
    return int(((recording.answered or recording.recorded) - recording.started).total_seconds())


def _bounds(offset_s: float, error_s: float | None, rng: Random) -> Bounds | None:
    if error_s is None:
        return None
    middle = offset_s + rng.uniform(-error_s, error_s) / 2
    return Bounds(low=middle - error_s, high=middle + error_s)


def _outcome(recording: Recording) -> Outcome:
    if recording.answered is not None:
        return Outcome.ANSWERED
    return {
        ListName.PLACED: Outcome.NO_ANSWER,
        ListName.FORWARDED: Outcome.FORWARDED,
    }.get(recording.list_name, Outcome.MISSED)
