"""Reading in time: when the fastest list of a phone could overflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.driver.contract import Variant
from phonesync.ledger.proof import LEAST_CAPACITY
from phonesync.ledger.values import PhoneLedger, PoolState

SAFETY = 3.0
"""A list is read again when, at its peak rate, a third of it could have been replaced."""

SOONEST = timedelta(minutes=1)
"""No deadline lies closer than this: a phone is a guest's host, not a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a phone must be read again at the latest, and why.

    Attributes:
        at: The instant, UTC.
        reason: One clause for people.
    """

    at: datetime
    reason: str


def deadline(
    ledger: PhoneLedger, variant: Variant, zone: ZoneInfo, *, now: datetime, longest: timedelta
) -> Deadline:
    """The instant by which the phone must be read again.

    Args:
        ledger: What is known of the phone after its last good read.
        variant: Its variant; a list that shows its newest row only has room for one.
        zone: Zone of its week.
        now: The present, UTC.
        longest: The longest time between two reads that the administrator allows.
    """
    best = Deadline(at=now + longest, reason="the longest time between two reads")
    for codes in variant.pools:
        pool = ",".join(codes)
        room = (1 if variant.newest_only else capacity(ledger.pools.get(pool, PoolState()))) / SAFETY
        at = _filled(ledger, pool, zone, now=now, room=room, limit=best.at)
        if at < best.at:
            names = ", ".join(str(variant.lists.get(code, code)) for code in codes)
            best = Deadline(at=at, reason=f"{names} could overflow")
    return best


def capacity(pool: PoolState) -> int:
    """Rows the pool is trusted to hold: the most ever seen, ten until more were seen."""
    return max(pool.most_rows, LEAST_CAPACITY)


def _filled(
    ledger: PhoneLedger, pool: str, zone: ZoneInfo, *, now: datetime, room: float, limit: datetime
) -> datetime:
    """When ``room`` rows could have come at the peak rate, or ``limit`` if that is sooner."""
    instant = now
    while instant < limit:
        end = (instant + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
        rate = ledger.rate.peak(pool, instant, zone, now=now)
        rows = rate * ((end - instant) / timedelta(hours=1))
        if rows >= room:
            return max(instant + timedelta(hours=room / rate), now + SOONEST)
        room -= rows
        instant = end
    return limit
