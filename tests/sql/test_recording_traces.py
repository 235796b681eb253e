"""Traces and merges recorded by SQL functions: nesting, ends, refusals, and the views that show them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from oplatency.warehouse.database import Connection, connect, read_view


@pytest.fixture
def recorder(warehouse) -> Iterator[Connection]:
    """Return a session of the role that may only record."""
    with connect(warehouse.url("oplatency_recorder"), purpose="tests") as opened:
        yield opened


def start(session: Connection, arguments: str = "") -> str:
    found = session.execute(f"select oplatency.start_performance_trace({arguments}) as span".encode()).fetchone()
    return str(found["span"])


def end(session: Connection, arguments: str, *values) -> None:
    session.execute(f"select oplatency.end_performance_trace({arguments})".encode(), values or None)


def merge(session: Connection, arguments: str) -> int:
    return session.execute(f"select oplatency.record_merge_performance({arguments}) as id".encode()).fetchone()["id"]


def spans(connection: Connection) -> list[dict]:
    return connection.execute(
        "select s.*, o.name as operation, b.name as branch, u.name as user_name from oplatency.spans as s"
        " left join oplatency.operation_types as o using (operation_id) join oplatency.branches as b using (branch_id)"
        " join oplatency.users as u using (user_id) order by s.started_at"
    ).fetchall()


def test_steps_nest_as_the_caller_tells_and_time_passes_within_a_transaction(recorder, connection):
    with recorder.transaction():
        root = start(recorder, "p_operation_type => 'rollback_commit', p_span_name => 'rollback', p_branch => 'main'")
        inner = start(recorder, f"p_parent_span_id => '{root}', p_span_name => 'find'")
        recorder.execute("select pg_sleep(0.05)")
        end(recorder, "%s", inner)
        end(recorder, "%s", root)
    shown = read_view(connection, "v_trace_hierarchy")
    assert [(row["path"], row["depth"], row["span_status"]) for row in shown] == [
        ("rollback", 0, "SUCCESS"),
        ("rollback > find", 1, "SUCCESS"),
    ]
    assert [row["operation_type"] for row in shown] == ["rollback_commit", None]
    assert shown[0]["duration_ms"] >= shown[1]["duration_ms"] >= 50
    assert len({row["trace_id"] for row in shown}) == 1
    assert (len(shown[0]["trace_id"]), len(root)) == (32, 16)


def test_a_step_is_stored_as_it_was_told(recorder, connection):
    start(
        recorder,
        "'t', 's', null, 'merge', 'all of it', 'main', 'ada', 'session-1', '{\"conflicts\": 3}'",
    )
    (span,) = spans(connection)
    assert (span["trace_id"], span["span_id"], span["parent_span_id"]) == ("t", "s", None)
    assert (span["operation"], span["span_name"], span["branch"], span["user_name"]) == (
        "merge",
        "all of it",
        "main",
        "ada",
    )
    assert span["attributes"] == {"conflicts": 3, "session": "session-1"}
    assert (span["span_status"], span["duration_us"]) == ("RUNNING", None)


def test_two_steps_without_a_parent_are_two_traces(recorder, connection):
    start(recorder)
    start(recorder)
    assert len({span["trace_id"] for span in spans(connection)}) == 2


def test_a_savepoint_that_is_undone_takes_its_steps_and_leaves_the_rest(recorder, connection):
    with recorder.transaction():
        root = start(recorder, "p_span_name => 'root'")
        with recorder.transaction(force_rollback=True):
            start(recorder, f"p_parent_span_id => '{root}'")
        end(recorder, "%s, 'ERROR', 'it failed', 'P0001'", root)
    (span,) = spans(connection)
    assert (span["span_name"], span["span_status"]) == ("root", "ERROR")
    assert span["error"] == {"message": "it failed", "code": "P0001"}


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        ("", "SUCCESS", None),
        (", 'ERROR'", "ERROR", None),
        (", 'FAILED'", "ERROR", None),
        (", p_error_message => 'x'", "ERROR", {"message": "x"}),
        (
            ", 'ERROR', 'x', '40P01', '{\"tries\": 3}'",
            "ERROR",
            {"message": "x", "code": "40P01", "details": {"tries": 3}},
        ),
    ],
)
def test_a_step_ends_with_its_status_and_error(recorder, connection, arguments, status, error):
    span_id = start(recorder)
    end(recorder, f"'{span_id}'{arguments}")
    (span,) = spans(connection)
    assert (span["span_status"], span["error"]) == (status, error)
    assert span["duration_us"] >= 0


@pytest.mark.parametrize("arguments", ["'unknown'", "null"])
def test_an_unknown_step_cannot_end(recorder, arguments):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="is not running") as caught:
        end(recorder, arguments)
    assert "start_performance_trace" in caught.value.diag.message_hint


def test_a_step_ends_once(recorder, connection):
    span_id = start(recorder)
    end(recorder, "%s", span_id)
    before = spans(connection)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=f"the span {span_id} is not running"):
        end(recorder, "%s, 'ERROR'", span_id)
    assert spans(connection) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("p_span_id => 'taken'", "the span taken is running already"),
        ("p_parent_span_id => 'nobody'", "the parent span nobody is not running here"),
        ("'t', 'me', 'me'", "the span me is its own parent"),
        ("p_trace_id => ''", "the trace id is blank"),
        ("p_span_id => ' '", "the span id is blank"),
        ("p_span_name => ' '", "the span name is blank"),
        ("p_operation_type => ''", "the operation is blank"),
        ("p_branch => '(all)'", "the branch may not be called"),
        ("p_attributes => '7'", "the attributes is not a JSON object but number"),
    ],
)
def test_F21_bad_arguments_of_a_step_are_refused_with_a_hint(recorder, connection, arguments, told):
    start(recorder, "p_span_id => 'taken'")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=told) as caught:
        start(recorder, arguments)
    assert caught.value.diag.message_hint
    assert len(spans(connection)) == 1


def test_a_status_that_is_none_is_refused(recorder):
    span_id = start(recorder)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="the status of a span cannot be DONE"):
        end(recorder, "%s, 'DONE'", span_id)


def test_a_parent_elsewhere_is_taken_on_trust_where_the_trace_is_named(recorder, connection):
    start(recorder, "'trace', null, 'in-another-database'")
    (span,) = spans(connection)
    assert (span["trace_id"], span["parent_span_id"]) == ("trace", "in-another-database")


def test_a_merge_is_stored_with_its_phases_and_carries_no_call(recorder, connection):
    merge_id = merge(
        recorder,
        "'feature', 'main', 100000, 5000, 40000, 55000, 3, 2, 1, 'PARTIAL_SUCCESS', '{\"left\": [\"t\"]}', 'ada'",
    )
    (shown,) = read_view(connection, "v_merge_performance_summary")
    assert (shown["merge_id"], shown["source_branch"], shown["target_branch"]) == (merge_id, "feature", "main")
    assert (shown["total_ms"], shown["merge_base_ms"], shown["conflict_detection_ms"], shown["auto_resolution_ms"]) == (
        100,
        5,
        40,
        55,
    )
    assert (shown["conflict_count"], shown["auto_resolved"], shown["unresolved"]) == (3, 2, 1)
    assert (shown["merge_status"], shown["user_name"]) == ("PARTIAL_SUCCESS", "ada")
    assert connection.execute("select from oplatency.metrics").fetchall() == []


def test_two_equal_merges_are_two_rows(recorder, connection):
    assert merge(recorder, "'feature', 'main', 100") != merge(recorder, "'feature', 'main', 100")
    assert len(read_view(connection, "v_merge_performance_summary")) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("null, 'main', 5", "the source branch is blank"),
        ("'feature', '', 5", "the target branch is blank"),
        ("'feature', '(all)', 5", "the target branch may not be called"),
        ("'feature', 'main', 0", "the merge took 0 us"),
        ("'feature', 'main', null", "the merge took null us"),
        ("'feature', 'main', 5, -1", "a phase took less than nothing"),
        ("'feature', 'main', 5, p_conflict_count => -1", "-1 conflicts cannot be 0 resolved and 0 unresolved"),
        (
            "'feature', 'main', 5, p_conflict_count => 3, p_auto_resolved => 2, p_unresolved => 2",
            "3 conflicts cannot be 2 resolved and 2 unresolved",
        ),
        ("'feature', 'main', 5, p_conflict_count => null", "conflicts cannot be"),
        ("'feature', 'main', 5, p_status => 'DONE'", "the status of a merge cannot be DONE"),
        ("'feature', 'main', 5, p_status => null", "the status of a merge cannot be null"),
        ("'feature', 'main', 5, p_outcome => '[]'", "the outcome is not a JSON object"),
    ],
)
def test_F21_bad_arguments_of_a_merge_are_refused_with_a_hint(recorder, connection, arguments, told):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=told) as caught:
        merge(recorder, arguments)
    assert caught.value.diag.message_hint
    assert read_view(connection, "v_merge_performance_summary") == []
