"""PostgreSQL: where it is, what each connection is told, and who may write.

Writers exclude one another by an advisory lock that each transaction takes first, so that what is read in a
transaction that writes is still so when it ends: the same promise that SQLite's ``BEGIN IMMEDIATE`` gives.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from phonesync.errors import StoreError
from phonesync.store import lock
from phonesync.store.engine import MIGRATION_TIMEOUT_S, Database
from phonesync.store.faults import told_plainly

if TYPE_CHECKING:
    from psycopg import Connection as Session

DRIVERS = ("postgresql", "postgresql+psycopg")
"""What a store's URL may begin with; both mean psycopg 3."""

CONNECT_S = 10
"""How long a server may take to answer at all."""

SILENCE_S = {"idle": 30, "interval": 10, "count": 3}
"""After how many seconds a silent connection is probed, how often, and how many times, at both ends: a cut
network is an error within a minute, and the lock of a dead agent's connection is free as soon."""

LET_GO_S = 0.5
"""How long the end of an agent waits for a write that hangs, before it leaves the lock to the end of the
process."""

_SHOWN_OPTIONS = ("host", "port")


class PostgresPlace:
    """A database of a server.

    Attributes:
        shown: Its address without the password.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        kept = {name: value for name, value in url.query.items() if name in _SHOWN_OPTIONS}
        bare = url.set(drivername=DRIVERS[0], query=kept)
        self.shown = bare.render_as_string(hide_password=True).replace(":***@", "@")

    @classmethod
    def named(cls, url: URL, password: str) -> PostgresPlace:
        """The database an URL names.

        Args:
            url: For example ``postgresql+psycopg://phonesync@db.example/phonesync``; what stands behind a
                ``?`` is for libpq, for example ``sslmode=verify-full``.
            password: Of its user; empty where the server asks for none, or libpq finds it by itself.

        Raises:
            StoreError: The driver is not ours, a password stands in the URL, or no database does.
        """
        place = cls(url)
        if url.drivername not in DRIVERS:
            raise StoreError(
                f"The store {place.shown} wants a driver that phonesync does not use.",
                hint='Write it like url = "postgresql+psycopg://phonesync@db.example/phonesync".',
            )
        if url.password is not None or "password" in url.query:
            raise StoreError(
                f"The url of the store {place.shown} must not hold the password.",
                hint='Put it beside it: password = { env = "…" }.',
            )
        if not url.database:
            raise StoreError(
                f"The store {place.shown} names no database.",
                hint='Write it like url = "postgresql+psycopg://phonesync@db.example/phonesync".',
            )
        return cls(url.set(drivername=DRIVERS[1], password=password or None))

    def create(self) -> None:
        """Does nothing: its administrator creates a database, and an empty one becomes a store."""

    def is_missing(self) -> bool:
        """Never: a database that is missing is refused by its server, with a sentence."""
        return False

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A transaction that sees which tables there are.

        Raises:
            StoreError: The database cannot hold every letter.
        """
        engine = postgres_engine(self._url, timeout_s=MIGRATION_TIMEOUT_S, pooled=False)
        with engine.connect() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
            if encoding != "UTF8":
                raise StoreError(
                    f"The store {self.shown} cannot hold every letter: its encoding is {encoding}.",
                    hint="Create the database with: createdb --encoding UTF8 --template template0 …",
                )
            yield connection

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A transaction for a migration."""
        engine = postgres_engine(self._url, timeout_s=MIGRATION_TIMEOUT_S, pooled=False)
        event.listen(engine, "begin", lock.exclude_writers)
        with engine.begin() as connection:
            yield connection

    def check(self, connection: Connection) -> None:
        """Does nothing: the server has looked at each reference itself."""

    def opened(self, *, busy_timeout_s: float) -> PostgresDatabase:
        """The database's connections."""
        return PostgresDatabase(self._url, self.shown, busy_timeout_s=busy_timeout_s)


def postgres_engine(url: URL, *, timeout_s: float, reads: bool = False, pooled: bool = True) -> Engine:
    """An engine over one database.

    Args:
        url: With the driver and the password.
        timeout_s: How long to wait for locks.
        reads: Its transactions see one state and cannot write.
        pooled: False opens a connection each time.
    """
    from psycopg import IsolationLevel  # noqa: PLC0415  only where a server is used

    # It warns of what it leaves aside for the sake of an error that is raised, and told in our words, anyway.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    given = {
        "connect_timeout": CONNECT_S,
        "application_name": f"phonesync on {socket.gethostname()[:32]}, process {os.getpid()}",
        "keepalives_idle": SILENCE_S["idle"],
        "keepalives_interval": SILENCE_S["interval"],
        "keepalives_count": SILENCE_S["count"],
        "tcp_user_timeout": 1000 * SILENCE_S["idle"],
    }
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool if pooled else NullPool,
        connect_args={name: value for name, value in given.items() if name not in url.query},
        # A reader that finds its connection cut gets another one; the writer looks for itself.
        **({"pool_pre_ping": reads} if pooled else {}),
    )
    # Compiling a plan takes longer than any statement of ours.
    told = f"SET TimeZone = 'UTC'; SET jit = off; SET lock_timeout = {round(timeout_s * 1000)};" + "".join(
        f" SET tcp_keepalives_{name} = {value};" for name, value in SILENCE_S.items()
    )

    def connected(session: Session, _record: object) -> None:
        session.autocommit = True
        session.execute(told.encode())
        session.autocommit = False
        session.isolation_level = IsolationLevel.REPEATABLE_READ if reads else IsolationLevel.READ_COMMITTED
        session.read_only = True if reads else None

    event.listen(engine, "connect", connected)
    return engine


class PostgresDatabase(Database):
    """The connections to one database."""

    def __init__(self, url: URL, place: str, *, busy_timeout_s: float) -> None:
        super().__init__(
            place,
            write_engine=postgres_engine(url, timeout_s=busy_timeout_s),
            read_engine=postgres_engine(url, timeout_s=busy_timeout_s, reads=True),
        )
        event.listen(self._write_engine, "begin", lock.exclude_writers)
        self._is_agent = False

    def engine(self, connection: Connection) -> str:
        """For example ``PostgreSQL 15.14``."""
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        return f"PostgreSQL {version.split()[0]}"

    def size_bytes(self, connection: Connection) -> int:
        """Size of the database."""
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    @contextmanager
    def agent_lock(self) -> Iterator[None]:
        """Holds the store by the very connection that writes, so that nothing is written without the lock.

        Where the connection was lost, the next one takes the lock first; while another agent has it, a write
        is refused for now, and what was read is held.

        Raises:
            StoreBusy: Another agent runs on this store.
            StoreError: Its server takes no writes.
        """
        with self._writing, told_plainly(self.place):
            self._drop_writer()
            self._writer = writer = self._connected_writer()
            with ExitStack() as refused:
                refused.callback(self._drop_writer)
                self._refuse_replica(writer)
                lock.take_on_server(writer, self.place)
                refused.pop_all()
            self._is_agent = True
        try:
            yield
        finally:
            self._let_go()

    def agent_is_running(self) -> bool:
        """Whether a connection of a living agent holds the lock."""
        with self.read() as connection:
            return lock.holder_on_server(connection) is not None

    def _connected_writer(self) -> Connection:
        writer = super()._connected_writer()
        with ExitStack() as refused:
            refused.callback(writer.close)
            refused.callback(writer.invalidate)
            if self._is_agent:
                lock.take_on_server(writer, self.place)
            refused.pop_all()
        return writer

    def _look_after(self) -> None:
        """Does nothing: a server never takes another database for the one it was asked for."""

    def _refuse_replica(self, writer: Connection) -> None:
        replica, read_only = writer.exec_driver_sql(
            "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')"
        ).one()
        writer.rollback()
        if replica or read_only == "on":
            what = "its server is a read-only replica" if replica else "it is set to be read only"
            raise StoreError(
                f"An agent cannot write into the store {self.place}: {what}.",
                hint="Let [store] url name the primary server and a database that may be written.",
            )

    def _let_go(self) -> None:
        self._is_agent = False
        # A write that hangs must not keep the process: the server lets go of the lock when the process ends.
        if not self._writing.acquire(timeout=LET_GO_S):
            return
        try:
            if self._writer is not None:
                lock.let_go_on_server(self._writer)
        except DBAPIError:
            # The connection is lost, and the lock with it.
            self._drop_writer()
        finally:
            self._writing.release()
