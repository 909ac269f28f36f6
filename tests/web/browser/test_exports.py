"""Exports in a real browser: a short one comes at once, a long one waits to be fetched."""

import csv
import os

import pytest
from playwright.sync_api import expect

from phonesync.web.pages import exports as exports_page
from tests.web.browser.driving import violations

pytestmark = pytest.mark.browser


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


@pytest.mark.parametrize(("width", "language", "theme"), [(1280, "ru", "light"), (390, "ru", "dark")])
def test_what_the_filter_shows_is_exported(tabs, monkeypatch, tmp_path, width, language, theme):
    page = tabs.open("administrator", width=width, language=language, theme=theme)
    page.goto("/calls?tab=missed&period=all")
    shown = page.locator("details.call").count()
    page.goto("/exports?tab=missed&period=all")
    page.wait_for_url("**/exports?**")
    assert violations(page) == []
    page.locator('input[value="csv"]').check()
    with page.expect_download() as fetched:
        page.locator('form[action="/exports"] button').click()
    fetched.value.save_as(tmp_path / "short.csv")
    assert len(rows_of(tmp_path / "short.csv")) == shown + 1
    monkeypatch.setattr(exports_page, "AT_ONCE", -1)
    page.goto("/exports?tab=missed&period=all")
    page.locator('input[value="csv"]').check()
    page.locator('form[action="/exports"] button').click()
    page.wait_for_url("**/exports")
    link = page.locator('#exports a[href$="/file"]').first
    expect(link).to_be_visible()
    with page.expect_download() as fetched:
        link.click()
    fetched.value.save_as(tmp_path / "long.csv")
    assert rows_of(tmp_path / "long.csv") == rows_of(tmp_path / "short.csv")
    assert violations(page) == []
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/exports-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#exports form button").first.click()
    expect(page.locator('#exports a[href$="/file"]')).to_have_count(0)
