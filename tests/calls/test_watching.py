"""The instants of a call are said only where something shows them."""

import pytest

from phonesync.model import TimeOf
from tests.calls.made import later
from tests.calls.rows import missed, only, placed, received

NOTHING = None, None, None


def seen(*rows):
    """Ringing, answer and end, as far as they were observed."""
    call = only(*rows)
    return call.ring_s, call.answered_at, call.ended_at


@pytest.mark.parametrize(
    ("means", "answered", "ended"),
    [
        (TimeOf.START, None, None),
        (TimeOf.ANSWERED, 12, 72),
        (TimeOf.RECORDED, 12, 72),
        (TimeOf.UNKNOWN, None, None),
    ],
)
def test_a_row_tells_of_answer_and_end_what_its_time_means(means, answered, ended):
    instants = [None if one is None else later(seconds=one) for one in (answered, ended)]
    assert seen(received("101", 0, 12, 72, time_of=means)) == (None, *instants)


def test_a_report_of_ringing_tells_answer_and_end():
    assert seen(received("101", 0, 12, 72, ring_s=12)) == (12, later(seconds=12), later(seconds=72))
    assert seen(placed("101", "+74955550101", 0, 12, 72, ring_s=12))[0] == 12
    assert seen(missed("101", 0, 12, ring_s=12)) == (12, None, later(seconds=12))


def test_a_clock_that_nothing_bounds_tells_no_instant():
    assert seen(received("101", 0, 12, 72, time_of=TimeOf.ANSWERED, clock=None)) == NOTHING


def test_a_placed_row_without_talk_time_says_nothing_of_an_answer():
    assert seen(placed("101", "+74955550101", 0, 12, time_of=TimeOf.ANSWERED)) == NOTHING


def test_a_talk_of_unknown_length_has_no_end():
    row = received("101", 0, 12, 72, time_of=TimeOf.ANSWERED, duration_s=None)
    assert seen(row) == (None, later(seconds=12), None)
    assert seen(received("101", 0, 12, 72, time_of=TimeOf.RECORDED, duration_s=None))[1] is None


def test_a_call_that_was_sent_on_rang_longer_than_any_phone_tells():
    assert seen(missed("111", 0, 15, ring_s=15), missed("112", 15, 30, ring_s=15))[0] is None


def test_the_sharpest_row_tells_the_start():
    call = only(missed("101", 10, 20, resolution_s=60), missed("102", 10, 20), missed("103", 10, 20))
    assert call.started_at == later(seconds=10)
    assert call.started_within_s == 1
