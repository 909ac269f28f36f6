"""A call starts where its rows say so, as far as their clocks and times can be trusted."""

from datetime import timedelta

import pytest

from phonesync.calls.joining import join
from phonesync.calls.linking import extent
from phonesync.calls.values import Bounds, Knowledge
from phonesync.model import ListName, TimeOf
from tests.calls.made import MONDAY
from tests.calls.test_explaining import row


def started(**changes):
    (call,) = join([row(list_name=ListName.MISSED, **changes)], Knowledge())
    return call.started_at - MONDAY, call.started_within_s


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 0),
        ({"clock": None}, 0),
        ({"time_of": TimeOf.UNKNOWN}, 0),
        ({"clock": Bounds(low=60.0, high=62.0)}, -61),
    ],
)
def test_a_call_starts_at_the_time_that_its_row_shows(changes, seconds):
    start, within = started(**changes)
    assert abs(start - timedelta(seconds=seconds)) <= timedelta(seconds=1)
    assert (within > 1000) == (changes.get("clock", 0) is None)


def test_a_row_written_at_the_end_bounds_the_start_from_above():
    start, within = started(time_of=TimeOf.RECORDED)
    assert timedelta(0) <= start <= timedelta(seconds=1)
    assert within >= 120


def test_a_call_known_by_reports_alone_may_go_on_after_its_first_report():
    heard = row(list_name=ListName.RECEIVED, at=MONDAY, first_seen_at=MONDAY, duration_s=600, heard=True)
    reach = extent(heard)
    assert reach.low > MONDAY - timedelta(minutes=1)
    assert reach.high > MONDAY + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("changes", "ring_s", "lasted"),
    [
        ({}, None, None),
        ({"ring_s": 12}, 12, 12),
        ({"ring_s": 12, "list_name": ListName.RECEIVED, "duration_s": 30}, 12, 42),
        ({"time_of": TimeOf.RECORDED}, None, 0),
        ({"time_of": TimeOf.RECORDED, "list_name": ListName.RECEIVED, "duration_s": 30}, None, 0),
        ({"time_of": TimeOf.ANSWERED, "list_name": ListName.RECEIVED, "duration_s": 30}, None, 30),
        ({"timed": False, "list_name": ListName.RECEIVED, "duration_s": 30}, None, None),
    ],
)
def test_how_long_a_call_rang_and_when_it_ended_is_said_where_a_report_tells(changes, ring_s, lasted):
    (call,) = join([row(**{"list_name": ListName.MISSED} | changes)], Knowledge())
    assert call.ring_s == ring_s
    assert call.ended_at == (None if lasted is None else MONDAY + timedelta(seconds=lasted))


def test_a_call_that_was_sent_on_does_not_say_how_long_it_rang_in_all():
    first = row(list_name=ListName.FORWARDED, ring_s=12)
    second = row("desk-102", list_name=ListName.MISSED, at=MONDAY + timedelta(seconds=12), ring_s=20)
    (call,) = join([first, second], Knowledge())
    assert len(call.legs) == 2
    assert call.ring_s is None


def test_a_call_that_was_answered_where_it_was_sent_rang_from_its_first_start():
    first = row(list_name=ListName.FORWARDED, ring_s=12)
    again = MONDAY + timedelta(seconds=12)
    second = row("desk-102", at=again, ring_s=3, duration_s=40)
    (call,) = join([first, second], Knowledge())
    assert (len(call.legs), call.ring_s) == (2, 15)
    (call,) = join([first, row("desk-102", at=again, duration_s=40)], Knowledge())
    assert (len(call.legs), call.ring_s) == (2, None)
