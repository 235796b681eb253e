"""Every violation and alerting finding becomes one alert, once, and can be seen."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid4

import pytest
from psycopg import sql
from psycopg.errors import CheckViolation

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    constant,
    content,
    correlated,
    detected,
    every,
    ordinary,
    put,
    slowed,
)
from oplatency.jobs.deliver_alerts import deliver
from oplatency.warehouse.database import connect

TOMORROW = TODAY + DAY


def alerts(connection, kind: str | None = None):
    found = connection.execute(
        "select a.*, o.name as operation, u.name as user_name from oplatency.alerts as a"
        " join oplatency.operation_types as o using (operation_id) join oplatency.users as u using (user_id)"
        " order by observed_at, dedupe_key"
    ).fetchall()
    return [row for row in found if kind in (None, row["alert_type"])]


@pytest.fixture
def url(warehouse, connection) -> str:
    """Return the URL of a warehouse whose commits take 5 ms, with a limit of 10 ms."""
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR, 5000))
    baselines(warehouse.url())
    return warehouse.url()


def test_each_violation_becomes_one_alert_that_tells_who_called(url, connection):
    put(connection, "commit", [(TODAY + MINUTE, 12_000), (TODAY + 2 * HOUR, 30_000)], user="grace")
    detected(url, TODAY, TODAY + 3 * HOUR)
    deliver(url, settings=DEFAULTS)
    first, second = alerts(connection, "VIOLATION")
    assert (first["severity"], second["severity"]) == ("WARNING", "CRITICAL")
    assert (first["observed_at"], first["actual_us"], first["baseline_p99_us"]) == (TODAY + MINUTE, 12_000, 5000)
    assert (first["operation"], first["user_name"]) == ("commit", "grace")
    assert first["evidence"]["limit_us"] == 10_000
    assert first["evidence"]["baseline_as_of"].startswith("2026-03-10T00:00:00")


def test_two_identical_calls_that_break_the_limit_are_two_alerts(url, connection):
    put(connection, "commit", [(TODAY, 12_000), (TODAY, 12_000)])
    detected(url, TODAY, TODAY + HOUR)
    deliver(url, settings=DEFAULTS)
    assert len(alerts(connection, "VIOLATION")) == 2


def test_alerting_calls_of_an_operation_in_one_hour_are_one_alert(url, connection):
    # 55 to 75 minutes past: two hours
    put(connection, "commit", [(TODAY + (55 + n) * MINUTE, 9000 - n) for n in range(20)])
    detected(url, TODAY, TODAY + 2 * HOUR)
    deliver(url, settings=DEFAULTS)
    found = alerts(connection)
    assert [(row["alert_type"], row["evidence"]["n_calls"]) for row in found] == [("ANOMALY", 5), ("ANOMALY", 15)]
    assert [row["observed_at"] for row in found] == [TODAY + 55 * MINUTE, TODAY + HOUR]
    assert [row["actual_us"] for row in found] == [9000, 8995]
    assert {row["user_name"] for row in found} == {"(unknown)"}


def test_findings_that_do_not_alert_are_left_in_their_table(url, connection):
    # a lone call: a finding, and not far enough out to alert on its own
    put(connection, "commit", [(TODAY, 6500)])
    detected(url, TODAY, TODAY + HOUR)
    assert [row["is_alerting"] for row in connection.execute("select * from oplatency.anomalies").fetchall()] == [False]
    assert deliver(url, settings=DEFAULTS)["alerts"] == 0


def test_a_degradation_and_a_group_of_operations_become_alerts(warehouse, connection):
    for seed, name in enumerate(("commit", "branch_create"), start=1):
        calls = slowed(ordinary(WEEK_AGO, TOMORROW, 2 * MINUTE, seed=seed), TODAY, TOMORROW, 1.6)
        for hour in range(5, 21, 2):
            calls = slowed(calls, TODAY + hour * HOUR, TODAY + hour * HOUR + 25 * MINUTE, 6)
        put(connection, name, calls)
    put(connection, "merge", slowed(ordinary(WEEK_AGO, TOMORROW, 20 * MINUTE, sd=0.3, seed=3), TODAY, TOMORROW, 1.45))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    correlated(warehouse.url(), TOMORROW)
    deliver(warehouse.url(), settings=DEFAULTS)
    (of_day,) = alerts(connection, "DEGRADATION")
    assert (of_day["operation"], of_day["severity"], of_day["evidence"]["kind"]) == ("merge", "WARNING", "shift")
    assert of_day["evidence"]["effect"] == pytest.approx(0.45, abs=0.05)
    # the others are slower over the day too, but their calls have told so already
    told = connection.execute(
        "select operation, kind, alerted_by from oplatency.v_anomalies"
        " where alerting and window_end = %s and kind <> 'point'",
        (TOMORROW,),
    ).fetchall()
    spokesman = {"commit": "point", "branch_create": "point", "merge": "shift"}
    assert {(row["operation"], row["alerted_by"]) for row in told} == set(spokesman.items())
    assert {row["operation"] for row in told if row["kind"] == "shift"} == spokesman.keys()
    (of_group,) = alerts(connection, "CORRELATION")
    assert of_group["evidence"]["members"] == ["branch_create", "commit"]
    assert of_group["evidence"]["bottleneck"] == "object_storage_io"
    assert of_group["evidence"]["likely_cause"] == "object storage I/O"
    assert (of_group["severity"], of_group["observed_at"]) == ("WARNING", TODAY + 5 * HOUR)
    assert of_group["actual_us"] == max(row["actual_us"] for row in alerts(connection, "ANOMALY"))


def test_F104_a_second_delivery_and_recomputed_findings_add_nothing(url, connection):
    put(connection, "commit", [(TODAY + n * MINUTE, 40_000) for n in range(5)])
    detected(url, TODAY, TODAY + HOUR)
    first = deliver(url, settings=DEFAULTS)
    assert first == {"dry_run": False, "alerts": 6, "by_severity": {"CRITICAL": 6}}
    before = content(connection, "alerts")
    assert deliver(url, settings=DEFAULTS) == {"dry_run": False, "alerts": 0, "by_severity": {}}
    detected(url, TODAY, TODAY + HOUR)
    assert deliver(url, settings=DEFAULTS)["alerts"] == 0
    assert content(connection, "alerts") == before


def test_two_deliveries_at_once_write_each_alert_once(url, connection):
    put(connection, "commit", [(TODAY + n * MINUTE, 40_000) for n in range(20)])
    detected(url, TODAY, TODAY + HOUR)
    with ThreadPoolExecutor() as pool:
        told = list(pool.map(lambda _: deliver(url, settings=DEFAULTS)["alerts"], range(3)))
    assert sorted(told) == [0, 0, 21]
    assert len(alerts(connection)) == 21


def test_a_dry_run_tells_and_writes_nothing(url, connection):
    put(connection, "commit", [(TODAY, 40_000)])
    detected(url, TODAY, TODAY + HOUR)
    told = deliver(url, settings=DEFAULTS, dry_run=True)
    assert told == {"dry_run": True, "alerts": 2, "by_severity": {"CRITICAL": 2}}
    assert alerts(connection) == []
    assert deliver(url, settings=DEFAULTS)["alerts"] == 2


def test_the_alert_views_show_what_was_delivered(url, connection):
    put(connection, "commit", [(TODAY, 12_000), (TODAY + MINUTE, 40_000)])
    detected(url, TODAY, TODAY + HOUR)
    deliver(url, settings=DEFAULTS)
    recent = connection.execute("select * from oplatency.v_performance_alerts_recent").fetchall()
    assert {(row["alert_type"], row["severity"], row["actual_ms"], row["times_over_baseline"]) for row in recent} == {
        ("VIOLATION", "WARNING", 12.0, 2.4),
        ("VIOLATION", "CRITICAL", 40.0, 8.0),
        ("ANOMALY", "CRITICAL", 40.0, 8.0),
    }
    critical = connection.execute("select * from oplatency.v_performance_alerts_critical").fetchall()
    assert {(row["alert_type"], row["percent_over_baseline"]) for row in critical} == {
        ("VIOLATION", 700.0),
        ("ANOMALY", 700.0),
    }


def test_each_new_alert_is_logged_in_words(url, connection, caplog):
    put(connection, "commit", [(TODAY, 12_000)])
    detected(url, TODAY, TODAY + HOUR)
    with caplog.at_level(logging.INFO):
        deliver(url, settings=DEFAULTS)
    assert "WARNING VIOLATION: commit took 12.0 ms at 2026-03-10T00:00:00+00:00" in caplog.messages


def test_nothing_found_is_nothing_to_deliver(url, connection):
    assert deliver(url, settings=DEFAULTS) == {"dry_run": False, "alerts": 0, "by_severity": {}}
    assert alerts(connection) == []


def arrives(connection, source: str, at: datetime) -> None:
    connection.execute(
        "insert into oplatency.ingest_batches"
        " (run_token, source, format, path, content_hash, status, rows_in, accepted, received_at)"
        " values (%s, %s, 'csv', '', '', 'published', 1, 1, %s)",
        (uuid4(), source, at),
    )


@pytest.fixture
def hourly(warehouse, connection) -> str:
    """Return the URL of a warehouse to which a source sent a file an hour, until noon of the day."""
    for at in every(HOUR, TODAY - 12 * HOUR, TODAY + 12 * HOUR + MINUTE):
        arrives(connection, "shop", at)
    return warehouse.url()


def at_reference(warehouse, at: datetime) -> None:
    statement = sql.SQL("alter database {} set oplatency.as_of = {}")
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute(statement.format(sql.Identifier(warehouse.database), sql.Literal(at.isoformat())))


def silences(connection) -> list:
    return connection.execute(
        "select * from oplatency.alerts where alert_type = 'SILENCE' order by alert_id"
    ).fetchall()


def test_F145_a_source_that_falls_silent_is_one_alert_a_silence(hourly, connection, warehouse, caplog):
    at_reference(warehouse, TODAY + 15 * HOUR)
    assert deliver(hourly, settings=DEFAULTS)["alerts"] == 0

    at_reference(warehouse, TODAY + 16 * HOUR)
    with caplog.at_level(logging.INFO):
        assert deliver(hourly, settings=DEFAULTS)["by_severity"] == {"CRITICAL": 1}
    at_reference(warehouse, TODAY + 9 * DAY)
    assert deliver(hourly, settings=DEFAULTS)["alerts"] == 0
    (alert,) = silences(connection)
    assert (alert["operation_id"], alert["evidence"]["source"]) == (None, "shop")
    assert (alert["observed_at"], alert["actual_us"]) == (TODAY + 15 * HOUR, 4 * 3_600_000_000)
    assert (
        "CRITICAL SILENCE: source shop has sent nothing for 4.0 h, overdue since 2026-03-10T15:00:00+00:00"
        in caplog.messages
    )

    # it comes back and stops again: another silence
    for at in every(HOUR, TODAY + 10 * DAY, TODAY + 11 * DAY):
        arrives(connection, "shop", at)
    at_reference(warehouse, TODAY + 11 * DAY)
    assert deliver(hourly, settings=DEFAULTS)["alerts"] == 0
    at_reference(warehouse, TODAY + 11 * DAY + 3 * HOUR)
    assert deliver(hourly, settings=DEFAULTS)["alerts"] == 1
    assert len(silences(connection)) == 2


def test_F145_the_alert_views_name_the_silent_source(hourly, connection, warehouse):
    at_reference(warehouse, TODAY + 16 * HOUR)
    deliver(hourly, settings=DEFAULTS)
    for view in ("recent", "critical"):
        (shown,) = connection.execute(f"select * from oplatency.v_performance_alerts_{view}".encode()).fetchall()
        assert (shown["operation_type"], shown["alert_type"]) == ("shop", "SILENCE")
        assert (shown["actual_ms"], shown["baseline_p99_ms"]) == (4 * 3_600_000, None)


def test_F145_files_brought_in_by_hand_are_never_missed(warehouse, connection):
    for minute in range(40):
        arrives(connection, "by hand", TODAY + minute * MINUTE)
    at_reference(warehouse, TODAY + 2 * DAY)
    assert deliver(warehouse.url(), settings=DEFAULTS)["alerts"] == 0


def test_only_a_silence_is_about_no_operation(connection):
    for kind, evidence in (("VIOLATION", '{"source": "shop"}'), ("SILENCE", "{}")):
        with pytest.raises(CheckViolation):
            connection.execute(
                "insert into oplatency.alerts"
                " (dedupe_key, alert_type, branch_id, user_id, severity, actual_us, evidence, observed_at)"
                " values ('a', %s, 0, -1, 'WARNING', 1, %s, now())",
                (kind, evidence),
            )
