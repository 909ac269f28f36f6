"""Pieces become calls: by steps, by Call-IDs; what may be of a call and is not taken is a doubt."""

from phonesync.calls.joining import join
from phonesync.calls.values import Rule
from phonesync.model import TimeOf
from tests.calls.rows import (
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


def test_rows_with_equal_call_ids_are_one_call():
    rows = missed("101", 0, 5, call_id="one@192.0.2.1"), received("122", 40, 45, 90, call_id="one@192.0.2.1")
    call = only(*rows)
    assert rules(call) == {Rule.CALL_ID}
    assert call.reasons[0].text == "Their SIP Call-ID is the same."
    assert not call.uncertain


def test_rows_with_equal_call_ids_are_one_call_whatever_number_they_show():
    rows = missed("101", 0, 5, call_id="one"), missed("122", 0, 5, party=OTHER, call_id="one")
    assert joined(*rows) == {together(*rows)}


def test_other_call_ids_do_not_keep_what_rang_together_apart():
    """A switch gives each phone a call of its own."""
    rows = missed("101", 0, 5, call_id="one"), missed("102", 0, 5, call_id="two")
    assert joined(*rows) == {together(*rows)}


def test_a_phone_that_sent_a_call_on_may_have_it_again():
    rows = (
        forwarded("101", 0, 12, ring_s=12),
        forwarded("122", 12, 24, ring_s=12),
        received("101", 24, 30, 60, ring_s=6),
    )
    call = only(*rows)
    assert rules(call) == {Rule.FORWARDED}
    assert [len(leg.entry_ids) for leg in call.legs] == [2, 1]


def test_a_phone_that_did_not_send_a_call_on_does_not_have_it_again():
    first, sent = missed("111", 0, 15, ring_s=15), forwarded("112", 15, 27, ring_s=12)
    again = received("111", 27, 33, 60, ring_s=6)
    assert joined(first, sent, again) == {together(first, sent), together(again)}


def test_an_unanswered_call_that_may_be_of_an_answered_one_is_uncertain_and_contested():
    rang = missed("121", 0, 30, resolution_s=60)
    answered = received("122", 20, 26, 70, resolution_s=60)
    calls = join([rang, answered], OFFICE)
    assert [len(call.entry_ids) for call in calls] == [1, 1]
    assert all(Rule.UNDECIDED in rules(call) for call in calls)
    (doubt,) = [one for one in calls[0].reasons if one.rule is Rule.UNDECIDED]
    assert set(doubt.entry_ids) == together(rang, answered)
    assert {call.unanswered: (call.uncertain, call.contested) for call in calls} == {
        True: (True, True),
        False: (False, False),
    }


def test_a_phone_hands_over_the_call_that_it_took_last():
    earlier = received("101", 0, 5, 65, ring_s=5)
    last = received("101", 20, 25, 65, ring_s=5, party=OTHER)
    asking = placed("101", "ext:122", 40, 46, 65, ring_s=6)
    asked = received("122", 40, 46, 200, party="ext:101", ring_s=6)
    assert joined(earlier, last, asking, asked) == {together(earlier), together(last, asking, asked)}


def test_a_call_id_ends_where_a_call_can_have_ended():
    """Some phones count their Call-IDs from one again."""
    rows = missed("101", 0, 5, call_id="1"), missed("122", 90000, 90005, call_id="1")
    assert joined(*rows) == {together(one) for one in rows}
    rows = [missed("101", 0, 5, call_id="1", time_of=means) for means in TimeOf]
    assert {call.id for call in join(rows[:1], OFFICE)} == {rows[0].id}


def test_a_caller_without_a_number_is_lost_track_of_on_a_hunt_list():
    call = only(missed("111", 0, 15, party=None))
    assert (call.unanswered, call.contested, call.uncertain) == (True, True, True)
    assert "nobody can tell" in call.reasons[-1].text


def test_a_caller_without_a_number_who_rang_one_phone_may_have_been_passed_on_by_a_colleague():
    call = only(missed("122", 0, 15, party=None))
    assert (call.unanswered, call.contested, call.uncertain) == (True, True, True)
    assert "passed the call on" in call.reasons[-1].text


def test_a_caller_without_a_number_who_rang_a_group_is_not_lost_track_of():
    call = only(missed("101", 0, 15, party=None), missed("102", 0, 15, party=None))
    assert (call.unanswered, call.contested, call.uncertain) == (True, False, False)
