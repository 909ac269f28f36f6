"""Rows of one caller become pieces: what rang at one time for one call. Pure.

Rows that are sharp are placed first, and phone by phone: the rows of one phone are of different calls, so all
of them together are held against the pieces there are. Where only one way to do that is the best, it is done;
where several are equally good, what is the same in all of them is done and the rest waits. Each placed row
narrows its piece, which may decide what waits. What is undecided at the end stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phonesync.calls.linking import own_party
from phonesync.calls.marks import Marks
from phonesync.calls.pieces import (
    SHARP_S,
    SKEW_S,
    Link,
    Piece,
    Sharpness,
    View,
    came_before,
    may_be_twice,
)
from phonesync.calls.shown_numbers import spell_otherwise
from phonesync.calls.timing import Moments, hull
from phonesync.calls.values import Knowledge
from phonesync.calls.ways import Way, agreed, best_ways, least, prefer

LINE_SLACK_S = 2.0
"""One caller's calls overlap by so much at most, by what is known of their times."""

COMPANY = 2
"""So many of a group that rang already are company."""


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
        ways = best_ways(batch, choices, share=may_be_twice)
        ways = prefer(ways, lambda way: not _crosses(way, batch))
        ways = prefer(ways, lambda way: _is_on_one_line(way, batch, self.pieces))
        ways = prefer(ways, lambda way: _ends_alike(way, batch))
        ways = prefer(ways, lambda way: self._is_in_company(way, batch))
        ways = least(ways, _of_several)
        ways = least(ways, lambda way: _spelt_otherwise(way, batch))
        moved = False
        for one, piece in agreed(ways, batch):
            # What a report and a list tell of may be two calls after all.
            if piece.fits(one):
                piece.take(one, self._knowledge)
                self.waiting.remove(one)
                moved = True
        return moved

    def _choices(self, one: View) -> list[Piece]:
        """The pieces it may be of; where a phone says whom it called, no others."""
        links = {
            piece: link
            for piece in self.pieces
            if piece.fits(one) and (link := piece.reason_for(one, self._knowledge)) is not None
        }
        mirrored = [piece for piece, link in links.items() if link is Link.MIRROR]
        return mirrored or list(links)

    def _is_in_company(self, way: Way[Piece], batch: Sequence[View]) -> bool:
        """Each row has a better reason than its group alone, or others of the group are there already."""
        return all(
            piece is None
            or piece.reason_for(one, self._knowledge) is not Link.GROUP
            or piece.company(one) >= COMPANY
            for one, piece in zip(batch, way, strict=True)
        )


def _by_phone(views: Iterable[View]) -> list[list[View]]:
    found: dict[str, list[View]] = {}
    for one in views:
        found.setdefault(one.row.phone, []).append(one)
    # Of two rows that nothing tells apart the one that was seen first takes the earlier place.
    return [sorted(some, key=lambda one: (one.row.at, one.row.id)) for some in found.values()]


def _crosses(way: Way[Piece], batch: Sequence[View]) -> bool:
    """The phone has its rows in another order than the pieces."""
    placed = [(one, piece) for one, piece in zip(batch, way, strict=True) if piece is not None]
    return any(
        came_before(one, other) and theirs.precedes(mine) for one, mine in placed for other, theirs in placed
    )


def _ends_alike(way: Way[Piece], batch: Sequence[View]) -> bool:
    """What a phone dialled and nobody answered ends there as it stops ringing."""
    return all(
        piece is None or not _is_unanswered(one, piece) or _may_end_at_once(one, piece)
        for one, piece in zip(batch, way, strict=True)
    )


def _is_unanswered(one: View, piece: Piece) -> bool:
    """The phone that placed the call dialled this one, and neither shows that anybody answered."""
    caller = piece.caller
    silent = not one.took and piece.taker is None
    return silent and caller is not None and not caller.answered and caller.row.party == own_party(one.row)


def _may_end_at_once(one: View, piece: Piece) -> bool:
    assert piece.caller is not None, "who dialled is known"
    end, stop = hull(piece.caller.readings).end, hull(one.readings).stop
    return max(end.width, stop.width) > SHARP_S or end.meets(stop, SKEW_S)


def _of_several(way: Way[Piece]) -> int:
    """How many rows are put where all rows stand for several calls: a report of one of them is better."""
    return sum(piece is not None and min(one.row.count for one in piece.views) > 1 for piece in way)


def _spelt_otherwise(way: Way[Piece], batch: Sequence[View]) -> int:
    """How many rows show the number as nothing in their piece does."""
    return sum(
        piece is not None and spell_otherwise([one], piece.views)
        for one, piece in zip(batch, way, strict=True)
    )


def _is_on_one_line(way: Way[Piece], batch: Sequence[View], pieces: Sequence[Piece]) -> bool:
    """The caller ends one call before the next."""
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
