"""Whoever changes what calls are made of has them joined anew, in the same transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from phonesync.agent.hearing import meet_around, take_waiting
from phonesync.ledger.values import ChangedEntry
from phonesync.model import TimeOf
from phonesync.store.event_records import NewReport
from phonesync.store.records import PhoneSpec
from phonesync.store.tables import (
    CALL_LEGS,
    CALLS,
    JOIN_KEYS,
    JOIN_QUEUE,
    JOINED_ENTRIES,
    TIME_MEANINGS,
    WAITING_CALLS,
)
from tests.events.told import answered
from tests.store.desk import entry, minute, read_of
from tests.store.offices import ANNA, BORIS, CALLER, LISTS, MEANS, NAMES, Office, join_all
from tests.store.places import File


@pytest.fixture
def office(store):
    made = Office(store)
    made.ring(minute(0), answered=BORIS)
    made.ring(minute(5), number="84955550007")
    made.read_all(minute(10))
    join_all(store)
    assert store.is_joined()
    return made


def change(office, at, **plan):
    """A read of Anna's phone that brings no new row."""
    state = office.store.phone(ANNA)
    names = {code: name for name, code in LISTS.items()}
    known = {"list_names": names, "time_of": TimeOf.START}
    office.store.commit(read_of(state, at, before=state, **{**known, **plan}))


def test_a_row_that_grew_is_joined_anew(office, store):
    (first, *_) = store.calls()
    (anna,) = (leg for leg in first.legs if leg.phone == ANNA)
    grown = ChangedEntry(id=anna.entry_ids[0], duration_s=None, remote_name="Petrov", count=1, complete=True)
    change(office, minute(11), changed=(grown,))
    assert store.queued() == 1
    join_all(store)
    (first, *_) = store.calls()
    assert first.calling.name == "Petrov"


@pytest.mark.parametrize(
    "plan",
    [
        {"list_names": {"1": "placed", "2": "missed", "3": "received"}},
        {"time_of": TimeOf.ANSWERED},
    ],
)
def test_another_meaning_of_a_list_or_a_time_has_all_rows_of_the_phone_joined_anew(office, store, plan):
    change(office, minute(11), **plan)
    assert store.queued() == 2


def test_a_read_like_the_one_before_queues_nothing(office, store):
    change(office, minute(11))
    assert store.is_joined()


def test_another_firmware_whose_times_mean_something_else_has_its_rows_joined_anew(office, store):
    with store._database.write() as connection:
        found = {"vendor": "desk", "model": "D1", "answered": True, "pairs": 9, "against": 0}
        connection.execute(
            insert(TIME_MEANINGS),
            {**found, "firmware": "2", "time_of": "recorded", "found_at": minute(0)},
        )
    before = store.phone(ANNA)
    store.save_state(replace(before, vendor="desk", model="D1", firmware="1"), before=before)
    assert store.is_joined()
    before = store.phone(ANNA)
    store.save_state(replace(before, firmware="2"), before=before)
    assert store.queued() == 2


def test_another_owner_has_the_rows_from_that_day_on_joined_anew(office, store, clock):
    clock.instant = minute(20)
    specs = [PhoneSpec(name=name, extension=name[-3:], owner="Olga") for name in NAMES[:1]]
    store.sync_phones(specs)
    assert store.is_joined(), "from now on is after all rows"
    store.sync_phones([replace(specs[0], valid_from=date(2026, 3, 1))])
    assert store.queued() == 2
    join_all(store)
    (first, *_) = store.calls()
    assert {leg.owner for leg in first.legs if leg.phone == ANNA} == {"Olga"}


def test_a_report_that_becomes_a_row_leaves_its_call_to_the_row(office, store):
    reports = answered()
    before = {call.id for call in store.calls()}
    office.read(ANNA, minute(20))
    store.add_reports([NewReport(phone=ANNA, report=one) for one in reports])
    take_waiting(store)
    assert store.queued() == 1
    join_all(store)
    (told,) = (call for call in store.calls() if call.id not in before)
    event_id = told.entry_ids[0]
    (heard,) = store.call_rows([event_id], plan_of=MEANS.plan_of)
    row = entry(
        "the row", list_code="2", remote_number=heard.number, started_at=heard.at, duration_s=heard.duration_s
    )
    state = store.phone(ANNA)
    names = {code: name for name, code in LISTS.items()}
    at = max(one.at for one in reports)
    store.commit(read_of(state, at, new=(row,), before=state, list_names=names, time_of=TimeOf.START))
    assert meet_around(store, state.incarnation, heard.at, at) == 1
    join_all(store)
    assert store.call(event_id) == store.call("the row")
    assert event_id not in {call.id for call in store.calls()}


def test_what_is_cleared_away_leaves_calls_alone(office, store):
    before = list(store.calls())
    store.purge_raw(minute(10_000))
    store.purge_reports(minute(10_000))
    assert list(store.calls()) == before
    assert store.info().calls == len(before) == 2


TABLES = (WAITING_CALLS, CALL_LEGS, CALLS, JOIN_KEYS, JOINED_ENTRIES, JOIN_QUEUE)


def clear(store):
    """Takes away all that joining made, and every row."""
    with store._database.write() as connection:
        for table in TABLES:
            connection.execute(delete(table))


ROWS = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(sorted(LISTS)),
    st.integers(0, 400),
    st.sampled_from([CALLER, "84955550002", "101", "102", "anonymous"]),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=14, unique=True), order=st.permutations(NAMES), limit=st.integers(1, 5))
def test_any_order_and_any_batches_make_the_calls_that_joining_all_at_once_makes(path, rows, order, limit):
    place = File(path)
    with place.opened() as store:
        office = Office(store)
        known = {row.id for row in store.entries()}
        start = minute(60 * (1 + len(known)))
        for phone, list_name, seconds, number in rows:
            at = start.replace(second=0) + (minute(seconds / 60) - minute(0))
            office.say(phone, list_name, at, number=number)
        for n, phone in enumerate(order):
            office.read(
                phone, max(start, store.phone(phone).last_read or start) + (minute(10 + n) - minute(0))
            )
            join_all(store, limit=limit)
        there = {call.id: call for call in store.calls()}
        clear(store)
        store.queue_all()
        join_all(store, limit=1000)
        assert {call.id: call for call in store.calls()} == there
