"""What becomes of reports: entries, meetings with rows, coverage, and reads brought forward.

Reports are in the store before anybody here looks at them; whatever was cut off is finished at the next
start. The functions run in the store's thread. They decide purely (:mod:`phonesync.events`) and write what
came of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog

from phonesync.agent.values import Polled
from phonesync.agent.writer import StoreWriter
from phonesync.calls.clock_history import OFFSET_S, ClockHistory
from phonesync.calls.values import Bounds
from phonesync.clock import Clock
from phonesync.driver.contract import Driver
from phonesync.events.assembling import assembled, has_ended, touched
from phonesync.events.fitting import ListRow
from phonesync.events.liveness import rhythm_of, settled
from phonesync.events.meeting import meet, witnessed
from phonesync.events.values import EventEntry
from phonesync.store.event_records import NewReport, Taken, Waiting

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.ledger.values import NewEntry
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

AT_ONCE = 500
"""Reports taken into entries in one transaction, so that new ones never wait long for the store."""

AFTER_END = timedelta(seconds=3)
"""After a call's end its phone needs a moment to record it."""

STILL_NEWS = timedelta(minutes=2)
"""The end of a call that is longer ago brings no read forward."""

MOST_REMEMBERED = 10_000
"""Calls of which it is remembered that their end has brought a read forward."""

RECENT = timedelta(hours=1)
"""After a read, calls that began so lately are held against its rows once more."""

LOOK_BACK = timedelta(days=2)
"""At a start, rows and calls of this time are held against one another: a meeting may have been cut off."""

Hasten = Callable[[str, datetime, str], None]
"""Brings a phone's next read forward: name, instant, reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A call that is over, as a report said.

    Attributes:
        phone: Name of the phone that reported it.
        entry_id: Of the call.
        at: When it ended, UTC.
    """

    phone: str
    entry_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of some of the reports that waited.

    Attributes:
        reports: How many they were.
        ended: Calls that ended with them.
        open: Phones with lists that reported, with their incarnations: their next read may show the rows.
    """

    reports: int = 0
    ended: tuple[Ended, ...] = ()
    open: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Hearing:
    """Listens for the agent.

    Args:
        config: The configuration.
        drivers: Installed drivers by name.
        writer: The thread in front of the store.
        clock: Where time comes from.
        hasten: Brings a phone's next read forward.

    Attributes:
        config: The configuration in force.
        drivers: Installed drivers by name.
        writer: The thread in front of the store.
        clock: Where time comes from.
    """

    def __init__(
        self,
        config: Config,
        drivers: Mapping[str, Driver],
        *,
        writer: StoreWriter,
        clock: Clock,
        hasten: Hasten,
    ) -> None:
        self.config = config
        self.drivers = drivers
        self.writer = writer
        self.clock = clock
        self._hasten = hasten
        self._since: datetime | None = None
        self._told: OrderedDict[str, None] = OrderedDict()
        self._open: dict[str, str] = {}

    def begin(self) -> None:
        """The receiver is up from now on."""
        self._since = self.clock.now()

    def end(self) -> None:
        """The receiver is down from now on; what was heard until the last sign of life stays stated."""
        self._since = None

    async def keep(self, new: list[NewReport]) -> frozenset[str]:
        """Stores reports; raises :class:`StoreBusy` where that is not possible now.

        Returns:
            Names that the store does not know; their reports were not kept.
        """
        heard = None if self._since is None else (self._since, self.clock.now())
        return await self.writer.run(lambda store: store.add_reports(new, heard=heard))

    async def work(self) -> None:
        """Takes all reports that wait into entries, and lets these meet rows."""
        while True:
            done = await self.writer.keep(take_waiting)
            self._open |= done.open
            for call in done.ended:
                self._tell(call)
            if done.reports < AT_ONCE:
                return

    async def after_read(self, polled: Polled) -> Polled:
        """Lets what a phone reported meet its rows once more: what a read did not show is no row by now.

        Args:
            polled: What came of the read; handed back as it is.
        """
        incarnation = self._open.pop(polled.result.name, None) if polled.result.ok else None
        if incarnation is not None:
            now = self.clock.now()
            await self.writer.keep(lambda store: meet_around(store, incarnation, now - RECENT, now))
        return polled

    async def beat(self) -> None:
        """States that the receiver is up, as long as it is."""
        now, since = self.clock.now(), self._since
        if since is not None:
            await self.writer.keep(lambda store: store.heard(since, now))

    async def settle(self) -> None:
        """States what is known of the time of phones that only report."""
        await self.beat()
        now = self.clock.now()
        await self.writer.keep(lambda store: settle(store, now))

    async def catch_up(self) -> None:
        """Finishes what an earlier process was cut off at."""
        await self.work()
        now = self.clock.now()
        await self.writer.keep(lambda store: meet_half_known(store, now - LOOK_BACK, now))

    def _tell(self, call: Ended) -> None:
        """Brings the next read forward, once for each call."""
        if call.entry_id in self._told or self.clock.now() - call.at > STILL_NEWS:
            return
        self._told[call.entry_id] = None
        if len(self._told) > MOST_REMEMBERED:
            self._told.popitem(last=False)
        self._hasten(call.phone, call.at + AFTER_END, "a call has ended")


def take_waiting(store: Store) -> Done:
    """Takes some of the reports that wait into entries."""
    found = store.waiting_reports(limit=AT_ONCE)
    if not found:
        return Done()
    calls = [touched(assembled(one.incarnation, one.reports), one.fresh) for one in found]
    store.take_reports(
        Taken(incarnation=one.incarnation, entries=entries, report_ids=one.untaken)
        for one, entries in zip(found, calls, strict=True)
    )
    ended: list[Ended] = []
    for one, entries in zip(found, calls, strict=True):
        if one.listed and entries:
            instants = [entry.started_at for entry in entries]
            meet_around(store, one.incarnation, min(instants), max(instants))
        ended += _ended(one, entries)
    return Done(
        reports=sum(len(one.untaken) for one in found),
        ended=tuple(ended),
        open={one.phone: one.incarnation for one in found if one.listed and one.current},
    )


def meet_around(store: Store, incarnation: str, since: datetime, until: datetime) -> int:
    """Lets the rows and calls of one phone meet; returns how many pairs have.

    Args:
        store: The store.
        incarnation: The physical phone.
        since: Where what may have met now begins, UTC.
        until: Where it ends, UTC.
    """
    unmet = store.unmet(incarnation, since, until)
    if not unmet.rows or not unmet.events:
        return 0
    found = meet(unmet.rows, unmet.events, read_at=unmet.read_at)
    doubtful = found.doubtful_rows | found.doubtful_events
    if not found.pairs and not doubtful:
        return 0
    history = ClockHistory(store.clock_of(incarnation).segments) if found.pairs else ClockHistory(())
    pairs = [witnessed(row, event, clock_of(row, history)) for row, event in found.pairs]
    return store.apply_meeting(incarnation, pairs, doubtful=doubtful)


def clock_of(row: ListRow, history: ClockHistory) -> Bounds | None:
    """What is known of a phone's clock in the time that a row shows; None where nothing is."""
    unit = row.resolution_s or 1
    found = history.of_row(
        row.started_at, resolution_s=unit, unseen_at=row.unseen_at, first_seen_at=row.first_seen_at
    )
    offset = row.clock_offset_s
    if found is not None or offset is None:
        return found
    slack = OFFSET_S + unit / 2
    return Bounds(low=offset - slack, high=offset + slack)


def meet_new(store: Store, incarnation: str, new: Iterable[NewEntry], at: datetime) -> None:
    """Lets rows that a read brought or changed meet what reports told.

    Args:
        store: The store.
        incarnation: The physical phone.
        new: Rows that it brought; those that changed are recent.
        at: The read, UTC.
    """
    since = at
    for entry in new:
        since = min(since, entry.started_at - timedelta(seconds=entry.clock_offset_s or 0.0))
    meet_around(store, incarnation, since, at)


def meet_half_known(store: Store, since: datetime, until: datetime) -> None:
    """Lets rows and calls of all phones meet that could."""
    for incarnation in store.half_known(since):
        meet_around(store, incarnation, since, until)


def settle(store: Store, until: datetime) -> None:
    """States the coverage of phones that only report, up to an instant."""
    found = {
        one.incarnation: settled(
            one.before, until=until, heard=one.heard, signs=one.signs, rhythm=rhythm_of(one.beats)
        )
        for one in store.listening()
    }
    if found:
        store.settle(found)


def _ended(waiting: Waiting, entries: tuple[EventEntry, ...]) -> list[Ended]:
    """Calls that ended with the reports that were taken, on the phone that bears the name now."""
    if not waiting.current:
        return []
    return [
        Ended(phone=waiting.phone, entry_id=entry.id, at=entry.last_at)
        for entry in entries
        if has_ended(entry, waiting.fresh)
    ]
