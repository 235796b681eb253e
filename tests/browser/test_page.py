"""The page as a person meets it: Airflow's login, its navigation, the frame, the figures."""

from __future__ import annotations

import pytest
from chromium import log_in, open_dashboard
from playwright.sync_api import Page, Request

from airflow_fixture import HOSTILE, RunningAirflow
from oplatency.reports.tables import BOOTSTRAP_OPERATIONS, load_tables
from oplatency.warehouse.database import connect

pytestmark = pytest.mark.browser


def sign_in(page: Page, airflow: RunningAirflow) -> None:
    """Give the page the cookie that the login page would set; Airflow's own interface takes seconds to load."""
    page.context.add_cookies([{"name": "_token", "value": airflow.token("viewer"), "url": airflow.url}])


def watch(page: Page) -> tuple[list[str], list[str]]:
    """Collect the addresses that a page asks for, and what its console complains of."""
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return asked, complaints


def test_after_login_the_page_shows_the_figures_of_the_report_and_leads_to_the_views(
    airflow: RunningAirflow, page: Page
) -> None:
    log_in(page, airflow.url, airflow.user, airflow.password)
    frame = open_dashboard(page)
    rows = frame.locator("#baselines tbody tr").all()
    shown = [tuple(cell.strip() for cell in row.locator("td").all_inner_texts()) for row in rows]
    with connect(airflow.warehouse_url("oplatency_reader"), purpose="tests") as connection:
        baselines = load_tables(connection)[0]
    assert shown == list(baselines.rows)
    assert tuple(row[0] for row in shown) == BOOTSTRAP_OPERATIONS
    assert f"{airflow.as_of:%Y-%m-%d} 00:00 UTC" in frame.locator("header").inner_text()
    # the address of a view within the frame can be kept and opened again
    frame.get_by_role("link", name="v_baseline_health").click()
    frame.get_by_role("heading", name="v_baseline_health").wait_for()
    page.wait_for_url("**/views/v_baseline_health")
    page.reload()
    frame.get_by_role("heading", name="v_baseline_health").wait_for()
    assert frame.locator("tbody tr").count() == len(BOOTSTRAP_OPERATIONS)
    frame.get_by_role("link", name="Overview").click()
    frame.locator("#baselines").wait_for()


def test_without_login_the_page_answers_401_and_the_interface_asks_for_the_login(
    airflow: RunningAirflow, page: Page
) -> None:
    answer = page.goto(f"{airflow.url}/oplatency/")
    assert answer is not None
    assert answer.status == 401
    assert "get_history" not in page.content()
    page.goto(f"{airflow.url}/plugin/oplatency")
    page.wait_for_selector("input[name=password]")


def test_F121_hostile_names_do_nothing_in_a_browser(airflow: RunningAirflow, page: Page) -> None:
    sign_in(page, airflow)
    asked, complaints = watch(page)
    for path in ("", "views/v_operation_performance_summary", "views/v_user_performance_activity"):
        page.goto(f"{airflow.url}/oplatency/{path}")
        text = page.locator("main").inner_text()
        assert all(name in text for name in HOSTILE)
        assert page.locator("img, script, iframe, object, embed, form").count() == 0
        assert page.locator("[onerror], [onmouseover], [onclick], [style]").count() == 0
        assert page.title().endswith("oplatency")
    assert [url for url in asked if not url.startswith((f"{airflow.url}/oplatency/", "data:"))] == []
    assert complaints == []


def test_the_page_fits_its_width_and_its_text_stands_out(airflow: RunningAirflow, page: Page) -> None:
    sign_in(page, airflow)
    for path in ("", "views/v_operation_performance_summary"):
        page.goto(f"{airflow.url}/oplatency/{path}")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            # tables scroll inside their card, the page does not
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(LEAST_CONTRAST) >= 4.5


LEAST_CONTRAST = """
() => {
    const numbers = colour => colour.match(/[0-9.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = element => {
        for (let at = element; at; at = at.parentElement) {
            const found = numbers(getComputedStyle(at).backgroundColor);
            if (found.length < 4 || found[3] > 0) return found;
        }
        return [255, 255, 255];
    };
    const contrasts = [...document.querySelectorAll('h1 a, h2, p, th, td, a, span, dt, dd')]
        .filter(element => element.innerText.trim())
        .map(element => [light(numbers(getComputedStyle(element).color)), light(ground(element))])
        .map(pair => (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05));
    return Math.min(...contrasts);
}
"""
"""Smallest contrast of a text with what it stands on, by the formula of WCAG 2.1; 4.5 is asked for."""
