"""Stage, audit, publish: how every windowed job makes its result visible.

A job stages its rows under a token and commits. The audit reads them through a connection of its own. Publishing takes
the job's advisory lock, checks that the token is the newest of its window and that the staged rows are still the
ones that were staged, and makes them visible in one transaction. A second publish of the same token changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from psycopg.types.json import Jsonb

from oplatency.baselines.configurations import Configuration, register
from oplatency.errors import FencedError, GateFailedError
from oplatency.quality import gate
from oplatency.settings import Settings
from oplatency.warehouse.database import Connection, connect, lock_job, row, run
from oplatency.warehouse.sessions import Seen
from oplatency.windows import Window


@dataclass(frozen=True)
class StagedRun:
    """What a job hands to `open_run`: where its rows lie is told by the digest statement."""

    job: str
    window: Window
    scope: str
    result: Mapping[str, Any]
    seen: Seen


def open_run(connection: Connection, staged: StagedRun, token: uuid.UUID, *, configuration: Configuration) -> None:
    """Record a run whose rows were staged in the same transaction; older attempts at its window are fenced off."""
    window = {
        "job": staged.job,
        "window_start": staged.window.start,
        "window_end": staged.window.end,
        "scope": staged.scope,
    }
    row(connection, "warehouse/runs/lock_window", window)
    run(connection, "warehouse/runs/supersede", window)
    register(connection, configuration)
    digest = row(connection, f"jobs/{staged.job}/staged_digest", {"run_token": token})["digest"]
    run(
        connection,
        "warehouse/runs/insert_run",
        window
        | {
            "run_token": token,
            "config_hash": configuration.config_hash,
            "staged_digest": digest,
            "result": Jsonb(dict(staged.result)),
        }
        | asdict(staged.seen),
    )


def audit(url: str, token: uuid.UUID, suites: Mapping[str, bool]) -> list[gate.AuditReport]:
    """Check the staged rows of a run against its suites.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    token : UUID
        The run.
    suites : mapping of str to bool
        Suite name, and whether it may find no rows.

    Raises
    ------
    GateFailedError
        If a check failed or could not be made; the staged rows stay for inspection and cannot be published.
    """
    with connect(url, purpose="audit") as connection:
        with connection.transaction():
            status = row(connection, "warehouse/runs/lock_run", {"run_token": token})["status"]
        if status not in {"staged", "audited"}:
            return []
        reports = [
            gate.audit(url, suite, run_token=token, allow_empty=allow_empty) for suite, allow_empty in suites.items()
        ]
        passed = all(report.passed for report in reports)
        with connection.transaction():
            for report in reports:
                gate.record(connection, report, run_token=token)
            run(
                connection,
                "warehouse/runs/set_status",
                {"run_token": token, "status": "audited" if passed else "failed", "result": Jsonb({})},
            )
        for report in reports:
            gate.require_passed(report)
    return reports


def publish(
    url: str,
    job: str,
    token: uuid.UUID,
    write: Callable[[Connection, Mapping[str, Any]], Mapping[str, Any]],
    *,
    settings: Settings,
) -> dict[str, Any]:
    """Make an audited run visible; return what it reports.

    Parameters
    ----------
    write : callable
        Replaces the published rows of the window by the staged ones, inside the transaction; gets the connection and
        the run, returns counts that are added to the result.

    Raises
    ------
    FencedError
        If a newer attempt has taken over, or the staged rows are no longer those that were audited.
    GateFailedError
        If the audit has not passed.
    """
    with connect(url, purpose=job, settings=settings.database) as connection, connection.transaction():
        lock_job(connection, job, settings=settings.database)
        found = row(connection, "warehouse/runs/lock_run", {"run_token": token})
        if found["status"] == "published":
            return dict(found["result"])
        where = f"{job} {found['window_start']} to {found['window_end']}, run {token}"
        if found["status"] == "superseded":
            raise FencedError("A newer attempt at this window has taken over; nothing was published.", where=where)
        if found["status"] != "audited":
            raise GateFailedError(
                "The audit of this run has not passed.", where=where, remedy="run the audit, see v_audit_results"
            )
        digest = row(connection, f"jobs/{job}/staged_digest", {"run_token": token})["digest"]
        if digest != found["staged_digest"]:
            raise FencedError(
                "The staged rows are not those that were audited.", where=where, remedy="run the job again"
            )
        counts = write(connection, found)
        return dict(
            row(
                connection,
                "warehouse/runs/set_status",
                {"run_token": token, "status": "published", "result": Jsonb(dict(counts))},
            )["result"]
        )
