"""What holds for every view: the columns people rely on, a comment with each, and an answer at any time."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from case_files import NOT_FOR_PEOPLE, VIEWS, Row, load, read_view, set_reference_time
from psycopg import sql

from oplatency.detection.rules.registry import all_rules
from oplatency.warehouse.database import Connection

AS_OF = datetime(2026, 1, 8, tzinfo=UTC)
SAMPLE = Path(__file__).with_name("sample.yaml")
VIEW_NAMES = sorted(path.stem for path in VIEWS.glob("*.sql"))
WORDS = {"bottlenecks", "no_onset_reasons"}
"""Views that hold sentences and no data."""
REPORT_VIEWS = [name for name in VIEW_NAMES if name.startswith("v_") and name not in NOT_FOR_PEOPLE]

# The contract with the people and dashboards that read them: a change is a breaking one.
COLUMNS = {
    "v_performance_dashboard_summary": "total_metrics total_traces active_baselines unacknowledged_alerts "
    "critical_alerts operation_types_seen newest_metric_at reference_at",
    "v_operation_performance_summary": "operation_type execution_count avg_ms p50_ms p99_ms min_ms max_ms "
    "last_execution_at baseline_p99_ms limit_ms status",
    "v_branch_performance_summary": "branch_name operation_count operation_types avg_ms p99_ms last_operation_at",
    "v_performance_alerts_recent": "alert_id operation_type alert_type severity actual_ms baseline_p99_ms "
    "times_over_baseline user_name created_at is_acknowledged age_minutes",
    "v_performance_alerts_critical": "alert_id operation_type alert_type actual_ms baseline_p99_ms "
    "percent_over_baseline user_name created_at minutes_unacknowledged",
    "v_trace_hierarchy": "trace_id span_id parent_span_id span_name operation_type span_status duration_ms self_ms "
    "depth path",
    "v_merge_performance_summary": "merge_id source_branch target_branch total_ms merge_base_ms "
    "conflict_detection_ms auto_resolution_ms conflict_count auto_resolved unresolved auto_resolution_pct "
    "merge_status user_name started_at",
    "v_merge_statistics": "source_branch target_branch merge_count avg_ms min_ms max_ms p99_ms avg_conflicts "
    "max_conflicts successful failed last_merge_at",
    "v_performance_trend_hourly": "operation_type hour_at execution_count avg_ms p50_ms p99_ms",
    "v_slowest_operations_last_24h": "operation_type duration_ms user_name branch_name started_at hours_ago "
    "baseline_p99_ms percent_over_baseline",
    "v_baseline_health": "operation_type as_of sample_count hours_covered p50_ms p75_ms p90_ms p95_ms p99_ms "
    "p99_estimable alert_threshold alerts_since age_days lookback_days days_covered has_low_coverage excluded_hours "
    "new_normal p90_estimable p95_estimable p99_low_ms p99_high_ms branch_baselines",
    "v_user_performance_activity": "user_name operations operation_types avg_ms total_seconds alerts last_operation_at",
    "v_anomalies": "operation branch kind window_start window_end observed_at duration_ms expected_ms z classical_z "
    "effect effect_low effect_high severity alerting combined baseline_as_of alerted_by shape quantile_shifts onset_at "
    "onset_low_at onset_high_at call_branch baseline_level no_onset_reason finding_id",
    "v_correlations": "as_of operation_a operation_b raw_pearson raw_spearman corrected joint_bins effective_n p q "
    "lag_bins strength group_id bottleneck bottleneck_id finding_id",
    "v_baseline_changes": "operation branch as_of previous_as_of samples p50_old_ms p50_new_ms p99_old_ms p99_new_ms "
    "p99_change_pct needs_review reason samples_old revision excluded_hours new_normal drift_pct creeping",
    "v_ingest_health": "source is_polled last_arrival_at minutes_since_arrival last_call_at lag_minutes rows_24h "
    "rows_7d rejected_24h_pct gap_p50_minutes gap_p95_minutes silent_after_minutes is_silent",
    "v_statement_aggregates": "source operation_type branch_name hour_at first_start last_end calls mean_ms sd_ms "
    "total_seconds",
    "v_calls": "operation branch user_name started_at duration_ms failed session rows_affected memory_bytes cpu_ms",
    "v_quarantine": "batch source path line reason detail state released_batch",
}


@pytest.fixture
def sample(clean_session: Connection) -> Connection:
    """Return a session on the sample, at its reference time."""
    load(clean_session, yaml.safe_load(SAMPLE.read_text(encoding="utf-8")))
    set_reference_time(clean_session, AS_OF)
    return clean_session


@pytest.fixture
def reader(sample: Connection) -> Connection:
    """Return a session on the sample with the rights of the role that reads."""
    sample.execute("set local role oplatency_reader")
    return sample


def columns_of(connection: Connection, view: str) -> list[Row]:
    return connection.execute(
        "select attname as name, format_type(atttypid, atttypmod) as type, col_description(attrelid, attnum) as comment"
        " from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum",
        (f"oplatency.{view}",),
    ).fetchall()


def test_the_views_have_exactly_the_columns_people_rely_on(clean_session: Connection):
    found = {view: " ".join(column["name"] for column in columns_of(clean_session, view)) for view in COLUMNS}
    assert found == COLUMNS


@pytest.mark.parametrize("view", [name for name in VIEW_NAMES if name.startswith("v_") or name in WORDS])
def test_a_view_and_each_of_its_columns_has_a_comment(clean_session: Connection, view: str):
    about = clean_session.execute(
        "select obj_description(%s::regclass, 'pg_class') as comment", (f"oplatency.{view}",)
    ).fetchone()
    assert about["comment"]
    assert [column["name"] for column in columns_of(clean_session, view) if not column["comment"]] == []


@pytest.mark.parametrize(("suffix", "unit"), [("_ms", "millisecond"), ("_pct", "percent"), ("_seconds", "second")])
def test_the_comment_of_a_column_with_a_unit_names_it(clean_session: Connection, suffix: str, unit: str):
    found = [(view, column) for view in REPORT_VIEWS for column in columns_of(clean_session, view)]
    with_unit = [(view, column) for view, column in found if column["name"].endswith(suffix)]
    assert with_unit
    assert [(view, column["name"]) for view, column in with_unit if unit not in column["comment"]] == []
    assert {column["type"] for _, column in with_unit} == {"double precision"}


def test_no_column_is_of_a_slow_or_zoneless_type(clean_session: Connection):
    avoided = ("numeric", "timestamp without time zone", "date")
    found = [(view, column) for view in REPORT_VIEWS for column in columns_of(clean_session, view)]
    assert found
    assert [(view, column["name"]) for view, column in found if column["type"] in avoided] == []


def test_every_view_answers_on_an_empty_warehouse(clean_session: Connection):
    found = {view: len(read_view(clean_session, view)) for view in VIEW_NAMES if view not in WORDS}
    one_row, rules = {"v_performance_dashboard_summary": 1}, {"v_rules": len(all_rules())}
    assert found == dict.fromkeys(found, 0) | one_row | rules


def test_readers_can_read_every_view_and_see_rows_in_each(reader: Connection):
    assert [view for view in VIEW_NAMES if not read_view(reader, view)] == []


def test_no_view_answers_with_a_number_that_is_none(sample: Connection):
    numbers = [
        (view, column, value)
        for view in REPORT_VIEWS
        for row in read_view(sample, view)
        for column, value in row.items()
        if isinstance(value, float)
    ]
    assert numbers
    assert [number for number in numbers if not math.isfinite(number[2])] == []


def test_F32_F79_the_zone_of_the_session_changes_no_answer(sample: Connection):
    expected = {view: read_view(sample, view) for view in REPORT_VIEWS}
    sample.execute("set timezone = 'America/New_York'")
    assert {view: read_view(sample, view) for view in REPORT_VIEWS} == expected


def test_only_the_newest_hundred_alerts_are_listed(sample: Connection):
    sample.execute("""
        insert into oplatency.alerts (
            dedupe_key, alert_type, operation_id, branch_id, user_id, severity, actual_us, evidence, observed_at
        )
        select
            'n' || n, 'VIOLATION', operation_id, 0, -1, 'INFO', n, '{}',
            '2026-01-07 12:00Z'::timestamptz + n * interval '1 s'
        from generate_series(1, 101) as n, oplatency.operation_types
        where name = 'commit'
    """)
    listed = read_view(sample, "v_performance_alerts_recent")
    assert [row["actual_ms"] for row in listed] == [n / 1000 for n in range(101, 1, -1)]


def test_only_the_fifty_slowest_calls_are_listed_and_ties_never_shuffle(sample: Connection):
    sample.execute("""
        insert into oplatency.metrics (
            operation_id, branch_id, user_id, started_at, duration_us, identity_hash, batch_id
        )
        select operation_id, -1, -1, '2026-01-07 12:00Z'::timestamptz + n * interval '1 s', 100000, n, 1
        from generate_series(1, 60) as n, oplatency.operation_types
        where name = 'commit'
    """)
    listed = read_view(sample, "v_slowest_operations_last_24h")
    assert [(row["duration_ms"], row["started_at"].second) for row in listed] == [
        (100.0, n % 60) for n in range(60, 10, -1)
    ]


@pytest.mark.parametrize(
    ("view", "untouched"),
    [
        ("v_slowest_operations_last_24h", ["metrics_p20260105", "metrics_p20260106"]),
        ("v_performance_trend_hourly", ["metrics_p20251201"]),
    ],
)
def test_a_view_of_recent_calls_leaves_older_days_alone(sample: Connection, view: str, untouched: list[str]):
    sample.execute("select oplatency.ensure_metric_partitions('2025-12-01', '2025-12-02')")
    plan = explain(sample, sql.SQL("select * from {}").format(sql.Identifier("oplatency", view)))
    scanned = {node["Relation Name"] for node in plan if node.get("Actual Loops") and "Relation Name" in node}
    assert "metrics_p20260107" in scanned
    assert scanned.isdisjoint(untouched)


def test_one_trace_is_read_without_the_others(sample: Connection):
    sample.execute(
        "insert into oplatency.spans (trace_id, span_id, span_name, branch_id, user_id, started_at, span_status)"
        " select 'other' || n, 'a', 'x', -1, -1, '2026-01-07Z', 'RUNNING' from generate_series(1, 5000) as n"
    )
    sample.execute("set enable_seqscan = off")
    plan = explain(sample, sql.SQL("select * from oplatency.v_trace_hierarchy where trace_id = 't1'"))
    read = [node for node in plan if node.get("Relation Name") == "spans"]
    assert read
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in read) <= 2


def explain(connection: Connection, query: sql.Composable) -> list[Row]:
    """Return the nodes of the plan that a query was run with."""
    found = connection.execute(sql.SQL("explain (analyze, format json) {}").format(query)).fetchone()
    nodes: list[Row] = []
    waiting = [found["QUERY PLAN"][0]["Plan"]]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += node.get("Plans", [])
    return nodes


def example_queries() -> list[str]:
    page = VIEWS.parents[1] / "docs" / "views.md"
    return re.findall(r"```sql\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_page_of_views_has_its_examples():
    assert len(example_queries()) >= 5


@pytest.mark.parametrize("query", example_queries(), ids=lambda query: query.splitlines()[0].lstrip("- "))
def test_an_example_query_of_the_page_answers_a_reader(reader: Connection, query: str):
    assert reader.execute(query.encode()).fetchall()


def test_the_page_of_views_tells_of_every_view():
    page = (VIEWS.parents[1] / "docs" / "views.md").read_text(encoding="utf-8")
    assert [view for view in REPORT_VIEWS if f"`{view}`" not in page] == []
