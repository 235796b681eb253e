"""The page behind Airflow's login: who is refused, what is answered, and what is said when it cannot be read."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

import psutil
import pytest
from psycopg import sql

from airflow_fixture import HOSTILE, RunningAirflow
from oplatency.reports.tables import DASHBOARD_VIEWS, load_tables
from oplatency.warehouse.database import connect

PATHS = (
    "/oplatency/",
    "/oplatency",
    "/oplatency//",
    "//oplatency/",
    "//oplatency",
    "/oplatency/?limit=1000000000",
    "/oplatency/views/v_baseline_health",
    "/oplatency/views/v_baseline_health/",
    "/oplatency/views//v_baseline_health",
    "/oplatency//views/v_baseline_health",
    "//oplatency/views/v_baseline_health",
    "/oplatency/%2e%2e/oplatency/",
    "/oplatency/views/%2e%2e/",
    "/oplatency/views/%2e%2e%2fviews%2fv_baseline_health",
    "/oplatency/views/..%2f..%2fapi%2fv2%2fdags",
    "/oplatency/%2e/views/v_baseline_health",
    "/%6fplatency/views/v_baseline_health",
    "/oplatency/docs",
    "/oplatency/docs/oauth2-redirect",
    "/oplatency/redoc",
    "/oplatency/openapi.json",
    "/oplatency/static/page.css",
    "/oplatency/page.css",
    "/oplatency/favicon.ico",
    "/oplatency/no-such-page",
    "/oplatency/views/",
    "/oplatency/views/metrics",
    "/oplatency/views/v_baseline_health%00",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PAGES = ("/oplatency/", *(f"/oplatency/views/{name}" for name in DASHBOARD_VIEWS))


@dataclass(frozen=True)
class Answer:
    """Status, headers with lower-case names, and text."""

    status: int
    headers: dict[str, str]
    text: str


def ask(
    airflow: RunningAirflow, path: str, token: str | None = None, *, method: str = "GET", bearer: bool = False
) -> Answer:
    """Send one request whose path nobody tidies up on the way."""
    headers = {}
    if token is not None:
        headers = {"Authorization": f"Bearer {token}"} if bearer else {"Cookie": f"_token={token}"}
    address = urlsplit(airflow.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        text = response.read().decode()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
    finally:
        connection.close()


class Elements(HTMLParser):
    """Collects the elements, their attributes, and the cells of the tables of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self.cells.append("")


def intruders(airflow: RunningAirflow) -> dict[str, str | None]:
    """Return tokens that must open nothing."""
    genuine = airflow.token("admin")
    head, claims, _ = genuine.split(".")
    return {
        "none": None,
        "empty": "",
        "garbage": "garbage",
        "expired": airflow.token("admin", valid_for=timedelta(hours=-1)),
        "forged with another key": airflow.token("admin", key="another key that is long enough for this" * 2),
        "unsigned": airflow.token("admin", key="none"),
        "signature cut off": f"{head}.{claims}.",
    }


@pytest.mark.parametrize("path", PATHS)
def test_F124_without_a_valid_login_every_path_and_method_is_refused(airflow: RunningAirflow, path: str) -> None:
    tokens = intruders(airflow)
    answers = {
        (method, kind): ask(airflow, path, token, method=method) for method in METHODS for kind, token in tokens.items()
    }
    answers |= {("bearer", kind): ask(airflow, path, token, bearer=True) for kind, token in tokens.items()}
    assert {key: answer.status for key, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert not any("v_baseline_health" in answer.text or "get_history" in answer.text for answer in answers.values())


@pytest.mark.parametrize("role", ["viewer", "user", "op", "admin"])
def test_F124_every_role_of_airflow_may_read_and_nobody_can_do_anything_else(
    airflow: RunningAirflow, role: str
) -> None:
    token = airflow.token(role)
    for path in ("/oplatency/", "/oplatency", "//oplatency/", "/oplatency/views/v_baseline_health"):
        assert ask(airflow, path, token).status == 200
        assert ask(airflow, path, token, bearer=True).status == 200
        assert ask(airflow, path, token, method="HEAD").status == 200
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            assert ask(airflow, path, token, method=method).status == 405
    for path in ("/oplatency/docs", "/oplatency/openapi.json", "/oplatency/views/metrics", "/oplatency/views/"):
        assert ask(airflow, path, token).status == 404


def test_F124_a_user_without_a_role_is_known_but_not_allowed(airflow: RunningAirflow) -> None:
    for path in PATHS:
        answer = ask(airflow, path, airflow.token(None))
        assert (path, answer.status) == (path, 403)
        assert "get_history" not in answer.text


def test_every_answer_carries_the_protective_headers(airflow: RunningAirflow) -> None:
    admin = airflow.token("admin")
    answers = [ask(airflow, path, token) for path in PATHS for token in (None, admin, airflow.token(None))]
    answers.append(ask(airflow, "/oplatency/", admin, method="DELETE"))
    assert {answer.status for answer in answers} == {200, 401, 403, 404, 405}
    for answer in answers:
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_other_pages_of_airflow_are_left_as_they_are(airflow: RunningAirflow) -> None:
    for path in ("/", "/api/v2/version", "/oplatencyish/", "/plugin/oplatency"):
        answer = ask(airflow, path)
        assert answer.status == 200
        assert "content-security-policy" not in answer.headers


def test_the_plugin_is_registered_without_an_error(airflow: RunningAirflow) -> None:
    bearer = airflow.token("admin")
    assert '"total_entries":0' in ask(airflow, "/api/v2/plugins/importErrors", bearer, bearer=True).text
    assert '"url_route":"oplatency"' in ask(airflow, "/api/v2/plugins", bearer, bearer=True).text


def test_the_page_shows_the_tables_of_the_overview(airflow: RunningAirflow) -> None:
    page = Elements(ask(airflow, "/oplatency/", airflow.token("viewer")).text)
    with connect(airflow.warehouse_url("oplatency_reader"), purpose="tests") as connection:
        tables = load_tables(connection)
    shown = {cell.strip() for cell in page.cells}
    sections = [attrs["id"] for tag, attrs in page.elements if tag == "section"]
    assert sections == [table.key for table in tables]
    for table in tables:
        # the response times of the views differ from one reading to the next
        columns = [place for place, name in enumerate(table.columns) if name != "response ms"]
        missing = [cell for row in table.rows for cell in (row[place] for place in columns) if cell not in shown]
        assert (table.key, missing) == (table.key, [])


def test_each_of_the_twelve_views_has_a_page_with_its_comments(airflow: RunningAirflow) -> None:
    start = Elements(ask(airflow, "/oplatency/", airflow.token("viewer")).text)
    links = [attrs["href"] for tag, attrs in start.elements if tag == "a" and "/views/" in (attrs["href"] or "")]
    assert links == [f"/oplatency/views/{name}" for name in DASHBOARD_VIEWS]
    for link in links:
        page = Elements(ask(airflow, str(link), airflow.token("viewer")).text)
        headings = [attrs for tag, attrs in page.elements if tag == "th"]
        explained = [attrs for tag, attrs in page.elements if tag == "dd"]
        assert explained
        assert all(attrs["title"] for attrs in headings)


def test_F121_hostile_names_create_no_element_and_no_attribute(airflow: RunningAirflow) -> None:
    seen: set[str] = set()
    for path in PAGES:
        text = ask(airflow, path, airflow.token("admin")).text
        page = Elements(text)
        seen |= {name for name in HOSTILE if any(name in cell for cell in page.cells)}
        assert not {tag for tag, _ in page.elements} & {"img", "script", "iframe", "object", "svg", "form", "base"}
        for _, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            target = attributes.get("href") or "/oplatency/"
            assert target.startswith(("/oplatency/", "#", "data:,"))
    assert seen == set(HOSTILE)


def test_F126_odd_parameters_change_nothing(airflow: RunningAirflow) -> None:
    token = airflow.token("admin")
    plain = ask(airflow, "/oplatency/views/v_baseline_health", token)
    for query in ("limit=1000000000", "order_by=(select+1)", "as_of=yesterday", "x=" + "a" * 10_000):
        assert ask(airflow, f"/oplatency/views/v_baseline_health?{query}", token).text == plain.text


@contextmanager
def broken(airflow: RunningAirflow, breaking: str, mending: str) -> Iterator[None]:
    """Break the warehouse for a while."""
    with (
        connect(airflow.server.url(), purpose="tests") as admin,
        connect(airflow.warehouse_url("postgres"), purpose="tests") as inside,
    ):
        for text in (breaking, mending):
            session = admin if "database" in text else inside
            session.execute(sql.SQL(text))
            if text == breaking:
                yield


@pytest.mark.parametrize(
    ("breaking", "mending", "said", "advised"),
    [
        (
            "alter schema oplatency rename to elsewhere",
            "alter schema elsewhere rename to oplatency",
            "The warehouse has not the schema of this code",
            "oplatency migrate",
        ),
        (
            "alter database oplatency connection limit 0",
            "alter database oplatency connection limit -1",
            "PostgreSQL cannot be reached",
            "check that the server runs",
        ),
        (
            "alter role oplatency_reader rename to oplatency_absent",
            "alter role oplatency_absent rename to oplatency_reader",
            "PostgreSQL cannot be reached",
            "the connection names it",
        ),
    ],
)
def test_a_warehouse_that_cannot_be_read_is_said_on_the_page_without_a_secret(
    airflow: RunningAirflow, breaking: str, mending: str, said: str, advised: str
) -> None:
    with broken(airflow, breaking, mending):
        answers = [ask(airflow, path, airflow.token("viewer")) for path in PAGES[:2]]
        stranger = ask(airflow, "/oplatency/")
    for answer in answers:
        assert answer.status == 503
        assert answer.headers["cache-control"] == "no-store"
        assert said in answer.text
        assert advised in answer.text
        assert "Traceback" not in answer.text
        assert not [word for word in airflow.installation.secrets.passwords.values() if word in answer.text]
    assert stranger.status == 401
    assert ask(airflow, "/oplatency/", airflow.token("viewer")).status == 200


def test_F132_the_api_server_listens_on_the_loopback_only(airflow: RunningAirflow) -> None:
    family = [member for pid in airflow.pids for member in psutil.Process(pid).children(recursive=True)]
    family += [psutil.Process(pid) for pid in airflow.pids]
    listening = [found.laddr for member in family for found in member.net_connections() if found.status == "LISTEN"]
    assert listening
    assert {address.ip for address in listening} == {"127.0.0.1"}
