"""Days of calls, with reports lost, doubled, late and unheard: nothing doubled, nothing invented, one entry a call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from phonesync.ledger.values import SpanState
from phonesync.web.inbox import Inbox
from tests.agent.conftest import Lab
from tests.agent.desks import START, Desk
from tests.thorough import daily

pytestmark = pytest.mark.anyio

SEEDS = [int(seed) for seed in os.environ.get("PHONESYNC_SEEDS", "1").split()]
"""`make verify` names others."""

LOST, DOUBLED, LATE = 0.02, 0.02, 0.02
NUMBERS = tuple(f"8495000{number:04}" for number in range(12))


@dataclass
class TrueCall:
    """One call as it was, and which of its reports were heard."""

    id: str
    number: str
    begun: datetime
    ring_s: int
    talk_s: int
    way: str
    heard: set[str] = field(default_factory=set)

    @property
    def reports(self) -> list[tuple[datetime, str]]:
        begin = "outgoing" if self.way == "placed" else "incoming"
        end = self.begun + timedelta(seconds=self.ring_s + self.talk_s)
        if not self.talk_s:
            return [(self.begun, begin), (end, "cancelled" if self.way == "placed" else "missed")]
        answer = self.begun + timedelta(seconds=self.ring_s)
        return [(self.begun, begin), (answer, "established"), (end, "terminated")]

    @property
    def list_code(self) -> str:
        return {"placed": "1", "missed": "2", "received": "3"}[self.way]


def calls_of(chance: Random, days: int) -> Iterator[TrueCall]:
    """Calls one after the other; some callers try again at once."""
    at, number = START + timedelta(minutes=10), NUMBERS[0]
    for place in range(days * 40):
        again = chance.random() < 0.2
        at += timedelta(seconds=chance.randint(4, 40) if again else chance.randint(60, 2200))
        number = number if again else chance.choice(NUMBERS)
        way = chance.choice(("placed", "received", "missed"))
        talk = 0 if way == "missed" or (way == "placed" and chance.random() < 0.3) else chance.randint(1, 600)
        call = TrueCall(f"c{place}", number, at, chance.randint(1, 30), talk, way)
        yield call
        at = call.reports[-1][0]


@dataclass
class Days:
    """A phone, its agent and inbox, and the calls it had."""

    lab: Lab
    desk: Desk
    chance: Random
    outages: tuple[tuple[datetime, datetime], ...] = ()
    calls: list[TrueCall] = field(default_factory=list)
    was_up: bool = True

    async def live(self, days: int) -> None:
        self.agent = self.lab.agent()
        await self.agent.prepare()
        self.inbox = Inbox(self.agent.hearing)
        self.token = self.lab.store.address_of("desk-101")
        happenings = []
        for call in calls_of(self.chance, days):
            self.calls.append(call)
            happenings += self.sent(call)
            happenings.append((call.reports[-1][0] + timedelta(seconds=1), call, None))
        beats = START + timedelta(days=days + 1) - START
        happenings += [
            (START + timedelta(minutes=minute), None, None)
            for minute in range(0, beats // timedelta(minutes=1), 5)
        ]
        for at, call, word in sorted(happenings, key=lambda one: one[0]):
            await self.pass_until(at)
            await self.happen(call, word)

    def sent(self, call: TrueCall) -> list:
        """What the network makes of the reports of a call."""
        found = []
        for at, word in call.reports:
            if self.chance.random() < LOST:
                continue
            late = (
                timedelta(seconds=self.chance.randint(2, 30)) if self.chance.random() < LATE else timedelta()
            )
            found.append((at + late, call, word))
            if self.chance.random() < DOUBLED:
                found.append((at + late + timedelta(seconds=self.chance.randint(0, 20)), call, word))
        return found

    def is_up(self) -> bool:
        now = self.lab.clock.now()
        return not any(since <= now < until for since, until in self.outages)

    async def pass_until(self, at: datetime) -> None:
        await self.agent.step_until(at, advance=self.lab.clock.advance)

    async def happen(self, call: TrueCall | None, word: str | None) -> None:
        if call is None:
            if self.was_up and not self.is_up():
                self.agent.hearing.end()
            elif self.is_up() and not self.was_up:
                self.agent.hearing.begin()
            self.was_up = self.is_up()
            await self.agent.hearing.settle()
        elif word is None:
            since = int((self.lab.clock.now() - call.begun).total_seconds())
            self.desk.call(call.number, code=call.list_code, duration_s=call.talk_s, before_s=since)
        elif self.is_up():
            call.heard.add(word)
            query = f"c={call.id}&a=101&r=sip:{call.number}@pbx.example"
            assert await self.inbox.deliver(self.token, word, query.encode()) == 200


@pytest.fixture
def lab(tmp_path):
    made = Lab(folder=tmp_path)
    yield made
    for store in made.stores:
        store.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_phone_that_only_reports_has_a_history(lab, seed):
    desk = lab.add(variant="desk-3", keys='url = "http://192.0.2.1"\ndriver = "desk"')
    hour = timedelta(hours=1)
    outages = ((START + 5 * hour, START + 7 * hour), (START + 20 * hour, START + 21 * hour))
    days = Days(lab, desk, Random(seed), outages)
    await days.live(1)
    kept = {entry.call_id: entry for entry in lab.store.entries()}
    heard = {call.id: call for call in days.calls if call.heard}
    assert len(list(lab.store.entries())) == len(kept)
    assert kept.keys() == heard.keys()
    assert 0 < len(days.calls) - len(heard) < len(days.calls) / 4
    for call in heard.values():
        entry = kept[call.id]
        assert entry.sources == ("event",)
        assert not entry.uncertain
        assert entry.remote_number == call.number
        assert entry.list_name in {call.way, "unknown", "received" if call.way == "missed" else call.way}
        assert entry.outcome != "answered" or call.talk_s
    gaps = [row for row in lab.store.coverage(list_name="received") if row.state is SpanState.GAP]
    assert len(gaps) == 2
    for gap, (since, until) in zip(gaps, outages, strict=True):
        assert gap.since <= since
        assert gap.until >= until
        assert until - since <= gap.until - gap.since <= until - since + timedelta(minutes=6)
    assert {row.state for row in lab.store.coverage()} == {SpanState.GAP, SpanState.UNKNOWN}


@pytest.mark.parametrize("minutes", daily([True], thorough=[False, True]))
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_phone_with_list_and_reports_has_one_entry_a_call(lab, seed, minutes):
    desk = lab.add(variant="desk-1", minutes=minutes, keys='url = "http://192.0.2.1"\ndriver = "desk"')
    days = Days(lab, desk, Random(seed))
    await days.live(1)
    entries = list(lab.store.entries())
    sure = [entry for entry in entries if not entry.uncertain]
    both = {entry.call_id: entry for entry in sure if entry.sources == ("list", "event")}
    by_id = {call.id: call for call in days.calls}
    wrong = [
        (entry.call_id, entry.started_at)
        for entry in both.values()
        if entry.remote_number != by_id[entry.call_id].number
        or entry.shown_at is None
        or abs(entry.started_at - by_id[entry.call_id].begun) >= timedelta(minutes=1)
    ]
    assert wrong == []
    # Each call has one row, so what is more than the rows is a report that stays apart, marked.
    doubled = [entry for entry in sure if entry.sources == ("event",)]
    assert [(entry.call_id, by_id[entry.call_id].heard) for entry in doubled] == []
    assert len(sure) <= len(days.calls) <= len(entries)
    assert len(entries) - len(sure) <= len(days.calls) / 20
    exact = [
        by_id[id_].begun == entry.started_at
        for id_, entry in both.items()
        if {"incoming", "outgoing"} & by_id[id_].heard
        and entry.resolution_s == 1
        and entry.time_of == "start"
    ]
    assert exact.count(True) > 0.9 * len(days.calls)
