"""The API says the same over a store in a file and over one on a server: what it reads, marks, counts and exports."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from phonesync.store.repository import open_store
from tests import postgres
from tests.store.desk import StillClock
from tests.web import showcase
from tests.web.showcase import NOW

ROLES = ("administrator", "head", "employee", "analyst")
ALL = "period=all"
READ = {
    "calls": "/api/v1/calls?{}",
    "choices": "/api/v1/choices",
    "counts": "/api/v1/counts?{}",
    "call-backs": "/api/v1/callbacks?open=false",
    "figures": "/api/v1/callbacks/figures",
    "number": "/api/v1/numbers/%2B74955550101",
    "tags": "/api/v1/tags",
    "phones": "/api/v1/phones",
    "gaps": "/api/v1/gaps",
    "sources": "/api/v1/contact-sources",
}
FILTERS = (
    *("", "tab=missed", "tab=internal", "direction=inbound", "outcome=answered", "department=Sales"),
    *("employee=Anna+Orlova", "phone=desk-103", "tag=1", "favourite=1", "comments=with", "spam=1"),
    *("q=5550101", "q=555+01", "q=%D0%B4%D0%B2%D0%BE%D1%80", "q=DVOR", "q=kowalski", "q=zimin"),
    *("region=%2B7812", "talk_from=60&talk_to=300", "uncertain=0", "party=%2B74955550106"),
    *("since=2026-03-04&until=2026-03-05", "tab=outgoing&q=0104&department=Sales"),
)


@pytest.fixture(scope="module")
def both(server, tmp_path_factory):
    """Two sites over the same office."""
    clock = StillClock(NOW)
    folders = [tmp_path_factory.mktemp(kind) for kind in ("file", "server")]
    name = server.new_database()
    stores = [
        open_store("sqlite:///store.db", clock=clock, base=folders[0]),
        open_store(server.url(name), clock=clock, base=folders[1], password=postgres.PASSWORD),
    ]
    for store in stores:
        showcase.fill_store(store)
    yield [showcase.shown(folder, store) for folder, store in zip(folders, stores, strict=True)]
    for store in stores:
        store.close()
    server.drop_database(name)


class Pair:
    """Somebody of a role, who asks both sites the same and hears the same."""

    def __init__(self, both, role) -> None:
        self.askers = [site.asker(role) for site in both]

    def ask(self, method, address, **keys):
        file, server = (asker.ask(method, address, **keys) for asker in self.askers)
        assert (server.status_code, server.content) == (file.status_code, file.content), address
        return file

    def get(self, address):
        answer = self.ask("GET", address)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.mark.parametrize("role", ROLES)
def test_every_list_is_the_same_for_everybody(both, role):
    pair = Pair(both, role)
    told = {name: pair.ask("GET", address.format(ALL)) for name, address in READ.items()}
    assert len(told["calls"].json()["calls"]) > 5
    assert told["counts"].json()["tabs"]["all"] == len(told["calls"].json()["calls"])


def test_every_filter_finds_and_counts_the_same(both):
    pair = Pair(both, "administrator")
    found = {}
    for narrowed in FILTERS:
        words = narrowed if narrowed.startswith("since") else f"{ALL}&{narrowed}"
        calls = pair.get(f"/api/v1/calls?{words}")["calls"]
        pair.get(f"/api/v1/counts?{words}")
        found[narrowed] = [call["id"] for call in calls]
    assert len({tuple(ids) for ids in found.values()}) > 12
    assert [narrowed for narrowed, ids in found.items() if not ids] == ["favourite=1"]  # those are of others


def test_pages_follow_one_another_alike(both):
    pair = Pair(both, "administrator")
    for address, items, place in (
        (f"/api/v1/calls?{ALL}&limit=3", "calls", "cursor"),
        ("/api/v1/callbacks?open=false&limit=1", "items", "after"),
    ):
        seen, after = [], ""
        while after is not None:
            page = pair.ask("GET", address + (f"&{place}={quote(after)}" if after else "")).json()
            seen += [one["id"] for one in page[items]]
            after = page["next"]
        assert len(seen) == len(set(seen)) > 2


def test_marks_and_steps_change_both_alike(both):
    pair = Pair(both, "administrator")
    call = pair.get(f"/api/v1/calls?{ALL}&tab=missed")["calls"][0]["id"]
    at = f"/api/v1/calls/{call}"
    tag = pair.ask("POST", "/api/v1/tags", json={"name": "Жалоба", "color": "blue"}).json()["id"]
    for method, address, said in (
        ("PUT", f"{at}/tags/{tag}", None),
        ("PUT", f"{at}/star", {"favourite": True, "rating": 4}),
        ("POST", f"{at}/comments", {"text": "Перезвонить в 10"}),
        ("PUT", f"/api/v1/numbers/%2B74955550177/tags/{tag}", None),
        ("POST", f"/api/v1/callbacks/{call}/steps", {"step": "taken"}),
        ("POST", f"/api/v1/callbacks/{call}/steps", {"step": "taken"}),
        (
            "POST",
            f"/api/v1/callbacks/{call}/steps",
            {"step": "snoozed", "until": (NOW + timedelta(hours=2)).isoformat(), "reason": "busy"},
        ),
        ("POST", "/api/v1/filters", {"name": "mine", "filter": "tab=missed"}),
        ("POST", "/api/v1/filters", {"name": "mine", "filter": "tab=missed"}),
    ):
        pair.ask(method, address, **({} if said is None else {"json": said}))
    for address in (f"{at}/marks", f"/api/v1/callbacks/{call}", f"/api/v1/calls?{ALL}&tag={tag}", at):
        pair.get(address)
    assert pair.get("/api/v1/callbacks/figures")["still_open"] >= 1
    assert pair.ask("GET", "/api/v1/audit").status_code == 200
    assert pair.ask("DELETE", f"/api/v1/tags/{tag}").status_code == 204


@pytest.mark.parametrize("role", ["administrator", "head"])
def test_an_export_holds_the_same_rows(both, role):
    for site in both:
        site.app.state.exports.open()
    try:
        pair = Pair(both, role)
        for form in ("csv", "jsonl"):
            answer = pair.ask("POST", "/exports", data={"query": ALL, "format": form})
            assert answer.status_code == 200
        calls = [json.loads(line) for line in answer.content.splitlines()]
    finally:
        for site in both:
            site.app.state.exports.close()
    assert [call["id"] for call in calls] == [
        call["id"] for call in pair.get(f"/api/v1/calls?{ALL}&limit=200")["calls"]
    ]
