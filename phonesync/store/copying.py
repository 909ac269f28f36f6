"""A whole store into another one: streamed table by table, compared, and only then committed.

The copy is one transaction of the target, so that a copy that was interrupted, or found unequal, leaves
nothing behind and can simply be made again. Tables are compared by the number of their rows and by a digest
that is the sum of the digests of their rows: it needs no order, so no database has to sort.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

from phonesync.errors import PlanRefused, StoreError
from phonesync.store.bulk import insert_stream
from phonesync.store.engine import Database
from phonesync.store.faults import told_plainly
from phonesync.store.records import CopyProgress, CopyReport
from phonesync.store.tables import METADATA

AT_ONCE = 5000
"""Rows fetched at a time, of tables whose rows are small."""

LARGE_AT_ONCE = 20
"""Rows fetched at a time, of tables that hold ledgers and answers: each can be megabytes."""

DIGEST_BYTES = 16

Observe = Callable[[CopyProgress], None]


@dataclass(slots=True)
class Tally:
    """What a table's rows come to.

    Attributes:
        rows: How many.
        sum: Of the digests of all of them.
    """

    rows: int = 0
    sum: int = 0

    def add(self, row: Sequence[Any]) -> None:
        """Counts one row, given as Python values."""
        self.rows += 1
        digest = blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
        self.sum += int.from_bytes(digest)

    @property
    def digest(self) -> str:
        """Hex; the same for the same rows in any order."""
        return f"{self.sum % (1 << 8 * DIGEST_BYTES):0{2 * DIGEST_BYTES}x}"


def is_empty(connection: Connection) -> bool:
    """Whether no table holds a row."""
    return all(connection.execute(select(table).limit(1)).first() is None for table in METADATA.sorted_tables)


def copy(source: Database, target: Database, *, observe: Observe | None = None) -> CopyReport:
    """Copies a store; see :meth:`phonesync.store.repository.Store.copy_to`."""
    began = time.monotonic()
    tallies: dict[str, Tally] = {}
    with source.read() as reading, target.write() as writing:
        if not is_empty(writing):
            raise PlanRefused(
                f"The store {target.place} is not empty: nothing was copied.",
                hint="Name a new file, or an empty database. A copy never overwrites anything.",
            )
        told = _Teller(observe, of=sum(_count(reading, source, table) for table in METADATA.sorted_tables))
        told.doing = "written"
        for table in METADATA.sorted_tables:
            tally = tallies[table.name] = Tally()
            rows = _tallied(_rows(reading, source, table), tally, told, table)
            insert_stream(writing, table, rows)
            _go_on_counting(reading, source, writing, table)
        told.begin("compared")
        for table in METADATA.sorted_tables:
            _compare(writing, target, table, tallies[table.name], told)
    return CopyReport(
        rows={name: tally.rows for name, tally in tallies.items()},
        digests={name: tally.digest for name, tally in tallies.items()},
        took_s=time.monotonic() - began,
    )


class _Teller:
    """Tells how far the copy has come, once for each batch."""

    def __init__(self, observe: Observe | None, *, of: int) -> None:
        self._observe = observe
        self._of = of
        self._rows = 0
        self.doing = "written"

    def begin(self, doing: str) -> None:
        self.doing, self._rows = doing, 0

    def more(self, table: Table, rows: int) -> None:
        self._rows += rows
        if self._observe is not None:
            self._observe(CopyProgress(doing=self.doing, table=table.name, rows=self._rows, of=self._of))


def _count(connection: Connection, of: Database, table: Table) -> int:
    with told_plainly(of.place):
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _rows(connection: Connection, of: Database, table: Table) -> Iterator[Sequence[Sequence[Any]]]:
    """All rows of a table, in batches that fit in memory.

    What goes wrong is told as the source's fault: the target's transaction is open around it.
    """
    large = any(column.type.python_type is bytes for column in table.columns)
    size = LARGE_AT_ONCE if large else AT_ONCE
    with told_plainly(of.place):
        found = connection.execute(
            select(table), execution_options={"stream_results": True, "max_row_buffer": size}
        )
        yield from found.partitions(size)


def _tallied(
    batches: Iterable[Sequence[Sequence[Any]]], tally: Tally, told: _Teller, table: Table
) -> Iterator[Sequence[Any]]:
    for batch in batches:
        for row in batch:
            tally.add(row)
            yield row
        told.more(table, len(batch))


def _compare(connection: Connection, of: Database, table: Table, wanted: Tally, told: _Teller) -> None:
    found = Tally()
    for _ in _tallied(_rows(connection, of, table), found, told, table):
        continue
    if (found.rows, found.digest) != (wanted.rows, wanted.digest):
        raise StoreError(
            f"The copy of the table {table.name} in {of.place} is not equal "
            f"({found.rows} rows of {wanted.rows}): it was taken back.",
            hint="Both stores are as they were. Please report this with the version of phonesync.",
        )


def _go_on_counting(source: Connection, of: Database, target: Connection, table: Table) -> None:
    """Lets ids go on from where they were: the id of a deleted row is never given again."""
    key = table.autoincrement_column
    if key is None or not table.dialect_options["sqlite"]["autoincrement"]:
        return
    with told_plainly(of.place):
        last = _last_id(source, table, key.name)
    if not last:
        return
    if target.dialect.name == "postgresql":
        target.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, :key), :last)"),
            {"name": table.name, "key": key.name, "last": last},
        )
        return
    counter = {"name": table.name, "last": last}
    if not target.execute(
        text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name"), counter
    ).rowcount:
        target.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), counter)


def _last_id(connection: Connection, table: Table, key: str) -> int:
    """The largest id ever given; 0 where none was."""
    if connection.dialect.name == "postgresql":
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:name, :key)"), {"name": table.name, "key": key}
        ).scalar_one()
        state = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"  # noqa: S608  its own name
        found = connection.execute(text(state))
        return int(found.scalar_one())
    found = connection.execute(
        text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}
    )
    return int(found.scalar_one_or_none() or 0)
