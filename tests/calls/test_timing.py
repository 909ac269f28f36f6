"""What one row tells of the start, the end of ringing and the end of its call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from phonesync.calls.joining import join
from phonesync.calls.timing import (
    RING_MOST_S,
    TALK_MOST_S,
    UNREAD_CLOCK_S,
    Moments,
    Span,
    instant,
    moments,
    whole,
)
from phonesync.calls.values import Bounds, Rule
from phonesync.model import Outcome, TimeOf
from tests.calls.made import MONDAY, later
from tests.calls.rows import MEANINGS, OFFICE, joined, missed, only, placed, received, rules, together

ZERO = MONDAY.timestamp()
NIGHT = datetime(2026, 2, 2, 23, 59, 55, tzinfo=UTC) - MONDAY
DOUBLED = datetime(2026, 10, 25, 0, 30, tzinfo=UTC) - MONDAY
"""Half past two in Berlin, for the first of two times."""


def spans(row):
    """Start, stop and end of the hull of its readings, seconds after :data:`MONDAY`."""
    of = whole(row)
    return [(span.low - ZERO, span.high - ZERO) for span in (of.start, of.stop, of.end)]


def moved(rows, distance):
    """The same rows at another time."""
    return [
        replace(
            one,
            at=one.at + distance,
            first_seen_at=one.first_seen_at + distance,
            unseen_at=one.unseen_at + distance,
        )
        for one in rows
    ]


@pytest.mark.parametrize("means", MEANINGS)
@pytest.mark.parametrize("resolution_s", [1, 60])
@pytest.mark.parametrize("duration", [True, False])
def test_what_truly_was_lies_in_the_spans_of_every_meaning(means, resolution_s, duration):
    rows = [
        received("101", 10, 22, 82, time_of=means, resolution_s=resolution_s),
        placed("101", "ext:102", 10, 22, 82, time_of=means, resolution_s=resolution_s),
    ]
    for one in rows:
        start, stop, end = spans(one if duration else replace(one, duration_s=None))
        assert start[0] <= 10 <= start[1]
        assert stop[0] <= 22 <= stop[1]
        assert end[0] <= 82 <= end[1]


def test_each_thing_a_time_may_mean_is_a_reading():
    assert len(moments(received("101", 0, 5, 65, time_of=TimeOf.UNKNOWN))) == 3
    assert len(moments(missed("101", 0, 5, time_of=TimeOf.UNKNOWN))) == 2
    assert len(moments(missed("101", 0, 5, time_of=TimeOf.ANSWERED))) == 2
    assert len(moments(received("101", 0, 5, 65, time_of=TimeOf.ANSWERED))) == 1
    dialled = placed("101", "ext:102", 0, 5, 65, time_of=TimeOf.ANSWERED)
    assert len(moments(replace(dialled, duration_s=None))) == 3


def test_a_row_of_which_nobody_knows_whether_it_was_answered_has_a_reading_for_each():
    unclear = placed("101", "ext:122", 100, 112, time_of=TimeOf.UNKNOWN)
    assert not unclear.is_understood
    assert max(one.start.width for one in moments(unclear)) > TALK_MOST_S
    known = replace(unclear, either=(TimeOf.ANSWERED, TimeOf.START))
    assert known.is_understood
    answered, unanswered = moments(known)
    assert answered.start.width == RING_MOST_S + 1
    assert answered.end.width > RING_MOST_S
    assert (unanswered.start.width, unanswered.end) == (1.0, unanswered.stop)


def test_what_nobody_answered_has_not_lasted_until_it_was_read():
    late = placed("101", "ext:122", 0, 12, time_of=TimeOf.UNKNOWN, either=(TimeOf.ANSWERED, TimeOf.START))
    (talked,) = moments(replace(late, first_seen_at=later(hours=3), unseen_at=later(hours=2)))
    assert talked.end.low >= later(hours=2).timestamp() - 300


def test_a_report_has_no_clock_of_the_phone_in_it():
    assert spans(missed("101", 0, 5, heard=True, slack_s=300.0))[0] == (-1.5, 1.0)


def test_a_clock_that_is_known_to_be_off_is_corrected():
    assert spans(missed("101", 0, 5, clock=Bounds(low=58.0, high=62.0)))[0] == (-62.0, -57.0)


def test_a_clock_that_nothing_bounds_may_be_off_by_an_hour():
    free = missed("101", 0, 5, clock=None, first_seen_at=later(days=1), unseen_at=later(days=-1))
    assert spans(free)[0] == (-UNREAD_CLOCK_S, 1.0 + UNREAD_CLOCK_S)


def test_reads_bound_when_a_row_was_written():
    known = missed("101", 0, 5, clock=None, first_seen_at=later(seconds=60), unseen_at=later(seconds=-60))
    start, stop, _ = spans(known)
    assert stop == (-181.5, 61.5)
    assert start == (stop[0] - RING_MOST_S, stop[1])


def test_where_reads_contradict_the_clock_the_reads_are_right():
    late = missed("101", 0, 5, first_seen_at=later(hours=-2), unseen_at=later(hours=-3))
    assert spans(late)[1] == (-10800.0 - 120.0 - 1.5, -7200.0)
    late = replace(late, unseen_at=None)
    assert spans(late)[1] == (-7200.0 - 86400.0 - 1.5, -7200.0)


def test_a_row_without_a_time_was_written_between_two_reads():
    bare = missed("101", 0, 5, timed=False, first_seen_at=later(seconds=60), unseen_at=later(seconds=-60))
    assert spans(bare)[2] == (-181.5, 60.0)


def test_ringing_that_was_reported_is_no_guess():
    assert spans(missed("101", 0, 5, ring_s=5))[1] == (4.0, 7.0)
    assert spans(received("101", 0, 5, 65, ring_s=5, time_of=TimeOf.RECORDED))[0] == (-3.5, 2.0)


@pytest.mark.parametrize("means", list(TimeOf))
def test_a_row_that_was_read_before_it_can_have_begun_was_written_by_the_read(means):
    one = missed("101", 0, 0, time_of=means, ring_s=0, first_seen_at=later(seconds=-2))
    assert {reading.stop.high - ZERO for reading in moments(one)} <= {-2.0, -0.5}
    assert len(joined(one)) == 1


@pytest.mark.parametrize("means", list(TimeOf))
def test_ringing_that_was_counted_backwards_is_none(means):
    for one in (missed("101", 0, 0, time_of=means), received("101", 0, 0, 30, time_of=means)):
        assert moments(replace(one, ring_s=-3)) == moments(replace(one, ring_s=0))


def test_ringing_longer_than_phones_ring_is_believed_where_it_was_reported():
    start, stop, end = spans(placed("101", "ext:102", 0, 200, ring_s=200, outcome=Outcome.NO_ANSWER))
    assert start == (0.0, 1.0)
    assert stop == end == (199.0, 202.0)
    rows = placed("101", "ext:102", 0, 200, ring_s=200), missed("102", 0, 200, ring_s=200, party="ext:101")
    assert joined(*rows) == {together(*rows)}


def test_two_rows_of_one_instant_narrow_one_another():
    one = Moments(Span(0, 60), Span(0, 180), Span(0, 180))
    assert one.cut(Moments(Span(30, 31), Span(30, 151), Span(30, 151))) == Moments(
        Span(30, 31), Span(30, 151), Span(0, 180)
    )
    assert one.cut(Moments(Span(61, 62), Span(61, 70), Span(61, 70))) is None
    assert one.cut(Moments(Span(0, 60), Span(181, 190), Span(181, 190))) is None
    assert instant(ZERO + 0.9) == MONDAY


@pytest.mark.parametrize("means", MEANINGS)
def test_a_call_across_midnight_is_one(means):
    rows = (
        received("101", 0, 10, 70),
        missed("102", 0, 10, time_of=means),
        missed("103", 0, 10, time_of=means),
    )
    (call,) = join(moved(rows, NIGHT), OFFICE)
    assert len(call.entry_ids) == 3
    assert call.started_at == MONDAY + NIGHT


def test_a_transfer_across_midnight_is_one_call():
    rows = received("101", 0, 3, 63, ring_s=3), received("122", 63, 70, 100, ring_s=7)
    (call,) = join(moved(rows, NIGHT), OFFICE)
    assert rules(call) == {Rule.BLIND_TRANSFER}


@pytest.mark.parametrize("means", MEANINGS)
def test_an_internal_call_in_the_doubled_hour_is_one(means):
    """A row whose hour comes twice bounds its time to an hour and a second."""
    asked = placed("121", "ext:122", 0, 6, 66, resolution_s=3601, time_of=means)
    asked = replace(asked, at=MONDAY)
    rows = moved([asked, received("122", 0, 6, 66, party="ext:121")], DOUBLED)
    (call,) = join(rows, OFFICE)
    assert len(call.entry_ids) == 2
    assert call.answered_by == "122"


def test_a_row_of_the_doubled_hour_that_reads_bound_joins_its_group():
    """A poll just before the call and one just after it leave one of the two hours."""
    vague = replace(missed("103", 0, 10, resolution_s=3601), at=MONDAY)
    vague = replace(vague, first_seen_at=later(seconds=40), unseen_at=later(seconds=0))
    rows = moved([missed("101", 0, 10), missed("102", 0, 10), vague], DOUBLED)
    assert joined(*rows) == {together(*rows)}


def test_a_row_of_the_doubled_hour_that_nothing_bounds_is_uncertain_and_apart():
    vague = replace(missed("103", 0, 10, resolution_s=3601), at=MONDAY, unseen_at=later(hours=-3))
    rows = moved([received("101", 0, 10, 70), vague], DOUBLED)
    calls = join(rows, OFFICE)
    assert len(calls) == 2
    assert {(call.uncertain, call.contested, call.unanswered) for call in calls} == {
        (True, True, True),
        (False, False, False),
    }


def test_a_year_that_a_phone_does_not_show_is_no_reason_against_a_call():
    rows = moved([missed("101", 0, 10), missed("102", 0, 10)], timedelta(days=-400))
    assert only(*rows).unanswered


def test_a_talk_of_which_nothing_shows_the_length_may_have_lasted_until_it_was_written():
    hour = 3600
    talk = received("101", 0, 5, hour, duration_s=None)
    talk = replace(talk, unseen_at=talk.first_seen_at - timedelta(minutes=20))
    (read,) = moments(talk)
    assert read.start.width < 5
    assert read.end.high >= talk.at.timestamp() + hour


def test_what_was_not_answered_lasts_no_longer_because_it_was_written_late():
    late = missed("101", 0, 5)
    late = replace(late, first_seen_at=late.at + timedelta(hours=2), unseen_at=late.at + timedelta(hours=1))
    (read,) = moments(late)
    assert read.start.low > late.at.timestamp() + 600


def test_where_the_clock_was_set_each_clock_is_a_reading():
    either = (Bounds(low=-1.0, high=1.0), Bounds(low=300.0, high=302.0))
    row = missed("101", 0, 5, clock=Bounds(low=-1.0, high=302.0), turned=either, unseen_at=None)
    starts = [(one.start.low - ZERO, one.start.high - ZERO) for one in moments(row)]
    assert starts == [(-1.0, 2.0), (-302.0, -299.0)]
    # What the reads forbid is none.
    seen = replace(row, unseen_at=row.at)
    assert [one.start.low - ZERO for one in moments(seen)] == [-1.0]
