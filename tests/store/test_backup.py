"""A copy of the store, made beside a writer."""

import sqlite3
import stat
import threading
from contextlib import closing

import pytest

from phonesync.errors import ConfigError, StoreError
from phonesync.store.backup import back_up
from phonesync.store.lock import lock_path
from tests.store.desk import opened


def everything(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_a_copy_holds_all_of_it_and_can_stand_in_for_the_store(store, path, tmp_path):
    copy = tmp_path / "copy.db"
    assert back_up(path, copy) == copy.stat().st_size
    assert everything(copy) == everything(path)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not list(tmp_path.glob("*.part*"))
    with opened(copy) as again:
        assert again.info().schema == store.info().schema


def test_a_copy_beside_a_writer_shows_one_instant_and_keeps_it_from_nothing(store, path, tmp_path):
    """Each transaction writes a pair: a copy that held half of one would have an odd number of rows."""
    done, written = threading.Event(), 0

    def write():
        nonlocal written
        with closing(sqlite3.connect(path, timeout=5.0, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE pairs (number INTEGER)")
            while not done.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO pairs VALUES (1)")
                connection.execute("INSERT INTO pairs VALUES (2)")
                connection.execute("COMMIT")
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(10):
            while written <= number:
                done.wait(0.001)
            copy = tmp_path / f"copy-{number}.db"
            back_up(path, copy)
            with closing(sqlite3.connect(copy)) as connection:
                ones, twos = connection.execute(
                    "SELECT sum(number = 1), sum(number = 2) FROM pairs"
                ).fetchone()
            assert ones == twos > 0
    finally:
        done.set()
        writer.join()


def test_nothing_is_overwritten_and_what_is_missing_is_told(store, path, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    with pytest.raises(ConfigError, match="exists already; nothing was written"):
        back_up(path, mine)
    assert mine.read_text() == "mine"
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        back_up(path, tmp_path / "none" / "copy.db")
    with pytest.raises(StoreError, match="There is no store"):
        back_up(tmp_path / "none.db", tmp_path / "copy.db")
    assert not (tmp_path / "none.db").exists()
    no_store = tmp_path / "text.db"
    no_store.write_text("not a database, whatever its name says")
    with pytest.raises(StoreError, match="is a file, but not a database"):
        back_up(no_store, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert not list(tmp_path.glob("*.part*"))


def test_links_to_one_store_lead_to_one_lock(path, tmp_path):
    link = tmp_path / "link.db"
    link.symlink_to(path)
    assert lock_path(link) == lock_path(path)
