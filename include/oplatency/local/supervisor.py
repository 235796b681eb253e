"""A local Airflow under supervision: four components that start together, are watched, and end in order.

All of Airflow's processes live in one session, led by :mod:`oplatency.local.launcher`. Tasks leave their
process group but not the session, so ending the session ends everything. When this process is killed, the
guardian does it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from oplatency.errors import OplatencyError
from oplatency.local.api import AirflowApi
from oplatency.local.components import COMPONENTS, STOP_ORDER, AirflowFolders, airflow_environment, write_password_file
from oplatency.local.guardian import send, session_members, start_mark
from oplatency.local.installation import AIRFLOW_USER, Installation, ProcessMark, project_root, write_private
from oplatency.local.postgres import HOST, EmbeddedPostgres, port_is_free, require_free_port
from oplatency.warehouse import database

DEFAULT_PORT = 8080
_PORTS_TRIED = 100
# Generous: a component that dies is noticed at once, so this only has to outlast a busy machine.
_HEALTH_TIMEOUT_S = 300.0
_LAUNCHER = "launcher"
# The scheduler waits for running tasks at the first signal and stops waiting at the second.
_TASKS_PATIENCE_S = 4.0
# Of the others nothing is lost: triggers and files are taken up again at the next start.
_PATIENCE_S = 1.5


class ComponentDiedError(OplatencyError):
    """A process of the local Airflow ended by itself; the message names it and shows the end of its log."""


class LocalAirflow:
    """The four components of Airflow as children of this process, as a context manager.

    Parameters
    ----------
    installation : Installation
        Supplies folders and secrets.
    server : EmbeddedPostgres
        The running server, with its databases (see :func:`oplatency.local.warehouse.prepare_cluster`). Its
        guardian watches over Airflow too.
    schedules : bool
        Whether the DAGs carry their timetables.
    port : int, optional
        TCP port of the api-server; by default 8080 or the next free one.
    folders : AirflowFolders, optional
        By default those of the checkout.

    Attributes
    ----------
    port : int
        The port in use, once started.
    """

    def __init__(
        self,
        installation: Installation,
        server: EmbeddedPostgres,
        *,
        schedules: bool,
        port: int | None = None,
        folders: AirflowFolders | None = None,
    ) -> None:
        self.port = port or 0
        self._installation = installation
        self._server = server
        self._schedules = schedules
        self._wanted_port = port
        self._folders = folders
        self._launcher: subprocess.Popen[bytes] | None = None
        self._session = ProcessMark(0, "")
        self._components: dict[str, ProcessMark] = {}
        self._ended: dict[str, int] = {}
        self._unread = b""
        self._started_at = datetime.now(UTC)

    @property
    def url(self) -> str:
        """Address of the pages and of the REST API."""
        return f"http://{HOST}:{self.port}"

    @property
    def components(self) -> dict[str, ProcessMark]:
        """The components that have been started so far, by name."""
        self._listen()
        return dict(self._components)

    def api(self) -> AirflowApi:
        """Return a client that is logged in as the installation's user and fails at once when a component dies."""
        password = self._installation.secrets.admin_password
        return AirflowApi(self.url, AIRFLOW_USER, password, check=self.check_alive)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the components without waiting for them; see :meth:`wait_healthy`.

        Raises
        ------
        OplatencyError
            When the port is taken, or there is no checkout with DAG files.
        """
        folders = self._folders or AirflowFolders.of(project_root())
        self.port = choose_port(self._wanted_port)
        write_password_file(self._installation)
        arguments = [str(self._installation.logs)]
        if not self._is_migrated():
            arguments.append("migrate")
        for name in ("migrate", _LAUNCHER, *COMPONENTS):
            log = self._log(name)
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
        self._started_at = datetime.now(UTC)
        self._components, self._ended, self._unread = {}, {}, b""
        with self._log(_LAUNCHER).open("ab") as log_file:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "oplatency.local.launcher", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log_file,
                cwd=self._installation.airflow_home,
                env=airflow_environment(
                    self._installation,
                    self._server,
                    folders=folders,
                    schedules=self._schedules,
                    api_port=self.port,
                ),
                start_new_session=True,
            )
        self._session = ProcessMark.of(self._launcher.pid)
        self._server.guardian.watch(self._launcher.pid)
        if self._launcher.stdout is not None:
            os.set_blocking(self._launcher.stdout.fileno(), False)

    def wait_healthy(self, timeout: float = _HEALTH_TIMEOUT_S) -> None:
        """Wait until all four components have given a sign of life since they were started.

        Parameters
        ----------
        timeout : float
            Seconds.

        Raises
        ------
        ComponentDiedError
            When a component ended instead.
        OplatencyError
            When a component is not healthy in time.
        """
        deadline = time.monotonic() + timeout
        api, known = self.api(), False
        missing = set(COMPONENTS)
        while True:
            try:
                self.check_alive()
            except ComponentDiedError:
                if not self._lost_its_port():
                    raise
                self.stop()
                self.start()
                api, known = self.api(), False
                deadline = time.monotonic() + timeout
            with contextlib.suppress(OplatencyError):
                if not known:
                    # Our password distinguishes our api-server from another that has taken the port before it.
                    api.log_in()
                    api.warm_up()
                    known = True
                missing = set(COMPONENTS) - {"api-server"}
                for name, part in api.health().items():
                    # The record of a component that was killed a moment ago still looks alive: ask for a newer sign.
                    fresh = part.heartbeat_at is not None and part.heartbeat_at >= self._started_at
                    if part.status == "healthy" and fresh:
                        missing.discard(name.replace("_", "-"))
            if not missing:
                return
            if time.monotonic() > deadline:
                raise OplatencyError(
                    f"Airflow is not healthy after {timeout:.0f} s: no sign of life of {', '.join(sorted(missing))}.",
                    where=str(self._installation.logs),
                    remedy="Read the log of that component there.",
                )
            time.sleep(0.2)

    def check_alive(self) -> None:
        """Raise if a component, the process that leads them, or the server has ended.

        Raises
        ------
        ComponentDiedError
            Names the one that ended and shows the last lines of its log.
        """
        self._listen()
        for name, status in self._ended.items():
            raise self._death(name, status)
        code = self._launcher.poll() if self._launcher is not None else None
        if code is not None:
            raise self._death(_LAUNCHER, code)
        if not self._server.running:
            raise _died("PostgreSQL", None, self._server.log_file)

    def run_forever(self) -> None:
        """Watch until a signal comes (see :func:`stop_on_signals`) or a component dies."""
        while True:
            self.check_alive()
            time.sleep(0.5)

    def stop(self) -> None:
        """End the components in order, then whatever is left of their session. Safe to call again."""
        launcher, self._launcher = self._launcher, None
        if launcher is None:
            return
        self._listen(launcher)
        for step in STOP_ORDER:
            patience = _TASKS_PATIENCE_S if "scheduler" in step else _PATIENCE_S
            _end([self._components[name] for name in step if name in self._components], patience)
        members = session_members(self._session.pid, self._session.mark)
        for pid in members:
            send(pid, signal.SIGKILL)
        launcher.wait()
        if launcher.stdout is not None:
            launcher.stdout.close()
        _wait_until(lambda: not any(start_mark(pid) == mark for pid, mark in members.items()), 5.0)
        self._server.guardian.forget(self._session.pid)

    def _listen(self, launcher: subprocess.Popen[bytes] | None = None) -> None:
        """Take in what the launcher has said since the last time."""
        launcher = launcher or self._launcher
        if launcher is None or launcher.stdout is None:
            return
        while chunk := launcher.stdout.read(65536):
            self._unread += chunk
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            message: dict[str, Any] = json.loads(line)
            if "started" in message:
                self._components[message["started"]] = ProcessMark.of(message["pid"])
            elif message["status"] != 0 or message["ended"] != "migrate":
                self._ended[message["ended"]] = message["status"]
            else:
                self._record_migration()

    def _lost_its_port(self) -> bool:
        """Whether the api-server ended because another process took a port that we had chosen ourselves."""
        if self._wanted_port is not None or "api-server" not in self._ended:
            return False
        with contextlib.suppress(OSError):
            return "address already in use" in self._log("api-server").read_text(errors="replace")
        return False

    def _is_migrated(self) -> bool:
        try:
            recorded = json.loads(self._migration_record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(recorded == self._migration_state())

    def _record_migration(self) -> None:
        write_private(self._migration_record, json.dumps(self._migration_state()))

    @property
    def _migration_record(self) -> Path:
        return self._installation.airflow_home / "migrated.json"

    def _migration_state(self) -> dict[str, str | None]:
        revision: str | None = None
        url = self._installation.airflow_database_url(self._server)
        with (
            database.connect(url, purpose="supervise") as connection,
            contextlib.suppress(psycopg.errors.UndefinedTable),
        ):
            revision = str(database.row(connection, "local/airflow_revision")["revision"])
        return {"airflow": importlib.metadata.version("apache-airflow-core"), "revision": revision}

    def _log(self, name: str) -> Path:
        return self._installation.logs / f"{name}.log"

    def _death(self, name: str, status: int) -> ComponentDiedError:
        title = "Airflow's database migration" if name == "migrate" else f"Airflow's {name}"
        return _died(title, status, self._log(name))


def _died(title: str, status: int | None, log: Path) -> ComponentDiedError:
    how = ""
    if status is not None:
        how = f" (signal {-status})" if status < 0 else f" (exit status {status})"
    try:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    except OSError:
        tail = []
    said = "".join(f"\n    {line}" for line in tail)
    return ComponentDiedError(
        f"{title} has ended unexpectedly{how}; everything else is being stopped.{said}\n",
        where=str(log),
        remedy="Correct what the log names, then start again.",
    )


def _end(components: Collection[ProcessMark], patience: float) -> None:
    """Ask components to end, ask again after `patience` seconds, then kill them."""
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        alive = [component for component in components if component.alive]
        if not alive:
            return
        for component in alive:
            send(component.pid, number)
        _wait_until(lambda: not any(component.alive for component in components), patience)


def _wait_until(done: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def choose_port(wanted: int | None) -> int:
    """Return the wanted port, else 8080 or the next free one.

    Raises
    ------
    OplatencyError
        When the wanted port, or every port tried, is taken.
    """
    if wanted is not None:
        return require_free_port(wanted)
    for port in range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED):
        if port_is_free(port):
            return port
    raise OplatencyError(
        f"No port from {DEFAULT_PORT} to {DEFAULT_PORT + _PORTS_TRIED - 1} is free.",
        where=HOST,
        remedy="Name a free one with --port.",
    )
