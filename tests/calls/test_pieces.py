"""Which rows are of one ringing, and what is left of its instants."""

from dataclasses import replace

import pytest

from phonesync.calls.joining import join
from phonesync.calls.marks import Marks
from phonesync.calls.pieces import MOST_READINGS, Link, Piece, view
from phonesync.calls.timing import talks_differ
from phonesync.calls.values import Group, Knowledge, Rule
from phonesync.model import TimeOf
from tests.calls.rows import OFFICE, forwarded, joined, missed, only, placed, received, rules, together

SIX = Knowledge(groups=(Group(name="Six", members=("101", "102", "103", "104", "105", "106")),))


def test_what_is_there_for_its_groups_sake_alone_leaves_again_where_too_few_rang():
    sharp, vague = missed("101", 2, 10), missed("103", 2, 10, resolution_s=60)
    assert len(joined(sharp, vague, knowledge=SIX)) == 2


@pytest.mark.parametrize("learned", [False, True])
def test_a_group_of_which_two_rang_at_one_second_was_called(learned):
    six = Knowledge(groups=(replace(SIX.groups[0], learned=learned),))
    sharp = [missed("101", 2, 10), missed("102", 2, 10)]
    vague = missed("103", 2, 10, resolution_s=60)
    assert (together(*sharp, vague) in joined(*sharp, vague, knowledge=six)) is not learned
    more = missed("104", 2, 10)
    assert joined(*sharp, vague, more, knowledge=six) == {together(*sharp, vague, more)}


@pytest.mark.parametrize(("sharp", "answers"), [(2, True), (1, False)])
def test_a_group_that_was_called_was_answered_where_a_talk_of_a_member_ended_after(sharp, answers):
    rang = [missed(member, 2, 10, ring_s=8) for member in ("101", "102")[:sharp]]
    taker = received("103", 2, 10, 50, resolution_s=60, time_of=TimeOf.RECORDED, duration_s=None, slack_s=8.0)
    assert (together(*rang, taker) in joined(*rang, taker, knowledge=SIX)) is answers


def test_a_talk_that_may_have_ended_at_any_time_answers_no_group():
    rang = [missed(member, 2, 10, ring_s=8) for member in ("101", "102")]
    taker = received("103", 2, 10, 50, time_of=TimeOf.RECORDED, duration_s=None, slack_s=400.0)
    assert together(*rang) in joined(*rang, taker, knowledge=SIX)


def test_phones_that_no_group_links_ring_together_only_where_their_times_meet_without_slack():
    rows = missed("101", 0, 10, ring_s=10), received("122", 12, 15, 60, ring_s=3)
    assert len(joined(*rows)) == 2
    alike = missed("101", 0, 10, ring_s=10), missed("132", 0, 10, ring_s=10)
    assert joined(*alike) == {together(*alike)}


def test_a_phone_that_sent_a_call_on_did_not_ring_at_once_with_another():
    rows = forwarded("101", 0, 0, time_of=TimeOf.RECORDED), received("132", 3, 3, 60, time_of=TimeOf.RECORDED)
    assert not any(
        reason.rule is Rule.RANG_TOGETHER for call in join(rows, OFFICE) for reason in call.reasons
    )


@pytest.mark.parametrize("learned", [False, True])
def test_two_phones_of_a_group_that_was_only_learned_may_ring_at_one_time_by_chance(learned):
    pair = Knowledge(groups=(Group(name="Pair", members=("101", "102"), learned=learned),))
    rows = missed("101", 2, 10, resolution_s=60), missed("102", 2, 10, resolution_s=60)
    assert len(joined(*rows, knowledge=pair)) == 1 + learned
    sharp = missed("101", 2, 10), missed("102", 2, 10)
    assert len(joined(*sharp, knowledge=pair)) == 1


def test_who_rings_for_a_colleague_that_called_somebody_else_rings_instead_of_him():
    asked, other = placed("101", "ext:105", 0, 20), missed("102", 0, 20, party="ext:101", resolution_s=60)
    assert rules(only(asked, other)) == {Rule.MIRRORED}


def test_a_call_placed_to_nobody_known_mirrors_nothing():
    asked = placed("101", None, 0, 20, resolution_s=60)
    assert len(joined(asked, missed("102", 0, 20, party="ext:101", resolution_s=60))) == 2


def test_readings_of_many_meanings_are_taken_together():
    rows = [
        received("101", 0, 1, 3, time_of=TimeOf.UNKNOWN),
        missed("102", 1, 1, time_of=TimeOf.UNKNOWN),
        missed("103", 2, 2, time_of=TimeOf.UNKNOWN),
    ]
    piece = Piece(view(rows[0], OFFICE), Marks(()))
    for row in rows[1:]:
        assert len(piece.readings) <= MOST_READINGS
        piece.take(view(row, OFFICE), OFFICE)
    assert len(piece.readings) == 1
    assert joined(*rows) == {together(*rows)}


def test_the_reason_is_of_a_reading_that_fits():
    """The row of the second phone is sharp only if it tells the end; but then it is of another call."""
    rows = (
        missed("111", 0, 15, time_of=TimeOf.ANSWERED),
        missed("112", 15, 30, time_of=TimeOf.ANSWERED),
        received("113", 30, 36, 96, time_of=TimeOf.ANSWERED),
    )
    assert rules(only(*rows)) == {Rule.HUNT}


def test_a_report_and_a_row_of_one_phone_that_never_met_are_one_leg():
    heard = missed("101", 10, 20, heard=True)
    shown = missed("101", 10, 20, resolution_s=60, id="shown")
    call = only(missed("102", 10, 20), heard, shown)
    assert [len(leg.entry_ids) for leg in call.legs if leg.phone == "desk-101"] == [2]


def test_a_report_and_a_row_of_one_phone_at_two_times_are_two_calls():
    asked = placed("121", "ext:102", 0, 20, slack_s=60.0)
    heard = missed("102", 0, 20, party="ext:121", heard=True)
    shown = missed("102", 40, 50, party="ext:121")
    calls = join([asked, heard, shown], OFFICE)
    assert {frozenset(call.entry_ids) for call in calls} == {together(asked, heard), together(shown)}


def test_two_phones_count_one_talk_alike_to_seconds():
    one = received("101", 0, 5, 65)
    assert not talks_differ(one, received("102", 0, 5, 68))
    assert talks_differ(one, received("102", 0, 5, 69))
    assert not talks_differ(one, missed("102", 0, 5))
    assert not talks_differ(received("101", 0, 5, 1005), received("102", 0, 5, 1030))


def test_instants_that_are_sharp_are_a_reason_only_where_they_are_one():
    asked = Piece(view(placed("101", "ext:105", 70, 87, 140, time_of=TimeOf.ANSWERED), OFFICE), Marks(()))
    early = view(missed("122", 10, 30, party="ext:101", ring_s=20), OFFICE)
    late = view(missed("122", 67, 87, party="ext:101", ring_s=20), OFFICE)
    assert asked.fits(early)
    assert asked.reason_for(early, OFFICE) is None
    assert asked.reason_for(late, OFFICE) is Link.SHARP
