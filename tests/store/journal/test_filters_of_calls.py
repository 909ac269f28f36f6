from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert

from phonesync.calls.values import CallDirection, Disposition
from phonesync.journal.access import Scope
from phonesync.journal.filters import Commented, JournalFilter, Tab
from phonesync.store.tables import CALLBACKS
from tests.store.desk import minute
from tests.store.journal.conftest import ALL, ANNAS, EVER, SALES
from tests.store.journal.said import blank, keep_user
from tests.store.offices import BORIS, VERA

FOUND = {
    "tab missed": ({"tab": Tab.MISSED}, ["missed"]),
    "tab received": ({"tab": Tab.RECEIVED}, ["for Vera", "answered"]),
    "tab outgoing": ({"tab": Tab.OUTGOING}, ["made"]),
    "tab internal": ({"tab": Tab.INTERNAL}, ["inside"]),
    "direction": ({"directions": (CallDirection.OUTBOUND, CallDirection.INTERNAL)}, ["inside", "made"]),
    "outcome": ({"outcomes": (Disposition.MISSED, Disposition.BUSY)}, ["missed"]),
    "employee": ({"employees": ("Owner 102",)}, ["missed", "answered"]),
    "employees": (
        {"employees": ("Owner 102", "Owner 103")},
        ["for Vera", "inside", "missed", "answered"],
    ),
    "department": ({"departments": ("Sales",)}, ["for Vera", "inside", "made", "missed", "answered"]),
    "no department": ({"departments": ("Stores",)}, []),
    "site": ({"sites": ("kazan",)}, ["for Vera", "inside", "missed", "answered"]),
    "no site": ({"sites": ("omsk",)}, []),
    "phone": ({"phones": (VERA,)}, ["for Vera", "inside", "missed", "answered"]),
    "phone and employee": (
        {"phones": (VERA,), "employees": ("Owner 101",)},
        ["inside", "missed", "answered"],
    ),
    "line": ({"lines": (1,)}, ["for Vera", "inside", "made", "missed", "answered"]),
    "no line": ({"lines": (2,)}, []),
    "number": ({"parties": ("+78125550004",)}, ["for Vera"]),
    "extension": ({"parties": ("ext:103",)}, ["for Vera", "inside"]),
    "number code": ({"regions": ("+7812",)}, ["for Vera"]),
    "country": ({"regions": ("RU",)}, ["for Vera", "made", "missed", "answered"]),
    "no country": ({"regions": ("KZ",)}, []),
    "talk from": ({"talk_from": 61}, ["made"]),
    "talk to": ({"talk_to": 20}, ["inside", "missed"]),
    "no talk": ({"talk_to": 0}, ["missed"]),
    "ring from": ({"ring_from": 1}, []),
    "ring to": ({"ring_to": 99}, []),
    "uncertain": ({"uncertain": True}, []),
    "certain": ({"uncertain": False}, ["for Vera", "inside", "made", "missed", "answered"]),
    "two at once": ({"tab": Tab.RECEIVED, "parties": ("+74955550001", "+74955550002")}, ["answered"]),
}


def test_each_filter_finds_what_fits_in_each_scope(day):
    within = {
        "everybody": (ALL, set(day.names.values())),
        "owner": (ANNAS, {"answered", "missed", "made", "inside"}),
        "department": (SALES, set(day.names.values())),
        "both": (replace(ANNAS, departments=frozenset({"Stores"})), {"answered", "missed", "made", "inside"}),
        "nothing": (Scope(), set()),
    }
    for name, (wanted, calls) in FOUND.items():
        for who, (scope, reached) in within.items():
            expected = [call for call in calls if call in reached]
            found = day.found(replace(EVER, **wanted), scope)
            assert found == expected, (name, who)
            counts = day.store.journal_counts(replace(EVER, **wanted), scope, seen_from=day.asked())
            assert counts.tabs[wanted.get("tab", Tab.ALL)] == len(expected), (name, who)


@pytest.fixture
def users(store):
    """Rows of users: one whom the scopes of tests speak of, and another."""
    return keep_user(store, "Anna"), keep_user(store, "Head")


def call_of(day, name):
    return next(id_ for id_, call in day.names.items() if call == name)


def shown(day, name, scope=ALL):
    return day.store.journal_call(call_of(day, name), scope)


def test_tags_of_calls_and_of_numbers_find_calls_and_are_shown(day, users):
    tags = {tag.name: tag for tag in day.store.tags()}
    important, client = tags["important"], tags["new_client"]
    day.store.tag_call(call_of(day, "made"), important.id, user_id=users[0])
    day.store.tag_number("+78125550004", client.id, user_id=users[0])
    assert day.found(replace(EVER, tags=(important.id,))) == ["made"]
    assert day.found(replace(EVER, tags=(client.id, important.id))) == ["for Vera", "made"]
    assert day.found(replace(EVER, tags=(client.id,)), ANNAS) == []
    assert shown(day, "made").tags == (important,)
    assert shown(day, "for Vera").number_tags == (client,)


def test_calls_of_spam_numbers_are_shown_on_demand_alone(day, users):
    spam = next(tag for tag in day.store.tags() if tag.name == "spam")
    day.store.tag_number("+74955550002", spam.id, user_id=users[0])
    assert day.found() == ["for Vera", "inside", "made", "answered"]
    assert day.found(replace(EVER, spam=True)) == ["for Vera", "inside", "made", "missed", "answered"]
    assert shown(day, "missed").spam
    assert not shown(day, "answered").spam


def test_comments_find_calls_until_they_are_deleted(day, users):
    comment = day.store.comment_call(call_of(day, "missed"), "Call him.", user_id=users[0])
    with_comment, without = (replace(EVER, comments=one) for one in Commented)
    assert day.found(with_comment) == ["missed"]
    assert day.found(without) == ["for Vera", "inside", "made", "answered"]
    assert shown(day, "missed").comments == 1
    day.store.delete_comment(comment.id)
    assert day.found(with_comment) == []
    assert shown(day, "missed").comments == 0


def test_favourites_are_everybody_s_own(day, users):
    day.store.star_call(call_of(day, "made"), user_id=users[0], favourite=True, rating=4)
    favourites = replace(EVER, favourite=True)
    mine, other = (replace(ALL, user_id=user) for user in users)
    assert day.found(favourites, mine) == ["made"]
    assert day.found(favourites, other) == []
    assert day.found(favourites, replace(ALL, user_id=None)) == []
    assert (shown(day, "made", mine).favourite, shown(day, "made", mine).rating) == (True, 4)
    assert (shown(day, "made", other).favourite, shown(day, "made", other).rating) == (False, None)


def test_a_private_call_counts_but_says_nothing_to_superiors(day, users):
    day.store.hide_call(call_of(day, "made"), "Owner 101", user_id=users[0], hidden=True)
    for scope in (ALL, SALES, replace(SALES, owner="Owner 102")):
        seen = shown(day, "made", scope)
        assert seen.private
        assert seen.hidden
        assert (seen.call.called.e164, seen.call.called.number_shown, seen.call.called.name) == (None,) * 3
        assert day.found(scope=scope) == day.found()
        assert day.store.journal_counts(EVER, scope, seen_from=day.asked()).tabs[Tab.OUTGOING] == 1
    mine = shown(day, "made", ANNAS)
    assert mine.private
    assert not mine.hidden
    assert mine.call.called.e164 == "+74955550003"


@pytest.mark.parametrize(
    "wanted", [{"search": "5550003"}, {"parties": ("+74955550003",)}, {"regions": ("+7495555000",)}]
)
def test_a_private_call_is_not_found_by_what_it_hides(day, users, wanted):
    day.store.hide_call(call_of(day, "made"), "Owner 101", user_id=users[0], hidden=True)
    assert "made" not in day.found(replace(EVER, **wanted))
    assert "made" in day.found(replace(EVER, **wanted), ANNAS)


def test_numbers_and_names_of_the_outside_are_masked_for_who_may_not_see_them(day):
    masked = replace(ALL, masked=True)
    calls = list(day.store.journal_calls(EVER, masked, seen_from=day.asked()))
    assert day.called(calls) == day.found()
    for one in calls:
        assert one.masked
        for end in (one.call.calling, one.call.called):
            if end.e164 is not None:
                assert "•••••" in end.e164
                assert "5550" not in f"{end.e164}{end.number_shown}"
                assert end.name is None
        assert not any("5550" in reason.text for reason in one.call.reasons)


def test_a_missed_call_says_whether_its_caller_still_waits(day, store):
    row = blank(CALLBACKS) | {
        "party": "+74955550002", "owner": "Sales", "first_call": "x", "last_call": "x", "misses": 1,
        "opened_at": minute(30), "last_at": minute(30), "attempts": 0,
    }  # fmt: skip
    del row["id"]
    assert not shown(day, "missed").callback_open
    with store._database.write() as connection:
        connection.execute(insert(CALLBACKS).values(**row))
    assert shown(day, "missed").callback_open
    assert not shown(day, "answered").callback_open
    assert day.store.journal_counts(EVER, ALL, seen_from=day.asked()).still_open == 1


def test_figures_say_where_they_end(day, monkeypatch):
    monkeypatch.setattr("phonesync.store.journal.counting.AT_MOST", 2)
    counts = day.store.journal_counts(EVER, ALL, seen_from=day.asked())
    assert counts.is_capped
    assert counts.since == minute(50)
    assert (counts.first_at, counts.last_at) == (None, minute(90))
    assert counts.tabs[Tab.ALL] == 3


def test_calls_of_many_phones_are_tested_one_by_one(day, monkeypatch):
    monkeypatch.setattr("phonesync.store.journal.ways.MANY", 1)
    for wanted in ({"phones": (BORIS, VERA)}, {"employees": ("Owner 102", "Owner 103")}):
        assert day.found(replace(EVER, **wanted)) == ["for Vera", "inside", "missed", "answered"]
    many = replace(SALES, departments=frozenset({"Sales", "Stores"}))
    assert len(day.found(scope=many)) == 5


def test_marked_calls_are_tested_one_by_one_where_they_are_many(day, users, monkeypatch):
    monkeypatch.setattr("phonesync.store.journal.ways.MANY_MARKED", 1)
    important = next(tag for tag in day.store.tags() if tag.name == "important")
    for name in ("made", "missed"):
        day.store.tag_call(call_of(day, name), important.id, user_id=users[0])
        day.store.comment_call(call_of(day, name), "Well.", user_id=users[0])
    for wanted in ({"tags": (important.id,)}, {"comments": Commented.WITH}):
        assert day.found(replace(EVER, **wanted)) == ["made", "missed"]


def test_without_a_filter_the_last_seven_days_are_shown(day):
    assert len(day.found(JournalFilter())) == 5
    assert day.store.journal_page(JournalFilter(), ALL, seen_from=day.asked(at=60 * 24 * 9)).calls == ()
