"""A call goes on from one phone to the next: hunt lists, forwards, transfers, pick-ups."""

from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.calls.joining import join
from phonesync.calls.sentences import in_english
from phonesync.calls.values import Disposition, Group, Knowledge, LegOutcome, Ringing, Rule
from phonesync.model import Outcome, TimeOf
from tests.calls.rows import (
    CALLER,
    HUNT,
    MEANINGS,
    OFFICE,
    OTHER,
    forwarded,
    joined,
    missed,
    only,
    placed,
    received,
    rules,
    together,
)

KNOWN = (TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED)
TO_122 = Knowledge(groups=(*OFFICE.groups, Group(name="On", members=("101", "122"), ringing=Ringing.FORWARD)))


@pytest.mark.parametrize("means", KNOWN)
def test_hunt_lists_ring_one_after_another(means):
    rows = (
        missed("111", 0, 15, time_of=means),
        missed("112", 15, 30, time_of=means),
        received("113", 30, 36, 96, time_of=means),
    )
    call = only(*rows)
    assert (call.answered_by, call.called.extension) == ("113", "610")
    assert Rule.HUNT in rules(call)
    assert [leg.phone for leg in call.legs] == ["desk-111", "desk-112", "desk-113"]


def test_a_member_of_a_hunt_list_that_shows_nothing_was_passed_by():
    busy = missed("111", 0, 15), received("113", 15, 21, 96)
    assert only(*busy).answered_by == "113"


def test_who_had_a_turn_in_a_hunt_list_shows_it_unless_nobody_reads_that_phone():
    rows = missed("111", 0, 15), received("113", 30, 36, 96)
    assert len(joined(*rows)) == 2
    unread = replace(OFFICE, phones={member: OFFICE.phones[member] for member in ("111", "113")})
    assert only(*rows, knowledge=unread).answered_by == "113"
    shown = *rows, missed("112", 15, 30)
    assert joined(*shown) == {together(*shown)}


def test_a_row_with_minutes_does_not_skip_members_of_a_hunt_list_that_show_nothing():
    rows = missed("111", 0, 15), received("113", 15, 21, 96, resolution_s=60)
    assert len(joined(*rows)) == 2


def test_between_two_calls_of_one_list_a_row_with_minutes_goes_where_its_phone_has_its_turn():
    first = [missed("111", 0, 15), missed("112", 15, 30)]
    second = [missed("111", 60, 75), missed("112", 75, 90)]
    last = received("113", 90, 96, 150, resolution_s=60)
    assert joined(*first, *second, last) == {together(*first), together(*second, last)}


def test_what_a_phone_sent_on_twice_is_picked_up_in_the_later_call():
    known = replace(
        OFFICE, groups=(*OFFICE.groups, Group(name="On", members=("101", "121"), ringing=Ringing.FORWARD))
    )
    first = [forwarded("101", 0, 10), missed("121", 10, 40, time_of=TimeOf.RECORDED, resolution_s=60)]
    second = [forwarded("101", 50, 60), missed("121", 60, 75, time_of=TimeOf.RECORDED, resolution_s=60)]
    taker = received("122", 75, 75, 99, ring_s=0)
    assert together(*first, taker) not in joined(*first, *second, taker, knowledge=known)


def test_a_colleague_who_waited_on_was_picked_up_for_where_both_talks_ended_together():
    asked = placed("101", "ext:121", 0, 9, 60)
    rang = missed("121", 0, 9, party="ext:101", ring_s=9)
    vague = {"party": "ext:101", "time_of": TimeOf.RECORDED, "resolution_s": 60, "duration_s": None}
    taker = received("122", 9, 9, 60, **vague)
    call = only(asked, rang, taker)
    assert call.answered_by == "122"
    assert Rule.PICKED_UP in rules(call)
    silent = replace(asked, duration_s=0)
    assert together(taker) in joined(silent, rang, taker)


def test_who_called_hangs_up_no_sooner_than_who_talked_with_him():
    asked = placed("101", "ext:105", 0, 20, 30), received("122", 12, 20, 130, party="ext:101")
    assert len(joined(*asked)) == 2


def test_who_is_certain_to_have_hung_up_before_reached_nobody_who_talked_on():
    shown = {"party": "ext:101", "time_of": TimeOf.RECORDED}
    asked = placed("101", "ext:121", 0, 9, 30, time_of=TimeOf.RECORDED), missed("121", 0, 9, party="ext:101")
    talked_on = received("122", 9, 9, 130, **shown)
    assert together(talked_on) in joined(*asked, talked_on)
    ended_with_him = received("122", 9, 9, 30, **shown)
    assert only(*asked, ended_with_him).answered_by == "122"


def test_only_the_members_of_a_pick_up_group_pick_up():
    known = replace(OFFICE, groups=(*OFFICE.groups, Group(name="Both", members=("121", "131"))))
    rows = missed("121", 0, 9, ring_s=9), received("131", 9, 9, 69, ring_s=0)
    assert len(joined(*rows, knowledge=known)) == 2


def test_of_two_phones_that_sent_a_call_on_the_usual_way_of_either_counts():
    known = Knowledge(
        groups=(
            Group(name="On", members=("101", "122"), ringing=Ringing.FORWARD),
            Group(name="Both", members=("101", "102")),
        )
    )
    sent = forwarded("102", 0, 12, ring_s=12), forwarded("101", 0, 12, ring_s=12)
    on = missed("122", 12, 30)
    assert joined(*sent, on, knowledge=known) == {together(*sent, on)}


def test_a_call_of_which_only_the_ends_are_known_to_minutes_was_handed_over_where_the_colleague_talked_on():
    vague = {"time_of": TimeOf.RECORDED, "resolution_s": 60, "duration_s": None}
    held = received("101", 0, 5, 65, **vague)
    asking = placed("101", "ext:122", 40, 46, 65, **vague)
    asked = received("122", 40, 46, 200, party="ext:101")
    assert joined(held, asking, asked) == {together(held, asking, asked)}


def test_colleagues_who_talked_equally_long_talked_with_one_another():
    held = received("101", 0, 5, 65, ring_s=5)
    asking = placed("101", "ext:122", 40, 46, 65, ring_s=6)
    asked = received("122", 40, 46, 65, party="ext:101", ring_s=6)
    assert joined(held, asking, asked) == {together(held), together(asking, asked)}


@pytest.mark.parametrize("start", [7, 22])
def test_a_phone_of_a_hunt_list_that_rings_out_of_its_turn_rings_for_another_call(start):
    assert len(joined(missed("111", 0, 15), received("113", start, start + 40, 200))) == 2


def test_a_hunt_list_does_not_go_back():
    assert len(joined(missed("113", 0, 15), received("111", 15, 21, 96))) == 2


def test_a_hunt_list_of_which_the_step_is_unknown_goes_on_where_ringing_stops():
    loose = Knowledge(groups=(replace(HUNT, step_s=None),))
    rows = missed("111", 0, 22, ring_s=22), received("112", 22, 25, 60)
    assert joined(*rows, knowledge=loose) == {together(*rows)}
    apart = missed("111", 0, 22, ring_s=22), received("112", 40, 45, 60)
    assert len(joined(*apart, knowledge=loose)) == 2


def test_a_hunt_list_called_from_inside_is_one_call():
    rows = (
        placed("101", "ext:610", 0, 20, 80),
        missed("111", 0, 15, party="ext:101"),
        received("112", 15, 20, 80, party="ext:101"),
    )
    assert only(*rows).answered_by == "112"


def test_two_rounds_of_a_hunt_list_are_two_calls():
    first = [missed("111", 0, 15), missed("112", 15, 30), missed("113", 30, 45)]
    second = [missed("111", 60, 75), received("112", 75, 80, 140)]
    assert joined(*first, *second) == {together(*first), together(*second)}


def test_members_of_a_hunt_list_with_minutes_find_their_call():
    rows = (
        missed("111", 60, 75),
        missed("112", 75, 90, resolution_s=60),
        received("113", 90, 96, 150, resolution_s=60),
    )
    assert joined(*rows) == {together(*rows)}


@pytest.mark.parametrize("means", KNOWN)
def test_a_call_that_a_phone_sent_on_rings_at_another(means):
    rows = (
        forwarded("101", 0, 12, time_of=means, ring_s=12),
        received("122", 12, 18, 78, time_of=means, ring_s=6),
    )
    call = only(*rows)
    assert call.disposition is Disposition.ANSWERED
    assert Rule.FORWARDED in rules(call)
    assert call.legs[0].outcome is LegOutcome.FORWARDED


def test_a_call_that_was_sent_on_by_way_of_a_phone_that_shows_nothing_rings_again_so_much_later():
    rows = forwarded("101", 0, 12, ring_s=12), received("122", 37, 43, 99)
    assert len(joined(*rows)) == 2
    by_way = Group(name="On", members=("101", "122"), ringing=Ringing.FORWARD, step_s=25.0)
    known = replace(OFFICE, groups=(*OFFICE.groups, by_way))
    call = only(*rows, knowledge=known)
    assert (call.answered_by, rules(call)) == ("122", {Rule.FORWARDED})
    (reason,) = call.reasons
    assert in_english(reason.said) == (
        "desk-101 sent the call on, and desk-122 began to ring for the same caller 25 s later; "
        "for so long its calls ring at a phone between, which shows nothing."
    )
    for start in (12, 47):
        elsewhere = forwarded("101", 0, 12, ring_s=12), received("123", start, start + 6, 99)
        assert len(joined(*elsewhere, knowledge=known)) == (1 if start == 12 else 2)
    late = forwarded("101", 0, 12, ring_s=12), received("122", 47, 53, 99)
    assert len(joined(*late, knowledge=known)) == 2
    withheld = [replace(row, party=None, number=None) for row in rows]
    assert len(joined(*withheld, knowledge=known)) == 2


def test_a_call_inside_that_stopped_ringing_did_not_go_elsewhere_later():
    rows = (
        placed("122", "ext:101", 0, 20, time_of=TimeOf.UNKNOWN, duration_s=None),
        missed("101", 0, 20, party="ext:122", time_of=TimeOf.RECORDED),
        received("102", 60, 66, 99, party="ext:122"),
    )
    assert joined(*rows) == {together(*rows[:2]), together(rows[2])}


def test_a_call_inside_that_was_sent_on_goes_on_after_the_dialled_phone_stopped_ringing():
    rows = (
        placed("122", "ext:101", 0, 30, 90, ring_s=30),
        forwarded("101", 0, 12, party="ext:122", ring_s=12),
        received("103", 30, 30, 90, party="ext:122", ring_s=0),
    )
    assert only(*rows).answered_by == "103"


def test_a_later_member_that_stopped_ringing_as_the_next_answered_did_not_ring_with_the_first():
    four = Group(name="Four", number="610", members=("111", "112", "113", "121"), ringing=Ringing.IN_TURN)
    ends = {"time_of": TimeOf.RECORDED, "slack_s": 1.5}
    rows = (
        placed("122", "ext:610", 40, 119, 170, **ends),
        missed("111", 40, 65, party="ext:122", resolution_s=60),
        missed("112", 65, 90, party="ext:122"),
        missed("113", 90, 115, party="ext:122", **ends),
        received("121", 115, 119, 170, party="ext:122", resolution_s=60, duration_s=None),
    )
    assert only(*rows, knowledge=replace(OFFICE, groups=(four,))).answered_by == "121"


def test_who_answered_as_a_later_member_of_a_hunt_list_did_not_ring_from_the_start():
    rows = (
        placed("122", "ext:610", 0, 34, 99, ring_s=34),
        missed("111", 0, 15, party="ext:122", time_of=TimeOf.RECORDED, resolution_s=60),
        missed("112", 15, 30, party="ext:122"),
        received("113", 30, 34, 99, party="ext:122", time_of=TimeOf.ANSWERED),
    )
    call = only(*rows)
    assert (call.answered_by, Rule.HUNT in rules(call)) == ("113", True)


def test_a_call_that_was_sent_on_at_once_rings_where_both_clocks_are_known_well():
    elsewhere = Group(name="On", members=("101", "121"), ringing=Ringing.FORWARD)
    known = replace(OFFICE, groups=(*OFFICE.groups, elsewhere))
    assert Rule.FORWARDED in rules(only(forwarded("101", 0, 0), missed("122", 2, 20), knowledge=known))
    assert len(joined(forwarded("101", 0, 0), missed("122", 4, 20), knowledge=known)) == 2


def test_of_two_calls_that_a_phone_may_have_handed_over_it_left_the_one_with_the_same_minute():
    ends = {"time_of": TimeOf.RECORDED, "resolution_s": 60}
    before = placed("101", OTHER, 0, 5, 58, duration_s=None, **ends)
    held = received("101", 62, 66, 118, duration_s=None, **ends)
    asked = (
        placed("101", "ext:122", 100, 105, 118, duration_s=None, **ends),
        received("122", 100, 105, 180, party="ext:101"),
    )
    assert joined(before, held, *asked) == {together(before), together(held, *asked)}


def test_a_report_says_that_a_phone_sent_a_call_on():
    rows = missed("101", 0, 12, ring_s=12, outcome=Outcome.FORWARDED), received("122", 12, 18, 78)
    assert Rule.FORWARDED in rules(only(*rows))


def test_a_forwarded_call_that_nobody_answered_is_forwarded():
    call = only(forwarded("101", 0, 0))
    assert call.disposition is Disposition.FORWARDED
    on = only(forwarded("101", 0, 12, ring_s=12), missed("122", 12, 20))
    assert on.unanswered


def test_a_call_goes_on_where_that_phones_calls_mostly_go():
    sent = forwarded("101", 0, 12, slack_s=20)
    usual, other = missed("122", 12, 30), missed("132", 24, 40)
    assert together(sent, usual) in joined(sent, usual, other, knowledge=TO_122)
    assert len(joined(sent, other, knowledge=TO_122)) == 2


def test_a_call_sent_on_to_one_of_two_is_left_apart():
    sent = forwarded("101", 0, 12, ring_s=12)
    two = received("122", 12, 18, 78), received("113", 12, 18, 70)
    calls = join([sent, *two], OFFICE)
    assert len(calls) == 3
    assert [
        call.uncertain and call.contested for call in calls if call.unanswered or not call.answered_by
    ] == [True]


def test_nothing_rings_on_before_it_was_sent():
    assert len(joined(forwarded("101", 30, 42, ring_s=12), received("122", 0, 6, 25))) == 2


@pytest.mark.parametrize("means", [TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED])
def test_a_blind_transfer_is_one_call(means):
    first, second = (
        received("101", 0, 5, 65, ring_s=5, time_of=means),
        received("122", 65, 71, 131, ring_s=6, time_of=means),
    )
    call = only(first, second)
    assert rules(call) == {Rule.BLIND_TRANSFER}
    assert (call.answered_by, call.talk_s) == ("101", 120)
    assert [leg.outcome for leg in call.legs] == [LegOutcome.ANSWERED] * 2


def test_a_caller_who_calls_again_after_talking_is_not_transferred():
    assert len(joined(received("101", 0, 5, 65, ring_s=5), received("122", 80, 86, 131, ring_s=6))) == 2


def test_a_call_to_the_outside_can_be_transferred_too():
    rows = placed("101", OTHER, 0, 9, 69, ring_s=9), received("122", 69, 75, 100, party=OTHER)
    call = only(*rows)
    assert Rule.BLIND_TRANSFER in rules(call)
    assert (call.called.e164, call.talk_s) == (OTHER, 85)


@pytest.mark.parametrize("means", KNOWN)
def test_an_attended_transfer_is_one_call(means):
    held = received("101", 0, 5, 65, time_of=means, ring_s=5)
    asking = placed("101", "ext:122", 40, 46, 65, time_of=means, ring_s=6)
    asked = received("122", 40, 46, 200, party="ext:101", time_of=means, ring_s=6)
    call = only(held, asking, asked)
    assert Rule.ATTENDED_TRANSFER in rules(call)
    assert call.answered_by == "101"
    assert call.talk_s == 60 + (154 - 19)
    assert {leg.phone: len(leg.entry_ids) for leg in call.legs} == {"desk-101": 2, "desk-122": 1}


@pytest.mark.parametrize("lengths", [True, False])
def test_a_colleague_who_talks_on_was_handed_the_call(lengths):
    held = received("101", 0, 5, 65, slack_s=3.0)
    asking = placed("101", "ext:122", 40, 46, 65, slack_s=3.0)
    asked = received("122", 40, 46, 200, party="ext:101")
    if not lengths:
        asked = replace(asked, time_of=TimeOf.RECORDED, duration_s=None, at=held.at + timedelta(seconds=200))
    assert joined(held, asking, asked) == {together(held, asking, asked)}


def test_a_colleague_asked_during_a_call_that_goes_on_is_a_call_of_his_own():
    held = received("101", 0, 5, 300)
    asking = placed("101", "ext:122", 40, 46, 65)
    asked = received("122", 40, 46, 65, party="ext:101")
    assert joined(held, asking, asked) == {together(held), together(asking, asked)}


def test_a_colleague_who_hangs_up_with_the_others_is_not_sure_to_have_the_call():
    held = received("101", 0, 5, 65, slack_s=3.0)
    asking = placed("101", "ext:122", 40, 46, 63, slack_s=3.0)
    asked = received("122", 40, 46, 63, party="ext:101", slack_s=3.0)
    assert together(held) in joined(held, asking, asked)
    alone = placed("101", "ext:122", 40, 46, 63, slack_s=3.0)
    assert together(held) in joined(held, alone)


@pytest.mark.parametrize("slack_s", [0.0, 1.0])
def test_what_rings_at_one_phone_is_picked_up_at_another(slack_s):
    rows = missed("121", 0, 9, ring_s=9), received("122", 9, 9, 69, ring_s=0, slack_s=slack_s)
    call = only(*rows)
    assert rules(call) == {Rule.PICKED_UP}
    assert call.legs[0].outcome is LegOutcome.ANSWERED_ELSEWHERE


def test_a_department_may_pick_up_its_calls():
    rows = missed("131", 0, 9, ring_s=9), received("132", 9, 9, 69, ring_s=0)
    assert len(joined(*rows)) == 2
    sales = [replace(one, department="Sales") for one in rows]
    assert joined(*sales) == {together(*sales)}


def test_who_was_called_elsewhere_rings_for_the_colleague_who_waits():
    rows = placed("101", "ext:105", 0, 20, 50), received("122", 12, 20, 50, party="ext:101")
    call = only(*rows)
    assert Rule.MIRRORED in rules(call)
    assert call.answered_by == "122"


def test_who_was_dialled_rings_at_once_or_not_at_all():
    rows = placed("101", "ext:122", 0, 20), missed("122", 12, 20, party="ext:101")
    assert len(joined(*rows)) == 2


@pytest.mark.parametrize("means", MEANINGS)
def test_callers_who_hide_their_number_are_followed_only_where_a_phone_sent_one_on(means):
    turns = missed("111", 0, 15, party=None), received("112", 15, 20, 60, party=None, time_of=means)
    assert len(joined(*turns)) == 2
    sent = forwarded("111", 0, 12, party=None, ring_s=12), received("112", 12, 15, 60, party=None)
    assert Rule.FORWARDED in rules(only(*sent))


def test_who_called_a_hunt_list_shows_all_that_he_dialled():
    vague = {"party": "ext:101", "time_of": TimeOf.RECORDED, "resolution_s": 60, "duration_s": None}
    rows = (
        placed("101", "ext:610", 0, 20, 80),
        missed("111", 0, 15, party="ext:101"),
        received("113", 15, 20, 80, **vague),
    )
    assert joined(*rows) == {together(*rows)}
    outside = missed("111", 0, 15), received("113", 15, 20, 80, **vague | {"party": CALLER})
    assert len(joined(*outside)) == 2


def test_who_waits_for_a_colleague_is_picked_up_where_the_call_was_sent_on_to():
    known = replace(
        OFFICE, groups=(*OFFICE.groups, Group(name="On", members=("105", "121"), ringing=Ringing.FORWARD))
    )
    vague = {"party": "ext:101", "time_of": TimeOf.RECORDED, "resolution_s": 60, "duration_s": None}
    rows = (
        placed("101", "ext:105", 0, 20, 56),
        forwarded("105", 0, 10, party="ext:101", ring_s=10),
        missed("121", 10, 20, party="ext:101", ring_s=10),
        received("122", 20, 20, 56, **vague),
    )
    assert joined(*rows, knowledge=known) == {together(*rows)}


def test_of_two_calls_a_phone_hands_over_the_one_it_took_last():
    vague = {"time_of": TimeOf.ANSWERED, "resolution_s": 60, "duration_s": None}
    first = received("101", 0, 5, 90, party=OTHER, **vague)
    second = received("101", 120, 130, 185, **vague)
    asking = placed(
        "101", "ext:122", 150, 160, 185, time_of=TimeOf.RECORDED, resolution_s=60, duration_s=None
    )
    asked = received("122", 150, 160, 400, party="ext:101")
    assert together(first) in joined(first, second, asking, asked)


def test_who_called_a_hunt_list_shows_all_that_he_dialled_whichever_phone_rang_before():
    waiting = placed("101", "ext:610", 0, 40)
    rows = missed("111", 0, 15, party="ext:101"), missed("113", 15, 30, party="ext:101", resolution_s=60)
    assert joined(waiting, *rows) == {together(waiting, *rows)}
    over = placed("101", "ext:610", -300, -290, -260)
    assert together(rows[1]) in joined(over, *rows)


def test_what_is_answered_at_once_was_picked_up_although_the_phones_are_of_one_hunt_list():
    known = replace(
        OFFICE, groups=(*OFFICE.groups, Group(name="Near", members=("111", "113"), ringing=Ringing.PICKUP))
    )
    rows = (
        missed("111", 0, 9, time_of=TimeOf.RECORDED, resolution_s=60),
        received("113", 9, 9, 69, ring_s=0, heard=True),
    )
    call = only(*rows, knowledge=known)
    assert rules(call) == {Rule.PICKED_UP}


def test_a_colleague_who_waited_on_was_picked_up_for_by_whom_answered_in_that_minute():
    asked = placed("101", "ext:121", 0, 9, 400)
    rang = missed("121", 0, 9, party="ext:101", ring_s=9)
    vague = {"party": "ext:101", "time_of": TimeOf.ANSWERED, "resolution_s": 60, "duration_s": None}
    assert only(asked, rang, received("122", 9, 9, 400, **vague)).answered_by == "122"


def test_a_call_that_was_sent_on_at_once_rings_at_another_in_that_second():
    known = Knowledge(groups=(Group(name="On", members=("101", "122"), ringing=Ringing.FORWARD),))
    sent, other = forwarded("101", 0, 0), received("132", 0, 5, 60, ring_s=5)
    call = only(sent, other, knowledge=known)
    assert rules(call) == {Rule.FORWARDED}


def test_who_talked_on_was_handed_no_call_of_which_the_end_is_not_known():
    vague = {"resolution_s": 60, "duration_s": None, "time_of": TimeOf.ANSWERED}
    held, asking = received("101", 0, 5, 300, **vague), placed("101", "ext:122", 300, 306, 330, **vague)
    asked = received("122", 300, 306, 2000, party="ext:101")
    assert together(held) in joined(held, asking, asked)
