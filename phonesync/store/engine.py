"""Connections and transactions. One writer at a time in a process; readers never wait for it.

What is particular to one kind of database stands in :mod:`phonesync.store.sqlite` and
:mod:`phonesync.store.postgres`, and the locks of both in :mod:`phonesync.store.lock`; every other module of
the store speaks portable SQLAlchemy Core.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

from phonesync.store.faults import raised_by_databases, told_plainly

BUSY_TIMEOUT_S = 5.0
"""How long a statement waits for another process's transaction before the store counts as locked."""

MIGRATION_TIMEOUT_S = 120.0
"""How long a command waits while another one migrates the store."""


class Place(Protocol):
    """Where a store lies, before it is opened.

    Attributes:
        shown: The store as a user knows it, without its password.
    """

    shown: str

    def create(self) -> None:
        """Makes an empty store where there is none and one can be made.

        Raises:
            StoreError: It cannot be made; the sentence says why.
        """
        ...

    def is_missing(self) -> bool:
        """Whether there is nothing at all, so that nothing could be opened."""
        ...

    def look(self) -> AbstractContextManager[Connection]:
        """A transaction that sees which tables there are."""
        ...

    def migrate(self) -> AbstractContextManager[Connection]:
        """A transaction for a migration; a second process waits until it has ended."""
        ...

    def check(self, connection: Connection) -> None:
        """Looks a migrated store over, before its migration is committed.

        Raises:
            StoreError: It would be damaged.
        """
        ...

    def opened(self, *, busy_timeout_s: float) -> Database:
        """The store's connections; it must be migrated.

        Args:
            busy_timeout_s: How long a method waits for another process before it raises ``StoreBusy``.
        """
        ...


class Database(ABC):
    """One store's connections.

    Attributes:
        place: The store as a user knows it.
    """

    def __init__(self, place: str, *, write_engine: Engine, read_engine: Engine) -> None:
        """Takes the engines, of which no connection is open yet.

        Args:
            place: The store as a user knows it.
            write_engine: Its transactions exclude one another from their first statement on.
            read_engine: Each of its transactions sees one state of the store.
        """
        self.place = place
        self._writing = threading.Lock()
        self._writer: Connection | None = None
        self._write_engine = write_engine
        self._read_engine = read_engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed when the block ends, rolled back when it raises.

        Raises:
            StoreBusy: Locked or away for now; nothing was written, or nobody can tell: do it again.
            StoreError: It cannot be written; nothing was written.
        """
        with self._writing, told_plainly(self.place):
            self._look_after()
            writer, transaction = self._begun()
            try:
                with transaction:
                    yield writer
            except raised_by_databases():
                # Whatever state the connection is in, the next transaction starts on a fresh one.
                self._drop_writer()
                raise

    def _begun(self) -> tuple[Connection, RootTransaction]:
        """The writer in a transaction; one that was cut off while nothing happened is replaced silently."""
        writer = self._writer
        if writer is not None:
            try:
                return writer, writer.begin()
            except DBAPIError as error:
                self._drop_writer()
                if not error.connection_invalidated:
                    raise
        self._writer = writer = self._connected_writer()
        try:
            return writer, writer.begin()
        except DBAPIError:
            self._drop_writer()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that reads one state of the store.

        Raises:
            StoreBusy: Locked or away for now.
            StoreError: It cannot be read.
        """
        with told_plainly(self.place):
            self._look_after()
            with self._read_engine.connect() as connection:
                yield connection

    def close(self) -> None:
        """Closes every connection."""
        with self._writing, told_plainly(self.place):
            self._drop_writer()
            self._write_engine.dispose()
            self._read_engine.dispose()

    @abstractmethod
    def engine(self, connection: Connection) -> str:
        """The database's product and version, for people."""

    @abstractmethod
    def size_bytes(self, connection: Connection) -> int:
        """What the store takes on disk."""

    @abstractmethod
    def agent_lock(self) -> AbstractContextManager[None]:
        """Holds the store for one agent; raises ``StoreBusy`` on entry where another one holds it."""

    @abstractmethod
    def agent_is_running(self) -> bool:
        """Whether a living agent holds the store."""

    def _connected_writer(self) -> Connection:
        return self._write_engine.connect()

    @abstractmethod
    def _look_after(self) -> None:
        """Raises where the store is not the one that was opened any more."""

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.invalidate()
            writer.close()
