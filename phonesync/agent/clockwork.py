"""How far phones' clocks are off: what was seen of them is gathered, and what follows is concluded.

A poll keeps what the phone's page shows, a meeting what a report shows; the rest is gathered here from rows
that are in the store. Each step is a transaction of its own, so that polls never wait long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from phonesync.agent.fitting import fit_alike, prepared
from phonesync.agent.joining import means_of
from phonesync.agent.writer import StoreWriter
from phonesync.calls.clock_evidence import by_reads, narrowest
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clock_witnesses import rung_together
from phonesync.calls.clocks import learns, model
from phonesync.calls.meanings import Fits, by_mirror, clock_by_mirror, mirrored
from phonesync.calls.meanings import by_reads as by_reads_of
from phonesync.calls.timing import is_answered
from phonesync.calls.values import Group, Row
from phonesync.clock import Clock
from phonesync.store.call_records import CallFilter
from phonesync.store.clock_records import Kind, Vote

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.call_pass import Means
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

CLOCKS_S = 900
"""How often clocks are looked at."""

SIMULATED = timedelta(hours=6)
"""The same in a simulation, where thirty days pass in minutes."""

NIGHT = timedelta(days=1)

JOINED_BY = timedelta(hours=3)
"""Calls that began so long ago are joined, and their phones were read since."""

SLICE = timedelta(hours=1)
"""Calls of this time are witnesses in one go of the store's thread."""

ENOUGH_VOTES = 5000
"""So many observations of what times mean are taken in one night."""

AT_ONCE = 20
"""Phones concluded about in one go of the store's thread."""

OVERLAP = timedelta(hours=1)
"""What came lately is gathered once more: it may have been written while it was looked for."""

FIRST = timedelta(days=7)
"""At a start, what came in this time is gathered."""

LATELY = timedelta(days=2)
"""What was seen so long before a conclusion may have become known after it."""


class Clockwork:
    """Does it for the agent.

    Args:
        config: Gives the configuration in force.
        writer: The thread in front of the store.
        clock: Where time comes from.
    """

    def __init__(self, config: Callable[[], Config], writer: StoreWriter, clock: Clock) -> None:
        self._config = config
        self._writer = writer
        self._clock = clock
        self._gathered: datetime | None = None
        self._witnessed: datetime | None = None
        self._looked = self._slept = clock.now()

    async def work(self) -> None:
        """Gathers and concludes.

        Raises:
            StoreError: The store cannot be used.
        """
        now = self._clock.now()
        since = now - FIRST if self._gathered is None else self._gathered - OVERLAP
        unpaged = await self._writer.keep(lambda store: store.unpaged_clocks())
        for some in _pieces(unpaged):
            await self._writer.keep(partial(gather, incarnations=some, since=since))
        self._gathered = now
        news = await self._writer.keep(lambda store: store.clock_news())
        made = 0
        for some in _pieces(news):
            made += await self._writer.keep(partial(conclude, incarnations=some))
        if made:
            _log.info("clocks concluded anew", phones=made)

    async def nightly(self) -> None:
        """Lets calls witness clocks and the meaning of times, and decides what times mean.

        Raises:
            StoreError: The store cannot be used.
        """
        until = self._clock.now() - JOINED_BY
        votes = await self._ask(self._witnessed or until - NIGHT, until, vote=True)
        self._witnessed = until
        found_anew = await self._writer.keep(lambda store: store.decide_time_meanings(votes))
        # Phones whose times are understood now are witnesses for the others in the same night.
        fitted = await self._fit(until)
        found_anew += await self._writer.keep(lambda store: store.decide_time_meanings(fitted=fitted))
        if found_anew:
            # What was gathered while nobody knew it says more now.
            self._gathered = None
            await self._ask(until - FIRST, until, vote=False)
        for found in found_anew:
            kind = found.kind
            _log.info(
                "meaning of times found",
                vendor=kind.vendor,
                model=kind.model,
                firmware=kind.firmware,
                rows="answered" if kind.answered else "unanswered",
                time_of=found.time_of.value,
                pairs=found.pairs,
                against=found.against,
            )

    async def _fit(self, until: datetime) -> Mapping[Kind, Sequence[Vote]]:
        """Fits clocks that nothing else bounds well, one kind of phones after the other."""
        fitting = await self._writer.keep(lambda store: prepared(store, self._means(store), until=until))
        votes: dict[Kind, Sequence[Vote]] = {}
        for alike in fitting.asked:
            votes |= await self._writer.keep(partial(fit_alike, fitting=fitting, alike=alike))
        return votes

    async def _ask(self, since: datetime, until: datetime, *, vote: bool) -> list[Vote]:
        """Asks the calls of a stretch of time, a little at a time."""
        unpaged = frozenset(await self._writer.keep(lambda store: store.unpaged_clocks()))
        votes: list[Vote] = []
        groups = (await self._writer.keep(self._means)).groups
        while since < until and (vote or unpaged):
            end = min(since + SLICE, until)
            asking = vote and len(votes) < ENOUGH_VOTES
            votes += await self._writer.keep(
                partial(witness, since=since, until=end, unpaged=unpaged, groups=groups, vote=asking)
            )
            since = end
        return votes

    def _means(self, store: Store) -> Means:
        return means_of(self._config(), store)

    async def simulated(self) -> None:
        """The same as the timetable would do, for whoever steps through time; most calls do nothing."""
        now = self._clock.now()
        if now - self._looked >= SIMULATED:
            self._looked = now
            await self.work()
        if now - self._slept >= NIGHT:
            self._slept = now
            await self.nightly()


def gather(store: Store, incarnations: Sequence[str], since: datetime) -> None:
    """Keeps what reads show of clocks that no page shows.

    Args:
        store: The store.
        incarnations: Physical phones.
        since: Rows first seen from this instant on, UTC.
    """
    for incarnation in incarnations:
        seen = by_reads(store.read_rows(incarnation, since))
        if seen:
            store.add_clock_evidence(incarnation, seen)


def witness(
    store: Store,
    since: datetime,
    until: datetime,
    *,
    unpaged: Collection[str],
    groups: Sequence[Group],
    vote: bool,
) -> list[Vote]:
    """Keeps what calls of several phones show of clocks that no page shows.

    Args:
        store: The store.
        since: Calls that began from this instant on, UTC.
        until: And before this one.
        unpaged: Physical phones whose page shows no clock.
        groups: Configured and learned ones.
        vote: Whether it is asked what times mean.

    Returns:
        What they say of the meaning of times; nothing where that was not asked.
    """
    calls = [call for call in store.calls(CallFilter(since=since, until=until)) if len(call.legs) > 1]
    ids = [entry_id for call in calls for entry_id in call.entry_ids]
    whose = store.kinds_of(ids)
    # Numbers are not looked at, so no dial plan is.
    rows = {row.id: row for row in store.call_rows(ids, plan_of=lambda _: None) if row.id in whose}
    seen: defaultdict[str, list[Evidence]] = defaultdict(list)
    votes = [_vote(row, whose, Source.READ, by_reads_of(row)) for row in rows.values()] if vote else []
    together = rung_together(groups)
    for row, other in (pair for call in calls for pair in mirrored(call, rows, together)):
        if vote:
            votes.append(_vote(row, whose, Source.MIRROR, by_mirror(row, other)))
        # What is known by mirrored calls alone is no mirror for others.
        if whose[row.id][0] in unpaged and (other.heard or whose[other.id][0] not in unpaged):
            shown = clock_by_mirror(row, other)
            if shown is not None:
                seen[whose[row.id][0]].append(shown)
    for incarnation, some in seen.items():
        store.add_clock_evidence(incarnation, narrowest(some))
    return [one for one in votes if one is not None]


def _vote(row: Row, whose: Mapping[str, tuple[str, Kind]], source: Source, fits: Fits | None) -> Vote | None:
    answered = is_answered(row)
    if fits is None or answered is None:
        return None
    return Vote(kind=replace(whose[row.id][1], answered=answered), source=source, fits=fits)


def conclude(store: Store, incarnations: Sequence[str]) -> int:
    """Concludes anew about clocks of which what was seen says more than is known; returns how many moved.

    Args:
        store: The store.
        incarnations: Physical phones of which something was seen.
    """
    moved = 0
    known = []
    for incarnation in incarnations:
        before = store.clock_of(incarnation)
        since = None if before.made_at is None else before.made_at - LATELY
        if any(learns(before.segments, seen) for seen in store.clock_evidence(incarnation, since)):
            moved += store.keep_clock(before, model(store.clock_evidence(incarnation)))
        else:
            known.append(incarnation)
    store.no_clock_news(known)
    return moved


def _pieces(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
