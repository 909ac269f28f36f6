"""What is removed in the night: answers and reports that nobody will ask for any more."""

from __future__ import annotations

from datetime import timedelta

import structlog

from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock

_log = structlog.get_logger(__name__)

REPORTS_STAY = timedelta(days=7)
"""Reports stay so long at least: an entry is made anew of all reports of its call, and the last of them may
come hours after the first; the time of a phone is judged by its latest ones."""


async def purge(writer: StoreWriter, clock: Clock, *, days: int) -> None:
    """Removes raw answers and reports.

    Args:
        writer: The thread in front of the store.
        clock: Where time comes from.
        days: Younger ones stay; of reports, those of the last :data:`REPORTS_STAY` in any case.

    Raises:
        StoreError: The store cannot be used.
    """
    now = clock.now()
    before = now - timedelta(days=days)
    await writer.keep(lambda store: store.purge_reports(min(before, now - REPORTS_STAY)))
    removed = await writer.keep(lambda store: store.purge_raw(before))
    _log.info("old answers removed", answers=removed, older_than_days=days)
