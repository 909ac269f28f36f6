"""A whole store into another one: equal or not at all, and never over anything."""

from __future__ import annotations

import signal
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from phonesync.errors import PlanRefused, StoreBusy, StoreError
from phonesync.ledger.values import Alias, Span, SpanState
from phonesync.store import copying
from phonesync.store.records import PhoneSpec, RawKind, RawRecord
from phonesync.store.tables import METADATA
from tests.store.desk import busy_poll, entry, minute, read_of
from tests.store.places import File, OnServer

ROOT = Path(__file__).resolve().parents[2]
NAME = "desk-101"
WAYS = ["sqlite to postgresql", "postgresql to sqlite"]


@pytest.fixture(params=WAYS)
def both(request, tmp_path):
    """Two empty stores, to copy from and to."""
    places = []
    for n, kind in enumerate(request.param.split(" to ")):
        if kind == "sqlite":
            places.append(File(tmp_path / f"store-{n}.db"))
            places[-1].fill(request.getfixturevalue("empty_store"))
        else:
            server = request.getfixturevalue("server")
            places.append(
                OnServer(server, server.new_database(template=request.getfixturevalue("empty_database")))
            )
    yield places
    for place in places:
        if isinstance(place, OnServer):
            place.server.drop_database(place.database)


def fill(place):
    """A store with something in every table, and every kind of value."""
    with place.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME, owner="Пётр «П.»"), PhoneSpec(name="desk-102")])
        store.commit(busy_poll(store.phone(NAME), 1))
        store.commit(busy_poll(store.phone(NAME), 2))
        other = store.phone("desk-102")
        odd = entry("e1", remote_name="tab\tback\\slash\nline \\N", remote_number=None, clock_offset_s=-0.0)
        store.commit(
            read_of(
                other,
                minute(1.0000001),
                new=(odd,),
                aliases=(Alias(key="k", occurrence=1, alias_id="a1", entry_id="e1"),),
                spans=(
                    Span(list_code="1", since=None, until=minute(0), state=SpanState.UNKNOWN),
                    Span(
                        list_code="2", since=minute(0), until=minute(1), state=SpanState.GAP,
                        at_most=3, estimate=0.1 + 0.2,
                    ),
                ),
                raw=(
                    RawRecord(
                        kind=RawKind.QUARANTINED, path="/x", content_type=None, content=bytes(range(256)),
                        reason="odd",
                    ),
                ),
            )
        )  # fmt: skip
        for _ in range(3):
            store.request_poll(NAME)
        fill_what_is_empty(store)


def fill_what_is_empty(store):
    """A row in each table that no poll fills, with a value of the kind of each column."""
    values = {int: 1, float: 0.1, str: "ю/1", bytes: b"\0\xff", bool: True, datetime: minute(7)}
    with store._database.write() as connection:
        for table in METADATA.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                row = {
                    column.name: values[getattr(column.type, "impl", column.type).python_type]
                    for column in table.columns
                }
                connection.execute(table.insert(), [row])


def test_every_table_has_a_row_to_copy(both):
    fill(both[0])
    dump = both[0].dump()
    assert [table.name for table in METADATA.sorted_tables if not dump[table.name]] == []


def test_a_copy_holds_all_and_goes_on_as_the_store_would_have(both):
    fill(both[0])
    told = []
    with both[0].opened() as source, both[1].opened() as target:
        report = source.copy_to(target, observe=told.append)
        assert list(target.entries()) == list(source.entries())
        assert list(target.coverage()) == list(source.coverage())
        assert list(target.answers()) == list(source.answers())
        assert target.phones(ledgers=True) == source.phones(ledgers=True)
        assert target.open_requests() == source.open_requests()
        assert replace(target.info(), place="", engine="", size_bytes=0) == replace(
            source.info(), place="", engine="", size_bytes=0
        )
        total = sum(report.rows.values())
        assert {
            name: len(rows) for name, rows in both[0].dump().items() if name in report.rows
        } == report.rows
        assert next((step.doing, step.rows) for step in told if step.rows == total) == ("written", total)
        assert (told[-1].doing, told[-1].rows, told[-1].of) == ("compared", total, total)
        target.sync_phones([PhoneSpec(name="desk-103")])
        assert target.phone("desk-103").incarnation == "desk-103#1"
        third = busy_poll(target.phone(NAME), 3)
        target.commit(third)
        assert target.phone(NAME) == third.state


def test_ids_of_deleted_rows_are_not_given_again_by_the_copy(both):
    fill(both[0])
    both[0].execute("DELETE FROM poll_requests WHERE id > 1")
    with both[0].opened() as source, both[1].opened() as target:
        source.copy_to(target)
        assert target.request_poll(NAME).id == source.request_poll(NAME).id == 4


def test_there_and_back_is_the_same(both, tmp_path):
    fill(both[0])
    back = File(tmp_path / "back.db")
    with both[0].opened() as source, both[1].opened() as target, back.opened() as again:
        there = source.copy_to(target)
        assert target.copy_to(again).digests == there.digests
    if isinstance(both[0], File):
        assert back.dump() == both[0].dump()


def test_nothing_is_ever_overwritten(both):
    fill(both[0])
    with both[0].opened() as source, both[1].opened() as target:
        target.sync_phones([PhoneSpec(name="somebody else's")])
        before = both[1].dump()
        with pytest.raises(PlanRefused, match="is not empty: nothing was copied") as caught:
            source.copy_to(target)
        assert caught.value.exit_code == 5
        assert both[1].dump() == before


def test_a_copy_that_is_not_equal_is_taken_back(both, monkeypatch):
    fill(both[0])
    insert = copying.insert_stream

    def lossy(connection, table, rows):
        found = list(rows)
        insert(connection, table, found[1:] if table.name == "spans" else found)

    monkeypatch.setattr(copying, "insert_stream", lossy)
    with both[0].opened() as source, both[1].opened() as target:
        with pytest.raises(
            StoreError, match=r"The copy of the table spans in .* is not equal \(3 rows of 4\)"
        ):
            source.copy_to(target)
        assert target.is_empty()
        monkeypatch.undo()
        source.copy_to(target)
        assert list(target.coverage()) == list(source.coverage())


def test_one_changed_value_makes_a_copy_unequal(both, monkeypatch):
    fill(both[0])
    insert = copying.insert_stream

    def rounding(connection, table, rows):
        insert(connection, table, ([0.3 if value == 0.1 + 0.2 else value for value in row] for row in rows))

    monkeypatch.setattr(copying, "insert_stream", rounding)
    with both[0].opened() as source, both[1].opened() as target:
        with pytest.raises(StoreError, match=r"table spans .* is not equal"):
            source.copy_to(target)
        assert target.is_empty()


KILLED = """
import os, signal, sys
from phonesync.store import copying
from tests.store.places import place_from

def stop_at(step):
    if (step.doing, step.table) == tuple(sys.argv[3].split()):
        os.kill(os.getpid(), signal.SIGKILL)

with place_from(sys.argv[1]).opened() as source, place_from(sys.argv[2]).opened() as target:
    source.copy_to(target, observe=stop_at)
"""


@pytest.mark.parametrize("where", ["written entries", "compared states"])
def test_a_copy_killed_under_way_leaves_an_empty_store_and_can_be_made_again(both, where):
    fill(both[0])
    words = [sys.executable, "-c", KILLED, both[0].words(), both[1].words(), where]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with both[0].opened() as source, both[1].opened() as target:
        assert target.is_empty()
        source.copy_to(target)
        assert list(target.entries()) == list(source.entries())


def test_the_fault_of_the_source_is_told_as_its_own(both):
    fill(both[0])
    with both[0].opened() as source, both[1].opened() as target:
        both[0].execute("ALTER TABLE lines RENAME TO lines_away")
        with pytest.raises(StoreError) as caught:
            source.copy_to(target)
        assert both[0].shown in caught.value.message
        assert target.is_empty()


def test_a_locked_target_is_told_as_its_own(both):
    fill(both[0])
    with both[0].opened() as source, both[1].opened(busy_timeout_s=0.1) as target, both[1].locked():
        with pytest.raises(StoreBusy, match="is locked by another program") as caught:
            source.copy_to(target)
        assert both[1].shown in caught.value.message


def test_memory_stays_bounded(both, monkeypatch):
    """Rows are fetched in batches: ten times the rows take no more memory."""
    monkeypatch.setattr(copying, "AT_ONCE", 50)
    with both[0].opened() as source, both[1].opened() as target:
        source.sync_phones([PhoneSpec(name=NAME)])
        many = tuple(entry(f"e{n}", started_at=minute(n), remote_name="N" * 2000) for n in range(2000))
        source.commit(read_of(source.phone(NAME), minute(9000), new=many))
        del many
        tracemalloc.start()
        try:
            source.copy_to(target)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert target.info().entries == 2000
    assert peak < 5_000_000, f"{peak} bytes at once; all rows together are more than 8 MB"
