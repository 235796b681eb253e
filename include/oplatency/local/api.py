"""A small client of Airflow's REST API: what the demo and the tests need to run DAGs through the scheduler."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from oplatency.errors import OplatencyError
from oplatency.sources.polled.airflow_session import AirflowSession

_SIGN_OF_LIFE_TIMEOUT_S = 5.0
_PAGE = 100
_TAIL_LINES = 25
_REMEDY = "Check `oplatency status` and api-server.log in the installation's logs."
FINAL_STATES = frozenset({"success", "failed"})


class DagRunFailedError(OplatencyError):
    """A DAG run ended otherwise than in success; the message names the tasks and shows the end of their logs."""


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG; instants are aware, None until they are known."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    triggered_by: str
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """Duration of a finished run in seconds."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class ComponentHealth:
    """What the api-server says about a component: "healthy" or "unhealthy", and when it last gave a sign of life."""

    status: str
    heartbeat_at: datetime | None


@dataclass(frozen=True)
class TaskInstance:
    """One task of a run; ``map_index`` is -1 unless the task is mapped, ``state`` empty before it is scheduled."""

    task_id: str
    map_index: int
    state: str
    try_number: int
    started_at: datetime | None
    ended_at: datetime | None


class AirflowApi(AirflowSession):
    """A session with an api-server.

    Parameters
    ----------
    base_url : str
        For example ``http://127.0.0.1:8080``.
    user, password : str
        Login of the simple auth manager.
    check : callable, optional
        Called while waiting; raises when waiting has become pointless, for example because a component died.
    """

    def __init__(self, base_url: str, user: str, password: str, *, check: Callable[[], None] = lambda: None) -> None:
        # Neither proxies nor a .netrc of the user have any business on the loopback.
        super().__init__(base_url, user, password, trust_env=False, remedy=_REMEDY)
        self._check = check

    def health(self) -> dict[str, ComponentHealth]:
        """Return the health of ``metadatabase``, ``scheduler``, ``triggerer``, ``dag_processor``; needs no login."""
        parts = self.send("GET", "/api/v2/monitor/health", login=False, timeout=_SIGN_OF_LIFE_TIMEOUT_S)
        return {
            name: ComponentHealth(str(part.get("status")), _instant(part.get(f"latest_{name}_heartbeat")))
            for name, part in parts.items()
            if part
        }

    def warm_up(self) -> None:
        """Make the api-server build what it would otherwise build, for seconds, when the first task reports."""
        self.send("GET", "/execution/health", login=False)

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None, *, run_id: str | None = None) -> str:
        """Queue a run that has neither a logical date nor a data interval; return its id.

        Parameters
        ----------
        dag_id : str
            The DAG.
        conf : mapping, optional
            Parameters of the run.
        run_id : str, optional
            By default Airflow chooses one.

        Raises
        ------
        OplatencyError
            When the DAG is unknown, a parameter is refused, or the run id exists already.
        """
        body: dict[str, Any] = {"conf": dict(conf or {}), "logical_date": None}
        if run_id is not None:
            body["dag_run_id"] = run_id
        return str(self.send("POST", f"/api/v2/dags/{_part(dag_id)}/dagRuns", json=body)["dag_run_id"])

    def clear(self, dag_id: str, run_id: str) -> None:
        """Let every task of a run run again."""
        body = {"dry_run": False, "only_failed": False}
        self.send("POST", f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/clear", json=body)

    def dag_run(self, dag_id: str, run_id: str) -> DagRun:
        """Return one run."""
        return _dag_run(self.send("GET", f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}"))

    def dag_runs(self, dag_id: str = "~") -> list[DagRun]:
        """Return the runs of a DAG, or of all DAGs, oldest first."""
        found = self._pages(f"/api/v2/dags/{_part(dag_id)}/dagRuns", "dag_runs", order_by="id")
        return [_dag_run(each) for each in found]

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        """Return the tasks of a run."""
        path = f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/taskInstances"
        return [
            TaskInstance(
                task_id=each["task_id"],
                map_index=each["map_index"],
                state=each["state"] or "",
                try_number=each["try_number"],
                started_at=_instant(each["start_date"]),
                ended_at=_instant(each["end_date"]),
            )
            for each in self._pages(path, "task_instances")
        ]

    def task_log(self, dag_id: str, run_id: str, task: TaskInstance, *, lines: int = _TAIL_LINES) -> list[str]:
        """Return the last lines of a task's log, tracebacks unfolded."""
        path = (
            f"/api/v2/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/taskInstances/{_part(task.task_id)}"
            f"/logs/{max(task.try_number, 1)}"
        )
        content = self.send("GET", path, params={"map_index": task.map_index, "full_content": "true"})["content"]
        return [line for entry in content for line in _log_lines(entry)][-lines:]

    def wait(
        self,
        dag_id: str,
        run_id: str,
        *,
        timeout: float,
        poll_s: float = 0.25,
        on_state: Callable[[DagRun], None] | None = None,
    ) -> DagRun:
        """Wait until a run has succeeded.

        Parameters
        ----------
        dag_id, run_id : str
            The run.
        timeout, poll_s : float
            Seconds.
        on_state : callable, optional
            Called with the run whenever its state has changed.

        Raises
        ------
        DagRunFailedError
            When it failed, with the end of the log of each failed task, or did not end in time.
        """
        deadline = time.monotonic() + timeout
        seen = ""
        while True:
            self._check()
            run = self.dag_run(dag_id, run_id)
            if run.state != seen:
                seen = run.state
                if on_state is not None:
                    on_state(run)
            if run.state == "success":
                return run
            if run.state in FINAL_STATES or time.monotonic() > deadline:
                raise self._failure(run, timeout)
            time.sleep(poll_s)

    def wait_for_dags(self, dag_ids: Collection[str], *, timeout: float = 60.0) -> None:
        """Wait until Airflow knows these DAGs.

        Raises
        ------
        OplatencyError
            When a file cannot be imported, with the error, or a DAG has not appeared in time.
        """
        deadline = time.monotonic() + timeout
        while True:
            self._check()
            for error in self._pages("/api/v2/importErrors", "import_errors"):
                raise OplatencyError(
                    f"A DAG file cannot be imported: {error['stack_trace'].strip()}",
                    where=error["filename"],
                    remedy="Correct the file.",
                )
            known = {each["dag_id"] for each in self._pages("/api/v2/dags", "dags")}
            missing = sorted(set(dag_ids) - known)
            if not missing:
                return
            if time.monotonic() > deadline:
                raise OplatencyError(
                    f"Airflow has not found these DAGs within {timeout:.0f} s: {', '.join(missing)}.",
                    where="dags folder",
                    remedy="Read dag-processor.log in the installation's logs.",
                )
            time.sleep(0.3)

    def _failure(self, run: DagRun, timeout: float) -> DagRunFailedError:
        tasks = self.task_instances(run.dag_id, run.run_id)
        # What failed by itself says why; what only waited for it does not.
        suspects = [task for task in tasks if task.state in ("failed", "running", "up_for_retry")] or tasks
        states = ", ".join(f"{task.task_id} {task.state or 'waiting'}" for task in suspects)
        said = []
        for task in suspects:
            if task.state in ("failed", "up_for_retry"):
                tail = "\n".join(f"    {line}" for line in self.task_log(run.dag_id, run.run_id, task))
                said.append(f"\n  end of the log of {task.task_id}:\n{tail}\n")
        what = "failed" if run.state == "failed" else f"is {run.state} after {timeout:.0f} s"
        return DagRunFailedError(
            f"DAG {run.dag_id} {what} ({states}).{''.join(said)}",
            where=f"run {run.run_id}",
            remedy="Correct the cause and clear the run; clearing is always safe.",
        )

    def _pages(self, path: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            page = self.send("GET", path, params={**params, "limit": _PAGE, "offset": offset})[key]
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return


def _part(value: str) -> str:
    return quote(value, safe="~")


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _dag_run(values: Mapping[str, Any]) -> DagRun:
    return DagRun(
        dag_id=values["dag_id"],
        run_id=values["dag_run_id"],
        state=values["state"],
        run_type=values["run_type"],
        triggered_by=values["triggered_by"] or "",
        started_at=_instant(values["start_date"]),
        ended_at=_instant(values["end_date"]),
    )


def _log_lines(entry: str | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
        return
    event = str(entry.get("event", ""))
    if not event.startswith("::"):  # markers that fold groups in the browser
        yield event
    for error in entry.get("error_detail") or []:
        for frame in error.get("frames") or []:
            yield f"  {frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}"
        yield f"{error.get('exc_type')}: {error.get('exc_value')}"
