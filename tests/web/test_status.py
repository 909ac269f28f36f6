"""The state of the phones: pages and API, page by page, for whoever may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phonesync.agent.schedules import Task, schedules
from phonesync.ledger.values import SpanState
from phonesync.store.records import PhoneStanding, RawKind, RawRecord
from phonesync.web.phone_overview import STANDINGS
from phonesync.web.status_words import SPANS, STATES, TASKS
from tests.store.desk import minute

pytestmark = pytest.mark.anyio

PAGES = ("/status", "/status/gaps", "/status/quarantine", "/status/deliveries", "/status/sources")
API = ("phones", "gaps", "quarantine", "deliveries", "contact-sources", "schedules")
MORE = """\
[[contacts]]
name = "staff"
kind = "csv"
path = "staff.csv"
"""


def quarantine(site, count):
    phone = site.store.phone("desk-101")
    for number in range(count):
        site.store.quarantine(
            phone.incarnation,
            [
                RawRecord(
                    kind=RawKind.QUARANTINED,
                    path=f"/calls-{number}",
                    content_type="text/html",
                    content=b"<b>hello</b>" * (number + 1),
                    reason="nobody <knows> it",
                )
            ],
            at=minute(number),
        )


async def test_only_whoever_may_see_phones_sees_their_state(site):
    for role, status in (("administrator", 200), ("head", 403), ("analyst", 403)):
        async with site.client(role) as client:
            for path in (*PAGES, *(f"/api/v1/{name}" for name in API)):
                assert (await client.get(path)).status_code == status, (role, path)


async def test_phones_are_listed_by_name_page_by_page(site):
    async with site.client("administrator") as client:
        seen, cursor = [], ""
        for _ in range(5):
            page = (await client.get("/api/v1/phones", params={"limit": 1, "cursor": cursor})).json()
            seen += [phone["name"] for phone in page["phones"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert seen == ["desk-101", "desk-102", "desk-103"]
    assert page["counts"] == {"up": 3}


async def test_a_phone_tells_how_it_fares(site):
    state = site.store.phone("desk-103")
    site.store.save_state(
        type(state)(
            **{
                **{name: getattr(state, name) for name in state.__slots__},
                "standing": PhoneStanding.DOWN,
                "last_error": "No answer <here>.",
                "next_due": minute(125),
                "due_reason": "tried again",
            }
        )
    )
    async with site.client("administrator") as client:
        phones = (await client.get("/api/v1/phones?state=down")).json()["phones"]
        text = (await client.get("/status?state=down")).text
        owner = (await client.get("/api/v1/phones?q=owner+101")).json()["phones"]
        none = (await client.get("/status?q=nobody")).text
    (phone,) = phones
    assert (phone["name"], phone["state"], phone["error"]) == ("desk-103", "down", "No answer <here>.")
    assert (phone["owner"], phone["site"], phone["next_due"]) == (
        "Owner 103",
        "Head office",
        "2026-03-02T11:05:00Z",
    )
    assert len(phone["pieces"]) == 28
    assert 0 < phone["coverage"] < 1
    assert phone["names"]["why_not"] == "not identified yet"
    assert "No answer &lt;here&gt;." in text
    assert "desk-101" not in text
    assert '<svg class="bar"' in text
    assert [one["name"] for one in owner] == ["desk-101"]
    assert "No phone is like that" in none


async def test_gaps_stand_phone_by_phone(site):
    async with site.client("administrator") as client:
        page = (await client.get("/api/v1/gaps?days=365&limit=1")).json()
        text = (await client.get("/status/gaps?days=365")).text
        assert (await client.get("/status/gaps?days=nonsense")).status_code == 200
    rows = [row for row in site.store.coverage() if row.state is not SpanState.COMPLETE]
    assert len({gap["phone"] for gap in page["gaps"]}) <= 1
    assert ("No gap in this time" in text) == (not rows)


async def test_quarantined_answers_are_listed_without_what_stands_in_them(site):
    quarantine(site, 3)
    async with site.client("administrator") as client:
        page = (await client.get("/api/v1/quarantine?limit=2")).json()
        further = (await client.get(f"/api/v1/quarantine?limit=2&cursor={page['next']}")).json()
        text = (await client.get("/status/quarantine")).text
    found = [*page["answers"], *further["answers"]]
    assert [one["size_bytes"] for one in found] == [12, 24, 36]
    assert further["next"] is None
    assert "nobody &lt;knows&gt; it" in text
    assert "hello" not in text


async def test_sources_and_schedules_are_told(site):
    site.configure(MORE)
    async with site.client("administrator") as client:
        sources = (await client.get("/api/v1/contact-sources")).json()["sources"]
        told = (await client.get("/api/v1/schedules")).json()["schedules"]
        text = (await client.get("/status/sources", headers={"Accept-Language": "ru"})).text
    assert [(one["name"], one["kind"], one["contacts"]) for one in sources] == [("staff", "csv", 0)]
    assert [one["task"] for one in told[:2]] == ["phones", "contacts"]
    assert told[-1] == {
        "task": "nightly",
        "name": "",
        "every_s": None,
        "at": ["03:20"],
        "days": [],
        "timezone": "Europe/Moscow",
        "phones": None,
    }
    assert "staff" in text
    assert "Расписания" in text


async def test_a_phone_with_its_own_pace_has_a_schedule_of_its_own(site):
    first, *others = schedules(site.config)
    assert (first.task, first.phones, first.every_s) == (
        Task.PHONES,
        3,
        timedelta(minutes=10).total_seconds(),
    )
    assert all(one.task is not Task.PHONES for one in others)


def test_every_word_has_a_text():
    assert set(STATES) == set(STANDINGS)
    assert set(SPANS) == set(SpanState) - {SpanState.COMPLETE}
    assert set(TASKS) == set(Task)


async def test_failed_deliveries_are_shown_with_their_sentence_and_tried_again(site):
    store = site.store
    mail = {"mail": {"to": "sales@example.com", "subject": "Call-backs", "text": "84955550001 waits"}}
    for key, body in (("a", mail), ("b", {"event": "call.settled", "call_id": "x"})):
        store.queue_delivery(key, "desk", body)
    for one in store.deliveries():
        again = minute(130) if "mail" in one.body else None
        store.not_delivered(one.id, "The mail server answered 550 <no>.", next_at=again)
    async with site.client("administrator") as client:
        found = (await client.get("/api/v1/deliveries?limit=1")).json()
        further = (await client.get(f"/api/v1/deliveries?cursor={found['next']}")).json()
        text = (await client.get("/status/deliveries")).text
        russian = (await client.get("/status/deliveries", headers={"Accept-Language": "ru"})).text
        (hook,), (sent,) = found["deliveries"], further["deliveries"]
        assert (hook["event"], hook["to"], hook["next_at"]) == ("call.settled", None, None)
        assert (sent["to"], sent["event"], sent["attempts"]) == ("sales@example.com", None, 1)
        assert (sent["since"], sent["next_at"]) == ("2026-03-02T11:00:00Z", "2026-03-02T11:10:00Z")
        assert further["next"] is None
        assert "The mail server answered 550 &lt;no&gt;." in text
        assert "84955550001" not in text
        assert "given up" in text
        assert "Попробовать ещё раз" in russian
        again = await client.post(f"/status/deliveries/{hook['id']}/retry")
        assert (again.status_code, again.headers["location"]) == (303, "/status/deliveries")
        assert [one.id for one in store.due_deliveries("desk")] == [hook["id"]]
        assert "at once" in (await client.get("/status/deliveries")).text
        assert (await client.post(f"/api/v1/deliveries/{sent['id']}/retry")).status_code == 204
        assert (await client.post("/api/v1/deliveries/99/retry")).status_code == 404
        store.delivered(sent["id"])
        store.delivered(hook["id"])
        assert "Everything was delivered" in (await client.get("/status/deliveries")).text
    assert site.acts()[-2:] == [
        ("administrator", "delivery.retry", str(hook["id"])),
        ("administrator", "delivery.retry", str(sent["id"])),
    ]
