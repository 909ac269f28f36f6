"""A real browser in front of a real server over the office of the showcase."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from tests.web import showcase

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 20_000
"""For a machine with much else to do; nothing waits so long otherwise."""


def chromium() -> str:
    """The browser of this machine."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    return found


@contextmanager
def served(app):
    """Serves an application from a thread; yields its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def browser():
    """Chromium."""
    program = chromium()
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


def violations(page) -> list[str]:
    """What axe finds wrong on a page: rule and place."""
    # By the debugger: our pages let no foreign script in.
    debugger = page.context.new_cdp_session(page)
    debugger.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = page.evaluate("async () => JSON.stringify((await axe.run()).violations)")
    return [f"{one['id']}: {node['html'][:200]}" for one in json.loads(found) for node in one["nodes"]]
