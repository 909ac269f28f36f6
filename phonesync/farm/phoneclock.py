"""The clock of an emulated phone: offset, drift, zone, and what setting it does to stored rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Keeping(StrEnum):
    """How a phone keeps the times of its rows."""

    TEXT = "text"
    """As text: old rows stay as they were written, right or wrong."""
    TICKS = "ticks"
    """As ticks: all rows move by the same offset when the clock is set."""


class PhoneClock:
    """A wall clock that may be wrong.

    Args:
        zone: Of its wall time, with the rules of summer time.
        started: Since when it runs, UTC.
        offset_s: Its own idea of UTC minus true UTC, at the start.
        drift_ppm: How fast it runs ahead, in microseconds a second; negative where it falls behind.

    Attributes:
        stepped: Sum of all steps by which it was ever set: what ticks move by.
    """

    def __init__(
        self, *, zone: ZoneInfo, started: datetime, offset_s: float = 0.0, drift_ppm: float = 0.0
    ) -> None:
        self.zone = zone
        self.drift_ppm = drift_ppm
        self.stepped = timedelta(0)
        self._offset = timedelta(seconds=offset_s)
        self._since = started.astimezone(UTC)

    def offset(self, at: datetime) -> timedelta:
        """Its own idea of UTC minus true UTC, at a true instant."""
        return self._offset + (at - self._since) * (self.drift_ppm / 1e6)

    def utc(self, at: datetime) -> datetime:
        """What the phone takes for UTC at a true instant."""
        return at + self.offset(at)

    def wall(self, utc: datetime) -> datetime:
        """The naive wall time, in whole seconds, of an instant by the phone's own idea of UTC."""
        return utc.astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    def set(self, at: datetime, *, offset_s: float) -> timedelta:
        """Sets the clock so that it is wrong by ``offset_s`` from now on; returns the step."""
        step = timedelta(seconds=offset_s) - self.offset(at)
        self._offset = timedelta(seconds=offset_s)
        self._since = at.astimezone(UTC)
        self.stepped += step
        return step
