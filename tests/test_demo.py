"""The main job as a newcomer runs it: one command, the real scheduler, the printed report; then once more."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from oplatency.local.installation import Installation
from oplatency.local.sample import load_sample
from oplatency.reports.tables import DASHBOARD_VIEWS

BASELINES = (
    ("branch_create", "12", "3.0", "3.0", "3.0x"),
    ("commit", "20", "6.0", "6.0", "2.5x"),
    ("get_history", "25", "49.0", "47.0", "2.0x"),
    ("merge_branches", "15", "99.0", "97.0", "2.0x"),
    ("rollback_commit", "10", "198.0", "191.0", "2.0x"),
)


@dataclass(frozen=True)
class Runs:
    """What two runs in a row printed, and the home they ran in."""

    first: str
    second: str
    home: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Runs]:
    """Run the demo twice in a home with a space in its path."""
    home = tmp_path_factory.mktemp("demo") / "a home"
    environment = {**os.environ, "OPLATENCY_HOME": str(home), "COLUMNS": "200"}
    environment.pop("OPLATENCY_DATABASE_URL", None)

    def run() -> str:
        finished = subprocess.run(
            [sys.executable, "-m", "oplatency.cli", "demo"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    try:
        yield Runs(run(), run(), home)
    finally:
        if os.geteuid() == 0:
            shutil.rmtree(Installation.open(home).data_dir.parent, ignore_errors=True)


def rows_of(printed: str, title: str) -> list[tuple[str, ...]]:
    """Return the cells of a printed table, by its title."""
    lines = printed.split(f"\n{title}\n")[1].splitlines()
    rules = [number for number, line in enumerate(lines) if line.strip().startswith("──")]
    rows = []
    for line in lines[rules[0] + 1 :]:
        if not line.strip():
            break
        rows.append(tuple(re.split(r"\s{2,}", line.strip())))
    return rows


ONLY_LOOPBACK = """
import fcntl, os, socket, struct, sys
up = struct.pack("16sh14s", b"lo", 0x1 | 0x40, b"")
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, up)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace of its own needs root")
def test_F82_it_needs_no_network_but_the_loopback(tmp_path: Path, project: Path):
    home = tmp_path / "home"
    try:
        finished = subprocess.run(
            ["unshare", "--net", sys.executable, "-c", ONLY_LOOPBACK, "-m", "oplatency.cli", "demo"],
            cwd=project,
            env={**os.environ, "OPLATENCY_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
    finally:
        shutil.rmtree(Installation.open(home).data_dir.parent, ignore_errors=True)


@pytest.mark.timeout(1200)
def test_the_report_shows_the_five_baselines_exactly(demo: Runs):
    assert tuple(rows_of(demo.first, "Baselines of the bootstrap data")) == BASELINES


def test_every_dag_run_succeeded_through_the_scheduler(demo: Runs, project: Path):
    runs = rows_of(demo.first, "DAG runs, as Airflow recorded them")
    assert {run[0] for run in runs} == {path.stem for path in (project / "dags").glob("*.py")}
    assert {run[1] for run in runs} == {"success"}


def test_all_twelve_views_answer(demo: Runs):
    assert [row[0] for row in rows_of(demo.first, "The twelve dashboard views")] == list(DASHBOARD_VIEWS)


def test_every_audit_passed(demo: Runs):
    for suite, expectations, passed, *_ in rows_of(demo.first, "Audits"):
        assert passed == expectations, suite


def test_what_people_are_told_of_the_sample_is_exactly_what_was_caused(demo: Runs):
    incidents = {incident.title: set(incident.operations) for incident in load_sample().incidents}
    found: dict[str, set[str]] = {}
    for operation, *_, belongs_to in rows_of(demo.first, "Anomalies that alerted"):
        found.setdefault(belongs_to, set()).add(operation)
    assert found == incidents


def test_groups_that_slowed_together_belong_to_the_incidents(demo: Runs):
    printed = demo.first.split("\nOperations that slowed together\n")[1].split("\nCorrelated pairs\n")[0]
    assert "unexplained" not in printed
    assert any(incident.title in printed for incident in load_sample().incidents)


def test_the_night_states_how_many_false_alerts_to_expect(demo: Runs):
    *rules, total = rows_of(demo.first, "False alerts to expect")
    assert [row[0] for row in rules] == ["point", "silence", "shift", "tail", "trend"]
    assert float(total[2]) == pytest.approx(sum(float(row[2]) for row in rules), abs=0.005)
    assert 0 < float(total[2]) < 3


def test_a_second_run_changes_nothing(demo: Runs):
    digests = [re.search(r"digest of facts to findings: ([0-9a-f]{32})", text) for text in (demo.first, demo.second)]
    assert digests[0] is not None
    assert digests[1] is not None
    assert digests[0][1] == digests[1][1]


def test_phases_are_printed_with_their_times(demo: Runs):
    phases = rows_of(demo.first, "Phases")
    assert len(phases) >= 8
    assert all(float(seconds) >= 0 for _, seconds in phases)


def test_nothing_is_left_running(demo: Runs):
    left = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline", "environ"])
        if str(demo.home) in json.dumps([process.info["cmdline"], process.info["environ"]], default=str)
    ]
    assert left == []
