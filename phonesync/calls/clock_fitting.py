"""How far clocks are off and what their times mean, found together: what fits most calls. Pure.

Of a row and the calls it must have been part of, each meaning of its time leaves a span for the clock. Under
the right meaning the spans of some days have one line in common; under another one they scatter, by how long
phones rang or people talked. So each meaning is tried with each clock. Phones of one kind mean the same and
are tried together. A meaning is taken where it clearly fits more rows than any other; a clock, where the
meaning is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise, product

from phonesync.calls.clock_lines import JITTER_S, MOST_PPM, Evidence, Source
from phonesync.calls.clock_witnesses import Witnessed
from phonesync.calls.meanings import ENOUGH, TELLING_S, Fits, by_spans, possible_meanings
from phonesync.calls.timing import Span, is_answered
from phonesync.model import TimeOf

FEWEST = 5
"""Rows of some days that must fit a clock before it is believed; so few, all of them."""

MISFITS = 0.15
"""At most this share of them may not: they were transferred, or another call was taken for theirs."""

WINDOW = timedelta(days=2)
"""A clock follows one line over such a stretch; it may be set, and drift otherwise, in the next one."""

_WINDOW_S = WINDOW.total_seconds()

_NEAR = 3 * WINDOW
"""Rows of neighbouring windows that lie further apart are not fitted together."""

_SHORTEST_S = _WINDOW_S / 8
"""Where no line fits a stretch, the clock may have been set in it: its halves are tried, down to this."""

_STEP_PPM = 10.0
_SLACK_S = JITTER_S + _STEP_PPM / 2e6 * _WINDOW_S / 2
"""How far a clock may be off the tried line that is nearest to its own."""

_STEPS = round(MOST_PPM / _STEP_PPM)
_DRIFTS = tuple(_STEP_PPM * step for step in range(-_STEPS, _STEPS + 1))

Meant = tuple[TimeOf, TimeOf]
"""What the time of rows of answered calls means, and of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What was found of phones of one kind.

    Attributes:
        meant: What times of rows of answered calls, and of others, clearly mean.
        clocks: What rows show of each phone's clock, oldest first; none where no meaning is clear.
        votes: What each row leaves of the meanings of its time, and whether its call was answered.
    """

    meant: Mapping[bool, TimeOf]
    clocks: Mapping[str, tuple[Evidence, ...]]
    votes: tuple[tuple[bool, Fits], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A clock, minus true time: seconds at an instant, POSIX, and how fast it gains.

    Attributes:
        fits: How many spans it passes.
    """

    fits: int
    at: float
    offset: float
    ppm: float

    def offset_at(self, at: float) -> float:
        return self.offset + (at - self.at) * self.ppm / 1e6


_Offset = tuple[float, float, float]
"""An instant, POSIX, and between which seconds the clock was off then; upside down where nowhere."""

_Window = Sequence[Witnessed]


def fit(seen: Mapping[str, Iterable[Witnessed]], known: Mapping[bool, TimeOf]) -> Fit:
    """Finds the clocks of phones of one kind, and what their times mean.

    Args:
        seen: Rows by physical phone.
        known: What times of rows of answered calls, and of others, are known to mean; unknown ones are found.
    """
    windows = [(phone, window) for phone, some in sorted(seen.items()) for window in _windows(some)]
    tried = product(_tried(known, answered=True), _tried(known, answered=False))
    missed = {meant: sum(len(window) - _line(window, meant).fits for _, window in windows) for meant in tried}
    best = min(missed, key=lambda meant: (missed[meant], meant))
    lines = list(_lines(windows, best))
    meant = {
        answered: _meaning(best, answered=answered)
        for answered in (True, False)
        if _is_clear(missed, best, lines, answered=answered)
    }
    clocks: defaultdict[str, list[Evidence]] = defaultdict(list)
    votes: list[tuple[bool, Fits]] = []
    for phone, window, line in _believed(lines, best):
        told = [one for one in window if one.answered in meant]
        clocks[phone] += [shown for one in told for shown in _evidence(one, line, meant[one.answered])]
        votes += [vote for one in told for vote in _votes(one, line)]
    shown = {phone: tuple(sorted(some)) for phone, some in clocks.items() if some}
    return Fit(meant=meant, clocks=shown, votes=tuple(votes))


def _tried(known: Mapping[bool, TimeOf], *, answered: bool) -> Collection[TimeOf]:
    """The meanings to try. Who shows answers shows something else where there was none."""
    possible = possible_meanings(answered=answered)
    said = known.get(answered, TimeOf.UNKNOWN)
    return (said,) if said in possible else possible


def _windows(seen: Iterable[Witnessed], seconds: float = _WINDOW_S) -> Iterator[_Window]:
    found: defaultdict[int, list[Witnessed]] = defaultdict(list)
    for one in sorted(seen, key=lambda one: (one.row.at, one.row.id)):
        found[math.floor(one.row.at.timestamp() / seconds)].append(one)
    return iter(found.values())


def _lines(
    windows: Iterable[tuple[str, _Window]], meant: Meant, seconds: float = _WINDOW_S
) -> Iterator[tuple[str, _Window, _Line]]:
    """Each window of a phone with its line; in place of one that has none its parts."""
    for phone, window in windows:
        line = _line(window, meant)
        if _fits(window, line.fits) or seconds <= _SHORTEST_S:
            yield phone, window, line
        else:
            halves = ((phone, half) for half in _windows(window, seconds / 2))
            yield from _lines(halves, meant, seconds / 2)


def _believed(
    lines: Sequence[tuple[str, _Window, _Line]], meant: Meant
) -> Iterator[tuple[str, _Window, _Line]]:
    """Each window of a phone with a line that enough rows fit; of few rows, with those of its neighbours."""
    for place, (phone, window, line) in enumerate(lines):
        if len(window) >= FEWEST:
            if _fits(window, line.fits):
                yield phone, window, line
            continue
        near = [other for whose, other, _ in lines[max(0, place - 1) : place + 2] if whose == phone]
        found = [line for some in (*pairwise(near), near) for line in _shared(some, window, meant)]
        if found:
            yield phone, window, max(found, key=lambda line: line.fits)


def _shared(near: Sequence[_Window], window: _Window, meant: Meant) -> Iterator[_Line]:
    """The line that the rows of some windows fit, if those of one of them do by themselves."""
    rows = [one for each in near for one in each]
    if len(rows) < FEWEST or rows[-1].row.at - rows[0].row.at > _NEAR:
        return
    line = _line(rows, meant)
    fits = sum(_passes(_bounded(one, _meaning(meant, answered=one.answered)), line) for one in window)
    if _fits(rows, line.fits) and _fits(window, fits):
        yield line


def _fits(window: _Window, fits: int) -> bool:
    """Whether a line that so many of its rows fit is theirs."""
    return len(window) - fits <= MISFITS * len(window)


def _is_clear(
    missed: Mapping[Meant, int],
    best: Meant,
    lines: Iterable[tuple[str, _Window, _Line]],
    *,
    answered: bool,
) -> bool:
    """Whether the best meaning of one kind of rows fits, and no other one comes near."""
    mine, number, amiss = _meaning(best, answered=answered), 0, 0
    for _, window, line in lines:
        for one in window:
            if one.answered is answered:
                number += 1
                amiss += not _passes(_bounded(one, mine), line)
    others = [count for meant, count in missed.items() if _meaning(meant, answered=answered) is not mine]
    return amiss <= MISFITS * number and all(count - missed[best] >= ENOUGH + amiss for count in others)


def _offset(one: Witnessed, meaning: TimeOf) -> _Offset | None:
    """What a row leaves of its clock under a meaning; None where nothing tells."""
    span = one.spans.get(meaning)
    if span is None:
        return None
    at, unit = one.row.at.timestamp(), one.row.resolution_s or 1
    return at, at - span.high, at + unit - span.low


def _bounded(one: Witnessed, meaning: TimeOf) -> _Offset | None:
    """The same, within what is known of the clock already."""
    offset, clock = _offset(one, meaning), one.row.clock
    if offset is None or clock is None:
        return offset
    at, low, high = offset
    return at, max(low, clock.low), min(high, clock.high)


def _meaning(meant: Meant, *, answered: bool) -> TimeOf:
    return meant[0] if answered else meant[1]


def _passes(offset: _Offset | None, line: _Line) -> bool:
    """Whether a clock fits a row, or nothing tells."""
    if offset is None:
        return True
    at, low, high = offset
    return low <= high and low - _SLACK_S <= line.offset_at(at) <= high + _SLACK_S


def _line(window: _Window, meant: Meant) -> _Line:
    """The clock that fits most rows of a window, where their times mean so much."""
    offsets = [_bounded(one, _meaning(meant, answered=one.answered)) for one in window]
    told = [one for one in offsets if one is not None]
    untold = len(offsets) - len(told)
    middle = (window[0].row.at.timestamp() + window[-1].row.at.timestamp()) / 2
    fits, ppm, offset = max(
        (_most(told, middle, ppm) for ppm in _DRIFTS), key=lambda one: (one[0], -abs(one[1]), -one[2])
    )
    return _Line(fits + untold, middle, offset, ppm)


def _most(offsets: Sequence[_Offset], middle: float, ppm: float) -> tuple[int, float, float]:
    """How many spans a clock of so much drift passes at most, the drift, and where it is in the middle."""
    edges: list[tuple[float, int]] = []
    for at, low, high in offsets:
        if low > high:
            continue
        gained = (at - middle) * ppm / 1e6
        edges.append((low - gained - _SLACK_S, -1))
        edges.append((high - gained + _SLACK_S, 1))
    edges.sort()
    most = now = 0
    since = until = 0.0
    for place, (value, ends) in enumerate(edges):
        now -= ends
        if now > most:
            most, since, until = now, value, edges[place + 1][0]
    return most, ppm, (since + until) / 2


def _evidence(one: Witnessed, line: _Line, meaning: TimeOf) -> Iterator[Evidence]:
    """What a row shows of the clock, if it fits."""
    offset = _offset(one, meaning)
    if offset is not None and _passes(_bounded(one, meaning), line):
        _, low, high = offset
        if high - low <= TELLING_S:
            yield Evidence(at=one.row.at, source=Source.FIT, low_s=round(low, 3), high_s=round(high, 3))


def _votes(one: Witnessed, line: _Line) -> Iterator[tuple[bool, Fits]]:
    at, unit = one.row.at.timestamp(), one.row.resolution_s or 1
    off = line.offset_at(at)
    shown = Span(at - off - _SLACK_S, at + unit - off + _SLACK_S)
    # Kept by whether the row itself tells of an answer.
    left = by_spans(shown, one.spans, answered=one.answered)
    if left is not None and is_answered(one.row) is one.answered:
        yield one.answered, left
