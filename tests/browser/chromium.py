"""A headless Chromium of the system, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return the path of the browser, or None where there is none."""
    named = os.environ.get("OPLATENCY_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_chromium(path: str) -> Iterator[Browser]:
    """Run the browser until the body ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def log_in(page: Page, url: str, user: str, password: str) -> None:
    """Log in on Airflow's own login page."""
    page.goto(url)
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda found: "/auth/" not in found)


def open_dashboard(page: Page) -> FrameLocator:
    """Follow the entry in Airflow's navigation and return what its frame shows."""
    page.get_by_role("link", name="oplatency").first.click()
    frame = page.frame_locator("iframe[title=oplatency]")
    frame.locator("#baselines").wait_for()
    return frame
