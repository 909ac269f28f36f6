"""The puzzles of the documentation have the solution that their stories tell; the page shows every word of it."""

import itertools
from dataclasses import replace

import pytest

from phonesync.calls.joining import join
from phonesync.calls.settling import settle
from phonesync.calls.values import Apart, CallDirection, Disposition, LegOutcome, Rule, Together
from tests.calls import puzzles
from tests.calls.puzzles import OFFICE

ANSWERED, ELSEWHERE, MISSED = LegOutcome.ANSWERED, LegOutcome.ANSWERED_ELSEWHERE, LegOutcome.MISSED
PLACED, FORWARDED = LegOutcome.PLACED, LegOutcome.FORWARDED


def solved(puzzle, knowledge=OFFICE):
    return [settle(call, puzzle.proven) for call in join(puzzle.rows, knowledge)]


def only(make):
    (call,) = solved(make())
    return call


def legs(call):
    return {leg.phone.removeprefix("desk-"): leg.outcome for leg in call.legs}


def rules(call):
    return {reason.rule for reason in call.reasons}


def test_five_phones_ring_and_one_answers():
    call = only(puzzles.group_with_one_answer)
    assert legs(call) == {"101": ANSWERED, **dict.fromkeys(("102", "103", "104", "105"), ELSEWHERE)}
    assert (call.answered_by, call.talk_s, call.group, call.owner) == ("101", 65, "Sales", "Sales")
    assert rules(call) == {Rule.RANG_TOGETHER}


def test_a_colleague_who_calls_a_group_makes_one_internal_call():
    call = only(puzzles.internal_to_a_group)
    assert (call.direction, call.calling.extension, call.called.extension) == (
        CallDirection.INTERNAL, "201", "600",
    )  # fmt: skip
    assert legs(call) == {"201": PLACED, "101": ELSEWHERE, "102": ANSWERED, "103": ELSEWHERE}
    assert (call.answered_by, call.talk_s) == ("102", 40)
    assert rules(call) == {Rule.RANG_TOGETHER, Rule.MIRRORED}


def test_an_impatient_callers_second_call_stays_a_second_call():
    first, second = solved(puzzles.impatient_caller())
    assert {call.disposition for call in (first, second)} == {Disposition.MISSED, Disposition.ANSWERED}
    assert sorted(len(call.legs) for call in (first, second)) == [2, 2]
    answered = first if first.disposition is Disposition.ANSWERED else second
    assert legs(answered) == {"111": ANSWERED, "112": ELSEWHERE}


@pytest.mark.parametrize(
    ("make", "rule", "there", "answered_by", "talk_s"),
    [
        (puzzles.blind_transfer, Rule.BLIND_TRANSFER, {"201": ANSWERED, "202": ANSWERED}, "201", 125),
        (puzzles.attended_transfer, Rule.ATTENDED_TRANSFER, {"201": ANSWERED, "202": ANSWERED}, "201", 300),
        (puzzles.forward, Rule.FORWARDED, {"201": FORWARDED, "202": ANSWERED}, "202", 33),
        (puzzles.pick_up, Rule.PICKED_UP, {"141": ELSEWHERE, "142": ANSWERED}, "142", 50),
        (puzzles.hunt_list, Rule.HUNT, {"121": ELSEWHERE, "122": ELSEWHERE, "123": ANSWERED}, "123", 20),
    ],
)
def test_a_call_goes_on_from_phone_to_phone(make, rule, there, answered_by, talk_s):
    call = only(make)
    assert rule in rules(call)
    assert legs(call) == there
    assert (call.answered_by, call.talk_s) == (answered_by, talk_s)


def test_the_end_of_summer_time_and_a_fast_clock_do_not_tear_a_call_apart():
    call = only(puzzles.end_of_summer_time)
    assert legs(call) == {"101": ANSWERED, "102": ELSEWHERE}
    assert call.started_at.isoformat() == "2026-10-25T00:58:30+00:00"


def test_a_gap_makes_missed_unknown():
    call = only(puzzles.gap_in_a_list)
    assert (call.disposition, call.unanswered) == (Disposition.UNKNOWN, True)
    assert call.coverage < 1
    (seen,) = solved(replace(puzzles.gap_in_a_list(), proven=puzzles.everything))
    assert seen.disposition is Disposition.MISSED


def test_what_nobody_can_decide_is_left_apart_and_said_to_be_uncertain():
    calls = solved(puzzles.undecidable())
    assert [len(call.legs) for call in calls] == [1, 1, 1]
    assert all(call.uncertain for call in calls)
    assert all(Rule.UNDECIDED in rules(call) for call in calls)


@pytest.mark.parametrize("make", puzzles.PUZZLES)
def test_the_order_in_which_rows_came_changes_nothing(make):
    puzzle = make()
    wanted = join(puzzle.rows, OFFICE)
    for rows in itertools.islice(itertools.permutations(puzzle.rows), 24):
        assert join(rows, OFFICE) == wanted


def test_puzzles_do_not_disturb_one_another():
    made = [make() for make in puzzles.PUZZLES]
    together = join([row for puzzle in made for row in renamed(puzzle)], OFFICE)
    apart = [call for puzzle in made for call in join(renamed(puzzle), OFFICE)]
    assert sorted(together, key=lambda call: call.id) == sorted(apart, key=lambda call: call.id)


def renamed(puzzle):
    return [replace(row, id=f"{puzzle.name}-{row.id}") for row in puzzle.rows]


def test_a_hand_made_mark_goes_before_every_rule_and_the_later_one_wins():
    puzzle = puzzles.group_with_one_answer()
    apart = Apart(one=frozenset({"105-1"}), other=frozenset({"101-1", "102-1", "103-1", "104-1"}))
    one, other = solved(puzzle, replace(OFFICE, marks=(apart,)))
    assert sorted(len(call.legs) for call in (one, other)) == [1, 4]
    again = Together(entries=frozenset(row.id for row in puzzle.rows))
    (call,) = solved(puzzle, replace(OFFICE, marks=(apart, again)))
    assert len(call.legs) == 5
    assert Rule.BY_HAND in rules(call)
    assert len(solved(puzzle, replace(OFFICE, marks=(again, apart)))) == 2


def test_equal_call_ids_join_whatever_the_numbers_say():
    puzzle = puzzles.undecidable()
    rows = [replace(row, call_id="a1@pbx") for row in puzzle.rows[1:]]
    (call, other) = join([puzzle.rows[0], *rows], OFFICE)
    assert sorted(len(one.legs) for one in (call, other)) == [1, 2]
    assert Rule.CALL_ID in rules(call) | rules(other)
