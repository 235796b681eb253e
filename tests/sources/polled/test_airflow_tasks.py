"""Finished tasks of an Airflow, as its REST API tells them: paged, each try once, no secret in any error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ingestion import Ingestion
from oplatency.errors import OplatencyError, UsageError
from oplatency.ingest import polling
from oplatency.settings import PollingSettings, Settings, SourceSettings
from oplatency.sources.polled import airflow_tasks
from oplatency.sources.polled.contract import Poll

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DECLARED = SourceSettings(format="airflow", polling=PollingSettings(connection="prod"))
PASSWORD = "p@ss:word/%"
LOGIN = "ann:p%40ss%3Aword%2F%25"
LISTED = "/api/v2/dags/~/dagRuns/~/taskInstances"


@dataclass
class Airflow:
    """Answers as an api-server does: a token for the login, task instances by cursor, tries of one."""

    tasks: list[dict[str, Any]] = field(default_factory=list)
    tries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    logins: int = 0
    valid: int = 1000
    answer: tuple[int, str] | None = None
    moved_to: str = ""
    page: int = 2
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{LOGIN}@127.0.0.1:{self.port}"

    def add(self, task_id: str, end: datetime, **values: Any) -> dict[str, Any]:
        task = {
            "dag_id": "nightly",
            "dag_run_id": "scheduled__1",
            "task_id": task_id,
            "map_index": -1,
            "try_number": 1,
            "state": "success",
            "start_date": (end - timedelta(seconds=2)).isoformat(),
            "end_date": end.isoformat(),
            "operator": "PythonOperator",
            "queue": "default",
            **values,
        }
        self.tasks.append(task)
        return task

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        self.asked.append((path, query))
        if self.answer:
            return self.answer
        if path != LISTED:
            return 200, {"task_instances": self.tries[path]}
        since = datetime.fromisoformat(query["end_date_gte"][0])
        found = [
            task
            for task in self.tasks
            if task["state"] in query["state"] and datetime.fromisoformat(task["end_date"]) >= since
        ]
        found.sort(key=lambda task: task[query["order_by"][0]])
        start = int(query.get("cursor", ["0"])[0] or 0)
        following = start + self.page
        return 200, {
            "task_instances": found[start:following],
            "next_cursor": str(following) if following < len(found) else None,
        }


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    made = Airflow()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if made.moved_to:
                self._send(307, {}, {"Location": made.moved_to})
            elif self.path == "/auth/token" and given == {"username": "ann", "password": PASSWORD}:
                made.logins += 1
                self._send(201, {"access_token": f"token-{made.logins}"})
            else:
                self._send(401, {"detail": "Invalid credentials"})

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            made.valid -= 1
            if self.headers["Authorization"] != f"Bearer token-{made.logins}" or made.valid == 0:
                self._send(401, {"detail": "expired"})
            else:
                self._send(*made.get(parts.path, parse_qs(parts.query, keep_blank_values=True)))

        def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def read(address: str, *, since: datetime = NOON - timedelta(hours=1)) -> list[Any]:
    return list(airflow_tasks.read(Poll("prod", "task_instances", address, DECLARED, since, NOON)))


def test_a_finished_task_is_a_call_of_dag_and_task(airflow: Airflow):
    airflow.add("load", NOON - timedelta(minutes=5), map_index=3)
    (event,) = read(airflow.url)
    assert event.marked_at == NOON - timedelta(minutes=5)
    assert event.values == {
        "event_id": 'airflow:["nightly", "scheduled__1", "load", 3, 1]',
        "operation": "nightly.load",
        "started_at": "2026-03-10T11:54:58+00:00",
        "ended_at": "2026-03-10T11:55:00+00:00",
        "session": "scheduled__1",
        "metadata": '{"map_index": 3, "try_number": 1, "operator": "PythonOperator", "queue": "default"}',
        "error": None,
    }


def test_a_failed_task_carries_an_error(airflow: Airflow):
    airflow.add("load", NOON, state="failed")
    (event,) = read(airflow.url)
    assert event.values["error"] == '{"state": "failed"}'


def test_what_has_not_run_or_not_ended_is_not_read(airflow: Airflow):
    for state in ("running", "skipped", "upstream_failed", "removed", "up_for_retry"):
        airflow.add(state, NOON, state=state)
    airflow.add("never started", NOON, state="failed", start_date=None)
    assert read(airflow.url) == []


def test_all_pages_are_read_in_order_of_the_end(airflow: Airflow):
    for minutes in (1, 5, 3, 2, 4):
        airflow.add(f"t{minutes}", NOON - timedelta(minutes=minutes))
    assert [event.values["operation"][-1] for event in read(airflow.url)] == list("54321")
    assert len(airflow.asked) == 3
    assert airflow.logins == 1


def test_only_what_has_ended_since_is_asked_for(airflow: Airflow):
    airflow.add("old", NOON - timedelta(minutes=31))
    airflow.add("edge", NOON - timedelta(minutes=30))
    assert len(read(airflow.url, since=NOON - timedelta(minutes=30))) == 1


def test_every_try_of_a_task_is_a_call(airflow: Airflow):
    last = airflow.add("flaky one", NOON - timedelta(minutes=1), try_number=2)
    first = {**last, "try_number": 1, "state": "failed"}
    first["end_date"] = (NOON - timedelta(minutes=9)).isoformat()
    first["start_date"] = (NOON - timedelta(minutes=10)).isoformat()
    path = "/api/v2/dags/nightly/dagRuns/scheduled__1/taskInstances/flaky%20one/-1/tries"
    airflow.tries[path] = [last, first]

    events = read(airflow.url)

    assert [json.loads(event.values["event_id"][8:])[-1] for event in events] == [1, 2]
    assert [bool(event.values["error"]) for event in events] == [True, False]
    assert {event.marked_at for event in events} == {NOON - timedelta(minutes=1)}


def test_a_token_that_expires_between_pages_is_fetched_anew(airflow: Airflow):
    for minutes in range(5):
        airflow.add(f"t{minutes}", NOON - timedelta(minutes=minutes))
    airflow.valid = 2
    assert len(read(airflow.url)) == 5
    assert airflow.logins == 2


@pytest.mark.parametrize("answer", [(500, "<html>boom</html>"), (403, '{"detail": "Forbidden"}'), (200, "<html>")])
def test_F128_an_answer_that_is_none_is_an_error_without_secrets(airflow: Airflow, answer: tuple[int, str]):
    airflow.answer = answer
    with pytest.raises(OplatencyError) as caught:
        read(airflow.url)
    told = str(caught.value)
    assert f"127.0.0.1:{airflow.port}" in told
    assert not any(secret in told for secret in (PASSWORD, LOGIN, "token-1"))


def test_F128_a_wrong_password_is_an_error_without_it(airflow: Airflow):
    with pytest.raises(OplatencyError, match="refused the login of ann: Invalid credentials") as caught:
        read(f"http://ann:guess@127.0.0.1:{airflow.port}")
    assert "guess" not in str(caught.value)


def test_F127_a_login_does_not_follow_to_another_host(airflow: Airflow):
    airflow.moved_to = f"http://localhost:{airflow.port}/elsewhere"
    with pytest.raises(OplatencyError, match="refused the login"):
        read(airflow.url)
    assert airflow.asked == []


def test_an_airflow_that_does_not_answer_is_an_error_with_its_address(airflow: Airflow):
    with pytest.raises(OplatencyError, match="does not answer: ConnectionError") as caught:
        read(f"http://{LOGIN}@127.0.0.1:1")
    assert "127.0.0.1:1" in caught.value.where
    assert LOGIN not in str(caught.value)


@pytest.mark.parametrize("address", ["postgresql://ann:hidden@h/db", "http://127.0.0.1:8080", "https://:hidden@h"])
def test_what_is_no_address_of_an_airflow_is_refused_without_the_password(address: str):
    with pytest.raises(UsageError, match="http or https") as caught:
        read(address)
    assert "hidden" not in str(caught.value)


def test_tasks_become_operations_and_a_second_poll_adds_nothing(airflow: Airflow, warehouse, tmp_path: Path):
    ingestion = Ingestion(warehouse.url(), tmp_path)
    for number in range(25):
        airflow.add(f"task_{number:02}", NOON - timedelta(minutes=number))

    def poll(at: datetime) -> list[Any]:
        return polling.poll_source(
            ingestion.url,
            "prod",
            polling.PollContext(tmp_path, at, Settings(sources={"prod": DECLARED}), lambda name: airflow.url),
        )

    (account,) = poll(NOON)
    assert (account.accepted, account.path.split(" from ")[0]) == (
        25,
        f"http://127.0.0.1:{airflow.port} task_instances",
    )
    facts = ingestion.facts()
    assert {fact["operation"] for fact in facts} == {f"nightly.task_{number:02}" for number in range(25)}
    assert {fact["duration_us"] for fact in facts} == {2_000_000}
    digest = ingestion.digest()
    poll(NOON + timedelta(minutes=5))
    poll(NOON + timedelta(minutes=10))
    assert ingestion.digest() == digest
    assert len(ingestion.batches()) == 1
