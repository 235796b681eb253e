"""A process may die anywhere while it brings a file in: run again, it gives what an undisturbed run gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import Ingestion, csv_text, own_database
from oplatency import cli
from oplatency.failpoints import VARIABLE
from oplatency.ingest import gate

RECENT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
"""The command takes calls by the clock, so these are of today."""

FAILPOINTS = ("after_copy", "after_validate", "after_insert", "before_commit", "after_commit")
ROLLBACK_S = 5.0


def mixed() -> str:
    """Return a file whose rows are typed as they come, judged as text, refused, doubled and in conflict."""

    def at(minutes: int) -> str:
        return (RECENT + timedelta(minutes=minutes)).isoformat()

    plain = [f"op{n % 3},{at(n)},{5000 + n},e-{n},,," for n in range(60)]
    judged = [f"op{n % 2},{at(n)},6e3,,,{n},timeout" for n in range(60, 80)]
    odd = [
        f'op1,{at(81)},700,,"{{""a"": 1e2}}",,',
        f"op1,{at(82)},-5,,,,",
        f"op1,{at(83)},NaN,,,,",
        f"op1,{at(1)},5001,e-1,,,",
        f"op1,{at(1)},9999,e-1,,,",
        f"op1,{at(84)},800,,,,",
        f"op1,{at(84)},800,,,,",
    ]
    return csv_text([*plain, *odd, *judged], "operation,started_at,duration_us,event_id,metadata,rows_affected,error")


COUNTS = {"rows_in": 87, "accepted": 83, "duplicate": 1, "quarantined": 3}
"""The account of `mixed`: two equal calls without an identity are both kept."""


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


@pytest.fixture(scope="module")
def undisturbed(server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    """Return the digest of a warehouse into which the file was brought once, and nothing happened."""
    with own_database(server, template, "warehouse_undisturbed") as url:
        calm = Ingestion(url, tmp_path_factory.mktemp("landing"))
        batch = ingest(calm)
        assert {name: batch[name] for name in COUNTS} == COUNTS
        assert batch["reasons"] == {"negative_duration": 1, "non_finite": 1, "conflicting_duplicate": 1}
        yield calm.digest()


def start(ingestion: Ingestion, failpoint: str) -> subprocess.Popen[bytes]:
    """Run the command as a process of its own, with a failpoint."""
    file = ingestion.file(mixed())
    environment = os.environ | {
        "OPLATENCY_DATABASE_URL": ingestion.url,
        "OPLATENCY_HOME": str(ingestion.folder / "home"),
        VARIABLE: f"ingest.{failpoint}",
    }
    command = [sys.executable, "-m", "oplatency.cli", "ingest", str(file.path), "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ingest(ingestion: Ingestion) -> dict[str, Any]:
    """Bring the file in undisturbed, arriving now, and return its account."""
    file = ingestion.file(mixed())
    batch = gate.ingest_file(
        ingestion.url,
        file,
        gate.delivery_of(file, "app", datetime.now(UTC), ingestion.settings),
        settings=ingestion.settings,
    )
    return batch.as_json()


def check_promises(ingestion: Ingestion, expected: list[dict[str, Any]]) -> None:
    """See to it that nothing is lost, doubled or unaccounted for, whatever happened before."""
    assert ingestion.digest() == expected
    batches = ingestion.batches()
    closed = [batch for batch in batches if batch["status"] == "published"]
    assert {batch["status"] for batch in batches} <= {"published", "superseded"}
    assert sum(batch["accepted"] for batch in closed) == COUNTS["accepted"] == len(ingestion.facts())
    for batch in closed:
        assert batch["rows_in"] == batch["accepted"] + batch["duplicate"] + batch["quarantined"] == COUNTS["rows_in"]
        assert sum(batch["reasons"].values()) == batch["quarantined"] == COUNTS["quarantined"]
    assert len(ingestion.quarantine()) == sum(batch["quarantined"] for batch in batches if batch in closed)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "failpoint",
    [
        pytest.param(point, marks=SLOW) if "insert" in point or "after_commit" in point else point
        for point in FAILPOINTS
    ],
)
def test_F52_a_process_killed_at_a_failpoint_and_run_again_gives_what_an_undisturbed_run_gives(
    ingestion: Ingestion, undisturbed, failpoint: str
):
    process = start(ingestion, f"{failpoint}:kill")
    output, errors = process.communicate(timeout=120)

    assert (process.returncode, output) == (-signal.SIGKILL, b""), errors.decode()
    seen = len(ingestion.facts())
    assert seen == (COUNTS["accepted"] if failpoint == "after_commit" else 0)
    again = ingest(ingestion)
    assert again["accepted"] == COUNTS["accepted"] - seen
    assert again["duplicate"] == COUNTS["duplicate"] + seen
    check_promises(ingestion, undisturbed)


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_F52_an_error_at_a_failpoint_leaves_nothing_half_done(
    ingestion: Ingestion, undisturbed, failpoint: str, monkeypatch: pytest.MonkeyPatch, capsys
):
    file = ingestion.file(mixed())
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", ingestion.url)
    monkeypatch.setattr(sys, "argv", ["oplatency", "ingest", str(file.path), "--json"])
    monkeypatch.setenv(VARIABLE, f"ingest.{failpoint}:raise")
    with pytest.raises(SystemExit) as caught:
        cli.main()

    assert caught.value.code == 1
    assert json.loads(capsys.readouterr().out)["where"] == f"ingest.{failpoint}"
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert not caught.value.code
    (batch,) = json.loads(capsys.readouterr().out)["batches"]
    assert batch["rows_in"] == batch["accepted"] + batch["duplicate"] + batch["quarantined"] == COUNTS["rows_in"]
    check_promises(ingestion, undisturbed)


def test_F50_any_step_again_and_the_file_again_change_nothing(ingestion: Ingestion, undisturbed):
    file = ingestion.file(mixed())
    arrived = datetime.now(UTC)

    def stage() -> Any:
        return gate.stage_file(
            ingestion.url, file, gate.delivery_of(file, "app", arrived, ingestion.settings), settings=ingestion.settings
        )

    stage()
    token = stage()
    gate.audit(ingestion.url, token)
    gate.audit(ingestion.url, token)
    first = ingestion.finish(token)
    assert ingestion.finish(token) == first
    check_promises(ingestion, undisturbed)

    again = ingestion.finish(stage())

    assert (again.accepted, again.duplicate) == (0, COUNTS["accepted"] + COUNTS["duplicate"])
    check_promises(ingestion, undisturbed)


def sessions(ingestion: Ingestion) -> list[dict[str, Any]]:
    """Return the sessions of the job on this database, each with the number of its locks."""
    return ingestion.query(
        "select a.state = 'idle in transaction' and a.state_change < clock_timestamp() - interval '1 s' as is_held,"
        " (select count(*) from pg_locks as l where l.pid = a.pid) as n_locks"
        " from pg_stat_activity as a"
        " where a.datname = current_database() and (a.application_name like 'oplatency:ingest%'"
        " or a.pid in (select l.pid from pg_locks as l where l.locktype = 'advisory'))"
    )


def wait_for(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.05)


@pytest.mark.parametrize("failpoint", ["after_copy", pytest.param("before_commit", marks=SLOW)])
def test_F53_a_terminated_process_is_rolled_back_and_its_session_and_locks_are_gone(
    ingestion: Ingestion, undisturbed, failpoint: str
):
    process = start(ingestion, f"{failpoint}:sleep")
    try:
        wait_for(lambda: any(session["is_held"] for session in sessions(ingestion)), 60)
        assert [session["n_locks"] > 0 for session in sessions(ingestion)] == [True]

        process.terminate()
        wait_for(lambda: sessions(ingestion) == [], ROLLBACK_S)
        process.wait(ROLLBACK_S)
    finally:
        process.kill()
        process.communicate()

    assert process.returncode == -signal.SIGTERM
    assert ingestion.facts() == []
    assert ingestion.row_counts()["quarantined_rows"] == 0
    assert ingest(ingestion)["accepted"] == COUNTS["accepted"]
    check_promises(ingestion, undisturbed)
