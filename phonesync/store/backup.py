"""A copy of a SQLite store, made while an agent writes to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from phonesync.errors import ConfigError, StoreError
from phonesync.store.engine import BUSY_TIMEOUT_S
from phonesync.store.faults import told_plainly
from phonesync.store.sqlite import use_wal


def back_up(store: Path, copy: Path) -> int:
    """Copies a store, of this version or another, as it is at one instant.

    SQLite writes the copy within one reading transaction (``VACUUM INTO``): writers go on meanwhile, and none
    of them makes it begin anew. The copy gets its name when it is whole and on the disk.

    Args:
        store: The file; it is not migrated.
        copy: A file that is not there yet; only its user may read it.

    Returns:
        Its size in bytes.

    Raises:
        ConfigError: The copy is there already, or its folder cannot be written.
        StoreError: The store is missing or cannot be read, or the disk of the copy is full.
    """
    if not store.is_file():
        raise StoreError(f"There is no store {store} to copy.", hint="See [store] url.")
    if copy.exists():
        raise ConfigError(f"{copy} exists already; nothing was written.", hint="Give the copy another name.")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConfigError(f"{copy} cannot be written: {error.strerror}.") from error
    try:
        _copy(store, part)
        part.rename(copy)
    finally:
        part.unlink(missing_ok=True)
    return copy.stat().st_size


def _copy(store: Path, part: Path) -> None:
    with told_plainly(str(store)), closing(sqlite3.connect(store, timeout=BUSY_TIMEOUT_S)) as source:
        source.execute("VACUUM INTO ?", (str(part),))
    with told_plainly(str(part)):
        # So that it can be put in the store's place as it is.
        use_wal(part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
