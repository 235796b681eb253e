"""Starts Airflow's components from one process that has imported everything once.

Importing Airflow takes seconds of processor time, and each component would spend them again; a task would
spend more on numpy, scipy and Great Expectations. This process imports them and then forks: the components
and their tasks start at once and share the memory. It leads the session that all of Airflow's processes stay
in.

It is started by :mod:`oplatency.local.supervisor` with the environment of :mod:`oplatency.local.components`,
and speaks to it in lines of JSON on standard output: ``{"started": name, "pid": pid}``, ``{"ended": name,
"status": code}``. Airflow itself is only reached through its command line, by the name of its module.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

from oplatency.local.components import COMPONENTS, MIGRATE

#: Imported before the first fork: what every component needs.
SHARED_MODULES = (
    "airflow",
    "airflow.cli.cli_parser",
    "airflow.cli.commands.db_command",
    "airflow.jobs.job",
    "airflow.models",
    "airflow.serialization.serialized_objects",
    "airflow.utils.db",
    "airflow.providers_manager",
    "airflow.sdk.execution_time.supervisor",
    # The api-server serves it, the dag-processor and the triggerer talk to one inside their own process.
    "airflow.api_fastapi.execution_api.app",
    "airflow.api_fastapi.execution_api.routes",
    "airflow.utils.serve_logs",
)

#: Imported before the scheduler is forked: its children run the tasks.
TASK_MODULES = (
    "airflow.executors.local_executor",
    "airflow.jobs.scheduler_job_runner",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.postgres.hooks.postgres",
    "psycopg",
    "numpy",
    "scipy.stats",
    "pandas",
    "great_expectations",
    "oplatency.warehouse.database",
    "oplatency.settings",
)


class _SupervisorPipe:
    """The pipe to the supervisor. Standard output itself goes to the log: Airflow writes to it while imported."""

    def __init__(self) -> None:
        self._pipe = os.dup(1)
        os.dup2(2, 1)

    def say(self, **message: object) -> None:
        """Send one line."""
        os.write(self._pipe, json.dumps(message).encode() + b"\n")

    def close(self) -> None:
        """Leave the pipe to the launcher alone."""
        os.close(self._pipe)


def _import(names: tuple[str, ...]) -> None:
    # Great Expectations logs, once for each of its methods, that it is being imported.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            # A task that needs it will say so better; starting is not worth failing for a head start.
            print(f"not imported ahead: {name}: {error}", file=sys.stderr)
    if threading.active_count() > 1:
        print(f"threads before the fork: {threading.enumerate()}", file=sys.stderr)


def _fork(name: str, log_folder: Path) -> int:
    """Fork; return the child's pid, or 0 in the child, whose output then goes to its own log."""
    gc.freeze()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        log = os.open(log_folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.close(log)
    return pid


def _run_airflow(name: str, arguments: tuple[str, ...]) -> NoReturn:
    """Become ``airflow <arguments>`` in this process."""
    if sys.platform == "linux":
        importlib.import_module("setproctitle").setproctitle(f"airflow {name}")
    sys.argv = ["airflow", *arguments]
    status: object = 0
    try:
        runpy.run_module("airflow", run_name="__main__", alter_sys=False)
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    # Taking down the interpreter with all its modules would cost each component another second.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


def _launch(log_folder: Path, *, migrate: bool) -> str | None:
    """Start everything and wait for ends; return the component's name in a forked child, None at the end."""
    speaker = _SupervisorPipe()
    _import(SHARED_MODULES)
    if migrate:
        pid = _fork("migrate", log_folder)
        if pid == 0:
            speaker.close()
            return "migrate"
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        speaker.say(ended="migrate", status=status)
        if status != 0:
            return None
    running: dict[int, str] = {}
    for name in COMPONENTS:
        if name == "scheduler":
            _import(TASK_MODULES)
        pid = _fork(name, log_folder)
        if pid == 0:
            speaker.close()
            return name
        running[pid] = name
        speaker.say(started=name, pid=pid)
    while running:
        pid, status = os.wait()
        if pid in running:
            speaker.say(ended=running.pop(pid), status=os.waitstatus_to_exitcode(status))
    return None


def main() -> None:
    """Run ``python -m oplatency.local.launcher LOG_FOLDER [migrate]``."""
    # The supervisor ends the components one by one; this process goes when they are gone.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    name = _launch(Path(sys.argv[1]), migrate="migrate" in sys.argv[2:])
    if name is not None:
        _run_airflow(name, MIGRATE if name == "migrate" else COMPONENTS[name])


if __name__ == "__main__":
    main()
