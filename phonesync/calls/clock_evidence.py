"""What shows how far a phone's clock is off: its page, reports, the reads between which a row came. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.calls.clock_lines import MOST_PPM, Evidence, Source
from phonesync.calls.timing import RECORD_LATE_S, RING_MOST_S
from phonesync.clock import naive, resolve_year
from phonesync.events.fitting import ListRow
from phonesync.events.values import EventEntry
from phonesync.model import ClockReading, ListName, Outcome, TimeOf

OFTEN = timedelta(hours=1)
"""Readings of whole minutes are kept so often at least: each narrows the offset at another phase."""

SELDOM = timedelta(hours=3)
"""The same for readings of seconds: the drift shows."""

COARSE_S = 10.0
"""A reading that leaves more than this is one of whole minutes."""

NARROWS = 0.8
"""A coarse reading is kept in any case where it leaves at most this share of what was known."""

CONFIRMED = 2
"""After a reading that contradicts, so many are kept one after the other."""

ON_ITS_WAY_S = 3.0
"""A report arrives so late at most; joining goes by less, for a clock that is wrong spoils every row."""

WIDEST_S = 3 * 3600.0
"""What leaves more than this says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is remembered of a phone's readings to tell which ones to keep.

    Attributes:
        latest: The last reading, kept or not.
        kept_at: When the last one that was kept was taken, UTC.
        low_s: The readings that agree leave at least this offset at the last one, seconds.
        high_s: And at most this.
        agreeing: How many were kept since one contradicted.
    """

    latest: Evidence
    kept_at: datetime
    low_s: float
    high_s: float
    agreeing: int


def page(reading: ClockReading, zone: ZoneInfo) -> Evidence:
    """What a phone's own page shows of its clock.

    In a doubled hour the smaller offset is taken, as :func:`phonesync.clock.offset_s` does.
    """
    year = reading.wall.year
    if year is None:
        year = resolve_year(reading.wall, today=reading.at.astimezone(zone).date())
    shown = naive(reading.wall, year)
    at = reading.at.timestamp()
    lows = [shown.replace(tzinfo=zone, fold=fold).timestamp() - at for fold in (0, 1)]
    width = reading.wall.resolution_s + reading.slack_s
    low = min(lows, key=lambda low: abs(low + width / 2))
    return Evidence(at=reading.at, source=Source.PAGE, low_s=round(low, 3), high_s=round(low + width, 3))


def kept(sight: Sight | None, seen: Evidence) -> tuple[tuple[Evidence, ...], Sight]:
    """Which readings to keep when a further one comes, and what to remember.

    Args:
        sight: What is remembered of the earlier ones, or None.
        seen: The new one.
    """
    fresh = Sight(latest=seen, kept_at=seen.at, low_s=seen.low_s, high_s=seen.high_s, agreeing=1)
    if sight is None:
        return (seen,), fresh
    gained = abs((seen.at - sight.latest.at).total_seconds()) * MOST_PPM / 1e6
    before = sight.low_s - gained, sight.high_s + gained
    low, high = max(before[0], seen.low_s), min(before[1], seen.high_s)
    if low > high:
        # The one before shows that the clock was set after it.
        return (seen,) if sight.latest.at == sight.kept_at else (sight.latest, seen), fresh
    coarse = seen.high_s - seen.low_s > COARSE_S
    now = replace(sight, latest=seen, low_s=low, high_s=high)
    if (
        sight.agreeing < CONFIRMED
        or seen.at - sight.kept_at >= (OFTEN if coarse else SELDOM)
        or (coarse and high - low <= NARROWS * (before[1] - before[0]))
    ):
        return (seen,), replace(now, kept_at=seen.at, agreeing=sight.agreeing + 1)
    return (), now


@dataclass(frozen=True, slots=True)
class Span:
    """A span of true time that holds an instant, UTC."""

    low: datetime
    high: datetime

    def hull(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """When a call began, was answered and ended, as its reports tell; None where they do not.

    Attributes:
        start: It began to ring, or was dialled.
        answer: It was answered; also None where nobody did.
        end: It was over.
    """

    start: Span | None
    answer: Span | None
    end: Span | None

    def of(self, time_of: TimeOf) -> Span | None:
        """The instant that a row's time means."""
        if time_of is TimeOf.START:
            return self.start
        if time_of is TimeOf.ANSWERED:
            return self.answer
        return self.end


def told(event: EventEntry) -> Told:
    """What the reports of one call tell of its instants, none of them being late."""
    first = _arrived(event.started_at, timedelta(seconds=1))
    answered = event.outcome is Outcome.ANSWERED
    start = first if event.time_of is TimeOf.START else None
    answer: Span | None = None
    if event.time_of is TimeOf.ANSWERED:
        answer = first
    elif start is not None and event.ring_s is not None and answered:
        rang = timedelta(seconds=event.ring_s)
        answer = Span(start.low + rang, start.high + rang + timedelta(seconds=1))
    return Told(start=start, answer=answer, end=_arrived(event.last_at) if event.complete else None)


def by_report(row: ListRow, event: EventEntry, possible: frozenset[TimeOf] | None = None) -> Evidence | None:
    """What a row shows of the clock, held against the reports of its call; None where they leave too much.

    Args:
        row: As kept before it met the call.
        event: The call.
        possible: What the row's time may mean, as far as is known; None: what its phone says, or anything.
    """
    if not row.timed or row.count > 1 or _is_late(row, event):
        return None
    if possible is None:
        possible = meant(row.time_of, answered=event.outcome is Outcome.ANSWERED)
    known = told(event)
    spans = [span for meaning in possible if (span := known.of(meaning)) is not None]
    if len(spans) < len(possible):
        # One that is not known lies between the start and the end.
        spans = [span for span in (known.start, known.end) if span is not None]
        if len(spans) < 2 or len(possible) == 1:  # noqa: PLR2004  both of them
            return None
    span = spans[0]
    for other in spans[1:]:
        span = span.hull(other)
    if TimeOf.RECORDED in possible:
        span = Span(span.low, span.high + timedelta(seconds=RECORD_LATE_S))
    return _seen(Source.REPORT, event.first_at, row.started_at, row.resolution_s or 1, span)


def meant(time_of: TimeOf, *, answered: bool) -> frozenset[TimeOf]:
    """What a row's time may mean: what a phone shows instead of an answer that never was, nobody says."""
    if time_of is TimeOf.UNKNOWN:
        return frozenset({TimeOf.START, TimeOf.RECORDED} | ({TimeOf.ANSWERED} if answered else set()))
    if time_of is TimeOf.ANSWERED and not answered:
        return frozenset({TimeOf.START, TimeOf.RECORDED})
    return frozenset({time_of})


def _is_late(row: ListRow, event: EventEntry) -> bool:
    """Two counts of one talk differ by more than reports in time can explain."""
    one, other = row.duration_s, event.duration_s
    return one is not None and other is not None and abs(one - other) > ON_ITS_WAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A row as far as the reads around it bound the clock.

    Attributes:
        started_at: As shown, UTC by the phone's zone.
        resolution_s: Width of the shown unit.
        time_of: What the time means.
        list_name: Its list, or None.
        duration_s: Talk time, or None.
        unseen_at: The last good read that did not show it, UTC.
        first_seen_at: The read that first showed it, UTC.
    """

    started_at: datetime
    resolution_s: int
    time_of: TimeOf
    list_name: ListName | None
    duration_s: int | None
    unseen_at: datetime
    first_seen_at: datetime


def by_reads(rows: Iterable[ReadRow]) -> tuple[Evidence, ...]:
    """What rows show of the clock: each was recorded after one read and before the next.

    Args:
        rows: Of one phone.

    Returns:
        One for each read that showed new rows, oldest first; none where its rows contradict one another.
    """
    found: dict[datetime, Evidence] = {}
    for row in sorted(rows, key=lambda row: (row.first_seen_at, row.started_at)):
        seen = _by_read(row)
        before = found.get(row.first_seen_at, seen)
        found[row.first_seen_at] = replace(
            seen, low_s=max(before.low_s, seen.low_s), high_s=min(before.high_s, seen.high_s)
        )
    return tuple(
        seen for seen in found.values() if seen.low_s <= seen.high_s and seen.high_s - seen.low_s <= WIDEST_S
    )


def narrowest(seen: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Of several observations of one source at one instant, the one that leaves least."""
    found: dict[tuple[datetime, Source], Evidence] = {}
    for one in sorted(seen, key=lambda one: (one.low_s - one.high_s, one)):
        found[one.at, one.source] = one
    return tuple(sorted(found.values()))


def _by_read(row: ReadRow) -> Evidence:
    recorded = Span(row.unseen_at, row.first_seen_at)
    late = timedelta(seconds=RECORD_LATE_S)
    over = Span(recorded.low - late, recorded.high)
    unanswered = row.list_name in {ListName.MISSED, ListName.FORWARDED}
    talked = timedelta(seconds=0 if unanswered else row.duration_s or 0)
    # Where no talk time is shown, the talk may have been as long as any.
    longest = talked if unanswered or row.duration_s is not None else timedelta(seconds=WIDEST_S)
    answered = Span(over.low - longest - timedelta(seconds=1), over.high - talked)
    began = Span(answered.low - timedelta(seconds=RING_MOST_S), answered.high)
    if row.time_of is TimeOf.RECORDED:
        span = recorded
    elif row.time_of is TimeOf.START:
        span = began
    elif row.time_of is TimeOf.ANSWERED and not unanswered:
        span = answered
    else:
        span = began.hull(recorded)
    seen = _seen(Source.READ, row.first_seen_at, row.started_at, row.resolution_s, span)
    gained = (row.first_seen_at - span.low).total_seconds() * MOST_PPM / 1e6
    return replace(seen, low_s=round(seen.low_s - gained, 3), high_s=round(seen.high_s + gained, 3))


def _arrived(at: datetime, cut: timedelta = timedelta()) -> Span:
    """When what a report tells happened; its arrival may be cut to whole seconds."""
    return Span(at - timedelta(seconds=ON_ITS_WAY_S), at + cut)


def _seen(source: Source, at: datetime, shown: datetime, resolution_s: int, span: Span) -> Evidence:
    """The clock showed a time at an instant of a span."""
    return Evidence(
        at=at,
        source=source,
        low_s=round((shown - span.high).total_seconds(), 3),
        high_s=round((shown - span.low).total_seconds() + resolution_s, 3),
    )
