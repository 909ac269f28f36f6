"""How far a phone's clock was off, and since when: what corrects the times of its rows. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from phonesync.calls.values import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of time in which nobody set a phone's clock.

    Attributes:
        since: Its first instant, UTC.
        until: Where the next one begins, UTC; None for the newest.
        low_s: The clock minus true time at ``since``: at least so many seconds.
        high_s: The same, at most.
        drift_ppm: How fast the clock gains, microseconds a second.
    """

    since: datetime
    until: datetime | None
    low_s: float
    high_s: float
    drift_ppm: float = 0.0


class ClockHistory:
    """The clock of one physical phone.

    Args:
        segments: Oldest first, without overlap.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = tuple(segments)
        self._starts = [segment.since for segment in segments]

    def bounds(self, at: datetime) -> Bounds | None:
        """The clock minus true time at an instant; before the first segment, what that one says.

        Args:
            at: UTC; by the phone's clock will do, for a clock that is off by minutes.

        Returns:
            None where nothing is known.
        """
        if not self._segments:
            return None
        segment = self._segments[max(0, bisect_right(self._starts, at) - 1)]
        gained = (at - segment.since).total_seconds() * segment.drift_ppm / 1e6
        return Bounds(low=segment.low_s + gained, high=segment.high_s + gained)
