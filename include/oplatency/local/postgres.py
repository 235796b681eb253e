"""The embedded PostgreSQL: one data folder, one server process, ended by whoever started it.

The server listens on TCP at 127.0.0.1 only. There is no socket file, so the length of the path does not
matter. ``postgres`` runs as a direct child in a session of its own: its pid is known, Ctrl-C in the terminal
does not reach it, and a guardian (see :mod:`oplatency.local.guardian`) ends it when we die without a chance
to do so.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from oplatency.errors import OplatencyError
from oplatency.local import data_folder
from oplatency.local.binaries import SYSTEM_DIR, create_system_dir, installation_for, server_account
from oplatency.local.guardian import MARKER, Guardian, send, session_members, start_mark

HOST = "127.0.0.1"
SUPERUSER = "postgres"

_START_TIMEOUT_S = 60.0
_FAST_STOP_S = 10.0
_IMMEDIATE_STOP_S = 6.0

#: For two cores and little memory. No standby ever reads this server's log, hence the minimal one.
DEFAULT_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "jit": "off",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    # Two loads at once fill the default, 8 MB, faster than it is written out, and wait for each other.
    "wal_buffers": "64MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # A failed statement is reported to its client. Written here too, its values would stay on disk.
    "log_min_error_statement": "panic",
}


def data_dir_for(home: Path, installation_id: str) -> Path:
    """Return where the data of an installation belongs.

    A normal user keeps it in the installation's home. Root cannot: the system user that runs the server may
    not be able to enter the home, so the data lies below ``/var/lib/oplatency``.
    """
    return SYSTEM_DIR / installation_id / "pgdata" if os.geteuid() == 0 else home / "pgdata"


class EmbeddedPostgres:
    """A PostgreSQL server on 127.0.0.1 that belongs to this process.

    Parameters
    ----------
    data_dir : Path
        The data folder; created on the first start. As root it must lie where the system user can enter:
        see :func:`data_dir_for`.
    superuser_password : str
        Password of the user ``postgres``, set when the folder is created.
    port : int, optional
        TCP port; by default a free one.
    settings : mapping, optional
        Server settings that replace or extend `DEFAULT_SETTINGS`.
    log_file : Path, optional
        By default ``postgres.log`` beside the data folder.
    guardian : Guardian, optional
        By default the server brings its own.

    Attributes
    ----------
    port : int
        The port in use, once started.
    pid : int
        The pid of the server's first process, once started.
    guardian : Guardian
        Ends the server when this process dies; it can watch over more.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        superuser_password: str,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        log_file: Path | None = None,
        guardian: Guardian | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.log_file = log_file or self.data_dir.with_name("postgres.log")
        self.port = port or 0
        self.pid = 0
        self._superuser_password = superuser_password
        self._wanted_port = port
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._own_guardian = guardian is None
        self.guardian = guardian or Guardian()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: data_folder.FolderLock | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def bin_dir(self) -> Path:
        """Folder of ``psql``, ``pgbench`` and the other programs, runnable by the current user."""
        return installation_for(server_account()) / "bin"

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the connection URL of a database; without a password for anybody but the superuser."""
        if password is None and user == SUPERUSER:
            password = self._superuser_password
        secret = "" if password is None else ":" + quote(password, safe="")
        return f"postgresql://{quote(user, safe='')}{secret}@{HOST}:{self.port}/{quote(database, safe='')}"

    def start(self) -> None:
        """Create the data folder if it is new, start the server and wait until it answers.

        A server of ours that was left behind on this folder is ended first. Other processes are never
        touched.

        Raises
        ------
        OplatencyError
            When the port is taken, the folder is in use, is not ours or has another major version, or the
            server does not start.
        """
        if self.running:
            return
        if self._wanted_port is not None:
            require_free_port(self._wanted_port)
        self._lock = data_folder.lock(self.data_dir)
        try:
            account = server_account()
            binaries = installation_for(account) / "bin"
            data_folder.end_leftover_server(self.data_dir)
            data_folder.create(self.data_dir, binaries, account, self._superuser_password)
            self.guardian.start()
            for attempt in range(5):
                self.port = self._wanted_port or free_port()
                if self._launch(binaries, account.uid, account.gid):
                    return
                # Somebody was faster on the port that we had picked; another one will do.
                time.sleep(0.05 * attempt)
            raise OplatencyError(
                f"PostgreSQL could not listen on {HOST}:{self.port}: the port is taken.",
                where=str(self.log_file),
                remedy="Choose another port, or end the process that holds it.",
            )
        except BaseException:
            self.stop()
            raise

    def _launch(self, binaries: Path, uid: int | None, gid: int | None) -> bool:
        """Start the server; False when its port is taken."""
        settings = {
            **self._settings,
            "port": str(self.port),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
        }
        command = [str(binaries / "postgres"), "-D", str(self.data_dir)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            log_start = os.fstat(log).st_size
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=data_folder.SERVER_ENVIRONMENT,
                start_new_session=True,
                user=uid,
                group=gid,
                extra_groups=None if uid is None else [],
            )
        finally:
            os.close(log)
        self.pid = self._process.pid
        self.guardian.watch(self.pid, "postgres")
        deadline = time.monotonic() + _START_TIMEOUT_S
        while self._process.poll() is None:
            if data_folder.is_ready(self.data_dir, self.pid):
                return True
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        died = self._process.poll() is not None
        self._end_process()
        with self.log_file.open("rb") as written:
            written.seek(log_start)
            tail = written.read()[-2000:].decode(errors="replace")
        if died and "could not create any TCP/IP sockets" in tail:
            return False
        message = "stopped while starting" if died else f"did not answer within {_START_TIMEOUT_S:.0f} s"
        lines = [line.strip() for line in tail.splitlines() if line.strip()]
        raise OplatencyError(
            f"PostgreSQL {message}: {' / '.join(lines[-4:]) or 'it left no message'}",
            where=str(self.log_file),
            remedy=f"Read the end of the log. The data folder is {self.data_dir}.",
        )

    def stop(self) -> None:
        """Stop the server: fast shutdown, then immediate, then kill. Safe to call again."""
        self._end_process()
        if self._own_guardian:
            self.guardian.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        mark = start_mark(process.pid)
        for number, patience in ((signal.SIGINT, _FAST_STOP_S), (signal.SIGQUIT, _IMMEDIATE_STOP_S)):
            if process.poll() is None:
                send(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=patience)
        if process.poll() is None and mark is not None:
            for pid in session_members(process.pid, mark, "postgres"):
                send(pid, signal.SIGKILL)
            process.wait()
        self.guardian.forget(process.pid)
        self.pid = 0


@contextlib.contextmanager
def temporary_server(settings: Mapping[str, str] | None = None) -> Iterator[EmbeddedPostgres]:
    """Run a server on a fresh data folder that is removed at the end, also when this process is killed.

    Durability is off: for tests and recordings, never for data that anybody wants to keep.
    """
    parent = create_system_dir() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="oplatency-temporary-", dir=parent))
    if parent is not None:
        folder.chmod(0o711)
    (folder / MARKER).touch()
    guardian = Guardian()
    guardian.remove_afterwards(folder)
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    server = EmbeddedPostgres(
        folder / "pgdata",
        superuser_password=secrets.token_urlsafe(16),
        settings={**quick, **(settings or {})},
        guardian=guardian,
    )
    try:
        with server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        guardian.close()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether nothing listens on this TCP port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do it: connections of a previous server that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free_port(port: int) -> int:
    """Return the port if nothing listens on it, else raise OplatencyError."""
    if not port_is_free(port):
        raise OplatencyError(
            f"Port {port} is taken by another process.",
            where=f"{HOST}:{port}",
            remedy="Choose another port, leave the choice to us, or end the process that holds it.",
        )
    return port
