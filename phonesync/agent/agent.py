"""The agent: reads every phone in time, until it is told to stop.

APScheduler runs the few timed jobs (a tick each second, the nightly work); the phones stand in a schedule of
our own. A tick starts the polls that are due, nearest deadline first, as many as there are places; a poll
that ends makes room for the next at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

import structlog

from phonesync.agent.bug import taken_for_down
from phonesync.agent.chores import Chores, Work
from phonesync.agent.clockwork import CLOCKS_S, Clockwork
from phonesync.agent.dispatch import Dispatcher
from phonesync.agent.errands import errands, timed
from phonesync.agent.haste import Haste
from phonesync.agent.hearing import Hearing
from phonesync.agent.joining import JOIN_S, Joiner
from phonesync.agent.poller import Poller
from phonesync.agent.requests import Requests
from phonesync.agent.retention import purge
from phonesync.agent.roster import enrol, warn_of_what_stays
from phonesync.agent.schedule import Schedule, spread
from phonesync.agent.service import Service
from phonesync.agent.signals import done_before, on_signals
from phonesync.agent.timetable import BEAT_S, LOOK_AGAIN_S, SETTLE_S, timetable
from phonesync.agent.values import Due, Polled, PollResult
from phonesync.agent.vitals import Vitals
from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock
from phonesync.driver.contract import Driver
from phonesync.errors import ConfigError, PhonesyncError
from phonesync.store.records import PhoneStanding
from phonesync.transport import Transport

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from phonesync.config import Config, PhoneConfig
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

TICK_S = 1

GRACE_S = 2.0
"""After a signal, reads in hand may go on so long; then they are dropped."""

FAREWELL_S = 1.0
"""Dropped reads may take so long to sign out."""

LAST_WRITE_S = 0.5
"""The store may take so long to end a write."""

Observe = Callable[[PollResult, float], None]
"""Told of each poll that ended: its result, and how late it had begun, in seconds."""


class Agent:
    """Polls every enabled phone of a configuration.

    Args:
        config: The configuration.
        store: The store.
        transport: Opens conversations with phones.
        drivers: Installed drivers by name.
        clock: Where time comes from.
        rng: Where jitter comes from.
        env: Environment variables that passwords may come from; the process's own by default.
        reload: Loads the configuration again, for SIGHUP; None where there is no file to load.
        observe: Told of each poll that ended.
        service: Speaks for the agent to the machine around it; nobody by default.
        threaded: False for a simulation: the store is used in the caller's thread.
        patience_s: How long a store that is away is waited for, seconds; None for as long as it takes.

    Attributes:
        config: The configuration in force.
        writer: The thread in front of the store.
        poller: Polls one phone.
        hearing: Takes reports of phones in.
        joiner: Joins calls.
        clockwork: Concludes how far phones' clocks are off.
        imports: Imports contacts.
        outgoing: Sends digests, mails and webhooks.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        transport: Transport,
        drivers: Mapping[str, Driver],
        clock: Clock,
        *,
        rng: Random | None = None,
        env: Mapping[str, str] | None = None,
        reload: Callable[[], Config] | None = None,
        observe: Observe | None = None,
        service: Service | None = None,
        threaded: bool = True,
        patience_s: float | None = None,
    ) -> None:
        self.config, self._store, self._clock = config, store, clock
        self._phones: dict[str, PhoneConfig] = {}
        self._rng, self._service = rng or Random(), service or Service(env={})
        self._load, self._observe = reload, observe
        self.writer = StoreWriter(store, clock=clock, threaded=threaded, patience_s=patience_s)
        self.poller = Poller(
            config, store, transport, drivers, clock, rng=self._rng, env=env, writer=self.writer
        )
        self._schedule = plan = Schedule()
        self._haste = Haste(plan)
        self.hearing = Hearing(config, drivers, writer=self.writer, clock=clock, hasten=self.hasten)
        self.joiner = Joiner(lambda: self.config, self.writer, clock)
        self.clockwork = Clockwork(lambda: self.config, self.writer, clock)
        self.imports, self.records, self.outgoing = errands(lambda: self.config, self.writer, clock, env)
        self._dispatcher = Dispatcher(
            self._guarded_of, schedule=plan, clock=clock, places=config.agent.concurrency, ended=self._ended
        )
        self._requests = Requests(self.writer, force=self._force)
        self._stopped: set[str] = set()
        self._stop, self._prepared = asyncio.Event(), asyncio.Event()
        self._chores, self._ticked = Chores(), clock.monotonic()
        self._standings: dict[str, PhoneStanding] = {}

    # --- what the outside calls -------------------------------------------------------------------------

    async def run(self, *, beside: AbstractAsyncContextManager[object] | None = None) -> None:
        """Polls until SIGTERM or SIGINT; SIGHUP takes the configuration anew.

        Args:
            beside: What runs beside it, from when the store is prepared until the last read has ended.

        Raises:
            StoreBusy: Another agent runs on this store.
            StoreError: The store cannot be used.
            ConfigError: ``/healthz`` cannot be answered where the configuration says.
        """
        async with AsyncExitStack() as held:
            held.enter_context(self._store.agent_lock())
            held.enter_context(on_signals(stop=self.stop, reload=self._hang_up))
            await held.enter_async_context(self._service.watching(self.vitals))
            if not await done_before(self._stop, self.prepare()):
                return
            if beside is not None:
                await held.enter_async_context(beside)
            scheduler = self._scheduler()
            scheduler.start()
            # Before the first tick: a phone that is being polled does not stand in the schedule.
            _log.info("agent started", phones=len(self._schedule), stopped=len(self._stopped))
            await self._tick()
            self._service.started()
            try:
                await self._stop.wait()
            finally:
                self._service.stopping()
                scheduler.shutdown(wait=False)
                await self._finish()
                _log.info("agent stopped")

    def _hang_up(self) -> None:
        async def work() -> None:
            # The signal may come while the store is waited for: the first configuration goes first.
            await self._prepared.wait()
            await self.reload()

        self._chores.start("reload", work, again=True)

    def stop(self) -> None:
        """Asks :meth:`run` to end: reads in hand are finished, or dropped after a few seconds."""
        self._stop.set()

    async def prepare(self) -> None:
        """Tells the store of the configured phones and plans their first polls.

        Raises:
            StoreError: The store cannot be used.
        """
        await self._adopt(self.config)
        await self.hearing.catch_up()
        self._prepared.set()

    async def step_until(self, instant: datetime, *, advance: Callable[[datetime], None]) -> list[PollResult]:
        """Polls everything that falls due up to an instant, one poll after the other, without sleeping.

        Args:
            instant: Where to stop, UTC.
            advance: Moves the injected clock to the instant it is given; never asked to move it back.

        Returns:
            The results, in the order of the polls.
        """
        if not self._prepared.is_set():
            await self.prepare()
        results: list[PollResult] = []
        while (due := self._schedule.next_at()) is not None and due <= instant:
            if due > self._clock.now():
                advance(due)
            taken = self._schedule.take(self._clock.now())
            assert taken is not None
            polled = await self.guarded(taken[0])
            results.append(polled.result)
            self._replan(taken[0], polled)
            # Before the night's work on clocks, which asks the calls of the day.
            await self.joiner.simulated()
            await self.clockwork.simulated()
        if instant > self._clock.now():
            advance(instant)
        return results

    async def poll_now(self, names: Iterable[str]) -> list[PollResult]:
        """Polls the named phones now, whatever their deadlines, as many at once as the configuration allows.

        Raises:
            StoreError: The store cannot be used.
        """
        places = asyncio.Semaphore(self.config.agent.concurrency)

        async def one(name: str) -> PollResult:
            async with places:
                return (await self.guarded(name, forced=True)).result

        return list(await asyncio.gather(*(one(name) for name in names)))

    async def reload(self) -> None:
        """Takes the configuration anew; a bad one is reported, and the one in force stays."""
        if self._load is None:
            return
        self._service.reloading()
        refused = self._service.refused_config
        try:
            config = await asyncio.to_thread(self._load)
            refused = ""
            warn_of_what_stays(self.config, config)
            await self._adopt(config)
            _log.info("configuration taken", phones=len(self._phones))
        except ConfigError as error:
            refused = str(error)
            _log.error("configuration not taken", error=refused)
        finally:
            self._service.reloaded(refused)

    def hasten(self, name: str, at: datetime, why: str) -> None:
        """Brings a phone's next read forward to an instant, as far as politeness allows; see Haste."""
        self._haste.hasten(name, at, why)

    def vitals(self) -> Vitals:
        """How the agent fares at this instant."""
        waits = self._schedule.waits(self._clock.now())
        return Vitals(
            phase=self._service.phase,
            standings=tuple(self._standings.values()),
            lateness_s=max(waits, default=0.0),
            late=len(waits),
            since_tick_s=self._clock.monotonic() - self._ticked,
            writing_s=self.writer.busy_s,
            store_away=self.writer.is_away or self._requests.is_away,
            held=self.writer.held,
            refused_config=self._service.refused_config,
            set_aside=self.joiner.set_aside,
        )

    async def close(self) -> bool:
        """Ends the store's thread; False where it still writes."""
        return await self.writer.close(within_s=LAST_WRITE_S)

    # --- one poll ---------------------------------------------------------------------------------------

    async def guarded(self, name: str, *, forced: bool = False) -> Polled:
        """One poll, after which the others go on whatever it met.

        Raises:
            StoreError: The store cannot be used.
        """
        try:
            return await self.hearing.after_read(await self.poller.attempt(name, forced=forced))
        except PhonesyncError:
            raise
        except Exception as error:  # noqa: BLE001  the outermost line: one driver's bug must not stop the others
            now = self._clock.now()
            return await taken_for_down(self.writer, name, error, now=now, rng=self._rng)

    async def _guarded_of(self, name: str, forced: bool) -> Polled:  # noqa: FBT001  as the dispatcher calls it
        if name not in self._phones:
            # Removed from the configuration between its turn and this instant.
            gone = PollResult(name=name, ok=False, standing=PhoneStanding.DISABLED)
            return Polled(result=gone, due=None)
        return await self.guarded(name, forced=forced)

    def _ended(self, name: str, polled: Polled, late_s: float) -> None:
        self._replan(name, polled)
        if self._requests.has(name):
            self._chores.start(f"answer {name}", lambda: self._requests.answer(polled.result))
        if self._observe is not None:
            self._observe(polled.result, late_s)

    def _replan(self, name: str, polled: Polled) -> None:
        phone = self._phones.get(name)
        if phone is None or not phone.enabled:
            return
        self._standings[name] = polled.result.standing
        if polled.due is None:
            self._stopped.add(name)
        else:
            self._stopped.discard(name)
            self._schedule.put(name, polled.due)
        self._haste.planned(name, polled, now=self._clock.now())

    def _force(self, name: str) -> bool:
        if self._dispatcher.is_running(name):
            return False
        self._dispatcher.force(name)
        return True

    # --- timed jobs -------------------------------------------------------------------------------------

    def _scheduler(self) -> AsyncIOScheduler:
        return timetable(
            tick=self._tick,
            tick_s=TICK_S,
            chore=self._chore,
            every={
                "look again": (LOOK_AGAIN_S, self._free),
                "heard": (BEAT_S, self.hearing.beat),
                "coverage of reports": (SETTLE_S, self.hearing.settle),
                "calls": (JOIN_S, self.joiner.work),
                "clocks": (CLOCKS_S, self.clockwork.work),
                **timed(self.imports, self.records, self.outgoing),
            },
            nightly={"retention": self._purge, "groups": self.joiner.learn, "times": self.clockwork.nightly},
            zone=self.config.zone_of(self.config.phones[0]) if self.config.phones else UTC,
        )

    async def _tick(self) -> None:
        self._ticked = self._clock.monotonic()
        self._dispatcher.start_due()
        self._chores.start("requests", lambda: self._requests.take(self._phones))

    async def _chore(self, what: str, work: Work) -> None:
        self._chores.start(what, work)

    async def _free(self) -> None:
        """Plans stopped phones again once a person has changed something about them."""
        names = tuple(self._stopped)

        def freed(store: Store) -> list[str]:
            return [name for name in names if self.poller.stopped(store.phone(name)) is None]

        now = self._clock.now()
        for name in await self.writer.keep(freed):
            self._stopped.discard(name)
            if name in self._phones and name not in self._schedule and not self._dispatcher.is_running(name):
                self._schedule.put(name, Due(at=now, deadline=now))

    async def _purge(self) -> None:
        await purge(self.writer, self._clock, days=self.config.store.raw_days)

    async def _finish(self) -> None:
        dropped = await self._dispatcher.finish(grace_s=GRACE_S, farewell_s=FAREWELL_S)
        if dropped:
            _log.warning("reads dropped", reads=dropped, text="They are read again after the next start.")
        self._chores.cancel()
        await self.close()

    # --- configuration ----------------------------------------------------------------------------------

    async def _adopt(self, config: Config) -> None:
        """Goes by a configuration: tells the store, forgets phones that left, plans the others."""
        changed = self.poller.configure(config)
        self.config = self.hearing.config = config
        self._phones = {phone.name: phone for phone in config.phones}
        self._dispatcher.places = config.agent.concurrency
        self._schedule.retain({phone.name for phone in config.phones if phone.enabled})
        roster = await self.writer.keep(lambda store: enrol(store, config, self.poller.stopped))
        self._stopped = set(roster.stopped)
        self._schedule.retain(self._phones.keys() - self._stopped)
        self._standings = {state.name: state.standing for state in roster.readable}
        self._standings |= dict.fromkeys(roster.stopped, PhoneStanding.REFUSED)
        self._haste.learn(roster.readable)
        plan = spread(
            (state for state in roster.readable if not self._dispatcher.is_running(state.name)),
            now=self._clock.now(),
            places=config.agent.concurrency,
            rng=self._rng,
            polls={phone.name: self.poller.longest(phone) for phone in config.phones},
            changed=changed,
        )
        for name, due in plan.items():
            self._schedule.put(name, due)
