"""Rows as a perfect reader keeps them tell the truth within what they show."""

from collections import Counter
from datetime import timedelta

import pytest

from phonesync import registry
from phonesync.calls.values import Ringing
from phonesync.farm import perfect
from phonesync.farm.habits import Calls
from phonesync.farm.perfect import Kept, Reading
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import ALL_MEANINGS, CALLS_MIX, FarmSpec, WrongClocks
from phonesync.farm.verifying import START
from phonesync.model import TimeOf


@pytest.fixture(scope="module")
def world() -> FarmWorld:
    spec = FarmSpec(
        phones=36,
        mix=CALLS_MIX,
        seed=1,
        chaos=0,
        start=START,
        days=1,
        calls=Calls.RICH,
        meanings=ALL_MEANINGS,
        clocks=WrongClocks(set_anew=(1.0, 7.0)),
    )
    return perfect.lived_through(spec, registry.emulators())


@pytest.fixture(scope="module")
def kept(world) -> list[Kept]:
    return list(perfect.rows(world, Reading()))


def test_one_third_of_the_phones_shows_minutes_and_all_meanings_are_there(world):
    facts = [desk.memory.facts for desk in world.desks.values()]
    assert sum(fact.resolution_s == 60 for fact in facts) == 12
    assert {fact.time_of for fact in facts} == set(ALL_MEANINGS)


def test_a_model_and_firmware_has_one_meaning(world):
    means = {}
    for desk in world.desks.values():
        known = means.setdefault((desk.memory.model, desk.memory.firmware), desk.memory.facts.time_of)
        assert known is desk.memory.facts.time_of


def test_clocks_are_off_by_up_to_five_minutes_and_are_set_anew(world, kept):
    offsets = [one.recording.clock_s for one in kept]
    assert max(map(abs, offsets)) < 310
    assert min(offsets) < -60 < 60 < max(offsets)
    steps = Counter(what for name in world.desks for _, what in world.truth.events(name))
    assert steps["clock set"]


def test_what_a_row_shows_and_its_clock_hold_the_true_instant(kept):
    for one in kept:
        row, truth = one.row, one.recording
        if row.heard:
            assert timedelta(seconds=-1) < row.at - truth.started < timedelta(seconds=1)
            assert row.time_of is TimeOf.START
            continue
        meant = truth.meant(row.time_of)
        low = row.at - timedelta(seconds=row.clock.high)
        high = row.at + timedelta(seconds=row.resolution_s - row.clock.low)
        assert low <= meant <= high
        assert row.unseen_at <= truth.recorded < row.first_seen_at


def test_about_half_of_the_phones_report_and_coarse_lists_show_no_duration(kept):
    heard = {one.row.phone for one in kept if one.row.heard}
    assert 0.25 < len(heard) / len({one.row.phone for one in kept}) < 0.75
    assert all(one.row.duration_s is None for one in kept if one.row.resolution_s == 60)


def test_clocks_and_meanings_may_be_unknown(world):
    reading = Reading(events=0.0, clock_s=None, minutes_clock_s=None, meanings_known=False)
    rows = [one.row for one in perfect.rows(world, reading)]
    assert all(row.clock is None and row.time_of is TimeOf.UNKNOWN for row in rows)


def test_groups_are_told_as_a_configuration_states_them(world):
    groups = perfect.groups_of(world.office.staff)
    assert {group.ringing for group in groups} >= {Ringing.PICKUP}
    assert all((group.step_s is not None) == (group.ringing is Ringing.IN_TURN) for group in groups)
