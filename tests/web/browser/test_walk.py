"""Each role walks the journal in a real browser, from signing in on, and reaches nothing outside its scope."""

import csv

import pytest
from playwright.sync_api import expect

from tests.web.showcase import CUSTOMERS, PASSWORD, READERS

pytestmark = pytest.mark.browser

SALES, SUPPORT = frozenset({"desk-101", "desk-102"}), frozenset({"desk-103", "desk-104"})
PHONES = {
    "employee": frozenset({"desk-101"}),
    "head": SALES,
    "analyst": SALES | SUPPORT,
    "administrator": SALES | SUPPORT,
}
"""Role to phones whose calls it reaches; the auditor reaches none."""

FORBIDDEN = {
    "employee": ("/users", "/audit", "/status", "/tags"),
    "head": ("/users", "/audit", "/status", "/tags"),
    "analyst": ("/users", "/audit", "/status", "/tags", "/callbacks", "/callbacks/wall"),
    "auditor": ("/users", "/status", "/tags", "/callbacks", "/exports", "/calls", "/why"),
    "administrator": (),
}
WAITING = {"employee": "Harbour Logistics", "administrator": "+7 495 555-01-77"}
"""Who waits to be called back, of those that a role reaches, each for one test alone."""


def signed_in(tabs, role):
    """A page of somebody who has signed in by name and password."""
    page = tabs.open()
    page.goto("/")
    page.fill("#name", READERS[role][0])
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/audit" if role == "auditor" else "**/calls")
    return page


def calls_of(office, role):
    """Identifiers of the calls a role reaches, and of all others."""
    reached, others = set(), set()
    for call in office.store.calls():
        is_theirs = not PHONES.get(role, frozenset()).isdisjoint(leg.phone for leg in call.legs)
        (reached if is_theirs else others).add(call.id)
    return reached, others


def shown(page):
    """Identifiers of the calls in the list."""
    return {
        one.removeprefix("c-")
        for one in page.locator(".calls > li").evaluate_all("all => all.map(one => one.id)")
    }


def statuses(page, addresses):
    """What the server answers to each address, in the browser's session."""
    return {address: page.request.get(address, max_redirects=0).status for address in addresses}


@pytest.mark.parametrize("role", sorted(READERS))
def test_nothing_outside_the_scope_is_reached(tabs, office, role):
    page = signed_in(tabs, role)
    reached, others = calls_of(office, role)
    assert set(statuses(page, FORBIDDEN[role]).values()) <= {403}
    refused = 403 if role == "auditor" else 404
    hidden = [f"/calls/{one}{part}" for one in sorted(others)[:4] for part in ("", "/details")]
    assert set(statuses(page, hidden).values()) <= {refused}
    if role == "auditor":
        assert not any(name in page.locator("main").inner_text() for name in CUSTOMERS.values())
        return
    page.goto("/calls?period=all")
    assert shown(page) == reached
    page.goto("/calls?period=all&tab=missed")
    assert shown(page) <= reached
    told = page.locator("main").inner_text()
    assert any(name in told for name in CUSTOMERS.values()) is (role != "analyst")
    assert ("•" in told) is (role == "analyst")
    for one in sorted(others)[:1]:
        # By hand, too: a form of one's own call that is sent for another one's.
        page.goto(f"/calls/{min(reached)}")
        form = page.locator("form.comment-form")
        form.evaluate("(form, to) => form.setAttribute('action', to)", f"/calls/{one}/comments")
        form.locator("textarea").fill("Not mine")
        form.evaluate("form => form.submit()")
        page.wait_for_url("**/comments")
        assert "Not mine" not in page.content()
        assert not office.store.marks_of(one, user_id=office.user(role).id).comments
    tabs.wrong = [said for said in tabs.wrong if "404" not in said]


@pytest.mark.parametrize(("role", "search"), [("employee", "Kowalski"), ("head", "Harbour")])
def test_calls_are_found_opened_tagged_and_commented(tabs, role, search):
    page = tabs.open(role)
    page.goto("/calls")
    page.locator(".tabs a", has_text="Received").click()
    page.wait_for_url("**/calls?tab=received")
    page.fill("#q", search)
    page.wait_for_url("**tab=received&q=**")
    row = page.locator("details.call").first
    expect(page.locator("details.call .from .name", has_text=search[1:])).to_have_count(
        page.locator("details.call").count()
    )
    row.locator("summary").click()
    tag = row.locator("button.tag.toggle", has_text="important")
    tag.click()
    expect(tag).to_have_attribute("aria-pressed", "true")
    row.get_by_label("Comment").fill(f"Seen by the {role}")
    row.get_by_role("button", name="Add the comment").click()
    expect(row.locator(".comment")).to_contain_text(f"Seen by the {role}")
    page.reload()
    expect(row.locator(".marks")).to_contain_text("important")
    expect(row.locator(".marks [aria-label=comments]")).to_be_visible()


@pytest.mark.parametrize("role", sorted(WAITING))
def test_a_call_back_is_taken_put_off_and_finished(tabs, role):
    page = tabs.open(role)
    page.goto("/callbacks?all=1")
    hidden = [name for other, name in WAITING.items() if role not in (other, "administrator")]
    assert not any(name in page.locator("main").inner_text() for name in hidden)
    one = page.locator(".callback", has_text=WAITING[role])
    one.get_by_role("button", name="Take", exact=True).click()
    expect(one.locator(".tag").first).to_contain_text(f"taken: {READERS[role][0].title()}")
    one.get_by_text("Snooze or done").click()
    one.get_by_label("Why").fill("at lunch")
    one.get_by_role("button", name="Snooze", exact=True).click()
    expect(one.locator(".tag").first).to_contain_text("snoozed")
    expect(one).to_contain_text("at lunch")
    one.get_by_text("Snooze or done").click()
    one.get_by_label("Why").fill("wrote to them")
    one.get_by_role("button", name="Done, without a call").click()
    expect(one.locator(".tag").first).to_contain_text("done")
    page.goto("/callbacks")
    expect(one).to_have_count(0)


@pytest.mark.parametrize("role", ["employee", "analyst"])
def test_an_export_holds_what_the_list_shows(tabs, office, tmp_path, role):
    page = tabs.open(role)
    page.goto("/calls?period=all")
    count = len(shown(page))
    page.locator("#actions summary", has_text="Export").click()
    page.locator('#actions input[value="csv"]').check()
    with page.expect_download() as fetched:
        page.locator('#actions form[action="/exports"] button').click()
    fetched.value.save_as(tmp_path / "calls.csv")
    text = (tmp_path / "calls.csv").read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(text.splitlines()))) == count + 1
    assert ("Kowalski" in text) is (role == "employee")
    assert "Пётр Зимин" not in text
