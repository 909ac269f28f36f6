"""Reports and their entries are found through indexes, however many the store holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from phonesync.events.assembling import assembled
from phonesync.events.values import Report
from phonesync.model import EventKind, PhoneEvent
from phonesync.store.event_records import NewReport, Taken
from phonesync.store.records import PhoneSpec
from tests.events.told import START, answered, at, missed

LARGE = ("events", "entries", "aliases")
NAMES = ("desk-101", "desk-102", "desk-103")


@pytest.fixture
def plans(store, path):
    """How SQLite goes about each statement on a large table: (statement, step)."""
    found = []

    def look(connection, cursor, statement, parameters, context, executemany):
        if executemany or not statement.startswith(("SELECT", "UPDATE", "DELETE")):
            return
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found.extend((statement, row[-1]) for row in raw.fetchall())

    engines = (store._database._read_engine, store._database._write_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", look)
    yield found
    for engine in engines:
        event.remove(engine, "before_cursor_execute", look)


def read_through(plans):
    """Steps that read a large table from end to end."""
    return [(sql, step) for sql, step in plans if step.startswith(tuple(f"SCAN {name}" for name in LARGE))]


def report_all(store, reports):
    store.sync_phones([PhoneSpec(name=name) for name in NAMES])
    store.add_reports([NewReport(phone=name, report=one) for name in NAMES for one in reports])


def test_reports_of_several_phones_become_entries_without_a_look_through_the_store(store, desk, plans):
    report_all(store, [*answered(), *missed(300, call=None), *missed(900, call="c2", account=None)])
    waiting = store.waiting_reports(limit=100)
    assert len(waiting) == len(NAMES)
    store.take_reports(
        Taken(
            incarnation=one.incarnation,
            entries=assembled(one.incarnation, one.reports),
            report_ids=one.untaken,
        )
        for one in waiting
    )
    assert len(list(store.entries())) == 3 * len(NAMES)
    store.unmet("desk-101#1", START, START + timedelta(hours=1))
    assert store.purge_reports(at(600)) == 5 * len(NAMES)
    assert plans
    assert read_through([(sql, step) for sql, step in plans if "ORDER BY entries" not in sql]) == []
    purges = [step for sql, step in plans if sql.startswith("DELETE FROM events")]
    assert any("taken=? AND at<?" in step for step in purges)


def test_the_time_of_phones_that_report_is_settled_without_a_look_at_all_they_ever_sent(store, desk, plans):
    alive = PhoneEvent(kind=EventKind.ALIVE)
    report_all(store, [Report(at=at(60 * minute), event=alive) for minute in range(20)])
    (one, *_) = store.listening()
    assert len(one.beats) == 20
    of_events = [(sql, step) for sql, step in plans if "FROM events" in sql]
    assert read_through(of_events) == []
    assert [step for _, step in of_events if "TEMP B-TREE" in step] == []
