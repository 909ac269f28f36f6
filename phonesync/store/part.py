"""What the parts of :class:`phonesync.store.repository.Store` share; each part is a group of its methods."""

from __future__ import annotations

from phonesync.clock import Clock
from phonesync.store.engine import Database


class StorePart:
    """A group of methods of the store, in a module of its own.

    Args:
        database: The database.
        clock: Where "now" comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def clock(self) -> Clock:
        """Where "now" comes from."""
        return self._clock
