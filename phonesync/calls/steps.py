"""A step from one piece of a caller to the next, and which steps compete. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from phonesync.calls.pieces import Piece
from phonesync.calls.timing import Span
from phonesync.calls.values import Rule

EXACT_S = 1.75
"""The middle of a gap between sharp instants may be off by so much; who hangs up and dials takes longer."""

PUT_THROUGH_S = 1.5
"""A switch puts a call through to the next phone within so many seconds."""

EXACT_WIDTH_S = 10.0
"""A gap between two sharp instants is no wider."""

TRANSFERS = frozenset({Rule.BLIND_TRANSFER, Rule.ATTENDED_TRANSFER})
"""Steps from somebody who answered to somebody else."""


@dataclass(frozen=True, slots=True)
class Step:
    """One piece goes on in another.

    Attributes:
        before: The earlier piece.
        after: The later piece.
        rule: How.
        gap: Seconds between what ended and what began, at least and at most, without ``waited_s``.
        places: How many places further on in a hunt list it is.
        bonus: What else speaks for it.
        turns: How many turns of a hunt list it took, at least.
        between: Members of the hunt list whose turn may have come between.
        silent: So many of them have a phone that shows nothing of the call: they were busy, or it is another.
        number: That of the hunt list, or None.
        waited_s: So many seconds a phone rang between the two that shows nothing.
    """

    before: Piece
    after: Piece
    rule: Rule
    gap: Span
    places: int = 1
    bonus: int = 0
    turns: int = 1
    between: tuple[str, ...] = ()
    silent: int = 0
    number: str | None = None
    waited_s: float = 0.0

    @property
    def strength(self) -> int:
        """A step of greater strength has no rival in a lesser one; sharp instants that agree count most."""
        return _STRENGTH[self.rule] + self.bonus + is_exact_gap(self.gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How pieces of one neighbourhood go on in one another.

    Attributes:
        certain: Steps that nothing competes with, between sharp pieces.
        possible: Other steps that may be.
        pairs: Places of pieces, in memory, between which there is a step if nothing else is asked.
    """

    certain: Sequence[Step]
    possible: Sequence[Step]
    pairs: frozenset[frozenset[int]]


def is_only(step: Step, possible: Iterable[Step]) -> bool:
    """No other step as strong begins or ends where this one does, but one that goes the same way."""
    return ends_alone(step, possible) and begins_alone(step, possible)


def ends_alone(step: Step, possible: Iterable[Step]) -> bool:
    """No other step as strong ends in the same piece, but from one that leads to this one's beginning."""
    return not any(
        one.after is step.after
        and one.strength >= step.strength
        and not are_linked(one.before, step.before, possible)
        for one in possible
        if one is not step
    )


def begins_alone(step: Step, possible: Iterable[Step], *, elsewhere: bool = False) -> bool:
    """No other step as strong begins in the same piece, but to one that this one's end leads to.

    What a phone placed may ring at several others, one after another.

    Args:
        step: The step.
        possible: All steps.
        elsewhere: Ask for steps to other phones only.
    """
    if step.rule is Rule.MIRRORED:
        return True
    return not any(
        one.before is step.before
        and one.strength >= step.strength
        and not are_linked(one.after, step.after, possible)
        and not (elsewhere and shares_phone(one.after, step.after))
        for one in possible
        if one is not step
    )


def are_linked(one: Piece, other: Piece, possible: Iterable[Step]) -> bool:
    """One may go on in the other: then both steps are of one way, as in a hunt list."""
    pair = {id(one), id(other)}
    return len(pair) == 1 or any({id(step.before), id(step.after)} == pair for step in possible)


_STRENGTH = {
    Rule.ATTENDED_TRANSFER: 4,
    Rule.FORWARDED: 2,
    Rule.HUNT: 2,
    Rule.BLIND_TRANSFER: 2,
    Rule.MIRRORED: 2,
    Rule.PICKED_UP: 1,
}


def is_exact_gap(between: Span) -> bool:
    """Whether it lies between two sharp instants that are one, as near as is known."""
    return between.width <= EXACT_WIDTH_S and is_exact(between)


def is_exact(between: Span) -> bool:
    """Whether two sharp instants are one, as near as their middles tell."""
    return abs(between.low + between.high) / 2 <= EXACT_S


def shares_phone(before: Piece, after: Piece) -> bool:
    """A phone has a part in both."""
    return not before.phones.isdisjoint(after.phones)


def gap(earlier: Span, later: Span) -> Span:
    """How many seconds the one instant comes after the other, at least and at most."""
    return Span(later.low - earlier.high, later.high - earlier.low)


def holds(between: Span, slack: float) -> bool:
    """Whether no time at all may have passed."""
    return between.low <= slack and between.high >= -slack
