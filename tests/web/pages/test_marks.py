"""Marks and call-backs, on pages and over the API."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from lxml import html

from phonesync.journal.access import Scope
from tests.web.pages.test_call_card import call_at
from tests.web.showcase import NOW


def parts(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


@pytest.fixture
def call(show):
    return call_at(show, 0, "10:15")


def test_a_call_is_tagged_starred_commented_and_hidden_by_forms(show, call):
    asker, store = show.asker("employee"), show.store
    important = store.tags()[0]
    for address, form in (
        ("tags", {"tag": important.id, "on": "1"}),
        ("star", {"favourite": "1", "rating": "4"}),
        ("private", {"on": "1"}),
        ("comments", {"text": "Перезвонить"}),
    ):
        answer = asker.post(f"/calls/{call}/{address}", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/calls/{quote(call)}")
    page = parts(asker.get(f"/calls/{call}"))
    assert page.cssselect("button.toggle[aria-pressed=true]")[0].text == "important"
    assert "Перезвонить" in page.text_content()
    form = page.cssselect("form[action^='/comments/']")[-1]
    part = asker.post(form.get("action"), headers={"HX-Request": "true"})
    assert "Перезвонить" not in parts(part).text_content()
    asker.post(f"/calls/{call}/tags", data={"tag": important.id, "on": "0"})
    assert important not in store.marks_of(call, user_id=None).tags
    assert any(line.action == "call.change" and line.object == call for line in store.audit_page())


def test_nobody_marks_what_he_cannot_see_or_what_is_not_his(show, call):
    employee, administrator = show.asker("employee"), show.asker("administrator")
    other = next(
        one.id for one in show.store.calls() if not any(leg.owner == "Anna Orlova" for leg in one.legs)
    )
    for address, form in (
        ("tags", {"tag": 1}),
        ("star", {}),
        ("private", {"on": 1}),
        ("comments", {"text": "x"}),
    ):
        assert employee.post(f"/calls/{other}/{address}", data=form).status_code == 404
    assert administrator.post(f"/calls/{call}/private", data={"on": 1}).status_code == 403
    said = administrator.post(f"/api/v1/calls/{call}/comments", json={"text": "of the administrator"}).json()
    assert employee.post(f"/comments/{said['id']}/delete").status_code == 403
    assert employee.ask("DELETE", f"/api/v1/comments/{said['id']}").status_code == 403
    assert administrator.ask("DELETE", f"/api/v1/comments/{said['id']}").status_code == 204
    assert administrator.ask("DELETE", f"/api/v1/comments/{said['id']}").status_code == 404
    assert show.asker("analyst").post(f"/calls/{call}/star").status_code == 403
    assert employee.ask("PUT", "/api/v1/numbers/+79990000000/tags/1").status_code == 404
    assert employee.ask("PUT", "/api/v1/numbers/nothing/tags/1").status_code == 404


def test_marks_are_made_and_read_over_the_api(show, call):
    asker = show.asker("employee")
    tag = asker.get("/api/v1/tags").json()["items"][0]
    at = f"/api/v1/calls/{call}"
    assert asker.ask("PUT", f"{at}/tags/{tag['id']}").status_code == 204
    assert asker.ask("PUT", f"{at}/tags/999").status_code == 404
    assert asker.ask("PUT", f"{at}/star", json={"favourite": True, "rating": 2}).status_code == 204
    assert asker.ask("PUT", f"{at}/star", json={"rating": 9}).status_code == 422
    assert asker.ask("PUT", f"{at}/private", json={"private": True}).status_code == 204
    marks = asker.get(f"{at}/marks").json()
    assert tag in marks["tags"]
    assert (marks["favourite"], marks["rating"], marks["private"]) == (True, 2, True)
    assert asker.ask("DELETE", f"{at}/tags/{tag['id']}").status_code == 204
    analyst = show.asker("analyst").get(f"{at}/marks").json()
    assert (analyst["comments"], analyst["number_tags"]) == ([], [])


def test_a_number_marked_as_spam_leaves_the_list_and_comes_back(show, call):
    asker, store = show.asker("employee"), show.store
    spam = next(tag for tag in store.tags() if tag.name == "spam")
    page = parts(asker.get(f"/calls/{call}"))
    form = next(one for one in page.cssselect("form") if one.get("action").endswith("/number-tags"))
    fields = {one.get("name"): one.get("value") for one in form.cssselect("input, button")}
    assert asker.post(form.get("action"), data=fields).status_code == 303
    assert store.journal_call(call, Scope(everybody=True)).spam
    party = fields["party"]
    assert asker.ask("DELETE", f"/api/v1/numbers/{party}/tags/{spam.id}").status_code == 204
    answer = asker.post(f"/numbers/{party}/tags", data={"tag": spam.id, "on": "1"})
    assert answer.headers["location"] == f"/numbers/{party}"
    assert store.number_tags(party) == (spam,)


def test_tags_are_made_changed_and_removed_by_who_may(show):
    asker = show.asker("administrator")
    assert asker.post("/tags", data={"name": "Жалоба", "color": "blue"}).status_code == 303
    tag = next(one for one in show.store.tags() if one.name == "Жалоба")
    assert "Жалоба" in asker.get("/tags").text
    asker.post(f"/tags/{tag.id}", data={"name": "Претензия", "color": "red"})
    assert next(one for one in show.store.tags() if one.id == tag.id).name == "Претензия"
    assert asker.post(f"/tags/{tag.id}/remove").status_code == 303
    made = asker.post("/api/v1/tags", json={"name": "new", "color": "green"}).json()
    changed = asker.ask("PATCH", f"/api/v1/tags/{made['id']}", json={"color": "violet"}).json()
    assert changed["color"] == "violet"
    assert asker.ask("DELETE", f"/api/v1/tags/{made['id']}").status_code == 204
    assert asker.ask("DELETE", f"/api/v1/tags/{made['id']}").status_code == 404
    assert asker.post("/api/v1/tags", json={"name": "spam", "color": "green"}).status_code == 400
    assert show.asker("employee").get("/tags").status_code == 403


def test_a_filter_is_saved_from_its_page_shared_and_removed(show):
    asker = show.asker("employee")
    referer = {"Referer": "http://phonesync.test/calls?tab=missed&period=30d"}
    answer = asker.post("/filters", data={"name": "Missed", "shared": "1"}, headers=referer)
    assert answer.headers["location"] == "/calls?tab=missed&period=30d"
    (saved,) = [one for one in asker.get("/api/v1/filters").json()["items"] if one["name"] == "Missed"]
    assert (saved["query"], saved["shared"]) == ("tab=missed&period=30d", True)
    assert "Missed" in show.asker("administrator").get("/calls").text
    assert show.asker("administrator").post(f"/filters/{saved['id']}/remove").status_code == 404
    assert asker.post(f"/filters/{saved['id']}/remove").status_code == 303
    made = asker.post("/api/v1/filters", json={"name": "x", "query": "tab=mised"})
    assert made.status_code == 400
    made = asker.post("/api/v1/filters", json={"name": "x", "query": "tab=missed"}).json()
    assert asker.ask("DELETE", f"/api/v1/filters/{made['id']}").status_code == 204


# --- call-backs -------------------------------------------------------------------------------------------


def waiting(asker):
    answer = asker.get("/api/v1/callbacks?limit=200")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_call_back_is_taken_snoozed_done_and_reopened_by_forms(show):
    asker = show.asker("administrator")
    one = waiting(asker)[0]
    assert one["state"] == "open"
    page = parts(asker.get("/callbacks"))
    assert page.get_element_by_id(f"b-{one['id']}").cssselect("a[href^='tel:']")

    def do(**form):
        return asker.post(f"/callbacks/{one['id']}", data=form)

    def now():
        return asker.get(f"/api/v1/callbacks/{one['id']}").json()

    assert do(step="taken").status_code == 303
    assert now()["state"] == "taken"
    refused = do(step="snoozed", span="1h")
    assert refused.status_code == 400
    assert "Say why." in refused.text
    do(step="snoozed", span="1h", reason="обед")
    assert (now()["state"], now()["state_reason"]) == ("snoozed", "обед")
    do(step="snoozed", until="2020-01-01T10:00", reason="past")
    do(step="snoozed", until="yesterday", reason="no time")
    assert now()["state_reason"] == "обед"
    do(step="done", reason="by mail")
    assert one["id"] not in [other["id"] for other in waiting(asker)]
    assert "done by hand" in asker.get("/callbacks?all=1").text
    again = asker.post(f"/callbacks/{one['id']}?all=1", data={"step": "released"})
    assert again.headers["location"] == "/callbacks?all=1"
    do(step="done", reason="by mail")
    part = asker.post(f"/callbacks/{one['id']}", data={"step": "reopened"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="callbacks"')
    assert [step["step"] for step in now()["steps"]] == [
        *("taken", "snoozed", "done", "released", "done", "reopened")
    ]


def test_steps_are_taken_over_the_api_and_figures_told(show):
    asker = show.asker("administrator")
    one = waiting(asker)[0]
    until = (NOW + timedelta(hours=2)).isoformat()
    wish = {"step": "snoozed", "until": until, "reason": "later"}
    said = asker.post(f"/api/v1/callbacks/{one['id']}/steps", json=wish).json()
    assert (said["state"], said["steps"][-1]["by"]) == ("snoozed", said["state_by"])
    assert asker.post(f"/api/v1/callbacks/{one['id']}/steps", json={"step": "done"}).status_code == 400
    assert asker.post("/api/v1/callbacks/nobody/steps", json={"step": "taken"}).status_code == 404
    figures = asker.get("/api/v1/callbacks/figures").json()
    assert figures["still_open"] == len(waiting(asker))
    assert set(figures) >= {"called_back", "within_target", "median_s", "overdue"}


def test_the_list_goes_on_page_by_page(show):
    asker = show.asker("administrator")
    everything = [one["id"] for one in asker.get("/api/v1/callbacks?open=false&limit=200").json()["items"]]
    assert len(everything) > 1
    found, after = [], ""
    while after is not None:
        page = asker.get(
            "/api/v1/callbacks", params={"open": "false", "limit": 1, "after": after or None}
        ).json()
        found += [one["id"] for one in page["items"]]
        after = page["next"]
    assert found == everything
    assert asker.get("/api/v1/callbacks?after=nonsense").status_code == 400


def test_each_role_sees_its_own_call_backs_and_the_wall_shows_no_more(show):
    everything = {one["id"] for one in waiting(show.asker("administrator"))}
    own = {one["id"] for one in waiting(show.asker("employee"))}
    assert own < everything
    hidden = next(iter(everything - own))
    employee = show.asker("employee")
    assert employee.get(f"/api/v1/callbacks/{hidden}").status_code == 404
    assert employee.post(f"/callbacks/{hidden}", data={"step": "taken"}).status_code == 404
    wall = parts(employee.get("/callbacks/wall"))
    assert len(wall.cssselect(".wall-list > li")) == len(own)
    assert show.asker("analyst").get("/callbacks").status_code == 403
    assert show.asker("auditor").get("/callbacks/wall").status_code == 403
