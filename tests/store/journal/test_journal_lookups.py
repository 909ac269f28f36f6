from __future__ import annotations

from dataclasses import replace

import pytest

from phonesync.calls.values import Disposition
from phonesync.journal.filters import Commented, Tab
from phonesync.store.journal import counting
from tests.store.journal.conftest import ALL, ANNAS, EVER, SALES
from tests.store.offices import ANNA, BORIS
from tests.store.test_call_lookups import plans, read_through

__all__ = ["plans"]

FILTERS = {
    "tab": Tab.MISSED,
    "outcomes": (Disposition.MISSED, Disposition.BUSY),
    "employees": ("Owner 101", "Owner 102"),
    "departments": ("Sales",),
    "sites": ("kazan",),
    "phones": (ANNA, BORIS),
    "lines": (1,),
    "parties": ("+74955550001", "ext:101", "raw:*98"),
    "tags": (1,),
    "regions": ("RU", "+7495"),
    "search": "5550001",
    "talk_from": 10,
    "comments": Commented.WITH,
    "favourite": True,
    "spam": True,
}


@pytest.mark.parametrize("scope", [ALL, ANNAS, SALES], ids=["everybody", "owner", "department"])
def test_no_page_and_no_figure_reads_a_table_from_end_to_end(day, plans, monkeypatch, scope):
    monkeypatch.setattr(counting, "AT_MOST", 1)
    for wanted in (EVER, *(replace(EVER, **{name: value}) for name, value in FILTERS.items())):
        page = day.store.journal_page(wanted, scope, limit=1, seen_from=day.asked())
        if page.next is not None:
            day.store.journal_page(wanted, scope, limit=1, before=page.next, seen_from=day.asked())
        day.store.journal_counts(wanted, scope, seen_from=day.asked())
    assert plans
    assert read_through(plans) == []
    legs = [step for _, step in plans if step.startswith("SEARCH leg ")]
    assert legs
    assert all("(call_id=?" in step for step in legs)


def test_an_employee_s_calls_come_from_her_legs(day, plans):
    day.store.journal_page(replace(EVER, tab=Tab.MISSED), ANNAS, seen_from=day.asked())
    assert any("ix_call_legs_owner_call_at" in step for _, step in plans)


def test_a_number_s_calls_come_from_its_index(day, plans):
    day.store.journal_page(replace(EVER, search="5550001", tab=Tab.MISSED), ALL, seen_from=day.asked())
    assert any("ix_calls_outside_started_at" in step for _, step in plans)
    assert any("party_tails" in step and step.startswith("SEARCH") for _, step in plans)
