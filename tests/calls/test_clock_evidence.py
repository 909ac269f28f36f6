"""What shows a clock: the phone's page, reports, and the reads between which a row came."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phonesync.calls.clock_evidence import ON_ITS_WAY_S, ReadRow, by_reads, by_report, kept, narrowest, page
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.timing import RECORD_LATE_S
from phonesync.events.fitting import ListRow
from phonesync.events.values import EventEntry
from phonesync.model import ClockReading, ListName, Outcome, TimeOf, WallTime

START = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Kyiv")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def shown(hour, minute, second=None, *, day=6, year=2025):
    return WallTime(year=year, month=10, day=day, hour=hour, minute=minute, second=second)


# --- the page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2025, None])
def test_a_page_bounds_the_clock_by_the_shown_unit_and_the_request(year):
    seen = page(ClockReading(wall=shown(11, 0, 20, year=year), at=START, slack_s=0.5), ZONE)
    assert seen == Evidence(at=START, source=Source.PAGE, low_s=20.0, high_s=21.5)
    minutes = page(ClockReading(wall=shown(10, 59, year=year), at=START, slack_s=0.5), ZONE)
    assert (minutes.low_s, minutes.high_s) == (-60.0, 0.5)


@pytest.mark.parametrize("utc_hour", [0, 1])
def test_in_a_doubled_hour_the_smaller_offset_is_taken(utc_hour):
    at = datetime(2025, 10, 26, utc_hour, 30, tzinfo=UTC)
    seen = page(ClockReading(wall=shown(3, 30, 5, day=26), at=at), ZONE)
    assert (seen.low_s, seen.high_s) == (5.0, 6.0)


def reading(minutes, low_s, width_s=1.0):
    return Evidence(at=START + minutes * MINUTE, source=Source.PAGE, low_s=low_s, high_s=low_s + width_s)


def all_kept(readings):
    sight, found = None, []
    for one in readings:
        chosen, sight = kept(sight, one)
        found += chosen
    return found


def minutes_of(found):
    return [int((one.at - START) / MINUTE) for one in found]


def test_of_readings_that_agree_one_is_kept_in_three_hours():
    assert minutes_of(all_kept([reading(10 * n, 0.0) for n in range(60)])) == [0, 10, 190, 370, 550]


def test_of_readings_of_whole_minutes_one_an_hour_is_kept_and_those_that_narrow():
    steady = [reading(10 * n, -30.0, 60.0) for n in range(20)]
    assert minutes_of(all_kept(steady)) == [0, 10, 70, 130, 190]
    sharp = [*steady[:4], reading(40, 10.0, 60.0)]
    assert minutes_of(all_kept(sharp)) == [0, 10, 40]


def test_a_reading_that_contradicts_is_kept_with_the_one_before_it_and_the_next():
    readings = [reading(10 * n, 0.0 if n < 7 else 50.0) for n in range(10)]
    assert minutes_of(all_kept(readings)) == [0, 10, 60, 70, 80]
    assert minutes_of(all_kept([reading(0, 0.0), reading(10, 50.0)])) == [0, 10]


# --- reports ------------------------------------------------------------------------------------------


def row(off_s=0.0, time_of=TimeOf.START, **values):
    given = {
        "id": "row",
        "list_name": "received",
        "remote_number": "0445550101",
        "started_at": START + timedelta(seconds=off_s),
        "resolution_s": 1,
        "clock_offset_s": None,
        "time_of": time_of,
        "timed": True,
        "duration_s": 60,
        "count": 1,
        "occurrence": 1,
        "first_seen_at": START + timedelta(hours=1),
    }
    return ListRow(**given | values)


def event(**values):
    """Rings for ten seconds, then a minute of talk."""
    given = {
        "id": "event",
        "key": "key",
        "list_name": ListName.RECEIVED,
        "account": None,
        "remote_number": "0445550101",
        "remote_host": None,
        "remote_name": None,
        "call_id": None,
        "started_at": START,
        "time_of": TimeOf.START,
        "ring_s": 10,
        "duration_s": 60,
        "outcome": Outcome.ANSWERED,
        "first_at": START,
        "last_at": START + timedelta(seconds=70),
        "complete": True,
    }
    return EventEntry(**given | values)


@pytest.mark.parametrize(
    ("time_of", "truly_s"), [(TimeOf.START, 0), (TimeOf.ANSWERED, 10), (TimeOf.RECORDED, 70)]
)
def test_a_report_bounds_the_clock_of_the_row_it_met(time_of, truly_s):
    seen = by_report(row(truly_s + 100, time_of), event())
    assert seen.source is Source.REPORT
    assert seen.low_s <= 100 <= seen.high_s
    assert seen.high_s - seen.low_s < 10


def test_a_row_of_which_nobody_knows_what_it_shows_bounds_it_by_the_whole_call():
    seen = by_report(row(100, TimeOf.UNKNOWN), event())
    assert seen.low_s == 100 - 70 - RECORD_LATE_S
    assert seen.high_s == 100 + ON_ITS_WAY_S + 1


def test_a_call_nobody_answered_has_no_answer_to_show():
    missed = event(
        outcome=Outcome.MISSED, ring_s=None, duration_s=None, last_at=START + timedelta(seconds=20)
    )
    seen = by_report(row(100, TimeOf.ANSWERED, duration_s=None), missed)
    assert seen.low_s == 100 - 20 - RECORD_LATE_S
    assert by_report(row(100, TimeOf.ANSWERED, duration_s=None), event(time_of=TimeOf.RECORDED)) is None


def test_what_a_row_cannot_mean_does_not_widen_its_bounds():
    known = by_report(row(100, TimeOf.UNKNOWN), event(), frozenset({TimeOf.START, TimeOf.ANSWERED}))
    assert (known.low_s, known.high_s) == (100 - 12, 100 + ON_ITS_WAY_S + 1)


def test_an_answer_that_no_report_told_lies_between_start_and_end():
    seen = by_report(row(100, TimeOf.UNKNOWN), event(ring_s=None))
    assert (seen.low_s, seen.high_s) == (100 - 70 - RECORD_LATE_S, 100 + ON_ITS_WAY_S + 1)


def test_a_report_of_the_answer_bounds_a_row_that_shows_the_answer():
    seen = by_report(row(100, TimeOf.ANSWERED), event(time_of=TimeOf.ANSWERED, ring_s=None))
    assert seen.low_s <= 100 <= seen.high_s


@pytest.mark.parametrize(
    "both",
    [
        (row(timed=False), event()),
        (row(count=2), event()),
        (row(duration_s=70), event()),
        (row(time_of=TimeOf.START), event(time_of=TimeOf.RECORDED)),
        (row(time_of=TimeOf.UNKNOWN), event(complete=False)),
    ],
)
def test_what_tells_nothing_of_the_clock_is_left(both):
    assert by_report(*both) is None


# --- reads --------------------------------------------------------------------------------------------


def read_row(**values):
    """Rang at START + 100 s by its own clock, which is right; recorded within ten seconds of two reads."""
    given = {
        "started_at": START + 100 * SECOND,
        "resolution_s": 1,
        "time_of": TimeOf.RECORDED,
        "list_name": ListName.RECEIVED,
        "duration_s": 30,
        "unseen_at": START + 95 * SECOND,
        "first_seen_at": START + 105 * SECOND,
    }
    return ReadRow(**given | values)


@pytest.mark.parametrize(
    ("values", "low_s", "high_s"),
    [
        ({}, -5, 6),
        ({"time_of": TimeOf.ANSWERED}, 25, 40),
        ({"time_of": TimeOf.START}, 25, 160),
        ({"time_of": TimeOf.UNKNOWN}, -5, 160),
        ({"list_name": ListName.MISSED, "time_of": TimeOf.START}, -5, 130),
        ({"list_name": ListName.MISSED, "time_of": TimeOf.ANSWERED}, -5, 130),
        ({"list_name": ListName.PLACED, "duration_s": None, "time_of": TimeOf.ANSWERED}, None, None),
    ],
)
def test_the_reads_around_a_row_bound_the_clock(values, low_s, high_s):
    found = by_reads([read_row(**values)])
    if low_s is None:
        assert found == ()
    else:
        (seen,) = found
        assert seen.low_s == pytest.approx(low_s, abs=2)
        assert seen.high_s == pytest.approx(high_s, abs=2)


def test_rows_of_one_read_bound_it_together():
    early, late = read_row(started_at=START + 96 * SECOND), read_row(started_at=START + 104 * SECOND)
    (seen,) = by_reads([early, late])
    assert seen.low_s == pytest.approx(-1, abs=0.1)
    assert seen.high_s == pytest.approx(2, abs=0.1)


def test_rows_of_one_read_that_contradict_say_nothing():
    assert by_reads([read_row(), read_row(started_at=START + 300 * SECOND)]) == ()


def test_of_several_things_seen_at_one_instant_the_one_that_leaves_least_counts():
    wide, narrow, other = reading(0, 0.0, 60.0), reading(0, 10.0, 5.0), reading(1, 0.0)
    assert narrowest([narrow, wide, other]) == narrowest([other, wide, narrow]) == (narrow, other)
