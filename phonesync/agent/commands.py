"""``run``, ``poll`` and ``check`` as the command line calls them: store, lock, agent, in the right order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from phonesync import registry
from phonesync.agent.agent import Agent, Observe
from phonesync.agent.capturing import Capturer
from phonesync.agent.checking import Checker
from phonesync.agent.opening import open_configured
from phonesync.agent.roster import introduce
from phonesync.agent.service import Service
from phonesync.agent.values import NO_ANSWER, CheckResult, PollResult
from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock, SystemClock
from phonesync.driver.contract import Driver
from phonesync.errors import StoreBusy
from phonesync.store.repository import Store
from phonesync.transport import Transport
from phonesync.transport.tape import Recording, Tape

if TYPE_CHECKING:
    from phonesync.config import Config

Beside = Callable[[Agent, Store], AbstractAsyncContextManager[object]]
"""Makes what runs beside an agent: the web server, which stands above it."""

PATIENCE_S = 30.0
"""How long a single command waits for a store that is locked."""

SILENCE_S = 90.0
"""How long the running agent may report nothing at all before it is not waited for any longer: the longest
conversation with a phone, and a margin."""

MOST_JOINED = 5000
"""So many entries a poll by hand joins into calls: those that it brought; the rest goes on waiting."""

LOOK_S = 0.2
"""How often it is looked whether the agent has reported."""


def run(config: Config, *, reload: Callable[[], Config] | None = None, beside: Beside | None = None) -> None:
    """Runs the agent until SIGTERM or SIGINT.

    Args:
        config: The configuration.
        reload: Loads it again, for SIGHUP.
        beside: Gives what runs beside the agent.

    Raises:
        StoreBusy: Another agent runs on this store.
        StoreError: The store cannot be used.
        DriverError: A driver cannot be loaded.
    """
    asyncio.run(run_agent(config, reload=reload, beside=beside))


def poll(config: Config, names: Sequence[str]) -> list[PollResult]:
    """Polls phones once; see :func:`poll_phones`."""
    return asyncio.run(poll_phones(config, names))


def check(config: Config, names: Sequence[str]) -> list[CheckResult]:
    """Checks phones; see :func:`check_phones`."""
    return asyncio.run(check_phones(config, names))


async def run_agent(
    config: Config,
    *,
    reload: Callable[[], Config] | None = None,
    clock: Clock | None = None,
    transport: Transport | None = None,
    drivers: Mapping[str, Driver] | None = None,
    observe: Observe | None = None,
    beside: Beside | None = None,
) -> None:
    """Runs the agent until SIGTERM or SIGINT.

    Args:
        config: The configuration.
        reload: Loads it again, for SIGHUP.
        clock: Where time comes from; the machine's by default.
        transport: Opens conversations with phones; real sockets by default.
        drivers: Drivers by name; the installed ones by default.
        observe: Told of each poll that ended.
        beside: Gives what runs beside the agent, as long as it runs.

    Raises:
        StoreBusy: Another agent runs on this store.
        StoreError: The store cannot be used.
        ConfigError: ``/healthz`` cannot be answered where the configuration says.
        DriverError: A driver cannot be loaded.
    """
    clock = clock or SystemClock()
    store = open_configured(config, clock=clock)
    agent = Agent(
        config,
        store,
        transport or Transport(clock=clock),
        registry.drivers() if drivers is None else drivers,
        clock,
        reload=reload,
        observe=observe,
        service=Service(env=os.environ, health=config.agent.health, base=config.base),
    )
    try:
        await agent.run(beside=None if beside is None else beside(agent, store))
    finally:
        # A write that hangs must not keep the process: the store then holds all of it or none.
        if await agent.close():
            store.close()


async def poll_phones(
    config: Config,
    names: Sequence[str],
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    drivers: Mapping[str, Driver] | None = None,
) -> list[PollResult]:
    """Polls the named phones once, whatever their deadlines; a running agent is asked to do it.

    Args:
        config: The configuration.
        names: Of configured phones.
        clock: Where time comes from; the machine's by default.
        transport: Opens conversations with phones; real sockets by default.
        drivers: Drivers by name; the installed ones by default.

    Returns:
        One result for each name, in the order given.

    Raises:
        StoreError: The store cannot be used.
        DriverError: A driver cannot be loaded.
    """
    clock = clock or SystemClock()
    async with opened(config, clock, transport, drivers) as (store, agent):
        asked = Asked()
        with ExitStack() as held:
            if not take_lock(held, store):
                asked = await ask(store, agent.writer, names, clock)
                # Where the agent ended before it had reported on all, nobody is in the way any more.
                if asked.waiting and not take_lock(held, store):
                    asked.results.update({name: _silent(store, name) for name in asked.waiting.values()})
                    asked.waiting.clear()
            left = [name for name in names if name not in asked.results]
            own = {result.name: result for result in await agent.poll_now(left)}
            for number, name in asked.waiting.items():
                await agent.writer.keep(partial(_finish, number=number, result=own[name]))
            if own:
                await agent.clockwork.work()
                await agent.joiner.work(most=MOST_JOINED)
        return [(asked.results | own)[name] for name in names]


async def check_phones(
    config: Config,
    names: Sequence[str],
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    drivers: Mapping[str, Driver] | None = None,
) -> list[CheckResult]:
    """Signs in to each named phone once and says what works.

    A phone stopped for a refused password is not signed in to, nor one that has locked sign-in, nor, beside
    a running agent, one that allows a single session.

    Args:
        config: The configuration.
        names: Of configured phones.
        clock: Where time comes from; the machine's by default.
        transport: Opens conversations with phones; real sockets by default.
        drivers: Drivers by name; the installed ones by default.

    Raises:
        StoreError: The store cannot be used.
        DriverError: A driver cannot be loaded.
    """
    clock = clock or SystemClock()
    async with opened(config, clock, transport, drivers) as (store, agent):
        with ExitStack() as held:
            beside = not take_lock(held, store)
            checker = Checker(config, agent.poller, agent.writer, beside_agent=beside)
            places = asyncio.Semaphore(config.agent.concurrency)

            async def one(name: str) -> CheckResult:
                async with places:
                    return await checker.check(name)

            return list(await asyncio.gather(*(one(name) for name in names)))


def capture(config: Config, name: str) -> Recording:
    """Captures a phone; see :func:`capture_phone`."""
    return asyncio.run(capture_phone(config, name))


async def capture_phone(
    config: Config,
    name: str,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    drivers: Mapping[str, Driver] | None = None,
) -> Recording:
    """Takes one conversation with one phone down.

    Args:
        config: The configuration.
        name: Of a configured phone.
        clock: Where time comes from; the machine's by default.
        transport: Opens conversations with phones; real sockets by default.
        drivers: Drivers by name; the installed ones by default.

    Raises:
        StoreBusy: An agent runs on this store, and its phones are its own.
        PhoneError: The phone could not be captured.
        StoreError: The store cannot be used.
        DriverError: A driver cannot be loaded.
    """
    clock = clock or SystemClock()
    tape = Tape()
    taped = (transport or Transport(clock=clock)).taped(tape)
    async with opened(config, clock, taped, drivers) as (store, agent):
        with ExitStack() as held:
            if not take_lock(held, store):
                raise StoreBusy(
                    f"An agent is running on this store, and {name} is its phone.",
                    hint="Stop it for as long as a capture takes: many phones allow one session only.",
                )
            return await Capturer(config, agent.poller, agent.writer, tape).capture(name)


@asynccontextmanager
async def opened(
    config: Config, clock: Clock, transport: Transport | None, drivers: Mapping[str, Driver] | None
) -> AsyncIterator[tuple[Store, Agent]]:
    """The store that knows the configured phones, and an agent that runs nothing by itself.

    Args:
        config: The configuration.
        clock: Where time comes from.
        transport: Opens conversations with phones; real sockets by default.
        drivers: Drivers by name; the installed ones by default.
    """
    installed = registry.drivers() if drivers is None else drivers
    store = open_configured(config, clock=clock)
    agent = Agent(config, store, transport or Transport(clock=clock), installed, clock, patience_s=PATIENCE_S)
    try:
        await agent.writer.keep(lambda kept: introduce(kept, config))
        yield store, agent
    finally:
        if await agent.close():
            store.close()


def take_lock(held: ExitStack, store: Store) -> bool:
    """Holds the store for this command; False where an agent, or another such command, holds it."""
    try:
        held.enter_context(store.agent_lock())
    except StoreBusy:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of a running agent.

    Attributes:
        results: What it has reported, by name.
        waiting: Requests it has not answered, with the name of their phone.
    """

    results: dict[str, PollResult] = field(default_factory=dict)
    waiting: dict[int, str] = field(default_factory=dict)


async def ask(store: Store, writer: StoreWriter, names: Sequence[str], clock: Clock) -> Asked:
    """Asks the running agent for polls, and waits as long as it runs and goes on reporting.

    Args:
        store: The store.
        writer: The thread in front of it.
        names: Of configured phones.
        clock: Where time comes from.
    """

    def leave(store: Store) -> dict[int, str]:
        return {store.request_poll(name).id: name for name in names}

    def look(store: Store) -> dict[int, str]:
        found = [store.request(number) for number in asked.waiting]
        return {item.id: item.outcome for item in found if item is not None and item.outcome is not None}

    asked = Asked(waiting=await writer.keep(leave))
    heard = clock.monotonic()
    while asked.waiting and store.agent_is_running() and clock.monotonic() - heard < SILENCE_S:
        await clock.sleep(LOOK_S)
        for number, outcome in (await writer.keep(look)).items():
            asked.results[asked.waiting.pop(number)] = PollResult.from_json(outcome)
            heard = clock.monotonic()
    return asked


def _finish(store: Store, *, number: int, result: PollResult) -> None:
    store.finish_request(number, result.to_json())


def _silent(store: Store, name: str) -> PollResult:
    text = (
        f"The running agent has not reported on {name} within {SILENCE_S:g} s; "
        "its log says what it is doing, and it will still read the phone."
    )
    return PollResult(
        name=name, ok=False, error=text, error_kind=NO_ANSWER, standing=store.phone(name).standing
    )
