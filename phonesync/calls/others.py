"""Why another call with the same party is another one, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from phonesync.calls.values import Call, LegOutcome, Rule

NEAR = timedelta(minutes=15)
"""Calls that began within so long of one another are looked at."""

_MINUTE = 60


def why_apart(call: Call, other: Call) -> str | None:
    """What keeps two calls with one party apart.

    Args:
        call: The call that is explained.
        other: Another one that began near it.

    Returns:
        A sentence without its subject's name; None where a reason of the call speaks of the other already.
    """
    theirs = frozenset(other.entry_ids)
    said = (reason for reason in call.reasons if reason.rule in (Rule.UNDECIDED, Rule.SPLIT_BY_HAND))
    if any(not theirs.isdisjoint(reason.entry_ids) for reason in said):
        return None
    if call.direction is not other.direction:
        return f"it was {other.direction}, this one {call.direction}."
    both = sorted({leg.phone for leg in call.legs} & {leg.phone for leg in other.legs})
    if both:
        whose = "has a row" if len(both) == 1 else "have a row"
        return f"{_and(both)} {whose} in each, and a phone has one part in a call."
    if _answered(call) and _answered(other):
        return f"{_and(_answered(call))} answered the one and {_and(_answered(other))} the other."
    return f"it began {_apart(call, other)}, and no rule leads from one to the other."


def _answered(call: Call) -> list[str]:
    return [leg.phone for leg in call.legs if leg.outcome is LegOutcome.ANSWERED]


def _apart(call: Call, other: Call) -> str:
    seconds = round((other.started_at - call.started_at).total_seconds())
    length = f"{abs(seconds)} s" if abs(seconds) < _MINUTE else f"{abs(seconds) // _MINUTE} min"
    return f"{length} {'before' if seconds < 0 else 'after'} this one"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
