"""A real Chromium without a window; tests skip with a word where none is installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PATIENCE = 60_000
"""ms that anything on a page is waited for."""


def chromium() -> str:
    """Path of the installed one; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


@contextmanager
def opened(url: str, *, width: int = 1280, height: int = 800) -> Iterator["Browsed"]:
    """A page at `url`, and all that it complained of."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = chromium()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE)
        made = Browsed(page)
        page.goto(url)
        page.wait_for_selector("html[data-ready=true]")
        try:
            yield made
        finally:
            browser.close()


class Browsed:
    """A page that is open."""

    def __init__(self, page: object) -> None:
        self.page: "playwright.sync_api.Page" = page  # type: ignore[name-defined] # noqa: F821, UP037
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type == "error" else None
        )

    def sees(self, selector: str, text: str) -> None:
        """Wait until an element has this text in it."""
        self.page.locator(selector, has_text=text).first.wait_for()
