"""What the tasks of ingest_metrics do with several files of which some are bad."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import conninfo_to_dict

from oplatency.airflow import connections, tasks
from oplatency.airflow.defaults import METRICS
from oplatency.errors import GateFailedError, InputError, OplatencyError, UsageError
from oplatency.sources import registry
from oplatency.sources.polled.contract import Event, Poll, PolledSource

GOOD = "operation,started_at,duration_us\nread,2026-11-20T10:00:00Z,1000\n"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Events(dict[Any, SimpleNamespace]):
    """Stands where Airflow hands over its asset events."""

    def __missing__(self, asset: Any) -> SimpleNamespace:
        self[asset] = SimpleNamespace(extra={})
        return self[asset]


@pytest.fixture
def landing(tmp_path: Path, warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a source in a landing folder that the tasks look at."""
    monkeypatch.setenv("OPLATENCY_LANDING", str(tmp_path))
    monkeypatch.setattr(tasks, "writer_url", warehouse.url)
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def context(**params: str) -> dict[str, Any]:
    return {"params": params, "dag_run": SimpleNamespace(run_after=NOW)}


def publish(staged: tasks.Staged) -> tuple[list[dict[str, Any]], Events]:
    events = Events()
    return tasks.publish_batches(staged, tasks.audit_batches(staged), events), events


def test_a_bad_file_does_not_keep_the_others_out_and_is_named_in_the_end(landing: Path, connection: Any):
    (landing / "a.csv").write_text("operation,begun\nread,2026-11-20T10:00:00Z\n")
    (landing / "b.csv").write_text(GOOD)
    (landing / "c.csv").write_text("operation,started_at,duration_us\nread,2026-11-20T10:00:00Z,-5\n")
    staged = tasks.stage_new_input(context())
    assert len(staged["tokens"]) == 2
    with pytest.raises(GateFailedError) as caught:
        publish(staged)
    assert "a.csv" in str(caught.value)
    assert "c.csv" in str(caught.value)
    assert "b.csv" not in str(caught.value)
    assert connection.execute("select count(*) as n from oplatency.metrics").fetchone() == {"n": 1}


def test_where_no_file_can_be_staged_the_first_task_fails(landing: Path):
    (landing / "a.csv").write_text("nonsense\n")
    with pytest.raises(InputError, match=r"a\.csv"):
        tasks.stage_new_input(context())


def test_bytes_that_are_settled_are_not_taken_up_again_unless_named(landing: Path):
    (landing / "b.csv").write_text(GOOD)
    accounts, events = publish(tasks.stage_new_input(context()))
    assert [account["accepted"] for account in accounts] == [1]
    assert events[METRICS].extra == {"rows_changed": 1}
    assert tasks.stage_new_input(context())["tokens"] == []
    accounts, events = publish(tasks.stage_new_input(context(path="shop/b.csv")))
    assert [account["duplicate"] for account in accounts] == [1]
    assert events[METRICS].extra == {"rows_changed": 0}


def test_a_file_of_bad_rows_only_is_refused_once_not_every_five_minutes(landing: Path):
    (landing / "c.csv").write_text("operation,started_at,duration_us\nread,2026-11-20T10:00:00Z,-5\n")
    with pytest.raises(GateFailedError, match="negative_duration"):
        publish(tasks.stage_new_input(context()))
    assert tasks.stage_new_input(context())["tokens"] == []


def poll_from(landing: Path, monkeypatch: pytest.MonkeyPatch, read: Any) -> None:
    """Declare a polled source that is read by a function."""
    folder = landing.parent / "prod"
    folder.mkdir()
    (folder / "source.toml").write_text('format = "airflow"\npolling.connection = "prod_airflow"\n')
    monkeypatch.setitem(registry.POLLED, "airflow", lambda: PolledSource(("task_instances",), read))
    monkeypatch.setattr(connections.BaseHook, "get_connection", lambda name: Connection(**CONNECTIONS[name]))


CONNECTIONS = {
    "prod_airflow": {
        "conn_id": "prod_airflow",
        "conn_type": "http",
        "host": "air.example",
        "schema": "https",
        "login": "ann",
        "password": "p@ss/",
    },
    "pggit_db": {
        "conn_id": "pggit_db",
        "conn_type": "postgres",
        "host": "h",
        "port": 5433,
        "schema": "d",
        "login": "ann",
        "password": "p@ss/",
    },
}


def test_polled_sources_come_in_with_the_files_and_as_they_are_now(
    landing: Path, connection: Any, monkeypatch: pytest.MonkeyPatch
):
    (landing / "b.csv").write_text(GOOD)
    asked: list[Poll] = []

    def read(poll: Poll) -> Iterator[Event]:
        asked.append(poll)
        at = datetime.now(UTC)
        values = {"event_id": "1", "operation": "nightly.load", "started_at": at.isoformat(), "duration_us": "5"}
        yield Event(at, values)

    poll_from(landing, monkeypatch, read)
    accounts, events = publish(tasks.stage_new_input(context()))
    assert {account["source"] for account in accounts} == {"shop", "prod"}
    assert events[METRICS].extra == {"rows_changed": 2}
    assert asked[0].address == "https://ann:p%40ss%2F@air.example"
    # the interval of the run is long over
    assert asked[0].polled_at > NOW
    assert connection.execute("select source from oplatency.source_watermarks").fetchall() == [{"source": "prod"}]


def test_a_source_that_does_not_answer_keeps_neither_files_nor_others_out(
    landing: Path, connection: Any, monkeypatch: pytest.MonkeyPatch
):
    (landing / "b.csv").write_text(GOOD)

    def read(poll: Poll) -> Iterator[Event]:
        raise OplatencyError("It does not answer.", where=poll.place)
        yield

    poll_from(landing, monkeypatch, read)
    staged = tasks.stage_new_input(context())
    assert len(staged["tokens"]) == 1
    with pytest.raises(
        GateFailedError, match=r"It does not answer\. \| where: source prod, https://air.example"
    ) as caught:
        publish(staged)
    assert "p@ss" not in str(caught.value)
    assert connection.execute("select count(*) as n from oplatency.metrics").fetchone() == {"n": 1}


def test_a_source_that_is_named_is_the_only_one_that_is_polled(landing: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[Poll] = []

    def read(poll: Poll) -> Iterator[Event]:
        asked.append(poll)
        yield from ()

    poll_from(landing, monkeypatch, read)
    (landing / "b.csv").write_text(GOOD)
    tasks.stage_new_input(context(source="shop"))
    tasks.stage_new_input(context(path="shop/b.csv"))
    assert asked == []
    tasks.stage_new_input(context(source="prod"))
    assert len(asked) == 1


def test_a_connection_that_airflow_does_not_know_is_looked_for_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    def unknown(name: str) -> Connection:
        raise AirflowNotFoundException(name)

    monkeypatch.setattr(connections.BaseHook, "get_connection", unknown)
    monkeypatch.setenv("PGGIT_URL", "postgresql://h/d")
    assert connections.connection_url("PGGIT_URL") == "postgresql://h/d"
    with pytest.raises(UsageError, match="not known"):
        connections.connection_url("GONE")


def test_a_connection_of_postgresql_is_its_url(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections.BaseHook, "get_connection", lambda name: Connection(**CONNECTIONS[name]))
    assert conninfo_to_dict(connections.connection_url("pggit_db")) == {
        "user": "ann",
        "password": "p@ss/",
        "host": "h",
        "port": "5433",
        "dbname": "d",
    }
