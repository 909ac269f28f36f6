"""Call-backs and marks in a real browser, with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests.web.browser.driving import violations
from tests.web.browser.test_journal import fits

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "language", "theme"), [(1280, "en", "light"), (390, "ru", "dark")])
def test_lists_with_buttons_that_dial_and_the_wall_hinder_nobody(tabs, office, width, language, theme):
    orders = office.let_dial()
    page = tabs.open("employee", width=width, language=language, theme=theme)
    page.goto("/callbacks/wall")
    assert violations(page) == []
    assert fits(page)
    page.goto("/callbacks?all=1")
    button = page.locator("form.dial button").first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("form.dial output .good").first).to_be_visible()
    assert [phone for phone, _ in orders] == ["desk-101"]
    assert violations(page) == []
    assert fits(page)


def test_a_call_is_marked_and_a_call_back_taken_without_leaving_the_page(tabs):
    page = tabs.open("administrator")
    page.goto("/calls")
    page.locator("details.call summary").first.click()
    page.locator("button.toggle").first.click()
    expect(page.locator("button.toggle").first).to_have_attribute("aria-pressed", "true")
    page.locator("textarea[name=text]").first.fill("Ask again")
    page.get_by_role("button", name="Add the comment").first.click()
    expect(page.locator(".comment").first).to_contain_text("Ask again")
    page.goto("/callbacks")
    page.get_by_role("button", name="Take", exact=True).first.click()
    expect(page.locator(".callback .tag").first).to_contain_text("taken: Elena")


def test_a_call_back_is_put_off_without_scripts(tabs):
    page = tabs.open("administrator", java_script_enabled=False)
    page.goto("/callbacks")
    page.get_by_text("Snooze or done").last.click()
    page.get_by_label("Why").last.fill("lunch")
    page.get_by_role("button", name="Snooze", exact=True).last.click()
    expect(page.locator(".callback").last).to_contain_text("lunch")
