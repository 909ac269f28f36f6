"""What rang for one caller within minutes, and who need not have rung: what groups are learned from. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from phonesync.calls.linking import is_placed
from phonesync.calls.timing import RING_MOST_S, Span, is_answered, whole
from phonesync.calls.values import Row
from phonesync.model import ListName

SHARP_S = 8.0
"""A moment known so closely tells whether two phones rang together or one after another."""

WIDEST_S = 600.0
"""A row whose start is not even known so closely tells nothing of groups."""

TOGETHER_S = 3.0
"""Phones of one group begin to ring within so many seconds of one another."""

SILENT_S = 12 * 3600.0
"""A phone that shows nothing for longer may have been off."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A phone that rang.

    Attributes:
        extension: Its extension.
        party: Who called, in canonical form.
        start: When it began to ring.
        stop: When it stopped.
        answered: It answered; None where nothing says so.
    """

    extension: str
    party: str
    start: Span
    stop: Span
    answered: bool | None

    @property
    def is_sharp(self) -> bool:
        """Its start is known to seconds."""
        return self.start.width <= SHARP_S

    @property
    def stops_sharply(self) -> bool:
        """The end of its ringing is known to seconds."""
        return self.stop.width <= SHARP_S


def episodes(rows: Iterable[Row]) -> Iterator[tuple[Ring, ...]]:
    """What rang for one caller, nothing else ringing for him for minutes before and after; by start.

    Args:
        rows: In any order; those that say nothing of when which extension rang are passed over.
    """
    callers: dict[str, list[Ring]] = {}
    for row in rows:
        ring = _ring(row)
        if ring is not None:
            callers.setdefault(ring.party, []).append(ring)
    for party in sorted(callers):
        yield from _parts(sorted(callers[party], key=_begins))


def mute(rows: Iterable[Row]) -> frozenset[str]:
    """Extensions that answered calls, of which none says when it rang: neither counts for or against them."""
    answered, telling = set(), set()
    for row in rows:
        if row.list_name is ListName.RECEIVED and row.extension is not None:
            answered.add(row.extension)
            if _ring(row) is not None:
                telling.add(row.extension)
    return frozenset(answered - telling)


def _ring(row: Row) -> Ring | None:
    if row.list_name not in {ListName.RECEIVED, ListName.MISSED} or row.extension is None:
        return None
    if row.party is None or row.count > 1 or row.uncertain or not row.timed:
        return None
    read = whole(row)
    if read.start.width > WIDEST_S:
        return None
    return Ring(row.extension, row.party, read.start, read.stop, is_answered(row))


def _begins(ring: Ring) -> tuple[float, str]:
    return ring.start.low, ring.extension


def _parts(rings: list[Ring]) -> Iterator[tuple[Ring, ...]]:
    part, until = [rings[0]], rings[0].start.high
    for ring in rings[1:]:
        if ring.start.low > until + RING_MOST_S:
            yield tuple(part)
            part = []
        until = max(until, ring.start.high)
        part.append(ring)
    yield tuple(part)


class Excuses:
    """Why a phone of a group need not have rung: it was talking, switched off, or nobody saw what it showed.

    Args:
        rows: All rows, in any order.
        unproven: Stretches in which an extension's lists are not proven, POSIX seconds, by extension.
    """

    def __init__(self, rows: Iterable[Row], unproven: Mapping[str, Iterable[tuple[float, float]]]) -> None:
        talks: dict[str, list[tuple[float, float]]] = {}
        shown: dict[str, list[float]] = {}
        for row in rows:
            if row.extension is None:
                continue
            of = whole(row)
            shown.setdefault(row.extension, []).append(of.start.low)
            if is_placed(row) or is_answered(row):
                talks.setdefault(row.extension, []).append((of.start.low, of.end.high))
        self._talks = {extension: _Stretches(some) for extension, some in talks.items()}
        self._unproven = {extension: _Stretches(some) for extension, some in unproven.items()}
        self._shown = {extension: sorted(some) for extension, some in shown.items()}

    def excused(self, extension: str, at: float) -> bool:
        """Whether the phone need not have rung then, or need not show it."""
        return (
            _holds(self._talks, extension, at)
            or _holds(self._unproven, extension, at)
            or self._silent(extension, at)
        )

    def _silent(self, extension: str, at: float) -> bool:
        shown = self._shown.get(extension, [])
        following = bisect_left(shown, at)
        before = shown[following - 1] if following else at - SILENT_S
        return (shown[following] if following < len(shown) else at + SILENT_S) - before > SILENT_S


class _Stretches:
    """Stretches of time that may overlap, asked for one that holds an instant."""

    def __init__(self, some: Iterable[tuple[float, float]]) -> None:
        ordered = sorted(some)
        self._lows = [low for low, _ in ordered]
        self._highs = list(accumulate((high for _, high in ordered), max))

    def holds(self, at: float) -> bool:
        found = bisect_right(self._lows, at)
        return found > 0 and self._highs[found - 1] >= at


def _holds(some: Mapping[str, _Stretches], extension: str, at: float) -> bool:
    found = some.get(extension)
    return found is not None and found.holds(at)
