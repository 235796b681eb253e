"""What `oplatency up` adds to a running installation: its own tasks as a source, and time that runs."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oplatency.cli.installation import prepare
from oplatency.local.installation import WAREHOUSE_DATABASE, Installation
from oplatency.local.postgres import free_port
from oplatency.local.runtime import local_runtime
from oplatency.local.warehouse import prepare_cluster
from oplatency.warehouse.database import Connection, connect, row, run_script, statement

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def freeze(superuser_url: str) -> None:
    with connect(superuser_url, purpose="tests") as connection, connection.transaction():
        row(connection, "local/pass_as_of", {"as_of": LONG_AGO.isoformat()})
        run_script(connection, statement("local/set_as_of"))


def is_frozen(url: str) -> bool:
    with connect(url, purpose="tests") as connection:
        return bool(row(connection, "session/reference_time")["reference_at"] == LONG_AGO)


def test_time_that_the_demo_has_stopped_runs_again_once_the_installation_is_up(home: Path) -> None:
    installation = Installation.open(home)
    with installation.server() as server:
        prepare_cluster(server, installation)
        prepare(installation, server)
        writer = installation.warehouse_url(server, "oplatency_writer")
        freeze(server.url(WAREHOUSE_DATABASE))
        assert is_frozen(writer)
        prepare(installation, server)
        assert not is_frozen(writer)


def operations(connection: Connection) -> set[str]:
    query = (
        "select o.name from oplatency.metrics as m join oplatency.operation_types as o using (operation_id)"
        " join oplatency.ingest_batches as b using (batch_id) where b.source = 'airflow' and m.duration_us > 0"
        " and m.started_at > now() - interval '1 hour'"
    )
    return {found["name"] for found in connection.execute(query.encode())}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tasks_of_the_local_airflow_are_operations_within_one_cycle(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    installation = Installation.open(tmp_path_factory.mktemp("up") / "home")
    try:
        with local_runtime(installation, schedules=True, port=free_port()) as (server, airflow):
            prepare_cluster(server, installation)
            prepare(installation, server)
            freeze(server.url(WAREHOUSE_DATABASE))  # as after `make run`
            prepare(installation, server)
            airflow.wait_healthy()
            api = airflow.api()
            api.wait_for_dags(["ingest_metrics"], timeout=180)
            api.wait("ingest_metrics", api.trigger("ingest_metrics"), timeout=300)
            # the next run of the schedule, or one that does not wait for the clock
            api.wait("ingest_metrics", api.trigger("ingest_metrics"), timeout=300)
            with connect(installation.warehouse_url(server, "oplatency_writer"), purpose="tests") as connection:
                deadline = time.monotonic() + timedelta(minutes=1).total_seconds()
                wanted = {"ingest_metrics.stage", "ingest_metrics.audit", "ingest_metrics.publish"}
                while not wanted <= operations(connection) and time.monotonic() < deadline:
                    time.sleep(1)
                assert wanted <= operations(connection)
                refused = connection.execute(b"select * from oplatency.quarantined_rows").fetchall()
                assert refused == []
    finally:
        if os.geteuid() == 0:
            shutil.rmtree(installation.data_dir.parent, ignore_errors=True)
