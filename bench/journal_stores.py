"""The stores that the journal is measured on: filled, and kept for further runs where somebody wants them."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.schema import CreateIndex, CreateTable

from bench import journal_history as history
from phonesync.clock import SystemClock
from phonesync.store.places import place_of
from phonesync.store.repository import Store, open_store
from phonesync.store.tables import METADATA
from tests import postgres

SETTINGS = ("shared_buffers=256MB", "maintenance_work_mem=512MB", "max_wal_size=8GB")
NAME = "journal"
_FILLED = ".filled"
"""Stands beside a store whose filling came to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A store to measure.

    Attributes:
        store: Open.
        filled_s: Seconds it took to fill it; None where an earlier run did.
    """

    store: Store
    filled_s: float | None


@contextmanager
def folder_of(calls: int, *, below: Path | None, kept: Path | None) -> Iterator[Path]:
    """Where the stores of so many calls lie.

    Args:
        calls: How many.
        below: Where the folder is made, and removed at the end; the usual place by default.
        kept: Where it stays instead. Its name tells how many calls its stores hold, their tables and indexes,
            and what made the calls: stores of another kind are never taken for them.
    """
    if kept is None:
        with tempfile.TemporaryDirectory(dir=below) as made:
            yield Path(made)
        return
    place = kept.absolute() / f"{calls}-{_kind()}"
    place.mkdir(parents=True, exist_ok=True)
    yield place


def _kind() -> str:
    """A name for the tables and for what makes the calls: another one where either is another."""
    parts = [Path(history.__file__).read_text(encoding="utf-8")]
    for table in METADATA.sorted_tables:
        parts.append(str(CreateTable(table)))
        parts += sorted(str(CreateIndex(index)) for index in table.indexes)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@contextmanager
def in_file(place: Path, calls: int) -> Iterator[Filled]:
    """The SQLite file of a folder."""
    file = file_of(place)
    url, filled_s = f"sqlite:///{file}", None
    if not _is_filled(file):
        for left in place.glob(f"{file.name}*"):
            left.unlink()
        begun = time.perf_counter()
        with open_store(url, clock=SystemClock(), base=place) as store:
            history.fill(store, file, calls)
        filled_s = _note(file, begun)
    with open_store(url, clock=SystemClock(), base=place) as store:
        yield Filled(store=store, filled_s=filled_s)


def file_of(place: Path) -> Path:
    """The SQLite file of a folder."""
    return place / f"{NAME}.db"


@contextmanager
def on_server(place: Path, *, keeps: bool) -> Iterator[Filled]:
    """The calls of a folder's file on a server of the bench's own.

    Args:
        place: The folder.
        keeps: The server's data stay in it.
    """
    data = place / "server"
    filled_s = None
    if not _is_filled(data):
        shutil.rmtree(data, ignore_errors=True)
    with postgres.running(settings=SETTINGS, kept=data if keeps else None) as server:
        url = server.url(NAME)
        if not (keeps and _is_filled(data)):
            begun = time.perf_counter()
            server.new_database(NAME)
            open_store(url, clock=SystemClock(), base=place, password=postgres.PASSWORD).close()
            _copy(file_of(place), url, server.conninfo(NAME))
            filled_s = _note(data, begun) if keeps else time.perf_counter() - begun
        with open_store(url, clock=SystemClock(), base=place, password=postgres.PASSWORD) as store:
            yield Filled(store=store, filled_s=filled_s)


def _is_filled(what: Path) -> bool:
    return what.with_suffix(_FILLED).exists()


def _note(what: Path, begun: float) -> float:
    what.with_suffix(_FILLED).touch()
    return time.perf_counter() - begun


def _copy(file: Path, url: str, conninfo: str) -> None:
    """All rows of a file into an empty store on a server; indexes are built afterwards.

    The texts of SQLite are what COPY takes, dates and truth values too.
    """
    target = place_of(url, base=file.parent, password=postgres.PASSWORD).opened(busy_timeout_s=60)
    indexes = [index for table in METADATA.sorted_tables for index in table.indexes]
    with target.write() as writing:
        for index in indexes:
            index.drop(writing)
    with closing(sqlite3.connect(file)) as source, psycopg.connect(conninfo) as session:
        session.execute("SET TimeZone = 'UTC'")
        for table in METADATA.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            with (
                session.cursor() as cursor,
                cursor.copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as copy,
            ):
                for row in source.execute(f"SELECT {names} FROM {table.name}"):  # noqa: S608  names of ours
                    copy.write_row(row)
    with target.write() as writing:
        for index in indexes:
            index.create(writing)
    target.close()
    with psycopg.connect(conninfo, autocommit=True) as session:
        # What the autovacuum of a server does by itself; that of ours is off.
        session.execute("VACUUM ANALYZE")
