"""What is known of the time of a phone that only reports: heard, or a gap. Pure.

Reports prove that a call was; that none was, nothing proves, for a phone sends each report once and nobody
counts them. So such time is never complete: it is *unknown* while we listened and the phone was alive, and a
*gap* while our receiver was down, or while a phone that reports at regular intervals was silent for longer
than its rhythm allows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from phonesync.ledger.values import SpanState

FEWEST = 12
"""Intervals between regular reports before they are called a rhythm."""

REGULAR = 2.0
"""Nine in ten intervals of a rhythm are shorter than this many times the middle one."""

MISSED_BEATS = 3.0
"""Silence is a gap once it is longer than so many intervals: single reports get lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time [since, until), UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSpan:
    """A stretch and what is known of it: ``unknown`` or ``gap``."""

    since: datetime
    until: datetime
    state: SpanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The time of a phone that only reports, as far as it is known.

    Attributes:
        closed: Spans that nothing changes any more, oldest first, abutting.
        open_since: Where the last one begins, which stays open.
        open_state: What is known of that.
        until: Up to here it is settled.
    """

    closed: tuple[HeardSpan, ...]
    open_since: datetime
    open_state: SpanState
    until: datetime


def rhythm_of(signs: Sequence[datetime]) -> timedelta | None:
    """How long a phone may be silent by its own regular reports; None where it has no rhythm.

    Args:
        signs: Arrivals of reports that it sends by itself at intervals, oldest first.
    """
    intervals = sorted(later - earlier for earlier, later in itertools.pairwise(signs))
    if len(intervals) < FEWEST:
        return None
    usual = timedelta(seconds=median(interval.total_seconds() for interval in intervals))
    long = intervals[int(len(intervals) * 0.9)]
    return None if long > usual * REGULAR or not usual else long * MISSED_BEATS


def settled(
    before: HeardSpan,
    *,
    until: datetime,
    heard: Iterable[Stretch],
    signs: Sequence[datetime],
    rhythm: timedelta | None,
) -> Settled:
    """What is known of the time of a phone up to an instant.

    Args:
        before: What is known so far: the open span, up to where that was settled.
        until: The present instant, UTC.
        heard: When our receiver was up, in any order.
        signs: Arrivals of any reports of the phone, oldest first: the last one before ``before.until``, and
            all since.
        rhythm: How long it may be silent, or None where that is not known.
    """
    since = before.until
    if until <= since:
        return Settled(closed=(), open_since=before.since, open_state=before.state, until=since)
    holes = [*_deaf(since, until, heard), *_silent(since, until, signs, rhythm)]
    spans = _merged([before, *_spans(since, until, holes)])
    return Settled(
        closed=tuple(spans[:-1]),
        open_since=spans[-1].since,
        open_state=spans[-1].state,
        until=until,
    )


def _deaf(since: datetime, until: datetime, heard: Iterable[Stretch]) -> list[Stretch]:
    """When the receiver was down."""
    holes = []
    at = since
    for stretch in sorted(heard, key=lambda stretch: stretch.since):
        if stretch.since > at:
            holes.append(Stretch(since=at, until=min(stretch.since, until)))
        at = max(at, stretch.until)
        if at >= until:
            return holes
    return [*holes, Stretch(since=at, until=until)]


def _silent(
    since: datetime, until: datetime, signs: Sequence[datetime], rhythm: timedelta | None
) -> list[Stretch]:
    """When the phone was silent for longer than its rhythm allows, from the instant on that it allows."""
    if rhythm is None:
        return []
    ends = [*signs[1:], until]
    too_long = (
        Stretch(since=max(sign + rhythm, since), until=min(end, until))
        for sign, end in zip(signs, ends, strict=False)
    )
    return [stretch for stretch in too_long if stretch.since < stretch.until]


def _spans(since: datetime, until: datetime, holes: Sequence[Stretch]) -> list[HeardSpan]:
    """The time between two instants, cut at the edges of its holes."""
    edges = sorted({since, until, *(hole.since for hole in holes), *(hole.until for hole in holes)})
    return [
        HeardSpan(
            since=first,
            until=last,
            state=SpanState.GAP
            if any(hole.since <= first < hole.until for hole in holes)
            else SpanState.UNKNOWN,
        )
        for first, last in itertools.pairwise(edges)
    ]


def _merged(spans: Iterable[HeardSpan]) -> list[HeardSpan]:
    """The same spans, neighbours of one state made one, those without length left out."""
    merged: list[HeardSpan] = []
    for span in spans:
        if merged and merged[-1].state is span.state:
            merged[-1] = HeardSpan(since=merged[-1].since, until=span.until, state=span.state)
        elif span.since < span.until:
            merged.append(span)
    return merged
