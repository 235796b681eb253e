"""Places for data folders, programs that run beside the test, and looking at what is left of them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from oplatency.errors import OplatencyError
from oplatency.local.binaries import SYSTEM_DIR, create_system_dir
from oplatency.local.guardian import start_mark
from oplatency.local.installation import Installation

INCLUDE = Path(__file__).resolve().parents[2] / "include"

Start = Callable[..., subprocess.Popen[str]]


def wait_until(done: Callable[[], bool], timeout: float = 10.0) -> bool:
    """Wait until something is so; tell whether it became so in time."""
    deadline = time.monotonic() + timeout
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def servers_on(data_dir: Path) -> list[int]:
    """Return the pids of all processes that work in a data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(data_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def gone(pid: int) -> bool:
    """Whether no live process has this pid."""
    return start_mark(pid) is None


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that the user of the server can enter: below the system folder for root."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    folder = create_system_dir() / f"test-{secrets.token_hex(4)}"
    folder.mkdir()
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def program() -> Iterator[Start]:
    """Start Python programs beside the test; whatever still runs at its end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(
        code: str, *arguments: str, python: str = sys.executable, user: int | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [python, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(INCLUDE), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a home folder that does not exist yet; as root its data folder is removed afterwards."""
    folder = tmp_path / "home of oplatency ö"
    yield folder
    if os.geteuid() == 0 and (folder / "secrets.json").is_file():
        with contextlib.suppress(OplatencyError):
            data_dir = Installation.open(folder).data_dir
            assert SYSTEM_DIR in data_dir.parents
            shutil.rmtree(data_dir.parent, ignore_errors=True)
