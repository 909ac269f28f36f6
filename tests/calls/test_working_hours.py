"""Time counted in working hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phonesync.calls.working_hours import WorkingHours, after

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
OFFICE = WorkingHours(
    week=(*[((540, 780), (840, 1080))] * 5, (), ()),
    holidays=frozenset({date(2026, 3, 9)}),
)


def utc(year, month, day, hour=0, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "minutes", "due"),
    [
        (utc(2026, 3, 2, 7), 30, utc(2026, 3, 2, 7, 30)),  # Monday 10:00 in Moscow
        (utc(2026, 3, 2, 9, 40), 30, utc(2026, 3, 2, 11, 10)),  # over the break
        (utc(2026, 3, 2, 14, 50), 30, utc(2026, 3, 3, 6, 20)),  # over the night
        (utc(2026, 3, 2, 14, 30), 30, utc(2026, 3, 2, 15)),  # up to the last minute
        (utc(2026, 3, 6, 19), 30, utc(2026, 3, 10, 6, 30)),  # Friday night, and Monday is a holiday
        (utc(2026, 3, 2, 4), 16 * 60, utc(2026, 3, 3, 15)),  # two whole days
    ],
)
def test_a_target_is_counted_in_working_hours(since, minutes, due):
    assert after(since, timedelta(minutes=minutes), hours=OFFICE, zone=MOSCOW) == due


def test_all_time_counts_where_no_hours_are_named():
    since = utc(2026, 3, 7, 20, 59, 30)
    assert after(since, timedelta(days=3), hours=WorkingHours(), zone=MOSCOW) == since + timedelta(days=3)


def test_a_change_of_the_clock_neither_gives_nor_takes_time():
    for since in (utc(2026, 3, 28, 20), utc(2026, 10, 24, 20)):
        due = after(since, timedelta(hours=12), hours=WorkingHours(), zone=BERLIN)
        assert due == since + timedelta(hours=12)


def test_what_never_falls_due_has_no_due_time():
    hours = WorkingHours(week=(((540, 541),), (), (), (), (), (), ()))
    assert after(utc(2026, 3, 2), timedelta(days=366), hours=hours, zone=MOSCOW) is None
