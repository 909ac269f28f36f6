"""Calls and what they are made of are found through indexes, however many the store holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from phonesync.calls.callbacks import CallbackRules
from phonesync.store.call_records import CallFilter
from phonesync.store.cdr_witness import SwitchWitness
from tests.calls.puzzles import BERLIN
from tests.store.desk import minute
from tests.store.offices import ANNA, BORIS, GROUP, MEANS, VERA, Office, join_all

LARGE = (
    *("entries", "aliases", "calls", "call_legs", "joined_entries", "join_keys", "waiting_calls"),
    *("callbacks", "cdr_records", "clock_evidence", "marked_entries"),
)


@pytest.fixture
def plans(store, path):
    """How SQLite goes about each statement: (statement, step)."""
    found = []

    def look(connection, cursor, statement, parameters, context, executemany):
        if executemany or not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
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
    """Steps that read a large table, from end to end or all of one phone in it."""
    return [
        (sql, step)
        for sql, step in plans
        if step.partition(" USING ")[0] in {f"SCAN {name}" for name in LARGE} and "LIMIT" not in sql
    ]


def test_a_pass_looks_nowhere_from_end_to_end(store, plans):
    office = Office(store)
    rules = CallbackRules(target=timedelta(hours=1), window=timedelta(minutes=2), zone=BERLIN)
    means = replace(MEANS, witness=SwitchWitness((GROUP,)), callbacks=rules, configured={ANNA, VERA})
    ids = office.ring(minute(0), answered=BORIS)
    office.ring(minute(5))
    office.read_all(minute(10))
    join_all(store, means=means)
    store.add_mark("apart", ids[:1], ids[1:])
    office.ring(minute(12))
    office.read_all(minute(20))
    join_all(store, means=means)
    assert len(list(store.calls())) == 4
    assert read_through(plans) == []


def test_the_legs_of_a_phone_are_looked_at_once_for_each_call_at_most(store, plans):
    Office(store)
    assert list(store.calls(CallFilter(phone=ANNA, since=minute(0)))) == []
    legs = [step for _, step in plans if step.startswith("SEARCH call_legs")]
    assert legs
    assert all("(call_id=?)" in step for step in legs)
