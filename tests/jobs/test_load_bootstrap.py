"""The bootstrap data: the report's table exactly, one merge with its trace, and nothing to be alarmed about."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestion import own_database
from oplatency import cli
from oplatency.errors import UsageError
from oplatency.ingest import gate
from oplatency.jobs import deliver_alerts, load_bootstrap, windowed_job
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings
from oplatency.warehouse.database import connect, read_view

AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
# operation, metrics, p99 ms, p95 ms (both cut to whole milliseconds), alert threshold; week 2 report
REPORT = [
    ("branch_create", 12, 3.0, 3.0, 3.0),
    ("commit", 20, 6.0, 6.0, 2.5),
    ("get_history", 25, 49.0, 47.0, 2.0),
    ("merge_branches", 15, 99.0, 97.0, 2.0),
    ("rollback_commit", 10, 198.0, 191.0, 2.0),
]
RANGES_MS = {
    "branch_create": (1, 4),
    "commit": (2, 7),
    "get_history": (5, 50),
    "merge_branches": (50, 100),
    "rollback_commit": (20, 200),
}


@pytest.fixture(scope="module")
def loaded(server, template: str) -> Iterator[str]:
    """Return the URL of a warehouse with the bootstrap data; its clock stands at the as-of."""
    with own_database(server, template, "warehouse_bootstrap") as url:
        with connect(server.url("warehouse_bootstrap"), purpose="tests") as admin:
            admin.execute("alter database warehouse_bootstrap set oplatency.as_of = '2026-03-10T00:00:00Z'")
        load_bootstrap.bootstrap(url, as_of=AS_OF, settings=Settings())
        yield url


def query(url: str, text: str) -> list[tuple[Any, ...]]:
    with connect(url, purpose="tests") as connection:
        return [tuple(row.values()) for row in connection.execute(text.encode()).fetchall()]


def view(url: str, name: str) -> list[dict[str, Any]]:
    with connect(url, purpose="tests") as connection:
        return read_view(connection, name)


def test_the_catalogue_has_33_operations_of_three_categories(loaded: str):
    found = dict(query(loaded, "select category, count(*) from oplatency.operation_types group by category"))

    assert sum(found.values()) == 33
    assert found == {"ADMIN": 2, "READ": 12, "WRITE": 19}
    assert query(loaded, "select distinct origin, is_tracked from oplatency.operation_types") == [("catalogue", True)]


def test_the_baselines_are_those_of_the_report(loaded: str):
    health = view(loaded, "v_baseline_health")

    found = [
        (
            row["operation_type"],
            row["sample_count"],
            float(math.floor(row["p99_ms"])),
            float(math.floor(row["p95_ms"])),
            row["alert_threshold"],
        )
        for row in health
    ]
    assert found == REPORT
    assert {row["as_of"] for row in health} == {AS_OF}


def test_the_82_calls_lie_in_the_seven_days_and_within_the_durations_of_the_report(loaded: str):
    calls = query(
        loaded,
        "select name, count(*), min(duration_us) as a, max(duration_us) as b, min(started_at) as c,"
        " max(started_at) as d"
        " from oplatency.metrics join oplatency.operation_types using (operation_id) group by name order by name",
    )

    assert sum(call[1] for call in calls) == 82
    for name, _, shortest_us, longest_us, first, last in calls:
        low_ms, high_ms = RANGES_MS[name]
        assert low_ms * 1000 <= shortest_us <= longest_us <= high_ms * 1000
        assert AS_OF - timedelta(days=7) <= first <= last < AS_OF


def test_the_percentiles_are_computed_from_the_calls_and_not_stored(loaded: str, server, template: str):
    with own_database(server, template, "warehouse_slower") as url:
        load_bootstrap.load_catalogue(url, as_of=AS_OF, settings=Settings())
        token = load_bootstrap.stage_calls(url, as_of=AS_OF, settings=Settings())
        with connect(url, purpose="tests") as connection:
            connection.execute(
                "update oplatency.staged_metrics set duration_us = 2 * duration_us, duration_ms = 2 * duration_ms,"
                " ended_at = started_at + 2 * (ended_at - started_at)"
            )
        gate.audit(url, token)
        gate.publish(url, token, settings=Settings())
        windowed_job.run(url, RECALCULATE, Request(Settings(), AS_OF))

        doubled = dict(query(url, "select operation_id, p99_us from oplatency.baselines"))

    once = dict(query(loaded, "select operation_id, p99_us from oplatency.baselines"))
    assert doubled == {operation_id: pytest.approx(2 * p99_us) for operation_id, p99_us in once.items()}


def test_the_trace_has_one_root_of_100_ms_that_its_three_steps_use_up(loaded: str):
    spans = view(loaded, "v_trace_hierarchy")

    (root,) = [span for span in spans if span["parent_span_id"] is None]
    steps = [span for span in spans if span["parent_span_id"] == root["span_id"]]
    assert len(spans) == 4
    assert (root["duration_ms"], root["self_ms"]) == (100.0, 0.0)
    assert {step["span_name"]: (step["duration_ms"], step["self_ms"]) for step in steps} == {
        "find_merge_base": (5.0, 5.0),
        "conflict_detection": (40.0, 40.0),
        "auto_resolution": (55.0, 55.0),
    }


def test_the_merge_left_one_of_three_conflicts_to_a_person(loaded: str):
    (merge,) = view(loaded, "v_merge_performance_summary")

    assert (merge["source_branch"], merge["target_branch"]) == ("feature", "main")
    phases = ("total_ms", "merge_base_ms", "conflict_detection_ms", "auto_resolution_ms")
    assert [merge[phase] for phase in phases] == [100.0, 5.0, 40.0, 55.0]
    assert (merge["conflict_count"], merge["auto_resolved"], merge["unresolved"]) == (3, 2, 1)
    assert merge["merge_status"] == "PARTIAL_SUCCESS"


def test_the_branches_are_main_and_feature(loaded: str):
    names = query(loaded, "select name from oplatency.branches where branch_id > 0 order by name")

    assert names == [("feature",), ("main",)]


def test_nothing_violates_a_baseline_also_not_after_detection_and_delivery(loaded: str):
    before = [view(loaded, name) for name in ("v_performance_alerts_recent", "v_performance_alerts_critical")]

    found = windowed_job.run(loaded, DETECT, Request(Settings(), AS_OF, AS_OF - timedelta(days=1)))
    delivered = deliver_alerts.deliver(loaded, settings=Settings())

    after = [view(loaded, name) for name in ("v_performance_alerts_recent", "v_performance_alerts_critical")]
    assert before == after == [[], []]
    assert (found["violations"], found["alerting"], delivered["alerts"]) == (0, 0, 0)
    assert query(loaded, "select count(*) from oplatency.violations") == [(0,)]


def test_no_call_would_violate_the_baseline_that_it_is_part_of(loaded: str):
    slow = query(
        loaded,
        "select count(*) from oplatency.metrics join oplatency.active_baselines using (operation_id)"
        " where duration_us > p99_us * active_baselines.alert_threshold",
    )

    assert slow == [(0,)]


def test_loading_twice_changes_nothing(loaded: str):
    before = view(loaded, "v_digest")

    again = load_bootstrap.bootstrap(loaded, as_of=AS_OF, settings=Settings())

    assert (again["batch"]["accepted"], again["batch"]["duplicate"]) == (0, 82)
    assert (again["baselines"]["published"], again["baselines"]["unchanged"]) == (0, 5)
    assert query(loaded, "select count(*) from oplatency.metrics") == [(82,)]
    assert query(loaded, "select count(*) from oplatency.baselines") == [(5,)]
    assert view(loaded, "v_digest") == before


def test_another_as_of_is_an_error_that_names_both_and_changes_nothing(loaded: str):
    before = view(loaded, "v_digest")

    with pytest.raises(UsageError, match="as of 2026-03-10; it cannot move to 2026-03-11") as caught:
        load_bootstrap.bootstrap(loaded, as_of=AS_OF + timedelta(days=1), settings=Settings())

    assert "use 2026-03-10" in caught.value.remedy
    assert load_bootstrap.stored_as_of(loaded) == AS_OF
    assert view(loaded, "v_digest") == before


@pytest.mark.parametrize("as_of", [AS_OF + timedelta(hours=2), AS_OF.replace(tzinfo=None)], ids=["02:00", "no zone"])
def test_an_as_of_that_is_no_utc_day_is_an_error(loaded: str, as_of: datetime):
    with pytest.raises(UsageError):
        load_bootstrap.load_catalogue(loaded, as_of=as_of, settings=Settings())


def test_an_operation_that_came_with_data_is_completed_and_what_a_person_set_stays(connection, warehouse):
    connection.execute(
        "insert into oplatency.operation_types (name, category, area, alert_threshold, origin) values"
        " ('commit', 'UNKNOWN', 'app', 2, 'ingest'), ('merge', 'ADMIN', 'mine', 9, 'person')"
    )

    load_bootstrap.load_catalogue(warehouse.url(), as_of=AS_OF, settings=Settings())

    found = query(
        warehouse.url(),
        "select name, category, alert_threshold, origin from oplatency.operation_types"
        " where name in ('commit', 'merge') order by name",
    )
    assert found == [("commit", "WRITE", 2.5, "catalogue"), ("merge", "ADMIN", 9.0, "person")]


def test_the_command_loads_relative_to_the_stored_day_when_it_is_given_none(loaded: str, monkeypatch, capsys):
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", loaded)
    monkeypatch.setattr(sys, "argv", ["oplatency", "bootstrap", "--json"])

    with pytest.raises(SystemExit) as caught:
        cli.main()

    told = json.loads(capsys.readouterr().out)
    assert not caught.value.code
    assert told["as_of"] == AS_OF.isoformat()
    assert told["batch"]["duplicate"] == 82
