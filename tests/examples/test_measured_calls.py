"""The wrapped calls of pgGit, around stand-ins for its functions."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from oplatency.warehouse.database import Connection, connect, read_view, run_script, sql_root

PASSWORD = "for-tests-only"
STAND_INS = """
create schema pggit;
create function pggit.get_commit_history(p_branch_name text = null, p_author_name text = null, p_limit integer = 50)
returns table (hash text, message text) language sql as $$
    select n::text, 'x' from generate_series(1, 9) as n limit p_limit
$$;
create function pggit.validate_rollback(p_branch_name text, p_source_commit_hash text)
returns setof text language sql as $$ select 'ok' from pg_sleep(0.01) $$;
create function pggit.rollback_commit(p_branch_name text, p_commit_hash char(64), p_validate_first boolean = true)
returns table (rollback_id bigint, status text) language plpgsql as $$
begin
    if p_commit_hash = 'gone' then raise exception 'no commit gone' using errcode = 'no_data_found'; end if;
    return query select 7::bigint, 'SUCCESS';
end $$;
create function pggit.find_merge_base(text, text) returns text language sql as $$ select 'base' from pg_sleep(0.01) $$;
create function pggit.detect_merge_conflicts(text, text) returns table (path text)
language sql as $$ values ('a'), ('b'), ('c') $$;
create function pggit.merge_branches(p_source_branch text, p_target_branch text, p_strategy text = 'auto')
returns table (merge_id text, conflicts_resolved integer) language plpgsql as $$
begin
    if p_source_branch = 'broken' then raise exception 'cannot merge'; end if;
    return query select 'm1', 2;
end $$;
"""


@pytest.fixture
def application(warehouse, project):
    """Return a session that may record and call the wrapped functions; `warehouse` holds no autonomous mode."""
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        run_script(admin, STAND_INS)
        run_script(admin, (project / "examples" / "pggit" / "measured_calls.sql").read_text())
        admin.execute("grant usage on schema pggit, pggit_measured to oplatency_recorder")
        admin.execute("select oplatency.ensure_metric_partitions(current_date - 1, current_date + 2)")
    with connect(warehouse.url("oplatency_recorder"), purpose="tests") as opened:
        yield opened


@pytest.fixture
def autonomous(warehouse) -> None:
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        run_script(admin, (sql_root() / "optional" / "autonomous_recording.sql").read_text())
        admin.execute(
            sql.SQL(
                "create user mapping for oplatency_owner server oplatency_recording"
                " options (user 'oplatency_recorder', password {})"
            ).format(PASSWORD)
        )


def calls(connection: Connection) -> list[tuple]:
    found = connection.execute(
        "select o.name, b.name as branch, m.rows_affected, m.error from oplatency.metrics as m"
        " join oplatency.operation_types as o using (operation_id) join oplatency.branches as b using (branch_id)"
        " order by o.name"
    ).fetchall()
    return [tuple(row.values()) for row in found]


def steps(connection: Connection) -> list[tuple]:
    return [(row["path"], row["span_status"]) for row in read_view(connection, "v_trace_hierarchy")]


def use_all(application: Connection) -> None:
    entries = application.execute("select pggit_measured.get_history('main', 4) as entry").fetchall()
    assert [row["entry"]["hash"] for row in entries] == ["1", "2", "3", "4"]
    (outcome,) = application.execute("select pggit_measured.rollback_commit('main', 'abc') as o").fetchall()
    assert outcome["o"] == {"rollback_id": 7, "status": "SUCCESS"}
    merged = application.execute("select pggit_measured.merge_branches('feature', 'main') as o").fetchone()
    assert merged["o"] == {"merge_id": "m1", "conflicts_resolved": 2}


def check_all(connection: Connection) -> None:
    assert calls(connection) == [
        ("get_history", "main", 4, None),
        ("merge_branches", "main", None, None),
        ("rollback_commit", "main", None, None),
    ]
    assert steps(connection) == [
        ("rollback_commit", "SUCCESS"),
        ("rollback_commit > validate", "SUCCESS"),
        ("rollback_commit > execute", "SUCCESS"),
    ]
    (merge,) = read_view(connection, "v_merge_performance_summary")
    assert (merge["source_branch"], merge["target_branch"], merge["merge_status"]) == (
        "feature",
        "main",
        "PARTIAL_SUCCESS",
    )
    assert (merge["conflict_count"], merge["auto_resolved"], merge["unresolved"]) == (3, 2, 1)
    phases = [merge[f"{phase}_ms"] for phase in ("merge_base", "conflict_detection", "auto_resolution")]
    assert phases[0] >= 10
    assert min(phases) > 0
    assert sum(phases) <= merge["total_ms"]


def test_the_wrapped_calls_give_what_pggit_gives_and_are_measured(application, connection):
    use_all(application)
    check_all(connection)


def test_the_wrapped_calls_are_measured_too_where_the_autonomous_mode_is_installed(application, autonomous, connection):
    use_all(application)
    check_all(connection)


def fail_all(application: Connection) -> None:
    with pytest.raises(psycopg.errors.NoDataFound, match="no commit gone"):
        application.execute("select pggit_measured.rollback_commit('main', 'gone')")
    with pytest.raises(psycopg.errors.RaiseException, match="cannot merge"):
        application.execute("select pggit_measured.merge_branches('broken', 'main')")
    with pytest.raises(psycopg.errors.InvalidRowCountInLimitClause):
        application.execute("select pggit_measured.get_history('main', -1)")


def test_errors_are_raised_as_they_were_and_kept_in_the_autonomous_mode(application, autonomous, connection):
    fail_all(application)
    assert [(name, error["code"]) for name, _, _, error in calls(connection)] == [
        ("get_history", "2201W"),
        ("merge_branches", "P0001"),
        ("rollback_commit", "P0002"),
    ]
    assert steps(connection) == [
        ("rollback_commit", "ERROR"),
        ("rollback_commit > validate", "SUCCESS"),
        ("rollback_commit > execute", "ERROR"),
    ]
    (merge,) = read_view(connection, "v_merge_performance_summary")
    assert (merge["merge_status"], merge["conflict_count"], merge["auto_resolution_ms"]) == ("FAILED", 3, None)


def test_errors_leave_nothing_in_the_plain_mode(application, connection):
    fail_all(application)
    assert (calls(connection), steps(connection)) == ([], [])


def test_a_history_can_be_read_where_it_cannot_be_recorded(application, connection):
    application.read_only = True
    with application.transaction():
        assert len(application.execute("select pggit_measured.get_history('main', 4)").fetchall()) == 4
    assert calls(connection) == []
