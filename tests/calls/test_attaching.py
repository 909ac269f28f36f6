"""Pieces whose times are not sharp find the call that they are part of."""

from phonesync.calls.joining import join
from phonesync.calls.values import Apart, Knowledge
from phonesync.model import TimeOf
from tests.calls.rows import CALLER, OFFICE, forwarded, joined, missed, placed, received, together


def turns(at, **changes):
    return missed("111", at, at + 15), missed("112", at + 15, at + 30, **changes)


def test_a_phone_keeps_the_order_of_its_rows_along_a_hunt_list():
    first, second = turns(0, slack_s=90.0), turns(60, slack_s=90.0)
    assert joined(*first, *second) == {together(*first), together(*second)}


def test_what_a_person_put_apart_is_not_attached():
    first, vague = turns(0, slack_s=20.0)
    assert joined(first, vague) == {together(first, vague)}
    mark = Apart(one=together(first), other=together(vague))
    assert len(joined(first, vague, knowledge=Knowledge(groups=OFFICE.groups, marks=(mark,)))) == 2


def test_a_start_that_is_hours_wide_is_attached_to_nothing():
    rows = turns(0, slack_s=2000.0)
    calls = join(rows, OFFICE)
    assert len(calls) == 2
    assert all(call.uncertain for call in calls)


def test_a_forward_goes_to_no_phone_of_which_only_a_rough_time_says_so():
    sent, rang = forwarded("101", 0, 12, slack_s=20.0), missed("122", 5, 12, slack_s=20.0)
    calls = join([sent, rang], OFFICE)
    assert {frozenset(call.entry_ids) for call in calls} == {together(sent), together(rang)}


def test_a_member_that_answered_ends_the_hunt():
    rows = (
        missed("111", 0, 15),
        received("112", 15, 20, 60, slack_s=10.0),
        missed("113", 20, 35, slack_s=10.0),
    )
    assert together(*rows[:2]) in joined(*rows)


def test_a_turn_goes_to_the_hunt_that_shows_the_number_in_the_same_way():
    national = f"8{CALLER.removeprefix('+7')}"
    first = missed("111", 0, 15)
    second = missed("111", 40, 55, number=national)
    vague = missed("112", 30, 45, slack_s=30.0, number=national)
    assert joined(first, second, vague) == {together(first), together(second, vague)}


def test_a_row_whose_time_nobody_understands_is_found_by_none_of_the_calls_it_fits():
    vague = missed("111", 0, 15, slack_s=10.0, resolution_s=60, time_of=TimeOf.UNKNOWN)
    first = missed("112", 15, 30), missed("113", 30, 45)
    second = received("112", 70, 75, 130)
    assert joined(vague, *first, second) == {together(vague), together(*first), together(second)}


def test_a_turn_that_fits_two_hunts_is_found_by_neither():
    """Both hunts are known to seconds; the third phone's row of the minute may be of the one and the other."""
    first = missed("111", 0, 15), missed("112", 15, 30)
    second = missed("111", 40, 55), missed("112", 55, 70)
    vague = missed("113", 70, 85, slack_s=60.0)
    assert joined(*first, *second, vague) == {together(*first), together(*second), together(vague)}


def test_a_row_that_the_dialled_hunt_list_tells_of_is_not_of_a_call_of_which_nobody_knows_when_it_was():
    minutes = {"resolution_s": 60, "slack_s": 12.0, "party": "ext:122"}
    rows = (
        placed("122", "ext:610", 0, 19, resolution_s=60, slack_s=12.0, time_of=TimeOf.UNKNOWN),
        missed("111", 0, 15, **minutes),
        received("112", 15, 19, 80, party="ext:122"),
    )
    later = placed("122", "ext:105", 700, 715, resolution_s=60, slack_s=12.0, time_of=TimeOf.UNKNOWN)
    assert joined(*rows, later) == {together(*rows), together(later)}
