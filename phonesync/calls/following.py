"""How a call goes on from one phone to the next: forwards, hunt lists, transfers, pick-ups. Pure.

Each step is from one piece to a later one of the same caller. A step is taken only where the later piece has
one piece to come from and the earlier one has one to go to; where there are several, all stay apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from phonesync.calls.linking import calls_inside, consults, own_party
from phonesync.calls.pieces import SHARP_S, SKEW_S, WIDE_S, Piece, View, are_kin
from phonesync.calls.sending_on import forwarded
from phonesync.calls.steps import PUT_THROUGH_S, Step, Steps, gap, holds, is_exact, is_only, shares_phone
from phonesync.calls.timing import RING_MOST_S, Span, hull, talks_differ
from phonesync.calls.values import Group, Knowledge, Ringing, Row, Rule
from phonesync.model import TimeOf
from phonesync.numbering import EXTENSION

STEP_SLACK_S = 1.5
"""A hunt list goes on to its next member so exactly, seconds."""

HAND_OVER_S = 3.0
"""Both calls of a phone that hands over end within so many seconds."""


def steps(pieces: Sequence[Piece], knowledge: Knowledge) -> Steps:
    """The steps that are certain, and those that are not.

    Pieces whose starts are sharp come first; the others have no say in them.

    Args:
        pieces: Of one neighbourhood.
        knowledge: Which phones there are.
    """
    thinkable = list(_possible(pieces, knowledge))
    possible = [step for step in thinkable if not _skips(step, pieces)]
    sharp = [step for step in possible if is_sharp(step.before) and is_sharp(step.after)]
    certain = [step for step in sharp if is_only(step, sharp)]
    certain += [
        step
        for step in possible
        if step.rule is Rule.ATTENDED_TRANSFER and step not in sharp and is_only(step, possible)
    ]
    return Steps(
        certain=certain,
        possible=[step for step in possible if not any(step is one for one in certain)],
        pairs=frozenset(frozenset((id(step.before), id(step.after))) for step in thinkable),
    )


def is_sharp(piece: Piece) -> bool:
    """Its start, or the end of its ringing, is known to seconds."""
    return min(piece.moments.start.width, piece.moments.stop.width) <= SHARP_S


def _possible(pieces: Sequence[Piece], knowledge: Knowledge) -> Iterator[Step]:
    for earlier, later in sorted(_near(pieces)):
        step = _step(pieces[earlier], pieces[later])
        if step is not None:
            # Who called shows all that he dialled: what rings for him in this list rings for this call.
            sure = any(_dialled(piece, step) for piece in pieces)
            step = replace(step, silent=_silent(step, pieces, knowledge), bonus=step.bonus + sure)
            # Who had a turn between the two shows it, unless nobody reads that phone.
            if step.turns - 1 <= len(step.between) - step.silent:
                yield step


def _dialled(piece: Piece, step: Step) -> bool:
    """A colleague called the hunt list's number, and waited or talked still as the later phone rang."""
    if step.number is None or piece.caller is None or not _same_caller(piece, step.after):
        return False
    begun, done = piece.moments.start, hull(piece.caller.readings).end
    rang = step.after.moments.start
    in_time = begun.low <= rang.high and rang.low <= done.high
    return in_time and piece.caller.row.party == f"{EXTENSION}{step.number}"


def _silent(step: Step, pieces: Sequence[Piece], knowledge: Knowledge) -> int:
    """How many members of the hunt list between the two have a phone that shows nothing of the call."""
    return sum(
        member in knowledge.phones and not any(_rang_between(piece, member, step) for piece in pieces)
        for member in step.between
    )


def _rang_between(piece: Piece, member: str, step: Step) -> bool:
    first, last = step.before.moments.start, step.after.moments.start
    rang = any(one.row.extension == member and not one.placed for one in piece.views)
    mine = piece.moments.start
    return rang and mine.low < last.high and first.low < mine.high and _same_caller(step.before, piece)


def _near(pieces: Sequence[Piece]) -> set[tuple[int, int]]:
    """Places of pieces that share a caller, or of which the later was placed on a phone of the earlier."""
    by_caller: dict[str, list[int]] = {}
    on_phone: dict[str, list[int]] = {}
    for place, piece in enumerate(pieces):
        for caller in callers(piece):
            by_caller.setdefault(caller, []).append(place)
        for phone in piece.phones:
            on_phone.setdefault(phone, []).append(place)
    found = {pair for some in by_caller.values() for pair in permutations(some, 2)}
    for later, piece in enumerate(pieces):
        if piece.caller is not None:
            found |= {(earlier, later) for earlier in on_phone[piece.caller.row.phone] if earlier != later}
    return found


def _skips(step: Step, pieces: Sequence[Piece]) -> bool:
    """The caller, or the phone that asks, has certainly begun another call between the two."""
    return any(_is_between(between, step) and _is_in_the_way(between, step) for between in pieces)


def _is_between(piece: Piece, step: Step) -> bool:
    """It began between the two: by the times; of a hand-over also by the order the phone itself has."""
    if step.rule is Rule.ATTENDED_TRANSFER:
        return step.before.precedes(piece) and piece.precedes(step.after)
    first, last = step.before.moments.start, step.after.moments.start
    return first.high < piece.moments.start.low and piece.moments.start.high < last.low


def _is_in_the_way(between: Piece, step: Step) -> bool:
    """A caller has one line; and who hands over does so with the call he took last."""
    if step.rule is not Rule.ATTENDED_TRANSFER:
        return _same_caller(step.before, between)
    taker, asking = between.taker, step.after.caller
    return taker is not None and asking is not None and taker.row.phone == asking.row.phone


def _step(before: Piece, after: Piece) -> Step | None:
    """The step from one piece to another, where there can be one."""
    handed = _handed_over(before, after)
    if handed is not None:
        return handed
    if not before.moments.start.low < after.moments.start.high or not _same_caller(before, after):
        return None
    ways: tuple[Callable[[Piece, Piece], Step | None], ...] = _ONWARDS
    if any(one.row.party is None for one in (*before.views, *after.views)):
        # Those who hide their number cannot be told apart: only the phone itself says that it sent one on.
        ways = (forwarded,)
    elif after.caller is not None:
        ways = (forwarded, _hunted)
    if _hung_up_before(before, after):
        return None
    return next((step for find in ways if (step := find(before, after)) is not None), None)


def _hung_up_before(before: Piece, after: Piece) -> bool:
    """The phone that placed the call was done before the talk ended that somebody had there."""
    caller, taker = before.caller, after.taker
    if caller is None or taker is None or not calls_inside(caller.row):
        return False
    return hull(caller.readings).end.high + HAND_OVER_S < after.moments.end.low


def _went_elsewhere(before: Piece, after: Piece) -> Step | None:
    """A phone called a colleague, and another one rang for it while it waited: that must be the same call."""
    caller = before.caller
    if (
        caller is None
        or not calls_inside(caller.row)
        or before.taker is not None
        or shares_phone(before, after)
    ):
        return None
    begun, waited = before.moments.start, hull(caller.readings).stop.high
    if any(caller.row.party == own_party(one.row) and not one.sent_on for one in before.views):
        # The phone that was dialled shows for how long it rang: from then on the call is elsewhere, or over.
        waited = min(waited, before.moments.stop.high)
    waiting = Span(begun.low, min(waited, begun.high + RING_MOST_S))
    if not waiting.meets(after.moments.start, PUT_THROUGH_S) or any(
        _was_dialled(caller, one) for one in after.views
    ):
        return None
    if not _may_have_reached(caller, after, alone=len(before.views) == 1):
        return None
    sure = after.taker is not None and _ended_with_caller(before, after.taker)
    return Step(before, after, Rule.MIRRORED, gap(before.moments.start, after.moments.start), bonus=int(sure))


def _may_have_reached(caller: View, after: Piece, *, alone: bool) -> bool:
    """Whether who answered there can be whom the phone talked to; who did not answer must be the only one."""
    if after.taker is None:
        return alone
    return caller.answered is not False and not talks_differ(caller.row, after.taker.row)


def hunt_together(one: Piece, other: Piece) -> bool:
    """Phones of both are of one hunt list."""
    return any(_in_turn(mine, theirs) for mine in one.views for theirs in other.views)


def _was_dialled(caller: View, one: View) -> bool:
    """It rings at once where it rings at all: it was dialled itself, or its group was."""
    together = (group.number for group in one.groups if group.ringing is Ringing.TOGETHER)
    return caller.row.party in {own_party(one.row), *(f"{EXTENSION}{number}" for number in together)}


def _hunted(before: Piece, after: Piece) -> Step | None:
    if before.taker is not None or shares_phone(before, after):
        return None
    if after.taker is not None and _answers_at_once(after.taker) and _picked_up(before, after) is not None:
        return None
    for one in before.views:
        for other in after.views:
            for group in _in_turn(one, other):
                step = _turn(before, after, group, one, other)
                if step is not None:
                    return step
    return None


def _in_turn(one: View, other: View) -> list[Group]:
    if one.placed or other.placed:
        return []
    return [group for group in one.groups if group in other.groups and group.ringing is Ringing.IN_TURN]


def _turn(before: Piece, after: Piece, group: Group, one: View, other: View) -> Step | None:
    first, second = one.row.extension, other.row.extension
    assert first is not None
    assert second is not None
    places = group.members.index(second) - group.members.index(first)
    between = gap(before.moments.stop, after.moments.start)
    if places <= 0 or not holds(between, PUT_THROUGH_S + (places - 1) * RING_MOST_S):
        return None
    turns = next((turn for turn in range(1, places + 1) if _is_turn(before, after, group.step_s, turn)), None)
    if turns is None:
        return None
    passed = group.members[group.members.index(first) + 1 : group.members.index(second)]
    return Step(before, after, Rule.HUNT, between, places, turns=turns, between=passed, number=group.number)


def _is_turn(before: Piece, after: Piece, step_s: float | None, turn: int) -> bool:
    """Whether the one rang so many turns after the other; each rings as long as the list says."""
    if step_s is None:
        return holds(gap(before.moments.stop, after.moments.start), PUT_THROUGH_S + (turn - 1) * RING_MOST_S)
    due = before.moments.start.moved(turn * step_s, turn * step_s)
    rest = (turn - 1) * step_s
    exact = due.cut(before.moments.stop.moved(rest, rest), STEP_SLACK_S)
    if exact is None or not exact.meets(after.moments.start, STEP_SLACK_S):
        return False
    return Span(exact.low, exact.high + step_s).meets(after.moments.stop, SKEW_S)


def _put_through(before: Piece, after: Piece) -> Step | None:
    """A blind transfer: somebody answered, and another phone begins to ring as his part ends."""
    talker = before.taker or before.caller
    if talker is None or not talker.answered or shares_phone(before, after) or after.caller is not None:
        return None
    end = before.moments.end
    between = gap(end, after.moments.start)
    if end.width > SHARP_S or after.moments.start.width > SHARP_S or not is_exact(between):
        return None
    return Step(before, after, Rule.BLIND_TRANSFER, between)


def _picked_up(before: Piece, after: Piece) -> Step | None:
    """Somebody of the group answers what rings at another: it stops there as it begins here."""
    if before.taker is not None or after.taker is None or len(after.views) > 1 or shares_phone(before, after):
        return None
    if not any(_may_pick_up(after.taker, one) for one in before.views if not one.placed):
        return None
    first, second = before.moments, after.moments
    between, begins = gap(first.stop, second.stop), gap(first.stop, second.start)
    if not holds(between, SKEW_S) or not first.start.low <= second.start.high:
        return None
    if _ended_with_caller(before, after.taker):
        return Step(before, after, Rule.PICKED_UP, between, bonus=1)
    at_once = _answers_at_once(after.taker)
    both_sharp = first.stop.width <= SHARP_S and second.start.width <= SHARP_S
    there = is_exact(begins) if both_sharp else at_once and holds(begins, SKEW_S)
    return Step(before, after, Rule.PICKED_UP, between) if there else None


def _answers_at_once(one: View) -> bool:
    """Nobody answers so soon what began to ring there."""
    return one.row.ring_s is not None and one.row.ring_s <= SKEW_S


def _ended_with_caller(before: Piece, taker: View) -> bool:
    """A colleague placed the call, reached somebody, and his call ended when the one at the taker did."""
    caller = before.caller
    if caller is None or caller.answered is False or not calls_inside(caller.row):
        return False
    mine, theirs = hull(caller.readings).end, hull(taker.readings).end
    known = max(mine.width, theirs.width) <= WIDE_S or hull(taker.readings).stop.width <= WIDE_S
    return known and holds(gap(mine, theirs), HAND_OVER_S)


def _may_pick_up(one: View, rang: View) -> bool:
    """The one may answer what rings at the other: where pick-up groups are known, by those alone."""
    for group in rang.groups:
        if group.ringing is Ringing.PICKUP and not group.learned:
            return group in one.groups
    return are_kin(one, rang)


def _handed_over(before: Piece, after: Piece) -> Step | None:
    """An attended transfer: a phone called a colleague during another call and left both at once.

    The colleague talked on: with whom, if not with him who waited?
    """
    asked, asking = after.taker, after.caller
    if asking is None or not (asked is not None if asking.answered is None else asking.answered):
        return None
    held = next((one for one in before.views if consults(one.row, asking.row)), None)
    if held is None or before.moments.stop.low > after.moments.start.high:
        return None
    mine, theirs = hull(held.readings).end, hull(asking.readings).end
    between = gap(mine, theirs)
    exact = mine.width <= SHARP_S and theirs.width <= SHARP_S and is_exact(between)
    if (exact and not _ended_with(asked, asking)) or (
        between.width <= WIDE_S and holds(between, HAND_OVER_S) and _talked_on(asked, asking)
    ):
        at_once = _written_at_once(held.row, asking.row)
        return Step(before, after, Rule.ATTENDED_TRANSFER, between, bonus=int(at_once))
    return None


def _written_at_once(one: Row, other: Row) -> bool:
    """A phone whose rows show when they were written has both at the same time: it left both calls then."""
    alike = one.heard is other.heard and one.time_of is other.time_of is TimeOf.RECORDED
    return alike and one.at == other.at


def _ended_with(asked: View | None, asking: View) -> bool:
    """The colleague talked as long as the phone that had called him, to the second: they talked together."""
    mine, theirs = asking.row.duration_s, None if asked is None else asked.row.duration_s
    return mine is not None and theirs is not None and abs(mine - theirs) <= 1


def _talked_on(asked: View | None, asking: View) -> bool:
    """The colleague talked longer than the phone that had called him, or ended later."""
    if asked is None:
        return False
    if asked.row.duration_s is not None and asking.row.duration_s is not None:
        return asked.row.duration_s - asking.row.duration_s > HAND_OVER_S
    return hull(asked.readings).end.low > hull(asking.readings).end.high + HAND_OVER_S


def _same_caller(before: Piece, after: Piece) -> bool:
    return not callers(before).isdisjoint(callers(after))


def callers(piece: Piece) -> frozenset[str]:
    """Whose call it may be: the party that rings, or the party outside that was called."""
    found = set()
    for one in piece.views:
        if one.row.party is not None:
            found.add(one.row.party)
        if one.placed and calls_inside(one.row):
            found.add(own_party(one.row))
    if not found:
        found.update(f"withheld:{group.name}" for one in piece.views for group in one.groups)
    return frozenset(found)


_ONWARDS = (forwarded, _hunted, _put_through, _picked_up, _went_elsewhere)
