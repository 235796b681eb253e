"""A real Airflow: starts, runs DAGs, and ends whatever happens to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from oplatency.errors import OplatencyError
from oplatency.local.api import AirflowApi, DagRunFailedError
from oplatency.local.components import COMPONENTS, AirflowFolders
from oplatency.local.guardian import session_members, start_mark
from oplatency.local.installation import Installation, RunningState
from oplatency.local.postgres import EmbeddedPostgres, free_port
from oplatency.local.runtime import down, local_runtime, record_running, status
from oplatency.local.supervisor import LocalAirflow, choose_port

from .conftest import INCLUDE, Start, gone, wait_until

DAG_FILE = '''
"""Two small DAGs of the tests for airflow."""
import os
from airflow.sdk import dag, task

@dag(schedule=None)
def adds():
    @task
    def one():
        return 1
    @task
    def two(number):
        print("schedules are", os.environ["OPLATENCY_SCHEDULES"])
        return number + 1
    two(one())

@dag(schedule=None)
def fails():
    @task
    def well():
        return 1
    @task
    def breaks(number):
        raise ValueError("a telling reason")
    @task
    def waits(number):
        return number
    waits(breaks(well()))

adds()
fails()
'''

RUN = """
import sys
from pathlib import Path
from oplatency.local.components import AirflowFolders
from oplatency.local.installation import Installation
from oplatency.local.runtime import local_runtime, record_running, stop_on_signals
installation = Installation.open(Path(sys.argv[1]))
folders = AirflowFolders(Path(sys.argv[2]), Path(sys.argv[2]) / "none")
with stop_on_signals(), local_runtime(installation, schedules=False, folders=folders) as (server, airflow):
    airflow.wait_healthy()
    record_running(installation, server, airflow, schedules=False)
    print("healthy", flush=True)
    airflow.run_forever()
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> AirflowFolders:
    folder = tmp_path_factory.mktemp("dags of the tests")
    (folder / "small.py").write_text(DAG_FILE)
    return AirflowFolders(folder, folder / "none")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_F81_a_given_port_that_is_taken_is_an_error_that_names_it(busy_port: int) -> None:
    with pytest.raises(OplatencyError, match=str(busy_port)) as caught:
        choose_port(busy_port)
    assert caught.value.remedy


def test_F81_without_a_given_port_the_next_free_one_is_taken(busy_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oplatency.local.supervisor.DEFAULT_PORT", busy_port)
    assert choose_port(None) > busy_port


def test_F81_a_taken_port_is_refused_before_anything_is_started(home: Path, busy_port: int) -> None:
    installation = Installation.open(home)
    with (
        pytest.raises(OplatencyError, match=str(busy_port)),
        local_runtime(installation, schedules=False, port=busy_port),
    ):
        pass
    assert not installation.data_dir.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_F81_a_signal_ends_the_body_in_order_and_with_its_exit_code(program: Start, number: int) -> None:
    code = (
        "import time\nfrom oplatency.local.runtime import stop_on_signals\n"
        "with stop_on_signals():\n    try:\n        print('ready', flush=True)\n        time.sleep(100)\n"
        "    finally:\n        time.sleep(0.3)\n        print('stopped', flush=True)\n"
    )
    process = program(code)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)  # impatience does not interrupt the stopping
    assert process.communicate(timeout=10)[0] == "stopped\n"
    assert process.returncode == 128 + number


def test_nothing_is_running_so_nothing_is_stopped(home: Path) -> None:
    installation = Installation.open(home)
    assert down(installation) is False
    assert status(installation) == {"home": str(home), "running": False}


def test_an_airflow_that_does_not_answer_is_an_error_with_its_address() -> None:
    port = free_port()
    with pytest.raises(OplatencyError, match="does not answer") as caught:
        AirflowApi(f"http://127.0.0.1:{port}", "admin", "x").dag_runs()
    assert str(port) in caught.value.where


@pytest.fixture(scope="module")
def running(
    folders: AirflowFolders, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installation, EmbeddedPostgres, LocalAirflow]]:
    """One Airflow for the tests that do it no harm."""
    home = tmp_path_factory.mktemp("home") / "größer als 107 Zeichen " / ("x" * 100)
    home.parent.mkdir()
    installation = Installation.open(home)
    try:
        with local_runtime(installation, schedules=False, port=free_port(), folders=folders) as (server, airflow):
            airflow.wait_healthy()
            record_running(installation, server, airflow, schedules=False)
            yield installation, server, airflow
        assert not installation.state_file.exists()
    finally:
        if os.geteuid() == 0:
            shutil.rmtree(installation.data_dir.parent, ignore_errors=True)


Running = tuple[Installation, EmbeddedPostgres, LocalAirflow]


@pytest.mark.slow
def test_a_dag_runs_through_the_real_scheduler(running: Running) -> None:
    api = running[2].api()
    api.wait_for_dags(["adds", "fails"])
    seen: list[str] = []
    run_id = api.trigger("adds", run_id="first")
    run = api.wait("adds", run_id, timeout=60, on_state=lambda run: seen.append(run.state))
    assert (run.state, run.run_type, run.triggered_by) == ("success", "manual", "rest_api")
    assert seen[-1] == "success"
    assert run.seconds is not None
    assert run in api.dag_runs("adds")
    tasks = {task.task_id: task for task in api.task_instances("adds", run_id)}
    assert {name: task.state for name, task in tasks.items()} == {"one": "success", "two": "success"}
    assert any("schedules are off" in line for line in api.task_log("adds", run_id, tasks["two"]))
    with pytest.raises(OplatencyError, match="already exists"):
        api.trigger("adds", run_id="first")
    api.clear("adds", run_id)
    assert api.wait("adds", run_id, timeout=60).state == "success"


@pytest.mark.slow
def test_a_failed_run_names_dag_run_and_task_and_shows_why(running: Running) -> None:
    api = running[2].api()
    api.wait_for_dags(["fails"])
    with pytest.raises(DagRunFailedError, match="a telling reason") as caught:
        api.wait("fails", api.trigger("fails", run_id="broken"), timeout=60)
    assert "DAG fails failed (breaks failed)" in caught.value.message
    assert "broken" in caught.value.where
    assert "waits" not in caught.value.message


@pytest.mark.slow
def test_unknown_dags_and_broken_files_are_errors_that_say_so(running: Running, folders: AirflowFolders) -> None:
    api = running[2].api()
    with pytest.raises(OplatencyError, match="status 404"):
        api.trigger("unknown")
    with pytest.raises(OplatencyError, match="not found these DAGs within 1 s: unknown"):
        api.wait_for_dags(["unknown"], timeout=1)
    broken = folders.dags / "broken.py"
    broken.write_text("# airflow dag\nimport a_module_that_does_not_exist\n")
    try:
        with pytest.raises(OplatencyError, match="a_module_that_does_not_exist") as caught:
            api.wait_for_dags(["another"], timeout=60)
        assert "broken.py" in caught.value.where
    finally:
        broken.unlink()


@pytest.mark.slow
def test_F132_every_process_listens_on_the_loopback_address_only(running: Running) -> None:
    installation, server, airflow = running
    state = installation.running()
    assert state is not None
    launcher = psutil.Process(airflow.components["scheduler"].pid).ppid()
    members = session_members(launcher, start_mark(launcher) or "")
    assert {process.pid for process in airflow.components.values()} < set(members)
    listening = {
        (each.laddr.ip, each.laddr.port)
        for pid in (*members, server.pid)
        for each in psutil.Process(pid).net_connections(kind="inet")
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", airflow.port), ("127.0.0.1", server.port)}


@pytest.mark.slow
def test_the_pages_refuse_without_the_password_of_the_installation(running: Running) -> None:
    installation, _, airflow = running
    assert requests.get(f"{airflow.url}/api/v2/dags", timeout=10).status_code == 401
    with pytest.raises(OplatencyError, match="refused the login"):
        AirflowApi(airflow.url, "admin", "admin").dag_runs()
    logs = "".join(path.read_text(errors="replace") for path in installation.logs.iterdir())
    secrets = installation.secrets
    for secret in (secrets.admin_password, secrets.jwt_secret, secrets.fernet_key, *secrets.passwords.values()):
        assert secret not in logs


@pytest.mark.slow
def test_status_tells_what_runs_and_no_secret(running: Running) -> None:
    installation, server, airflow = running
    found = status(installation)
    assert found["running"]
    assert found["url"] == airflow.url
    assert found["postgres_port"] == server.port
    assert found["processes"] == {"postgres": True, **dict.fromkeys(COMPONENTS, True)}
    assert set(found["health"].values()) == {"healthy"}
    assert installation.secrets.admin_password not in json.dumps(found)


def start_beside(home: Path, folders: AirflowFolders) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(home), str(folders.dags)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(INCLUDE)},
        start_new_session=True,
    )


def everything_of(installation: Installation) -> tuple[RunningState, set[int]]:
    """Return what runs and all its pids: server, backends, components, workers."""
    state = installation.running()
    assert state is not None
    pids = {state.supervisor.pid, psutil.Process(state.components["scheduler"].pid).ppid()}
    for process in (state.postgres, *state.components.values()):
        pids |= {process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))}
    assert len(pids) > 12
    return state, pids


def healthy(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    assert line == "healthy\n", process.stderr.read()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["a dead component", "kill -9", "down"])
def test_F81_nothing_is_left_however_it_ends(home: Path, folders: AirflowFolders, way: str) -> None:
    process = start_beside(home, folders)
    try:
        healthy(process)
        installation = Installation.open(home)
        state, pids = everything_of(installation)
        if way == "a dead component":
            os.kill(state.components["dag-processor"].pid, signal.SIGKILL)
            said = process.communicate(timeout=30)[1]
            assert process.returncode == 1
            assert "Airflow's dag-processor has ended unexpectedly (signal 9)" in said
            assert "Searching for files in" in said or "airflow" in said, "the end of its log is shown"
        elif way == "kill -9":
            process.kill()
            process.wait()
            assert wait_until(lambda: all(map(gone, pids)), 10)
        else:
            assert down(installation) is True
            process.communicate(timeout=5)
            assert process.returncode == 128 + signal.SIGTERM
        assert [pid for pid in pids if not gone(pid)] == []
        assert wait_until(lambda: not installation.state_file.exists(), 2)
        assert down(installation) is False
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{state.postgres_port}/postgres")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_F81_a_port_lost_while_airflow_starts_is_replaced_by_another(
    home: Path, folders: AirflowFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = free_port()
    monkeypatch.setattr("oplatency.local.supervisor.DEFAULT_PORT", taken)
    with local_runtime(Installation.open(home), schedules=False, folders=folders) as (_, airflow):
        assert airflow.port == taken
        with socket.socket() as faster:
            faster.bind(("127.0.0.1", taken))
            faster.listen()
            airflow.wait_healthy()
        assert airflow.port != taken
