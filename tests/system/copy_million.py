"""A million entries copied from SQLite to PostgreSQL and back, compared at each step, and how long it took.

``python -m tests.system.copy_million --rows 1000000`` fails where the copy that came back is not the store that
left: by the counts and digests of the copies, and by a comparison of both files that uses nothing of ours.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from phonesync.store.records import CopyReport, PhoneSpec
from phonesync.store.repository import Store
from tests import postgres
from tests.store.desk import entry, minute, read_of
from tests.store.places import File, OnServer, TestPlace

PER_PHONE = 10_000
SETTINGS = ("fsync=on",)


def fill(store: Store, rows: int) -> None:
    """So many entries of so many phones, written as polls write them."""
    phones = range(-(-rows // PER_PHONE))
    store.sync_phones([PhoneSpec(name=f"desk-{n}", owner=f"Сотрудник {n}") for n in phones])
    for n in phones:
        mine = range(n * PER_PHONE, min(rows, (n + 1) * PER_PHONE))
        new = tuple(
            entry(
                f"{row:032x}",
                started_at=minute(row / 7),
                remote_number=f"+7495{row:07d}",
                clock_offset_s=row / 10 if row % 3 else None,
                duration_s=row % 600,
            )
            for row in mine
        )
        store.commit(read_of(store.phone(f"desk-{n}"), minute(rows), new=new))


def differences(one: Path, other: Path) -> list[str]:
    """Tables that do not hold the same in two files, as SQLite itself compares them."""
    with closing(sqlite3.connect(one)) as connection:
        connection.execute("ATTACH DATABASE ? AS other", (str(other),))
        tables = [
            name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        ]
        return [name for name in tables if _differs(connection, name)]


def _differs(connection: sqlite3.Connection, table: str) -> bool:
    pairs = (("main", "other"), ("other", "main"))
    return any(
        connection.execute(
            f"SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {two}.{table} LIMIT 1"
        ).fetchone()
        for one, two in pairs
    )


def steps(first: File, server: postgres.Server, last: File) -> Iterator[tuple[str, CopyReport, float]]:
    """Copies there and back; after each its name, its report and its seconds."""
    between = OnServer(server, server.new_database())
    places: tuple[TestPlace, ...] = (first, between, last)
    for name, source, target in zip(
        ("SQLite → PostgreSQL", "PostgreSQL → SQLite"), places, places[1:], strict=False
    ):
        with ExitStack() as opened:
            from_, to = opened.enter_context(source.opened()), opened.enter_context(target.opened())
            began = time.monotonic()
            report = from_.copy_to(to)
            yield name, report, time.monotonic() - began


def main() -> int:
    """Runs it and prints the figures; 1 where a copy is not equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    wanted = parser.parse_args()
    sys.stdout.write(f"PostgreSQL {postgres.version()}\n")
    with (
        TemporaryDirectory(prefix="phonesync-copy-") as folder,
        postgres.running(settings=SETTINGS) as server,
    ):
        first, last = File(Path(folder) / "first.db"), File(Path(folder) / "last.db")
        began = time.monotonic()
        with first.opened() as store:
            fill(store, wanted.rows)
        sys.stdout.write(f"filled: {wanted.rows} entries in {time.monotonic() - began:.0f} s\n")
        reports = []
        for name, report, took_s in steps(first, server, last):
            reports.append(report)
            total = sum(report.rows.values())
            sys.stdout.write(
                f"{name}: {total} rows copied and compared in {took_s:.0f} s ({total / took_s:.0f} rows/s), "
                f"entries {report.rows['entries']}, digest {report.digests['entries']}\n"
            )
            sys.stdout.flush()
        unequal = differences(first.path, last.path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    same = reports[0].digests == reports[1].digests and reports[0].rows["entries"] == wanted.rows
    sys.stdout.write(
        f"there and back: {'equal' if same and not unequal else f'NOT EQUAL {unequal}'}; "
        f"at most {peak} MB of memory, the filling included\n"
    )
    return int(bool(unequal) or not same)


if __name__ == "__main__":
    sys.exit(main())
