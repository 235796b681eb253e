"""How long the tasks of an Airflow take: each finished try is a call of the operation ``dag_id.task_id``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from oplatency.errors import UsageError
from oplatency.sources.polled.airflow_session import AirflowSession
from oplatency.sources.polled.contract import Event, Poll, PolledSource, place_of

_PAGE = 100
_FINISHED = ["success", "failed"]


def read(poll: Poll) -> Iterator[Event]:
    """Yield the tasks that have finished, in order of their end, with the tries that went before.

    Raises
    ------
    UsageError
        If the connection is no ``http`` or ``https`` URL with a login.
    OplatencyError
        If Airflow does not answer or refuses.
    """
    session = _session(poll.address)
    wanted = {"end_date_gte": poll.since_at.isoformat(), "state": _FINISHED, "order_by": "end_date", "limit": _PAGE}
    cursor: str | None = ""
    while cursor is not None:
        # a cursor, because an offset skips a task where one before it is cleared meanwhile
        page = session.send("GET", "/api/v2/dags/~/dagRuns/~/taskInstances", params={**wanted, "cursor": cursor})
        for task in page["task_instances"]:
            marked_at = datetime.fromisoformat(task["end_date"])
            for each in _tries(session, task) if task["try_number"] > 1 else [task]:
                if each["start_date"] and each["end_date"]:
                    yield Event(marked_at, _values(each))
        cursor = page["next_cursor"]


def _tries(session: AirflowSession, task: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [quote(str(task[name]), safe="") for name in ("dag_id", "dag_run_id", "task_id", "map_index")]
    path = "/api/v2/dags/{}/dagRuns/{}/taskInstances/{}/{}/tries".format(*parts)
    found: list[dict[str, Any]] = session.send("GET", path)["task_instances"]
    return sorted(found, key=lambda each: each["try_number"])


def _values(task: dict[str, Any]) -> dict[str, str | None]:
    identity = ("dag_id", "dag_run_id", "task_id", "map_index", "try_number")
    failed = task["state"] != "success"
    return {
        "event_id": "airflow:" + json.dumps([task[name] for name in identity]),
        "operation": f"{task['dag_id']}.{task['task_id']}",
        "started_at": task["start_date"],
        "ended_at": task["end_date"],
        "session": task["dag_run_id"],
        "metadata": json.dumps({name: task[name] for name in ("map_index", "try_number", "operator", "queue")}),
        "error": json.dumps({"state": task["state"]}) if failed else None,
    }


def _session(address: str) -> AirflowSession:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
        raise UsageError(
            "The connection of an Airflow is an http or https URL with a login.",
            where=place_of(address),
            remedy="write http://user:password@host:8080",
        )
    on_loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    user, password = unquote(parts.username), unquote(parts.password or "")
    return AirflowSession(place_of(address), user, password, trust_env=not on_loopback)


SOURCE = PolledSource(streams=("task_instances",), read=read)
