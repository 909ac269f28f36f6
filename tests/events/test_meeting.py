"""Calls known by reports meet rows of lists: one entry where it is the only way, else two, both marked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.calls.values import Bounds
from phonesync.events.meeting import joined, meet, witnessed
from phonesync.events.numbers import bucket, same_number
from phonesync.model import TimeOf
from tests.events.told import answered, at, call, missed, report, row


def ids(meeting):
    return {(one.id, other.id) for one, other in meeting.pairs}


def is_met(one, entry):
    return ids(meet([one], [entry])) == {(one.id, entry.id)}


def doubted(meeting):
    return meeting.doubtful_rows, meeting.doubtful_events


# --- one row, one call --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time_of", "seconds"),
    [(TimeOf.START, 0), (TimeOf.ANSWERED, 7), (TimeOf.RECORDED, 67)],
)
def test_a_row_meets_its_call_under_each_meaning_of_its_time(time_of, seconds):
    entry = call(answered(ring=7, talk=60))
    assert is_met(row(seconds, time_of=time_of), entry)
    assert is_met(row(seconds, time_of=TimeOf.UNKNOWN), entry)
    assert not is_met(row(seconds + 30, time_of=time_of), entry)
    assert not is_met(row(seconds - 30, time_of=time_of), entry)


def test_a_row_of_minutes_meets_the_call_of_that_minute():
    entry = call(missed(45))
    minute = {"list_name": "missed", "duration_s": None, "resolution_s": 60}
    assert is_met(row(0, **minute), entry)
    assert not is_met(row(-180, **minute), entry)


def test_the_clock_of_the_phone_is_corrected():
    entry = call(answered())
    assert is_met(row(500, clock_offset_s=500.0), entry)
    assert not is_met(row(500, clock_offset_s=0.0), entry)


@pytest.mark.parametrize(
    ("listed", "reports", "meets"),
    [
        ("received", answered(), True),
        ("missed", answered(), False),
        ("placed", answered(), False),
        ("placed", answered(begin="outgoing"), True),
        ("received", answered(begin="outgoing"), False),
        ("missed", missed(), True),
        ("received", missed(), False),
        ("missed", [report(0, "incoming"), report(9, "rejected")], True),
        ("received", [report(0, "incoming"), report(9, "rejected")], True),
        ("missed", [report(0, "incoming"), report(9, "terminated")], True),
        ("forwarded", [report(0, "incoming"), report(9, "forwarded")], True),
        ("7", answered(), True),
        ("placed", [report(0, "established"), report(60, "terminated")], True),
    ],
)
def test_a_call_meets_rows_of_lists_that_may_show_it(listed, reports, meets):
    one = row(0, list_name=listed, duration_s=None, time_of=TimeOf.UNKNOWN)
    assert is_met(one, call(reports)) is meets


@pytest.mark.parametrize(
    ("shown", "meets"),
    [("+7 (495) 000-00-01", True), ("84950000001", True), ("+74950000002", False), ("0001", False)],
)
def test_the_number_may_be_spelled_in_two_ways(shown, meets):
    assert is_met(row(0, remote_number=shown), call(answered())) is meets


def test_numbers_are_compared_by_digits_or_letter_by_letter():
    assert same_number("Anna", "anna")
    assert not same_number("anna", "101")
    assert not same_number("101", "anna")
    assert not same_number("101", "1101")
    assert bucket("Anna") == "anna"


def test_durations_that_contradict_one_another_keep_apart():
    entry = call(answered(talk=60))
    assert is_met(row(0, duration_s=62), entry)
    assert is_met(row(0, duration_s=None), entry)
    assert not is_met(row(0, duration_s=70), entry)
    long = call(answered(talk=1000))
    assert is_met(row(0, duration_s=1025), long)


def test_a_row_read_before_the_call_began_is_not_its_own():
    assert is_met(row(0, read=-20), call(answered()))
    assert not is_met(row(0, read=-121), call(answered()))


def test_a_call_that_still_rings_meets_nothing_yet():
    ringing = call([report(0, "incoming")])
    one = {"duration_s": None, "list_name": "missed"}
    assert not is_met(row(0, read=30, **one), ringing)
    assert is_met(row(0, read=200, **one), ringing)
    assert is_met(row(25, read=200, time_of=TimeOf.RECORDED, **one), ringing)


def test_a_talk_whose_end_was_lost_meets_a_row_read_after_it():
    talking = call(answered()[:2])
    assert is_met(row(0, read=70), talking)
    assert is_met(row(67, read=70, time_of=TimeOf.RECORDED), talking)
    assert not is_met(row(0, read=30), talking)
    assert not is_met(row(0, read=70, duration_s=None), talking)


def test_a_call_whose_begin_was_lost_meets_the_row_of_its_start():
    assert is_met(row(0), call(answered()[1:]))
    assert is_met(row(0), call(answered()[2:]))
    assert is_met(row(7, time_of=TimeOf.ANSWERED), call(answered()[2:]))
    assert is_met(row(0, list_name="missed", duration_s=None), call(missed()[1:]))


def test_an_unanswered_call_may_bear_the_time_of_its_start_where_answers_are_shown():
    one = {"list_name": "missed", "duration_s": None, "time_of": TimeOf.ANSWERED}
    assert is_met(row(0, **one), call(missed()))
    assert is_met(row(20, **one), call(missed()[1:]))


def test_a_withheld_caller_is_met_by_time_alone():
    entry = call(answered(number=None))
    assert is_met(row(0, remote_number=None), entry)
    assert is_met(row(0), entry)
    assert not is_met(row(300, remote_number=None), entry)
    two = meet([row(0, "r1"), row(1, "r2", remote_number="102")], [entry])
    assert doubted(two) == ({"r1", "r2"}, {entry.id})


def test_a_late_report_is_believed_once_the_phone_was_read_after_the_call():
    late = call([report(25, "incoming"), report(27, "established"), report(67, "terminated")])
    one = row(0, duration_s=60)
    assert ids(meet([one], [late])) == set()
    assert ids(meet([one], [late], read_at=at(66))) == set()
    assert ids(meet([one], [late], read_at=at(67))) == {("r1", late.id)}
    assert ids(meet([row(0, duration_s=200)], [late], read_at=at(99))) == set()
    assert ids(meet([row(-90)], [late], read_at=at(99))) == set()
    assert ids(meet([row(0, clock_offset_s=None, duration_s=200)], [late], read_at=at(99))) == set()


def test_a_late_report_gives_no_time_but_the_rest():
    late = call(answered(25, talk=60))
    both = joined(row(0, resolution_s=1, duration_s=60), late)
    assert (both.started_at, both.resolution_s, both.time_of) == (at(0), 1, None)
    assert (both.outcome, both.call_id) == ("answered", "c1")


def test_of_two_rows_that_a_late_report_may_be_of_none_is_chosen():
    late = call(missed(30))
    rows = [row(place, f"r{place}", list_name="missed", duration_s=None) for place in (0, 10)]
    assert doubted(meet(rows, [late], read_at=at(99))) == ({"r0", "r10"}, {late.id})


# --- times that prove little --------------------------------------------------------------------------------


def test_where_the_clock_was_never_read_number_and_duration_must_be_the_only_ones():
    entry = call(answered())
    assert is_met(row(1500, clock_offset_s=None), entry)
    assert not is_met(row(1500, clock_offset_s=None, duration_s=None), entry)
    assert not is_met(row(8000, clock_offset_s=None, read=9000), entry)
    other = call(answered(600, call="c2"))
    both = meet([row(1500, clock_offset_s=None)], [entry, other])
    assert doubted(both) == ({"r1"}, {entry.id, other.id})


def test_where_the_clock_was_never_read_our_own_reads_tell_when_a_row_was_recorded():
    entry = call(missed(600))
    between = {"clock_offset_s": None, "list_name": "missed", "duration_s": None, "resolution_s": 60}
    # The phone's clock is a day behind; the row came between two reads of ours.
    assert is_met(row(-86000, read=900, unseen_at=at(300), **between), entry)
    assert is_met(row(-86000, read=900, unseen_at=at(630), **between), entry)
    assert not is_met(row(-86000, read=900, unseen_at=at(640), **between), entry)
    assert not is_met(row(600, read=500, unseen_at=at(300), **between), entry)
    late = call([report(630, "incoming"), report(650, "missed")])
    early = row(-86000, read=610, unseen_at=at(300), **between)
    assert meet([early], [late], read_at=at(900)).pairs == ((early, late),)
    assert joined(row(-86000, read=900, unseen_at=at(300), **between), entry).started_at == at(600)
    other = call(missed(700, call="c2"))
    both = meet([row(-86000, read=900, unseen_at=at(300), **between)], [entry, other])
    assert doubted(both) == ({"r1"}, {entry.id, other.id})


def test_a_talk_whose_end_was_lost_meets_a_row_without_duration_that_was_read_after_its_answer():
    entry = call(answered(600)[:2])
    shown = {"clock_offset_s": None, "duration_s": None, "unseen_at": at(500)}
    assert is_met(row(0, read=700, **shown), entry)
    assert not is_met(row(0, read=605, **shown), entry)
    assert not is_met(row(0, read=40000, **{**shown, "unseen_at": at(30000)}), entry)
    assert not is_met(row(0, read=700, **{**shown, "duration_s": 0}), entry)


def test_a_row_without_a_time_came_since_the_last_read():
    entry = call(answered())
    untimed = {"timed": False, "time_of": TimeOf.START, "clock_offset_s": None}
    assert is_met(row(300, resolution_s=300, read=300, **untimed), entry)
    assert not is_met(row(600, resolution_s=300, read=600, **untimed), entry)
    assert is_met(row(600, resolution_s=None, read=600, **untimed), entry)
    assert not is_met(row(600, resolution_s=None, read=600, duration_s=None, **untimed), entry)


# --- several ------------------------------------------------------------------------------------------------


def two_of_one_minute():
    minute = {"list_name": "missed", "duration_s": None, "resolution_s": 60}
    rows = [row(0, "r1", occurrence=1, **minute), row(0, "r2", occurrence=2, **minute)]
    return rows, [call(missed(5, ring=8, call="c1")), call(missed(30, ring=8, call="c2"))]


def test_as_many_rows_as_calls_meet_in_order():
    rows, events = two_of_one_minute()
    found = meet(rows[::-1], events[::-1])
    assert ids(found) == {("r1", events[0].id), ("r2", events[1].id)}
    assert doubted(found) == (frozenset(), frozenset())


def test_calls_of_one_minute_meet_the_rows_that_spell_their_caller_alike():
    rows, events = two_of_one_minute()
    rows = [replace(rows[0], remote_number="84950000001"), replace(rows[1], occurrence=1)]
    events[1] = call(missed(30, ring=8, call="c2", number="84950000001"))
    assert ids(meet(rows, events)) == {("r1", events[1].id), ("r2", events[0].id)}


def test_where_rows_and_reports_spell_a_caller_in_different_ways_they_meet_in_order():
    rows, events = two_of_one_minute()
    rows = [rows[0], replace(rows[1], remote_number="84950000001", occurrence=1)]
    assert ids(meet(rows, events)) == {("r1", events[0].id), ("r2", events[1].id)}


def test_where_their_numbers_differ_all_stay_and_are_marked():
    rows, events = two_of_one_minute()
    assert meet(rows, events[:1]).pairs == ()
    assert doubted(meet(rows, events[:1])) == ({"r1", "r2"}, {events[0].id})
    assert doubted(meet(rows[:1], events)) == ({"r1"}, {event.id for event in events})


def test_what_does_not_fit_in_order_is_not_forced():
    events = [call(answered(0, call="c1", talk=60)), call(answered(1, call="c2", talk=600))]
    rows = [row(0, "r1", duration_s=None), row(1, "r2", duration_s=60)]
    assert ids(meet(rows, events)) == set()
    assert doubted(meet(rows, events)) == ({"r1", "r2"}, {event.id for event in events})


def test_durations_tell_calls_of_one_minute_apart():
    events = [call(answered(0, call="c1", talk=12)), call(answered(25, call="c2", talk=30))]
    rows = [row(0, "r2", duration_s=30, resolution_s=60), row(0, "r1", duration_s=12, resolution_s=60)]
    assert ids(meet(rows, events)) == {("r1", events[0].id), ("r2", events[1].id)}


def test_a_row_that_counts_several_calls_stays_apart_from_each():
    events = [
        call(missed(0, call="c1")),
        call(missed(300, call="c2")),
        call(missed(301, call="c3", number="9")),
    ]
    merged = row(300, list_name="missed", count=2, duration_s=None)
    found = meet([merged], events)
    assert found.pairs == ()
    assert doubted(found) == ({"r1"}, {events[0].id, events[1].id})
    later = call(missed(900, call="c4"))
    assert doubted(meet([merged], [later])) == (frozenset(), frozenset())


def test_nothing_meets_nothing():
    assert meet([], []).pairs == ()
    assert doubted(meet([row(0)], [])) == (frozenset(), frozenset())


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(["201", "202", None]), st.booleans()), max_size=6
    ),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["201", "202", None])), max_size=6),
    st.randoms(use_true_random=False),
)
def test_no_order_changes_a_decision_and_nothing_meets_twice(calls, shown, chance):
    events = [
        call((answered if is_answered else missed)(seconds, call=f"c{place}", number=number))
        for place, (seconds, number, is_answered) in enumerate(calls)
    ]
    rows = [
        row(seconds, f"r{place}", remote_number=number, duration_s=None, list_name="7", resolution_s=60)
        for place, (seconds, number) in enumerate(shown)
    ]
    found = meet(rows, events)
    chance.shuffle(rows)
    chance.shuffle(events)
    again = meet(rows, events)
    assert (ids(again), doubted(again)) == (ids(found), doubted(found))
    assert len({one for one, _ in ids(found)}) == len({other for _, other in ids(found)}) == len(found.pairs)
    assert not {one for one, _ in ids(found)} & found.doubtful_rows
    assert not {other for _, other in ids(found)} & found.doubtful_events


# --- one entry ----------------------------------------------------------------------------------------------


def test_the_report_gives_time_and_what_only_it_tells_and_the_row_keeps_the_rest():
    entry = call(answered(3, ring=7, talk=60))
    both = joined(row(0, resolution_s=60, duration_s=61, clock_offset_s=1.0), entry)
    assert (both.row_id, both.event_id, both.event_key) == ("r1", entry.id, entry.key)
    assert (both.started_at, both.resolution_s, both.clock_offset_s, both.time_of) == (
        at(3),
        1,
        None,
        "start",
    )
    assert (both.duration_s, both.ring_s, both.call_id, both.outcome) == (61, 7, "c1", "answered")


def test_where_the_start_was_not_reported_the_row_keeps_its_time():
    entry = call(answered(3)[1:])
    both = joined(row(0, resolution_s=60, duration_s=None, clock_offset_s=1.0), entry)
    assert (both.started_at, both.resolution_s, both.clock_offset_s, both.time_of) == (at(0), 60, 1.0, None)
    assert both.duration_s == 60


def test_a_row_without_a_time_takes_any_that_was_reported():
    entry = call([report(9, "terminated")])
    both = joined(row(300, timed=False, resolution_s=300), entry)
    assert (both.started_at, both.resolution_s, both.time_of, both.outcome) == (at(9), 1, "recorded", None)


# --- what a row and its call show together ------------------------------------------------------------------

RIGHT = Bounds(low=0.0, high=0.0)


def test_a_call_says_what_the_time_of_its_row_means_where_the_clock_is_known():
    one = row(7, time_of=TimeOf.UNKNOWN, clock_offset_s=None)
    found = witnessed(one, call(answered(ring=7, talk=60)), RIGHT)
    assert found.fits == frozenset({TimeOf.ANSWERED})
    assert found.answered
    assert found.clock is not None
    assert replace(found, clock=None, fits=None, answered=False) == joined(one, call(answered()))


def test_a_placed_row_without_talk_time_is_of_an_answered_call_if_the_reports_say_so():
    one = row(7, list_name="placed", duration_s=None, time_of=TimeOf.UNKNOWN, clock_offset_s=None)
    found = witnessed(one, call(answered(ring=7, talk=60, begin="outgoing")), RIGHT)
    assert found.fits == frozenset({TimeOf.ANSWERED})
    assert found.answered


def test_a_call_bounds_the_clock_of_a_row_whose_meaning_is_known():
    found = witnessed(row(500, clock_offset_s=None), call(answered()), None)
    assert found.clock is not None
    assert found.fits is None


def test_nothing_is_asked_of_the_clock_near_a_reading_of_the_phones_own_page():
    assert witnessed(row(0, clock_offset_s=0.0), call(answered()), None).clock is None


def test_a_row_that_contradicts_its_call_tells_nothing_of_the_meaning_of_its_time():
    one = row(0, list_name="missed", duration_s=None, time_of=TimeOf.UNKNOWN, clock_offset_s=None)
    assert witnessed(one, call(answered()), RIGHT).fits is None
    assert witnessed(one, call(missed()), RIGHT).fits == frozenset({TimeOf.START})
