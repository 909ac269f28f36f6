"""Phones that ring for one caller at once, under every meaning of the time in their rows."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from phonesync.calls.joining import join
from phonesync.calls.values import Bounds, CallDirection, Disposition, Group, Knowledge, LegOutcome, Rule
from phonesync.model import Outcome, TimeOf
from tests.calls.rows import (
    CALLER,
    MEANINGS,
    OFFICE,
    OTHER,
    SALES,
    joined,
    missed,
    only,
    placed,
    received,
    rules,
    together,
)

MIXED = (TimeOf.START, TimeOf.RECORDED, TimeOf.ANSWERED)


@pytest.mark.parametrize("means", [*([one] * 3 for one in MEANINGS), MIXED])
def test_phones_of_a_group_that_ring_within_seconds_are_one_call(means):
    rows = (
        received("101", 0, 12, 72, time_of=means[0]),
        missed("102", 1, 12, time_of=means[1]),
        missed("103", 0, 13, time_of=means[2]),
    )
    call = only(*rows)
    assert call.direction is CallDirection.INBOUND
    assert (call.disposition, call.answered_by, call.talk_s) == (Disposition.ANSWERED, "101", 60)
    elsewhere = {leg.phone for leg in call.legs if leg.outcome is LegOutcome.ANSWERED_ELSEWHERE}
    assert elsewhere == {"desk-102", "desk-103"}
    assert rules(call) == {Rule.RANG_TOGETHER}
    assert not call.uncertain


@pytest.mark.parametrize("means", MEANINGS)
def test_an_impatient_callers_second_call_stays_a_second_call(means):
    first = [missed(extension, 0, 10, time_of=means) for extension in SALES.members]
    second = [missed(extension, 25, 40, time_of=means) for extension in SALES.members]
    assert joined(*first, *second) == {together(*first), together(*second)}


def test_a_second_call_that_is_answered_leaves_the_first_one_unanswered():
    first = [missed(extension, 0, 10) for extension in SALES.members]
    answered = received("102", 20, 24, 90)
    second = [missed("101", 20, 24), answered, missed("103", 20, 24)]
    calls = join([*first, *second], OFFICE)
    assert [set(call.entry_ids) for call in calls] == [together(*first), together(*second)]
    assert [call.unanswered for call in calls] == [True, False]


@pytest.mark.parametrize("means", MEANINGS)
def test_two_that_answered_at_one_moment_are_two_calls(means):
    one, other = received("101", 0, 5, 65, time_of=means), received("102", 0, 5, 65, time_of=means)
    assert joined(one, other) == {together(one), together(other)}


def test_a_phone_is_in_a_call_once():
    rows = [missed("101", at, at + 3) for at in (0, 4)]
    assert joined(*rows, received("102", 4, 9, 30)) == {
        together(rows[0]),
        frozenset({rows[1].id, "102-00004-received"}),
    }


def test_other_callers_are_other_calls():
    one, other = missed("101", 0, 10), missed("102", 0, 10, party=OTHER)
    assert joined(one, other) == {together(one), together(other)}


def test_phones_of_no_group_join_where_both_tell_the_same_second():
    one, other = missed("101", 0, 10), received("121", 0, 10, 30)
    assert joined(one, other, knowledge=Knowledge()) == {together(one, other)}
    late = missed("101", 4, 10)
    assert len(joined(late, other, knowledge=Knowledge())) == 2


@pytest.mark.parametrize("means", MEANINGS)
def test_a_row_of_minutes_joins_the_only_call_there_is(means):
    rows = [missed("101", 70, 90), received("102", 70, 90, 200), missed("103", 70, 90, resolution_s=60)]
    rows[2] = missed("103", 70, 90, resolution_s=60, time_of=means)
    assert joined(*rows) == {together(*rows)}


def test_a_row_of_minutes_joins_only_where_no_better_claim_exists():
    first = [missed("101", 2, 8), missed("102", 2, 8)]
    second = [missed("101", 30, 40), missed("102", 30, 40), missed("103", 30, 40)]
    vague = missed("103", 2, 8, resolution_s=60)
    assert joined(*first, *second, vague) == {together(*first, vague), together(*second)}


def test_a_row_of_minutes_that_fits_two_calls_is_uncertain_and_stays_apart():
    calls = [[missed("101", at, at + 6), missed("102", at, at + 6)] for at in (2, 30)]
    vague = missed("103", 2, 8, resolution_s=60)
    found = join([*calls[0], *calls[1], vague], OFFICE)
    assert {frozenset(call.entry_ids) for call in found} == {together(*some) for some in (*calls, [vague])}
    assert all(call.uncertain and Rule.UNDECIDED in rules(call) for call in found)


def test_rows_that_nobody_can_tell_apart_are_dealt_out_one_to_each_call():
    calls = [[missed("101", at, at + 6), missed("102", at, at + 6)] for at in (2, 30)]
    alike = [missed("103", 2, 8, resolution_s=60, id=f"alike-{number}") for number in (1, 2)]
    found = joined(*calls[0], *calls[1], *alike)
    assert sorted(map(len, found)) == [3, 3]


def test_a_phone_keeps_the_order_of_its_own_rows():
    calls = [[missed("101", at, at + 6), missed("102", at, at + 6)] for at in (2, 62, 122)]
    vague = [missed("103", at, at + 6, slack_s=90.0) for at in (2, 62, 122)]
    assert joined(*(row for some in calls for row in some), *vague) == {
        together(*some, row) for some, row in zip(calls, vague, strict=True)
    }


@pytest.mark.parametrize("means", MEANINGS)
def test_an_internal_call_is_one_call(means):
    rows = (placed("121", "ext:122", 0, 6, 66, time_of=means), received("122", 0, 6, 66, party="ext:121"))
    call = only(*rows)
    assert call.direction is CallDirection.INTERNAL
    assert (call.answered_by, call.talk_s) == ("122", 60)
    assert (call.calling.extension, call.called.extension) == ("121", "122")
    assert [leg.outcome for leg in call.legs] == [LegOutcome.PLACED, LegOutcome.ANSWERED]
    assert Rule.MIRRORED in rules(call)


@pytest.mark.parametrize("means", MEANINGS)
def test_an_internal_call_to_a_group_is_one_call(means):
    rows = (
        placed("121", "ext:600", 0, 6, 66, time_of=means),
        missed("101", 0, 6, party="ext:121"),
        received("102", 0, 6, 66, party="ext:121", time_of=means),
        missed("103", 0, 6, party="ext:121", resolution_s=60),
    )
    assert only(*rows).answered_by == "102"


def test_a_talk_that_only_one_of_two_phones_had_is_another_call():
    asked, other = placed("121", "ext:122", 0, 6, 66, slack_s=20), received("122", 0, 6, 96, party="ext:121")
    assert len(joined(asked, other)) == 2
    in_vain = placed("121", "ext:122", 0, 6, outcome=Outcome.NO_ANSWER)
    assert len(joined(in_vain, other)) == 2


def test_a_colleague_called_at_the_time_of_a_group_is_not_of_that_group():
    rows = [placed("121", "ext:101", 0, 20), missed("101", 0, 20, party="ext:121")]
    stray = missed("102", 0, 20, party="ext:121", resolution_s=60)
    assert joined(*rows, stray) == {together(*rows), together(stray)}


def test_a_group_of_which_too_few_rang_is_no_reason():
    rows = [missed(extension, 2, 10, resolution_s=60) for extension in ("101", "102")]
    five = Knowledge(groups=(type(SALES)(name="Five", members=("101", "102", "103", "104", "105")),))
    assert joined(*rows, knowledge=OFFICE) == {together(*rows)}
    assert joined(*rows, knowledge=five) == {together(one) for one in rows}


def test_a_withheld_caller_is_known_by_the_group_alone():
    rows = [missed(extension, 0, 10, party=None) for extension in ("101", "102")]
    stranger = missed("121", 0, 10, party=None)
    calls = join([*rows, stranger], OFFICE)
    assert {frozenset(call.entry_ids) for call in calls} == {together(*rows), together(stranger)}
    assert calls[0].calling.number_shown is None
    assert "a caller without a number" in calls[0].reasons[0].text


def test_a_phone_that_talks_may_be_called_by_another():
    rows = received("101", 0, 5, 300), missed("101", 60, 80), missed("102", 60, 80)
    assert joined(*rows) == {together(rows[0]), together(*rows[1:])}
    assert all(one.started_at < other.started_at for one, other in pairwise(join(rows, OFFICE)))


def test_what_nobody_answered_is_the_call_that_ended_as_it_stopped_ringing():
    """Lists that show the end and no talk time leave open when a phone dialled."""
    vague = {"time_of": TimeOf.RECORDED, "duration_s": None}
    first, second = placed("122", "ext:113", 0, 20, **vague), placed("122", "ext:113", 40, 60, **vague)
    rang = missed("113", 0, 20, party="ext:122", time_of=TimeOf.RECORDED)
    assert joined(first, second, rang) == {together(first, rang), together(second)}


def test_two_calls_that_nobody_answered_keep_their_ends():
    vague = {"time_of": TimeOf.RECORDED, "duration_s": None}
    first, second = placed("122", "ext:113", 0, 20, **vague), placed("122", "ext:113", 40, 60, **vague)
    rang = [missed("113", at, at + 20, party="ext:122", time_of=TimeOf.RECORDED) for at in (0, 40)]
    assert joined(first, second, *rang) == {together(first, rang[0]), together(second, rang[1])}


def test_rows_of_one_minute_are_of_the_call_that_shows_the_number_in_the_same_way():
    national = f"8{CALLER.removeprefix('+7')}"
    first = [missed(member, 2, 8) for member in ("101", "102")]
    second = [missed(member, 20, 26, number=national) for member in ("101", "102")]
    later = missed("103", 20, 26, resolution_s=60, id="a", number=national)
    earlier = missed("103", 2, 8, resolution_s=60, id="b")
    assert joined(*first, *second, later, earlier) == {together(*first, earlier), together(*second, later)}


def test_how_a_number_is_shown_decides_nothing_where_no_call_shows_it_so():
    first = [missed(member, 2, 8) for member in ("101", "102")]
    second = [missed(member, 20, 26) for member in ("101", "102")]
    vague = missed("103", 2, 8, resolution_s=60, number=f"007{CALLER.removeprefix('+7')}")
    assert joined(*first, *second, vague) == {together(*first), together(*second), together(vague)}


def test_a_report_of_a_call_comes_before_a_row_that_stands_for_several():
    """Boris was dialled twice within a minute; Anna's phone made one row of it, and reported each call."""
    first = placed("101", "ext:102", 0, 20, heard=True, duration_s=None, outcome=Outcome.NO_ANSWER)
    second = placed("101", "ext:102", 26, 43, 84, heard=True)
    both = placed("101", "ext:102", 26, 43, 84, id="both", count=2, time_of=TimeOf.ANSWERED)
    rang = missed("102", 0, 20, party="ext:101")
    talked = received("102", 26, 43, 84, party="ext:101")
    found = joined(first, second, both, rang, talked)
    assert together(first, rang) in found
    assert together(second, talked) in found


def test_a_row_that_stands_for_several_speaks_against_no_group_that_reports_tell_of():
    """Two calls rang the group; somebody's row of the minute fits both, another one's stands for two calls."""
    first = [missed(member, 0, 8) for member in ("101", "102")]
    second = [missed(member, 40, 48) for member in ("101", "102")]
    merged = missed("104", 40, 48, count=2)
    vague = missed("103", 40, 48, resolution_s=60, slack_s=30.0)
    four = Knowledge(groups=(Group(name="Four", number="600", members=("101", "102", "103", "104")),))
    found = joined(*first, *second, merged, vague, knowledge=four)
    assert found == {together(*first), together(*second, merged), together(vague)}


def test_a_phone_whose_clock_was_set_about_then_rang_with_its_group():
    clocks = Bounds(low=-20.0, high=60.0), Bounds(low=260.0, high=340.0)
    rough = missed(
        "103",
        0,
        12,
        time_of=TimeOf.RECORDED,
        resolution_s=60,
        clock=Bounds(low=-20.0, high=340.0),
        turned=clocks,
    )
    rows = missed("101", 0, 12), received("102", 0, 12, 80), rough
    assert joined(*rows) == {together(*rows)}
    minutes = [replace(row, resolution_s=60) for row in rows[:2]]
    assert joined(*minutes, rough) == {together(*minutes, rough)}
    before = replace(rough, at=rough.at + timedelta(seconds=360), turned=clocks[::-1])
    assert joined(*minutes, before) == {together(*minutes, before)}


def test_who_dials_one_phone_of_a_group_rings_at_all_that_begin_with_it():
    rang = missed("102", 0, 8, party="ext:122")
    answered = placed("122", "ext:101", 0, 8, 60), received("101", 0, 8, 60, party="ext:122")
    assert joined(*answered, rang) == {together(*answered, rang)}
    in_vain = placed("122", "ext:101", 0, 8), missed("101", 0, 8, party="ext:122")
    assert joined(*in_vain, rang) == {together(*in_vain, rang)}
