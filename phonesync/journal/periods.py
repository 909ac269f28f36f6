"""From when to when a filter asks for calls, in the zone of who reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.journal.filters import JournalFilter, Period

_DAYS = {Period.TODAY: 1, Period.WEEK: 7, Period.MONTH: 30, Period.YEAR: 365}


def bounds(wanted: JournalFilter, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The span of a filter.

    Args:
        wanted: The filter.
        zone: The reader's: its midnights begin and end days.
        now: UTC.

    Returns:
        The first instant, and the first one that is not in it any more, UTC; None where nothing bounds it.
        Days "up to now" have no end: calls that come meanwhile belong to them.
    """
    first, last = days(wanted, now.astimezone(zone).date())
    return (
        None if first is None else midnight(first, zone),
        None if last is None or last == date.max else midnight(last + timedelta(days=1), zone),
    )


def days(wanted: JournalFilter, today: date) -> tuple[date | None, date | None]:
    """First and last day of a filter; None where nothing bounds it."""
    if wanted.since is not None or wanted.until is not None:
        return wanted.since, wanted.until
    if wanted.period in _DAYS:
        return today - timedelta(days=_DAYS[wanted.period] - 1), None
    if wanted.period is Period.YESTERDAY:
        return today - timedelta(days=1), today - timedelta(days=1)
    if wanted.period is Period.THIS_MONTH:
        return today.replace(day=1), None
    if wanted.period is Period.LAST_MONTH:
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    return None, None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins, UTC. Where that lies outside of the calendar, UTC's own midnight counts."""
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return begins.astimezone(UTC)
    except OverflowError:
        return begins.replace(tzinfo=UTC)
