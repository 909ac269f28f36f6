"""A real browser in front of a real server over the office of the showcase."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.web import showcase
from tests.web.browser.driving import PATIENCE_MS, chromium, served


@pytest.fixture(scope="package")
def browser():
    """Chromium, for all tests of this folder that come one after the other."""
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium has no sandbox of its own.
        made = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The showcase; its calls are there for all tests of a module."""
    filled, folder = tmp_path_factory.mktemp("filled"), tmp_path_factory.mktemp("served")
    showcase.fill(filled)
    opened = showcase.opened(folder, filled)
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def base(office):
    """The address of the site."""
    with served(office.app) as address:
        yield address


class Tabs:
    """Pages of a browser, each in a profile of its own; what goes wrong in them is kept."""

    def __init__(self, browser, office, base) -> None:
        self.browser, self.office, self.base = browser, office, base
        self.wrong: list[str] = []
        self.contexts: list = []

    def open(self, role=None, *, width=1280, language="en", theme="light", **more):
        """A page; signed in where a role is named."""
        context = self.browser.new_context(
            base_url=self.base,
            locale=language,
            color_scheme=theme,
            viewport={"width": width, "height": 800},
            **more,
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if role is not None:
            cookies = self.office.asker(role).cookies
            context.add_cookies(
                [{"name": name, "value": cookies[name], "url": self.base} for name in cookies]
            )
        page = context.new_page()
        page.on("console", lambda said: said.type in ("error", "warning") and self.wrong.append(said.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        return page


@pytest.fixture
def tabs(browser, office, base):
    """Opens pages; fails where the console of one complains."""
    made = Tabs(browser, office, base)
    yield made
    for context in made.contexts:
        context.close()
    assert made.wrong == []
