"""A call that a phone sent on rings at another one: at once, or after a phone that shows nothing. Pure."""

from __future__ import annotations

from phonesync.calls.pieces import SHARP_S, Piece, View
from phonesync.calls.steps import PUT_THROUGH_S, Step, gap, holds, is_exact_gap, shares_phone
from phonesync.calls.timing import Span
from phonesync.calls.values import Group, Ringing, Rule

NARROW_S = 5.0
"""A gap that is known to so many seconds is between clocks that are known well."""


def forwarded(before: Piece, after: Piece) -> Step | None:
    """The step from a piece whose phone says that it sent the call on; None where it did not go to the other.

    Args:
        before: The earlier piece.
        after: The later piece, of the same caller.
    """
    senders = [one for one in before.views if one.sent_on]
    if not senders or before.taker is not None or shares_phone(before, after):
        return None
    between = gap(before.moments.stop, after.moments.start)
    ways = [group for sender in senders for group in sender.groups if _sends_on(sender, group)]
    for group in ways:
        step = _by_way(before, after, group, between)
        if step is not None:
            return step
    known = [group for group in ways if group.step_s is None]
    usual = any(group in one.groups for group in known for one in after.views)
    # Where it goes mostly is known, or it is seen going there.
    began = gap(before.moments.start, after.moments.start)
    seen = any(is_exact_gap(one) or _is_at_once(one) for one in (began, between))
    likely = usual or seen or (after.moments.start.width <= SHARP_S and not known)
    if not likely or not holds(between, PUT_THROUGH_S):
        return None
    return Step(before, after, Rule.FORWARDED, between, bonus=2 if usual else 0)


def _is_at_once(between: Span) -> bool:
    """So near that nobody hung up and dialled again between, whatever the middles tell."""
    return between.width <= NARROW_S and holds(between, PUT_THROUGH_S)


def _by_way(before: Piece, after: Piece, group: Group, between: Span) -> Step | None:
    """A phone that shows nothing rang between the two, as long as it always does."""
    if group.step_s is None or not any(group in one.groups for one in after.views):
        return None
    if any(one.row.party is None for one in (*before.views, *after.views)):
        # Some time later, another caller who hides the number looks the same.
        return None
    rest = between.moved(-group.step_s, -group.step_s)
    if not is_exact_gap(rest):
        return None
    return Step(before, after, Rule.FORWARDED, rest, bonus=2, waited_s=group.step_s)


def _sends_on(one: View, group: Group) -> bool:
    return group.ringing is Ringing.FORWARD and one.row.extension == group.members[0]
