"""Which calls a phone must have been part of, by what others show of them, whatever its clock says. Pure.

Where neither a phone's clock nor what its times mean is known, its rows cannot be put to calls by their
times. Some can by what they say: of a call between two extensions, or of one that rang a group, the other
phones have a row too. Where within minutes there is one such row and no second one on either side, both are
of one call.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from phonesync.calls.linking import is_placed
from phonesync.calls.meanings import SLACK_S, known_moments, spans_by_mirror
from phonesync.calls.timing import RING_MOST_S, Moments, Span, is_answered, whole
from phonesync.calls.values import Group, Ringing, Row
from phonesync.model import ListName, TimeOf
from phonesync.numbering import EXTENSION

STEP_S = 3.0
"""A phone of a hunt list rings longer or shorter than it should by so much at most."""

LONGER_S = 8.0
"""Nearly always a phone that nobody answers at all rings longer. What does not is a misfit, and few are."""

Spans = Mapping[TimeOf, Span]
"""When the instant was that a row shows, under each meaning of its time; without those that nothing tells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Witnessed:
    """A row of a phone that is asked about, and what rows of the same call tell of it.

    Attributes:
        row: Its clock is as far as it is known, its meaning not taken into account.
        answered: Its phone answered, or reached whom it called.
        spans: What the others tell.
    """

    row: Row
    answered: bool
    spans: Spans


def witnessed(asked: Iterable[Row], others: Iterable[Row], groups: Sequence[Group]) -> Iterator[Witnessed]:
    """The rows of which rows of other phones tell when their calls were.

    Args:
        asked: Rows of phones that are asked about, with meaning unknown.
        others: Rows of other phones; those whose clock or meaning is not known are passed over.
        groups: Configured and learned ones.
    """
    known = _Known(others)
    ways = _Ways(groups)
    found = [
        (row, one)
        for row in asked
        if row.timed and not (row.heard or row.uncertain or row.count > 1 or _was_sent_on(row))
        for one in _of(row, known, ways)
    ]
    claims = Counter((row.phone, one.row.id) for row, one in found)
    told: defaultdict[str, list[_Other]] = defaultdict(list)
    rows = {row.id: row for row, _ in found}
    for row, one in found:
        if claims[row.phone, one.row.id] == 1:
            told[row.id].append(one)
    for row_id, some in told.items():
        answered = _was_answered(rows[row_id], some)
        spans = _agreed(rows[row_id], some, answered=answered)
        if spans:
            yield Witnessed(row=rows[row_id], answered=answered, spans=spans)


@dataclass(frozen=True, slots=True)
class _Other:
    row: Row
    moments: Moments


_Fits = Callable[[Row, _Other], Moments | None]
"""What the row of another phone tells of a row's call; None where they are not of one call."""


class _Known:
    """Rows that tell when their calls were, by the extension and the other party."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_place: defaultdict[tuple[str, str], list[_Other]] = defaultdict(list)
        for row in rows:
            if _was_sent_on(row) or is_answered(row) is None:
                continue
            if row.extension is not None and row.party is not None:
                moments = known_moments(row)
                if moments is not None:
                    self._by_place[row.extension, row.party].append(_Other(row, moments))

    def one(self, extension: str, party: str, row: Row, at: Moments, fits: _Fits) -> _Other | None:
        """The only row of an extension that may be of a row's call; None where there is not just one."""
        found = [
            _Other(one.row, moments)
            for one in self._by_place.get((extension, party), ())
            if (moments := fits(row, one)) is not None
            and moments.start.meets(at.start, SLACK_S)
            and moments.stop.meets(at.stop, SLACK_S)
        ]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class _Turn:
    """A neighbour in a hunt list.

    Attributes:
        extension: Its own.
        follows: It rings after the one that is asked about; else before it.
        step_s: Seconds each rings before the next does, or None.
    """

    extension: str
    follows: bool
    step_s: float | None

    def fits(self, row: Row, other: _Other) -> Moments | None:
        """The one of them rang where the other, nobody having answered, stopped."""
        first, second = (row, other.row) if self.follows else (other.row, row)
        if is_answered(first) or is_placed(first) or is_placed(second):
            return None
        if self.follows:
            stop = other.moments.start
            return Moments(self._back(stop), stop, stop)
        start = other.moments.stop
        if self.step_s is not None:
            left = start.cut(other.moments.start.moved(self.step_s, self.step_s), STEP_S)
            if left is None:
                return None
            start = left
        return _rung_long(Moments(start, start.moved(0.0, RING_MOST_S), start.moved(0.0, RING_MOST_S)))

    def _back(self, stop: Span) -> Span:
        if self.step_s is None:
            return stop.moved(-RING_MOST_S, 0.0)
        return stop.moved(-self.step_s - STEP_S, STEP_S - self.step_s)


class _Ways:
    """Which extensions ring with one, before it and after it, and which numbers make it ring with others."""

    def __init__(self, groups: Sequence[Group]) -> None:
        together = rung_together(groups)
        self.kin: Mapping[str, Collection[str]] = together
        numbers: defaultdict[str, set[str]] = defaultdict(set)
        turns: defaultdict[str, set[_Turn]] = defaultdict(set)
        for group in groups:
            if group.ringing is Ringing.TOGETHER and group.number is not None:
                for member in group.members:
                    numbers[member].add(group.number)
            elif group.ringing is Ringing.IN_TURN:
                for one, following in pairwise(group.members):
                    turns[one].add(_Turn(following, follows=True, step_s=group.step_s))
                    turns[following].add(_Turn(one, follows=False, step_s=group.step_s))
        self.numbers: Mapping[str, Collection[str]] = numbers
        self.turns: Mapping[str, Collection[_Turn]] = turns


def rung_together(groups: Iterable[Group]) -> Mapping[str, Collection[str]]:
    """Extension to those that ring when it rings; those that ring one after another in a hunt list left out.

    Args:
        groups: Configured and learned ones.
    """
    kin: defaultdict[str, set[str]] = defaultdict(set)
    for group in groups:
        if group.ringing is Ringing.TOGETHER:
            for member in group.members:
                kin[member] |= set(group.members) - {member}
    for group in groups:
        if group.ringing is Ringing.IN_TURN:
            for member in group.members:
                kin[member] -= set(group.members)
    return kin


def _of(row: Row, known: _Known, ways: _Ways) -> Iterator[_Other]:
    """Rows of other phones that are of a row's call, if no other row of its phone claims them."""
    if row.extension is None or row.party is None:
        return
    at = whole(row)
    for extension, party, fits in _places(row, row.extension, row.party, ways):
        one = known.one(extension, party, row, at, fits)
        if one is not None:
            yield one


def _places(row: Row, extension: str, party: str, ways: _Ways) -> Iterator[tuple[str, str, _Fits]]:
    """Where rows of the same call stand: an extension, whom it shows, and how the rows fit."""
    if party.startswith(EXTENSION):
        there = party.removeprefix(EXTENSION)
        yield there, f"{EXTENSION}{extension}", _mirrors
        if not is_placed(row):
            for number in sorted(ways.numbers.get(extension, ())):
                yield there, f"{EXTENSION}{number}", _called
    if not is_placed(row):
        for kin in sorted(ways.kin.get(extension, ())):
            yield kin, party, _rang
        for turn in sorted(ways.turns.get(extension, ()), key=lambda turn: (turn.extension, turn.follows)):
            yield turn.extension, party, turn.fits


def _was_sent_on(row: Row) -> bool:
    """The call went on elsewhere: neither its end here nor its beginning there is that of the other end."""
    return row.list_name is ListName.FORWARDED


def _mirrors(row: Row, other: _Other) -> Moments | None:
    """Both ends of one call."""
    one, two = is_answered(row), is_answered(other.row)
    if is_placed(row) is is_placed(other.row) or one not in {None, two} or not _talked_alike(row, other.row):
        return None
    return other.moments if two else _rung_long(other.moments)


def _rung_long(moments: Moments) -> Moments:
    """Of a call that nobody answered, as far as that agrees with what is known."""
    stop = moments.stop.cut(moments.start.moved(LONGER_S, RING_MOST_S))
    return moments if stop is None else Moments(moments.start, stop, stop)


def _called(row: Row, other: _Other) -> Moments | None:
    """The other dialled what made this one ring; if this one answered, they talked as long."""
    if not is_placed(other.row):
        return None
    if is_answered(row) and not (is_answered(other.row) and _talked_alike(row, other.row)):
        return None
    return other.moments


def _rang(row: Row, other: _Other) -> Moments | None:
    """Both rang at once, and one of them at most answered."""
    if is_placed(other.row) or (is_answered(row) and is_answered(other.row)):
        return None
    return other.moments


def _talked_alike(row: Row, other: Row) -> bool:
    """They talked as long, as far as both show it."""
    one, two = row.duration_s, other.duration_s
    return one is None or two is None or abs(one - two) <= SLACK_S


def _was_answered(row: Row, others: Sequence[_Other]) -> bool:
    """Whether its phone answered or was answered; where it does not say, the other end does."""
    answered = is_answered(row)
    return any(is_answered(one.row) for one in others) if answered is None else answered


def _agreed(row: Row, others: Sequence[_Other], *, answered: bool) -> Spans:
    """What is left where all of them are right; nothing where one is wrong."""
    # Whoever answered tells the end; where nobody did, any of them.
    first, *more = sorted(others, key=lambda one: (not is_answered(one.row), one.row.id))
    moments: Moments | None = first.moments
    for one in more:
        moments = None if moments is None else moments.cut(one.moments, SLACK_S)
    if moments is None:
        return {}
    told = spans_by_mirror(row, first.row, moments, answered=answered)
    return {meaning: span for meaning, span in told.items() if span is not None}
