"""What Airflow is told about this machine."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from oplatency.local.components import (
    COMPONENTS,
    STOP_ORDER,
    AirflowFolders,
    airflow_environment,
    password_file,
    write_password_file,
)
from oplatency.local.installation import Installation

FOLDERS = AirflowFolders(Path("/a checkout/dags"), Path("/a checkout/plugins"))


def environment(home: Path, *, schedules: bool = False) -> dict[str, str]:
    installation = Installation.open(home)
    server = installation.server()
    server.port = 5433
    return airflow_environment(installation, server, folders=FOLDERS, schedules=schedules, api_port=8090)


def test_F132_airflow_is_told_to_listen_on_the_loopback_address_only(home: Path) -> None:
    settings = environment(home)
    assert settings["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert "0.0.0.0" not in json.dumps(settings)
    for name in ("scheduler", "triggerer"):
        assert "--skip-serve-logs" in COMPONENTS[name]


def test_every_component_is_stopped_in_a_known_order() -> None:
    assert sorted(name for step in STOP_ORDER for name in step) == sorted(COMPONENTS)
    assert STOP_ORDER[-1] == ("api-server",)


def test_settings_of_the_caller_for_another_airflow_or_server_are_left_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AIRFLOW__CORE__EXECUTOR", "AIRFLOW_HOME", "AIRFLOW_CONN_OTHER", "PGHOST", "PGPASSWORD"):
        monkeypatch.setenv(name, "of the caller")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    settings = environment(home)
    assert "of the caller" not in settings.values()
    assert settings["HTTP_PROXY"] == "http://proxy:1"
    assert "127.0.0.1" in settings["no_proxy"]


def test_the_folders_and_the_switch_of_the_timetables_are_passed_on(home: Path) -> None:
    settings = environment(home, schedules=True)
    assert settings["AIRFLOW__CORE__DAGS_FOLDER"] == "/a checkout/dags"
    assert settings["AIRFLOW__CORE__PLUGINS_FOLDER"] == "/a checkout/plugins"
    assert settings["OPLATENCY_SCHEDULES"] == "on"
    assert environment(home)["OPLATENCY_SCHEDULES"] == "off"


def test_each_connection_logs_in_as_a_role_of_its_own(home: Path) -> None:
    settings = environment(home)
    passwords = Installation.open(home).secrets.passwords
    wanted = {"OPLATENCY_DB": "writer", "OPLATENCY_OWNER": "owner", "OPLATENCY_READER": "reader"}
    for name, role in wanted.items():
        connection = json.loads(settings[f"AIRFLOW_CONN_{name}"])
        assert connection["login"] == f"oplatency_{role}"
        assert connection["password"] == passwords[f"oplatency_{role}"]
        assert (connection["host"], connection["port"], connection["schema"]) == ("127.0.0.1", 5433, "oplatency")
    assert passwords["postgres"] not in json.dumps(settings), "the superuser is none of Airflow's business"


def test_parallelism_fits_two_cores_and_can_be_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment(home)["AIRFLOW__CORE__PARALLELISM"] == "4"
    monkeypatch.setenv("OPLATENCY_AIRFLOW_PARALLELISM", "9")
    assert environment(home)["AIRFLOW__CORE__PARALLELISM"] == "9"


def test_the_password_of_the_pages_is_for_the_owner_only_and_kept(home: Path) -> None:
    installation = Installation.open(home)
    write_password_file(installation)
    path = password_file(installation)
    written = path.stat()
    assert stat.S_IMODE(written.st_mode) == 0o600
    assert json.loads(path.read_text()) == {"admin": installation.secrets.admin_password}
    write_password_file(installation)
    assert path.stat().st_mtime_ns == written.st_mtime_ns


def test_its_own_tasks_are_a_source_where_schedules_are_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = environment(home, schedules=True)
    assert settings["OPLATENCY_SOURCES__AIRFLOW__FORMAT"] == "airflow"
    connection = json.loads(settings["AIRFLOW_CONN_OPLATENCY_AIRFLOW"])
    assert (connection["host"], connection["port"], connection["login"]) == ("127.0.0.1", 8090, "admin")
    assert connection["password"] == Installation.open(home).secrets.admin_password
    assert settings["OPLATENCY_SOURCES__AIRFLOW__POLLING__CONNECTION"] == "oplatency_airflow"
    monkeypatch.setenv("OPLATENCY_SOURCES__AIRFLOW__POLLING__CONNECTION", "of the caller")
    assert environment(home, schedules=True)["OPLATENCY_SOURCES__AIRFLOW__POLLING__CONNECTION"] == "of the caller"


def test_its_own_tasks_are_no_source_of_a_demo(home: Path) -> None:
    assert not [name for name in environment(home) if "OPLATENCY_SOURCES" in name or "OPLATENCY_AIRFLOW" in name]
