"""One agent per store: a lock that dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phonesync.errors import StoreBusy, StoreError

_TRIES = 25
_RETRY_S = 0.02
"""Somebody who only looks whether an agent runs holds the lock for an instant: wait half a second for him."""


def lock_path(store: Path) -> Path:
    """The lock file that belongs to a store's file."""
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
