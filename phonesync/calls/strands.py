"""A strand: the pieces of one call in the order in which it went through them, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from phonesync.calls.following import callers
from phonesync.calls.marks import Marks
from phonesync.calls.pieces import WIDE_S, Piece, View, are_kin
from phonesync.calls.sentences import Form
from phonesync.calls.steps import PUT_THROUGH_S, TRANSFERS, Step, gap, holds, shares_phone
from phonesync.calls.values import Ringing, Rule


@dataclass(slots=True, kw_only=True, eq=False)
class Strand:
    """One call in the making.

    Attributes:
        pieces: In the order of their starts.
        steps: How they go on in one another.
        unions: Entries that a Call-ID or a hand put together, with the rule.
    """

    pieces: list[Piece]
    steps: list[Step] = field(default_factory=list)
    unions: list[tuple[Rule, tuple[str, ...]]] = field(default_factory=list)

    @property
    def views(self) -> list[View]:
        """Its rows, piece after piece."""
        return [one for piece in self.pieces for one in piece.views]

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """Of its rows, piece after piece."""
        return tuple(one.row.id for one in self.views)

    @property
    def phones(self) -> frozenset[str]:
        """Phones that have a part in it."""
        return frozenset(phone for piece in self.pieces for phone in piece.phones)

    @property
    def callers(self) -> frozenset[str]:
        """Whose call it may be."""
        return frozenset(caller for piece in self.pieces for caller in callers(piece))

    @property
    def kind(self) -> frozenset[object]:
        """What nobody can tell two strands apart by, where it is equal."""
        return frozenset(piece.kind for piece in self.pieces)

    @property
    def taken(self) -> bool:
        """Somebody answered."""
        return any(piece.taker is not None for piece in self.pieces)

    @property
    def lost_track(self) -> Form | None:
        """What nobody can tell of a caller without a number who rang in vain; None where nothing is open."""
        if self.taken or any(one.row.party is not None or one.placed for one in self.views):
            return None
        if any(group.ringing is Ringing.IN_TURN for one in self.views for group in one.groups):
            return Form.LOST_IN_TURN
        if len(self.phones) == 1:
            return Form.LOST_ALONE
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Another call may be of this one.

    Attributes:
        other: Entries of the other; none where there are too many to say.
        answered: The other was answered, or may have been.
    """

    other: tuple[str, ...]
    answered: bool


CROWD = Doubt(other=(), answered=True)
"""So many calls may be of one with this one that nobody asks which."""


def strands_of(pieces: Sequence[Piece], steps: Iterable[Step], marks: Marks) -> list[Strand]:
    """Pieces that go on in one another, share a Call-ID or were put together by hand.

    Args:
        pieces: Of one neighbourhood.
        steps: Those that are certain.
        marks: Made by hand.
    """
    strands = [Strand(pieces=[piece]) for piece in pieces]
    for step in steps:
        one, other = _holding(strands, step.before), _holding(strands, step.after)
        if (
            one is not other
            and not marks.keep_apart(one.entry_ids, other.entry_ids)
            and not _clash(one, other, step)
        ):
            unite(strands, one, other)
            one.steps.append(step)
    for rule, entries in (*_with_one_id(pieces), *((Rule.BY_HAND, some) for some in _by_hand(pieces, marks))):
        _unite_all(strands, rule, entries, marks)
    return strands


def doubts_of(strands: Sequence[Strand], possible: Iterable[Step]) -> dict[int, list[Doubt]]:
    """Index of a strand to the strands that may be of the same call and were left apart.

    Args:
        strands: Of one neighbourhood.
        possible: Steps that were not certain.
    """
    pairs = {frozenset((_index(strands, step.before), _index(strands, step.after))) for step in possible}
    for index, one in enumerate(strands):
        for place in range(index):
            if _may_be_one(one, strands[place]):
                pairs.add(frozenset((index, place)))
    found: dict[int, list[Doubt]] = {}
    for index, other in sorted(tuple(sorted(pair)) for pair in pairs if len(pair) > 1):
        for mine, theirs in ((index, other), (other, index)):
            doubt = Doubt(other=strands[theirs].entry_ids, answered=strands[theirs].taken)
            found.setdefault(mine, []).append(doubt)
    return found


def _clash(one: Strand, other: Strand, step: Step) -> bool:
    """A phone would be in the call twice although it neither sent it on nor handed it over."""
    twice = one.phones & other.phones
    if not twice or step.rule in TRANSFERS:
        return False
    return not all(
        any(mine.sent_on or mine.answered for mine in one.views if mine.row.phone == phone) for phone in twice
    )


def _may_be_one(one: Strand, other: Strand) -> bool:
    return any(
        _rang_at_once(mine, theirs) or _went_on(mine, theirs) or _was_put_through(mine, theirs)
        for mine in one.pieces
        for theirs in other.pieces
    )


def _rang_at_once(mine: Piece, theirs: Piece) -> bool:
    """A row of the one fits the other by its times, and it matters.

    It does where one of them was answered: then the other was not missed. Where neither was, it does only
    where they are of one group, and known to minutes.
    """
    if callers(mine).isdisjoint(callers(theirs)):
        return False
    known = max(_width(mine), _width(theirs)) <= WIDE_S
    if mine.taker is None and theirs.taker is None and not (known and _are_kin(mine, theirs)):
        return False
    return any(mine.fits(one) for one in theirs.views) or any(theirs.fits(one) for one in mine.views)


def _went_on(one: Piece, other: Piece) -> bool:
    """The one was not answered, and another phone that answered may have begun to ring as it stopped."""
    mine, theirs = (other, one) if one.taker is not None else (one, other)
    if mine.taker is not None or theirs.taker is None or shares_phone(mine, theirs):
        return False
    if callers(mine).isdisjoint(callers(theirs)) or mine.moments.start.low > theirs.moments.start.high:
        return False
    return _are_kin(mine, theirs) and holds(gap(mine.moments.stop, theirs.moments.start), PUT_THROUGH_S)


def _was_put_through(one: Piece, other: Piece) -> bool:
    """A talk may have ended as another phone began to ring for the same caller, and nobody answered there."""
    rung, talked = (other, one) if one.taker is not None else (one, other)
    if rung.taker is not None or talked.taker is None or shares_phone(rung, talked):
        return False
    if callers(rung).isdisjoint(callers(talked)) or _width(rung) > WIDE_S:
        return False
    return holds(gap(talked.moments.end, rung.moments.start), PUT_THROUGH_S)


def _width(piece: Piece) -> float:
    return piece.moments.start.width


def _are_kin(mine: Piece, theirs: Piece) -> bool:
    return any(are_kin(one, other) for one in mine.views for other in theirs.views)


def _with_one_id(pieces: Iterable[Piece]) -> list[tuple[Rule, frozenset[str]]]:
    found: dict[str, set[str]] = {}
    for piece in pieces:
        for row in piece.rows:
            if row.call_id is not None:
                found.setdefault(row.call_id, set()).add(row.id)
    return [(Rule.CALL_ID, frozenset(ids)) for _, ids in sorted(found.items()) if len(ids) > 1]


def _by_hand(pieces: Iterable[Piece], marks: Marks) -> list[frozenset[str]]:
    return marks.unions(row.id for piece in pieces for row in piece.rows)


def _unite_all(strands: list[Strand], rule: Rule, entries: frozenset[str], marks: Marks) -> None:
    holding = [strand for strand in strands if not entries.isdisjoint(strand.entry_ids)]
    first = holding[0]
    for other in holding[1:]:
        if rule is not Rule.BY_HAND and marks.keep_apart(first.entry_ids, other.entry_ids):
            return
        unite(strands, first, other)
    first.unions.append((rule, tuple(sorted(entries))))


def unite(strands: list[Strand], one: Strand, other: Strand) -> None:
    """Makes the other strand part of the one."""
    one.pieces = sorted(
        [*one.pieces, *other.pieces], key=lambda piece: (piece.moments.start.low, piece.views[0].row.id)
    )
    one.steps += other.steps
    one.unions += other.unions
    strands[:] = [strand for strand in strands if strand is not other]


def _holding(strands: Sequence[Strand], piece: Piece) -> Strand:
    return strands[_index(strands, piece)]


def _index(strands: Sequence[Strand], piece: Piece) -> int:
    return next(index for index, strand in enumerate(strands) if any(one is piece for one in strand.pieces))
