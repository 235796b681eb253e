"""The doctor finds what is wrong and says what to do."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from oplatency.local import doctor
from oplatency.local.doctor import Check, diagnose
from oplatency.local.installation import Installation, ProcessMark, RunningState
from oplatency.local.warehouse import prepare_cluster

PSUTIL = version("psutil")


def look(installation: Installation) -> dict[str, Check]:
    return {check.name: check for check in diagnose(installation)}


def record(installation: Installation, supervisor: ProcessMark, postgres: ProcessMark, port: int) -> None:
    installation.write_state(
        RunningState(supervisor, postgres, port, {}, "http://127.0.0.1:1", schedules=False, started_at="today")
    )


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    locked = f"psutil=={PSUTIL} \\\n    --hash=sha256:00\n# via oplatency\n"
    (folder / "requirements.txt").write_text(locked)
    monkeypatch.setattr(doctor, "project_root", lambda: folder)
    return folder


def test_a_fresh_installation_is_well(home: Path) -> None:
    assert [check for check in diagnose(Installation.open(home)) if not check.ok] == []


def test_loose_permissions_are_found_with_the_command_that_mends_them(home: Path) -> None:
    installation = Installation.open(home)
    home.chmod(0o755)
    installation.secrets_file.chmod(0o644)
    found = look(installation)
    assert not found["home"].ok
    assert not found["secrets"].ok
    assert found["secrets"].remedy == f"Run `chmod 600 '{installation.secrets_file}'`."


def test_a_package_of_another_version_than_locked_is_named(home: Path, checkout: Path) -> None:
    (checkout / "requirements.txt").write_text("psutil==1.0\n")
    assert look(Installation.open(home))["packages"] == Check(
        "packages", ok=False, detail=f"psutil {PSUTIL} instead of 1.0", remedy="Run `make install`."
    )


def test_a_record_that_a_crash_left_behind_is_found(home: Path) -> None:
    installation = Installation.open(home)
    record(installation, ProcessMark(1, "never"), ProcessMark(1, "never"), 1)
    assert not look(installation)["runtime"].ok


def test_F80_data_of_another_major_version_is_found(home: Path) -> None:
    installation = Installation.open(home)
    installation.data_dir.mkdir(parents=True)
    (installation.data_dir / "PG_VERSION").write_text("15\n")
    found = look(installation)["server"]
    assert not found.ok
    assert "pg_dump" in found.remedy


def test_a_running_server_and_its_roles_are_looked_at(home: Path) -> None:
    installation = Installation.open(home)
    with installation.server() as server:
        prepare_cluster(server, installation)
        record(installation, ProcessMark.current(), ProcessMark.of(server.pid), server.port)
        found = look(installation)
        assert found["server"].detail == "PostgreSQL 18 answers"
        assert found["roles"] == Check("roles", True, "all four can log in", found["roles"].remedy)
        record(installation, ProcessMark.current(), ProcessMark.of(server.pid), server.port + 1)
        found = look(installation)
        assert not found["server"].ok
        assert not found["roles"].ok


def test_a_record_with_a_dead_server_is_found(home: Path) -> None:
    installation = Installation.open(home)
    record(installation, ProcessMark.current(), ProcessMark(1, "never"), 1)
    assert look(installation)["runtime"].detail == "dead: postgres"
