"""How far a phone's clock was off, and since when: what corrects the times of its rows. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from phonesync.calls.values import Bounds

LONGEST = timedelta(hours=12)
"""A row that a read did not show yet began at most so long before it."""

OFFSET_S = 2.0
"""An offset taken at a read is exact to so much and half the shown unit: request, answer and cut digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of time in which nobody set a phone's clock.

    Attributes:
        since: Its first instant, UTC.
        until: Where the next one begins, UTC; None for the newest.
        low_s: The clock minus true time at ``since``: at least so many seconds.
        high_s: The same, at most.
        drift_ppm: How fast the clock gains, microseconds a second.
        stepped: The clock was set somewhere in this stretch; its bounds hold both what it was and what it is.
        never: Between the two, where they lie apart: it was off by none of that.
    """

    since: datetime
    until: datetime | None
    low_s: float
    high_s: float
    drift_ppm: float = 0.0
    stepped: bool = False
    never: Bounds | None = None

    def bounds(self, at: datetime) -> Bounds:
        """The clock minus true time at an instant of it, UTC."""
        gained = (at - self.since).total_seconds() * self.drift_ppm / 1e6
        return Bounds(low=self.low_s + gained, high=self.high_s + gained)

    def either(self, at: datetime) -> tuple[Bounds, ...]:
        """The same, what it was and what it is each by itself where they lie apart."""
        if self.never is None:
            return (self.bounds(at),)
        return Bounds(low=self.low_s, high=self.never.low), Bounds(low=self.never.high, high=self.high_s)


class ClockHistory:
    """The clock of one physical phone.

    Args:
        segments: Oldest first, without overlap.

    Attributes:
        reach: The clock was never off by more, with a minute to spare.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = tuple(segments)
        self._starts = [segment.since for segment in segments]
        self.reach = timedelta(seconds=max((_furthest(segment) for segment in segments), default=0.0))

    def bounds(self, at: datetime) -> Bounds | None:
        """The clock minus true time at an instant; before the first segment, what that one says.

        Args:
            at: UTC; by the phone's clock will do, for a clock that is off by minutes.

        Returns:
            None where nothing is known.
        """
        segment = self._segment(at)
        return None if segment is None else segment.bounds(at)

    def either(self, at: datetime) -> tuple[Bounds, ...]:
        """The same, what it was and what it is each by itself; none where nothing is known."""
        segment = self._segment(at)
        return () if segment is None else segment.either(at)

    def stepped(self, at: datetime) -> bool:
        """Whether the clock was set somewhere around an instant, nobody knows when and how often."""
        segment = self._segment(at)
        return segment is not None and segment.stepped

    def of_row(
        self, at: datetime, *, resolution_s: int, unseen_at: datetime | None, first_seen_at: datetime
    ) -> Bounds | None:
        """How far the clock was off in the time that a row shows.

        Everything that it may have been, see :meth:`ways_of_row`.

        Returns:
            None where nothing is known.
        """
        return whole(
            self.ways_of_row(at, resolution_s=resolution_s, unseen_at=unseen_at, first_seen_at=first_seen_at)
        )

    def ways_of_row(
        self, at: datetime, *, resolution_s: int, unseen_at: datetime | None, first_seen_at: datetime
    ) -> tuple[Bounds, ...]:
        """What the clock may have been off by in the time that a row shows: one of these.

        The row shows the clock's own time: what the clock was off by then must lead back to an instant at
        which it was off by so much, and before the row was first seen. Where the clock was set between the
        two, the phone may have re-dated the row (it keeps ticks) or not.

        Args:
            at: The time shown when the row was first seen, UTC by the phone's zone.
            resolution_s: Width of the shown unit.
            unseen_at: The last good read that did not show it, UTC, or None.
            first_seen_at: The read that first showed it, UTC.

        Returns:
            Ascending, lying apart; none where nothing is known.
        """
        since = datetime.min.replace(tzinfo=UTC) if unseen_at is None else unseen_at - LONGEST
        near = self._between(at - self.reach, max(at + self.reach, first_seen_at))
        possible = [
            bounds
            for segment in near
            for bounds in segment.either(max(segment.since, min(at, segment.until or at)))
            if _is_fitting(segment, bounds, at, resolution_s, since, first_seen_at)
        ]
        if not possible:
            known = self.bounds(min(at, first_seen_at))
            return () if known is None else (known,)
        shown = at - timedelta(seconds=max(one.high for one in possible))
        for segment in near:
            if (
                segment.stepped
                and segment.since <= first_seen_at
                and (segment.until or first_seen_at) > shown
            ):
                possible += segment.either(segment.since)
        return tuple(_apart(possible))

    def _segment(self, at: datetime) -> Segment | None:
        if not self._segments:
            return None
        return self._segments[max(0, bisect_right(self._starts, at) - 1)]

    def _between(self, since: datetime, until: datetime) -> tuple[Segment, ...]:
        first = max(0, bisect_right(self._starts, since) - 1)
        return self._segments[first : bisect_right(self._starts, until)]


def whole(ways: Sequence[Bounds]) -> Bounds | None:
    """The smallest that hold all of some that lie apart, ascending; None where there are none."""
    return Bounds(low=ways[0].low, high=ways[-1].high) if ways else None


def _furthest(segment: Segment) -> float:
    ends = [segment.bounds(at) for at in (segment.since, segment.until or segment.since)]
    return max(max(abs(one.low), abs(one.high)) for one in ends) + 60.0


def _is_fitting(
    segment: Segment, bounds: Bounds, at: datetime, resolution_s: int, since: datetime, until: datetime
) -> bool:
    """Whether a row of a segment may show that time, with the clock off by so much."""
    first = max(segment.since, since, at - timedelta(seconds=bounds.high))
    last = min(segment.until or until, until, at + timedelta(seconds=resolution_s - bounds.low))
    return first <= last


def _apart(some: Iterable[Bounds]) -> Iterator[Bounds]:
    """The same, ascending, those that meet as one."""
    low, *others = sorted(some, key=attrgetter("low"))
    for other in others:
        if other.low <= low.high:
            low = Bounds(low=low.low, high=max(low.high, other.high))
        else:
            yield low
            low = other
    yield low
