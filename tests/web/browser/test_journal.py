"""The journal in a real browser: wide and narrow, light and dark, in both languages, with and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.store.offices import join_all
from tests.web.browser.driving import violations
from tests.web.showcase import MEANS, NOW, PASSWORD, READERS, ShowOffice, at

pytestmark = pytest.mark.browser

MOST_BYTES = 200_000
PAGES = (
    "/calls",
    "/calls?q=495&outcome=missed&outcome=answered&department=Sales",
    "/calls?tab=internal&q=Kowalski&since=nonsense",
    "/numbers/%2B74955550101",
    "/why",
    "/exports",
    "/tags",
    "/status",
    "/status/gaps",
    "/status/quarantine",
    "/status/deliveries",
    "/status/sources",
    "/users",
    "/audit",
    "/account",
    "/nowhere",
)
LONG = ("/api/docs",)
"""Looked at once: axe needs seconds for all that they hold."""

NARROW = 390
OPEN = "all => all.slice(0, 4).forEach(one => { one.parentElement.open = true })"
RING = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
"""Whether one sees where the keyboard is."""

RECEIVED = {"en": "Received", "ru": "Принятые"}


def fits(page) -> bool:
    """Nothing has to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def names(page) -> list[str]:
    return page.locator("details.call .from .name").all_inner_texts()


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (390, "ru")])
def test_somebody_signs_in_filters_searches_and_opens_a_call(tabs, width, language):
    page = tabs.open(width=width, language=language)
    page.goto("/calls?tab=missed")
    page.fill("#name", READERS["administrator"][0])
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/calls?tab=missed")
    assert len(names(page)) == 3
    page.locator(".tabs a", has_text=RECEIVED[language]).click()
    page.wait_for_url("**/calls?tab=received")
    page.fill("#q", "литейн")
    page.wait_for_url("**/calls?tab=received&q=**")
    expect(page.locator("details.call")).to_have_count(2)
    assert names(page) == ["Аптека на Литейном"] * 2
    page.locator("details.call summary").first.click()
    page.wait_for_selector("details.call[open] .panel table")
    assert fits(page)
    page.locator("details.call[open] .panel .buttons a").first.click()
    page.wait_for_url("**/calls/desk-*")
    assert "Аптека на Литейном" in page.locator("h1").inner_text()
    assert fits(page)


@pytest.mark.parametrize(("width", "language", "theme"), [(1280, "en", "light"), (390, "ru", "dark")])
def test_no_page_hinders_anybody(tabs, office, width, language, theme):
    office.give_key()
    page = tabs.open("administrator", width=width, language=language, theme=theme)
    call, user = next(iter(office.store.calls())).id, office.user("administrator").id
    own = (f"/calls/{call}", f"/users/{user}", "/account/second-factor")
    found = {}
    for address in (*PAGES, *own, *(LONG if width > NARROW else ())):
        page.goto(address)
        page.locator("summary").evaluate_all(OPEN)
        found[address] = violations(page)
        assert fits(page), address
    page.context.clear_cookies()
    page.goto("/sign-in")
    found["/sign-in"] = violations(page)
    # A page that is not there is told by its status, too.
    tabs.wrong = [said for said in tabs.wrong if "404" not in said]
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_new_calls_come_in_while_a_call_stays_open(tabs, office):
    page = tabs.open("administrator")
    page.goto("/calls")
    before = len(names(page))
    opened = page.locator("details.call").nth(2)
    opened.locator("summary").click()
    page.wait_for_selector("details.call[open] .panel table")
    desk = ShowOffice(office.store)
    desk.ring(at(0, "16:06"), number="84955550104", phones=("desk-101",))
    desk.read_all(NOW)
    join_all(office.store, means=MEANS)
    page.evaluate("htmx.trigger(document.querySelector('[hx-trigger=\"every 5s\"]'), 'every')")
    expect(page.locator("details.call")).to_have_count(before + 1)
    assert names(page)[0] == "Lumen Design"
    assert page.locator("details.call[open] .panel table").count() > 0
    assert page.locator("details.call").nth(3).get_attribute("open") is not None


def test_the_first_page_is_small(tabs):
    page = tabs.open("administrator")
    sizes = []
    debugger = page.context.new_cdp_session(page)
    debugger.send("Network.enable")
    debugger.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/calls")
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 3
    assert sum(sizes) < MOST_BYTES


def test_everything_is_reached_without_scripts(tabs):
    page = tabs.open("employee", java_script_enabled=False)
    page.goto("/calls")
    page.fill("#q", "Kowalski")
    page.click("#filters .first button")
    page.wait_for_url("**/calls?q=Kowalski")
    assert names(page) == ["Kowalski & Sons", "Anna Orlova"]
    page.locator("details.call summary").first.click()
    page.locator("details.call .panel a").first.click()
    page.wait_for_url("**/calls/desk-101*")
    page.locator(".menu summary").last.click()
    page.get_by_role("button", name="Русский").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "ru"


def test_the_keyboard_is_enough(tabs):
    page = tabs.open("employee")
    page.goto("/calls")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(RING), page.evaluate("document.activeElement.outerHTML")[:200]
        if page.evaluate("document.activeElement.matches('details.call > summary')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("details.call[open] .panel table")


@pytest.mark.parametrize("role", sorted(READERS))
def test_each_role_finds_its_pages_and_no_others(tabs, role):
    page = tabs.open(role)
    page.goto("/")
    assert page.locator('header .places a[href="/calls"]').count() == (0 if role == "auditor" else 1)
    assert page.locator('header .places a[href="/users"]').count() == (role == "administrator")
    tabs.wrong = [said for said in tabs.wrong if role != "auditor" or "403" not in said]
