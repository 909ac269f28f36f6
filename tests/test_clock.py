"""Wall clocks to instants: years, zones, doubled and skipped hours, offsets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync import clock
from phonesync.model import ClockReading, WallTime

BERLIN = ZoneInfo("Europe/Berlin")


def shown(moment: datetime, *, year: bool = False, weekday: bool = True) -> WallTime:
    return WallTime(
        year=moment.year if year else None,
        month=moment.month,
        day=moment.day,
        hour=moment.hour,
        minute=moment.minute,
        second=moment.second if year else None,
        weekday=moment.weekday() if weekday else None,
    )


@pytest.mark.anyio
async def test_the_system_clock_is_aware_and_runs_forward():
    system = clock.SystemClock()
    before, started = system.now(), system.monotonic()
    await system.sleep(0.001)
    assert before.tzinfo is UTC
    assert system.monotonic() > started


@given(st.dates(date(2004, 1, 1), date(2090, 1, 1)), st.integers(0, 1500))
def test_a_weekday_fixes_the_year_of_a_row_up_to_four_years_old(today, age):
    day = today - timedelta(days=age)
    moment = datetime(day.year, day.month, day.day, 12, 0)
    assert clock.resolve_year(shown(moment), today=today) == day.year


def test_without_a_weekday_the_latest_past_date_is_taken():
    moment = datetime(2025, 12, 31, 10, 0)
    assert clock.resolve_year(shown(moment, weekday=False), today=date(2026, 1, 2)) == 2025


def test_a_weekday_that_fits_no_year_leaves_the_latest_date():
    impossible = WallTime(year=None, month=2, day=29, hour=1, minute=0, weekday=3)
    assert clock.resolve_year(impossible, today=date(2111, 6, 1)) == 2108


@pytest.mark.parametrize(("month", "day", "hour"), [(2, 30, 1), (13, 1, 1), (1, 1, 24)])
def test_there_is_no_wall_time_that_does_not_exist(month, day, hour):
    with pytest.raises(ValueError):
        WallTime(year=None, month=month, day=day, hour=hour, minute=0)


def test_a_skipped_time_is_read_by_the_offset_before_it():
    resolved = clock.to_utc(datetime(2025, 3, 30, 2, 30), BERLIN, resolution_s=1)
    assert resolved == clock.Resolved(at=datetime(2025, 3, 30, 1, 30, tzinfo=UTC), resolution_s=1)


@pytest.mark.parametrize(
    ("earliest", "latest", "hour", "resolution"),
    [(None, 45, 0, 1), (60, None, 1, 1), (None, None, 0, 3601), (10, 200, 0, 3601)],
)
def test_bounds_decide_the_doubled_hour(earliest, latest, hour, resolution):
    night = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)
    resolved = clock.to_utc(
        datetime(2025, 10, 26, 2, 30),
        BERLIN,
        resolution_s=1,
        earliest=None if earliest is None else night + timedelta(minutes=earliest),
        latest=None if latest is None else night + timedelta(minutes=latest),
    )
    assert resolved == clock.Resolved(at=night.replace(hour=hour, minute=30), resolution_s=resolution)


def test_the_offset_of_a_clock_is_its_lead_over_true_time():
    at = datetime(2025, 3, 6, 8, 0, 2, tzinfo=UTC)
    reading = ClockReading(wall=shown(datetime(2025, 3, 6, 9, 4, 0), year=True), at=at, slack_s=2.0)
    assert clock.offset_s(reading, BERLIN) == 239.5


def test_a_clock_without_a_year_is_read_near_now():
    at = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)
    reading = ClockReading(wall=shown(datetime(2026, 1, 1, 1, 0)), at=at)
    assert clock.offset_s(reading, BERLIN) == 0.0


def test_in_the_doubled_hour_a_clock_is_taken_to_be_right():
    at = datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    reading = ClockReading(wall=shown(datetime(2025, 10, 26, 2, 30), year=True), at=at)
    assert clock.offset_s(reading, BERLIN) == 0.5


def test_an_instant_is_written_in_utc_with_fractions_only_where_there_are_some():
    at = datetime(2026, 3, 2, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))
    assert clock.iso(at) == "2026-03-02T09:00:00Z"
    assert clock.iso(at.replace(microsecond=500_000)) == "2026-03-02T09:00:00.500000Z"
    assert clock.iso(None) is None


@given(
    wall=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2040, 1, 1)),
    zone=st.sampled_from(
        ["Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
    ),
)
def test_the_two_instants_of_a_wall_time_are_those_of_the_standard_library(wall, zone):
    expected = tuple(wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    assert clock.instants(wall, ZoneInfo(zone)) == expected


@pytest.mark.parametrize("minute", range(0, 240, 10))
@pytest.mark.parametrize("day", [datetime(2026, 3, 29), datetime(2026, 10, 25)])
def test_the_hours_around_a_change_of_summer_time_are_no_exception(day, minute):
    wall = day + timedelta(minutes=minute)
    expected = tuple(wall.replace(tzinfo=BERLIN, fold=fold).astimezone(UTC) for fold in (0, 1))
    assert clock.instants(wall, BERLIN) == expected
