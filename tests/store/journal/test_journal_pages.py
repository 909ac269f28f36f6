from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from phonesync.errors import ConfigError
from phonesync.journal.access import Scope
from phonesync.journal.filters import Tab
from phonesync.store.journal import finding
from phonesync.store.journal.records import Cursor
from tests.store.desk import minute
from tests.store.journal.conftest import ALL, ANNAS, EVER, SALES
from tests.store.offices import BORIS


def test_calls_are_listed_newest_first(day):
    assert day.found() == ["for Vera", "inside", "made", "missed", "answered"]


def test_an_employee_reaches_her_own_calls_alone(day):
    assert day.found(scope=ANNAS) == ["inside", "made", "missed", "answered"]


def test_a_head_reaches_the_calls_of_his_departments(day):
    assert len(day.found(scope=SALES)) == 5
    assert day.found(scope=Scope(departments=frozenset({"Stores"}))) == []


def test_who_reaches_nothing_finds_nothing(day):
    assert day.found(scope=Scope()) == []
    assert day.store.journal_counts(EVER, Scope(), seen_from=day.asked()).tabs[Tab.ALL] == 0


def test_pages_follow_one_another_by_key(day):
    first = day.store.journal_page(EVER, ALL, limit=2, seen_from=day.asked())
    second = day.store.journal_page(EVER, ALL, limit=2, before=first.next, seen_from=day.asked())
    third = day.store.journal_page(EVER, ALL, limit=2, before=second.next, seen_from=day.asked())
    assert day.called([*first.calls, *second.calls, *third.calls]) == day.found()
    assert third.next is None


def test_a_place_in_the_journal_can_stand_in_an_address(day):
    page = day.store.journal_page(EVER, ALL, limit=2, seen_from=day.asked())
    assert Cursor.from_text(str(page.next)) == page.next
    with pytest.raises(ConfigError, match='"yesterday" is no place in the journal'):
        Cursor.from_text("yesterday")


def test_a_page_looks_at_so_many_calls_and_says_where_to_go_on(day, monkeypatch):
    monkeypatch.setattr(finding, "AT_MOST", 2)
    wanted = replace(EVER, tab=Tab.MISSED)
    page = day.store.journal_page(wanted, ALL, seen_from=day.asked())
    assert page.calls == ()
    assert page.next is not None
    assert day.found(wanted) == ["missed"]


@pytest.mark.parametrize(("ahead", "growth"), [(1, 1), (1, 8), (2, 3)])
def test_a_page_is_the_same_however_it_was_looked_for(day, monkeypatch, ahead, growth):
    wanted = {tab: day.found(replace(EVER, tab=tab)) for tab in Tab}
    monkeypatch.setattr(finding, "AHEAD", ahead)
    monkeypatch.setattr(finding, "GROWTH", growth)
    for tab, names in wanted.items():
        pages, before = [], None
        while True:
            seen_from = day.asked()
            page = day.store.journal_page(replace(EVER, tab=tab), ALL, seen_from, before=before, limit=1)
            pages += day.called(page.calls)
            if page.next is None:
                break
            before = page.next
        assert pages == names


def test_a_call_is_found_by_any_of_its_entries(day):
    calls = list(day.store.journal_calls(EVER, ALL, seen_from=day.asked()))
    for one in calls:
        for entry_id in one.call.entry_ids:
            assert day.store.journal_call(entry_id, ALL) == one
    assert day.store.journal_call("unheard of", ALL) is None


def test_a_call_out_of_reach_is_as_if_it_were_not_there(day):
    for_vera = day.store.journal_page(EVER, ALL, limit=1, seen_from=day.asked()).calls[0]
    assert day.store.journal_call(for_vera.call.id, ANNAS) is None


def test_figures_are_of_the_filter_and_tabs_of_the_rest_of_it(day):
    counts = day.store.journal_counts(EVER, ALL, seen_from=day.asked())
    assert dict(counts.tabs) == {
        Tab.ALL: 5, Tab.MISSED: 1, Tab.RECEIVED: 2, Tab.OUTGOING: 1, Tab.INTERNAL: 1,
    }  # fmt: skip
    assert (counts.answered, counts.missed, counts.talk_s) == (4, 1, 60 + 90 + 20 + 60)
    assert (counts.first_at, counts.last_at) == (minute(10), minute(90))
    missed = day.store.journal_counts(replace(EVER, tab=Tab.MISSED), ALL, seen_from=day.asked())
    assert (missed.first_at, missed.last_at) == (minute(30), minute(30))
    assert missed.tabs == counts.tabs
    assert (missed.answered, missed.missed, missed.talk_s) == (0, 1, 0)
    assert not missed.is_capped


def test_a_filter_says_what_it_hides(day):
    wanted = replace(EVER, tab=Tab.MISSED, phones=(BORIS,))
    assert day.store.journal_hidden(wanted, ALL, seen_from=day.asked()) == {"tab": 1}
    assert day.store.journal_hidden(EVER, ALL, seen_from=day.asked()) == {}


def test_a_filter_by_days_goes_by_the_midnights_of_the_reader(day):
    assert day.found(replace(EVER, since=date(2026, 3, 2), until=date(2026, 3, 2))) == day.found()
    assert day.found(replace(EVER, since=date(2026, 3, 3))) == []


def test_choices_are_what_the_reader_reaches(day):
    everything = day.store.journal_choices(ALL, office=day.asked().office)
    assert everything.employees == ("Owner 101", "Owner 102", "Owner 103")
    assert everything.departments == ("Sales",)
    assert everything.sites == ("kazan", "moscow")
    assert everything.phones == ("desk-101", "desk-102", "desk-103")
    assert everything.lines == (1, 2)
    mine = day.store.journal_choices(ANNAS, office=day.asked().office)
    assert (mine.employees, mine.phones, mine.sites) == (("Owner 101",), ("desk-101",), ("moscow",))
