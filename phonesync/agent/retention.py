"""What is removed in the night: answers and reports that nobody will ask for any more."""

from __future__ import annotations

from datetime import timedelta

import structlog

from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock

_log = structlog.get_logger(__name__)


async def purge(writer: StoreWriter, clock: Clock, *, days: int) -> None:
    """Removes raw answers and reports.

    Args:
        writer: The thread in front of the store.
        clock: Where time comes from.
        days: Younger ones stay.

    Raises:
        StoreError: The store cannot be used.
    """
    before = clock.now() - timedelta(days=days)
    await writer.keep(lambda store: store.purge_reports(before))
    removed = await writer.keep(lambda store: store.purge_raw(before))
    _log.info("old answers removed", answers=removed, older_than_days=days)
