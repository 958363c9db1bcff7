"""A real Chromium without a window; tests skip with a word where none is installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 60_000
"""ms that anything on a page is waited for."""


def chromium() -> str:
    """Path of the installed one; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


@contextmanager
def launched() -> Iterator["Browser"]:
    """A browser for the tests of a file; each opens pages of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = chromium()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: "Browser", url: str, *, width: int = 1280, height: int = 800) -> Iterator["Browsed"]:
    """A page at `url`, and all that it complained of."""
    context = browser.new_context(viewport={"width": width, "height": height})
    made = Browsed(context.new_page())
    made.page.set_default_timeout(PATIENCE)
    try:
        made.page.goto(url)
        made.page.wait_for_selector("html[data-ready=true]")
        yield made
    finally:
        context.close()


class Browsed:
    """A page that is open."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type == "error" else None
        )

    def sees(self, selector: str, text: str) -> None:
        """Wait until an element has this text in it."""
        self.page.locator(selector, has_text=text).first.wait_for()
