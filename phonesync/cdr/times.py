"""Wall times of a switch as instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.clock import instants
from phonesync.config.cdr import EPOCH

BATCH = timedelta(minutes=10)
"""A switch may write the lines of ended calls in another order within so long (Asterisk's batch mode keeps
them for five minutes unless told otherwise)."""

NEAR = timedelta(minutes=30)
"""A line begins so soon after its channel was made, or it says nothing about which hour of two it is."""

SLACK = timedelta(seconds=2)
"""Whole seconds, each cut off on its own."""

_YEARS = range(1980, 2200)
_UNIQUE = re.compile(r"(?:.*-)?([0-9]{9,10})\.[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """When a line's call began.

    Attributes:
        at: UTC.
        within_s: Or so many seconds later at most.
    """

    at: datetime
    within_s: int = 0


def read_time(text: str, time_format: str | None) -> datetime:
    """A time as written: aware where it says its offset, else naive.

    Args:
        text: As it stands in the file.
        time_format: Of ``strptime``, ``epoch``, or None for ISO 8601.

    Raises:
        ValueError: It is none.
    """
    shown = text.strip()
    try:
        if time_format == EPOCH:
            found = datetime.fromtimestamp(float(shown), UTC)
        elif time_format is None:
            found = datetime.fromisoformat(shown)
        else:
            found = datetime.strptime(shown, time_format)  # noqa: DTZ007  a wall clock has no zone
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f'"{shown[:40]}" is no time') from error
    if found.year not in _YEARS:
        raise ValueError(f'"{shown[:40]}" is no time of a call')
    return found


def began(
    start: datetime,
    zone: ZoneInfo,
    *,
    duration: timedelta | None,
    end: datetime | None,
    unique_id: str | None,
    after: datetime | None,
) -> Began:
    """When a line began. In the hour that the end of summer time doubles, whatever else it says decides.

    Args:
        start: As written.
        zone: Of times without an offset.
        duration: From start to end, where the line says it.
        end: As written, or None.
        unique_id: Of its channel: Asterisk puts the second into it in which the channel was made.
        after: When the call of the line before it ended, UTC, where lines are written as calls end.
    """
    if start.tzinfo is not None:
        return Began(at=start.astimezone(UTC))
    first, second = instants(start, zone)
    fits = [first] if second <= first else [first, second]
    if len(fits) > 1:
        for narrower in (_as_long(fits, duration, end, zone), _made(fits, unique_id)):
            fits = [at for at in fits if at in narrower] or fits
        if len(fits) > 1 and after is not None:
            fits = [at for at in fits if at + (duration or timedelta()) >= after - BATCH] or fits
    return Began(at=fits[0], within_s=int((fits[-1] - fits[0]).total_seconds()))


def instant_after(
    wall: datetime, zone: ZoneInfo, start: datetime, *, expected: datetime | None = None
) -> datetime:
    """A later time of the same line.

    Args:
        wall: As written.
        zone: Of times without an offset.
        start: When the line began, UTC.
        expected: What the durations of the line make it, UTC, or None: the first reading after the start.
    """
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    readings = instants(wall, zone)
    if expected is not None:
        return min(readings, key=lambda at: abs(at - expected))
    return next((at for at in readings if at >= start - SLACK), readings[0])


def _as_long(
    fits: list[datetime], duration: timedelta | None, end: datetime | None, zone: ZoneInfo
) -> list[datetime]:
    """The starts from which a call of that length ends when the line says."""
    if duration is None or end is None or end.tzinfo is not None:
        return fits
    ends = instants(end, zone)
    return [at for at in fits if any(abs(at + duration - one) <= SLACK for one in ends)]


def _made(fits: list[datetime], unique_id: str | None) -> list[datetime]:
    match = _UNIQUE.fullmatch(unique_id or "")
    if match is None:
        return fits
    made = datetime.fromtimestamp(int(match[1]), UTC)
    return [at for at in fits if -SLACK <= at - made <= NEAR]
