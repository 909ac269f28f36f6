"""Figures say what was observed, and None where it was not."""

import pytest

from phonesync.calls.figures import (
    abandoned_share,
    abandoned_within,
    answered_share,
    first_attempt,
    first_response,
    is_answered,
    ring_time,
    talk_time,
)
from phonesync.calls.values import CallDirection, Disposition, Party
from tests.calls.made import CALLER, call, later

MISSED = {"disposition": Disposition.MISSED, "answered_by": None}


def outbound(**changes):
    return call(direction=CallDirection.OUTBOUND, calling=Party(extension="101"), called=CALLER, **changes)


@pytest.mark.parametrize(
    ("made", "seconds"),
    [
        (call(ring_s=7, answered_at=later(seconds=9)), 7),
        (call(answered_at=later(seconds=9)), 9),
        (call(ended_at=later(seconds=90)), None),
        (call(ended_at=later(seconds=20), **MISSED), 20),
        (outbound(ended_at=later(seconds=31), disposition=Disposition.NO_ANSWER), 31),
        (call(**MISSED), None),
        (call(ended_at=later(seconds=20), started_within_s=2, **MISSED), 20),
        (call(ended_at=later(seconds=20), started_within_s=3, **MISSED), None),
    ],
)
def test_ring_time_ends_with_the_answer_or_with_the_call_that_nobody_answered(made, seconds):
    assert ring_time(made) == seconds


def test_talk_time_adds_up_answered_calls_and_counts_those_that_do_not_show_it():
    total = talk_time([call(talk_s=60), call(talk_s=30), call(), call(talk_s=5, **MISSED)])
    assert (total.seconds, total.known, total.unknown, total.mean) == (90, 2, 1, 45)


def test_the_mean_of_nothing_is_not_known():
    assert talk_time([]).mean is None


def test_an_unknown_call_is_neither_answered_nor_not():
    assert is_answered(call()) is True
    assert is_answered(call(**MISSED)) is False
    assert is_answered(call(disposition=Disposition.UNKNOWN)) is None


def test_the_answered_share_is_of_inbound_calls_whose_end_is_known():
    share = answered_share([call(), call(**MISSED), call(disposition=Disposition.UNKNOWN), outbound()])
    assert (share.of_kind, share.known, share.unknown, share.value) == (1, 2, 1, 0.5)
    assert answered_share([]).value is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (call(ended_at=later(seconds=10), **MISSED), True),
        (call(ended_at=later(seconds=11), **MISSED), False),
        (call(ended_at=later(seconds=8), started_within_s=2, **MISSED), True),
        (call(ended_at=later(seconds=8), started_within_s=3, **MISSED), None),
        (call(ended_at=later(seconds=12), started_within_s=2, **MISSED), None),
        (call(ended_at=later(seconds=13), started_within_s=2, **MISSED), False),
        (call(**MISSED), None),
        (call(), False),
        (call(disposition=Disposition.UNKNOWN), None),
        (outbound(disposition=Disposition.NO_ANSWER, ended_at=later(seconds=5)), False),
    ],
)
def test_abandoned_within_ten_seconds_is_said_only_where_the_wait_is_known_closely_enough(made, said):
    assert abandoned_within(made, 10) is said


def test_the_abandoned_share_is_of_inbound_calls():
    share = abandoned_share([call(), call(ended_at=later(seconds=3), **MISSED), outbound()], 10)
    assert (share.of_kind, share.known, share.unknown) == (1, 2, 0)


def test_the_first_attempt_is_a_call_from_the_office_and_the_first_response_an_answered_one():
    missed = call(**MISSED)
    others = [
        outbound(started_at=later(minutes=30)),
        outbound(started_at=later(minutes=5), disposition=Disposition.NO_ANSWER),
        outbound(started_at=later(minutes=-5)),
        call(started_at=later(minutes=2), calling=Party(number_shown="84955550199", e164="+74955550199")),
        call(started_at=later(minutes=20)),
    ]
    assert first_attempt(missed, others) == 5 * 60
    assert first_response(missed, others) == 20 * 60


def test_nobody_responds_to_a_caller_whose_number_is_not_known():
    assert (
        first_response(call(calling=Party(), **MISSED), [call(calling=Party(), started_at=later(hours=1))])
        is None
    )
    assert first_attempt(call(**MISSED), []) is None
