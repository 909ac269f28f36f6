"""What a call was follows from its rows, and what no row shows stays unknown."""

import pytest

from phonesync.calls.joining import join
from phonesync.calls.values import CallDirection, Disposition, Knowledge, LegOutcome
from phonesync.model import ListName, Outcome
from tests.calls.test_explaining import row

NOTHING = Knowledge()


def only(*rows, knowledge=NOTHING):
    (call,) = join(rows, knowledge)
    return call


@pytest.mark.parametrize(
    ("changes", "disposition"),
    [
        ({"duration_s": 30}, Disposition.ANSWERED),
        ({"duration_s": 0}, Disposition.NO_ANSWER),
        ({}, Disposition.UNKNOWN),
        ({"outcome": Outcome.ANSWERED}, Disposition.ANSWERED),
        ({"outcome": Outcome.NO_ANSWER}, Disposition.NO_ANSWER),
        ({"outcome": Outcome.MISSED}, Disposition.NO_ANSWER),
        ({"outcome": Outcome.BUSY}, Disposition.BUSY),
        ({"outcome": Outcome.REJECTED}, Disposition.REJECTED),
        ({"outcome": Outcome.FORWARDED}, Disposition.FORWARDED),
    ],
)
def test_a_call_to_outside_ended_as_its_row_says(changes, disposition):
    call = only(row(list_name=ListName.PLACED, **changes))
    assert (call.direction, call.disposition) == (CallDirection.OUTBOUND, disposition)
    assert call.legs[0].outcome is LegOutcome.PLACED
    assert (call.calling.extension, call.called.e164) == ("101", "+74955550101")


@pytest.mark.parametrize(
    ("changes", "disposition", "outcome"),
    [
        ({"list_name": ListName.RECEIVED}, Disposition.ANSWERED, LegOutcome.ANSWERED),
        ({"list_name": ListName.MISSED}, Disposition.UNKNOWN, LegOutcome.MISSED),
        (
            {"list_name": ListName.MISSED, "outcome": Outcome.REJECTED},
            Disposition.REJECTED,
            LegOutcome.REJECTED,
        ),
        ({"list_name": ListName.FORWARDED}, Disposition.FORWARDED, LegOutcome.FORWARDED),
        ({"list_name": ListName.MISSED, "outcome": Outcome.BUSY}, Disposition.BUSY, LegOutcome.MISSED),
        ({"list_name": None}, Disposition.UNKNOWN, LegOutcome.UNKNOWN),
    ],
)
def test_a_call_from_outside_ended_as_its_phone_says(changes, disposition, outcome):
    call = only(row(**changes))
    assert (call.direction, call.disposition) == (CallDirection.INBOUND, disposition)
    assert call.legs[0].outcome is outcome
    assert call.unanswered == (changes["list_name"] is ListName.MISSED and "outcome" not in changes)


def test_a_call_to_a_code_of_the_switch_is_internal():
    call = only(row(list_name=ListName.PLACED, number="*43", party="raw:*43", duration_s=5))
    assert (call.direction, call.called.number_shown) == (CallDirection.INTERNAL, "*43")
    assert (call.called.e164, call.called.extension) == (None, None)


def test_a_caller_without_a_number_stays_without_one():
    call = only(row(number=None, party=None))
    assert (call.calling.number_shown, call.calling.e164, call.outside) == (None, None, None)


def test_a_call_of_which_only_the_caller_shows_talk_was_answered_by_nobody_we_read():
    placed = row("desk-102", list_name=ListName.PLACED, number="101", party="ext:101", duration_s=30)
    rang = row(list_name=ListName.MISSED, number="102", party="ext:102")
    call = only(placed, rang)
    assert (call.disposition, call.answered_by) == (Disposition.ANSWERED, None)
    assert {leg.phone: leg.outcome for leg in call.legs}["desk-101"] is LegOutcome.ANSWERED_ELSEWHERE


@pytest.mark.parametrize("changes", [{"uncertain": True}, {"count": 3}])
def test_a_row_that_is_uncertain_itself_makes_its_call_uncertain(changes):
    assert only(row(**changes)).uncertain
    assert not only(row()).uncertain


def test_the_owner_is_whoever_had_the_phone_then():
    call = only(row(owner="Anna", department="Sales"))
    assert (call.owner, call.department) == ("Anna", "Sales")
    assert only(row()).owner == "101"
    assert only(row(extension=None)).owner == "desk-101"
