"""What the DAGs look like to Airflow: graphs, pages, parameters, tags, timetables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
NAMES = sorted(path.stem for path in DAGS.glob("*.py"))

STAGE_AUDIT_PUBLISH = {"stage": {"audit", "publish"}, "audit": {"publish"}, "publish": set()}

PARAMETERS = {
    "load_bootstrap": {"as_of"},
    "ingest_metrics": {"source", "path"},
    "recalculate_baselines": {"as_of", "lookback_days", "min_samples", "operation"},
    "detect_anomalies": {"window_start", "window_end", "operation"},
    "correlate_operations": {"as_of"},
    "check_data_quality": {"suite"},
    "deliver_alerts": {"dry_run"},
    "maintain_warehouse": {"dry_run"},
    "check_detection": {"as_of"},
    "backtest": {"window_start", "window_end", "first", "second", "labels"},
}
BY_HAND = {"load_bootstrap", "backtest"}
SCHEDULED = sorted(PARAMETERS.keys() - BY_HAND)
INTERVALS = {
    "ingest_metrics": ("2026-03-01T12:05Z", "2026-03-01T12:10Z"),
    "deliver_alerts": ("2026-03-01T12:05Z", "2026-03-01T12:10Z"),
    "detect_anomalies": ("2026-03-01T11:10Z", "2026-03-01T12:10Z"),
    "correlate_operations": ("2026-03-01T00:15Z", "2026-03-01T12:15Z"),
    "recalculate_baselines": ("2026-02-28T02:00Z", "2026-03-01T02:00Z"),
    "check_detection": ("2026-02-28T02:20Z", "2026-03-01T02:20Z"),
    "check_data_quality": ("2026-02-28T02:30Z", "2026-03-01T02:30Z"),
    "maintain_warehouse": ("2026-02-28T03:00Z", "2026-03-01T03:00Z"),
}


def graph(bag: Any, name: str) -> dict[str, set[str]]:
    """Return each task with the tasks right behind it."""
    return {task.task_id: set(task.downstream_task_ids) for task in bag.dags[name].tasks}


def interval_of(dag: Any, run_after: datetime) -> tuple[datetime, datetime]:
    """Return the data interval that the scheduler gives to the run of an instant."""
    from airflow.sdk import timezone
    from airflow.serialization.encoders import coerce_to_core_timetable

    timetable = coerce_to_core_timetable(dag.timetable)
    interval = timetable.infer_manual_data_interval(run_after=timezone.coerce_datetime(run_after))
    return interval.start, interval.end


def test_the_ids_are_the_file_names(dag_bag):
    assert sorted(dag_bag.dags) == NAMES == sorted(PARAMETERS)
    assert {name: Path(dag.fileloc).stem for name, dag in dag_bag.dags.items()} == {name: name for name in NAMES}


def test_load_bootstrap_migrates_first_and_computes_baselines_last(dag_bag):
    assert graph(dag_bag, "load_bootstrap") == {
        "migrate": {"stage"},
        "stage": {"audit", "publish"},
        "audit": {"publish"},
        "publish": {"first_baselines"},
        "first_baselines": set(),
    }


def test_ingest_metrics_audits_what_it_staged_before_it_publishes(dag_bag):
    assert graph(dag_bag, "ingest_metrics") == STAGE_AUDIT_PUBLISH


def test_recalculate_baselines_audits_before_it_publishes_and_heals_what_came_late_last(dag_bag):
    assert graph(dag_bag, "recalculate_baselines") == STAGE_AUDIT_PUBLISH | {"publish": {"refresh"}, "refresh": set()}


def test_detect_anomalies_audits_what_it_staged_before_it_publishes(dag_bag):
    assert graph(dag_bag, "detect_anomalies") == STAGE_AUDIT_PUBLISH


def test_correlate_operations_audits_what_it_staged_before_it_publishes(dag_bag):
    assert graph(dag_bag, "correlate_operations") == STAGE_AUDIT_PUBLISH


def test_check_data_quality_is_one_task(dag_bag):
    assert graph(dag_bag, "check_data_quality") == {"check": set()}


def test_deliver_alerts_is_one_task(dag_bag):
    assert graph(dag_bag, "deliver_alerts") == {"deliver": set()}


def test_maintain_warehouse_is_one_task(dag_bag):
    assert graph(dag_bag, "maintain_warehouse") == {"maintain": set()}


def test_check_detection_is_one_task(dag_bag):
    assert graph(dag_bag, "check_detection") == {"check": set()}


def test_backtest_is_one_task(dag_bag):
    assert graph(dag_bag, "backtest") == {"replay": set()}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_what_is_written_and_what_to_do_on_failure(dag_bag, name: str):
    page = dag_bag.dags[name].doc_md
    assert page.lstrip().startswith(f"### {name}\n")
    for heading in ("**Writes**", "**Parameters.**", "**On failure:**"):
        assert heading in page
    failure = page.split("**On failure:**")[1].lower()
    assert "clearing" in failure
    assert "safe" in failure


@pytest.mark.parametrize("name", NAMES)
def test_the_form_asks_for_the_documented_parameters_and_explains_each(dag_bag, name: str):
    dag = dag_bag.dags[name]
    assert set(dag.params) == PARAMETERS[name]
    parameters = dag.doc_md.split("**Parameters.**")[1].split("\n\n")[0]
    for parameter in PARAMETERS[name]:
        assert f"`{parameter}`" in parameters
        field = dag.params.get_param(parameter)
        assert field.schema["title"]
        assert field.description


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_has_one_area_and_one_impact_tier(dag_bag, name: str):
    kinds = sorted(str(tag).split(":")[0] for tag in dag_bag.dags[name].tags)
    assert kinds == ["area", "impact"]


@pytest.mark.parametrize("name", NAMES)
def test_a_task_ends_in_bounded_time_and_says_what_it_does(dag_bag, name: str):
    for task in dag_bag.dags[name].tasks:
        assert task.execution_timeout is not None
        assert task.python_callable.__doc__
        assert task.retry_policy is not None


@pytest.mark.parametrize("name", SCHEDULED)
def test_F63_a_scheduled_run_has_the_interval_before_it(dag_bag, name: str):
    start, end = (datetime.fromisoformat(text) for text in INTERVALS[name])
    assert interval_of(dag_bag.dags[name], end) == (start, end)


def test_F63_a_cron_string_would_have_given_an_empty_interval():
    # the mistake that the test above is there for: if Airflow changes this, that test has lost its reason
    from airflow.sdk import DAG

    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with_a_string = DAG("mistake", schedule="0 12 * * *", start_date=datetime(2025, 1, 1, tzinfo=UTC))
    start, end = interval_of(with_a_string, noon)
    assert start == end


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_what_needs_a_person_to_say_what_for_runs_by_hand_only(dag_bag, name: str):
    assert dag_bag.dags[name].schedule is None


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_caught_up_by_itself(dag_bag, name: str):
    assert dag_bag.dags[name].catchup is False
