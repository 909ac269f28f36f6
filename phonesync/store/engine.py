"""Connections and transactions. One writer at a time in a process; readers never wait for it.

What is particular to SQLite stands here and in :mod:`phonesync.store.lock`; every other module of the store
speaks portable SQLAlchemy Core.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from phonesync.errors import StoreBusy, StoreError
from phonesync.store.faults import HELD, told_plainly

BUSY_TIMEOUT_S = 5.0
"""How long a statement waits for another process's transaction before the store counts as locked."""

MIGRATION_TIMEOUT_S = 120.0
"""How long a command waits while another one migrates the store."""

LOG_PAGES = 4000
"""Pages of the write-ahead log (16 MiB) before they are moved into the file; a cold start of many phones
writes the same index pages again and again."""

_RETRY_S = 0.02


def path_of(url: str, base: Path) -> Path:
    """The file an URL of the configuration names.

    Args:
        url: For example ``sqlite:///phonesync.db``.
        base: Directory of the configuration file, for relative paths.

    Raises:
        StoreError: The URL names no SQLite file.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "The store's url cannot be read.", hint='Write it like url = "sqlite:///phonesync.db".'
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            f"The store {parsed.render_as_string(hide_password=True)} is not one that this version can use.",
            hint='Only SQLite so far: url = "sqlite:///phonesync.db".',
        )
    if not parsed.database or parsed.database == ":memory:" or parsed.query:
        raise StoreError(
            f"The store {parsed.render_as_string(hide_password=True)} names no plain file.",
            hint='A store must outlive the program: url = "sqlite:///phonesync.db", without options.',
        )
    return base / parsed.database


def sqlite_engine(path: Path, *, begin: str, timeout_s: float, writes: bool, checks: bool = True) -> Engine:
    """An engine over one SQLite file, which must exist.

    Args:
        path: The file.
        begin: Statement that opens each transaction. Python's own way of opening them loses updates
            silently, so it is switched off.
        timeout_s: How long to wait for locks.
        writes: False makes every connection refuse to write.
        checks: Enforce foreign keys (not while a migration rebuilds tables).
    """
    engine = create_engine(
        # mode=rw: a file that went away is an error, never a new and empty store.
        URL.create("sqlite", database=f"file:{_uri_path(path)}", query={"mode": "rw", "uri": "true"}),
        hide_parameters=True,
        poolclass=QueuePool if checks else NullPool,
        connect_args={"check_same_thread": False, "timeout": timeout_s},
    )

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA foreign_keys = {'ON' if checks else 'OFF'}")
        # With WAL a killed process loses nothing; a power cut may lose the last commits, but breaks nothing.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        if not writes:
            connection.execute("PRAGMA query_only = ON")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _uri_path(path: Path) -> str:
    """The path as it stands in a ``file:`` URI of SQLite."""
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def use_wal(path: Path, *, timeout_s: float = MIGRATION_TIMEOUT_S) -> None:
    """Switches the file to write-ahead logging, once in its life.

    SQLite does not wait for locks while it changes the journal mode, so waiting is ours.
    """
    patience = time.monotonic() + timeout_s
    connection = sqlite3.connect(f"file:{_uri_path(path)}?mode=rw", uri=True, isolation_level=None)
    try:
        while True:
            try:
                if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                    connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                    raise
                time.sleep(_RETRY_S)
            else:
                return
    finally:
        connection.close()


class Database:
    """One store's connections.

    Attributes:
        place: The store as a user knows it.
        path: Its file.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.path = path
        self.place = str(path)
        self._writing = threading.Lock()
        self._writer: Connection | None = None
        self._identity = self._seen_identity()
        self._write_engine = sqlite_engine(
            path, begin="BEGIN IMMEDIATE", timeout_s=busy_timeout_s, writes=True
        )
        self._read_engine = sqlite_engine(path, begin="BEGIN", timeout_s=busy_timeout_s, writes=False)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed when the block ends, rolled back when it raises.

        Raises:
            StoreBusy: Locked or away for now; nothing was written.
            StoreError: It cannot be written; nothing was written.
        """
        with self._writing, told_plainly(self.place):
            self._see_same_file()
            if self._writer is None:
                self._writer = self._write_engine.connect()
            try:
                with self._writer.begin():
                    yield self._writer
            except (DBAPIError, sqlite3.Error):
                # Whatever state the connection is in, the next transaction starts on a fresh one.
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
            self._see_same_file()
            with self._read_engine.connect() as connection:
                yield connection

    def size_bytes(self) -> int:
        """Size of the file and of its write-ahead log."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return sum(file.stat().st_size for file in (self.path, log) if file.exists())

    def close(self) -> None:
        """Closes every connection."""
        with self._writing, told_plainly(self.place):
            self._drop_writer()
            self._write_engine.dispose()
            self._read_engine.dispose()

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.invalidate()
            writer.close()

    def _seen_identity(self) -> tuple[int, int]:
        try:
            seen = self.path.stat()
        except OSError as error:
            raise StoreBusy(
                f"The store {self.place} is away: its file is not there any more.",
                hint=f"Bring it back, or mount its disk. {HELD}",
            ) from error
        return seen.st_dev, seen.st_ino

    def _see_same_file(self) -> None:
        # An open file can be moved away or deleted on Unix; writing on would lose every row silently.
        if self._seen_identity() != self._identity:
            raise StoreError(
                f"The store {self.place} was exchanged for another file while it was in use.",
                hint="Restart phonesync.",
            )
