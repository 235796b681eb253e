"""Upkeep: days ahead have their partitions, days behind go whole, the last week never, leftovers of staging go."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from calls import DAY, DEFAULTS, HOUR, MICROSECOND, TODAY, WEEK_AGO, constant, put
from oplatency.errors import UsageError
from oplatency.jobs import windowed_job
from oplatency.jobs.correlate_operations import CORRELATE
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.maintain_warehouse import maintain
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import load_settings
from oplatency.warehouse.database import connect

SHORT = load_settings(retention={"metrics_days": 10, "partitions_ahead_days": 3})
STAGED_RESULTS = (
    "staged_baselines",
    "staged_anomalies",
    "staged_violations",
    "staged_degradations",
    "staged_verdicts",
    "staged_correlations",
    "staged_correlation_groups",
)


@pytest.fixture
def url(warehouse) -> str:
    """Return the URL of a warehouse in which it is noon of the day that the tests call today."""
    with connect(warehouse.server.url(), purpose="tests") as admin:
        admin.execute(
            sql.SQL("alter database {} set oplatency.as_of = '2026-03-10T12:00:00Z'").format(
                sql.Identifier(warehouse.database)
            )
        )
    return warehouse.url()


def partitions(connection) -> list[str]:
    found = connection.execute(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'oplatency.metrics'::regclass"
    ).fetchall()
    return sorted(row["name"].removeprefix("oplatency.metrics_p") for row in found)


def days(first, last) -> list[str]:
    return [f"{first + n * DAY:%Y%m%d}" for n in range((last - first) // DAY)]


def n_rows(connection, table: str) -> int:
    query = sql.SQL("select count(*) as n from {}").format(sql.Identifier("oplatency", table))
    return connection.execute(query).fetchall()[0]["n"]


def test_the_days_ahead_have_their_partitions_from_today_on(url, connection):
    report = maintain(url, as_of=TODAY + 13 * HOUR, settings=DEFAULTS)
    assert report == {
        "as_of": TODAY.isoformat(),
        "dry_run": False,
        "made": 14,
        "dropped": [],
        "expired": {"verdicts": 0, "aggregate_intervals": 0, "canary_trials": 0, "backtests": 0},
        "cleared": 0,
    }
    assert partitions(connection) == days(TODAY, TODAY + 14 * DAY)


def test_a_second_run_has_nothing_left_to_do(url, connection):
    maintain(url, as_of=TODAY, settings=SHORT)
    before = partitions(connection)
    assert maintain(url, as_of=TODAY, settings=SHORT)["made"] == 0
    assert partitions(connection) == before
    assert maintain(url, as_of=TODAY + DAY, settings=SHORT)["made"] == 1


def test_F140_verdicts_and_aggregates_beyond_their_retention_go_and_a_dry_run_counts_them(url, connection):
    put(connection, "commit", [])
    ends = [TODAY - n * DAY for n in (1, 4, 5, 6)]
    for end in ends:
        connection.execute(
            "insert into oplatency.verdicts (operation_id, branch_id, rule, window_start, window_end, n_calls,"
            " n_findings, outcome, gates) select operation_id, 0, 'point', %s, %s, 1, 0, 'quiet', '[]'"
            " from oplatency.operation_types where name = 'commit'",
            (end - HOUR, end),
        )
        connection.execute(
            "insert into oplatency.aggregate_intervals select 'db', operation_id, -1, %s, %s, 1, 1, 1, 0, 1"
            " from oplatency.operation_types where name = 'commit'",
            (end - HOUR, end),
        )
    settings = load_settings(retention={"verdicts_days": 5, "aggregates_days": 4})
    expected = {"verdicts": 2, "aggregate_intervals": 3, "canary_trials": 0, "backtests": 0}
    assert maintain(url, as_of=TODAY + HOUR, settings=settings, dry_run=True)["expired"] == expected
    assert n_rows(connection, "verdicts") == n_rows(connection, "aggregate_intervals") == 4
    assert maintain(url, as_of=TODAY + HOUR, settings=settings)["expired"] == expected
    left = connection.execute("select window_end from oplatency.verdicts order by 1").fetchall()
    assert [row["window_end"] for row in left] == [TODAY - 4 * DAY, TODAY - DAY]
    assert n_rows(connection, "aggregate_intervals") == 1
    assert maintain(url, as_of=TODAY + HOUR, settings=settings)["expired"] == dict.fromkeys(expected, 0)


def test_replays_of_history_are_kept_for_their_retention(url, connection):
    for number, replayed_at in enumerate((TODAY - 5 * DAY, TODAY - 5 * DAY - MICROSECOND)):
        connection.execute(
            "insert into oplatency.backtests (window_start, window_end, config_hash, replayed_at, labels_hash,"
            " arrivals, content, n_calls, n_late, n_alerts, by_kind)"
            " values (%s, %s, %s, %s, '', 'started', '{}', 0, 0, 0, '{}')",
            (TODAY - DAY, TODAY, str(number), replayed_at),
        )
    report = maintain(url, as_of=TODAY + HOUR, settings=load_settings(retention={"backtests_days": 5}))
    assert report["expired"]["backtests"] == 1
    left = connection.execute("select config_hash from oplatency.backtests").fetchall()
    assert [row["config_hash"] for row in left] == ["0"]


def test_days_beyond_the_retention_are_dropped_whole_and_others_kept_whole(url, connection, caplog):
    put(connection, "commit", constant(TODAY - 12 * DAY, TODAY, HOUR))
    with caplog.at_level(logging.INFO):
        report = maintain(url, as_of=TODAY, settings=SHORT)
    assert report["dropped"] == ["metrics_p20260226", "metrics_p20260227"]
    assert "dropped partition metrics_p20260226" in caplog.messages
    assert partitions(connection) == days(TODAY - 10 * DAY, TODAY + 3 * DAY)
    oldest = connection.execute("select min(started_at) as oldest, count(*) as n from oplatency.metrics").fetchall()
    assert oldest == [{"oldest": TODAY - 10 * DAY, "n": 240}]


def test_a_dry_run_tells_and_changes_nothing(url, connection, caplog):
    put(connection, "commit", constant(TODAY - 12 * DAY, TODAY - 9 * DAY, HOUR))
    windowed_job.stage(url, RECALCULATE, Request(DEFAULTS, TODAY - 9 * DAY))
    connection.execute("update oplatency.job_runs set status = 'superseded'")
    before = partitions(connection), n_rows(connection, "metrics"), n_rows(connection, "staged_baselines")
    with caplog.at_level(logging.INFO):
        told = maintain(url, as_of=TODAY, settings=SHORT, dry_run=True)
    assert told["dry_run"]
    assert told["dropped"] == ["metrics_p20260226", "metrics_p20260227"]
    assert "would drop partition metrics_p20260226" in caplog.messages
    assert (partitions(connection), n_rows(connection, "metrics"), n_rows(connection, "staged_baselines")) == before
    really = maintain(url, as_of=TODAY, settings=SHORT)
    assert told | {"dry_run": False} == really


def test_the_last_eight_days_cannot_be_dropped_by_any_argument(url, connection):
    put(connection, "commit", constant(TODAY - 9 * DAY, TODAY, HOUR))
    held = partitions(connection)
    for before in (TODAY - 7 * DAY, TODAY, TODAY + 365 * DAY):
        for dry_run in (True, False):
            with pytest.raises(psycopg.errors.InvalidParameterValue, match="only up to eight days back"):
                connection.execute("select oplatency.drop_metric_partitions(%s, %s)", (before.date(), dry_run))
    assert partitions(connection) == held


def test_the_shortest_retention_keeps_what_a_baseline_needs(url, connection):
    put(connection, "commit", constant(TODAY - 12 * DAY, TODAY + 12 * HOUR, HOUR))
    maintain(url, as_of=TODAY, settings=load_settings(retention={"metrics_days": 8}))
    assert partitions(connection)[0] == f"{TODAY - 8 * DAY:%Y%m%d}"


def test_an_instant_far_ahead_of_the_warehouse_drops_no_day_it_still_needs(url, connection):
    put(connection, "commit", constant(TODAY - 12 * DAY, TODAY, HOUR))
    report = maintain(url, as_of=TODAY + 400 * DAY, settings=SHORT)
    assert report["dropped"] == ["metrics_p20260226", "metrics_p20260227"]
    assert f"{TODAY + 402 * DAY:%Y%m%d}" in partitions(connection)


def test_an_instant_without_an_offset_is_refused(url):
    with pytest.raises(UsageError, match="no offset from UTC"):
        maintain(url, as_of=TODAY.replace(tzinfo=None), settings=DEFAULTS)


def test_a_partition_of_another_name_is_never_dropped(url, connection, owner):
    owner.execute(
        "create table oplatency.metrics_p20200101_kept partition of oplatency.metrics"
        " for values from ('2020-01-01T00:00Z') to ('2020-01-02T00:00Z')"
    )
    assert maintain(url, as_of=TODAY, settings=SHORT)["dropped"] == []
    assert "20200101_kept" in partitions(connection)


def stage_batch(connection, status: str, *, opened_ago: timedelta, received_ago: timedelta = timedelta(0)) -> UUID:
    """Put in an attempt at an input with a staged row of each kind."""
    token = uuid4()
    connection.execute(
        "insert into oplatency.ingest_batches (run_token, source, format, path, content_hash, status, received_at,"
        " opened_at) values (%s, 'tests', 'csv', '', '', %s, clock_timestamp() - %s, clock_timestamp() - %s)",
        (token, status, received_ago, opened_ago),
    )
    connection.execute(
        "insert into oplatency.staged_rows (run_token, row_no, line_no, raw) values (%s, 1, 2, '')", (token,)
    )
    connection.execute("insert into oplatency.staged_metrics (run_token, row_no) values (%s, 1)", (token,))
    return token


def test_staged_input_of_a_live_attempt_stays_however_old_its_data(url, connection):
    alive = ("staged", "audited")
    kept = {stage_batch(connection, status, opened_ago=23 * HOUR, received_ago=400 * DAY) for status in alive}
    for status in alive:
        stage_batch(connection, status, opened_ago=25 * HOUR)
    for status in ("superseded", "published", "failed"):
        stage_batch(connection, status, opened_ago=HOUR)
    assert maintain(url, as_of=TODAY, settings=DEFAULTS)["cleared"] == 2 * 5
    for table in ("staged_rows", "staged_metrics"):
        left = connection.execute(sql.SQL("select run_token from {}").format(sql.Identifier("oplatency", table)))
        assert {row["run_token"] for row in left.fetchall()} == kept


def stage_results(url: str, connection) -> None:
    """Stage one row or more into every table of results."""
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    put(connection, "commit", constant(TODAY, TODAY + DAY, HOUR, 50_000))
    token = windowed_job.stage(url, RECALCULATE, Request(DEFAULTS, TODAY))
    connection.execute("update oplatency.job_runs set status = 'audited'")
    windowed_job.publish(url, RECALCULATE, token, settings=DEFAULTS)
    windowed_job.stage(url, RECALCULATE, Request(DEFAULTS, TODAY))
    windowed_job.stage(url, DETECT, Request(DEFAULTS, TODAY + DAY, TODAY))
    token = windowed_job.stage(url, CORRELATE, Request(DEFAULTS, TODAY))
    for table in STAGED_RESULTS[-2:]:
        connection.execute(
            sql.SQL("insert into {} (run_token) values (%s)").format(sql.Identifier("oplatency", table)), (token,)
        )
    assert all(n_rows(connection, table) for table in STAGED_RESULTS)


def test_staged_results_of_a_live_attempt_stay_and_those_of_a_dead_one_go(url, connection):
    stage_results(url, connection)
    held = {table: n_rows(connection, table) for table in STAGED_RESULTS}
    tokens = "where status <> 'published'"
    # a person may want to look at what was refused
    for alive in ("staged", "audited", "failed"):
        connection.execute(f"update oplatency.job_runs set status = '{alive}' {tokens}".encode())
        assert maintain(url, as_of=TODAY, settings=DEFAULTS)["cleared"] == 0
    assert {table: n_rows(connection, table) for table in STAGED_RESULTS} == held
    for dead in ("status = 'superseded'", "staged_at = staged_at - interval '25 hours'"):
        connection.execute(
            f"update oplatency.job_runs set status = 'failed', staged_at = clock_timestamp() {tokens}".encode()
        )
        connection.execute(f"update oplatency.job_runs set {dead} {tokens}".encode())
        assert maintain(url, as_of=TODAY, settings=DEFAULTS, dry_run=True)["cleared"] == sum(held.values())
    assert maintain(url, as_of=TODAY, settings=DEFAULTS)["cleared"] == sum(held.values())
    assert {table: n_rows(connection, table) for table in STAGED_RESULTS} == dict.fromkeys(STAGED_RESULTS, 0)


def test_the_planner_gets_fresh_statistics(url, connection, owner):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    query = "select reltuples from pg_class where relname = 'metrics_p20260303'"
    maintain(url, as_of=TODAY, settings=DEFAULTS, dry_run=True)
    assert owner.execute(query).fetchone()["reltuples"] == -1
    maintain(url, as_of=TODAY, settings=DEFAULTS)
    assert owner.execute(query).fetchone()["reltuples"] == 24
