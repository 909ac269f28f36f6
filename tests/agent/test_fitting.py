"""Clocks that no page shows are fitted to the calls a phone was part of, and what its times mean with them."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.agent.fitting import fit_alike, prepared
from phonesync.calls.clock_history import ClockHistory
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clocks import model
from phonesync.model import TimeOf
from phonesync.store.repository import open_store
from tests import stores
from tests.store.desk import StillClock, minute
from tests.store.offices import ANNA, BORIS, MEANS, VERA, Office

OFF_S = 47
KIND = {"vendor": "yealink", "model": "T20P"}
DIRECT = replace(MEANS, groups=())


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def store(tmp_path, clock):
    stores.lay(tmp_path / "store.db")
    with open_store("sqlite:///store.db", clock=clock, base=tmp_path) as store:
        yield store


def talk(store, clock, *, time_of=TimeOf.UNKNOWN, calls=40, off_s=OFF_S, hour=0, seen=None):
    """Hours of calls between Anna, whose page shows her clock, and Boris; rows show the end, his in minutes."""
    office, chance = Office(store), random.Random(1)
    for number in range(calls):
        at = minute(hour * 60 + 12 * number) + timedelta(seconds=chance.randrange(300))
        talked = chance.randrange(20, 300)
        over = at + timedelta(seconds=10 + talked)
        office.say(ANNA, "placed", over, number="102", duration_s=talked)
        office.say(
            BORIS,
            "received",
            (over + timedelta(seconds=off_s)).replace(second=0),
            number="101",
            duration_s=talked,
            resolution_s=60,
            unseen_at=minute(hour * 60 - 1),
        )
    end = minute(hour * 60 + 12 * calls + 60)
    office.read(ANNA, end, time_of=TimeOf.RECORDED, after={"clock_offset_s": 0.0})
    office.read(BORIS, end + timedelta(minutes=1), time_of=time_of, after=KIND)
    office.read(VERA, end + timedelta(minutes=2), time_of=TimeOf.START, after={"clock_offset_s": 0.0})
    page = [
        Evidence(at=minute(hour * 60 + 60 * n), source=Source.PAGE, low_s=-0.5, high_s=0.5)
        for n in range(calls // 5)
    ]
    store.add_clock_evidence(f"{ANNA}#1", page)
    store.keep_clock(store.clock_of(f"{ANNA}#1"), model(store.clock_evidence(f"{ANNA}#1")))
    near = Evidence(at=end, source=Source.REPORT, low_s=off_s - 90.0, high_s=off_s + 90.0)
    store.add_clock_evidence(f"{BORIS}#1", [near] if seen is None else seen)
    store.keep_clock(store.clock_of(f"{BORIS}#1"), model(store.clock_evidence(f"{BORIS}#1")))
    clock.instant = end + timedelta(hours=1)
    while store.join_some(DIRECT, limit=500).entries:
        pass
    return clock.instant


def fit_clocks(store, means, *, until):
    fitting = prepared(store, means, until=until)
    found = {}
    for alike in fitting.asked:
        found |= fit_alike(store, fitting, alike)
    return found


def known(store, at):
    bounds = ClockHistory(store.clock_of(f"{BORIS}#1").segments).bounds(at)
    assert bounds.low <= OFF_S <= bounds.high
    return bounds.high - bounds.low


def test_a_clock_and_what_its_times_mean_are_fitted_to_internal_calls(store, clock):
    now = talk(store, clock)
    before = known(store, minute(240))
    votes = fit_clocks(store, DIRECT, until=now)
    assert known(store, minute(240)) < 30 < before
    (boris,) = store.clocks(BORIS)
    assert boris.evidence[Source.FIT] > 30
    (found,) = store.decide_time_meanings(fitted=votes)
    assert (found.kind.model, found.kind.answered, found.time_of) == ("T20P", True, TimeOf.RECORDED)
    # Rows of which the clock is known otherwise are joined again.
    assert store.queued() > 0


def test_the_same_calls_fitted_in_another_night_change_nothing(store, clock):
    now = talk(store, clock)
    store.decide_time_meanings(fitted=fit_clocks(store, DIRECT, until=now))
    (meaning,) = store.time_meanings()
    version = store.clock_of(f"{BORIS}#1").version
    while store.join_some(DIRECT, limit=500).entries:
        pass
    votes = fit_clocks(store, DIRECT, until=now + timedelta(hours=1))
    assert store.decide_time_meanings(fitted=votes) == []
    assert store.time_meanings() == [meaning]
    assert store.clock_of(f"{BORIS}#1").version == version
    assert store.queued() == 0


def test_what_fitted_no_longer_does_where_the_calls_are_gone(store, clock):
    now = talk(store, clock)
    fit_clocks(store, DIRECT, until=now)
    assert store.keep_fitted(f"{BORIS}#1", minute(0), [])
    assert Source.FIT not in store.clocks(BORIS)[0].evidence


def test_where_the_meaning_is_stated_only_the_clock_is_fitted(store, clock):
    now = talk(store, clock, time_of=TimeOf.RECORDED)
    assert "T20P" not in {kind.model for kind in fit_clocks(store, DIRECT, until=now)}
    assert known(store, minute(240)) < 30
    assert store.decide_time_meanings() == []


def test_a_clock_that_is_known_well_is_not_fitted(store, clock):
    now = talk(store, clock, time_of=TimeOf.RECORDED)
    sharp = [
        Evidence(at=minute(60 * n), source=Source.REPORT, low_s=OFF_S - 2.0, high_s=OFF_S + 2.0)
        for n in range(14)
    ]
    store.add_clock_evidence(f"{BORIS}#1", sharp)
    store.keep_clock(store.clock_of(f"{BORIS}#1"), model(store.clock_evidence(f"{BORIS}#1")))
    assert fit_clocks(store, DIRECT, until=now) == {}
    assert Source.FIT not in store.clocks(BORIS)[0].evidence


def test_few_calls_fit_nothing(store, clock):
    now = talk(store, clock, calls=6)
    fit_clocks(store, DIRECT, until=now)
    assert Source.FIT not in store.clocks(BORIS)[0].evidence


def test_a_clock_that_nothing_vouches_for_any_more_is_fitted_wherever_it_may_be_by_now(store, clock):
    """Boris's clock was known to seconds; two days ago somebody set it, and his rows met no others since."""
    sharp = [
        Evidence(at=minute(360 * n), source=Source.REPORT, low_s=OFF_S - 202.0, high_s=OFF_S - 198.0)
        for n in range(8)
    ]
    now = talk(store, clock, time_of=TimeOf.RECORDED, hour=48, seen=sharp)
    assert ClockHistory(store.clock_of(f"{BORIS}#1").segments).bounds(minute(60 * 52)).high < OFF_S - 100
    fit_clocks(store, DIRECT, until=now)
    assert known(store, minute(60 * 52)) < 30


def test_a_clock_that_was_set_twice_is_fitted_between_though_it_was_seen_shortly_before_and_after(
    store, clock
):
    seen = [
        Evidence(
            at=minute(60 * hour), source=Source.REPORT, low_s=OFF_S + by_s - 2.0, high_s=OFF_S + by_s + 2.0
        )
        for hour, by_s in ((46, 250.0), (47, 250.0), (57, 150.0), (58, 150.0))
    ]
    now = talk(store, clock, time_of=TimeOf.RECORDED, hour=48, seen=seen)
    bounds = ClockHistory(store.clock_of(f"{BORIS}#1").segments).either(minute(60 * 52))
    assert not any(one.low <= OFF_S <= one.high for one in bounds)
    fit_clocks(store, DIRECT, until=now)
    assert known(store, minute(60 * 52)) < 30
