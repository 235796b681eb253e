"""The guardian ends what it was told to end, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from oplatency.local.guardian import MARKER, Guardian, process_table, session_members, start_mark

from .conftest import Start, gone, wait_until

# A child leaves the process group of its session, as Airflow's tasks do, and ignores the first polite signal.
WATCH_A_SESSION = """
import subprocess, sys, time
from oplatency.local.guardian import Guardian
code = '''
import os, signal, time
if os.fork() == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"%d " % os.getpid())
os.close(1)
time.sleep(100)
'''
child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                         start_new_session=True)
guardian = Guardian()
guardian.watch(child.pid)
pids = child.stdout.read().split()
"""
TELL = "print(*pids, guardian.pid, flush=True)\ntime.sleep(100)\n"
FORK = "import os\nif os.fork() == 0:\n    os.close(1), os.close(2)\n    time.sleep(30)\n"


def ignored(pid: int) -> set[signal.Signals]:
    status = Path(f"/proc/{pid}/status").read_text()
    mask = int(status.split("SigIgn:")[1].split()[0], 16)
    return {number for number in signal.Signals if mask >> (number - 1) & 1}


def test_a_killed_parent_leaves_no_process_of_its_sessions(program: Start) -> None:
    parent = program(WATCH_A_SESSION + TELL)
    assert parent.stdout
    first, second, guardian = map(int, parent.stdout.readline().split())
    assert os.getpgid(first) != os.getpgid(second)
    assert os.getsid(first) == os.getsid(second)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: all(map(gone, (first, second, guardian))), 10)


def test_a_parent_whose_fork_keeps_the_pipe_open_is_noticed_as_well(program: Start) -> None:
    parent = program(WATCH_A_SESSION + FORK + TELL)
    assert parent.stdout
    first, second, guardian = map(int, parent.stdout.readline().split())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert wait_until(lambda: all(map(gone, (first, second, guardian))), 10)


def test_a_session_that_the_parent_has_taken_back_is_left_alone(program: Start) -> None:
    parent = program(WATCH_A_SESSION + "guardian.forget(child.pid)\n" + TELL)
    assert parent.stdout
    first, second, guardian = map(int, parent.stdout.readline().split())
    try:
        assert wait_until(lambda: not gone(guardian))
        parent.kill()
        parent.wait()
        assert wait_until(lambda: gone(guardian), 10)
        assert not any(map(gone, (first, second)))
    finally:
        for pid in (first, second):
            os.kill(pid, signal.SIGKILL)


def test_a_process_that_has_taken_over_a_pid_is_left_alone() -> None:
    foreign = subprocess.Popen(["sleep", "100"], start_new_session=True)
    guardian = Guardian()
    try:
        guardian.start()
        guardian._send({"watch": foreign.pid, "mark": "some other start", "kind": "session"})
        guardian.close()
        assert foreign.poll() is None
        assert session_members(foreign.pid, "some other start") == {}
    finally:
        foreign.kill()
        foreign.wait()


def test_only_files_and_folders_with_our_marker_are_removed(tmp_path: Path) -> None:
    for name in ("ours", "foreign"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").touch()
    (tmp_path / "ours" / MARKER).touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "foreign")
    guardian = Guardian()
    for name in ("ours", "foreign", "file", "link"):
        guardian.remove_afterwards(tmp_path / name)
    guardian.close()
    assert {path.name for path in tmp_path.iterdir()} == {"foreign"}
    assert (tmp_path / "foreign" / "content").exists()


def test_a_guardian_that_somebody_killed_does_not_harm_its_parent() -> None:
    guardian = Guardian()
    guardian.start()
    assert guardian.pid is not None
    os.kill(guardian.pid, signal.SIGKILL)
    assert wait_until(lambda: guardian.pid is not None and gone(guardian.pid))
    guardian.watch(os.getpid())
    guardian.close()


def test_ctrl_c_and_polite_signals_do_not_end_the_guardian() -> None:
    guardian = Guardian()
    guardian.start()
    assert guardian.pid is not None
    pid = guardian.pid
    assert os.getsid(pid) == pid
    # It ignores signals once it has set itself up.
    assert wait_until(lambda: signal.SIGTERM in ignored(pid))
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} <= ignored(pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert not wait_until(lambda: gone(pid), 0.3)
    guardian.close()
    assert gone(pid)


def test_a_zombie_counts_as_gone() -> None:
    process = subprocess.Popen(["true"])
    assert wait_until(lambda: start_mark(process.pid) is None)
    assert process.pid not in process_table()
    process.wait()


@pytest.mark.parametrize("name", ["a b", "brackets ) (", "x" * 15])
def test_a_process_with_a_strange_name_has_a_start(tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(program), "100"])
    try:
        mark = start_mark(process.pid)
        assert mark is not None
        assert mark.isdigit()
    finally:
        process.kill()
        process.wait()
