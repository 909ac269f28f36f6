"""The straight lines that a clock may follow through what was seen of it. Pure.

A clock nobody sets gains or loses evenly: its offset is a line over time. Every observation says between
which two values the line passes at one instant; what is left of all lines is a convex polygon over offset and
drift, and each further observation cuts it. So many readings of whole minutes, each at another phase, leave a
second or two, and the drift comes out by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_PPM = 200.0
"""A clock gains or loses at most so much, microseconds a second; a common crystal is ten times better."""

JITTER_S = 0.25
"""How far a clock may be off its line: temperature, and small corrections by a time server."""

TELLING_S = 120.0
"""An observation no wider than this can tell that a clock was set."""

AMISS, AMISS_S = 0.1, 15.0
"""So many of some observations, by so many seconds, may be amiss: another call was taken for a row's."""

_DAY = 86400.0
_STEEPEST = MOST_PPM / 1e6 * _DAY
"""Seconds a day."""

Corner = tuple[float, float]
"""Offset at the origin, seconds, and drift, seconds a day."""


class Source(StrEnum):
    """What showed a clock."""

    PAGE = "page"
    """The phone's own page."""
    REPORT = "report"
    """A report of the phone about a call of which it shows a row."""
    MIRROR = "mirror"
    """A row of the same call on a phone whose clock is known."""
    FIT = "fit"
    """Calls that the phone must have been part of: its clock and the meaning of its times found together."""
    READ = "read"
    """The reads between which a row was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Evidence:
    """One observation of a clock.

    Attributes:
        at: When, UTC.
        source: What showed it.
        low_s: The clock minus true time then: at least so many seconds.
        high_s: At most so many.
    """

    at: datetime
    source: Source
    low_s: float
    high_s: float

    @property
    def is_telling(self) -> bool:
        """Narrow enough to tell that a clock was set; what two reads say of a row mostly is not."""
        return self.high_s - self.low_s <= TELLING_S

    def meets(self, low: float, high: float) -> bool:
        """Whether the offset may lie in a span, but for the clock's jitter."""
        return self.low_s - JITTER_S <= high and low <= self.high_s + JITTER_S


class Lines:
    """All lines that fit some observations.

    Args:
        origin: Where offsets are counted, POSIX seconds.
        corners: Of the polygon, in order around it.
    """

    __slots__ = ("_corners", "_origin")

    def __init__(self, origin: float, corners: Sequence[Corner]) -> None:
        self._origin = origin
        self._corners = corners

    @classmethod
    def through(cls, seen: Evidence) -> Lines:
        """All lines of a believable drift that pass one observation."""
        low, high = seen.low_s - JITTER_S, seen.high_s + JITTER_S
        return cls(
            seen.at.timestamp(),
            ((low, -_STEEPEST), (high, -_STEEPEST), (high, _STEEPEST), (low, _STEEPEST)),
        )

    @classmethod
    def fitting(cls, seen: Iterable[Evidence]) -> Lines:
        """All lines through some observations.

        Where none passes all, those through the telling ones; where a few of those are amiss by seconds,
        those through the others, as much wider; else level ones wherever the offset was.

        Args:
            seen: At least one.
        """
        everything = list(seen)
        lines, missed = cls._through_most(everything)
        if not missed:
            return lines
        telling = [one for one in everything if one.is_telling]
        if 0 < len(telling) < len(everything):
            return cls.fitting(telling)
        if len(missed) <= AMISS * len(everything):
            by_s = max(lines.distance(one) for one in missed)
            if by_s <= AMISS_S:
                return lines.widened(by_s)
        low = min(one.low_s for one in everything) - JITTER_S
        high = max(one.high_s for one in everything) + JITTER_S
        return cls(everything[0].at.timestamp(), ((low, 0.0), (high, 0.0)))

    @classmethod
    def _through_most(cls, seen: Sequence[Evidence]) -> tuple[Lines, list[Evidence]]:
        """Lines through observations one after another, and those that none of the lines left passes."""
        lines, missed = cls.through(seen[0]), []
        for one in seen[1:]:
            left = lines.cut(one)
            if left is None:
                missed.append(one)
            else:
                lines = left
        return lines, missed

    def distance(self, seen: Evidence) -> float:
        """How many seconds an observation is off the nearest of them."""
        low, high = self.span(seen.at.timestamp())
        return max(seen.low_s - high, low - seen.high_s, 0.0)

    def widened(self, by_s: float) -> Lines:
        """The same, and all that are parallel to one of them within so many seconds."""
        shifted = [(offset + by, drift) for offset, drift in self._corners for by in (-by_s, by_s)]
        return Lines(self._origin, _hull(shifted))

    def cut(self, seen: Evidence) -> Lines | None:
        """What is left of them after a further observation, or None."""
        days = (seen.at.timestamp() - self._origin) / _DAY
        left = _above(self._corners, days, seen.low_s - JITTER_S, 1.0)
        left = _above(left, days, -seen.high_s - JITTER_S, -1.0)
        return Lines(self._origin, left) if left else None

    def span(self, at: float) -> tuple[float, float]:
        """Least and most offset at an instant (POSIX seconds), seconds."""
        days = (at - self._origin) / _DAY
        values = [offset + drift * days for offset, drift in self._corners]
        return min(values), max(values)


def _hull(points: Iterable[Corner]) -> list[Corner]:
    """The smallest polygon that holds all points, its corners in order around it."""
    ordered = sorted(set(points))
    found: list[Corner] = []
    for some in (ordered, ordered[::-1]):
        chain: list[Corner] = []
        for point in some:
            while len(chain) > 1 and _turns_left(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        found += chain[:-1]
    return found


def _turns_left(one: Corner, other: Corner, point: Corner) -> float:
    """Above 0 where the way by two points to a third turns left."""
    return (other[0] - one[0]) * (point[1] - one[1]) - (other[1] - one[1]) * (point[0] - one[0])


def _above(corners: Sequence[Corner], days: float, least: float, sign: float) -> list[Corner]:
    """The part of a polygon where the offset, times ``sign``, is at least so much after so many days."""
    kept: list[Corner] = []
    if not corners:
        return kept
    before = corners[-1]
    over_before = sign * (before[0] + before[1] * days) - least
    for corner in corners:
        over = sign * (corner[0] + corner[1] * days) - least
        if (over >= 0) != (over_before >= 0):
            share = over_before / (over_before - over)
            kept.append(
                (before[0] + (corner[0] - before[0]) * share, before[1] + (corner[1] - before[1]) * share)
            )
        if over >= 0:
            kept.append(corner)
        before, over_before = corner, over
    return kept
