"""Server and Airflow together: what ``oplatency up``, ``down`` and ``status`` do."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from oplatency.errors import OplatencyError
from oplatency.local.api import AirflowApi
from oplatency.local.components import AirflowFolders
from oplatency.local.guardian import send
from oplatency.local.installation import AIRFLOW_USER, Installation, ProcessMark, RunningState
from oplatency.local.postgres import EmbeddedPostgres
from oplatency.local.supervisor import LocalAirflow, choose_port
from oplatency.local.warehouse import prepare_cluster

_DOWN_TIMEOUT_S = 60.0


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into a SystemExit, so that everything started is stopped on the way out.

    The exit code is 128 plus the signal's number. Further signals do not disturb the stopping.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.getsignal(number) for number in numbers}

    def leave(number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in numbers:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def local_runtime(
    installation: Installation,
    *,
    schedules: bool,
    port: int | None = None,
    folders: AirflowFolders | None = None,
) -> Iterator[tuple[EmbeddedPostgres, LocalAirflow]]:
    """Run the server and Airflow; on leaving, stop Airflow's components in order, then the server.

    Airflow is still starting when the body begins: what needs the database only can be done meanwhile, then
    ``airflow.wait_healthy()``.

    Parameters
    ----------
    installation : Installation
        What to run.
    schedules : bool
        Whether the DAGs carry their timetables.
    port : int, optional
        Port of the pages; by default 8080 or the next free one.
    folders : AirflowFolders, optional
        By default those of the checkout.

    Raises
    ------
    OplatencyError
        When the installation is running already or a port is taken.
    """
    choose_port(port)  # refused before anything is started
    with installation.server() as server:
        prepare_cluster(server, installation)
        server.guardian.remove_afterwards(installation.state_file)
        with LocalAirflow(installation, server, schedules=schedules, port=port, folders=folders) as airflow:
            try:
                record_running(installation, server, airflow, schedules=schedules)
                yield server, airflow
            finally:
                # Gone before the stopping begins: nobody should connect from now on.
                installation.clear_state()


def record_running(
    installation: Installation, server: EmbeddedPostgres, airflow: LocalAirflow, *, schedules: bool
) -> None:
    """Write down what runs, for commands in other terminals."""
    installation.write_state(
        RunningState(
            supervisor=ProcessMark.current(),
            postgres=ProcessMark.of(server.pid),
            postgres_port=server.port,
            components=airflow.components,
            api_url=airflow.url,
            schedules=schedules,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )


def up(
    installation: Installation,
    port: int | None = None,
    *,
    schedules: bool = True,
    prepare: Callable[[EmbeddedPostgres], None] = lambda server: None,
    ready: Callable[[LocalAirflow], None] = lambda airflow: None,
) -> None:
    """Run the installation in the foreground until a signal comes.

    Parameters
    ----------
    installation : Installation
        What to run.
    port : int, optional
        Port of the pages; a taken one is an error, without one the next free one is used.
    schedules : bool
        Whether the DAGs carry their timetables.
    prepare : callable
        Called with the server while Airflow starts; brings the warehouse up to date.
    ready : callable
        Called once everything is healthy, to inform the user at the terminal.

    Raises
    ------
    SystemExit
        With 128 plus the signal's number, after everything has been stopped.
    OplatencyError
        When starting fails or a component dies; everything else has been stopped then.
    """
    with stop_on_signals(), local_runtime(installation, schedules=schedules, port=port) as (server, airflow):
        prepare(server)
        airflow.wait_healthy()
        record_running(installation, server, airflow, schedules=schedules)
        ready(airflow)
        airflow.run_forever()


def down(installation: Installation, *, timeout: float = _DOWN_TIMEOUT_S) -> bool:
    """Stop the running installation from another terminal and wait until it is gone.

    Returns
    -------
    bool
        False when nothing was running.

    Raises
    ------
    OplatencyError
        When it is still there after `timeout` seconds.
    """
    state = installation.running()
    if state is None:
        return False
    send(state.supervisor.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    watched = (state.supervisor, state.postgres, *state.components.values())
    while any(process.alive for process in watched):
        if time.monotonic() > deadline:
            raise OplatencyError(
                f"The running installation has not ended within {timeout:.0f} s.",
                where=f"pid {state.supervisor.pid}",
                remedy=f"Run `kill -9 {state.supervisor.pid}`: its guardian ends the rest within ten seconds.",
            )
        time.sleep(0.1)
    return True


def status(installation: Installation) -> dict[str, Any]:
    """Return what is running, as a mapping that fits into JSON; holds no password."""
    state = installation.running()
    about: dict[str, Any] = {"home": str(installation.home), "running": state is not None}
    if state is None:
        return about
    health: dict[str, str] = {}
    with contextlib.suppress(OplatencyError):
        found = AirflowApi(state.api_url, AIRFLOW_USER, "").health()
        health = {name: part.status for name, part in found.items()}
    about |= {
        "pid": state.supervisor.pid,
        "started_at": state.started_at,
        "schedules": state.schedules,
        "url": state.api_url,
        "user": AIRFLOW_USER,
        "password_file": str(installation.secrets_file),
        "postgres_port": state.postgres_port,
        "processes": {
            "postgres": state.postgres.alive,
            **{name: process.alive for name, process in state.components.items()},
        },
        "health": health,
    }
    return about
