"""The main job on one machine: from nothing to the printed report, every DAG run by the real scheduler.

Everything is relative to one stored as-of, the start of the UTC day of the first run, so that a second run
changes nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from oplatency.jobs.load_bootstrap import stored_as_of
from oplatency.local.api import AirflowApi, DagRun
from oplatency.local.installation import WAREHOUSE_DATABASE, Installation
from oplatency.local.runtime import local_runtime, stop_on_signals
from oplatency.local.sample import replay
from oplatency.reports.tables import Table, digest, load_tables
from oplatency.reports.terminal import show
from oplatency.sources.declaration import FILE_NAME
from oplatency.warehouse.database import connect, row, run, run_script, statement
from oplatency.warehouse.migrations import migrate
from oplatency.windows import DAY, floor_to

SAMPLE_SOURCE = "sample"
Step = tuple[str, list[tuple[str, Mapping[str, Any]]]]
"""What people read, and the runs that go side by side: DAG and parameters."""

_RUN_TIMEOUT_S = 300.0


@dataclass
class _Phases:
    """Names and seconds of the finished steps, shown as they finish."""

    console: Console
    started: float = field(default_factory=time.monotonic)
    done: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def phase(self, title: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.done.append((title, time.monotonic() - begun))
        self.console.print(f"  {title} ... {self.done[-1][1]:.1f} s", markup=False)

    def table(self) -> Table:
        rows = [*self.done, ("in all, installation of packages not counted", time.monotonic() - self.started)]
        cells = tuple((title, f"{seconds:.1f}") for title, seconds in rows)
        return Table("phases", "Phases", ("phase", "seconds"), cells, frozenset({1}))


def run_demo(installation: Installation, console: Console) -> None:
    """Run the chain and print what it found.

    Raises
    ------
    OplatencyError
        If anything cannot be started or a DAG run fails; the message names the task and shows the end of its
        log.
    """
    phases = _Phases(console)
    console.print("oplatency: the nightly chain on bootstrap data and a recorded sample", style="bold")
    with ExitStack() as running:
        running.enter_context(stop_on_signals())
        with phases.phase("start PostgreSQL"):
            server, airflow = running.enter_context(local_runtime(installation, schedules=False))
        owner = installation.warehouse_url(server, "oplatency_owner")
        with phases.phase("prepare warehouse and sample while Airflow starts"):
            migrate(owner)
            as_of = stored_as_of(owner) or floor_to(datetime.now(UTC), DAY)
            # a setting of this name may be stored with the database by a superuser only
            _freeze_time(server.url(WAREHOUSE_DATABASE), as_of)
            _lay_out_sample(installation, owner, as_of)
        with phases.phase("wait until Airflow is healthy"):
            airflow.wait_healthy()
        api = airflow.api()
        with phases.phase("wait until all DAG files are read"):
            steps = _steps(as_of)
            api.wait_for_dags([dag_id for _, parts in steps for dag_id, _ in parts])
        runs = _run_chain(api, phases, steps)
        with phases.phase("read the report"):
            reader = installation.warehouse_url(server, "oplatency_reader")
            with connect(reader, purpose="report") as connection:
                tables = load_tables(connection)
                named = digest(connection)
            records = [api.dag_run(found.dag_id, found.run_id) for found in runs]
        with phases.phase("stop everything"):
            running.close()
    for table in (*tables, _runs_table(records), phases.table()):
        show(console, table)
    console.print(f"\nas of {as_of:%Y-%m-%d}, digest of facts to findings: {named}", markup=False, soft_wrap=True)


def _steps(as_of: datetime) -> list[Step]:
    yesterday = as_of - DAY
    window = {"window_start": yesterday.isoformat(), "window_end": as_of.isoformat()}
    return [
        ("load_bootstrap", [("load_bootstrap", {"as_of": as_of.isoformat()})]),
        ("ingest_metrics", [("ingest_metrics", {"source": SAMPLE_SOURCE})]),
        (
            "recalculate_baselines as of yesterday and today",
            [("recalculate_baselines", {"as_of": day.isoformat()}) for day in (yesterday, as_of)],
        ),
        (
            "detect_anomalies and correlate_operations over the last day",
            [("detect_anomalies", window), ("correlate_operations", {"as_of": as_of.isoformat()})],
        ),
        (
            "deliver_alerts, check_data_quality, maintain_warehouse",
            [("deliver_alerts", {}), ("check_data_quality", {}), ("maintain_warehouse", {"dry_run": False})],
        ),
        (
            "check_detection on the last week, backtest of the last day",
            [("check_detection", {"as_of": as_of.isoformat()}), ("backtest", window)],
        ),
    ]


def _run_chain(api: AirflowApi, phases: _Phases, steps: list[Step]) -> list[DagRun]:
    runs = []
    for title, parts in steps:
        with phases.phase(title):
            started = [(dag_id, api.trigger(dag_id, conf)) for dag_id, conf in parts]
            runs += [api.wait(dag_id, run_id, timeout=_RUN_TIMEOUT_S) for dag_id, run_id in started]
    return runs


def _lay_out_sample(installation: Installation, owner_url: str, as_of: datetime) -> None:
    folder = installation.landing / SAMPLE_SOURCE
    folder.mkdir(parents=True, exist_ok=True)
    sample = replay(as_of, folder)
    declaration = (
        f'format = "pgbench"\noperations = {json.dumps(sample.operations)}\nuser = "pgbench"\nbranch = "main"\n'
    )
    (folder / FILE_NAME).write_text(declaration, encoding="utf-8")
    with connect(owner_url, purpose="marks") as connection, connection.transaction():
        for incident in sample.incidents:
            run(
                connection,
                "local/insert_mark",
                {
                    "title": incident.title,
                    "began_at": incident.began_at,
                    "ended_at": incident.ended_at,
                    "operations": list(incident.operations),
                    "note": incident.cause,
                },
            )


def _freeze_time(superuser_url: str, as_of: datetime) -> None:
    with connect(superuser_url, purpose="as_of") as connection, connection.transaction():
        row(connection, "local/pass_as_of", {"as_of": as_of.isoformat()})
        run_script(connection, statement("local/set_as_of"))


def _runs_table(runs: list[DagRun]) -> Table:
    cells = tuple(
        (found.dag_id, found.state, found.triggered_by, f"{found.seconds or 0:.1f}", found.run_id) for found in runs
    )
    return Table(
        "runs",
        "DAG runs, as Airflow recorded them",
        ("dag", "state", "triggered by", "seconds", "run"),
        cells,
        frozenset({3}),
        "Queued by the REST API, run by the scheduler.",
    )
