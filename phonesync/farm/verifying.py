"""The agent put to the test: an office and its phones stepped through days, and what was kept held to truth.

Everything between the phones' answers and the store is the real thing: drivers, sign-ins, transport, ledger,
database. Only sockets and time are simulated, so thirty days pass in minutes and the same seed gives the same
run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent.agent import Agent
from phonesync.agent.joining import bring_up_to_date
from phonesync.errors import PlanRefused
from phonesync.farm.callcard import CallsCard
from phonesync.farm.callscore import score_calls
from phonesync.farm.calltruth import CallsTruth, truth_of, write_truth
from phonesync.farm.card import ScoreCard
from phonesync.farm.config_out import render_config
from phonesync.farm.contacts import import_contacts, write_contacts
from phonesync.farm.coverage import Settings
from phonesync.farm.habits import Calls
from phonesync.farm.hands import type_contacts
from phonesync.farm.inprocess import InProcessTransport
from phonesync.farm.naming import NamesCard, score_names
from phonesync.farm.outside import Outside, Wishes
from phonesync.farm.reported import ReportsCard, score_reports
from phonesync.farm.reporting import Losses, spread_outages
from phonesync.farm.score import score
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from phonesync.logs import silenced
from phonesync.numbering import canonical
from phonesync.store.call_records import CallFilter
from phonesync.store.records import CoverageRow, EntryFilter, EntryRow
from phonesync.store.repository import Store, open_store
from phonesync.transport import Transport

if TYPE_CHECKING:
    from phonesync.agent.values import PollResult

START = datetime(2025, 10, 6, 4, 0, tzinfo=UTC)
"""A Monday; thirty days from here, summer time ends where there is one."""

STEP = timedelta(seconds=20)
"""Shorter than the least time between two attempts at one phone, so a step makes at most one of each."""


NOTHING = Wishes()


@dataclass(frozen=True, slots=True)
class StoreAt:
    """An empty store to verify on.

    Attributes:
        url: As a configuration names it; absolute.
        password: Of its user; empty where its server asks for none.
    """

    url: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a verification has come.

    Attributes:
        now: Simulated instant, UTC.
        reads: Polls so far.
        failed: Those of them that failed.
        calls: True calls so far.
    """

    now: datetime
    reads: int
    failed: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found.

    Attributes:
        card: The score.
        polls: Polls made.
        failed: Polls that failed, by kind of error.
        wrong_passwords: Wrong passwords any emulated phone saw.
        intrusions: Requests any emulated phone saw that a reader must never send.
        calls: True calls.
        names: How names reached the phones; None where they fetched no books.
        reports: How reports became entries; None where no phone reported.
        joined: How entries became calls; None where the office is a plain one.
    """

    card: ScoreCard
    polls: int
    failed: Mapping[str, int]
    wrong_passwords: int
    calls: int
    intrusions: tuple[str, ...] = ()
    names: NamesCard | None = None
    reports: ReportsCard | None = None
    joined: CallsCard | None = None


class Verification:
    """One run: a farm, an agent and a store on one simulated clock.

    Args:
        spec: The farm.
        poll: The longest time between two reads.
        folder: Where the configuration is kept, and the store where no other one is named.
        store: An empty store to use; a file in the folder by default.
        wishes: What the phones do by themselves.

    Raises:
        PlanRefused: The store holds something already.
        StoreError: The store cannot be used.
    """

    def __init__(
        self,
        spec: FarmSpec,
        *,
        poll: timedelta,
        folder: Path,
        store: StoreAt | None = None,
        wishes: Wishes = NOTHING,
    ) -> None:
        self.spec = spec
        self.poll = poll
        self.wishes = wishes
        self.clock = SimulatedClock(spec.start)
        self.world = FarmWorld(spec, registry.emulators(), self.clock)
        path = folder / "config.toml"
        seconds = int(poll.total_seconds())
        contacts = write_contacts(self.world.office, folder) if wishes.books else None
        path.write_text(render_config(self.world, poll=f"{seconds}s", contacts=contacts), encoding="utf-8")
        self.config = configuration.load(path)
        at = store or StoreAt(self.config.store.url)
        self.store: Store = open_store(at.url, clock=self.clock, base=folder, password=at.password)
        self._refuse_filled()
        network = self.world.network()
        transport = Transport(
            clock=self.clock, http=lambda _target: InProcessTransport(network, clock=self.clock)
        )
        self.agent = Agent(
            self.config,
            self.store,
            transport,
            registry.drivers(),
            self.clock,
            rng=Random(f"agent {spec.seed}"),
            threaded=False,
        )
        self.outside = self._outside() if wishes.any else None
        self.polls = 0
        self.failed: dict[str, int] = {}

    @property
    def _is_rich(self) -> bool:
        return self.spec.calls is Calls.RICH

    def truth(self) -> CallsTruth:
        """Which entries of the store truly are one call."""
        return truth_of(self.world, self.store.entries(EntryFilter()))

    def _joined(self, entries: Sequence[EntryRow]) -> CallsCard | None:
        if not self._is_rich:
            return None
        bring_up_to_date(self.config, self.store)
        return score_calls(truth_of(self.world, entries), self.store.calls(CallFilter()))

    def _outside(self) -> Outside:
        """What the phones reach when they call."""
        wishes, start = self.wishes, self.world.truth.start
        outages = spread_outages(
            start=start,
            days=self.spec.days,
            number=wishes.outages,
            hours=wishes.outage_hours,
            seed=self.spec.seed,
        )
        outside = Outside(
            self.world,
            self.config,
            self.store,
            registry.drivers(),
            hearing=self.agent.hearing,
            outages=outages,
        )
        losses = Losses(lost=wishes.lost, doubled=wishes.doubled, late=wishes.late)
        self.world.let_report(outside.deliver, losses)
        return outside

    def _refuse_filled(self) -> None:
        if not self.store.is_empty():
            self.store.close()
            raise PlanRefused(
                f"The store {self.store.place} is not empty: a verification writes invented calls into it.",
                hint="Name a new file, or an empty database.",
            )

    async def run(self, *, observe: Callable[[Progress], None] | None = None) -> Verdict:
        """Steps through all days and scores.

        Args:
            observe: Told once a simulated hour.
        """
        end = self.world.truth.start + timedelta(days=self.spec.days)
        told = self.clock.now()
        if self.outside is not None:
            await self.agent.prepare()
            self._begin(self.outside)
        while self.clock.now() < end:
            for desk in self.world.desks:
                self.world.desks[desk].memory.begin_read()
            results = await self.agent.step_until(self.clock.now() + STEP, advance=self._advance)
            for result in results:
                self._count(result)
            if self.outside is not None:
                self.outside.look()
            if observe is not None and self.clock.now() - told >= timedelta(hours=1):
                told = self.clock.now()
                observe(self._progress())
        return self.verdict()

    def _begin(self, outside: Outside) -> None:
        """Contacts are taken in, people have typed theirs, and phones are told what is wanted."""
        if self.wishes.books:
            import_contacts(self.config, self.store, self.clock)
            for desk in self.world.desks.values():
                type_contacts(
                    desk.memory.directory,
                    self.world.office,
                    name=desk.name,
                    start=self.clock.now(),
                    days=self.spec.days,
                    later=self.world.later,
                )
        outside.look()
        outside.instruct(reporting=self.wishes.reporting, books=self.wishes.books)

    def _names(self) -> NamesCard | None:
        if self.world.reporting is None or not self.wishes.books:
            return None
        known = {number for kept in self.store.contacts() for number in kept.canonicals if number}

        def is_known(phone: str, number: str) -> bool:
            plan = self.config.site_of(self.config.phone(phone)).dial_plan
            return canonical(plan, number) in known

        took = self.world.reporting.took_book
        return score_names(self.world.truth, self.world.desks.values(), took, is_known)

    def _reports(self, entries: Sequence[EntryRow], coverage: Sequence[CoverageRow]) -> ReportsCard | None:
        if self.outside is None or self.world.reporting is None or not self.wishes.reporting:
            return None
        return score_reports(
            self.world.reporting,
            self.world.truth,
            entries,
            coverage,
            outages=self.outside.outages,
        )

    def verdict(self) -> Verdict:
        """The score of what is in the store now."""
        entries, coverage = list(self.store.entries(EntryFilter())), list(self.store.coverage())
        return Verdict(
            card=score(self.world.truth, entries, coverage, settings=Settings(poll=self.poll)),
            polls=self.polls,
            failed=dict(sorted(self.failed.items())),
            wrong_passwords=sum(desk.wired.emulator.wrong_passwords for desk in self.world.desks.values()),
            calls=self.world.calls,
            intrusions=tuple(
                f"{desk.name} {target}"
                for desk in self.world.desks.values()
                for target in desk.wired.emulator.intrusions
            ),
            names=self._names(),
            reports=self._reports(entries, coverage),
            joined=self._joined(entries),
        )

    def close(self) -> None:
        """Ends the store."""
        self.store.close()

    def _advance(self, instant: datetime) -> None:
        self.clock.move_to(instant)
        self.world.catch_up()

    def _count(self, result: PollResult) -> None:
        self.polls += 1
        self.world.end_read(result.name, completed=result.ok)
        if not result.ok:
            kind = result.error_kind or "unknown"
            self.failed[kind] = self.failed.get(kind, 0) + 1

    def _progress(self) -> Progress:
        return Progress(
            now=self.clock.now(),
            reads=self.polls,
            failed=sum(self.failed.values()),
            calls=self.world.calls,
        )


def verify(
    spec: FarmSpec,
    *,
    poll: timedelta,
    observe: Callable[[Progress], None] | None = None,
    folder: Path | None = None,
    store: StoreAt | None = None,
    wishes: Wishes = NOTHING,
) -> Verdict:
    """Runs one verification from beginning to end.

    Args:
        spec: The farm.
        poll: The longest time between two reads.
        observe: Told once a simulated hour.
        folder: Where store and configuration are kept; a temporary one by default.
        store: An empty store to use; a file in the folder by default.
        wishes: What the phones do by themselves.
    """
    with ExitStack() as held:
        place = folder or Path(held.enter_context(TemporaryDirectory(prefix="phonesync-verify-")))
        verification = Verification(spec, poll=poll, folder=place, store=store, wishes=wishes)
        held.callback(verification.close)
        held.enter_context(silenced())
        verdict = asyncio.run(verification.run(observe=observe))
        if folder is not None and spec.calls is Calls.RICH:
            write_truth(folder, verification.truth())
        return verdict
