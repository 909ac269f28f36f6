"""Whom a phone's book holds first: its own callers, then those of its department, then the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from phonesync.numbering import DialPlan, canonical
from phonesync.phonebook.met import MetNumber
from phonesync.phonebook.view import Seen

HALF_LIFE = timedelta(days=7)
"""A number met so long ago counts half as much."""


def weights(plan: DialPlan, met: Iterable[MetNumber], *, now: datetime) -> dict[str, float]:
    """Canonical number to how much it was met: often counts, and lately counts more.

    Args:
        plan: Of the site.
        met: Numbers as shown.
        now: The present instant, UTC.
    """
    found: dict[str, float] = {}
    for one in met:
        number = canonical(plan, one.number)
        if number is not None:
            halvings = max(now - one.last_at, timedelta(0)) // HALF_LIFE
            found[number] = found.get(number, 0.0) + one.times * 0.5**halvings
    return found


def ranked(seen: Sequence[Seen], *, mine: Mapping[str, float], colleagues: Mapping[str, float]) -> list[Seen]:
    """The contacts in the order in which they are to be held.

    Args:
        seen: What the phone may see.
        mine: How much this phone met each number.
        colleagues: How much the phones of its department did.
    """

    def key(one: Seen) -> tuple[float, float, str, str]:
        own = sum(mine.get(number, 0.0) for number in one.canonicals)
        theirs = sum(colleagues.get(number, 0.0) for number in one.canonicals)
        return (-own, -theirs, one.name.casefold(), one.contact)

    return sorted(seen, key=key)
