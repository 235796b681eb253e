"""The three tasks that every windowed job has: the job is looked up by the name of its DAG."""

from __future__ import annotations

from typing import Any

import pytest

from calls import DAY, HOUR, TODAY, WEEK_AGO, baselines, constant, let_pass, put
from oplatency.airflow import defaults, tasks
from oplatency.jobs import windowed_job
from oplatency.jobs.registry import JOBS
from oplatency.warehouse.database import connect


class Events(dict[Any, Any]):
    """What a task tells of its assets."""

    def __missing__(self, asset: Any) -> Any:
        self[asset] = type("Event", (), {"extra": {}})()
        return self[asset]

    @property
    def told(self) -> dict[str, int]:
        return {asset.name: event.extra["rows_changed"] for asset, event in self.items()}


@pytest.fixture
def url(warehouse: Any, connection: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a warehouse with a week of hourly calls; tasks find it, and every audit passes."""
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    monkeypatch.setattr(tasks, "writer_url", warehouse.url)
    monkeypatch.setattr(windowed_job, "audit", lambda url, job, token: let_pass(url, token))
    return str(warehouse.url())


def context(**params: Any) -> dict[str, Any]:
    end = TODAY
    return {"params": params, "data_interval_start": end - DAY, "data_interval_end": end}


def whole(job: str, **params: Any) -> tuple[dict[str, Any], dict[str, int]]:
    events = Events()
    token = tasks.stage(context(**params), job)
    tasks.audit(token, job)
    return tasks.publish(token, job, events), events.told


def test_each_job_has_the_name_it_is_looked_up_by_and_assets_that_exist():
    assert list(JOBS) == ["recalculate_baselines", "detect_anomalies", "correlate_operations"]
    assert {job.asset for job in JOBS.values()} <= defaults.ASSETS.keys()


def test_a_job_of_days_publishes_the_day_that_the_interval_ends_in(url: str):
    report, told = whole("recalculate_baselines")
    assert (report["as_of"], report["published"]) == (TODAY.isoformat(), 1)
    assert told == {"oplatency_baselines": 1}


def test_what_the_form_says_of_a_run_wins_over_the_settings(url: str):
    report, _ = whole("recalculate_baselines", min_samples=169, operation="commit")
    assert report["skipped"] == {"few_samples": 1}
    report, _ = whole("recalculate_baselines", lookback_days=2, as_of=(TODAY - DAY).isoformat())
    assert report["as_of"] == (TODAY - DAY).isoformat()
    with connect(url, purpose="tests") as connection:
        found = connection.execute("select lookback_days, n_calls from oplatency.baselines").fetchall()
    assert [(row["lookback_days"], row["n_calls"]) for row in found] == [(2, 48)]


def test_a_job_of_hours_publishes_the_hours_that_the_interval_covers(url: str):
    baselines(url, TODAY - DAY)
    report, told = whole("detect_anomalies")
    assert (report["from"], report["to"]) == ((TODAY - DAY).isoformat(), TODAY.isoformat())
    assert told == {"oplatency_findings": report["anomalies"] + report["violations"] + report["degradations"]}
    report, told = whole("correlate_operations")
    assert (report["as_of"], told) == (TODAY.isoformat(), {"oplatency_findings": 0})


def test_late_data_is_told_to_both_assets(url: str, connection: Any):
    baselines(url, TODAY)
    put(connection, "commit", constant(TODAY - DAY, TODAY, HOUR, 77_000))
    connection.execute(
        "insert into oplatency.dirty_ranges (operation_id, hour_at, batch_id)"
        " select operation_id, %s, max(batch_id) from oplatency.operation_types cross join oplatency.ingest_batches"
        " where name = 'commit' group by operation_id",
        (TODAY - HOUR,),
    )
    events = Events()
    report = tasks.refresh_results(events)
    assert list(report) == ["hours", "baselines", "published", "windows", "findings", "correlations", "pairs"]
    assert (report["baselines"], report["published"]) == ([TODAY.isoformat()], 1)
    assert events.told == {"oplatency_baselines": 1, "oplatency_findings": 0}
