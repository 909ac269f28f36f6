"""How far a phone's clock was off over time, from what was seen of it. Pure.

What was seen is cut into pieces that one line explains; between two pieces somebody set the clock. A single
observation that contradicts those around it, or the latest one if it is minutes off, is *held*: it counts for
nothing until a second one agrees with it. Bounds are made for stretches of a few days from what was seen in
and around them, so that a drift that changes over the months does no harm and what is long past stays as it
is. A clock that is set by less than its readings can tell is one that was not set.

The same observations give the same segments, in whatever order they come.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

from phonesync.calls.clock_history import ClockHistory, Segment
from phonesync.calls.clock_lines import Evidence, Lines, Source
from phonesync.calls.values import Bounds

FAR_S = 300.0
"""A jump by more is not believed before a second observation agrees."""

SERVES = timedelta(days=1)
"""Where the phone's own page was read within this time, nothing else is asked; where calls were fitted, calls
that were joined are not, for those came together under another clock."""

_BETTER: Mapping[Source, Collection[Source]] = MappingProxyType(
    {source: {Source.PAGE} for source in Source}
    | {Source.PAGE: set(), Source.MIRROR: {Source.PAGE, Source.FIT}}
)

_DAY = 86400.0
_CELL = 4 * _DAY
"""Length of the stretches that get bounds of their own."""

_AROUND = 2 * _DAY
"""What was seen so long before and after a stretch bounds it too."""

_WINDOW = 8 * _DAY
"""Whether an observation goes on from those before it is judged by the latest ones."""

_AHEAD = (4 * _DAY, 2 * _DAY, _DAY, _DAY / 2)
"""How long bounds hold after the last observation: the longest in which they grow by a second at most."""

_GROWS_S = 1.0
_LONG = 30 * _DAY
"""Bounds before the first and after the last observation reach so far."""

_BACK = (_LONG, 7 * _DAY, _DAY, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockModel:
    """What is concluded of one phone's clock.

    Attributes:
        segments: Oldest first, without overlap; none where nothing was seen.
        held: Observations that are not believed, oldest first.
    """

    segments: tuple[Segment, ...] = ()
    held: tuple[Evidence, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Piece:
    """Observations that one line explains.

    Attributes:
        seen: Oldest first.
        lines: Through the latest of them.
        since: The first of those, POSIX seconds.
    """

    seen: list[Evidence]
    lines: Lines
    since: float

    @classmethod
    def of(cls, *seen: Evidence) -> _Piece:
        return cls(seen=list(seen), lines=Lines.fitting(seen), since=seen[0].at.timestamp())

    def takes(self, seen: Evidence) -> Lines | None:
        """The lines that are left with a further observation; None where it contradicts."""
        at = seen.at.timestamp()
        if at - self.since > _WINDOW:
            since = at - _WINDOW / 2
            recent = self._latest(since)
            self.lines, self.since = Lines.fitting(recent), max(since, recent[0].at.timestamp())
        return self.lines.cut(seen)

    def _latest(self, since: float) -> Sequence[Evidence]:
        """What was seen since then, and before it the last telling one, where none of those is telling."""
        begin = min(bisect_left(self.seen, since, key=_posix), len(self.seen) - 1)
        recent = self.seen[begin:]
        if any(one.is_telling for one in recent):
            return recent
        before = next((one for one in reversed(self.seen[:begin]) if one.is_telling), None)
        return recent if before is None else [before, *recent]

    def add(self, seen: Evidence, lines: Lines) -> None:
        self.seen.append(seen)
        self.lines = lines


@dataclass(slots=True, kw_only=True)
class _Pieces:
    """Pieces so far, and the observation that waits for a second one.

    Attributes:
        done: Oldest first.
        held: Observations that are not believed.
        waiting: What contradicts the last piece, or None.
        either: What came since, and agrees with both.
    """

    done: list[_Piece] = field(default_factory=list)
    held: list[Evidence] = field(default_factory=list)
    waiting: Evidence | None = None
    either: list[Evidence] = field(default_factory=list)

    def take(self, seen: Evidence) -> None:
        if not self.done:
            self.done.append(_Piece.of(seen))
            return
        piece, waiting = self.done[-1], self.waiting
        lines = piece.takes(seen)
        agrees = None if waiting is None else Lines.through(waiting).cut(seen)
        if lines is not None and agrees is not None:
            self.either.append(seen)
        elif lines is not None and waiting is None:
            piece.add(seen, lines)
        elif lines is not None:
            self._hold()
            self._add(seen)
        elif agrees is not None:
            assert waiting is not None
            self.done.append(_Piece.of(waiting, seen))
            self.waiting = None
            self._decide()
        else:
            self._hold()
            self.waiting = seen

    def end(self) -> None:
        """What still waits is taken, unless it is far off, or what came since goes on as before as well."""
        if self.waiting is None:
            return
        low, high = self.done[-1].lines.span(self.waiting.at.timestamp())
        is_far = max(self.waiting.low_s - high, low - self.waiting.high_s) > FAR_S
        if is_far or any(one.is_telling for one in self.either):
            self._hold()
        else:
            self.done.append(_Piece.of(self.waiting))

    def _hold(self) -> None:
        if self.waiting is not None:
            self.held.append(self.waiting)
            self.waiting = None
            self._decide()

    def _decide(self) -> None:
        """What agreed with both is of the piece that is left."""
        either, self.either = self.either, []
        for one in either:
            self._add(one)

    def _add(self, seen: Evidence) -> None:
        """Adds what agrees with the last piece; what does no longer, by what was added since, is held."""
        lines = self.done[-1].takes(seen)
        if lines is None:
            self.held.append(seen)
        else:
            self.done[-1].add(seen, lines)


def model(evidence: Iterable[Evidence]) -> ClockModel:
    """The clock of one phone, from all that was seen of it.

    Args:
        evidence: In any order; the same one twice is the same as once.
    """
    seen = _asked(sorted(set(evidence)))
    pieces = _Pieces()
    for one in seen:
        pieces.take(one)
    pieces.end()
    if not pieces.done:
        return ClockModel()
    segments = tuple(_segments(pieces.done))
    return ClockModel(segments=segments, held=tuple(sorted(pieces.held)))


def changed(
    before: Sequence[Segment], after: Sequence[Segment], *, until: datetime, by_s: float = _GROWS_S
) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches of time in which two histories differ by more than so much in a bound.

    Args:
        before: Segments; none where nothing was known.
        after: Segments, at least one.
        until: Nothing after it matters yet, UTC.
        by_s: Seconds.

    Returns:
        Stretches [since, until), oldest first, without overlap; the first begins at
        ``datetime.min`` where the time before all segments is touched.
    """
    start = datetime.min.replace(tzinfo=UTC)
    edges = sorted({one.since for one in (*before, *after) if one.since < until})
    old, new = ClockHistory(before), ClockHistory(after)
    found: list[tuple[datetime, datetime]] = []
    for since, end in zip((start, *edges), (*edges, until), strict=True):
        first = end if since == start else since
        last = max(first, end - timedelta(microseconds=1))
        if any(_differ(old, new, at, by_s) for at in (first, last)):
            if found and found[-1][1] == since:
                since = found.pop()[0]  # noqa: PLW2901  the stretch grows
            found.append((since, end))
    return tuple(found)


def learns(segments: Sequence[Segment], seen: Evidence) -> bool:
    """Whether an observation says more of a clock than is known.

    Args:
        segments: Of the clock.
        seen: What was observed.
    """
    known = ClockHistory(segments).bounds(seen.at)
    if known is None or seen.at >= segments[-1].since:
        return True
    return known.low < seen.low_s - _GROWS_S or known.high > seen.high_s + _GROWS_S


def _differ(old: ClockHistory, new: ClockHistory, at: datetime, by_s: float) -> bool:
    one, other = old.either(at), new.either(at)
    if len(one) != len(other):
        return True
    pairs = zip(one, other, strict=True)
    return any(abs(was.low - now.low) > by_s or abs(was.high - now.high) > by_s for was, now in pairs)


def _asked(seen: Sequence[Evidence]) -> list[Evidence]:
    """What counts: what is served by nothing better that was seen near it."""
    better = {source: [one.at for one in seen if one.source in than] for source, than in _BETTER.items()}

    def served(one: Evidence) -> bool:
        places = better[one.source]
        place = bisect_left(places, one.at - SERVES)
        return place < len(places) and places[place] <= one.at + SERVES

    return [one for one in seen if not served(one)]


def _segments(pieces: Sequence[_Piece]) -> Iterator[Segment]:
    fits = [list(_fits(seen)) for seen in _told_apart(pieces)]
    first = fits[0][0][2]
    began = pieces[0].seen[0].at.timestamp()
    for back, then in pairwise(_BACK):
        yield _segment(first, began - back, began - then)
    for place, stretches in enumerate(fits):
        if place and fits[place - 1][-1][1] < stretches[0][0]:
            yield _turn(fits[place - 1][-1], stretches[0])
        for since, until, lines in stretches:
            if since < until:
                yield _segment(lines, since, until)
    _, last, lines = fits[-1][-1]
    most = _width(lines, last) + _GROWS_S
    ahead = next((some for some in _AHEAD if _width(lines, last + some) <= most), _AHEAD[-1])
    yield _segment(lines, last, last + ahead)
    yield _segment(lines, last + ahead, last + _LONG, open_end=True)


def _told_apart(pieces: Sequence[_Piece]) -> Iterator[Sequence[Evidence]]:
    """What was seen of each piece, up to the last observation that is not of the next one just as well.

    What follows it is too wide to tell whether the clock had been set by then.
    """
    for piece, after in pairwise(pieces):
        lines = next(iter(_fits(after.seen)))[2]
        told = [place for place, one in enumerate(piece.seen) if lines.cut(one) is None]
        yield piece.seen[: told[-1] + 1] if told else piece.seen
    yield pieces[-1].seen


_Stretch = tuple[float, float, Lines]
"""From, until (POSIX seconds), and the lines there."""


def _fits(seen: Sequence[Evidence]) -> Iterator[_Stretch]:
    """The stretches of one piece, each with the lines through what was seen in and around it."""
    times = [one.at.timestamp() for one in seen]
    edges = {times[0], times[-1]}
    cells = sorted({math.floor(at / _CELL) for at in times})
    for cell, following in pairwise(cells):
        edges |= {(cell + 1) * _CELL, following * _CELL}
    places = sorted(edges)
    for since, until in zip(places, places[1:] or places, strict=False):
        low = min(bisect_left(times, since - _AROUND), bisect_right(times, since) - 1)
        high = max(bisect_right(times, until + _AROUND), bisect_left(times, until) + 1)
        yield since, until, Lines.fitting(seen[low:high])


def _segment(lines: Lines, since: float, until: float, *, open_end: bool = False) -> Segment:
    """Parallel bounds that hold all lines over a stretch."""
    low, high = lines.span(since)
    last_low, last_high = lines.span(until)
    drift = ((last_low + last_high) - (low + high)) / 2 / (until - since)
    gained = drift * (until - since)
    return Segment(
        since=_instant(since),
        until=None if open_end else _instant(until),
        low_s=_down(min(low, last_low - gained)),
        high_s=_up(max(high, last_high - gained)),
        drift_ppm=round(drift * 1e6, 4),
    )


def _turn(before: _Stretch, after: _Stretch) -> Segment:
    """From the last observation of a piece to the first of the next: either may hold."""
    since, until = before[1], after[0]
    left, right = before[2].span(until), after[2].span(until)
    was, now = [*before[2].span(since), *left], [*after[2].span(since), *right]
    upper, lower = min(max(was), max(now)), max(min(was), min(now))
    return Segment(
        since=_instant(since),
        until=_instant(until),
        low_s=_down(min(*was, *now)),
        high_s=_up(max(*was, *now)),
        stepped=left[1] < right[0] or right[1] < left[0],
        never=Bounds(low=_up(upper), high=_down(lower)) if _up(upper) < _down(lower) else None,
    )


def _posix(one: Evidence) -> float:
    return one.at.timestamp()


def _width(lines: Lines, at: float) -> float:
    low, high = lines.span(at)
    return high - low


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=UTC)


def _down(value: float) -> float:
    return math.floor(value * 100) / 100


def _up(value: float) -> float:
    return math.ceil(value * 100) / 100
