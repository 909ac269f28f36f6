"""SQLite: one file, a write-ahead log beside it, and the rules of its connections."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from phonesync.errors import StoreBusy, StoreError
from phonesync.store import lock
from phonesync.store.engine import MIGRATION_TIMEOUT_S, Database
from phonesync.store.faults import HELD

CACHE_KIB = 16_000
"""Pages the writer keeps: with SQLite's own 2000, whatever joins calls in a large store reads them again and
again."""

LOG_PAGES = 4000
"""Pages of the write-ahead log (16 MiB) before they are moved into the file; a cold start of many phones
writes the same index pages again and again."""

_RETRY_S = 0.02


class SqlitePlace:
    """A file.

    Attributes:
        path: The file.
        shown: The same, as text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = str(path)

    @classmethod
    def named(cls, url: URL, base: Path) -> SqlitePlace:
        """The file an URL names.

        Args:
            url: For example ``sqlite:///phonesync.db``.
            base: Directory that relative paths start from.

        Raises:
            StoreError: It names no plain file.
        """
        if not url.database or url.database == ":memory:" or url.query:
            raise StoreError(
                f"The store {url.render_as_string(hide_password=True)} names no plain file.",
                hint='A store must outlive the program: url = "sqlite:///phonesync.db", without options.',
            )
        return cls(base / url.database)

    def create(self) -> None:
        """Makes an empty file that only its user can read: calls are personal data.

        Raises:
            StoreError: The directory is missing or cannot be written, or a directory bears the name.
        """
        path = self.path
        self._refuse_directory()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return
        except FileNotFoundError as error:
            raise StoreError(
                f"The store {path} cannot be created: there is no directory {path.parent}.",
                hint="Create it, or change [store] url.",
            ) from error
        except OSError as error:
            raise StoreError(
                f"The store {path} cannot be created: {error.strerror}.",
                hint=f"See that this user may write in {path.parent}, and that its disk has space.",
            ) from error

    def is_missing(self) -> bool:
        """Whether there is no such file.

        Raises:
            StoreError: A directory bears the name.
        """
        self._refuse_directory()
        return not self.path.exists()

    def _refuse_directory(self) -> None:
        if self.path.is_dir():
            raise StoreError(
                f"The store {self.path} is a directory.",
                hint="Let [store] url name a file, for example in it.",
            )

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A transaction that sees which tables there are."""
        engine = sqlite_engine(
            self.path, begin="BEGIN", timeout_s=MIGRATION_TIMEOUT_S, writes=True, checks=False
        )
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A transaction for a migration, without foreign keys: tables may be rebuilt."""
        engine = sqlite_engine(
            self.path, begin="BEGIN IMMEDIATE", timeout_s=MIGRATION_TIMEOUT_S, writes=True, checks=False
        )
        use_wal(self.path)
        with engine.begin() as connection:
            yield connection

    def check(self, connection: Connection) -> None:
        """Foreign keys are off while tables are rebuilt, so they are looked at once before the commit.

        Raises:
            StoreError: Rows refer to rows that are not there.
        """
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise StoreError(
                f"The store {self.shown} cannot be migrated: "
                "some of its rows refer to rows that are not there.",
                hint="It is unchanged. Keep a copy of it, and restore the newest backup.",
            )

    def opened(self, *, busy_timeout_s: float) -> SqliteDatabase:
        """The file's connections."""
        return SqliteDatabase(self.path, busy_timeout_s=busy_timeout_s)


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
        if writes:
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        else:
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


class SqliteDatabase(Database):
    """The connections of one file.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.path = path
        super().__init__(
            str(path),
            write_engine=sqlite_engine(path, begin="BEGIN IMMEDIATE", timeout_s=busy_timeout_s, writes=True),
            read_engine=sqlite_engine(path, begin="BEGIN", timeout_s=busy_timeout_s, writes=False),
        )
        self._identity = self._seen_identity()

    def engine(self, connection: Connection) -> str:
        """For example ``SQLite 3.40.1``."""
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"

    def size_bytes(self, connection: Connection) -> int:  # noqa: ARG002  the file tells without being asked
        """Size of the file and of its write-ahead log."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return sum(file.stat().st_size for file in (self.path, log) if file.exists())

    def agent_lock(self) -> AbstractContextManager[None]:
        """Holds a lock file beside the store."""
        return lock.agent_lock(self.path)

    def agent_is_running(self) -> bool:
        """Whether the lock file is held."""
        return lock.agent_is_running(self.path)

    def _seen_identity(self) -> tuple[int, int]:
        try:
            seen = self.path.stat()
        except OSError as error:
            raise StoreBusy(
                f"The store {self.place} is away: its file is not there any more.",
                hint=f"Bring it back, or mount its disk. {HELD}",
            ) from error
        return seen.st_dev, seen.st_ino

    def _look_after(self) -> None:
        # An open file can be moved away or deleted on Unix; writing on would lose every row silently.
        if self._seen_identity() != self._identity:
            raise StoreError(
                f"The store {self.place} was exchanged for another file while it was in use.",
                hint="Restart phonesync.",
            )
