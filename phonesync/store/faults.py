"""What the database reports, as one sentence each: never a statement, never a parameter."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from phonesync.errors import PhonesyncError, StoreBusy, StoreError

HELD = "What a running agent has read is held, and written as soon as the store is back."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one result code of a database is told.

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

FAULTS: Mapping[int, Fault] = {
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


_AWAY = Fault(
    says="is away: its server was stopped, or the connection to it was cut.",
    hint=f"See that the server runs and can be reached. {HELD}",
    kind=StoreBusy,
)
_NO_PLACE = Fault(
    says="has no room for another connection.",
    hint=f"Raise max_connections of its server, or close what keeps connections open. {HELD}",
    kind=StoreBusy,
)
_DAMAGED = Fault(
    says="is damaged.",
    hint="Stop phonesync, and restore the newest backup of the database.",
)

STATES: Mapping[str, Fault] = {
    "08": _AWAY,
    "57P": _AWAY,
    "55P03": _LOCKED,
    "40": _LOCKED,
    "57014": Fault(
        says="took too long, and its server ended the statement.",
        hint=f"Raise its statement_timeout, or see what keeps it busy. {HELD}",
        kind=StoreBusy,
    ),
    "25006": Fault(
        says="cannot be written: its server is a read-only replica, or set to be read only.",
        hint=f"Let [store] url name the primary server. {HELD}",
        kind=StoreBusy,
    ),
    "42501": Fault(
        says="cannot be written: its server denies this user the right.",
        hint="Let the user of [store] url own the database: ALTER DATABASE … OWNER TO …",
    ),
    "53": Fault(
        says="has run out of memory or of another resource of its server.",
        hint=f"Look at the server's log. {HELD}",
        kind=StoreBusy,
    ),
    "53100": Fault(
        says="cannot grow: the disk of its server is full.",
        hint=f"Free some space there. {HELD}",
        kind=StoreBusy,
    ),
    "53300": _NO_PLACE,
    "58": Fault(
        says="cannot be read or written: its server reports an error of its system.",
        hint=f"Look at the server's log and disk. {HELD}",
        kind=StoreBusy,
    ),
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""SQLSTATE, or how it begins, to what it means: https://www.postgresql.org/docs/current/errcodes-appendix.html.
The longest one that fits counts."""

_NO_CONNECTION = re.compile(
    r"(?:connection (?:failed|is bad): (?:.*failed: )?|(?=failed to resolve host))(.+)"
)
"""Why a connection was never made, as the server or the system says it: users and databases, no password."""

_SEVERITY = re.compile(r"^\w+:\s{2,}")
"""``FATAL:`` in the server's language."""


def raised_by_databases() -> tuple[type[Exception], ...]:
    """Every error a database can raise; psycopg's only where it was ever loaded."""
    psycopg = sys.modules.get("psycopg")
    return (DBAPIError, sqlite3.Error) if psycopg is None else (DBAPIError, sqlite3.Error, psycopg.Error)


@contextmanager
def told_plainly(place: str) -> Iterator[None]:
    """Turns what the database raises into :class:`StoreError` or :class:`StoreBusy`.

    Args:
        place: The store as a user knows it.

    Raises:
        StoreBusy: It may work later: locked, disk full, away.
        StoreError: It will not work by itself.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy(f"The store {place} is busy with too many readers.", hint="Try again.") from error
    except raised_by_databases() as error:
        raise explain(error, place) from _without_data(error)


class ServerFault(PhonesyncError):
    """What a server reported, by its name and SQLSTATE: its own text may quote the data."""


def _without_data(error: Exception) -> Exception:
    """The error to show as the cause; a server's details quote keys and values."""
    cause = _orig(error)
    if isinstance(cause, sqlite3.Error):
        return error
    return ServerFault(f"{type(cause).__name__} (SQLSTATE {getattr(cause, 'sqlstate', None)})")


def _orig(error: Exception) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def explain(error: Exception, place: str) -> StoreError:
    """The sentence for one error of the database."""
    cause = _orig(error)
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        # The low byte is the primary result code, the rest says more: https://www.sqlite.org/rescode.html
        fault = None if code is None else FAULTS.get(code & 0xFF)
        name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    else:
        fault = _fault_of_server(cause)
        name = type(cause).__name__
    if fault is None:
        return StoreError(
            f"The store {place} refused a statement ({name}).",
            hint="Nothing of it was written. Please report this with the version of phonesync.",
        )
    return fault.kind(f"The store {place} {fault.says}", hint=fault.hint)


def _fault_of_server(cause: BaseException) -> Fault | None:
    state: str | None = getattr(cause, "sqlstate", None)
    if state is not None:
        begins = max((key for key in STATES if state.startswith(key)), key=len, default=None)
        return None if begins is None else STATES[begins]
    if type(cause).__name__ not in {"OperationalError", "ConnectionTimeout"}:
        return None
    # Without a SQLSTATE there was no answer to a statement: the connection was never made, or was cut.
    said = _NO_CONNECTION.match(str(cause))
    if said is None:
        return _AWAY
    words = _SEVERITY.sub("", said[1]).strip().rstrip(".")
    # Busy, not broken: whoever mends the password or the server finds all reads held until then.
    return Fault(
        says=f"cannot be opened: {words}.",
        hint=f"See that its server runs, and user, database and password under [store]. {HELD}",
        kind=StoreBusy,
    )
