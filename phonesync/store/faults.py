"""What the database reports, as one sentence each: never a statement, never a parameter."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from phonesync.errors import StoreBusy, StoreError

HELD = "What was read is held and written as soon as the store is back."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one result code of SQLite is told.

    Attributes:
        says: What follows the words "The store <place>".
        hint: What to do.
        kind: The error to raise.
    """

    says: str
    hint: str
    kind: type[StoreError] = StoreError


_LOCKED = Fault(
    says="is locked by another program.",
    hint=f"Close what keeps it locked, or wait. {HELD}",
    kind=StoreBusy,
)
_READ_ONLY = Fault(
    says="cannot be written.",
    hint="Give this user the right to write the file and the directory it stands in.",
)

FAULTS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_AUTH: _READ_ONLY,
    sqlite3.SQLITE_FULL: Fault(
        says="cannot grow: the disk is full.",
        hint=f"Free some space. {HELD}",
        kind=StoreBusy,
    ),
    sqlite3.SQLITE_IOERR: Fault(
        says="cannot be read or written: its disk reports an error.",
        hint=f"Look at the disk, and at how it is mounted. {HELD}",
        kind=StoreBusy,
    ),
    sqlite3.SQLITE_CANTOPEN: Fault(
        says="cannot be opened.",
        hint=f"See that its directory is there and can be written by this user. {HELD}",
        kind=StoreBusy,
    ),
    sqlite3.SQLITE_CORRUPT: Fault(
        says="is damaged.",
        hint="Stop phonesync, keep a copy of the file, and restore the newest backup.",
    ),
    sqlite3.SQLITE_NOTADB: Fault(
        says="is a file, but not a database.",
        hint="Let [store] url name another file, or move this one away.",
    ),
}


@contextmanager
def told_plainly(place: str) -> Iterator[None]:
    """Turns what the database raises into :class:`StoreError` or :class:`StoreBusy`.

    Args:
        place: The store as a user knows it.

    Raises:
        StoreBusy: It may work later: locked, disk full, disk away.
        StoreError: It will not work by itself.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy(f"The store {place} is busy with too many readers.", hint="Try again.") from error
    except (DBAPIError, sqlite3.Error) as error:
        raise explain(error, place) from error


def explain(error: DBAPIError | sqlite3.Error, place: str) -> StoreError:
    """The sentence for one error of the database."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the primary result code, the rest says more: https://www.sqlite.org/rescode.html
    fault = None if code is None else FAULTS.get(code & 0xFF)
    if fault is None:
        name = getattr(cause, "sqlite_errorname", type(cause).__name__)
        return StoreError(
            f"The store {place} refused a statement ({name}).",
            hint="Nothing of it was written. Please report this with the version of phonesync.",
        )
    return fault.kind(f"The store {place} {fault.says}", hint=fault.hint)
