"""Ends what a process left behind when that process dies, also by ``kill -9``.

The parent starts this file as a small child in a session of its own and sends it, line by line, which
sessions it has started. The pipe between them has one writer, the parent: when it closes, or when the
parent's pid is gone, the guardian ends every session it still knows and removes the files it was asked to
remove.

Only the standard library is imported and nothing from this package, so that it starts within milliseconds and
keeps working while the package is being reinstalled.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["postgres", "session"]

#: A folder is only ever removed when it holds a file of this name: we wrote it there.
MARKER = "OPLATENCY_DATA"

# Seconds after the parent's death. All of it must fit into ten seconds.
_TERMINATE_AGAIN_S = 2.5
_KILL_SESSION_S = 4.0
_QUIT_POSTGRES_S = 5.0
_KILL_POSTGRES_S = 7.0
_GIVE_UP_S = 9.0
_POLL_PARENT_S = 1.0


def process_table() -> dict[int, tuple[int, str]]:
    """Every live process as ``pid -> (parent's pid, start mark)``; zombies count as gone.

    A start mark distinguishes a process from a later one with the same pid. On Linux it is the start time in clock
    ticks since boot, which no change of the system clock can move.
    """
    table: dict[int, tuple[int, str]] = {}
    if sys.platform == "linux":
        for entry in os.listdir("/proc"):  # noqa: PTH208 - a hundred path objects a second are not needed
            if entry.isdigit() and (row := _read_stat(int(entry))):
                table[int(entry)] = row
        return table
    listing = subprocess.run(["ps", "-axo", "pid=,ppid=,stat=,lstart="], capture_output=True, text=True, check=False)
    for line in listing.stdout.splitlines():
        pid, parent, state, mark = line.split(None, 3)
        if not state.startswith("Z"):
            table[int(pid)] = (int(parent), mark)
    return table


def _read_stat(pid: int) -> tuple[int, str] | None:
    try:
        content = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The second field is the command in brackets and may itself hold spaces and brackets.
    fields = content[content.rindex(b")") + 2 :].split()
    return None if fields[0] in (b"Z", b"X") else (int(fields[1]), fields[19].decode())


def start_mark(pid: int) -> str | None:
    """Return the start mark of a live process, or None when there is none with that pid."""
    row = _read_stat(pid) if sys.platform == "linux" else process_table().get(pid)
    return row[1] if row else None


def send(pid: int, number: int) -> None:
    """Send a signal; a process that has gone meanwhile, or is not ours, is left alone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def session_members(session: int, mark: str, kind: Kind = "session") -> dict[int, str]:
    """Find the live processes of a session and their descendants as ``pid -> start mark``.

    Parameters
    ----------
    session : int
        Session id, which is the pid of the process that opened it.
    mark : str
        Start mark of that process. When another process has taken its pid, nothing is returned.
    kind : {"postgres", "session"}
        PostgreSQL's children open sessions of their own, so there the descendants of the postmaster count.
        Airflow's tasks leave the process group but not the session, so there every process of the session
        counts.
    """
    table = process_table()
    if session in table and table[session][1] != mark:
        return {}
    found = {session} if session in table else set()
    if kind == "session":
        for pid in table:
            with contextlib.suppress(OSError):
                if os.getsid(pid) == session:
                    found.add(pid)
    grown = True
    while grown:
        children = {pid for pid, (parent, _) in table.items() if parent in found} - found
        found |= children
        grown = bool(children)
    return {pid: table[pid][1] for pid in found}


@dataclass
class _Watched:
    session: int
    mark: str
    kind: Kind
    members: dict[int, str]

    def refresh(self) -> None:
        """Forget members that ended, take in new ones."""
        self.members.update(session_members(self.session, self.mark, self.kind))
        self.members = {pid: mark for pid, mark in self.members.items() if start_mark(pid) == mark}

    def step(self, age: float, sent: set[str]) -> None:
        """Send the signals due ``age`` seconds after the parent's death, each once."""
        if self.kind == "postgres":
            due = [("int", 0.0, signal.SIGINT), ("quit", _QUIT_POSTGRES_S, signal.SIGQUIT)]
            targets, last = [self.session], _KILL_POSTGRES_S
        else:
            due = [("term", 0.0, signal.SIGTERM), ("again", _TERMINATE_AGAIN_S, signal.SIGTERM)]
            targets, last = list(self.members), _KILL_SESSION_S
        if age >= last:
            for pid in self.members:
                send(pid, signal.SIGKILL)
            return
        for name, at, number in due:
            key = f"{self.session}:{name}"
            if age >= at and key not in sent:
                sent.add(key)
                for pid in targets:
                    if pid in self.members:
                        send(pid, number)


def _end_all(watched: dict[int, _Watched]) -> None:
    began = time.monotonic()
    sent: set[str] = set()
    while (age := time.monotonic() - began) < _GIVE_UP_S:
        for item in watched.values():
            item.refresh()
        if not any(item.members for item in watched.values()):
            return
        for item in watched.values():
            if item.members:
                item.step(age, sent)
        time.sleep(0.1)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            if (path / MARKER).is_file():
                shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _guard(parent: int) -> None:
    watched: dict[int, _Watched] = {}
    leftovers: list[str] = []
    buffer = b""
    while True:
        # A fork of the parent may hold the pipe open as well, hence the second look at the parent's pid.
        ready, _, _ = select.select([0], [], [], _POLL_PARENT_S)
        if ready:
            chunk = os.read(0, 65536)
            if not chunk:
                break
            buffer += chunk
        elif os.getppid() != parent:
            break
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "watch" in message:
                session = message["watch"]
                watched[session] = _Watched(session, message["mark"], message["kind"], {})
            elif "forget" in message:
                watched.pop(message["forget"], None)
            elif "remove" in message:
                leftovers.append(message["remove"])
    _end_all(watched)
    for name in leftovers:
        _remove(Path(name))


class Guardian:
    """The parent's side: starts the guardian process and sends it what to end and what to remove.

    One guardian can serve the server and Airflow together. It survives Ctrl-C and the end of a terminal, and
    goes by itself once the parent has closed the pipe.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running guardian."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the guardian process; a second call does nothing."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )

    def watch(self, session: int, kind: Kind = "session") -> None:
        """End this session when the parent dies. Call it right after the session was opened."""
        mark = start_mark(session)
        self.start()
        if mark is not None:
            self._send({"watch": session, "mark": mark, "kind": kind})

    def forget(self, session: int) -> None:
        """Leave this session alone from now on: the parent has ended it."""
        self._send({"forget": session})

    def remove_afterwards(self, path: Path) -> None:
        """Remove a file, or a folder that carries our marker, when the parent dies."""
        self.start()
        self._send({"remove": str(path)})

    def close(self) -> None:
        """Let the guardian go; whatever it still watches is ended first."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GIVE_UP_S + 2)

    def _send(self, message: dict[str, object]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        # A guardian that somebody killed must not take the parent with it.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()


if __name__ == "__main__":
    for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(_number, signal.SIG_IGN)
    _guard(int(sys.argv[1]))
