"""What people do about call-backs, in the store, and whose they are."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from phonesync.calls.callbacks import CallbackRules
from phonesync.journal.access import Scope
from phonesync.journal.callback_states import State, Step
from phonesync.journal.marks import NoSuchMark
from phonesync.store.journal import callback_work
from phonesync.store.journal.callback_work import CallbacksWanted
from tests.store.desk import minute
from tests.store.journal.said import OTHER, PARTY, keep_call, keep_user

RULES = CallbackRules(
    target=timedelta(minutes=30), window=timedelta(minutes=5), zone=ZoneInfo("Europe/Moscow")
)
EVERYBODY = Scope(everybody=True)
OWN = frozenset({"Anna A.", "101", "Hotline"})


def listed(store, scope=EVERYBODY, *, at=60, **wanted):
    wanted = {"now": minute(at), "opened_before": minute(at - 5), "owners": OWN} | wanted
    return list(store.journal_callbacks(scope, CallbacksWanted(**wanted)))


def owners(found):
    return [one.callback.owner for one in found]


@pytest.fixture
def missed(store, desk):
    """Misses a caller; returns the call."""

    def missed(at, **more):
        call = keep_call(store, desk.name, at, **more)
        store.apply_callback_rules(RULES)
        store.refresh_callbacks({PARTY: None, OTHER: None}, RULES)
        return call

    return missed


def test_a_reader_sees_those_of_his_own_of_his_departments_or_all(store, missed):
    for at, (owner, department) in enumerate(
        [
            ("Anna A.", "Sales"),
            ("101", "Sales"),
            ("Hotline", None),
            ("Boris B.", "Sales"),
            ("Vera V.", "Help"),
        ]
    ):
        missed(at, owner=owner, department=department)
    assert owners(listed(store)) == ["Anna A.", "101", "Hotline", "Boris B.", "Vera V."]
    assert owners(listed(store, Scope(owner="Anna A."))) == ["Anna A.", "101", "Hotline"]
    head = Scope(owner="Anna A.", departments=frozenset({"Sales"}))
    assert owners(listed(store, head)) == ["Anna A.", "101", "Hotline", "Boris B."]
    assert owners(listed(store, Scope(departments=frozenset({"Help"})))) == ["Vera V."]
    assert owners(listed(store, Scope())) == []
    assert owners(listed(store, owner="101")) == ["101"]
    assert owners(listed(store, department="Help")) == ["Vera V."]
    assert owners(listed(store, since=minute(1), until=minute(3))) == ["101", "Hotline"]
    assert owners(listed(store, at=7)) == ["Anna A.", "101", "Hotline"]


def test_they_are_narrowed_to_some_callers(store, missed):
    missed(0, owner="101")
    missed(1, owner="102", party=OTHER)
    assert owners(listed(store, parties=(OTHER,))) == ["102"]
    assert owners(listed(store, parties=(PARTY, OTHER))) == ["101", "102"]


def test_they_come_in_pages_of_constant_size(store, missed, monkeypatch):
    monkeypatch.setattr(callback_work, "PAGE", 2)
    for at in range(5):
        missed(at, owner=f"10{at}")
    assert owners(listed(store)) == ["100", "101", "102", "103", "104"]


def test_callers_marked_as_spam_and_calls_that_others_keep_private_are_left_out(store, missed):
    missed(0)
    private = missed(1, party=OTHER)
    anna = keep_user(store, "Anna A.")
    store.tag_number(PARTY, store.tags()[2].id, user_id=anna)
    assert [one.id for one in listed(store)] == [private]
    store.hide_call(private, "Anna A.", user_id=anna, hidden=True)
    assert listed(store) == []
    assert [one.id for one in listed(store, Scope(owner="Anna A."))] == [private]


def test_steps_are_kept_and_say_how_it_stands(store, missed, clock):
    call = missed(0)
    anna = keep_user(store, "Anna A.")

    def one(at=60):
        found = store.journal_callback(call, EVERYBODY, owners=OWN, now=minute(at))
        assert found is not None
        return found

    assert one().standing.state is State.OPEN
    clock.instant = minute(10)
    store.work_on_callback(one().callback, Step.TAKEN, user_id=anna)
    assert (one().standing.state, one().standing.taken_by) == (State.TAKEN, "Anna A.")
    clock.instant = minute(20)
    store.work_on_callback(one().callback, Step.SNOOZED, user_id=anna, until=minute(90), reason="сейчас обед")
    assert (one().standing.state, one().standing.snoozed_until) == (State.SNOOZED, minute(90))
    assert one(91).standing.state is State.TAKEN
    clock.instant = minute(30)
    store.work_on_callback(one().callback, Step.DONE, user_id=None, reason="wrong number")
    assert listed(store) == []
    (done,) = listed(store, only_waiting=False)
    assert (done.standing.state, done.standing.reason, done.callback.closed_at) == (
        State.DONE,
        "wrong number",
        None,
    )
    assert [(step.step, step.user, step.at) for step in done.work] == [
        (Step.TAKEN, "Anna A.", minute(10)),
        (Step.SNOOZED, "Anna A.", minute(20)),
        (Step.DONE, None, minute(30)),
    ]
    missed(40)
    assert [found.standing.state for found in listed(store)] == [State.OPEN]


def test_a_call_back_nobody_may_see_or_that_is_gone_is_none(store, missed):
    call = missed(0)
    assert store.journal_callback(call, Scope(owner="Boris B."), owners=frozenset(), now=minute(9)) is None
    assert store.journal_callback("nobody", EVERYBODY, owners=OWN, now=minute(9)) is None
    (found,) = listed(store)
    keep_call(store, "desk-101", -1, disposition="answered", direction="inbound")
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM callbacks")
    with pytest.raises(NoSuchMark, match="no such call-back any more"):
        store.work_on_callback(found.callback, Step.TAKEN, user_id=None)


def test_lists_of_others_are_told_how_theirs_stand(store, missed):
    missed(0)
    (found,) = listed(store)
    store.work_on_callback(found.callback, Step.DONE, user_id=None)
    ((same, stands),) = store.callback_standings([found.listed], minute(60))
    assert (same, stands.state) == (found.listed, State.DONE)
