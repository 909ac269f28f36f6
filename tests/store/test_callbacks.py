"""Call-backs in the store: made anew from the calls of a party, and listed."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Boolean, delete, insert

from phonesync.calls.callbacks import CallbackRules, ClosedHow
from phonesync.calls.values import CallDirection, Disposition
from phonesync.store.callback_records import CallbackFilter
from phonesync.store.tables import CALL_LEGS, CALLS, PHONES
from tests.store.desk import minute

PARTY, OTHER = "+74955550101", "+74955550102"
RULES = CallbackRules(
    target=timedelta(minutes=30), window=timedelta(minutes=5), zone=ZoneInfo("Europe/Moscow")
)
ALL = CallbackFilter(opened_before=minute(100_000))


@pytest.fixture
def keep(store):
    """Keeps a call as joining leaves it; returns its id."""
    numbers = count(1)

    def keep(direction, disposition, at, *, party=PARTY, talk_s=None, owner="Sales", legs=(), **ends):
        call_id = f"call-{next(numbers):02}"
        row: dict[str, object] = {
            column.name: False if isinstance(column.type, Boolean) else None for column in CALLS.c
        }
        row |= {
            "id": call_id,
            "direction": direction,
            "disposition": disposition,
            "started_at": minute(at),
            "started_within_s": 0,
            "talk_s": talk_s,
            "outside": None if direction == "internal" else party,
            "owner": owner,
            "department": None if owner is None else "Trade",
            "could_answer": "[]",
            "reasons": "[]",
            **ends,
        }
        with store._database.write() as connection:
            connection.execute(insert(CALLS), row)
            for ordinal, phone in enumerate(legs):
                leg: dict[str, object] = dict.fromkeys(column.name for column in CALL_LEGS.c)
                number = connection.execute(PHONES.select().where(PHONES.c.name == phone)).one().id
                leg |= {"call_id": call_id, "ordinal": ordinal, "phone_id": number, "outcome": "missed"}
                connection.execute(
                    insert(CALL_LEGS),
                    leg | {"started_at": minute(at), "call_at": minute(at), "entry_ids": "x"},
                )
        return call_id

    return keep


def listed(store, **wanted):
    return [one.callback for one in store.callbacks(replace(ALL, **wanted))]


def missed(keep, at, **more):
    return keep(CallDirection.INBOUND, Disposition.MISSED, at, **more)


def test_a_miss_opens_one_and_a_call_back_closes_it(store, keep):
    first = missed(keep, 0)
    assert store.refresh_callbacks({PARTY: None}, RULES) == 1
    (found,) = listed(store)
    assert (found.party, found.owner, found.department) == (PARTY, "Sales", "Trade")
    assert (found.first_call, found.opened_at, found.due_at) == (first, minute(0), minute(30))
    assert store.refresh_callbacks({PARTY: None, OTHER: None}, RULES) == 0
    tried = keep(CallDirection.OUTBOUND, Disposition.UNKNOWN, 10)
    reached = keep(CallDirection.OUTBOUND, Disposition.UNKNOWN, 20, talk_s=60)
    assert store.refresh_callbacks({PARTY: minute(10)}, RULES) == 1
    (found,) = listed(store)
    assert (found.attempts, found.last_attempt_at) == (1, minute(10))
    assert (found.closed_at, found.closed_by) == (minute(20), reached)
    assert found.closed_how is ClosedHow.CALLED_BACK
    assert tried != reached


def test_what_calls_do_not_show_any_more_is_gone(store, keep):
    missed(keep, 0)
    gone = missed(keep, 90, owner=None)
    store.refresh_callbacks({PARTY: None}, RULES)
    assert [one.owner for one in listed(store)] == ["Sales", None]
    with store._database.write() as connection:
        connection.execute(delete(CALLS).where(CALLS.c.id == gone))
    assert store.refresh_callbacks({PARTY: minute(90)}, RULES) == 1
    assert [one.owner for one in listed(store)] == ["Sales"]


def test_what_was_closed_before_calls_changed_is_left_alone(store, keep):
    missed(keep, 0)
    keep(CallDirection.INBOUND, Disposition.ANSWERED, 30)
    store.refresh_callbacks({PARTY: None}, RULES)
    missed(keep, 500)
    assert store.refresh_callbacks({PARTY: minute(500)}, RULES) == 1
    assert [one.closed_how for one in listed(store)] == [ClosedHow.GOT_THROUGH, None]


def test_internal_calls_open_call_backs_where_the_rules_say_so(store, keep):
    ends = {"calling_extension": "103", "called_extension": "101", "owner": "Anna A."}
    keep(CallDirection.INTERNAL, Disposition.MISSED, 0, **ends)
    assert store.refresh_callbacks({"ext:103": None, "ext:101": None}, RULES) == 0
    internal = replace(RULES, internal=True)
    assert store.apply_callback_rules(internal)
    (found,) = listed(store)
    assert (found.party, found.owner) == ("ext:103", "Anna A.")
    keep(CallDirection.INTERNAL, Disposition.ANSWERED, 9, calling_extension="101", called_extension="103")
    assert store.refresh_callbacks({"ext:103": minute(9), "ext:101": minute(9)}, internal) == 1
    (found,) = listed(store)
    assert found.closed_how is ClosedHow.CALLED_BACK


def test_other_rules_make_all_of_them_anew(store, keep):
    missed(keep, 0)
    missed(keep, 0, party=OTHER)
    assert store.apply_callback_rules(RULES)
    assert not store.apply_callback_rules(RULES)
    assert {one.due_at for one in listed(store)} == {minute(30)}
    assert store.apply_callback_rules(replace(RULES, target=timedelta(hours=2)))
    assert {one.due_at for one in listed(store)} == {minute(120)}


def test_the_target_is_counted_by_the_clock_of_the_phone_that_rang(store, keep, desk):
    missed(keep, 0, legs=[desk.name])
    missed(keep, 0, party=OTHER)
    keep(CallDirection.OUTBOUND, Disposition.VOICEMAIL, 5, party=None)
    zones = {desk.name: ZoneInfo("Asia/Vladivostok")}
    hours = replace(RULES.hours, week=(((0, 1140),),) * 7)  # until 19:00, which was when it rang there
    store.apply_callback_rules(replace(RULES, hours=hours, zones=zones))
    assert [one.due_at for one in listed(store)] == [minute(5 * 60 + 30), minute(30)]


def test_they_are_listed_by_owner_department_time_and_state(store, keep):
    for number in range(4):
        missed(keep, number * 60, party=f"+7495555020{number}", owner="Sales" if number % 2 else "Support")
    keep(CallDirection.OUTBOUND, Disposition.ANSWERED, 61, party="+74955550201")
    store.apply_callback_rules(RULES)

    def shown(**wanted):
        return [(one.opened_at - minute(0)).seconds // 60 for one in listed(store, **wanted)]

    assert shown() == [0, 60, 120, 180]
    assert shown(only_open=True) == [0, 120, 180]
    assert shown(opened_before=minute(120)) == [0, 60, 120]
    assert shown(owner="Sales") == [60, 180]
    assert shown(department="Trade", since=minute(60), until=minute(180)) == [60, 120]
    assert shown(department="Sales") == []


def test_they_are_listed_with_what_was_shown_of_the_caller(store, keep, desk):
    missed(keep, 0, calling_number="84955550101", calling_name="Petrova", legs=[desk.name])
    missed(keep, 1, party=OTHER)
    store.apply_callback_rules(RULES)
    first, second = store.callbacks(ALL)
    assert (first.number_shown, first.name_shown, first.phone) == ("84955550101", "Petrova", desk.name)
    assert (second.number_shown, second.name_shown, second.phone) == (None, None, None)


def test_they_are_listed_page_after_page(store, keep, monkeypatch):
    monkeypatch.setattr("phonesync.store.callbacks.PAGE", 2)
    for number in range(5):
        missed(keep, number // 2 * 10, party=f"+7495555020{number}")
    store.apply_callback_rules(RULES)
    assert [one.party[-1] for one in listed(store)] == ["0", "1", "2", "3", "4"]
