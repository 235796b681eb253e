"""An installation keeps its secrets to itself and knows whether it runs."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from oplatency.errors import OplatencyError
from oplatency.local import installation as module
from oplatency.local.installation import Installation, ProcessMark, RunningState, project_root, write_private

from .conftest import Start


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def a_state(supervisor: ProcessMark) -> RunningState:
    return RunningState(
        supervisor=supervisor,
        postgres=supervisor,
        postgres_port=5433,
        components={"scheduler": supervisor},
        api_url="http://127.0.0.1:8080",
        schedules=True,
        started_at="2024-05-01T00:00:00+00:00",
    )


def test_F83_folders_and_secrets_are_for_the_owner_only_whatever_the_umask(home: Path) -> None:
    previous = os.umask(0)
    try:
        installation = Installation.open(home)
        installation.write_state(a_state(ProcessMark.current()))
    finally:
        os.umask(previous)
    assert mode(home) == 0o700
    assert mode(installation.secrets_file) == 0o600
    assert mode(installation.state_file) == 0o600
    assert {mode(part) for part in (installation.landing, installation.airflow_home, installation.logs)} == {0o700}


def test_opening_again_finds_the_same_secrets(home: Path) -> None:
    assert Installation.open(home) == Installation.open(home)


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    one, other = (Installation.open(tmp_path / name).secrets for name in "ab")
    ours = [one.installation_id, one.fernet_key, one.jwt_secret, one.api_secret_key, one.admin_password]
    theirs = json.dumps(dataclasses.asdict(other))
    assert len({*ours, *one.passwords.values()}) == len(ours) + len(one.passwords)
    assert not any(secret in theirs for secret in (*ours, *one.passwords.values()))


def test_two_first_commands_at_once_agree(home: Path, program: Start) -> None:
    code = (
        "import sys; from pathlib import Path; from oplatency.local.installation import Installation;"
        "print(Installation.open(Path(sys.argv[1])).installation_id)"
    )
    started = [program(code, str(home)) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert sorted(path.name for path in home.iterdir()) == ["airflow", "landing", "logs", "secrets.json"]


def test_secrets_are_not_printed(home: Path) -> None:
    installation = Installation.open(home)
    assert installation.secrets.admin_password not in repr(installation)
    assert installation.secrets.passwords["postgres"] not in repr(installation)


def test_a_damaged_secrets_file_is_an_error_that_names_it(home: Path) -> None:
    Installation.open(home)
    (home / "secrets.json").write_text("{")
    with pytest.raises(OplatencyError, match="secrets") as caught:
        Installation.open(home)
    assert str(home) in caught.value.where


def test_F80_a_home_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OplatencyError, match="cannot be used") as caught:
        Installation.open(tmp_path / "file" / "home")
    assert "OPLATENCY_HOME" in caught.value.remedy


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Installation.open(tmp_path)
    assert mode(tmp_path) == 0o755


def test_it_runs_only_while_the_very_process_that_said_so_lives(home: Path) -> None:
    installation = Installation.open(home)
    assert installation.running() is None
    child = subprocess.Popen(["sleep", "100"])
    state = a_state(ProcessMark.of(child.pid))
    installation.write_state(state)
    assert installation.running() == state
    # The pid is in use again, by a process that started at another time.
    installation.write_state(a_state(ProcessMark(child.pid, "1")))
    assert installation.running() is None
    installation.write_state(state)
    child.kill()
    child.wait()
    assert installation.running() is None
    installation.state_file.write_text("nonsense")
    assert installation.running() is None
    installation.clear_state()
    assert not installation.state_file.exists()


def test_a_private_file_is_replaced_whole_and_leaves_no_rest(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "old")
    write_private(tmp_path / "file", "new")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "file", "newer", replace=False)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "new")]


def test_the_home_is_in_the_checkout_unless_the_environment_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPLATENCY_HOME", str(tmp_path / "elsewhere"))
    assert module.default_home() == tmp_path / "elsewhere"


def test_outside_a_checkout_the_error_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "a/b/c/installation.py"))
    with pytest.raises(OplatencyError, match="needs a checkout"):
        project_root()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "dags").mkdir()
    assert project_root() == tmp_path
