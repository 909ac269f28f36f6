"""Calls as they grew against calls joined from nothing: ``python -m tests.system.join_again FOLDER``.

FOLDER is what ``phonesync farm verify --calls --keep FOLDER`` left. Its store is copied, all that joining made
is taken out of the copy, and its entries are joined anew in another order and in steps of several sizes. The
tables must be equal, value by value; where one is not, some of what differs is shown, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

from phonesync import config as configuration
from phonesync.agent.joining import bring_up_to_date, means_of, step
from phonesync.clock import SystemClock
from phonesync.config import Config
from phonesync.store.repository import Store, open_store

SHOWN = 3
MADE = {
    "calls": "*",
    "call_legs": "*",
    "joined_entries": "*",
    "join_keys": "*",
    "waiting_calls": "*",
    "callbacks": "party, owner, first_call, last_call, opened_at, last_at, misses, attempts, closed_by",
}
"""Table to the columns that are compared; a call-back's id says only when it was made."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what `farm verify --calls --keep` left")
    parser.add_argument("--seed", type=int, default=1, help="of order and steps")
    given = parser.parse_args()
    folder = given.folder.resolve()
    config = configuration.load(folder / "config.toml")
    kept = folder / config.store.url.removeprefix("sqlite:///")
    with opened(kept) as store:
        bring_up_to_date(config, store)
    grown = rows_in(kept)
    for stale in folder.glob("again.db*"):  # a log that a broken run left would spoil the copy
        stale.unlink()
    copy = folder / "again.db"
    shutil.copy(kept, copy)
    forget(copy, Random(given.seed))
    begun = time.perf_counter()
    with opened(copy) as store:
        entries = join_in_steps(config, store, Random(given.seed))
    took = time.perf_counter() - begun
    again = rows_in(copy)
    sys.stdout.write(f"{entries} entries joined from nothing in {took:.0f} s\n")
    return 0 if compare(grown, again) else 1


def opened(path: Path) -> Store:
    return open_store(f"sqlite:///{path}", clock=SystemClock(), base=path.parent)


def rows_in(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: sorted(map(repr, connection.execute(f"SELECT {columns} FROM {table}")))
            for table, columns in MADE.items()
        }


def forget(path: Path, rng: Random) -> None:
    """Takes out all that joining made, and queues every entry in an order of its own."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in (*reversed(MADE), "join_queue"):
            connection.execute(f"DELETE FROM {table}")
        entries = connection.execute("SELECT id, incarnation_id FROM entries ORDER BY id").fetchall()
        rng.shuffle(entries)
        connection.executemany("INSERT INTO join_queue (entry_id, incarnation_id) VALUES (?, ?)", entries)


def join_in_steps(config: Config, store: Store, rng: Random) -> int:
    means, entries = means_of(config, store), 0
    while (passed := step(store, means, rng.choice((1, 7, 50, 400)))).entries or passed.settled:
        entries += passed.entries
    return entries


def compare(grown: dict[str, list[str]], again: dict[str, list[str]]) -> bool:
    for table, rows in grown.items():
        gone, new = sorted(set(rows) - set(again[table])), sorted(set(again[table]) - set(rows))
        said = "equal" if rows == again[table] else f"{len(gone)} and {len(new)} differ"
        sys.stdout.write(f"{table}: {len(rows)} rows grown, {len(again[table])} from nothing: {said}\n")
        for sign, some in (("-", gone), ("+", new)):
            sys.stdout.writelines(f"  {sign} {row}\n" for row in some[:SHOWN])
    return grown == again


if __name__ == "__main__":
    sys.exit(main())
