"""Takes the picture of the journal in the README anew (``make picture``); its data are invented."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web import people, showcase
from tests.web.browser.driving import chromium, served
from tools.install import ROOT

PICTURE = ROOT / "docs" / "images" / "journal.png"
WIDTH, HEIGHT = 1180, 820
OPENED = 3
"""The call that is shown opened."""


def main() -> None:
    """Serves the office of the showcase, and looks at it."""
    program = chromium()
    if program is None:
        sys.exit("picture: needs Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as filled, tempfile.TemporaryDirectory() as folder:
        showcase.fill(Path(filled))
        opened = showcase.opened(Path(folder), Path(filled))
        with served(opened.app) as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en")
            page.goto(f"{base}/sign-in")
            page.fill("#name", showcase.READERS["administrator"][0])
            page.fill("#password", people.PASSWORD)
            page.click("main button")
            page.locator("details.call summary").nth(OPENED).click()
            page.wait_for_selector("details.call[open] .panel table")
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
        opened.store.close()


if __name__ == "__main__":
    main()
