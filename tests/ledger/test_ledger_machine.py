"""A phone on paper does all that section 4 of the design names; the ledger must keep up with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from phonesync.ledger.proof import LEAST_CAPACITY
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from tests.ledger.paper import START, Store, local, row, variant
from tests.thorough import daily

CODES = ("1", "2", "3")
"""The true lists, by the codes of the first generation."""

NAMES = {"1": ListName.PLACED, "2": ListName.RECEIVED, "3": ListName.MISSED}
SHOWN_AS = ({"1": "1", "2": "2", "3": "3"}, {"1": "1", "2": "3", "3": "2"})
"""True list to the code under which each of two generations shows it."""


@dataclass
class Recorded:
    """One row in the phone's memory."""

    uid: int
    code: str
    number: str
    started: datetime
    recorded: datetime
    duration_s: int
    clock_s: float


class PaperPhone(RuleBasedStateMachine):
    """Calls, clocks, deletions, reboots and reads in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.now = START
        self.memory: list[Recorded] = []
        self.every: list[Recorded] = []
        self.clock_s = 0.0
        self.gone_by_hand: set[int] = set()
        self.invisible: set[int] = set()
        self.texts: dict[tuple[str, str, str | None], int] = {}
        self.generation = 0
        self.upgraded = False
        self.texts_of_any: dict[tuple[str, str | None], int] = {}
        self.mixed = False
        self.collided = False
        self.shown: dict[int, str] = {}
        self.owner: dict[str, int] = {}
        self.last_shown: list[Recorded] | None = None
        self.most: dict[str, int] = {}
        self.unsure = False
        self.removed_since_read = False
        self.reset_clock_since_read = False

    @initialize(
        capacity=st.sampled_from([3, 10, 14]),
        shared=st.booleans(),
        ticks=st.booleans(),
        years=st.booleans(),
        seconds=st.booleans(),
        clock_shown=st.booleans(),
    )
    def unpack(
        self, capacity: int, shared: bool, ticks: bool, years: bool, seconds: bool, clock_shown: bool
    ) -> None:
        self.capacity = max(capacity, LEAST_CAPACITY) if capacity != 3 else LEAST_CAPACITY
        self.pools = (CODES,) if shared else tuple((code,) for code in CODES)
        self.ticks, self.years, self.seconds, self.clock_shown = ticks, years, seconds, clock_shown
        plain = variant(pools=self.pools, shows_year=years, resolution_s=1 if seconds else 60)
        self.variants = [
            replace(plain, name=f"generation {index}", lists={codes[code]: NAMES[code] for code in CODES})
            for index, codes in enumerate(SHOWN_AS)
        ]

    def in_pool(self, pool: tuple[str, ...]) -> list[Recorded]:
        return [item for item in self.memory if item.code in pool]

    @rule(
        code=st.sampled_from(CODES),
        number=st.sampled_from(["100", "200", "300"]),
        wait=st.integers(61, 4000),
        talk=st.integers(0, 600),
        calls=st.integers(1, 6),
    )
    def call(self, code: str, number: str, wait: int, talk: int, calls: int) -> None:
        for turn in range(calls):
            uneven = (len(self.every) ** 3 * 7919 + turn * 104729) % 1801  # real callers keep no beat
            started = self.now + timedelta(seconds=wait + uneven)
            self.now = started + timedelta(seconds=talk + 20)
            recorded = Recorded(
                len(self.every), code, number, started, self.now, talk if code != "3" else 0, self.clock_s
            )
            self.every.append(recorded)
            self.memory.append(recorded)
            pool = next(pool for pool in self.pools if code in pool)
            while len(self.in_pool(pool)) > self.capacity:
                self.memory.remove(self.in_pool(pool)[0])

    @rule(pick=st.integers(0, 50))
    def delete_one(self, pick: int) -> None:
        if self.memory:
            item = self.memory.pop(pick % len(self.memory))
            self.gone_by_hand.add(item.uid)
            self.removed_since_read = True

    @rule(code=st.sampled_from(CODES))
    def clear_list(self, code: str) -> None:
        self.lose(lambda item: item.code == code)

    @rule(lost=st.integers(1, 3))
    def reboot(self, lost: int) -> None:
        newest = {item.uid for item in self.memory[-lost:]}
        self.lose(lambda item: item.uid in newest)

    def lose(self, which: Callable[[Recorded], bool]) -> None:
        for item in [item for item in self.memory if which(item)]:
            self.memory.remove(item)
            self.gone_by_hand.add(item.uid)
            self.removed_since_read = True

    @rule(by=st.sampled_from([-90061.0, -3601.0, -137.0, 7.0, 1803.0, 86437.0]))
    def set_clock(self, by: float) -> None:
        self.clock_s += by
        self.reset_clock_since_read = True

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def upgrade(self) -> None:
        """Another generation of firmware: the rows stay, under other codes."""
        self.read()
        self.generation = 1 - self.generation
        self.upgraded = True
        self.read()

    @rule()
    def read(self) -> None:
        self.now += timedelta(seconds=30)
        listed = {code: [item for item in reversed(self.memory) if item.code == code] for code in CODES}
        codes = SHOWN_AS[self.generation]
        rows = {
            codes[code]: [
                row(
                    codes[code],
                    local(item.started + timedelta(seconds=self.clock_s if self.ticks else item.clock_s)),
                    item.number,
                    year=self.years,
                    seconds=self.seconds,
                    duration_s=item.duration_s,
                )
                for item in items
            ]
            for code, items in listed.items()
        }
        offset = self.clock_s if self.clock_shown else None
        before = self.store.ledger.last_read
        for code, items in listed.items():
            for item, shown in zip(items, rows[codes[code]], strict=True):
                text = (item.number, shown.shown_at)
                # Two calls under one text, never shown together: no reader can tell them apart.
                self.collided |= self.texts.setdefault((code, *text), item.uid) != item.uid
                self.mixed |= self.texts_of_any.setdefault(text, item.uid) != item.uid
        # Neither can they under codes that have changed places.
        self.collided |= self.upgraded and self.mixed
        plan = self.store.read(self.now, rows, toy=self.variants[self.generation], offset_s=offset)
        uncertain = any(entry.uncertain for entry in plan.new) or self.unsure
        moved = self.ticks and self.reset_clock_since_read
        stayed = {item.uid for item in self.memory} & {item.uid for item in self.last_shown or ()}
        # A clock nobody sees moved what few rows were left: they are as good as new ones.
        lost_sight = moved and not self.clock_shown and 2 * len(stayed) < len(self.last_shown or ())
        if not plan.unchanged:
            for code, items in listed.items():
                for item, kept in zip(items, self.store.ledger.lists[codes[code]], strict=True):
                    self.judge(item, kept.entry_id, lost_sight=lost_sight)
        if before is not None and not (moved and len(stayed) < 3) and not (uncertain or self.collided):
            self.no_false_gap(before)
        self.hidden()
        self.last_shown = list(self.memory)
        for pool in self.pools:
            name = ",".join(pool)
            self.most[name] = max(self.most.get(name, 0), len(self.in_pool(pool)))
        # What was stored as uncertain may be known rows, and known rows that come back then look new.
        self.unsure = any(
            self.store.entries[kept.entry_id].uncertain
            for rows_kept in self.store.ledger.lists.values()
            for kept in rows_kept
        )
        self.reset_clock_since_read = False

    def judge(self, item: Recorded, entry_id: str, *, lost_sight: bool) -> None:
        """One row, one entry: neither doubled nor lost in another."""
        entry = self.store.entries[entry_id]
        if entry.uncertain or self.collided:
            return
        if lost_sight:
            self.shown[item.uid] = entry_id
        assert self.owner.setdefault(entry_id, item.uid) == item.uid, "two rows share an entry: lost"
        first = self.shown.setdefault(item.uid, entry_id)
        assert first == entry_id or self.store.entries[first].uncertain, "one row, two entries: doubled"

    def hidden(self) -> None:
        """An empty list that overflowed and then lost rows by hand looks like one that never was full."""
        for pool in self.pools:
            if self.removed_since_read and not any(item.code in pool for item in self.last_shown or ()):
                self.invisible |= {item.uid for item in self.every if item.code in pool}
        self.removed_since_read = False

    def no_false_gap(self, before: datetime) -> None:
        for pool in self.pools:
            old = [item.uid for item in self.last_shown or () if item.code in pool]
            new = [item.uid for item in self.in_pool(pool)]
            stayed = [uid for uid in old if uid in new]
            vanished = [uid for uid in old if uid not in new]
            proven = bool(stayed) and max(vanished, default=-1) < min(stayed)
            proven |= not old and (not new or len(new) < max(self.most.get(",".join(pool), 0), 10))
            if proven:
                middle = before + (self.now - before) / 2
                for code in pool:
                    assert self.store.state_at(NAMES[code], middle) is SpanState.COMPLETE, "false gap"

    @invariant()
    def nothing_unconfessed(self) -> None:
        if self.store.ledger.last_read is None or self.reset_clock_since_read or self.clock_s:
            return
        for item in self.every:
            unseen = item.uid not in self.shown and item not in self.memory
            if unseen and item.uid not in self.gone_by_hand and item.uid not in self.invisible:
                stated = self.store.state_at(NAMES[item.code], item.recorded)
                assert stated is not SpanState.COMPLETE, f"unconfessed {item}"

    @invariant()
    def spans_abut(self) -> None:
        for code in CODES if self.store.ledger.last_read else ():
            *closed, opened = self.store.stated(NAMES[code])
            assert opened[1] is None
            assert closed[0][0] is None
            for earlier, later in pairwise([*closed, opened]):
                assert earlier[1] == later[0]
            assert all(since is None or since < until for since, until, _ in closed)


@pytest.fixture
def untraced() -> Iterator[None]:
    """Without the tracer of coverage: thousands of reads would take half a minute more."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.mark.usefixtures("untraced")
def test_the_ledger_keeps_up_with_a_phone_on_paper() -> None:
    run_state_machine_as_test(
        PaperPhone,
        settings=settings(
            max_examples=daily(200, thorough=500),
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
