"""Pictures of the page and of the DAG list for the README, taken of the installation that `make up` runs.

Run it by hand: ``python -m tests.browser.take_screenshots``. ``OPLATENCY_HOME`` names another installation.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page
from tests.browser.chromium import find_chromium, log_in, open_chromium, open_dashboard

from oplatency.errors import OplatencyError
from oplatency.local.installation import AIRFLOW_USER, Installation

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def take_screenshots(url: str, password: str, folder: Path) -> list[Path]:
    """Write ``page.png`` and ``dags.png`` and return where they are."""
    path = find_chromium()
    if path is None:
        raise OplatencyError("There is no Chromium on this machine.", remedy="on Debian: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with open_chromium(path) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
        log_in(page, url, AIRFLOW_USER, password)
        open_dashboard(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / "page.png")
        page.set_viewport_size({"width": 1280, "height": 1360})
        _wait_until_quiet(page, url)
        page.goto(f"{url}/dags")
        page.get_by_text("recalculate_baselines").first.wait_for()
        page.wait_for_timeout(3000)  # the bars of the last runs are drawn after the list
        page.screenshot(path=folder / "dags.png")
    return [folder / "page.png", folder / "dags.png"]


def _wait_until_quiet(page: Page, url: str) -> None:
    """Wait until no DAG runs: an installation that has just come up first makes good for what it missed."""
    for _ in range(300):
        unfinished = page.request.get(f"{url}/api/v2/dags/~/dagRuns?state=running&state=queued&limit=1").json()
        if unfinished["total_entries"] == 0:
            return
        page.wait_for_timeout(1000)
    raise OplatencyError("DAG runs have not ended within five minutes.", where=url, remedy="look at the DAG list")


def main() -> int:
    """Take the pictures of the running installation."""
    installation = Installation.open()
    state = installation.running()
    if state is None:
        print(f"nothing runs in {installation.home}: start it with `make up`", file=sys.stderr)
        return 1
    for path in take_screenshots(state.api_url, installation.secrets.admin_password, IMAGES):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
