"""The table of troubles: its rates hold, its levels nest, its events come in order, its docs print."""

import itertools
from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from phonesync.farm import chaos
from phonesync.farm.chaos import LEVELS, TABLE, ChaosEvent, Trouble
from phonesync.farm.faults import FaultKind
from tests.farm.toys import START

DAYS = 400


def run_of(level: int, *, seed: int = 1, desks: int = 20, days: float = DAYS) -> list[ChaosEvent]:
    stream = chaos.events(level=level, seed=seed, desks=desks, start=START)
    return list(itertools.takewhile(lambda event: event.at < START + timedelta(days=days), stream))


def test_level_0_is_quiet():
    assert next(chaos.events(level=0, seed=1, desks=200, start=START), None) is None


@pytest.mark.parametrize("level", LEVELS[1:])
def test_each_level_has_the_troubles_of_the_levels_below_it(level: int):
    below = {rate.trouble for rate in chaos.rates(level - 1)}
    here = {rate.trouble for rate in chaos.rates(level)}
    assert below < here
    assert {event.trouble for event in run_of(level)} == here


def test_the_levels_hold_what_they_promise():
    first = {rate.trouble: rate.level for rate in TABLE}
    assert {trouble for trouble, level in first.items() if level == 1} == {
        Trouble.OFFLINE,
        Trouble.AWAY,
        Trouble.SLOW,
    }
    assert first[Trouble.CLOCK] == first[Trouble.ROWS_DELETED] == first[Trouble.LIST_CLEARED] == 2
    assert first[Trouble.REBOOT] == 2
    assert {trouble for trouble, level in first.items() if level == 3} == {
        Trouble.BROKEN, Trouble.SWAP, Trouble.FIRMWARE,
    }  # fmt: skip
    assert set(first) == set(Trouble)


def test_troubles_strike_as_often_as_the_table_says():
    counted = Counter(event.trouble for event in run_of(3))
    for rate in TABLE:
        expected = rate.per_day * DAYS * 20
        assert 0.6 * expected - 6 < counted[rate.trouble] < 1.4 * expected + 6, rate


def test_events_come_in_the_order_of_time_and_last_as_long_as_the_table_says():
    events = run_of(3, days=60)
    assert all(one.at <= other.at for one, other in itertools.pairwise(events))
    for event in events:
        rate = next(rate for rate in TABLE if rate.trouble is event.trouble)
        least, most = rate.lasts_s or (0, 0)
        assert least - 0.001 <= (event.until - event.at).total_seconds() <= most + 0.001
        assert rate.amount[0] * 0.999 <= abs(event.amount) <= rate.amount[1] * 1.001


def test_troubles_of_one_kind_do_not_overlap_on_one_phone():
    until: dict[tuple[int, Trouble], object] = {}
    for event in run_of(3):
        key = event.desk, event.trouble
        assert key not in until or until[key] <= event.at
        until[key] = event.until


def test_the_seed_decides_and_a_phone_does_not_care_for_its_neighbours():
    assert run_of(3, days=30) == run_of(3, days=30)
    assert run_of(3, days=30) != run_of(3, days=30, seed=2)
    few = [event for event in run_of(3, desks=40, days=30) if event.desk < 20]
    assert few == run_of(3, desks=20, days=30)


def test_clocks_go_wrong_both_ways_and_lost_ones_go_back():
    events = run_of(2)
    clock = [event.amount for event in events if event.trouble is Trouble.CLOCK]
    assert min(clock) < 0 < max(clock)
    assert all(event.amount < 0 for event in events if event.trouble is Trouble.CLOCK_LOST)


def test_some_clocks_drift_from_level_2_on():
    drifts = [chaos.drift_ppm(level=2, seed=1, desk=desk) for desk in range(500)]
    assert 20 < sum(drift != 0 for drift in drifts) < 90
    assert max(map(abs, drifts)) <= chaos.DRIFT_PPM
    assert not any(chaos.drift_ppm(level=1, seed=1, desk=desk) for desk in range(500))


def test_broken_answers_break_as_large_a_share_as_asked():
    rng = Random(1)
    faults = [chaos.broken_answer(rng, 0.5) for _ in range(2000)]
    broken = [fault for fault in faults if fault is not None]
    assert 900 < len(broken) < 1100
    assert {fault.kind for fault in broken} == set(chaos.BROKEN_KINDS)
    cuts = [fault for fault in broken if fault.kind is FaultKind.CUT]
    assert {fault.with_length for fault in cuts} == {True, False}
    assert min(fault.at_byte for fault in cuts) < 10


def test_the_docs_table_has_a_row_for_each_trouble_and_one_for_drift():
    lines = chaos.table_markdown().splitlines()
    assert len(lines) == 2 + len(TABLE) + 1
    assert all(line.count("|") == 6 for line in lines)
    for rate, line in zip(TABLE, lines[2:], strict=False):
        assert line.startswith(f"| {rate.level} | {rate.trouble} | {rate.per_day:g} |")
    assert "10 min to 2 d" in chaos.table_markdown()
    assert "an instant" in chaos.table_markdown()
