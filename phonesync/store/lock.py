"""Locks that die with their holders: one agent per store, and on a server one writer at a time.

Beside an SQLite file lies a lock file. On a PostgreSQL server the locks are advisory ones of the database:
the agent's belongs to its session, a writer's to its transaction.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from phonesync.errors import StoreBusy, StoreError

_TRIES = 25
_RETRY_S = 0.02
"""Somebody who only looks whether an agent runs holds the lock for an instant: wait half a second for him."""


SPACE = 1885892462
"""First half of the number of each advisory lock: the letters ``phon``. The second half says which."""

WRITER, AGENT = 1, 2

_EXCLUDE = f"SELECT pg_advisory_xact_lock({SPACE}, {WRITER})"
_TAKE = f"SELECT pg_try_advisory_lock({SPACE}, {AGENT})"
_LET_GO = f"SELECT pg_advisory_unlock({SPACE}, {AGENT})"
_HOLDER = text(
    "SELECT coalesce(sessions.application_name, '') FROM pg_locks AS locks"
    " LEFT JOIN pg_stat_activity AS sessions ON sessions.pid = locks.pid"
    " WHERE locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 2"
    " AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND locks.classid = :space AND locks.objid = :agent"
).bindparams(space=SPACE, agent=AGENT)


def lock_path(store: Path) -> Path:
    """The lock file that belongs to a store's file, the same one whichever link leads to it."""
    store = store.resolve()
    return store.with_name(f"{store.name}.agent.lock")


@contextmanager
def agent_lock(store: Path) -> Iterator[None]:
    """Holds the store for one agent.

    The kernel lets go of the lock when the process ends, however it ends. The file stays: removing it could
    take it from under an agent that has just opened it.

    Raises:
        StoreBusy: Another agent runs on this store.
        StoreError: The lock file cannot be written.
    """
    path = lock_path(store)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"The lock file {path} cannot be written: {error.strerror}.",
            hint="Give this user the right to write the store's directory.",
        ) from error
    try:
        _take(file, path, store)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)


def _take(file: int, path: Path, store: Path) -> None:
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise StoreError(f"The lock file {path} cannot be locked: {error.strerror}.") from error
            time.sleep(_RETRY_S)
        else:
            return
    holder = os.pread(file, 32, 0).decode("ascii", "replace").strip()
    raise StoreBusy(
        f"An agent already runs on the store {store}{f' (process {holder})' if holder else ''}.",
        hint="Stop it first, or let it do the work.",
    )


def agent_is_running(store: Path) -> bool:
    """Whether a living agent holds the store.

    Raises:
        StoreError: The lock file cannot be looked at.
    """
    path = lock_path(store)
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"The lock file {path} cannot be read: {error.strerror}.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return True
        raise StoreError(f"The lock file {path} cannot be looked at: {error.strerror}.") from error
    else:
        return False
    finally:
        os.close(file)


def exclude_writers(connection: Connection) -> None:
    """Waits until no other transaction writes into this database; others then wait for this one."""
    connection.exec_driver_sql(_EXCLUDE)


def take_on_server(connection: Connection, place: str) -> None:
    """Holds the store for one agent as long as the connection lives.

    Args:
        connection: The one that writes, not in a transaction.
        place: The store as a user knows it.

    Raises:
        StoreBusy: Another agent runs on this store.
    """
    for _ in range(_TRIES):
        taken = connection.exec_driver_sql(_TAKE).scalar_one()
        # Where it was taken, the lock outlives the transaction.
        connection.rollback()
        if taken:
            return
        # A killed agent's session may live an instant longer than its process.
        time.sleep(_RETRY_S)
    holder = holder_on_server(connection)
    connection.rollback()
    raise StoreBusy(
        f"An agent already runs on the store {place}{f' ({holder})' if holder else ''}.",
        hint="Stop it first, or let it do the work.",
    )


def let_go_on_server(connection: Connection) -> None:
    """Lets another agent take the store."""
    connection.exec_driver_sql(_LET_GO)
    connection.rollback()


def holder_on_server(connection: Connection) -> str | None:
    """How the session that holds the store for an agent calls itself; None where none does."""
    holder: str | None = connection.execute(_HOLDER).scalars().first()
    return holder
