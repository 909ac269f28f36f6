"""Groups and hunt lists, learned from which phones ring for one caller."""

import random
from dataclasses import replace

import pytest

from phonesync.calls.learning import learn
from phonesync.calls.timing import moments
from phonesync.calls.values import Bounds, Ringing
from phonesync.model import ListName
from tests.calls.ringing_office import (
    ANSWERED,
    EXACT,
    MINUTES,
    RECORDED,
    START,
    Office,
    busy_days,
    caller,
)

SALES, SUPPORT, NIGHT = ("101", "102", "103"), ("104", "105", "106", "107", "108"), ("109", "110", "111")


def learned(office, **options):
    return {(one.ringing.value, one.members) for one in learn(office.rows, **options)}


def ring(office, members, times, *, every=3600.0, **options):
    """Several calls to a group, each by another caller and answered by nobody."""
    for number in range(times):
        office.together(members, caller(number), 1000 + number * every, **options)


def test_phones_that_ring_together_are_a_group():
    office = busy_days([SALES, SUPPORT], [NIGHT], calls=250)
    found = {one.members: one for one in learn(office.rows)}
    assert set(found) == {SALES, SUPPORT, NIGHT}
    assert found[NIGHT].ringing is Ringing.IN_TURN
    assert found[NIGHT].step_s == pytest.approx(15, abs=1)
    assert found[SALES].seen > 20
    assert START <= found[SALES].since < found[SALES].until


def test_groups_are_learned_from_phones_that_mean_different_times():
    kinds = dict(
        zip(
            (*SALES, *SUPPORT, *NIGHT),
            (EXACT, MINUTES, RECORDED, EXACT, ANSWERED, RECORDED, EXACT, MINUTES, EXACT, MINUTES, ANSWERED),
            strict=True,
        )
    )
    office = busy_days([SALES, SUPPORT], [NIGHT], kinds=kinds, calls=1000)
    assert learned(office) == {("together", SALES), ("together", SUPPORT), ("in turn", NIGHT)}


def test_a_hunt_list_of_phones_that_show_ends_is_learned_from_ends():
    office = busy_days([], [NIGHT], kinds=dict.fromkeys(NIGHT, RECORDED), calls=120)
    (found,) = learn(office.rows)
    assert (found.ringing, found.members) == (Ringing.IN_TURN, NIGHT)
    assert found.step_s == pytest.approx(15, abs=1)


def test_the_order_of_rows_changes_nothing():
    rows = busy_days([SALES], [NIGHT], calls=150).rows
    shuffled = rows.copy()
    random.Random(5).shuffle(shuffled)
    assert learn(shuffled) == learn(rows) != ()


def test_three_calls_of_two_callers_are_the_fewest():
    office = Office()
    ring(office, SALES, 2)
    assert learned(office) == set()
    office.together(SALES, caller(0), 50000.0)
    assert learned(office) == {("together", SALES)}
    alike = [replace(row, party=caller(0)) for row in office.rows]
    assert learn(alike) == ()


def test_single_calls_to_phones_are_no_group():
    office = busy_days([], [(*SALES, *SUPPORT)], calls=400, direct=1.0)
    assert learned(office) == set()


def test_a_group_within_a_group_is_one_of_its_own():
    office = Office()
    for number in range(12):
        office.together(SUPPORT if number % 2 else SUPPORT[:3], caller(number), number * 3600.0)
    assert learned(office) == {("together", SUPPORT), ("together", SUPPORT[:3])}


def test_a_phone_that_was_talking_need_not_have_rung():
    office = Office()
    for number in range(12):
        at = number * 3600.0
        talking = SUPPORT[number % 5] if number % 4 else None
        if talking:
            office.direct(talking, caller(500 + number), at - 20, talk=300)
        office.together(SUPPORT, caller(number), at)
    assert learned(office) == {("together", SUPPORT)}


def test_a_row_that_is_missing_where_nothing_is_proven_says_nothing():
    office = Office()
    for number in range(9):
        office.together(SALES if number < 5 else SALES[:2], caller(number), number * 3600.0)
        office.direct("103", caller(500 + number), number * 3600.0 + 1800)
    assert learned(office) == {("together", SALES), ("together", SALES[:2])}
    since = START.timestamp() + 4.5 * 3600
    unproven = {"103": [(since, since + 86400)]}
    assert learned(office, unproven=unproven) == {("together", SALES)}


def test_a_phone_that_was_switched_off_need_not_have_rung():
    office = Office()
    for number in range(12):
        members = SALES[:2] if 3 <= number < 9 else SALES
        office.together(members, caller(number), number * 7200.0)
    assert learned(office) == {("together", SALES)}


def test_a_caller_who_calls_again_at_once_is_two_calls():
    office = Office()
    for number in range(5):
        office.together(SALES, caller(number), number * 3600.0, waits=8)
        office.together(SALES, caller(number), number * 3600.0 + 30, waits=8)
    (found,) = learn(office.rows)
    assert (found.members, found.seen) == (SALES, 10)


def test_calls_of_colleagues_show_the_number_of_a_group():
    office = Office()
    ring(office, SALES, 3)
    for at in (20000.0, 30000.0, 40000.0):
        if at > 30000:
            office.direct("103", caller(9), at - 20, talk=300)
        office.placed("120", "600", at)
        office.together(SALES, "ext:120", at)
    (found,) = learn(office.rows)
    assert found.number == "600"


def test_a_number_that_makes_other_phones_ring_too_is_not_the_groups():
    office = Office()
    ring(office, SALES, 3)
    for number, at in (
        ("600", 20000.0),
        ("601", 30000.0),
        ("600", 40000.0),
        ("601", 50000.0),
        ("101", 60000.0),
    ):
        office.placed("120", number, at)
        office.together(SALES, "ext:120", at)
    office.placed("120", "600", 70000.0)
    (found,) = learn(office.rows)
    assert found.number is None


def test_three_groups_of_two_are_none_of_three():
    office = Office()
    pairs = (SALES[:2], SALES[1:], (SALES[0], SALES[2]))
    for number in range(18):
        left = next(extension for extension in SALES if extension not in pairs[number % 3])
        office.direct(left, caller(500 + number), number * 3600.0 - 20, talk=300)
        office.together(pairs[number % 3], caller(number), number * 3600.0)
    assert learned(office) == {("together", pair) for pair in pairs}


def test_what_is_picked_up_now_and_then_rings_in_no_group():
    office = Office(dict.fromkeys(SALES, MINUTES))
    for number in range(200):
        at = number * 3000.0
        if number % 20 == 0:
            office.row("101", caller(number), at, at + 12)
            office.row("102", caller(number), at + 10, at + 12, end=at + 80)
        else:
            office.direct(SALES[number % 2], caller(number), at)
    assert learned(office) == set()


def test_rows_that_do_not_say_who_rang_when_are_passed_over():
    office = Office()
    ring(office, SALES, 3)
    changes = (
        {"extension": None},
        {"party": None},
        {"count": 2},
        {"uncertain": True},
        {"timed": False},
        {"clock": None},
    )
    for change in changes:
        assert learn([replace(row, **change) for row in office.rows]) == ()
    sent = learn([replace(row, list_name=ListName.FORWARDED) for row in office.rows])
    assert {one.ringing for one in sent} == {Ringing.FORWARD}


def test_hunt_lists_that_begin_alike_are_two():
    office = Office()
    for number in range(20):
        members = ("101", "102", "103" if number % 2 else "104")
        answers = "102" if number > 12 else None
        office.in_turn(members, caller(number), number * 3600.0, answers=answers)
    assert learned(office) == {("in turn", ("101", "102", "103")), ("in turn", ("101", "102", "104"))}


def test_a_hunt_list_is_whole_though_its_ends_hardly_ever_ring_for_one_caller():
    office, members = Office(), ("101", "102", "103", "104")
    for number in range(21):
        at = number * 3600.0
        if 0 < number < 11:
            office.direct("101", caller(500 + number), at - 20, talk=300)
        office.in_turn(members, caller(number), at, answers="103" if number > 10 else None)
    assert learned(office) == {("in turn", members)}


def test_groups_that_share_phones_are_two():
    office = Office()
    for number in range(24):
        third = "103" if number % 2 else "104"
        if number % 4 > 1:
            office.direct(third, caller(500 + number), number * 3600.0 - 20, talk=300)
        office.together(("101", "102", third), caller(number), number * 3600.0)
        office.direct("103", caller(600 + number), number * 3600.0 + 1800)
        office.direct("104", caller(700 + number), number * 3600.0 + 1800)
    assert learned(office) >= {("together", ("101", "102", "103")), ("together", ("101", "102", "104"))}


def test_phones_that_ring_now_together_and_now_in_turn_are_no_group():
    office = Office()
    for number in range(20):
        office.together(SALES[:2], caller(number), number * 7200.0)
        office.row("103", caller(number), number * 7200.0 + number % 2 * 40, number * 7200.0 + 52)
    assert learned(office) == {("together", SALES[:2])}


def test_a_phone_whose_answers_show_no_start_is_learned_by_its_missed_calls():
    kinds = {"103": replace(RECORDED, resolution_s=60, slack_s=30.0)}
    office = busy_days([SALES], [], kinds=kinds, calls=300)
    rows = [replace(row, duration_s=None) if row.extension == "103" else row for row in office.rows]
    assert {one.members for one in learn(rows)} == {SALES}


def test_fewer_than_three_calls_make_no_hunt_list():
    office = Office()
    for number in range(9):
        office.in_turn(("101", "102"), caller(number), number * 3600.0)
        if number > 1:
            office.together(("101", "102"), caller(number), number * 3600.0 + 60)
    assert ("in turn", ("101", "102")) not in learned(office)


def test_phones_whose_times_lie_apart_do_not_ring_together():
    office = Office(dict.fromkeys(SALES, replace(MINUTES, slack_s=1.0)))
    for number in range(20):
        at = number * 3600.0 + 59
        office.row("101", caller(number), at, at + 20)
        office.row("102", caller(number), at + 90, at + 110)
    assert learned(office) == set()


def test_a_wider_clock_hides_no_group_whose_phones_all_answer():
    office = busy_days([SALES], [], kinds=dict.fromkeys(SALES, MINUTES), calls=400)
    office.rows = [replace(row, clock=Bounds(low=-40.0, high=40.0)) for row in office.rows]
    assert all(moments(row)[0].start.width > 60 for row in office.rows)
    assert learned(office) == {("together", SALES)}
