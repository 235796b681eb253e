"""The example application, run as its reader would run it, and what the views then show."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from oplatency.warehouse.database import connect, read_view

PASSWORD = "for-tests-only"
ROUNDS = 10
SET_UP = f"""
create role shop login password '{PASSWORD}' in role oplatency_recorder;
create schema shop authorization shop;
"""


@pytest.fixture
def url(warehouse) -> Iterator[str]:
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute(SET_UP.encode())
        yield warehouse.server.url(warehouse.database, "shop", PASSWORD)
        admin.execute("drop schema shop cascade")
        admin.execute("drop role shop")


def test_an_application_that_measures_itself_appears_in_the_views(url, project, connection):
    script = project / "examples" / "measure_application.py"
    ended = subprocess.run(
        [sys.executable, script, url, "--rounds", str(ROUNDS)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")

    operations = {row["operation_type"]: row for row in read_view(connection, "v_operation_performance_summary")}
    assert {name: row["execution_count"] for name, row in operations.items()} == {
        "commit": 2 * ROUNDS,
        "get_history": ROUNDS,
        "merge_branches": ROUNDS,
        "rollback_commit": ROUNDS,
    }
    assert all(0 < row["min_ms"] <= row["p99_ms"] < 60_000 for row in operations.values())
    (failed,) = connection.execute("select error from oplatency.metrics where error is not null").fetchall()
    assert failed["error"]["code"] == "22012"
    (user,) = read_view(connection, "v_user_performance_activity")
    assert (user["user_name"], user["operations"]) == ("shop", 5 * ROUNDS)

    steps = read_view(connection, "v_trace_hierarchy")
    assert Counter((row["path"], row["depth"], row["span_status"]) for row in steps) == {
        ("rollback_commit", 0, "SUCCESS"): ROUNDS - 1,
        ("rollback_commit > validate", 1, "SUCCESS"): ROUNDS - 1,
        ("rollback_commit > execute", 1, "SUCCESS"): ROUNDS - 1,
        ("rollback_commit", 0, "ERROR"): 1,
        ("rollback_commit > validate", 1, "ERROR"): 1,
    }

    merges = read_view(connection, "v_merge_performance_summary")
    assert len(merges) == ROUNDS
    for merge in merges:
        assert (merge["source_branch"], merge["target_branch"]) == ("feature", "main")
        assert (merge["conflict_count"], merge["auto_resolved"], merge["merge_status"]) == (1, 1, "SUCCESS")
        phases = [merge[f"{phase}_ms"] for phase in ("merge_base", "conflict_detection", "auto_resolution")]
        assert 0 < sum(phases) <= merge["total_ms"]
