"""How far the clock of a switch is off, concluded from calls that phones saw too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from phonesync.calls.cdr import switch_calls
from phonesync.calls.matching import clock_ahead_s
from phonesync.store.call_records import CallFilter

if TYPE_CHECKING:
    from phonesync.store.repository import Store

LOOKED_AT = timedelta(days=2)
"""Calls of so long before the newest line tell it."""

CLOSE_S = 2.0
"""What is kept of a clock is left alone where it is off by no more: calls need not be joined again then."""


def learn(store: Store, source: str) -> float | None:
    """Concludes how far the clock of a switch is ahead, and keeps it where that has changed.

    Args:
        store: The store.
        source: Name of the record.

    Returns:
        Seconds; None where too few calls show it.

    Raises:
        StoreError: The store cannot be used.
    """
    latest = store.cdr_latest(source)
    if latest is None:
        return None
    since = latest - LOOKED_AT
    lines = (kept.line for kept in store.cdr_lines(since, None) if kept.line.source == source)
    ahead = clock_ahead_s(store.calls(CallFilter(since=since)), switch_calls(lines))
    known = store.cdr_clocks().get(source, 0.0)
    if ahead is None or abs(ahead - known) <= CLOSE_S:
        return known if ahead is not None else None
    store.set_cdr_clock(source, ahead)
    return ahead
