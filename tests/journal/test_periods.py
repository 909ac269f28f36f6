from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from phonesync.journal.filters import JournalFilter, Period
from phonesync.journal.periods import bounds, days, midnight

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, TODAY, None),
        (Period.YESTERDAY, date(2026, 3, 1), date(2026, 3, 1)),
        (Period.WEEK, date(2026, 2, 24), None),
        (Period.MONTH, date(2026, 2, 1), None),
        (Period.THIS_MONTH, date(2026, 3, 1), None),
        (Period.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (Period.YEAR, date(2025, 3, 3), None),
        (Period.EVER, None, None),
    ],
)
def test_each_period_has_its_days(period, first, last):
    assert days(JournalFilter(period=period), TODAY) == (first, last)


def test_days_that_are_named_win_over_the_period():
    wanted = JournalFilter(period=Period.TODAY, since=date(2026, 1, 1))
    assert days(wanted, TODAY) == (date(2026, 1, 1), None)


def test_a_day_is_the_reader_s():
    now = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
    since, until = bounds(JournalFilter(period=Period.TODAY), MOSCOW, now)
    assert (since, until) == (datetime(2026, 3, 1, 21, tzinfo=UTC), None)
    since, until = bounds(JournalFilter(until=date(2026, 3, 1)), MOSCOW, now)
    assert (since, until) == (None, datetime(2026, 3, 1, 21, tzinfo=UTC))


def test_days_at_the_ends_of_the_calendar_bound_nothing_wrongly():
    assert bounds(JournalFilter(until=date.max), MOSCOW, datetime(2026, 3, 1, tzinfo=UTC)) == (None, None)
    assert midnight(date.min, MOSCOW) == datetime(1, 1, 1, tzinfo=UTC)
