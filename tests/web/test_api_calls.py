"""The API over the journal: calls, figures, choices and numbers, by filter and scope."""

from __future__ import annotations

import pytest

from phonesync.journal.filters import NAMES
from phonesync.journal.named_calls import FIELDS
from phonesync.web.filter_parameters import FILTER_PARAMETERS
from tests.web.people import OUTSIDERS, REACHED, ROLES

pytestmark = pytest.mark.anyio


def outside_of(call):
    return call["called" if call["direction"] == "outbound" else "calling"]["number_shown"]


@pytest.mark.parametrize("role", [role for role in ROLES if REACHED[role]])
async def test_each_role_reaches_its_own_calls_and_no_others(site, role):
    async with site.client(role) as client:
        answer = (await client.get("/api/v1/calls", params={"period": "all"})).json()
    assert len(answer["calls"]) == len(REACHED[role])
    assert answer["next"] is None
    if role == "analyst":
        assert all("555" not in str(outside_of(call)) for call in answer["calls"])
        assert all(
            call["calling"]["e164"] is None or "•" in call["calling"]["e164"] for call in answer["calls"]
        )
    else:
        assert {outside_of(call) for call in answer["calls"]} == {OUTSIDERS[name] for name in REACHED[role]}


async def test_a_call_has_the_fields_of_the_command_line_and_its_marks(site):
    async with site.client("administrator") as client:
        call = (await client.get("/api/v1/calls?period=all&limit=1")).json()["calls"][0]
    assert tuple(call)[: len(FIELDS)] == FIELDS
    assert {
        "tags",
        "number_tags",
        "comments",
        "favourite",
        "rating",
        "private",
        "spam",
        "callback_open",
    } == set(call) - set(FIELDS)
    assert call["started_at"].endswith("Z")
    assert set(call["legs"][0]) == {"phone", "extension", "list", "outcome", "entry_ids"}


async def test_pages_follow_one_another_by_cursor(site):
    async with site.client("administrator") as client:
        seen, cursor = [], None
        for _ in range(10):
            more = {} if cursor is None else {"cursor": cursor}
            page = (await client.get("/api/v1/calls", params={"period": "all", "limit": 1, **more})).json()
            seen += [call["id"] for call in page["calls"]]
            cursor = page["next"]
            if cursor is None:
                break
        whole = (await client.get("/api/v1/calls?period=all")).json()["calls"]
    assert seen == [call["id"] for call in whole]
    assert len(seen) == len(OUTSIDERS)


async def test_all_mistakes_of_a_filter_are_told_at_once(site):
    async with site.client("administrator") as client:
        answer = await client.get("/api/v1/calls?since=nonsense&tab=x&colour=red&talk_from=5&talk_to=4")
        wrong_cursor = await client.get("/api/v1/calls?cursor=0001-01-01T00:00:00%2B14:00_x")
        wrong_limit = await client.get("/api/v1/calls?limit=0")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    for part in ("since:", "tab:", "colour", "talk_from lies behind talk_to."):
        assert part in answer.json()["detail"]
    assert wrong_cursor.status_code == 400
    assert "no place in the journal" in wrong_cursor.json()["detail"]
    assert (wrong_limit.status_code, wrong_limit.json()["errors"][0]["at"]) == (422, "limit")


async def test_a_call_is_found_by_any_of_its_rows_and_only_within_the_scope(site):
    async with site.client("administrator") as admin, site.client("employee") as employee:
        calls = (await admin.get("/api/v1/calls?period=all")).json()["calls"]
        for call in calls:
            for entry in (entry for leg in call["legs"] for entry in leg["entry_ids"]):
                assert (await admin.get(f"/api/v1/calls/{entry}")).json()["id"] == call["id"]
        reached = [(await employee.get(f"/api/v1/calls/{call['id']}")).status_code for call in calls]
        unknown = await admin.get("/api/v1/calls/nothing")
    assert sorted(reached) == [200, 200, 404, 404]
    assert (unknown.status_code, unknown.json()["title"]) == (404, "Not Found")


async def test_figures_say_what_a_filter_hides(site):
    async with site.client("administrator") as client:
        found = (await client.get("/api/v1/counts?period=all&tab=missed&outcome=answered")).json()
    assert found["tabs"]["missed"] == 0
    assert found["hidden"]["tab"] > 0
    assert found["hidden"]["outcome"] > 0


async def test_choices_are_what_the_reader_reaches(site):
    async with site.client("head") as head, site.client("auditor") as auditor:
        found = (await head.get("/api/v1/choices")).json()
        refused = await auditor.get("/api/v1/choices")
    assert (found["departments"], found["phones"]) == (["Sales"], ["desk-101", "desk-102"])
    assert {"important", "spam"} <= {tag["name"] for tag in found["tags"]}
    assert (refused.status_code, refused.json()["status"]) == (403, 403)


async def test_the_history_of_a_number_is_summed_up(site):
    async with site.client("administrator") as admin, site.client("employee") as employee:
        found = (await admin.get("/api/v1/numbers/+74955550002")).json()
        hidden = await employee.get("/api/v1/numbers/+74955550002")
    assert (found["counts"]["tabs"]["all"], len(found["calls"])) == (1, 1)
    assert found["first"] == found["last"] == found["calls"][0]["started_at"]
    assert hidden.status_code == 404


async def test_nobody_gets_anything_without_signing_in(site):
    async with site.client() as client:
        answer = await client.get("/api/v1/calls")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_every_filter_is_described():
    assert tuple(one["name"] for one in FILTER_PARAMETERS) == NAMES
