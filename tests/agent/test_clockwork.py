"""Clocks are gathered and concluded about beside the polls, and only where something new was seen."""

from datetime import timedelta

import pytest

from phonesync.agent.clockwork import NIGHT, SIMULATED, Clockwork
from phonesync.agent.writer import StoreWriter
from phonesync.calls.clock_evidence import SELDOM
from phonesync.calls.clock_history import ClockHistory
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.model import TimeOf
from phonesync.store import meanings
from phonesync.store.clock_records import Kind, Vote
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import open_store
from tests import stores
from tests.store.desk import START, StillClock, entry, minute, read_of
from tests.store.offices import ANNA, BORIS, MEANS, Office

pytestmark = pytest.mark.anyio
OF = "desk-101#1"


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def store(tmp_path, clock):
    stores.lay(tmp_path / "store.db")
    stores.lay(tmp_path / "store.db")
    with open_store("sqlite:///store.db", clock=clock, base=tmp_path) as store:
        store.sync_phones([PhoneSpec(name="desk-101"), PhoneSpec(name="desk-102")])
        yield store


@pytest.fixture
def clockwork(store, clock, lab):
    return Clockwork(lambda: lab.config, StoreWriter(store, clock=clock, threaded=False), clock)


def poll(store, clock, minutes, low_s=None, *rows, **more):
    clock.instant = minute(minutes)
    state = store.phone("desk-101")
    seen = None
    if low_s is not None:
        seen = Evidence(at=minute(minutes), source=Source.PAGE, low_s=low_s, high_s=low_s + 1)
    store.commit(read_of(state, minute(minutes), new=rows, clock=seen, before=state, **more))


async def test_what_polls_have_seen_of_a_clock_is_concluded_from(store, clock, clockwork):
    poll(store, clock, 0, 40.0)
    await clockwork.work()
    assert store.clock_of(OF).version == 1
    assert store.clock_of("desk-102#1").version == 0
    bounds = ClockHistory(store.clock_of(OF).segments).bounds(START)
    assert bounds.low <= 40
    assert bounds.high >= 41


async def test_what_says_nothing_new_is_left(store, clock, clockwork):
    for turn in range(20):
        poll(store, clock, turn * SELDOM.total_seconds() / 60, 40.0)
    await clockwork.work()
    poll(store, clock, 21 * SELDOM.total_seconds() / 60, 40.0)
    assert store.clock_news() == [OF]
    await clockwork.work()
    assert store.clock_news() == []
    assert store.clock_of(OF).version == 1


async def test_a_clock_that_no_page_shows_is_told_from_the_reads_around_its_rows(store, clock, clockwork):
    poll(store, clock, 0)
    # Two minutes fast, and recorded within a minute of the read.
    late = entry("a", list_code="3", duration_s=None, started_at=minute(12), unseen_at=minute(9))
    poll(store, clock, 10, None, late, time_of=TimeOf.RECORDED)
    await clockwork.work()
    (kept,) = store.clocks("desk-101")
    assert kept.evidence == {Source.READ: 1}
    bounds = ClockHistory(kept.segments).bounds(minute(10))
    assert bounds.low <= 120 <= bounds.high < 200


async def test_meanings_found_at_night_let_rows_be_gathered_anew(store, clock, clockwork):
    poll(store, clock, 0, after={"vendor": "yealink", "model": "T20P"})
    missed = entry("a", list_code="3", duration_s=None, started_at=minute(12), unseen_at=minute(9))
    poll(store, clock, 10, None, missed)
    await clockwork.work()
    (before,) = store.clock_evidence(OF)
    kind = Kind(vendor="yealink", model="T20P", firmware="", answered=False)
    told = Vote(kind=kind, source=Source.REPORT, fits=frozenset({TimeOf.RECORDED}))
    for _ in range(2):
        with store._database.write() as connection:
            meanings.add_votes(connection, [told] * 4)
        await clockwork.nightly()
    await clockwork.work()
    (after,) = store.clock_evidence(OF)
    assert after.high_s - after.low_s < before.high_s - before.low_s


async def test_whoever_steps_through_time_gets_the_same_now_and_then(store, clock, clockwork):
    poll(store, clock, 0, 40.0)
    await clockwork.simulated()
    assert store.clock_of(OF).version == 0
    clock.instant = START + SIMULATED
    await clockwork.simulated()
    assert store.clock_of(OF).version == 1
    clock.instant = START + NIGHT + timedelta(seconds=1)
    await clockwork.simulated()


async def test_calls_of_two_phones_witness_clock_and_meaning_of_the_one_by_the_other(store, clock, clockwork):
    office = Office(store)
    for call in range(6):
        at = minute(10 * call)
        # Anna's page shows her clock and her rows tell the start; Boris's tell the end of half a minute's ringing.
        office.say(ANNA, "placed", at, number="102", duration_s=0)
        office.say(BORIS, "missed", at + timedelta(seconds=30), number="101")
    office.read(ANNA, minute(90), after={"clock_offset_s": 0.0})
    office.read(BORIS, minute(91), time_of=TimeOf.UNKNOWN, after={"vendor": "yealink", "model": "T20P"})
    while store.join_some(MEANS, limit=100).entries:
        pass
    clock.instant = minute(300)
    await clockwork.nightly()
    (boris,) = store.clocks(BORIS)
    assert boris.evidence[Source.MIRROR] == 6
    assert store.clocks(ANNA)[0].evidence == {}
    (found,) = store.time_meanings()
    assert (found.kind.model, found.kind.answered, found.time_of) == ("T20P", False, TimeOf.RECORDED)
    # The same calls are not counted twice.
    await clockwork.nightly()
    assert store.time_meanings() == [found]
