"""Pieces whose times are not sharp find the call that they are part of. Pure.

What is sharp has been put together before. Now the other pieces of one phone are held against those calls
together, as its rows were held against pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from phonesync.calls.following import hunt_together, is_sharp
from phonesync.calls.marks import Marks
from phonesync.calls.pieces import WIDE_S
from phonesync.calls.shown_numbers import spell_otherwise
from phonesync.calls.steps import TRANSFERS, Step, Steps, are_linked, begins_alone
from phonesync.calls.strands import Strand, unite
from phonesync.calls.values import Rule
from phonesync.calls.ways import Way, agreed, best_ways, least, prefer

ON_AND_ON = frozenset({Rule.HUNT, Rule.MIRRORED})
"""Steps of which several may begin at one piece."""


def attach(strands: list[Strand], steps: Steps, marks: Marks) -> None:
    """Unites strands where a step that is not certain by itself is the only one left.

    Args:
        strands: Of one neighbourhood; united in place.
        steps: How their pieces may go on in one another.
        marks: What was put apart by hand.
    """
    work = _Work(_open(steps.possible, strands), steps.pairs, marks)
    for is_asked, is_found in ((_is_vague, _is_any), (_is_any, _is_understood)):
        moved = True
        while moved:
            asked = _by_phone(filter(is_asked, strands))
            moved = any(work.attach(batch, strands, is_found) for batch in asked)


def _is_any(_strand: Strand) -> bool:
    return True


def _is_understood(strand: Strand) -> bool:
    """Something in it is known to seconds, or at least what the times of its rows mean."""
    return not _is_vague(strand) or all(one.row.is_understood for one in strand.views)


def _is_vague(strand: Strand) -> bool:
    """Nothing in it is known to seconds: it looks for its call, and none looks for it."""
    return not any(is_sharp(piece) for piece in strand.pieces)


def _open(possible: Sequence[Step], strands: Iterable[Strand]) -> list[Step]:
    """Steps that may still be taken: along a hunt list, and those that nothing else competes with."""
    taken = [step for strand in strands for step in strand.steps if step.rule not in ON_AND_ON]
    left = [
        step
        for step in possible
        if _is_known_enough(step) and not any(_is_instead(one, step) for one in taken)
    ]
    return [step for step in left if step.rule in ON_AND_ON or begins_alone(step, left, elsewhere=True)]


def _is_instead(taken: Step, step: Step) -> bool:
    """The step that was taken leads elsewhere; who waits for a colleague waits whatever way the call goes."""
    return taken.after is step.after or (taken.before is step.before and step.rule is not Rule.MIRRORED)


def _is_known_enough(step: Step) -> bool:
    """Callers who hide their number are not known to be one, and a start that is hours wide is none."""
    known = all(one.row.party is not None for piece in (step.before, step.after) for one in piece.views)
    if step.bonus:
        return known
    if step.silent:
        return False
    begun = step.rule is Rule.MIRRORED or step.before.moments.start.width <= WIDE_S
    return known and begun and step.after.moments.start.width <= WIDE_S


def _by_phone(strands: Iterable[Strand]) -> list[list[Strand]]:
    """Strands of one phone, phone by phone; then those of several, one by one."""
    found: dict[str, list[Strand]] = {}
    several = []
    for strand in strands:
        if len(strand.phones) == 1:
            found.setdefault(min(strand.phones), []).append(strand)
        else:
            several.append([strand])
    return [found[phone] for phone in sorted(found)] + several


class _Work:
    def __init__(self, possible: Sequence[Step], pairs: frozenset[frozenset[int]], marks: Marks) -> None:
        self._possible = possible
        self._pairs = pairs
        self._marks = marks

    def attach(
        self, batch: Sequence[Strand], strands: list[Strand], is_found: Callable[[Strand], bool]
    ) -> bool:
        """Unites one strand of one phone with one that may be found; False where none is decided."""
        ways = best_ways(batch, [self._choices(one, strands, is_found) for one in batch])
        ways = prefer(ways, lambda way: not _crosses(way, batch))
        ways = least(ways, lambda way: self._skipped(way, batch))
        ways = least(ways, lambda way: _spelt_otherwise(way, batch))
        for one, strand in agreed(ways, batch):
            if self._has_rival(one, batch, strand, strands):
                continue
            strand.steps.append(_steps_between(one, strand, self._possible)[0])
            unite(strands, strand, one)
            return True
        return False

    def _choices(
        self, one: Strand, strands: Iterable[Strand], is_found: Callable[[Strand], bool]
    ) -> list[Strand]:
        """The strands it may be of, the nearest first; of two that may be one call themselves only one."""
        found = [
            (steps[0].places, steps[0].gap.width, strand.entry_ids, strand)
            for strand in strands
            if strand is not one
            and is_found(strand)
            and one.phones.isdisjoint(strand.phones)
            and not self._marks.keep_apart(one.entry_ids, strand.entry_ids)
            and (steps := _steps_between(one, strand, self._possible))
            and self._keep_turns(one, strand)
            and not any(_lies_between(other, one, strand) for other in strands)
        ]
        kept: list[Strand] = []
        for *_, strand in sorted(found, key=lambda choice: choice[:3]):
            if not any(_may_be_one(strand, other, self._possible) for other in kept):
                kept.append(strand)
        return kept

    def _has_rival(
        self, one: Strand, batch: Sequence[Strand], strand: Strand, strands: Sequence[Strand]
    ) -> bool:
        """Whether what was found may as well be of a call of the same phones that nobody asked about now."""
        asked = {phone for other in batch for phone in other.phones}
        others = [other for other in self._choices(strand, strands, _is_any) if other not in batch]
        strength = self._strength(one, strand)
        return any(
            not asked.isdisjoint(other.phones) and self._strength(strand, other) >= strength
            for other in others
        )

    def _strength(self, one: Strand, other: Strand) -> int:
        return max(step.strength for step in _steps_between(one, other, self._possible))

    def _keep_turns(self, one: Strand, other: Strand) -> bool:
        """Every two phones of one hunt list ring in their turns."""
        return all(
            frozenset((id(mine), id(theirs))) in self._pairs
            for mine in one.pieces
            for theirs in other.pieces
            if hunt_together(mine, theirs)
        )

    def _skipped(self, way: Way[Strand], batch: Sequence[Strand]) -> int:
        """How many members of hunt lists show nothing, although the call would have come by them."""
        return sum(
            min(step.places for step in _steps_between(one, strand, self._possible)) - 1
            for one, strand in zip(batch, way, strict=True)
            if strand is not None
        )


def _spelt_otherwise(way: Way[Strand], batch: Sequence[Strand]) -> int:
    """How many of them show the number as nothing does in the call that they would be of."""
    return sum(
        strand is not None and spell_otherwise(one.views, strand.views)
        for one, strand in zip(batch, way, strict=True)
    )


def _lies_between(other: Strand, one: Strand, strand: Strand) -> bool:
    """A call of its own, which a phone of the two had, began between them: a caller has one line."""
    if other is one or other is strand or other.phones.isdisjoint(one.phones | strand.phones):
        return False
    return any(
        other.callers == first.callers and _precedes(first, other) and _precedes(other, last)
        for first, last in ((one, strand), (strand, one))
    )


def _precedes(one: Strand, other: Strand) -> bool:
    return any(mine.precedes(theirs) for mine in one.pieces for theirs in other.pieces)


def _may_be_one(one: Strand, other: Strand, possible: Sequence[Step]) -> bool:
    if not one.phones.isdisjoint(other.phones) or (one.taken and other.taken):
        return False
    return any(are_linked(mine, theirs, possible) for mine in one.pieces for theirs in other.pieces)


def _steps_between(one: Strand, other: Strand, possible: Iterable[Step]) -> list[Step]:
    """The steps that would join them, the narrowest first; where both were answered, only transfers would."""
    mine, theirs = {id(piece) for piece in one.pieces}, {id(piece) for piece in other.pieces}
    found = [
        step
        for step in possible
        if (id(step.before) in mine and id(step.after) in theirs)
        or (id(step.before) in theirs and id(step.after) in mine)
    ]
    if one.taken and other.taken:
        found = [step for step in found if step.rule in TRANSFERS]
    return sorted(found, key=lambda step: (step.places, step.gap.width))


def _crosses(way: Way[Strand], batch: Sequence[Strand]) -> bool:
    placed = [(one, strand) for one, strand in zip(batch, way, strict=True) if strand is not None]
    return any(
        one.pieces[0].precedes(other.pieces[0]) and theirs.pieces[0].precedes(mine.pieces[0])
        for one, mine in placed
        for other, theirs in placed
    )
