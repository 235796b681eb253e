"""Rows that every suite accepts, by table, and how they get into a warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import sql
from psycopg.types.json import Jsonb

from oplatency.warehouse.database import Connection

MICROSECOND = timedelta(microseconds=1)
DAY = datetime(2026, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = (DAY - timedelta(days=7), DAY)
JUDGED = (DAY, DAY + timedelta(days=1))
"""The day whose findings the rows below are."""
CONFIG = "0123456789abcdef"
COMMIT, MERGE, HISTORY, BLANK = 1, 2, 3, 4
"""Operations. The name of the last is a tab, which the table's own check takes for a name."""
UNKNOWN = 999
BASELINES = {COMMIT: 1001, MERGE: 1002}

Rows = dict[str, list[dict[str, Any]]]


def metric(n: int, operation: str = "commit", duration_us: int = 5000) -> dict[str, Any]:
    started_at = DAY + n * HOUR
    return {
        "row_no": n + 1,
        "line_no": n + 2,
        "operation": operation,
        "branch": "main",
        "user_name": None,
        "started_at": started_at,
        "ended_at": started_at + timedelta(microseconds=duration_us),
        "duration_us": duration_us,
        "duration_ms": duration_us / 1000,
        "period_start": DAY,
        "identity_hash": 100 + n,
    }


LOW_ENDS = {"p50": 1900.0, "p75": 2500.0, "p90": 3500.0, "p95": 4500.0, "p99": 5500.0}
"""Lower ends of the percentiles' intervals, microseconds."""


def baseline(operation_id: int) -> dict[str, Any]:
    return {
        "operation_id": operation_id,
        "branch_id": 0,
        "as_of": DAY,
        "config_hash": CONFIG,
        "revision": 1,
        "lookback_days": 7,
        "n_calls": 300,
        "hours_covered": 100,
        "days_covered": 6.5,
        "excluded": Jsonb([]),
        "excluded_hours": 0.0,
        "is_new_normal": False,
        "min_us": 1000,
        "p50_us": 2000.0,
        "p75_us": 3000.0,
        "p90_us": 4000.0,
        "p95_us": 5000.0,
        "p99_us": 6000.0,
        "max_us": 7000,
        "mean_us": 2500.0,
        "sd_us": 800.0,
        "p99_is_estimable": True,
        "alert_threshold": 2.0,
        **{f"{name}_low_us": low for name, low in LOW_ENDS.items()},
        **{f"{name}_high_us": low + 1500.0 for name, low in LOW_ENDS.items()},
    }


PROFILE: dict[str, Any] = {
    "n_days": 7,
    "is_seasonal": True,
    "hour_offsets": [8.0] * 24,
    "location": 0.01,
    "scale_up": 0.3,
    "scale_down": 0.2,
    "recurring_z": [3.0] * 96,
}


def staged() -> Rows:
    """Return two valid rows or more for each staged table; a test changes what it is about."""
    anomaly = {
        "operation_id": COMMIT,
        "branch_id": 0,
        "kind": "point",
        "window_start": DAY,
        "window_end": DAY + HOUR,
        "observed_at": DAY + HOUR / 2,
        "identity_hash": 7,
        "duration_us": 20000.0,
        "expected_us": 2000.0,
        "z": 7.5,
        "classical_z": 21.9,
        "effect": 9.0,
        "effect_low": None,
        "effect_high": None,
        "severity": "CRITICAL",
        "is_alerting": True,
        "baseline_id": BASELINES[COMMIT],
    }
    degradation = {
        "operation_id": COMMIT,
        "branch_id": 0,
        "kind": "shift",
        "window_start": DAY,
        "window_end": DAY + timedelta(days=1),
        "lookback_days": 7,
        "n_before": 250,
        "n_after": 50,
        "before_us": 2000.0,
        "after_us": 3000.0,
        "z": 4.0,
        "classical_z": 3.0,
        "effect": 0.5,
        "effect_low": 0.4,
        "effect_high": 0.6,
        "shape": "uniform",
        "onset_low_at": DAY,
        "onset_at": DAY + HOUR,
        "onset_high_at": DAY + 2 * HOUR,
        "severity": "CRITICAL",
        "is_alerting": True,
    }
    verdict = {
        "operation_id": COMMIT,
        "branch_id": 0,
        "rule": "point",
        "window_start": DAY,
        "window_end": DAY + HOUR,
        "baseline_as_of": DAY,
        "n_calls": 12,
        "n_findings": 3,
        "outcome": "alert",
        "observed": 20000.0,
        "expected": 2000.0,
        "needed": 4000.0,
        "gates": Jsonb([["z", 7.5, 3.0, True], ["effect", 9.0, 0.25, True]]),
    }
    violation = {
        "operation_id": COMMIT,
        "branch_id": -1,
        "observed_at": DAY + HOUR,
        "identity_hash": 7,
        "duration_us": 20000,
        "baseline_id": BASELINES[COMMIT],
        "limit_us": 12000.0,
        "severity": "WARNING",
    }
    pair = {
        "as_of": DAY + HOUR,
        "operation_a_id": COMMIT,
        "operation_b_id": MERGE,
        "raw_pearson": 0.4,
        "raw_spearman": None,
        "corrected": 0.8,
        "joint_bins": 5,
        "effective_n": 60.5,
        "p": 0.001,
        "q": 0.01,
        "lag_bins": 0,
        "strength": "strong",
        "group_no": 1,
        "bottleneck": "object_storage_io",
    }
    group = {
        "as_of": DAY + HOUR,
        "group_no": 1,
        "members": ["commit", "get_history", "merge"],
        "onset_at": DAY,
        "bottleneck": "object_storage_io",
        "is_alerting": True,
    }
    return {
        "staged_metrics": [metric(0), metric(1, "merge", 3), metric(2)],
        "staged_baselines": [{**baseline(operation), **PROFILE} for operation in (COMMIT, MERGE)],
        "staged_violations": [violation, {**violation, "identity_hash": 8, "severity": "CRITICAL"}],
        "staged_anomalies": [
            anomaly,
            {
                **anomaly,
                "operation_id": MERGE,
                "kind": "shift",
                "observed_at": DAY,
                "window_end": DAY + timedelta(days=1),
                "identity_hash": 0,
                "effect_low": 8.0,
                "effect_high": 10.0,
                "baseline_id": BASELINES[MERGE],
            },
        ],
        "staged_degradations": [degradation, {**degradation, "operation_id": MERGE, "shape": "tail"}],
        "staged_verdicts": [
            verdict,
            {
                **verdict,
                "operation_id": MERGE,
                "baseline_as_of": None,
                "n_findings": 0,
                "outcome": "not_judged",
                "observed": None,
                "expected": None,
                "needed": None,
                "gates": Jsonb([["n", None, 6, False]]),
            },
        ],
        "staged_correlations": [
            pair,
            {**pair, "operation_a_id": HISTORY, "corrected": None, "strength": "co-exceedance"},
        ],
        "staged_correlation_groups": [group],
    }


def insert(connection: Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows as they are; a missing column stays null or gets its default."""
    for row in rows:
        connection.execute(
            sql.SQL("insert into {} ({}) overriding system value values ({})").format(
                sql.Identifier("oplatency", table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(map(sql.Placeholder, row)),
            ),
            row,
        )


def stage(connection: Connection, rows: Rows) -> UUID:
    """Insert staged rows under a new run token."""
    token = uuid4()
    for table, records in rows.items():
        insert(connection, table, [{"run_token": token, **record} for record in records])
    return token


def seed(owner: Connection) -> None:
    """Insert what findings refer to: operations, a branch, a configuration, baselines."""
    names = {COMMIT: "commit", MERGE: "merge", HISTORY: "get_history", BLANK: "\t"}
    insert(
        owner,
        "operation_types",
        [
            {"operation_id": number, "name": name, "category": "WRITE", "area": "basic", "origin": "catalogue"}
            for number, name in names.items()
        ],
    )
    insert(owner, "branches", [{"branch_id": 1, "name": "main"}, {"branch_id": BLANK, "name": "\t"}])
    insert(
        owner,
        "configurations",
        [{"config_hash": CONFIG, "config_no": 1, "content": Jsonb({"baseline": {"min_samples": 6}})}],
    )
    insert(
        owner,
        "baselines",
        [{"baseline_id": number, **baseline(operation)} for operation, number in BASELINES.items()],
    )
    insert(owner, "baseline_profiles", [{"baseline_id": number, **PROFILE} for number in BASELINES.values()])


def published(suite: str) -> dict[str, Any]:
    """Return a valid row of a published table."""
    row = staged()[f"staged_{suite}"][0]
    if suite == "baselines":
        return {name: value for name, value in row.items() if name not in PROFILE}
    if suite == "metrics":
        kept = ("started_at", "duration_us", "identity_hash")
        return {
            "operation_id": COMMIT,
            "branch_id": 1,
            "user_id": -1,
            "batch_id": 1,
            **{name: row[name] for name in kept},
        }
    return row


def later(row: Mapping[str, Any], days: int) -> dict[str, Any]:
    """Return a row with every instant moved by whole days."""
    shift = timedelta(days=days)
    return {name: value + shift if isinstance(value, datetime) else value for name, value in row.items()}


def publish(owner: Connection) -> None:
    """Insert the published form of the valid rows, on top of ``seed``."""
    owner.execute("select oplatency.ensure_metric_partitions(%s, %s)", (DAY.date(), DAY.date() + timedelta(days=60)))
    insert(
        owner,
        "ingest_batches",
        [
            {
                "batch_id": 1,
                "run_token": uuid4(),
                "source": "test",
                "format": "csv",
                "path": "-",
                "content_hash": b"-",
                "status": "published",
                "received_at": DAY,
                "rows_in": 3,
                "accepted": 3,
            }
        ],
    )
    insert(owner, "metrics", [{**published("metrics"), "identity_hash": 100 + number} for number in range(3)])
    for table, records in staged().items():
        if table not in ("staged_metrics", "staged_baselines"):
            insert(owner, table.removeprefix("staged_"), records)
