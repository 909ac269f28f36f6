"""Calls in the store: what waits is joined with its neighbours, whatever the order and the batches."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Table

from phonesync.calls import linking
from phonesync.calls.values import CallDirection, Disposition, LegOutcome, Rule
from phonesync.errors import ConfigError
from phonesync.store import call_waiting
from phonesync.store.call_records import CallFilter
from phonesync.store.records import PhoneSpec
from phonesync.store.tables import METADATA, access, cdr, journal
from phonesync.store.tables import calls as tables
from tests.store.desk import minute
from tests.store.offices import ANNA, BORIS, CALLER, MEANS, NAMES, PHONES, VERA, Office, join_all

SINCE_CALLS = [
    table
    for made in (tables, cdr, journal, access)
    for table in vars(made).values()
    if isinstance(table, Table)
]
CALLER_E164 = "+74955550001"


@pytest.fixture
def office(store):
    return Office(store)


def test_what_three_desks_show_becomes_one_call(office, store):
    ids = office.ring(minute(0), answered=BORIS)
    office.read_all(minute(10))
    assert store.queued() == 3
    passed = store.join_some(MEANS, limit=100)
    assert (passed.entries, passed.rows, len(passed.changed), passed.left) == (3, 3, 1, False)
    assert passed.outside == {CALLER_E164}
    (call,) = store.calls()
    assert call.disposition is Disposition.ANSWERED
    assert call.direction is CallDirection.INBOUND
    assert call.answered_by == "102"
    assert {leg.phone: leg.outcome for leg in call.legs} == {
        ANNA: LegOutcome.ANSWERED_ELSEWHERE,
        BORIS: LegOutcome.ANSWERED,
        VERA: LegOutcome.ANSWERED_ELSEWHERE,
    }
    assert [store.call(one) for one in ids] == [call] * 3
    assert store.is_joined()
    assert store.call("nobody") is None


def test_a_row_that_comes_later_joins_the_call_that_is_there(office, store):
    office.ring(minute(0), answered=BORIS)
    office.read(ANNA, minute(10))
    office.read(VERA, minute(10))
    join_all(store)
    (before,) = store.calls()
    assert before.disposition is Disposition.UNKNOWN
    office.read(BORIS, minute(11))
    join_all(store)
    (call,) = store.calls()
    assert (call.id, call.disposition, len(call.legs)) == (before.id, Disposition.ANSWERED, 3)


def test_a_call_is_missed_once_every_phone_was_read_after_it(office, store):
    office.ring(minute(0))
    office.read(ANNA, minute(0.5))
    office.read(BORIS, minute(10))
    office.read(VERA, minute(10))
    join_all(store)
    (call,) = store.calls()
    assert (call.disposition, call.settled) == (Disposition.UNKNOWN, False)
    office.read(ANNA, minute(12))
    (passed,) = join_all(store)
    assert (passed.settled, passed.changed) == (1, {call.id})
    (call,) = store.calls()
    assert (call.disposition, call.settled, call.coverage) == (Disposition.MISSED, True, 1.0)
    assert join_all(store) == []


def test_a_phone_that_left_the_configuration_is_not_waited_for(office, store):
    office.ring(minute(0))
    office.read(ANNA, minute(0.5))
    office.read(BORIS, minute(10))
    office.read(VERA, minute(10))
    join_all(store)
    left = replace(MEANS, configured=frozenset({BORIS, VERA}))
    assert [one.settled for one in join_all(store, means=left)] == [1]
    (call,) = store.calls()
    assert call.settled
    assert call.disposition is Disposition.UNKNOWN
    assert call.coverage < 1.0


def test_hand_made_marks_are_kept_and_the_later_one_wins(office, store):
    ids = office.ring(minute(0))
    office.read_all(minute(10))
    join_all(store)
    store.add_mark("apart", ids[:1], ids[1:], by="Anna")
    join_all(store)
    assert len(list(store.calls())) == 2
    store.queue_all()
    join_all(store)
    assert len(list(store.calls())) == 2
    store.add_mark("together", ids)
    join_all(store)
    assert len(list(store.calls())) == 1
    assert [(mark.kind, mark.made_by) for mark in store.call_marks(ids[:1])] == [
        ("apart", "Anna"),
        ("together", None),
    ]
    with pytest.raises(ConfigError, match="no entry nobody"):
        store.add_mark("together", ["nobody", ids[0]])


def test_a_renamed_phone_bears_its_new_name_in_calls(office, store):
    office.ring(minute(0), phones=(ANNA, BORIS))
    office.read_all(minute(10))
    join_all(store)
    store.rename(ANNA, "front desk")
    join_all(store, means=replace(MEANS, phones={**PHONES, "101": ("front desk",)}))
    (call,) = store.calls()
    assert {leg.phone for leg in call.legs} == {"front desk", BORIS}
    assert set(call.could_answer) == {"front desk", BORIS, VERA}


def test_calls_that_waited_for_a_phone_not_yet_renamed_settle(office, store):
    office.read_all(minute(-10))
    store.sync_phones([PhoneSpec(name="front desk", extension="101")])
    means = replace(MEANS, phones={**PHONES, "101": ("front desk",)})
    office.ring(minute(0), phones=(BORIS, VERA))
    office.read_all(minute(10))
    join_all(store, means=means)
    (call,) = store.calls()
    assert (call.settled, set(call.could_answer)) == (False, {"front desk", BORIS, VERA})
    store.rename(ANNA, "front desk")
    join_all(store, means=means)
    (call,) = store.calls()
    assert (call.settled, call.disposition) == (True, Disposition.MISSED)


def test_a_store_from_before_calls_is_joined_once_it_is_opened(office, store, place):
    busy(office)
    office.read_all(minute(70))
    join_all(store)
    calls = list(store.calls())
    store.close()
    made = {table.name for table in SINCE_CALLS}
    for table in reversed(METADATA.sorted_tables):
        if table.name in made:
            place.execute(f"DROP TABLE {table.name}")
    place.execute("UPDATE alembic_version SET version_num = '0002'")
    with closing(place.opened()) as later:
        assert later.queued() == sum(len(call.entry_ids) for call in calls)
        join_all(later)
        assert list(later.calls()) == calls


def test_a_reason_of_an_earlier_version_is_the_sentence_it_was(office, store, place):
    office.ring(minute(0), answered=BORIS)
    office.read_all(minute(10))
    join_all(store)
    store.close()
    place.execute("""UPDATE calls SET reasons = '[["alone", ["one"], "Only 100% of desk-101 shows it."]]'""")
    with closing(place.opened()) as later:
        ((reason,),) = (call.reasons for call in later.calls())
    assert (reason.rule, reason.text) == (Rule.ALONE, "Only 100% of desk-101 shows it.")


def test_a_filter_finds_by_each_of_its_fields(office, store):
    office.ring(minute(0), answered=BORIS)
    office.say(VERA, "placed", minute(30), number="84955550002", duration_s=200)
    office.say(ANNA, "placed", minute(60), number="103", duration_s=None)
    office.say(VERA, "missed", minute(60), number="101")
    office.read_all(minute(90))
    join_all(store)
    first, second, third = store.calls()
    found = {
        (first,): [
            CallFilter(until=minute(20)), CallFilter(direction=CallDirection.INBOUND), CallFilter(phone=BORIS),
            CallFilter(number=CALLER), CallFilter(number=CALLER_E164), CallFilter(extension="102"),
        ],
        (second,): [CallFilter(direction=CallDirection.OUTBOUND), CallFilter(min_talk=100)],
        (third,): [
            CallFilter(direction=CallDirection.INTERNAL), CallFilter(number="ext:101"),
            CallFilter(since=minute(40), phone=VERA),
        ],
        (first, second, third): [CallFilter(department="Sales"), CallFilter()],
        (first, second): [CallFilter(disposition=Disposition.ANSWERED)],
    }  # fmt: skip
    for calls, filters in found.items():
        for wanted in filters:
            assert tuple(store.calls(wanted)) == calls, wanted
    assert list(store.calls_of("+74955550002")) == [second]
    with pytest.raises(ConfigError, match="knows no phone named"):
        store.calls(CallFilter(phone="nobody"))


def test_rows_of_a_phone_come_in_order_with_what_is_applied_to_them(office, store):
    office.say(ANNA, "placed", minute(1), number="*21#")
    office.say(ANNA, "missed", minute(2), number="anonymous")
    office.read(ANNA, minute(10))
    one, other = store.phone_rows(ANNA, None, None, plan_of=MEANS.plan_of)
    assert (one.party, one.extension, one.owner, one.department) == ("raw:*21#", "101", "Owner 101", "Sales")
    assert (one.clock.low, one.clock.high) == (-2.5, 2.5)
    assert (other.party, other.number, other.timed, other.heard) == (None, "anonymous", True, False)
    assert list(store.phone_rows(ANNA, minute(2), minute(3), plan_of=MEANS.plan_of)) == [other]
    assert store.call_rows([one.id, "nobody"], plan_of=MEANS.plan_of) == [one]


def calls_in(place):
    """What joining has made, table by table."""
    dump = place.dump()
    names = ("calls", "call_legs", "joined_entries", "join_keys", "waiting_calls")
    return {name: dump[name] for name in names}


def busy(office):
    """A morning with repeat callers, colleagues, a withheld number and calls nobody answers."""
    for n in range(6):
        office.ring(minute(10 * n), answered=NAMES[n % 3] if n % 2 else None)
        office.ring(
            minute(10 * n) + timedelta(seconds=150), number=f"8495555010{n}", phones=NAMES[: 1 + n % 3]
        )
    office.say(ANNA, "placed", minute(20), number="102", duration_s=30)
    office.say(BORIS, "received", minute(20), number="101", duration_s=30)
    office.say(VERA, "missed", minute(25), number="anonymous")


@pytest.mark.parametrize("limit", [3, 1000])
def test_any_batches_make_the_same_calls(office, store, place, limit):
    busy(office)
    for n, phone in enumerate(NAMES):
        office.read(phone, minute(70 + n))
        join_all(store, limit=limit)
    incremental = calls_in(place)
    assert len(incremental["calls"]) > 10
    for table in ("waiting_calls", "join_keys", "joined_entries", "call_legs", "calls"):
        place.execute(f"DELETE FROM {table}")
    store.queue_all()
    join_all(store, limit=1000)
    assert calls_in(place) == incremental
    store.queue_all()
    assert all(not one.changed for one in join_all(store, limit=7))
    assert calls_in(place) == incremental
    assert store.drop_orphans() == 0


def crowded_calls(store):
    return [call for call in store.calls() if any(one.rule is Rule.CROWDED for one in call.reasons)]


@pytest.mark.parametrize("limit", [4])
def test_a_machine_that_calls_all_day_costs_no_more_the_longer_it_does(
    office, store, place, limit, monkeypatch
):
    monkeypatch.setattr(linking, "MOST_ROWS", 20)
    office.ring(minute(-30), answered=BORIS)
    for hour in range(3):
        for n in range(30):
            office.say(ANNA, "missed", minute(60 * hour + n))
        office.read(ANNA, minute(60 * hour + 40))
        join_all(store, limit=limit)
    office.read_all(minute(200))
    assert len(crowded_calls(store)) == 90
    # What comes between two crowds makes one of them; of the rest nothing is looked at.
    for n in range(30):
        office.say(ANNA, "missed", minute(30 + n))
    office.read(ANNA, minute(210))
    looked = [one.rows for one in join_all(store, limit=limit) if one.entries]
    assert len(crowded_calls(store)) == 120
    assert max(looked) <= (90 if limit > 4 else 60)
    incremental = calls_in(place)
    for table in ("waiting_calls", "join_keys", "joined_entries", "call_legs", "calls"):
        place.execute(f"DELETE FROM {table}")
    store.queue_all()
    join_all(store, limit=1000)
    assert calls_in(place) == incremental


def test_what_lists_are_called_otherwise_settles_again_once(office, store):
    office.ring(minute(0))
    office.read_all(minute(10))
    join_all(store)
    (call,) = store.calls()
    assert call.settled
    with store._database.write() as connection:
        call_waiting.doubt(connection, 1)
    assert [one.settled for one in join_all(store)] == [1]
    assert list(store.calls()) == [call]
    with store._database.write() as connection:
        call_waiting.doubt(connection, 1)
    store.queue_all()
    assert [one.entries for one in join_all(store)] == [3]
    assert list(store.calls()) == [call]
