"""Who saw what stands in the audit log: once an hour for each thing, and without anybody's number."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from phonesync.errors import StoreError
from tests.web.people import OUTSIDERS

pytestmark = pytest.mark.anyio

NUMBER = f"+7{OUTSIDERS['answered'][1:]}"
SEEN = ("call.view", "number.view", "call.search")


@pytest.fixture
def call_id(site):
    return next(call.id for call in site.store.calls() if call.outside == NUMBER)


def noted(site):
    """What was seen, oldest first: who, what, of what, and the details."""
    rows = reversed(site.store.audit_page(limit=1000))
    return [(row.user, row.action, row.object, json.loads(row.detail)) for row in rows if row.action in SEEN]


async def test_an_opened_card_of_a_call_is_noted_once_an_hour_for_each_user_and_address(site, call_id):
    async with site.client("head") as client:
        for path in (f"/calls/{call_id}", f"/calls/{call_id}/details", f"/api/v1/calls/{call_id}"):
            assert (await client.get(path)).status_code == 200
    assert noted(site) == [("head", "call.view", call_id, {})]
    async with site.client("employee") as client:
        await client.get(f"/api/v1/calls/{call_id}")
    async with site.client("head", peer="192.0.2.77") as client:
        await client.get(f"/calls/{call_id}")
    assert [line[0] for line in noted(site)] == ["head", "employee", "head"]
    site.clock.instant += timedelta(minutes=59)
    async with site.client("head") as client:
        await client.get(f"/calls/{call_id}")
        assert len(noted(site)) == 3
        site.clock.instant += timedelta(minutes=2)
        await client.get(f"/calls/{call_id}")
    assert len(noted(site)) == 4


async def test_what_is_out_of_reach_is_not_noted_as_seen(site):
    other = next(call.id for call in site.store.calls() if call.outside == f"+7{OUTSIDERS['missed'][1:]}")
    async with site.client("employee") as client:
        assert (await client.get(f"/calls/{other}")).status_code == 404
        assert (await client.get(f"/api/v1/numbers/+7{OUTSIDERS['missed'][1:]}")).status_code == 404
    assert noted(site) == []


async def test_an_opened_card_of_a_number_is_told_by_a_call_with_it_and_masked(site, call_id):
    async with site.client("head") as client:
        for path in (f"/numbers/{NUMBER}", f"/api/v1/numbers/{NUMBER}"):
            assert (await client.get(path)).status_code == 200
        assert (await client.get("/numbers/ext:101")).status_code == 200
    outside, inside = noted(site)
    assert outside == ("head", "number.view", call_id, {"number": "+7495•••••01"})
    assert inside[3] == {"number": "ext:101"}


async def test_a_search_is_noted_once_with_its_filter_and_numbers_in_it_masked(site):
    async with site.client("head") as client:
        for path in ("/calls?q=495+555-00-01", "/calls?q=495+555-00-01", "/api/v1/calls?q=495+555-00-01"):
            assert (await client.get(path)).status_code == 200
        live = await client.get("/calls/live?q=495+555-00-02")
        assert live.status_code == 200
        await client.get("/api/v1/calls", params={"party": NUMBER, "limit": 1})
        await client.get("/api/v1/calls?q=Anna+4955550001+5550001")
        await client.get("/calls")
        await client.get("/why?q=5550001")
    assert [(line[2], line[3]["filter"]) for line in noted(site)] == [
        ("calls", "q=4955••••01"),
        ("calls", "party=+7495•••••01"),
        ("calls", "q=Anna 4955•••••••••••01"),
        ("calls", ""),
        ("why", "q=•••••01"),
    ]


async def test_what_cannot_be_noted_is_not_shown_and_noted_the_next_time(site, call_id, monkeypatch):
    def fails(act):
        raise StoreError("The store is locked.")

    with monkeypatch.context() as patched:
        patched.setattr(site.store, "note_act", fails)
        async with site.client("head") as client:
            answer = await client.get(f"/calls/{call_id}")
    assert answer.status_code != 200
    assert "84955550001" not in answer.text
    async with site.client("head") as client:
        await client.get(f"/calls/{call_id}")
    assert len(noted(site)) == 1
