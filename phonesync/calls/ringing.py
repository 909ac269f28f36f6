"""Rows of one caller become pieces: what rang at one time for one call. Pure.

Rows that are sharp are placed first, and phone by phone: the rows of one phone are of different calls, so all
of them together are held against the pieces there are. Where only one way to do that is the best, it is done;
where several are equally good, what is the same in all of them is done and the rest waits. Each placed row
narrows its piece, which may decide what waits. What is undecided at the end stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from phonesync.calls.marks import Marks
from phonesync.calls.pieces import Piece, Sharpness, View, came_before
from phonesync.calls.timing import Moments, hull
from phonesync.calls.values import Knowledge

MOST_WAYS = 400
"""So many ways to hold the rows of one phone against pieces are looked at; with more, nothing is decided."""

LINE_SLACK_S = 2.0
"""One caller's calls overlap by so much at most, by what is known of their times."""

Way = tuple[Piece | None, ...]
"""For each row of a phone its piece, or None."""


def pieces_of(views: Iterable[View], knowledge: Knowledge, marks: Marks) -> list[Piece]:
    """The pieces that rows of one caller make.

    Args:
        views: Rows that ring for him, and those of his own phone that he placed inside.
        knowledge: The groups.
        marks: What was put apart by hand.
    """
    ordered = sorted(views, key=_order)
    # What a phone placed is a call of its own each time, and says to whom: all else is held against it.
    placed = [one for one in ordered if one.placed]
    work = _Work(knowledge, marks, placed)
    for sharpness in Sharpness:
        work.waiting += [one for one in ordered if one.sharpness is sharpness and not one.placed]
        work.settle()
    work.give_up()
    return [*work.pieces, *(Piece(one, marks) for piece in work.pieces for one in piece.give_back())]


def _order(one: View) -> tuple[Sharpness, float, str]:
    return one.sharpness, min(reading.start.low for reading in one.readings), one.row.id


class _Work:
    def __init__(self, knowledge: Knowledge, marks: Marks, placed: Sequence[View]) -> None:
        self.pieces = [Piece(one, marks) for one in placed]
        self.waiting: list[View] = []
        self._knowledge = knowledge
        self._marks = marks

    def settle(self) -> None:
        """Places what can be placed, until nothing more can."""
        moved = True
        while moved and self.waiting:
            moved = False
            for batch in _by_phone(self.waiting):
                moved = self._place(batch) or moved

    def give_up(self) -> None:
        """Rows that nothing decides stand alone."""
        self.pieces += [Piece(one, self._marks) for one in self.waiting]
        self.waiting.clear()

    def _place(self, batch: Sequence[View]) -> bool:
        """Places rows of one phone; True where at least one was."""
        choices = [self._choices(one) for one in batch]
        loose = [one for one, some in zip(batch, choices, strict=True) if not some]
        if loose:
            # One at a time: the next row of another phone may be of the piece that this one begins.
            first = loose[0]
            self.waiting.remove(first)
            self.pieces.append(Piece(first, self._marks))
            return True
        ways = _best_ways(batch, choices)
        if not ways:
            return False
        ways = _in_order(ways, batch)
        ways = _on_one_line(ways, batch, self.pieces)
        chosen = _agreed(ways, batch)
        for one, piece in chosen:
            piece.take(one, self._knowledge)
            self.waiting.remove(one)
        return bool(chosen)

    def _choices(self, one: View) -> list[Piece]:
        return [
            piece
            for piece in self.pieces
            if piece.fits(one) and piece.reason_for(one, self._knowledge) is not None
        ]


def _by_phone(views: Iterable[View]) -> list[list[View]]:
    found: dict[str, list[View]] = {}
    for one in views:
        found.setdefault(one.row.phone, []).append(one)
    return list(found.values())


def _best_ways(batch: Sequence[View], choices: Sequence[Sequence[Piece]]) -> list[Way]:
    """All ways to place as many rows as can be; none where there are too many to look at."""
    ways: list[Way] = []
    for way in _ways(choices, 0, frozenset()):
        ways.append(way)
        if len(ways) > MOST_WAYS:
            return []
    most = max(len(batch) - way.count(None) for way in ways)
    return [way for way in ways if len(batch) - way.count(None) == most] if most else []


def _ways(choices: Sequence[Sequence[Piece]], index: int, taken: frozenset[int]) -> Iterator[Way]:
    if index == len(choices):
        yield ()
        return
    for piece in choices[index]:
        if id(piece) not in taken:
            for rest in _ways(choices, index + 1, taken | {id(piece)}):
                yield (piece, *rest)
    for rest in _ways(choices, index + 1, taken):
        yield (None, *rest)


def _in_order(ways: list[Way], batch: Sequence[View]) -> list[Way]:
    """Of several ways those that keep the order in which the phone itself has its rows."""
    if len(ways) == 1:
        return ways
    return [way for way in ways if not _crosses(way, batch)] or ways


def _crosses(way: Way, batch: Sequence[View]) -> bool:
    placed = [(one, piece) for one, piece in zip(batch, way, strict=True) if piece is not None]
    return any(
        came_before(one, other) and theirs.precedes(mine) for one, mine in placed for other, theirs in placed
    )


def _on_one_line(ways: list[Way], batch: Sequence[View], pieces: Sequence[Piece]) -> list[Way]:
    """Of several ways those in which the caller ends one call before the next, where there are such."""
    if len(ways) == 1:
        return ways
    good = [way for way in ways if _is_on_one_line(way, batch, pieces)]
    return good or ways


def _is_on_one_line(way: Way, batch: Sequence[View], pieces: Sequence[Piece]) -> bool:
    joined = {id(piece): hull(piece.fits(one)) for one, piece in zip(batch, way, strict=True) if piece}
    alone = [hull(one.readings) for one, piece in zip(batch, way, strict=True) if piece is None]
    others = [piece.moments for piece in pieces if id(piece) not in joined]
    mine = [*joined.values(), *alone]
    return not any(
        _overlap(one, other) for index, one in enumerate(mine) for other in (*others, *mine[:index])
    )


def _overlap(one: Moments, other: Moments) -> bool:
    """Whether neither can have ended before the other began."""
    first_after = other.end.low > one.start.high + LINE_SLACK_S
    return first_after and one.end.low > other.start.high + LINE_SLACK_S


def _agreed(ways: Sequence[Way], batch: Sequence[View]) -> list[tuple[View, Piece]]:
    """What all ways agree in, rows and pieces that nobody can tell apart being the same."""
    signs = {_sign(way, batch) for way in ways}
    if len(signs) == 1:
        return [(one, piece) for one, piece in zip(batch, ways[0], strict=True) if piece is not None]
    found = []
    for index, one in enumerate(batch):
        chosen = {id(way[index]): way[index] for way in ways}
        piece = ways[0][index]
        if len(chosen) == 1 and piece is not None:
            found.append((one, piece))
    return found


def _sign(way: Way, batch: Sequence[View]) -> frozenset[tuple[object, object]]:
    counted: dict[tuple[object, object], int] = {}
    for one, piece in zip(batch, way, strict=True):
        place = None if piece is None else piece.kind
        counted[one.kind, place] = counted.get((one.kind, place), 0) + 1
    return frozenset((pair, number) for pair, number in counted.items())
