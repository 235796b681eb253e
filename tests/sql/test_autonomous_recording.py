"""The optional twins that record through a second session: what they keep, and that they give no right away."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from oplatency.warehouse.database import Connection, connect, run_script, sql_root

PASSWORD = "for-tests-only"


@pytest.fixture
def recorder(warehouse) -> Iterator[Connection]:
    """Return a session that may only record, in a warehouse with the optional functions."""
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        run_script(admin, (sql_root() / "optional" / "autonomous_recording.sql").read_text())
        # as maintain_warehouse leaves it: a day without a partition would make the second session wait for the first
        admin.execute("select oplatency.ensure_metric_partitions(current_date - 1, current_date + 2)")
        admin.execute(
            sql.SQL(
                "create user mapping for oplatency_owner server oplatency_recording"
                " options (user 'oplatency_recorder', password {})"
            ).format(PASSWORD)
        )
    with connect(warehouse.url("oplatency_recorder"), purpose="tests") as opened:
        yield opened


def durations(connection: Connection) -> list[int]:
    found = connection.execute("select duration_us from oplatency.metrics order by duration_us").fetchall()
    return [row["duration_us"] for row in found]


def test_a_rollback_loses_the_plain_record_and_keeps_the_autonomous_one(recorder, connection):
    with recorder.transaction(force_rollback=True):
        recorder.execute("select oplatency.record_performance_metric('commit', 1, p_user_name => null)")
        recorder.execute(
            "select oplatency.record_performance_metric_autonomous('rollback', 2, p_branch => 'it''s \\ odd',"
            ' p_error_details => \'{"message": "kept"}\')'
        )
    assert durations(connection) == [2]
    call = connection.execute(
        "select m.error, b.name as branch, u.name as user_name from oplatency.metrics as m"
        " join oplatency.branches as b using (branch_id) join oplatency.users as u using (user_id)"
    ).fetchone()
    assert call == {"error": {"message": "kept"}, "branch": "it's \\ odd", "user_name": "oplatency_recorder"}


def test_steps_and_merges_are_kept_too_and_a_reader_can_record(recorder, connection):
    recorder.read_only = True
    with recorder.transaction(force_rollback=True):
        span = recorder.execute("select oplatency.start_performance_trace_autonomous() as id").fetchone()["id"]
        recorder.execute("select oplatency.end_performance_trace_autonomous(%s, 'ERROR', 'x')", (span,))
        recorder.execute("select oplatency.record_merge_performance_autonomous('feature', 'main', 100)")
    assert connection.execute("select span_status from oplatency.spans").fetchall() == [{"span_status": "ERROR"}]
    assert len(connection.execute("select from oplatency.merges").fetchall()) == 1


def test_bad_arguments_are_refused_as_in_the_plain_mode(recorder):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="the duration is 0 us"):
        recorder.execute("select oplatency.record_performance_metric_autonomous('commit', 0)")


def test_a_second_session_that_was_ended_is_opened_again(warehouse, recorder, connection):
    recorder.execute("select oplatency.record_performance_metric_autonomous('commit', 1)")
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database()"
            " and usename = 'oplatency_recorder' and pid <> %s",
            (recorder.info.backend_pid,),
        )
    recorder.execute("select oplatency.record_performance_metric_autonomous('commit', 2)")
    assert durations(connection) == [1, 2]


def test_a_name_that_the_caller_has_not_committed_ends_the_wait_with_an_error(recorder):
    with pytest.raises(psycopg.errors.LockNotAvailable), recorder.transaction():
        recorder.execute(
            "select oplatency.record_performance_metric('new', 1), "
            "oplatency.record_performance_metric_autonomous('new', 2)"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "select oplatency.call_autonomously('select 1')",
        "select * from pg_user_mapping",
        "select oplatency_dblink.dblink_connect('x', 'oplatency_recording')",
    ],
)
def test_F130_the_way_out_is_not_open_to_recorders(recorder, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        recorder.execute(statement)
