"""What the tasks of ingest_metrics do with several files of which some are bad."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from oplatency.airflow import tasks
from oplatency.airflow.defaults import METRICS
from oplatency.errors import GateFailedError, InputError

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
    staged = tasks.stage_arrivals(context())
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
        tasks.stage_arrivals(context())


def test_bytes_that_are_settled_are_not_taken_up_again_unless_named(landing: Path):
    (landing / "b.csv").write_text(GOOD)
    accounts, events = publish(tasks.stage_arrivals(context()))
    assert [account["accepted"] for account in accounts] == [1]
    assert events[METRICS].extra == {"rows_changed": 1}
    assert tasks.stage_arrivals(context())["tokens"] == []
    accounts, events = publish(tasks.stage_arrivals(context(path="shop/b.csv")))
    assert [account["duplicate"] for account in accounts] == [1]
    assert events[METRICS].extra == {"rows_changed": 0}


def test_a_file_of_bad_rows_only_is_refused_once_not_every_five_minutes(landing: Path):
    (landing / "c.csv").write_text("operation,started_at,duration_us\nread,2026-11-20T10:00:00Z,-5\n")
    with pytest.raises(GateFailedError, match="negative_duration"):
        publish(tasks.stage_arrivals(context()))
    assert tasks.stage_arrivals(context())["tokens"] == []
