"""Backfills through the real scheduler, with schedules on: any order, any number of times, the same tables."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from oplatency.jobs.load_bootstrap import bootstrap
from oplatency.local.installation import AIRFLOW_USER, Installation
from oplatency.local.runtime import local_runtime
from oplatency.settings import load_settings
from oplatency.warehouse.database import Row, connect
from oplatency.warehouse.migrations import migrate
from oplatency.windows import DAY, HOUR, floor_to

pytestmark = pytest.mark.slow

BASELINES = """
    select operation_id, branch_id, as_of, config_hash, revision, n_calls, p50_us, p99_us, mean_us, sd_us, scale_up
    from oplatency.baselines inner join oplatency.baseline_profiles using (baseline_id)
    order by operation_id, as_of, config_hash, revision
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Installation]:
    """Return an installation of its own."""
    installation = Installation.open(tmp_path / "home")
    yield installation
    if os.geteuid() == 0:
        shutil.rmtree(installation.data_dir.parent, ignore_errors=True)


@pytest.mark.timeout(900)
def test_baselines_backfilled_for_five_days_forwards_then_backwards_are_identical(home: Installation):
    today = floor_to(datetime.now(UTC), DAY)
    with local_runtime(home, schedules=True) as (server, airflow):
        migrate(home.warehouse_url(server, "oplatency_owner"))
        writer = home.warehouse_url(server, "oplatency_writer")
        bootstrap(writer, as_of=today, settings=load_settings())
        airflow.wait_healthy()
        airflow.api().wait_for_dags(["recalculate_baselines"])
        tables: list[list[Row]] = []
        for backwards in (False, True):
            _backfill(airflow.url, home, start=today - 6 * DAY, end=today - DAY, backwards=backwards)
            with connect(writer, purpose="tests") as connection:
                tables.append(connection.execute(BASELINES).fetchall())
        runs = [run for run in airflow.api().dag_runs("recalculate_baselines") if run.run_type == "backfill"]
    assert {run.state for run in runs} == {"success"}
    assert len(runs) == 5
    assert {row["as_of"] for row in tables[0]} >= {today - days * DAY for days in range(5)}
    assert tables[0] == tables[1]


def _backfill(url: str, home: Installation, *, start: datetime, end: datetime, backwards: bool) -> None:
    session = requests.Session()
    session.trust_env = False
    login = {"username": AIRFLOW_USER, "password": home.secrets.admin_password}
    token = session.post(f"{url}/auth/token", json=login, timeout=30).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    body = {
        "dag_id": "recalculate_baselines",
        "from_date": (start + HOUR).isoformat(),
        "to_date": (end + HOUR).isoformat(),
        "run_backwards": backwards,
        "reprocess_behavior": "completed",
        "max_active_runs": 3,
    }
    created = session.post(f"{url}/api/v2/backfills", json=body, timeout=60)
    assert created.ok, created.text
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if session.get(f"{url}/api/v2/backfills/{created.json()['id']}", timeout=30).json()["completed_at"]:
            return
        time.sleep(0.5)
    raise TimeoutError("the backfill has not completed")
