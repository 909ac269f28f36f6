"""Joining calls: what reads and reports have brought goes into them, a little at a time.

Entries wait in the store, however they came there, so that nothing is lost when the process ends, and a store
of many years is joined in the background. One step is one transaction in the store's thread; between two
steps polls and reports have their turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from phonesync.agent.learning import groups_of, learn_groups
from phonesync.agent.writer import StoreWriter
from phonesync.calls.callbacks import CallbackRules
from phonesync.clock import Clock
from phonesync.config.outgoing import CALL_SETTLED
from phonesync.errors import PhonesyncError
from phonesync.store.call_pass import Means
from phonesync.store.call_records import Passed
from phonesync.store.cdr_witness import SwitchWitness

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.numbering import DialPlan
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

JOIN_S = 5
"""How often it is looked whether something waits: what belongs together mostly comes within seconds."""

A_DAY = timedelta(days=1)
"""How often groups are learned; in a simulation, where a day passes in minutes, calls are joined as seldom.

A call fares no differently for it.
"""

MISSED_NIGHTS = timedelta(hours=36)
"""They are learned at night; where the agent did not run then, after so long."""

FEWEST, MOST = 20, 500
"""Entries of one step, at least and at most: the rows of one step lie in memory at once."""

QUICK_S, SLOW_S = 0.1, 0.3
"""A step that took less may be larger the next time; one that took longer keeps polls waiting."""

CROWDED = 3
"""Where so many rows are joined again for each entry of a step, as after the first read of phones whose
clocks nobody knows, smaller steps would take as long and be more of them."""

MOST_SAID = 300
"""Characters kept of an error."""

MOST_TRIED = 20
"""So many of those set aside before are tried again once a further one is."""

A_BACKLOG = 5000
"""So many entries are joined in a few seconds; more of them are spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """How far joining has come.

    Attributes:
        done: Entries joined so far.
        of: Entries that waited when it began.
    """

    done: int
    of: int


Observe = Callable[[Joined], None]


def means_of(config: Config, store: Store) -> Means:
    """What joining goes by: the configuration, and what was learned."""
    plans: dict[str, DialPlan] = {phone.name: config.site_of(phone).dial_plan for phone in config.phones}
    # A phone that left the configuration stood at some site; which, nobody knows any more.
    usual = config.sites[0].dial_plan
    bearers: defaultdict[str, list[str]] = defaultdict(list)
    for phone in config.phones:
        if phone.extension is not None:
            bearers[phone.extension].append(phone.name)
    groups = groups_of(config, store)
    return Means(
        plan_of=lambda name: plans.get(name, usual),
        groups=groups,
        phones=MappingProxyType({extension: tuple(sorted(names)) for extension, names in bearers.items()}),
        configured=frozenset(config.phones_by_name),
        callbacks=callback_rules(config),
        witness=SwitchWitness(groups),
        tell=store.teller(CALL_SETTLED, config.outgoing.told_of(CALL_SETTLED)),
    )


def callback_rules(config: Config) -> CallbackRules:
    """What call-backs go by, as the configuration has it."""
    zone = ZoneInfo(config.sites[0].timezone)
    zones = {phone.name: ZoneInfo(config.site_of(phone).timezone) for phone in config.phones}
    return CallbackRules(
        target=config.callbacks.target,
        window=config.callbacks.window,
        hours=config.callbacks.working_hours,
        zone=zone,
        zones={name: other for name, other in zones.items() if other != zone},
        internal=config.callbacks.internal,
    )


def apply(config: Config, store: Store) -> None:
    """Has made anew what rests on groups or rules that hold no longer, and what an older store lacks.

    Raises:
        StoreError: The store cannot be used.
    """
    store.apply_groups(groups_of(config, store))
    store.apply_callback_rules(callback_rules(config))
    more = True
    while more:
        more = store.learn_parties()


def step(store: Store, means: Means, limit: int) -> Passed:
    """One step: entries that wait, or else calls whose phones were read since.

    Args:
        store: The store.
        means: What joining goes by.
        limit: So many at most.

    Raises:
        StoreError: The store cannot be used.
    """
    passed = _guarded(store, means, limit)
    return passed if passed.entries else store.settle_some(means, limit=limit)


def _guarded(store: Store, means: Means, limit: int) -> Passed:
    """Joins some entries; where that meets a mistake of ours, fewer, down to one that is set aside."""
    while True:
        found = _attempt(store, means, limit)
        if isinstance(found, Passed):
            return found
        first = store.first_queued() if limit == 1 else None
        if first is not None:
            break
        limit = max(1, limit // 2)
    others = list(store.entries_set_aside())[-MOST_TRIED:]
    _set_aside(store, first, found)
    # What was set aside before may have stumbled over this one, as its neighbour.
    for other in others:
        store.set_aside(other, None)
        again = _attempt(store, means, 1)
        if isinstance(again, Exception):
            store.set_aside(other, sentence_of(again))
        else:
            _log.info("entry joined after all", entry=other)
    return Passed(entries=1, left=True)


def _attempt(store: Store, means: Means, limit: int) -> Passed | Exception:
    """Joins some entries, or tells of which mistake of ours it ended; nothing is kept then."""
    try:
        return store.join_some(means, limit=limit)
    except PhonesyncError:
        raise
    except Exception as error:  # noqa: BLE001  the outermost line of joining: one entry must not stop all others
        return error


def _set_aside(store: Store, entry: str, error: Exception) -> None:
    store.set_aside(entry, sentence_of(error))
    _log.error("entry set aside", entry=entry, kind=type(error).__name__, exc_info=error)


def sentence_of(error: Exception) -> str:
    """What is kept of a mistake of ours that joining an entry met."""
    said = " ".join(str(error).split())
    kind = type(error).__name__
    return f"{kind}: {said}"[:MOST_SAID] if said else kind


class Joiner:
    """Joins for the agent.

    Args:
        config: Gives the configuration in force.
        writer: The thread in front of the store.
        clock: Where time comes from.
    """

    def __init__(self, config: Callable[[], Config], writer: StoreWriter, clock: Clock) -> None:
        self._config = config
        self._writer = writer
        self._clock = clock
        self._limit = FEWEST
        self._joined = clock.now()
        self._set_aside = 0

    @property
    def set_aside(self) -> int:
        """How many entries were left out of joining when it was looked last."""
        return self._set_aside

    async def work(self, *, most: int | None = None) -> None:
        """Joins what waits, step by step.

        Args:
            most: Stops after so many entries; the rest goes on waiting.

        Raises:
            StoreError: The store cannot be used.
        """
        done = told = 0
        await self._writer.keep(lambda store: self._prepare(store, MISSED_NIGHTS))
        while True:
            took, passed = await self._step()
            done += passed.entries
            if not passed.entries and not passed.settled:
                break
            if done >= told + A_BACKLOG:
                told = done
                _log.info("joining calls", entries=done)
            if most is not None and done >= most:
                break
            # As long as it took, the processor belongs to the others.
            if took:
                await self._clock.sleep(took)
        self._set_aside = await self._writer.keep(lambda store: len(store.entries_set_aside()))

    async def simulated(self) -> None:
        """The same as the timetable would do, for whoever steps through time; most calls do nothing."""
        now = self._clock.now()
        if now - self._joined >= A_DAY:
            self._joined = now
            await self._writer.keep(lambda store: self._prepare(store, A_DAY))
            await self.work()

    async def learn(self) -> None:
        """Learns groups from the rows of the last days.

        Raises:
            StoreError: The store cannot be used.
        """
        await self._writer.keep(lambda store: self._prepare(store, timedelta()))

    def _prepare(self, store: Store, every: timedelta) -> None:
        """Learns groups where they were learned so long ago, and takes up a changed configuration."""
        config, now, learned = self._config(), self._clock.now(), store.learned_at()
        if learned is None or now - learned >= every:
            learn_groups(config, store, plan_of=means_of(config, store).plan_of, now=now)
        apply(config, store)

    async def _step(self) -> tuple[float, Passed]:
        begun = self._clock.monotonic()
        config, limit = self._config(), self._limit
        passed = await self._writer.keep(lambda store: step(store, means_of(config, store), limit))
        took = self._clock.monotonic() - begun
        self._limit = next_limit(limit, took, passed)
        return took, passed


def next_limit(limit: int, took: float, passed: Passed) -> int:
    """How many entries the next step takes at most.

    Args:
        limit: Of the step before.
        took: How long that took, seconds.
        passed: What it did.
    """
    crowded = passed.rows > CROWDED * passed.entries
    if passed.left and (took < QUICK_S or crowded):
        return min(MOST, limit * 2)
    if took > SLOW_S and not crowded:
        return max(FEWEST, limit // 2)
    return limit


def bring_up_to_date(config: Config, store: Store, *, observe: Observe | None = None) -> int:
    """Joins all that waits, for a command that shows calls.

    Args:
        config: The configuration.
        store: The store.
        observe: Told after each step.

    Returns:
        How many entries waited.

    Raises:
        StoreError: The store cannot be used.
    """
    apply(config, store)
    means = means_of(config, store)
    waited, done = store.queued(), 0
    while True:
        passed = step(store, means, MOST)
        if not passed.entries and not passed.settled:
            return done
        done += passed.entries
        if observe is not None and passed.entries:
            observe(Joined(done=done, of=max(waited, done)))


def recompute(config: Config, store: Store, *, observe: Observe | None = None) -> int:
    """Joins all entries anew. Calls that come out as they were are left alone; what is cut off goes on later.

    Args:
        config: The configuration.
        store: The store.
        observe: Told after each step.

    Returns:
        How many entries were joined; those that were set aside, before or now, are tried and not counted.

    Raises:
        StoreError: The store cannot be used.
    """
    store.queue_all()
    done = bring_up_to_date(config, store, observe=observe)
    store.drop_orphans()
    return done - len(store.entries_set_aside())
