"""A row as a witness of its call: the spans that hold its instants, by the true clock."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from phonesync.farm.recordings import PhoneFacts, Recording
from phonesync.model import ListName, TimeOf

RING_LEAST_S = 1.0
"""A desk rings so long at least before it is given up; what is forwarded at once does not ring."""

RING_MOST_S = 90.0

PICK_UP_S = 1.0
"""Nobody answers a desk that rings so soon, by a second's error of what was reported."""

TALK_MOST_S = 3 * 3600.0
LONGEST_S = TALK_MOST_S + RING_MOST_S + 60.0
"""From the earliest that a row can have begun to the latest that its call can have ended, at most."""

REPORT_LATE_S = 0.5


RUNG = frozenset({ListName.MISSED, ListName.RECEIVED})
"""Lists of calls that came in here."""


@dataclass(frozen=True, slots=True)
class Within:
    """A span that holds an instant, POSIX seconds."""

    low: float
    high: float

    def moved(self, least: float, most: float) -> Within:
        """The span of what comes ``least`` to ``most`` seconds later."""
        return Within(self.low + least, self.high + most)

    def meets(self, other: Within, least: float = 0.0, most: float = 0.0) -> bool:
        """The other may come ``least`` to ``most`` seconds later."""
        return other.low - self.high <= most and other.high - self.low >= least


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One row.

    Attributes:
        id: Of the row.
        phone: Name of the phone.
        extension: The phone's.
        list_name: Its list.
        party: The remote party in canonical form, or None where withheld.
        number: The remote party's extension or group number where it is an inside one, or None.
        start: When it began to ring, or was dialled.
        stop: When ringing stopped.
        end: When it ended on this phone.
        answered: Whether it was; None where a placed row shows no duration.
        at_once: It was answered as soon as it began, as far as was reported: it rang elsewhere.
    """

    id: str
    phone: str
    extension: str | None
    list_name: ListName
    party: str | None
    number: str | None
    start: Within
    stop: Within
    end: Within
    answered: bool | None
    at_once: bool = False

    @property
    def is_internal(self) -> bool:
        """The remote party is inside."""
        return self.number is not None

    @property
    def comes_from_outside(self) -> bool:
        """Somebody outside called."""
        return not self.is_internal and self.list_name is not ListName.PLACED

    def rings_with(self, other: Witness, seconds: float) -> bool:
        """Both surely began, or both ended unanswered, within so many seconds of each other."""
        missed = self.list_name is other.list_name is ListName.MISSED
        return _apart(self.start, other.start) <= seconds or (
            missed and _apart(self.stop, other.stop) <= seconds
        )

    def may_talk(self, low: float, high: float) -> bool:
        """It may have kept its desk busy during a span."""
        if self.list_name not in {ListName.PLACED, ListName.RECEIVED}:
            return False
        begun = self.start if self.list_name is ListName.PLACED else self.stop
        return begun.low <= high and self.end.high >= low


def _apart(one: Within, other: Within) -> float:
    """How far apart two instants are at most, seconds."""
    return max(one.high - other.low, other.high - one.low)


class InTime:
    """Rows that can be asked for by when they may have begun.

    Args:
        rows: In any order.
    """

    def __init__(self, rows: Iterable[Witness]) -> None:
        self._rows = sorted(rows, key=lambda one: (one.start.low, one.id))
        self._begun = [one.start.low for one in self._rows]

    def between(self, low: float, high: float) -> Sequence[Witness]:
        """Rows whose earliest start lies in a span, POSIX seconds."""
        return self._rows[bisect_left(self._begun, low) : bisect_right(self._begun, high)]


class Node:
    """Rows that are known to be of one call.

    Args:
        rows: At least one.

    Attributes:
        rows: As given, and those it took.
        extensions: Of their desks.
    """

    def __init__(self, rows: Iterable[Witness]) -> None:
        self.rows = list(rows)
        self.extensions = {one.extension for one in self.rows}
        self._start = min(one.start.high for one in self.rows)
        self._end = max(one.end.low for one in self.rows)

    @property
    def rung(self) -> set[str]:
        """Extensions whose phones rang."""
        return {one.extension for one in self.rows if one.list_name in RUNG and one.extension is not None}

    def may_precede(self, other: Node, pause_s: float) -> bool:
        """Its call may have ended so long before the other's began."""
        return self._end + pause_s <= other._start

    def take(self, other: Node) -> None:
        """The other's rows are of the same call."""
        self.rows.extend(other.rows)
        self.extensions |= other.extensions
        self._start = min(self._start, other._start)
        self._end = max(self._end, other._end)


def witness(
    recording: Recording,
    facts: PhoneFacts,
    *,
    row: str,
    extension: str | None,
    party: str | None,
    heard: bool,
) -> Witness:
    """A row as a witness: its true instants, cut to what it shows.

    Args:
        recording: What the phone truly recorded.
        facts: Of the phone.
        row: Id of the row.
        extension: The phone's.
        party: The remote party in canonical form, or None.
        heard: The row met a report of the phone: its time is that of the report, of start and answer.
    """
    internal = party is not None and party.startswith("ext:")
    start, stop, end = _spans(recording, facts, heard=heard)
    placed = recording.list_name is ListName.PLACED
    shows = heard or facts.resolution_s == 1
    return Witness(
        id=row,
        phone=recording.phone,
        extension=extension,
        list_name=recording.list_name,
        party=party,
        number=party.removeprefix("ext:") if party is not None and internal else None,
        start=start,
        stop=stop,
        end=end,
        answered=recording.answered is not None if shows or not placed else None,
        at_once=heard and not placed and rings_s(recording) < PICK_UP_S,
    )


def rings_s(recording: Recording) -> float:
    """How long it rang before it was answered, seconds; without end where it was not."""
    if recording.answered is None:
        return float("inf")
    return (recording.answered - recording.started).total_seconds()


_Spans = tuple[Within, Within, Within]


def _spans(recording: Recording, facts: PhoneFacts, *, heard: bool) -> _Spans:
    """Start, end of ringing, and end: what the list shows, or what was reported."""
    if not heard:
        return _sound(*_shown(recording, facts, talks_shown=facts.resolution_s == 1))
    begun = recording.started.timestamp() // 1
    start = Within(begun - REPORT_LATE_S, begun + 1.0)
    stop = start.moved(RING_LEAST_S if recording.list_name is ListName.MISSED else 0.0, RING_MOST_S)
    if recording.answered is not None:
        rang = rings_s(recording) // 1
        stop = start.moved(rang - REPORT_LATE_S, rang + 1.0 + REPORT_LATE_S)
    return _sound(start, stop, stop.moved(*_talk(recording, shown=True)))


def _shown(recording: Recording, facts: PhoneFacts, *, talks_shown: bool) -> _Spans:
    talk = _talk(recording, shown=talks_shown)
    ring = (RING_LEAST_S if recording.list_name is ListName.MISSED else 0.0, RING_MOST_S)
    low = recording.shown(facts).timestamp() - recording.clock_s
    shown = Within(low, low + facts.resolution_s)
    if facts.time_of is TimeOf.RECORDED:
        stop = shown.moved(-talk[1], -talk[0])
        return stop.moved(-ring[1], -ring[0]), stop, shown
    if facts.time_of is TimeOf.ANSWERED and recording.answered is not None:
        return shown.moved(-ring[1], 0.0), shown, shown.moved(*talk)
    stop = shown.moved(*ring)
    return shown, stop, stop.moved(*talk)


def _talk(recording: Recording, *, shown: bool) -> tuple[float, float]:
    unanswered = recording.list_name in {ListName.MISSED, ListName.FORWARDED}
    if unanswered or (shown and recording.answered is None):
        return 0.0, 0.0
    return (float(recording.duration_s), recording.duration_s + 1.0) if shown else (0.0, TALK_MOST_S)


def _sound(start: Within, stop: Within, end: Within) -> _Spans:
    """The same, with ringing before its end and that before the end of all."""
    stop = Within(max(stop.low, start.low), min(stop.high, end.high))
    return Within(start.low, min(start.high, stop.high)), stop, Within(max(end.low, stop.low), end.high)
