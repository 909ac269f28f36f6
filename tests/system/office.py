"""Ten emulated phones of every readable kind on real sockets, and the agent that reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent import commands
from phonesync.agent.agent import Agent
from phonesync.agent.values import CheckResult, PollResult
from phonesync.config import Config
from phonesync.farm.card import ScoreCard
from phonesync.farm.config_out import render_config
from phonesync.farm.desk import Desk
from phonesync.farm.faults import Disturbable, Fault, FaultKind, for_target
from phonesync.farm.score import score
from phonesync.farm.server import FarmServer
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from phonesync.ledger.values import SpanState
from phonesync.store.records import CoverageRow, EntryFilter, EntryRow, PhoneState
from phonesync.store.repository import Store, open_store
from phonesync.transport import Bounds, Transport
from tests import stores
from tests.passing import pass_time, turns

START = datetime(2025, 10, 6, 6, 0, tzinfo=UTC)
"""A Monday, 09:00 in the office."""

KINDS = ("yealink-basic", "yealink-form", "yealink-servlet", "yealink-servlet-rsa", "yealink-json")

SHORT = Bounds(connect_s=5.0, read_s=2.5, request_s=10.0, total_s=20.0, farewell_s=2.5)
"""A phone that says nothing is given up after two seconds and a half; sizes are those of the product."""

ENDLESS = (FaultKind.HANG, FaultKind.DRIP)
"""Faults that end at a bound of ours alone."""

STEP_S = 5.0
"""Time that passes at once for a phone at such a fault; all that is bounded is bounded by more."""


@dataclass(kw_only=True)
class Office:
    """What a test of the whole needs; :func:`opened` makes it.

    Attributes:
        clock: Stands still until it is moved.
        world: The phones and their calls.
        config: As written to a file and read back.
        store: SQLite, in a file.
        bounds: What one phone may take.
    """

    clock: SimulatedClock
    world: FarmWorld
    config: Config
    store: Store
    bounds: Bounds

    def __post_init__(self) -> None:
        self.agent = self.new_agent()
        self._endless: set[str] = set()

    @property
    def transport(self) -> Transport:
        """Over real sockets."""
        return Transport(clock=self.clock, bounds=self.bounds)

    def new_agent(self) -> Agent:
        """An agent that knows no more than the store, as after a new start."""
        return Agent(
            self.config,
            self.store,
            self.transport,
            registry.drivers(),
            self.clock,
            rng=Random(1),
            patience_s=30,
        )

    async def restart(self) -> None:
        """Ends the agent and starts another one, with the configuration as it is now."""
        await self.agent.close()
        self.agent = self.new_agent()
        await self.agent.prepare()

    async def run(self, **much: float) -> list[PollResult]:
        """Lets the agent run by itself for a while, whenever a phone is due."""
        until = self.clock.now() + timedelta(**much)
        return await self.agent.step_until(until, advance=self.clock.move_to)

    async def check(self) -> list[CheckResult]:
        """What ``phonesync check`` says of every phone."""
        return await commands.check_phones(
            self.config, self.names, clock=self.clock, transport=self.transport
        )

    def set_password(self, password: str) -> None:
        """Has the configuration hold this password for every phone; a new agent takes it."""
        path = self.config.path
        lines = path.read_text(encoding="utf-8").splitlines()
        changed = [f'password = "{password}"' if line.startswith("password = ") else line for line in lines]
        path.write_text("\n".join(changed), encoding="utf-8")
        self.config = configuration.load(path)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all phones."""
        return tuple(self.world.desks)

    def desk(self, kind: str) -> Desk:
        """The first phone of a kind."""
        return next(desk for desk in self.world.desks.values() if desk.kind.name == kind)

    def disturb(self, desk: Desk, fault: Fault, *, at_list: bool, times: int | None = None) -> None:
        """Has a phone show a fault from now on: at every request, or only where its lists are asked for."""
        part = list_path(desk) if at_list else ""
        desk.wired.faults.set(fault, when=for_target(part), times=times)
        if fault.kind in ENDLESS:
            self._endless.add(desk.name)

    def pass_time(self, **much: float) -> None:
        """Lets the office go on."""
        self.clock.move_to(self.clock.now() + timedelta(**much))
        self.world.catch_up()

    async def read(self, names: Iterable[str] | None = None) -> dict[str, PollResult]:
        """One round: every phone, or the named ones, at once.

        Where one is at a fault without an end, time passes for it once the others were read.
        """
        chosen = self.names if names is None else tuple(names)
        for name in chosen:
            self.world.begin_read(name)
        endless = [name for name in chosen if name in self._endless]
        late = asyncio.create_task(self.agent.poll_now(endless))
        results = await self.agent.poll_now([name for name in chosen if name not in self._endless])
        while not late.done():
            await turns()
            pass_time(STEP_S)
        results += late.result()
        self._endless.clear()
        for result in results:
            self.world.end_read(result.name, completed=result.ok)
        return {result.name: result for result in results}

    def state(self, name: str) -> PhoneState:
        """What the store remembers of a phone."""
        return self.store.phone(name)

    def entries(self, name: str | None = None) -> list[EntryRow]:
        """What the store has kept."""
        return list(self.store.entries(EntryFilter(phone=name)))

    def spans(self, name: str) -> list[CoverageRow]:
        """What is stated of a phone's lists."""
        return list(self.store.coverage(name))

    def broken_spans(self, name: str) -> list[CoverageRow]:
        """Spans that say something is missing; what was before the first read is none of them."""
        return [
            span
            for span in self.spans(name)
            if span.state is not SpanState.COMPLETE
            and not (span.state is SpanState.UNKNOWN and span.since is None)
        ]

    def card(self) -> ScoreCard:
        """The whole store held to the truth."""
        return score(self.world.truth, self.store.entries(EntryFilter()), self.store.coverage())

    @property
    def wrong_passwords(self) -> dict[str, int]:
        """Wrong passwords that phones saw, by phone."""
        seen = {name: desk.wired.emulator.wrong_passwords for name, desk in self.world.desks.items()}
        return {name: count for name, count in seen.items() if count}


def list_path(desk: Desk) -> str:
    """Part of the target of the request that reads a phone's lists."""
    assert isinstance(desk.wired.emulator, Disturbable)
    return desk.wired.emulator.list_path


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    phones: int = 10,
    kinds: Iterable[str] = KINDS,
    seed: int = 1,
    bounds: Bounds = SHORT,
    hours: float = 6.0,
) -> AsyncIterator[Office]:
    """Stands an office up on free ports, with some hours of calls in its phones.

    Args:
        folder: For configuration and store.
        phones: How many.
        kinds: Which, in equal shares.
        seed: Of the office.
        bounds: What one phone may take.
        hours: Of calls before the first read.
    """
    clock = SimulatedClock(START)
    spec = FarmSpec(
        phones=phones, mix=dict.fromkeys(kinds, 1), seed=seed, chaos=0, start=START, days=400, merging=0.0
    )
    world = FarmWorld(spec, registry.emulators(), clock)
    async with FarmServer() as server:
        for desk in world.desks.values():
            desk.wired.port = 0
            await server.stand(desk.wired)
        path = folder / "config.toml"
        path.write_text(render_config(world), encoding="utf-8")
        config = configuration.load(path)
        stores.lay(folder / "farm.db")
        with open_store(config.store.url, clock=clock, base=folder) as store:
            office = Office(clock=clock, world=world, config=config, store=store, bounds=bounds)
            await office.agent.prepare()
            office.pass_time(hours=hours)
            try:
                yield office
            finally:
                await office.agent.close()
