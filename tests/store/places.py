"""Where the store of a test lies: a file, or a database on the server of the test run."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import psycopg

from phonesync.store.repository import Store, open_store
from tests import postgres
from tests.store.desk import StillClock

_OURS = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
_IN_FILE = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"


class TestPlace(Protocol):
    """One store.

    Attributes:
        url: As a configuration names it.
        password: Beside it; empty for a file.
        shown: As errors name it.
        names: What the kinds of database call the same things.
    """

    __test__ = False

    url: str
    password: str
    shown: str
    names: ClassVar[dict[str, str]]

    def opened(self, **more: Any) -> Store: ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in it, seen by nothing of ours."""
        ...

    def dump(self) -> dict[str, list[str]]:
        """Everything in it, table by table, but for where ids go on from."""
        ...

    def copied(self, n: int) -> TestPlace:
        """The same store once more; nobody may have it open."""
        ...

    def execute(self, sql: str) -> None:
        """Lets another program change it."""
        ...

    def words(self) -> str:
        """What :func:`place_from` needs in another process."""
        ...

    def locked(self, sql: str = "") -> Any:
        """Another program keeps writers out as long as the block lasts, and takes back what it has done."""
        ...


class File:
    """An SQLite file."""

    __test__ = False
    password = ""
    names: ClassVar[dict[str, str]] = {
        "begin": "BEGIN IMMEDIATE",
        "loose reference": "SQLITE_CONSTRAINT_FOREIGNKEY",
        "engine": r"SQLite 3\.\d+\.\d+",
    }

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        self.shown = str(path)

    def fill(self, empty: Path) -> None:
        shutil.copy(empty, self.path)

    def opened(self, **more: Any) -> Store:
        return open_store(self.url, base=self.path.parent, **{"clock": StillClock(), **more})

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def dump(self) -> dict[str, list[str]]:
        tables = [name for (name,) in self.rows(_IN_FILE)]
        return {name: sorted(map(repr, self.rows(f"SELECT * FROM {name}"))) for name in tables}

    def copied(self, n: int) -> File:
        copy = File(self.path.with_name(f"copy-{n}.db"))
        shutil.copy(self.path, copy.path)
        return copy

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(sql)

    def words(self) -> str:
        return f"sqlite {self.path}"

    @contextmanager
    def locked(self, sql: str = "") -> Iterator[None]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute(sql)
            yield
            other.execute("ROLLBACK")


class OnServer:
    """A database."""

    __test__ = False
    password = postgres.PASSWORD
    names: ClassVar[dict[str, str]] = {
        "begin": "SELECT pg_advisory_xact_lock(1885892462, 1)",
        "loose reference": "ForeignKeyViolation",
        "engine": r"PostgreSQL \d+\.\d+",
    }

    def __init__(self, server: postgres.Server, database: str) -> None:
        self.server = server
        self.database = database
        self.url = server.url(database)
        self.shown = self.url.replace("+psycopg", "")

    def opened(self, **more: Any) -> Store:
        given = {"clock": StillClock(), "base": Path("/nowhere"), "password": self.password, **more}
        return open_store(self.url, **given)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.conninfo(self.database)) as connection:
            return connection.execute(sql.encode()).fetchall()

    def dump(self) -> dict[str, list[str]]:
        tables = [name for (name,) in self.rows(_OURS)]
        return {name: sorted(map(repr, self.rows(f"SELECT * FROM {name}"))) for name in tables}

    def copied(self, n: int) -> OnServer:
        copy = self.server.new_database(f"{self.database}_copy_{n}", template=self.database)
        return OnServer(self.server, copy)

    def words(self) -> str:
        return f"postgresql {self.database} {self.server.folder}"

    def execute(self, sql: str) -> None:
        self.server.execute(sql, database=self.database)

    @contextmanager
    def locked(self, sql: str = "") -> Iterator[None]:
        with psycopg.connect(self.server.conninfo(self.database)) as other:
            other.execute(self.names["begin"].encode())
            if sql:
                other.execute(sql.encode())
            yield
            other.rollback()


def place_from(words: str) -> TestPlace:
    """A place of the process that started this one, by its words."""
    kind, rest = words.split(" ", 1)
    if kind == "sqlite":
        return File(Path(rest))
    database, folder = rest.split(" ", 1)
    return OnServer(postgres.Server(Path(folder)), database)
