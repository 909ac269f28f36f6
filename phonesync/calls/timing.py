"""When a call began, stopped ringing and ended, as far as one row tells. Pure.

A row shows one instant. Which of the three it is depends on the phone (:class:`~phonesync.model.TimeOf`); the
other two follow from the talk time and from how long a phone rings at most. Each is a span, wide enough to
hold the truth: the shown unit, the bounds of the clock and the ringing nobody saw are all in it.

Instants are POSIX seconds here: joining compares millions of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from phonesync.calls.values import Bounds, Row
from phonesync.model import ListName, Outcome, TimeOf

RING_MOST_S = 120.0
"""A phone rings so long at most before somebody answers, gives up or is sent elsewhere."""

TALK_MOST_S = 900.0
"""A talk of which nothing shows the length lasts so long at most."""

REPORT_LATE_S = 1.5
"""A report arrives so late at most (what comes later makes a row uncertain, not wrong)."""

RECORD_LATE_S = 1.5
"""A row is written so long after the end of its call at most."""

READING_S = 120.0
"""A read takes so long at most: a row that it did not show may have been written while it ran."""

UNREAD_CLOCK_S = 3600.0
"""A clock that nothing bounds is off by so much at most: a zone or a summer time set wrong."""

TALK_TOLERANCE_S, TALK_TOLERANCE = 3, 0.03
"""Two phones count one talk alike to so many seconds, or to such a share of it, whichever is more."""

_Reading = Callable[[Row, "Span"], "Moments"]

_UNANSWERED = frozenset(
    {Outcome.MISSED, Outcome.REJECTED, Outcome.FORWARDED, Outcome.NO_ANSWER, Outcome.BUSY}
)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, POSIX seconds, that holds an instant."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Seconds."""
        return self.high - self.low

    def meets(self, other: Span, slack: float = 0.0) -> bool:
        """Whether both may hold one instant, or two that are ``slack`` seconds apart at most."""
        return self.low <= other.high + slack and other.low <= self.high + slack

    def cut(self, other: Span, slack: float = 0.0) -> Span | None:
        """What is left of it where the other, widened by ``slack``, holds the same instant."""
        low, high = max(self.low, other.low - slack), min(self.high, other.high + slack)
        return Span(low, high) if low <= high else None

    def moved(self, least: float, most: float) -> Span:
        """The span of an instant that comes ``least`` to ``most`` seconds after this one."""
        return Span(self.low + least, self.high + most)

    def hull(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Moments:
    """The three instants of a call.

    Attributes:
        start: It begins to ring, or is dialled.
        stop: It stops ringing: somebody answers, gives up, or it goes elsewhere.
        end: It ends on this phone; the same as ``stop`` where nobody answered.
    """

    start: Span
    stop: Span
    end: Span

    def cut(self, other: Moments, slack: float = 0.0) -> Moments | None:
        """What is left where both tell of the same three instants, ringing at most so long; else None."""
        start, stop = self.start.cut(other.start, slack), self.stop.cut(other.stop, slack)
        if start is None or stop is None:
            return None
        return _sound(start, stop, self.end)

    def hull(self, other: Moments) -> Moments:
        """The smallest that hold both."""
        return Moments(self.start.hull(other.start), self.stop.hull(other.stop), self.end.hull(other.end))


def is_answered(row: Row) -> bool | None:
    """Whether this phone answered, or reached whom it called; None where its row does not say."""
    return says_answered(row.list_name, row.duration_s, row.outcome)


def says_answered(
    list_name: ListName | None, duration_s: int | None, outcome: Outcome | None = None
) -> bool | None:
    """The same, by what is known of a row: one that was placed says nothing without talk time and outcome."""
    if outcome is Outcome.ANSWERED:
        return True
    if outcome in _UNANSWERED:
        return False
    if list_name is ListName.RECEIVED:
        return True
    if list_name in {ListName.MISSED, ListName.FORWARDED}:
        return False
    if duration_s is None:
        return None
    return duration_s > 0


def talks_differ(one: Row, other: Row) -> bool:
    """Whether two talk times, where both are known, are not those of one talk."""
    if one.duration_s is None or other.duration_s is None:
        return False
    most = max(one.duration_s, other.duration_s)
    return abs(one.duration_s - other.duration_s) > max(TALK_TOLERANCE_S, TALK_TOLERANCE * most)


def moments(row: Row) -> tuple[Moments, ...]:
    """What a row tells of its call: one reading for each thing its time may mean, at least one.

    Where its phone's clock was set around that time, there is one for each clock.

    Args:
        row: As kept; its clock and its reads are taken into account.
    """
    if not row.timed:
        return (_recorded(row, shown_span(row)),)
    spans = [_span_by(row, clock) for clock in row.turned] or [shown_span(row)]
    thinkable = [
        (one, reading(one, shown)) for one in _either(row) for reading in _readings(one) for shown in spans
    ]
    possible = _possible(row, [read for _, read in thinkable]) or _possible(
        row, [_talked_on(one, read) for one, read in thinkable]
    )
    # Where the reads contradict the clock, the clock is wrong and the reads are not.
    return possible or (_recorded(row, _read_span(row)),)


def whole(row: Row) -> Moments:
    """The hull of all readings of a row."""
    return hull(moments(row))


def hull(readings: Sequence[Moments]) -> Moments:
    """The smallest that hold all of some readings, of which there is at least one."""
    first, *others = readings
    for other in others:
        first = first.hull(other)
    return first


def shown_span(row: Row) -> Span:
    """When the instant was that a row shows, by the true clock."""
    if not row.timed:
        return _read_span(row)
    at = row.at.timestamp()
    if row.heard:
        return Span(at - REPORT_LATE_S, at + 1.0)
    return _span_by(row, row.clock or Bounds(low=-UNREAD_CLOCK_S, high=UNREAD_CLOCK_S))


def instant(seconds: float) -> datetime:
    """POSIX seconds as an instant, cut to whole seconds."""
    return datetime.fromtimestamp(int(seconds // 1), tz=UTC)


def _span_by(row: Row, clock: Bounds) -> Span:
    """The same, with the clock off by so much."""
    at, unit = row.at.timestamp(), float(row.resolution_s or 1)
    return Span(at - clock.high, at + unit - clock.low)


def _read_span(row: Row) -> Span:
    """When a row was recorded, by the reads alone."""
    seen = row.first_seen_at.timestamp()
    since = seen - 86400.0 if row.unseen_at is None else row.unseen_at.timestamp() - READING_S
    return Span(min(since, seen), seen)


def _either(row: Row) -> tuple[Row, ...]:
    """The row as it is if somebody answered, and if nobody did, where that tells what its time means."""
    outcomes = (Outcome.ANSWERED, Outcome.NO_ANSWER)
    ways = zip(row.either, outcomes, strict=False)
    return tuple(replace(row, time_of=time_of, outcome=outcome) for time_of, outcome in ways) or (row,)


def _readings(row: Row) -> tuple[_Reading, ...]:
    answered = is_answered(row)
    if row.time_of is TimeOf.START:
        return (_started,)
    if row.time_of is TimeOf.RECORDED:
        return (_recorded,)
    if row.time_of is TimeOf.ANSWERED:
        # What such a phone shows of a call that nobody answered, no sheet says.
        if answered is not None:
            return (_answered,) if answered else (_started, _recorded)
        return (_started, _answered, _recorded)
    return (_started, _answered, _recorded) if answered or answered is None else (_started, _recorded)


def _started(row: Row, shown: Span) -> Moments:
    stop = shown.moved(0.0, RING_MOST_S) if row.ring_s is None else _after(shown, row.ring_s)
    return Moments(shown, stop, _ended(row, stop))


def _answered(row: Row, shown: Span) -> Moments:
    return Moments(_began(row, shown), shown, _ended(row, shown))


def _recorded(row: Row, shown: Span) -> Moments:
    end = shown.moved(-RECORD_LATE_S, 0.0)
    if is_answered(row) is False or row.duration_s == 0:
        return Moments(_began(row, end), end, end)
    stop = (
        end.moved(-TALK_MOST_S, 0.0)
        if row.duration_s is None
        else end.moved(-row.duration_s - 1.0, -row.duration_s)
    )
    return Moments(_began(row, stop), stop, end)


def _began(row: Row, stop: Span) -> Span:
    return (
        stop.moved(-RING_MOST_S, 0.0)
        if row.ring_s is None
        else stop.moved(-_rang(row.ring_s) - 1.0, -_rang(row.ring_s) + 1.0)
    )


def _after(start: Span, seconds: int) -> Span:
    return start.moved(_rang(seconds) - 1.0, _rang(seconds) + 1.0)


def _rang(seconds: int) -> int:
    """A phone whose clock was set while it rang may count backwards."""
    return max(0, seconds)


def _ended(row: Row, stop: Span) -> Span:
    if is_answered(row) is False:
        return stop
    if row.duration_s is None:
        return stop.moved(0.0, TALK_MOST_S)
    return stop.moved(row.duration_s, row.duration_s + (1.0 if row.duration_s else 0.0))


def _possible(row: Row, readings: Iterable[Moments]) -> tuple[Moments, ...]:
    bounded = (_bounded(row, one) for one in readings)
    return tuple(one for one in bounded if one is not None)


def _talked_on(row: Row, read: Moments) -> Moments:
    """The same, of a talk that lasted until the row was written, if nothing shows how long it lasted."""
    if row.duration_s is not None or is_answered(row) is False:
        return read
    return Moments(
        read.start, read.stop, Span(read.end.low, max(read.end.high, row.first_seen_at.timestamp()))
    )


def _bounded(row: Row, read: Moments) -> Moments | None:
    """A reading, narrowed by what the reads say of when the row was written; None where they forbid it."""
    if row.heard:
        # No row was written: a report that came during the call is what was seen first.
        return read
    written = Span(
        float("-inf") if row.unseen_at is None else row.unseen_at.timestamp() - READING_S - RECORD_LATE_S,
        row.first_seen_at.timestamp() + RECORD_LATE_S,
    )
    end = read.end.cut(written)
    if end is None:
        return None
    back = read.end.low - read.stop.low, read.end.high - read.stop.high
    least, most = min(back), max(back)
    stop = read.stop.cut(Span(end.low - most, end.high - least))
    return None if stop is None else _sound(read.start, stop, end)


def _sound(start: Span, stop: Span, end: Span) -> Moments | None:
    """The same, narrowed so that ringing comes first and lasts no longer than it can, or than is known.

    None where it cannot come first.
    """
    most = RING_MOST_S if stop.low - start.high <= RING_MOST_S else stop.high - start.low
    begun = start.cut(Span(stop.low - most, stop.high))
    stopped = None if begun is None else stop.cut(Span(begun.low, begun.high + most))
    return None if begun is None or stopped is None else Moments(begun, stopped, end)
