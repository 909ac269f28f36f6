"""Simulated time, and the world in it: an office, its phones' memories, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from random import Random

from phonesync.clock import Clock
from phonesync.driver.emulation import EmulatorKind
from phonesync.driver.session import Credentials
from phonesync.errors import ConfigError
from phonesync.farm import chaos
from phonesync.farm.desk import Desk
from phonesync.farm.faults import FaultPlan
from phonesync.farm.grouping import with_groups
from phonesync.farm.habits import Calls
from phonesync.farm.memory import FarmPhone
from phonesync.farm.office import Office
from phonesync.farm.people import Employee, Staff, build_staff
from phonesync.farm.phoneclock import PhoneClock
from phonesync.farm.recordings import PhoneFacts
from phonesync.farm.reporting import Deliver, Losses, Reporting
from phonesync.farm.rich_office import RichOffice
from phonesync.farm.spec import (
    ClockLife,
    FarmSpec,
    address_of,
    clock_of,
    mac_of,
    meaning_of,
    password_of,
    spread_kinds,
    traits_of,
)
from phonesync.farm.telephony import Leg, TrueCall
from phonesync.farm.traits import Nameplate
from phonesync.farm.troubles import strike
from phonesync.farm.truth import TruthLog
from phonesync.farm.wire import WiredPhone
from phonesync.spelling import unknown

_TURNS = 12
"""Turns of the event loop granted to everything that can run before simulated time moves on."""


class SimulatedClock:
    """A clock that stands still until it is moved, or until all who sleep can only wait.

    Of several sleepers the one who wakes first is woken first, at exactly that instant. While real work is
    under way that takes no simulated time (a thread, a file), hold the clock with :meth:`held`.

    Args:
        start: First instant, aware.
    """

    def __init__(self, start: datetime) -> None:
        self._origin = self._now = start.astimezone(UTC)
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._serial = itertools.count()
        self._mover: asyncio.Task[None] | None = None
        self._holds = 0

    def now(self) -> datetime:
        """The simulated instant, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Simulated seconds since the start."""
        return (self._now - self._origin).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Sleeps in simulated time; returns after one turn of the loop where ``seconds`` is not above 0."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._serial), waking))
        if self._mover is None or self._mover.done():
            self._mover = asyncio.create_task(self._move())
        await waking

    def move_to(self, instant: datetime) -> None:
        """Moves on to ``instant``, waking nobody; never back."""
        self._now = max(self._now, instant.astimezone(UTC))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps time from moving by itself."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    async def _move(self) -> None:
        while self._sleepers:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if self._holds:
                await asyncio.sleep(0.001)
                continue
            at, _, waking = heappop(self._sleepers)
            if not waking.done():
                self.move_to(at)
                waking.set_result(None)


class FarmWorld:
    """A whole farm: advance it to an instant, and everything up to then has happened.

    Args:
        spec: What to build.
        kinds: Installed emulator kinds by name.
        clock: Where the phones get true time from; :meth:`catch_up` follows it.

    Attributes:
        spec: As given.
        desks: By name of the phone, in the order of their extensions.
        truth: What truly happened.
        office: The people and their calls.
        calls: Number of calls so far.
        reporting: Lets the phones report and fetch; None: they do nothing by themselves.

    Raises:
        ConfigError: The mix names a kind that is not installed.
    """

    def __init__(self, spec: FarmSpec, kinds: Mapping[str, EmulatorKind], clock: Clock) -> None:
        self.spec = spec
        self.clock = clock
        self.truth = TruthLog(start=spec.start.astimezone(UTC))
        self.now = self.truth.start
        self.calls = 0
        self.reporting: Reporting | None = None
        _check_mix(spec, kinds)
        rng = Random(f"farm {spec.seed}")
        staff = build_staff(rng, desks=spec.phones)
        self.office = _office(spec, staff, self.now)
        staff = self.office.staff
        names = spread_kinds(spec.mix, phones=spec.phones, rng=rng)
        self.desks = {
            f"desk-{person.extension}": self._desk(index, person, kinds[kind])
            for index, (person, kind) in enumerate(zip(staff.employees, names, strict=True))
        }
        self._in_order = tuple(self.desks.values())
        self._by_extension = {desk.employee.extension: desk for desk in self.desks.values()}
        self._by_address = {(desk.address, desk.port): desk for desk in self.desks.values()}
        self._serial = spec.phones
        self._due: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = itertools.count()
        self._coming = self.office.calls()
        self._next_call: TrueCall = next(self._coming)
        self._troubles = chaos.events(
            level=spec.chaos, seed=spec.seed, desks=spec.phones, start=self.truth.start
        )
        self._schedule_trouble()
        self._schedule_clocks()

    def advance_to(self, instant: datetime) -> None:
        """Lets everything happen up to and including ``instant``, in order; never goes back."""
        instant = instant.astimezone(UTC)
        while True:
            due = self._due[0][0] if self._due else None
            if self._next_call.started <= instant and (due is None or self._next_call.started <= due):
                self._ring(self._next_call)
                self._next_call = next(self._coming)
            elif due is not None and due <= instant:
                at, _, happen = heappop(self._due)
                self.now = max(self.now, at)
                happen(at)
            else:
                break
        self.now = max(self.now, instant)

    def catch_up(self) -> None:
        """Advances to the clock's present instant."""
        self.advance_to(self.clock.now())

    def network(self) -> Mapping[tuple[str, int], WiredPhone]:
        """The phones by host and port; looking one up lets the world catch up with the clock first."""
        return _Network(self, self._by_address)

    def let_report(self, deliver: Deliver, losses: Losses) -> Reporting:
        """Lets the phones report and fetch from now on, once they have been told to."""
        self.reporting = Reporting(self, self._by_extension, deliver, losses=losses, seed=self.spec.seed)
        return self.reporting

    def begin_read(self, name: str) -> None:
        """A read of the phone begins; see :meth:`FarmPhone.begin_read`."""
        self.catch_up()
        self.desks[name].memory.begin_read()

    def end_read(self, name: str, *, completed: bool) -> None:
        """A read of the phone has ended; see :meth:`FarmPhone.end_read`."""
        self.desks[name].memory.end_read(completed=completed)

    def later(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        """Has ``happen`` called when the world comes to ``at``."""
        heappush(self._due, (at, next(self._order), happen))

    def new_serial(self) -> int:
        """The number of a MAC that no phone of this farm has had."""
        self._serial += 1
        return self._serial - 1

    def _ring(self, call: TrueCall) -> None:
        self.calls += 1
        self.truth.call(call)
        for leg in call.legs:
            self.later(leg.ended, partial(_record, self._by_extension[leg.extension].memory, leg))
        if self.reporting is not None:
            self.reporting.ring(call)

    def _schedule_clocks(self) -> None:
        """Clocks that nobody keeps right are set by hand now and then."""
        for desk in self._in_order:
            life = clock_of(desk.index, self.spec)
            for days, offset_s in () if life is None else life.settings:
                happen = partial(_set_clock, desk.memory, offset_s)
                self.later(self.truth.start + timedelta(days=days), happen)

    def _schedule_trouble(self) -> None:
        event = next(self._troubles, None)
        if event is not None:
            self.later(event.at, lambda _at: self._strike(event))

    def _strike(self, event: chaos.ChaosEvent) -> None:
        strike(self, self._in_order[event.desk], event)
        self._schedule_trouble()

    def _desk(self, index: int, person: Employee, kind: EmulatorKind) -> Desk:
        rng = Random(f"desk {self.spec.seed} {index}")
        name = f"desk-{person.extension}"
        password = password_of(person, self.spec.seed)
        memory = self._memory(name, index, person, kind, rng)
        wired = WiredPhone(
            host=address_of(index),
            port=self.spec.secure_port if kind.secure else self.spec.port,
            emulator=kind.make(memory),
            secure=kind.secure,
            faults=FaultPlan(),
        )
        desk = Desk(
            index=index,
            name=name,
            employee=person,
            kind=kind,
            memory=memory,
            wired=wired,
            password=password,
            rng=rng,
            serial=index,
            side=None if kind.side is None else kind.side(memory),
        )
        wired.faults.decide = desk.fault
        return desk

    def _memory(self, name: str, index: int, person: Employee, kind: EmulatorKind, rng: Random) -> FarmPhone:
        spec = self.spec
        traits = traits_of(rng, kind, spec)
        model, firmware = rng.choice(kind.models)
        traits = replace(traits, time_of=meaning_of(model, firmware, spec))
        life = clock_of(index, spec) or ClockLife(
            drift_ppm=chaos.drift_ppm(level=spec.chaos, seed=spec.seed, desk=index)
        )
        return FarmPhone(
            facts=PhoneFacts(
                name=name,
                zone=spec.zoneinfo,
                lists=kind.lists,
                resolution_s=kind.resolution_s,
                # Among the kinds there are, those that show minutes only show no year either.
                shows_year=kind.resolution_s == 1,
                shared=traits.shared,
                readable=kind.readable,
                shows_mac=kind.shows_mac,
                newest_only=kind.newest_only,
                experimental=kind.experimental,
                time_of=traits.time_of,
            ),
            nameplate=Nameplate(
                model=model,
                firmware=firmware,
                mac=mac_of(index),
                accounts=person.lines,
                credentials=Credentials(username=kind.account, password=password_of(person, spec.seed)),
                zone_setting=_zone_setting(spec),
            ),
            traits=traits,
            truth=self.truth,
            clock=PhoneClock(
                zone=spec.zoneinfo, started=self.now, offset_s=life.offset_s, drift_ppm=life.drift_ppm
            ),
            now=self.clock.now,
        )


def _office(spec: FarmSpec, staff: Staff, start: datetime) -> Office:
    if spec.calls is Calls.PLAIN:
        return Office(staff=staff, seed=spec.seed, start=start, zone=spec.zoneinfo)
    grouped = with_groups(staff, Random(f"groups {spec.seed}"))
    return RichOffice(staff=grouped, seed=spec.seed, start=start, zone=spec.zoneinfo)


def _set_clock(memory: FarmPhone, offset_s: float, at: datetime) -> None:
    memory.set_clock(offset_s=offset_s, at=at)


def _record(memory: FarmPhone, leg: Leg, _at: datetime) -> None:
    memory.record(leg)


class _Network(Mapping[tuple[str, int], WiredPhone]):
    """The phones in the network as they are now."""

    def __init__(self, world: FarmWorld, desks: Mapping[tuple[str, int], Desk]) -> None:
        self._world = world
        self._desks = desks

    def __getitem__(self, key: tuple[str, int]) -> WiredPhone:
        self._world.catch_up()
        return self._desks[key].wired

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._desks)

    def __len__(self) -> int:
        return len(self._desks)


def _check_mix(spec: FarmSpec, kinds: Mapping[str, EmulatorKind]) -> None:
    for name in spec.mix:
        if name not in kinds:
            raise ConfigError(f"The mix: {unknown('kind of phone', name, kinds)}")


def _zone_setting(spec: FarmSpec) -> str:
    """The zone as phones show it: whole hours from UTC, or hours and minutes."""
    offset = spec.start.astimezone(spec.zoneinfo).utcoffset() or timedelta(0)
    hours, rest = divmod(abs(int(offset.total_seconds())), 3600)
    minutes = f":{rest // 60:02d}" if rest else ""
    return f"{'-' if offset < timedelta(0) else '+'}{hours}{minutes}"
