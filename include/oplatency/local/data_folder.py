"""The data folder of the embedded server: who may use it, what it holds, how it is created.

A folder that we did not create is never initialised over, started on, or removed. A file with the name
:data:`~oplatency.local.guardian.MARKER` inside marks the ones that are ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil

from oplatency.errors import OplatencyError
from oplatency.local.binaries import SYSTEM_DIR, Account, create_system_dir
from oplatency.local.guardian import MARKER

#: Nothing of the caller's environment reaches the server: PGDATA, PGPORT or a locale would change its
#: meaning.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "LANG": "C", "TZ": "UTC"}

#: Major version of the embedded server.
MAJOR_VERSION = "18"


class FolderLock:
    """An exclusive lock on a data folder, held while its server runs; the kernel releases it if we die."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; safe to call again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def lock(data_dir: Path) -> FolderLock:
    """Take the lock of a data folder without waiting.

    Raises
    ------
    OplatencyError
        When another process holds it, or the place cannot be written.
    """
    path = data_dir.with_name(data_dir.name + ".lock")
    try:
        _create_parent(data_dir.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OplatencyError(
            f"The data folder's place cannot be written: {error.strerror}.",
            where=str(data_dir.parent),
            remedy="Set OPLATENCY_HOME to a folder that you can write to.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise OplatencyError(
            f"Another oplatency (pid {holder or 'unknown'}) runs the server of this data folder.",
            where=str(data_dir),
            remedy="Stop it with `oplatency down`, or wait until it has finished.",
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return FolderLock(descriptor)


def _create_parent(folder: Path) -> None:
    if folder.is_dir():
        return
    root = os.geteuid() == 0
    if root and SYSTEM_DIR in folder.parents:
        create_system_dir()
    folder.mkdir(parents=True, exist_ok=True)
    # Passing through must be possible for the system user, whatever umask root has; listing is not needed.
    folder.chmod(0o711 if root else 0o700)


def is_ready(data_dir: Path, pid: int) -> bool:
    """Whether the server with this pid says in its ``postmaster.pid`` that it accepts connections."""
    lines = _pid_file_lines(data_dir)
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _pid_file_lines(data_dir: Path) -> list[str]:
    try:
        return (data_dir / "postmaster.pid").read_text(errors="replace").splitlines()
    except OSError:
        return []


def end_leftover_server(data_dir: Path) -> None:
    """End a server of ours that survived its parent on this folder, and clear a pid file that misleads.

    Call it while holding the folder's lock: then no living oplatency owns such a server. What counts as ours
    is a process called ``postgres`` whose working directory is this folder; the pid in a stale file is never
    trusted, it may belong to anybody by now.

    Raises
    ------
    OplatencyError
        When a leftover cannot be ended.
    """
    if not (data_dir / "postmaster.pid").exists():
        return
    for number, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 3.0)):
        leftover = _servers_on(data_dir)
        for process in leftover:
            # Only the first process knows how to stop all; backends that outlived it are ended with it.
            if number != signal.SIGINT or process.pid == _first_process(data_dir):
                with contextlib.suppress(psutil.Error):
                    process.send_signal(number)
        if not psutil.wait_procs(leftover, timeout=patience)[1]:
            break
    else:
        raise OplatencyError(
            f"A server that was left behind could not be ended (pid {leftover[0].pid}).",
            where=str(data_dir),
            remedy="End it by hand, then start again.",
        )
    # Its pid may meanwhile be some other process of the same user, at which PostgreSQL would refuse to start.
    (data_dir / "postmaster.pid").unlink(missing_ok=True)


def _first_process(data_dir: Path) -> int | None:
    lines = _pid_file_lines(data_dir)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _servers_on(data_dir: Path) -> list[psutil.Process]:
    folder = str(data_dir.resolve())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name().startswith("postgres") and process.cwd() == folder:
                found.append(process)
    return found


def create(data_dir: Path, binaries: Path, account: Account, superuser_password: str) -> None:
    """Initialise the folder unless it is one of ours already.

    The work is done in a folder beside it and renamed at the end: a killed start leaves no half of a
    database.

    Raises
    ------
    OplatencyError
        When the folder is of another major version or not ours, or ``initdb`` fails.
    """
    if data_dir.is_dir() and any(data_dir.iterdir()):
        _check_existing(data_dir)
        return
    for abandoned in data_dir.parent.glob(f"{data_dir.name}.new-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{data_dir.name}.new-", dir=data_dir.parent))
    handle, password_name = tempfile.mkstemp(prefix=f"{data_dir.name}.password-", dir=data_dir.parent)
    try:
        os.write(handle, superuser_password.encode())
        os.close(handle)
        account.own(fresh)
        account.own(Path(password_name))
        _initdb(fresh, binaries, account, password_name)
        marker = fresh / MARKER
        marker.write_text("Created by oplatency, which may also remove this folder.\n")
        account.own(marker)
        fresh.rename(data_dir)
    finally:
        Path(password_name).unlink(missing_ok=True)
        if fresh.exists():
            shutil.rmtree(fresh, ignore_errors=True)


def _check_existing(data_dir: Path) -> None:
    try:
        version = (data_dir / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        version = ""
    if version and version != MAJOR_VERSION:
        raise OplatencyError(
            f"The data folder belongs to PostgreSQL {version}; this is PostgreSQL {MAJOR_VERSION}.",
            where=str(data_dir),
            remedy="Move the folder away to start afresh; to keep its data, use pg_dump and pg_restore.",
        )
    if not version or not (data_dir / MARKER).is_file():
        raise OplatencyError(
            "The data folder is not empty and was not created by oplatency.",
            where=str(data_dir),
            remedy="Set OPLATENCY_HOME to another folder. Nothing was changed in this one.",
        )


def _initdb(target: Path, binaries: Path, account: Account, password_file: str) -> None:
    command = [
        str(binaries / "initdb"),
        "-D",
        str(target),
        "--username=postgres",
        f"--pwfile={password_file}",
    ]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=SERVER_ENVIRONMENT,
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else [],
        start_new_session=True,
    )
    if result.returncode != 0:
        lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        raise OplatencyError(
            f"A new database could not be created: {' / '.join(lines[-3:])}",
            where=str(target.parent),
            remedy="Check the space in that folder; as root it must be open to the system user.",
        )
