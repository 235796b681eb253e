"""The recording functions: what is stored, what is refused, who may call them, and what a violation raises."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from calls import DAY, DEFAULTS, HOUR, baselines, constant, detected, put
from oplatency.jobs.deliver_alerts import deliver
from oplatency.warehouse.database import Connection, connect, read_view

SECOND = timedelta(seconds=1)
RECORD = "select oplatency.record_performance_metric({}) as alert"


@pytest.fixture
def recorder(warehouse) -> Iterator[Connection]:
    """Return a session of the role that may only record."""
    with connect(warehouse.url("oplatency_recorder"), purpose="tests") as opened:
        yield opened


def record(session: Connection, arguments: str = "'commit', 5000", *values) -> int | None:
    return session.execute(RECORD.format(arguments).encode(), values or None).fetchone()["alert"]


def stored(connection: Connection) -> list[dict]:
    return connection.execute(
        "select m.*, o.name as operation, o.category, o.area, b.name as branch, u.name as user_name"
        " from oplatency.metrics as m join oplatency.operation_types as o using (operation_id)"
        " join oplatency.branches as b using (branch_id) join oplatency.users as u using (user_id)"
        " order by m.started_at, m.identity_hash"
    ).fetchall()


def test_a_call_is_stored_as_it_was_told_and_started_its_duration_ago(recorder, connection):
    before = datetime.now(UTC)
    assert (
        record(
            recorder,
            "'get_history', 1500000, 'orders', 'main', 'ada', 's-1', 12, 4096, 900, %s",
            Jsonb({"objects": 3}),
        )
        is None
    )
    after = datetime.now(UTC)
    (call,) = stored(connection)
    assert before - 1.5 * SECOND <= call["started_at"] <= after - 1.5 * SECOND
    assert (call["operation"], call["branch"], call["user_name"]) == ("get_history", "main", "ada")
    assert (call["category"], call["area"]) == ("UNKNOWN", "recorder")
    assert (call["duration_us"], call["session"]) == (1_500_000, "s-1")
    assert (call["rows_affected"], call["memory_bytes"], call["cpu_us"]) == (12, 4096, 900)
    assert call["metadata"] == {"objects": 3, "operation_name": "orders"}
    assert call["error"] is None


def test_time_passes_within_a_transaction(recorder, connection):
    with recorder.transaction():
        record(recorder)
        recorder.execute("select pg_sleep(0.05)")
        record(recorder)
    first, second = stored(connection)
    assert second["started_at"] - first["started_at"] >= timedelta(milliseconds=50)


def test_the_user_is_who_calls_and_not_the_owner_of_the_function(warehouse, recorder, connection):
    record(recorder)
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute("create role application in role oplatency_recorder")
        try:
            admin.execute("set role application")
            record(admin, "'commit', 6000")
            admin.execute("select oplatency.record_merge_performance('feature', 'main', 100)")
            admin.execute("select oplatency.start_performance_trace()")
        finally:
            admin.execute("reset role")
            admin.execute("drop role application")
    assert [call["user_name"] for call in stored(connection)] == ["oplatency_recorder", "application"]
    assert (
        connection.execute(
            "select u.name from oplatency.merges join oplatency.users as u using (user_id)"
            " union all select u.name from oplatency.spans join oplatency.users as u using (user_id)"
        ).fetchall()
        == [{"name": "application"}] * 2
    )


def test_what_is_not_told_is_unknown(recorder, connection):
    record(recorder, "'commit', 1, p_user_name => null")
    (call,) = stored(connection)
    assert (call["branch"], call["user_name"]) == ("(unknown)", "(unknown)")
    assert (call["session"], call["metadata"]) == (None, None)


def test_two_equal_calls_are_two_facts(recorder, connection):
    recorder.execute(
        "do $$ begin for n in 1..500 loop perform oplatency.record_performance_metric('commit', 5000); end loop; end $$"
    )
    assert len({call["identity_hash"] for call in stored(connection)}) == 500


def test_the_hours_touched_are_noted_with_the_transaction_that_touched_them(recorder, connection):
    with recorder.transaction():
        for _ in range(3):
            record(recorder)
        record(recorder, "'commit', 7200000000")
    record(recorder)
    noted = connection.execute("select batch_id, count(*) as n from oplatency.dirty_ranges group by 1").fetchall()
    assert sorted(row["n"] for row in noted) == [1, 2]
    assert {row["batch_id"] for row in noted} == {call["batch_id"] for call in stored(connection)}
    assert all(row["batch_id"] < 0 for row in noted)
    hours = {call["started_at"].replace(minute=0, second=0, microsecond=0) for call in stored(connection)}
    assert {
        row["hour_at"] for row in connection.execute("select hour_at from oplatency.dirty_ranges").fetchall()
    } == hours


def test_open_transactions_that_record_the_same_operation_do_not_wait_for_each_other(warehouse, recorder, connection):
    record(recorder, "'commit', 5000, null, 'main'")
    with connect(warehouse.url("oplatency_recorder"), purpose="tests") as other, recorder.transaction():
        record(recorder, "'commit', 5000, null, 'main'")
        with other.transaction():
            other.execute("set local lock_timeout = '100ms'")
            record(other, "'commit', 5000, null, 'main'")
    assert len(stored(connection)) == 3


def test_a_day_without_a_partition_gets_one(recorder, connection):
    record(recorder, "'commit', 864000000000")  # ten days
    (call,) = stored(connection)
    assert datetime.now(UTC) - call["started_at"] > 10 * DAY


def test_a_transaction_that_rolls_back_takes_its_record_with_it(recorder, connection):
    with recorder.transaction(force_rollback=True):
        record(recorder)
    assert stored(connection) == []


def test_a_transaction_that_may_only_read_cannot_record(recorder):
    recorder.read_only = True
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), recorder.transaction():
        record(recorder)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("null, 5", "the operation is blank"),
        ("' \t', 5", "the operation is blank"),
        ("repeat('x', 201), 5", "the operation has 201 characters"),
        ("E'a\\nb', 5", "the operation holds a control character: a.b"),
        ("'commit', null", "the duration is null us"),
        ("'commit', 0", "the duration is 0 us"),
        ("'commit', -5", "the duration is -5 us"),
        ("'commit', 31536000000001", "the duration is 31536000000001 us"),
        ("'commit', 5, p_branch => '(all)'", "the branch may not be called"),
        ("'commit', 5, p_branch => ''", "the branch is blank"),
        ("'commit', 5, p_user_name => '(unknown)'", "the user may not be called"),
        ("'commit', 5, p_session_id => ''", "the session is blank"),
        ("'commit', 5, p_session_id => E'a\\tb'", "the session holds a control character"),
        ("'commit', 5, p_session_id => repeat('x', 201)", "the session has 201 characters"),
        ("'commit', 5, p_operation_name => ' '", "the operation name is blank"),
        ("'commit', 5, p_rows_affected => -1", "is negative"),
        ("'commit', 5, p_operation_metadata => '[1]'", "the metadata is not a JSON object but array"),
        ("'commit', 5, p_operation_metadata => '{\"a\": 1e99999}'", "the metadata takes 1000"),
        ("'commit', 5, p_operation_metadata => '{\"a\": 1e2000}'", "a number of more than a thousand digits"),
        ("'commit', 5, p_error_details => to_jsonb(repeat('x', 70000))", "the error takes 7"),
    ],
)
def test_F21_bad_arguments_are_refused_with_a_hint_and_nothing_is_stored(recorder, connection, arguments, told):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=told) as caught:
        record(recorder, arguments)
    assert caught.value.diag.message_hint
    for table in ("metrics", "operation_types", "dirty_ranges"):
        assert connection.execute(f"select from oplatency.{table}".encode()).fetchall() == []


def test_a_number_that_is_none_never_reaches_the_function(recorder):
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        record(recorder, "'commit', 5, p_operation_metadata => '{\"a\": NaN}'")


def test_names_that_vary_are_stopped_at_a_thousand(recorder, connection):
    connection.execute(
        "insert into oplatency.operation_types (name, category, area, origin)"
        " select 'op' || n, 'UNKNOWN', 'recorder', 'ingest' from generate_series(1, 1000) as n"
    )
    record(recorder, "'op7', 5")
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="1000 new operations"):
        record(recorder, "'op1001', 5")


def with_baseline(warehouse, connection) -> datetime:
    """Give commits a baseline as of today: 5 ms, a limit of 10 ms, critical above 25 ms."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    put(connection, "commit", constant(today - 7 * DAY, today, HOUR, 5000))
    baselines(warehouse.url(), today)
    return today


def test_a_call_slower_than_the_limit_raises_its_alert_at_once(warehouse, recorder, connection):
    with_baseline(warehouse, connection)
    recorder.execute("set timezone = 'America/New_York'")
    recorder.execute("set datestyle = 'SQL, DMY'")
    assert record(recorder, "'commit', 10000") is None
    warning = record(recorder, "'commit', 10001, p_user_name => 'grace'")
    critical = record(recorder, "'commit', 25001")
    found = connection.execute(
        "select a.*, u.name as user_name from oplatency.alerts as a join oplatency.users as u using (user_id)"
        " order by alert_id"
    ).fetchall()
    assert [(row["alert_id"], row["severity"], row["actual_us"], row["baseline_p99_us"]) for row in found] == [
        (warning, "WARNING", 10_001, 5000),
        (critical, "CRITICAL", 25_001, 5000),
    ]
    assert found[0]["user_name"] == "grace"
    assert found[0]["evidence"]["limit_us"] == 10_000


def test_F104_detection_and_delivery_make_no_second_alert_of_it(warehouse, recorder, connection):
    with_baseline(warehouse, connection)
    recorder.execute("set timezone = 'America/New_York'")
    recorder.execute("set datestyle = 'SQL, DMY'")
    alert = record(recorder, "'commit', 12000")
    (call,) = [call for call in stored(connection) if call["duration_us"] == 12_000]
    hour = call["started_at"].replace(minute=0, second=0, microsecond=0)
    detected(warehouse.url(), hour, hour + HOUR)
    assert len(connection.execute("select from oplatency.violations").fetchall()) == 1
    before = connection.execute("select * from oplatency.alerts where alert_type = 'VIOLATION'").fetchall()
    deliver(warehouse.url(), settings=DEFAULTS)
    after = connection.execute("select * from oplatency.alerts where alert_type = 'VIOLATION'").fetchall()
    assert [row["alert_id"] for row in after] == [alert]
    assert after == before


def test_a_failed_call_raises_nothing_and_enters_no_baseline(warehouse, recorder, connection):
    with_baseline(warehouse, connection)
    assert record(recorder, "'commit', 90000, p_error_details => '{\"message\": \"deadlock\"}'") is None
    assert record(recorder, "'commit', 90000, p_error_details => 'null'") is not None
    assert [call["error"] for call in stored(connection) if call["duration_us"] == 90_000] == [
        {"message": "deadlock"},
        None,
    ]


def test_an_operation_that_is_not_tracked_raises_nothing(warehouse, recorder, connection):
    with_baseline(warehouse, connection)
    connection.execute("update oplatency.operation_types set is_tracked = false")
    assert record(recorder, "'commit', 90000") is None


@pytest.mark.parametrize("tomorrow_us", [9, 9000])
def test_a_call_is_held_against_the_version_in_force_when_it_started(warehouse, recorder, connection, tomorrow_us):
    today = with_baseline(warehouse, connection)
    connection.execute(
        "insert into oplatency.baselines (operation_id, branch_id, as_of, config_hash, revision, lookback_days,"
        " n_calls, hours_covered, min_us, p50_us, p75_us, p90_us, p95_us, p99_us, max_us, mean_us, sd_us,"
        " p99_is_estimable, alert_threshold)"
        " select operation_id, 0, as_of + make_interval(days => d), config_hash, r, 7, 9, 9, 1, p, p,"
        " p, p, p, p, p, 0, false, 2 from oplatency.baselines cross join"
        " (values (1, 1, %s), (0, 2, 3000), (-1, 1, 9)) as newer (d, r, p) where as_of = %s and branch_id = 0",
        (tomorrow_us, today),
    )
    # tomorrow's does not count yet, of today's the second revision does: 3 ms
    assert record(recorder, "'commit', 6000") is None
    assert record(recorder, "'commit', 6001") is not None
    kept = connection.execute("select as_of, limit_us from oplatency.recording_limits").fetchall()
    assert kept == [{"as_of": today + DAY, "limit_us": 2 * tomorrow_us}]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from oplatency.metrics",
        "select * from oplatency.v_performance_dashboard_summary",
        "insert into oplatency.users (name) values ('x')",
        "update oplatency.alerts set severity = 'INFO'",
        "delete from oplatency.dirty_ranges",
        "truncate oplatency.metrics",
        "create table oplatency.mine (a integer)",
        "create function oplatency.mine() returns integer language sql as 'select 1'",
        "alter function oplatency.reference_time() owner to oplatency_recorder",
        "drop table oplatency.spans",
        "select nextval('oplatency.recorded_calls_sq')",
        "select oplatency.admit_operation('x')",
        "select oplatency.raise_violation(1, 1, now(), 1, 1, 1)",
        "select oplatency.ensure_metric_partitions('2026-01-01', '2026-01-02')",
        "select oplatency.drop_metric_partitions('2026-01-01', false)",
        "copy (select 1) to program 'id'",
        "select pg_read_file('/etc/passwd')",
        "set role oplatency_owner",
        "create role intruder",
        "create extension dblink",
    ],
)
def test_F130_a_recorder_can_do_nothing_but_record(recorder, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        recorder.execute(statement.encode())


def test_F130_what_a_recorder_puts_on_the_path_is_not_called_as_the_owner(recorder, connection):
    recorder.execute("create temporary table metrics (a integer)")
    recorder.execute("create domain pg_temp.text as pg_catalog.text check (false)")
    recorder.execute("create domain pg_temp.jsonb as pg_catalog.jsonb check (false)")
    recorder.execute("create function pg_temp.now() returns timestamptz language sql as 'select null::timestamptz'")
    recorder.execute("set search_path = pg_temp, pg_catalog")
    record(recorder, "'commit', 5, p_operation_metadata => '{\"a\": 1}'")
    recorder.execute("select oplatency.start_performance_trace()")
    assert len(stored(connection)) == 1


def test_every_recording_function_runs_as_the_owner_on_a_pinned_path(connection):
    found = connection.execute(
        "select p.proname, p.prosecdef, p.proconfig, pg_get_userbyid(p.proowner) as owner from pg_proc as p"
        " where p.pronamespace = 'oplatency'::regnamespace"
        " and has_function_privilege('oplatency_recorder', p.oid, 'execute') and p.proname <> 'reference_time'"
    ).fetchall()
    assert {row["proname"] for row in found} == {
        "record_performance_metric",
        "start_performance_trace",
        "end_performance_trace",
        "record_merge_performance",
    }
    for row in found:
        assert (row["prosecdef"], row["owner"]) == (True, "oplatency_owner")
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"]


def test_sessions_that_bring_the_same_names_at_once_all_record(warehouse, connection):
    def work(_: int) -> None:
        with connect(warehouse.url("oplatency_recorder"), purpose="tests") as session:
            for n in range(20):
                record(session, "%s, 5, null, %s, %s", f"new-{n}", f"branch-{n}", f"user-{n}")

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, range(4)))
    assert len(stored(connection)) == 80


def test_recorded_calls_appear_in_the_views(recorder, connection):
    record(recorder, "'commit', 5000, null, 'main', 'ada'")
    record(recorder, "'commit', 7000, null, 'main', 'ada'")
    (row,) = read_view(connection, "v_operation_performance_summary")
    assert (row["operation_type"], row["execution_count"], row["avg_ms"]) == ("commit", 2, 6.0)
    (row,) = read_view(connection, "v_branch_performance_summary")
    assert (row["branch_name"], row["operation_count"]) == ("main", 2)
    (row,) = read_view(connection, "v_user_performance_activity")
    assert (row["user_name"], row["operations"]) == ("ada", 2)
