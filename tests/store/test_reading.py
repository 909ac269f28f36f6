"""Readers: paging by key equals sorting all, filters, and coverage that touches a span of time."""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from phonesync.ledger.values import Span, SpanState
from phonesync.store import reading
from phonesync.store.records import EntryFilter, PhoneSpec
from tests import stores
from tests.store.desk import entry, minute, opened, read_of

PHONES = ("desk-101", "desk-102", "desk-103")


def fill(store, shown):
    """Entries of three phones, one of which was replaced half way; ``shown``: (phone, minute) pairs."""
    store.sync_phones([PhoneSpec(name=name) for name in PHONES])
    states = {name: [store.phone(name)] for name in PHONES}
    states["desk-103"].append(store.new_incarnation("desk-103", mac=None, reason="test"))
    for name, found in states.items():
        for index, state in enumerate(found):
            new = tuple(
                entry(
                    f"{n * 7919 % 1000:03}-{n}",
                    started_at=minute(at),
                    list_code=str(1 + n % 3),
                    remote_number=str(100 + at % 4),
                )
                for n, (phone, at) in enumerate(shown)
                if phone == name and n % len(found) == index
            )
            store.commit(read_of(state, minute(10), new=new))


@contextmanager
def empty():
    """A store for one example."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        stores.lay(path)
        with opened(path) as store:
            yield store


@settings(max_examples=20, deadline=None)
@given(
    shown=st.lists(st.tuples(st.sampled_from(PHONES), st.integers(0, 6)), max_size=40),
    page=st.integers(1, 7),
    phone=st.sampled_from((None, *PHONES)),
    list_name=st.sampled_from((None, "missed")),
    number=st.sampled_from((None, "101")),
    since=st.none() | st.integers(-1, 7),
    until=st.none() | st.integers(-1, 7),
)
def test_paging_by_key_equals_sorting_everything(shown, page, phone, list_name, number, since, until):
    with empty() as store:
        fill(store, shown)
        everything = list(store.entries())
        assert len(everything) == len(shown)
        wanted = EntryFilter(
            phone=phone,
            list_name=list_name,
            number=number,
            since=None if since is None else minute(since),
            until=None if until is None else minute(until),
        )
        expected = sorted(
            (
                row
                for row in everything
                if phone in {None, row.phone}
                and list_name in {None, row.list_name}
                and number in {None, row.remote_number}
                and (wanted.since is None or row.started_at >= wanted.since)
                and (wanted.until is None or row.started_at < wanted.until)
            ),
            key=lambda row: (row.started_at, row.id),
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "PAGE", page)
            assert list(store.entries(wanted)) == expected


def test_a_page_at_a_time_is_fetched_and_nothing_stays_open_between(store, desk, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 10)
    new = tuple(entry(f"e{n:02}", started_at=minute(n)) for n in range(35))
    store.commit(read_of(desk, minute(40), new=new))
    fetched = []
    event.listen(
        store._database._read_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: fetched.append(statement) if "LIMIT" in statement else None,
    )
    with closing(store.entries()) as rows:
        assert [row.id for row in islice(rows, 10)] == [f"e{n:02}" for n in range(10)]
        assert len(fetched) == 1
        assert store._database._read_engine.pool.checkedout() == 0
        # What comes in behind the reader's place is still found.
        late = (entry("late", started_at=minute(20)),)
        store.commit(read_of(store.phone("desk-101"), minute(41), new=late))
        assert [row.id for row in islice(rows, 12)][-1] == "late"
        assert len(fetched) == 3


def test_pages_walk_an_index_and_sort_nothing(store, desk, path):
    for wanted, of in ((EntryFilter(), None), (EntryFilter(since=minute(1), until=minute(9)), 1)):
        query = reading._entries_query(wanted, of).compile(
            store._database._read_engine, compile_kwargs={"literal_binds": True}
        )
        with store._database.read() as connection:
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
        # Rows of one instant are put in the order of their ids; nothing else is sorted.
        assert plan[0].startswith(("SCAN entries USING INDEX", "SEARCH entries USING INDEX")), plan
        assert all("TEMP B-TREE FOR ORDER BY" not in step for step in plan), plan


def test_a_phone_met_while_an_export_runs_is_exported_whole(store, desk, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 1)
    store.commit(read_of(desk, minute(1), new=(entry("e1"), entry("e2", started_at=minute(1)))))
    rows = store.entries()
    assert next(rows).id == "e1"
    store.sync_phones([PhoneSpec(name="desk-102", owner="Boris B.")])
    new = (entry("e3", started_at=minute(2), list_code="3"),)
    store.commit(read_of(store.phone("desk-102"), minute(5), new=new))
    assert [(row.id, row.phone, row.owner, row.list_name) for row in rows] == [
        ("e2", "desk-101", "Anna A.", "placed"),
        ("e3", "desk-102", "Boris B.", "missed"),
    ]


def test_the_number_is_matched_as_shown(store, desk):
    new = tuple(
        entry(f"e{n}", remote_number=shown) for n, shown in enumerate(["+7495", "7495", None, "8 495"])
    )
    store.commit(read_of(desk, minute(1), new=new))
    assert [row.id for row in store.entries(EntryFilter(number="7495"))] == ["e1"]
    assert [row.id for row in store.entries(EntryFilter(number="8 495"))] == ["e3"]
    assert list(store.entries(EntryFilter(number="%"))) == []


def test_a_code_without_a_name_is_shown_as_it_is(store, desk):
    store.commit(read_of(desk, minute(1), new=(entry("e1", list_code="9"),)))
    assert [row.list_name for row in store.entries()] == ["9"]


@pytest.fixture
def spans(store, desk):
    store.sync_phones([PhoneSpec(name="desk-100")])
    closed = (
        Span(list_code="1", since=None, until=minute(10), state=SpanState.UNKNOWN),
        Span(list_code="1", since=minute(10), until=minute(20), state=SpanState.COMPLETE),
        Span(list_code="1", since=minute(20), until=minute(20), state=SpanState.REMOVED),
        Span(list_code="1", since=minute(20), until=minute(30), state=SpanState.GAP),
    )
    store.commit(read_of(desk, minute(50), spans=closed, pools={"1": minute(30), "3": minute(40)}))
    store.commit(read_of(store.phone("desk-100"), minute(60), pools={"1": minute(60)}))


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ["unknown", "complete", "removed", "gap", "open"]),
        (None, 10, ["unknown"]),
        (10, 11, ["complete"]),
        (9, 10, ["unknown"]),
        (10, 20, ["complete"]),
        (20, 21, ["removed", "gap"]),
        (29, None, ["gap", "open"]),
        (30, 31, ["open"]),
        (49, None, ["open"]),
        (50, None, []),
        (None, 30, ["unknown", "complete", "removed", "gap"]),
    ],
)
def test_coverage_shows_the_spans_that_touch_the_time_asked_for(store, spans, since, until, expected):
    shown = store.coverage(
        "desk-101",
        "placed",
        None if since is None else minute(since),
        None if until is None else minute(until),
    )
    assert ["open" if row.until is None else row.state.value for row in shown] == expected


def test_coverage_is_ordered_by_phone_list_and_start(store, spans):
    shown = [(row.phone, row.list_name, row.since) for row in store.coverage()]
    ever = datetime.min.replace(tzinfo=UTC)
    assert shown == sorted(shown, key=lambda row: (row[0], row[1], row[2] or ever))
    assert [row[0] for row in shown[:2]] == ["desk-100", "desk-101"]
    assert {row.phone for row in store.coverage("desk-100")} == {"desk-100"}
    assert {row.list_name for row in store.coverage(list_name="missed")} == {"missed"}
