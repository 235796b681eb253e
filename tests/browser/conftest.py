"""The tests of this folder share the one running Airflow and one browser."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from chromium import find_chromium, open_chromium
from playwright.sync_api import Browser, Page

from airflow_fixture import airflow

__all__ = ["airflow"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    path = find_chromium()
    if path is None:
        reason = "there is no Chromium on this machine; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with open_chromium(path) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty page whose cookies nobody else sees."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()
