"""The report: what the views hold, as finished text, with the right a reader has."""

from __future__ import annotations

import pytest

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    constant,
    correlated,
    detected,
    ordinary,
    put,
    slowed,
)
from ingestion import Ingestion, csv_text
from oplatency.jobs import load_bootstrap
from oplatency.jobs.deliver_alerts import deliver
from oplatency.reports.tables import DASHBOARD_VIEWS, Table, digest, load_tables
from oplatency.warehouse.database import connect

TOMORROW = TODAY + DAY
KEYS = [
    "baselines",
    "other_baselines",
    "findings",
    "degradations",
    "expected_false",
    "groups",
    "pairs",
    "marks",
    "sources",
    "rejected",
    "audits",
    "views",
]


CHANGES = (
    "update oplatency.aggregate_intervals set n_rows = n_rows + 1",
    "update oplatency.metrics set duration_us = duration_us + 1 where started_at = '2026-03-10T00:00Z'",
    "update oplatency.baselines set p50_us = p50_us + 0.001",
    "update oplatency.baseline_profiles set location = location + 1e-12",
    "update oplatency.violations set severity = 'INFO'",
    "update oplatency.anomalies set z = z + 1e-9",
    "update oplatency.degradations set effect = effect + 1e-9, effect_high = effect_high + 1e-9",
    "update oplatency.correlations set joint_bins = joint_bins + 1",
    "update oplatency.correlation_groups set is_alerting = not is_alerting",
)
"""The smallest change of each kind of content."""


@pytest.fixture
def reader(warehouse):
    """Return a session of the role that may only read views, at the end of the day that is looked at."""
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as opened:
        opened.execute("select set_config('oplatency.as_of', %s, false)", (TOMORROW.isoformat(),))
        yield opened


def tables(reader) -> dict[str, Table]:
    return {table.key: table for table in load_tables(reader)}


def trouble(url: str, connection) -> None:
    """Put in two operations that slow together for half an hour, eight times a day, and all that follows from it."""
    for seed, name in enumerate(("branch_create", "commit"), start=1):
        calls = ordinary(WEEK_AGO, TOMORROW, 2 * MINUTE, seed=seed)
        for hour in range(5, 21, 2):
            calls = slowed(calls, TODAY + hour * HOUR, TODAY + hour * HOUR + 25 * MINUTE, 6)
        put(connection, name, calls)
    put(connection, "merge", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE, seed=5), TODAY, TOMORROW, 1.7))
    connection.execute(
        "insert into oplatency.marks (title, began_at, ended_at, operations, note)"
        " values ('disk full', %s, %s, %s, 'x')",
        (TODAY + 5 * HOUR, TODAY + 20 * HOUR, ["commit", "branch_create"]),
    )
    baselines(url)
    detected(url, TODAY, TOMORROW)
    correlated(url, TOMORROW)
    deliver(url, settings=DEFAULTS)


def test_every_table_is_there_in_order_and_whole(warehouse, connection, reader):
    trouble(warehouse.url(), connection)
    found = tables(reader)
    assert list(found) == KEYS
    for table in found.values():
        assert table.title
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert all(isinstance(cell, str) for row in table.rows for cell in row)
        assert table.numeric <= set(range(len(table.columns)))


def test_an_empty_warehouse_has_an_empty_report(reader):
    found = tables(reader)
    assert list(found) == KEYS
    assert {key for key, table in found.items() if table.rows} == {"views"}


def test_the_baselines_of_the_bootstrap_data_come_first_and_exactly(warehouse, connection, reader):
    load_bootstrap.bootstrap(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
    put(connection, "apply_data_merge", constant(WEEK_AGO, TODAY, HOUR, 6999))
    baselines(warehouse.url())
    found = tables(reader)
    assert found["baselines"].columns == ("operation_type", "sample_count", "p99_ms", "p95_ms", "alert_threshold")
    assert found["baselines"].rows == (
        ("branch_create", "12", "3.0", "3.0", "3.0x"),
        ("commit", "20", "6.0", "6.0", "2.5x"),
        ("get_history", "25", "49.0", "47.0", "2.0x"),
        ("merge_branches", "15", "99.0", "97.0", "2.0x"),
        ("rollback_commit", "10", "198.0", "191.0", "2.0x"),
    )
    # cut, not rounded
    assert found["other_baselines"].rows == (("apply_data_merge", "168", "6.0", "6.0", "2.0x"),)


def test_findings_groups_and_pairs_name_the_incident_they_belong_to(warehouse, connection, reader):
    trouble(warehouse.url(), connection)
    found = tables(reader)
    intervals = [dict(zip(found["findings"].columns, row, strict=True)) for row in found["findings"].rows]
    of_commit = [row for row in intervals if row["operation"] == "commit"]
    assert {row["belongs to"] for row in of_commit} == {"disk full"}
    assert of_commit[0]["from (UTC)"] == "2026-03-10 05:00"
    assert of_commit[0]["severity"] == "CRITICAL"
    assert {row["belongs to"] for row in intervals if row["operation"] == "merge"} <= {"unexplained"}
    (group,) = found["groups"].rows
    assert group[:5] == ("branch_create, commit", "2026-03-10 05:00", "object storage I/O", "yes", "disk full")
    (pair,) = found["pairs"].rows
    assert pair[:2] == ("branch_create", "commit")
    assert float(pair[2]) > 0.7
    moved = [row for row in found["degradations"].rows if row[0] == "merge"]
    assert ("2026-03-10 00:00", "2026-03-11 00:00") in {row[2:4] for row in moved if row[1] == "shift"}
    assert {row[8:] for row in moved if row[2] == "2026-03-10 00:00"} == {("CRITICAL", "yes")}
    assert found["marks"].rows == (("disk full", "2026-03-10 05:00", "2026-03-10 20:00", "commit, branch_create", "x"),)


def test_F31_what_came_in_and_what_was_refused_is_counted_by_source(warehouse, reader, tmp_path):
    ingestion = Ingestion(warehouse.url("oplatency_writer"), tmp_path)
    rows = ["commit,2026-03-09T10:00:00Z,5000", "commit,2025-02-03T00:00:00Z,5000", "commit,2025-12-01T00:00:00Z,5000"]
    ingestion.land(csv_text(rows))
    ingestion.land(csv_text(["commit,2026-03-09T11:00:00Z,-1", *rows[:1]]), name="later.csv")
    ingestion.land(csv_text(rows[:1]), source="other")
    found = tables(reader)
    assert found["sources"].rows == (
        ("app", "2026-03-10 12:00", "2026-03-09 10:00", "5", "5", "60.0 %", "no"),
        ("other", "2026-03-10 12:00", "2026-03-09 10:00", "1", "1", "0.0 %", "no"),
    )
    newest = [str(batch["batch_id"]) for batch in ingestion.batches()]
    assert found["rejected"].rows == (
        ("app", "beyond_horizon", "2", "2", "0", "0", newest[0]),
        ("app", "negative_duration", "1", "1", "0", "0", newest[1]),
    )


def test_the_twelve_views_are_listed_with_their_number_of_rows(warehouse, connection, reader):
    trouble(warehouse.url(), connection)
    rows = {row[0]: row[1:] for row in tables(reader)["views"].rows}
    assert tuple(rows) == DASHBOARD_VIEWS
    assert len(DASHBOARD_VIEWS) == len(set(DASHBOARD_VIEWS)) == 12
    for name, (n_rows, milliseconds) in rows.items():
        counted = reader.execute(f"select count(*) as n from oplatency.{name}".encode()).fetchone()
        assert int(n_rows) == counted["n"]
        assert float(milliseconds) >= 0
    assert rows["v_baseline_health"][0] == "3"
    assert rows["v_performance_alerts_recent"][0] == "100"


def test_the_report_needs_no_more_than_the_right_of_a_reader(warehouse, connection, reader):
    trouble(warehouse.url(), connection)
    assert not reader.execute("select has_table_privilege('oplatency.metrics', 'select') as may").fetchone()["may"]
    assert tables(reader)["findings"].rows


def test_the_digest_names_the_content_and_not_when_or_how_it_came(warehouse, connection, reader):
    trouble(warehouse.url(), connection)
    named = digest(reader)
    assert len(named) == 32
    for _ in range(2):
        baselines(warehouse.url())
        detected(warehouse.url(), TODAY, TODAY + 11 * HOUR)
        detected(warehouse.url(), TODAY + 11 * HOUR, TOMORROW)
        correlated(warehouse.url(), TOMORROW)
        assert digest(reader) == named


def test_the_digest_changes_with_any_digit_of_the_content(warehouse, connection, reader):
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR))
    put(connection, "commit", [(TODAY, 90_000)])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    some_findings(connection)
    seen = {digest(reader)}
    for change in CHANGES:
        assert connection.execute(change.encode()).rowcount >= 1
        named = digest(reader)
        assert named not in seen, change
        seen.add(named)


def some_findings(connection) -> None:
    """Put in one row of each kind that a single call cannot cause."""
    put(connection, "merge", [])
    connection.execute(
        "insert into oplatency.aggregate_intervals (source, operation_id, branch_id, interval_start, interval_end,"
        " n_calls, total_us, mean_us, sd_us, n_rows) select 'db', operation_id, -1, %s, %s, 2, 8, 4, 1, 2"
        " from oplatency.operation_types where name = 'commit'",
        (TODAY, TOMORROW),
    )
    found = connection.execute("select operation_id from oplatency.operation_types order by name").fetchall()
    commit, merge = (row["operation_id"] for row in found)
    connection.execute(
        "insert into oplatency.degradations (operation_id, branch_id, kind, window_start, window_end, lookback_days,"
        " n_before, n_after, before_us, after_us, z, effect, effect_low, effect_high, shape, severity, is_alerting)"
        " values (%s, 0, 'shift', %s, %s, 7, 9, 9, 1, 2, 5, 1, 0.5, 2, 'uniform', 'CRITICAL', true)",
        (commit, TODAY, TOMORROW),
    )
    connection.execute(
        "insert into oplatency.correlations (as_of, operation_a_id, operation_b_id, joint_bins, effective_n, p, q,"
        " lag_bins, strength, group_no, bottleneck) values (%s, %s, %s, 5, 90, 0, 0, 0, 'strong', 1, 'x')",
        (TOMORROW, commit, merge),
    )
    connection.execute(
        "insert into oplatency.correlation_groups values (%s, 1, '{commit,merge}', %s, 'x', true)",
        (TOMORROW, TOMORROW - HOUR),
    )
