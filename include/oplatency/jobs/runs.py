"""Stage, audit, publish: how every windowed job makes its result visible.

A job stages its rows under a token and commits. The audit reads them through a connection of its own. Publishing takes
the job's advisory lock, checks that the token is the newest of its window and that the staged rows are still the
ones that were staged, and makes them visible in one transaction. A second publish of the same token changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from oplatency.database import Connection, connect, lock_for, lock_job, row, run
from oplatency.errors import FencedError, GateFailedError, UsageError
from oplatency.jobs.configurations import Configuration, register
from oplatency.migrations import require_current_schema
from oplatency.quality import gate
from oplatency.settings import DatabaseSettings, Settings

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
READERS = {"job": "oplatency:readers"}
"""Names the lock that jobs share from before they read facts until their run is recorded."""


@dataclass(frozen=True)
class Window:
    """A half-open window ``[start, end)`` of instants in UTC.

    Raises
    ------
    UsageError
        If an end has no offset from UTC, or the window is empty.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name, instant in (("start", self.start), ("end", self.end)):
            if instant.tzinfo is None:
                raise UsageError(
                    f"The window's {name} {instant} has no offset from UTC.", remedy="write 2026-01-31T00:00:00Z"
                )
        if self.start >= self.end:
            raise UsageError(
                "The window is empty (empty_interval): its start is not before its end.",
                where=f"[{self.start.isoformat()}, {self.end.isoformat()})",
                remedy="give both ends, or run the DAG with a timetable that has a data interval",
            )
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


@dataclass(frozen=True)
class Seen:
    """What a run read, so that what arrives later can be told from it.

    Attributes
    ----------
    facts_from, baselines_from : datetime
        First instant whose calls, and whose baselines in force, were read; both end with the window.
    facts_seen : str
        The snapshot it was read in, in PostgreSQL's words.
    baselines_seen : int
        Number of the newest baseline that was there.
    """

    facts_from: datetime
    baselines_from: datetime
    facts_seen: str
    baselines_seen: int


@dataclass(frozen=True)
class StagedRun:
    """What a job hands to `open_run`: where its rows lie is told by the digest statement."""

    job: str
    window: Window
    scope: str
    result: Mapping[str, Any]
    seen: Seen


def floor_to(instant: datetime, unit: timedelta) -> datetime:
    """Return the whole UTC hour or day that an instant falls into."""
    if instant.tzinfo is None:
        raise UsageError(f"The instant {instant} has no offset from UTC.", remedy="write it as 2026-01-31T00:00:00Z")
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (instant.astimezone(UTC) - epoch) // unit * unit


def require_whole(instant: datetime, unit: timedelta, *, name: str) -> datetime:
    """Return the instant in UTC if it is a whole hour or day.

    Raises
    ------
    UsageError
        If it is not.
    """
    floored = floor_to(instant, unit)
    if floored != instant:
        word = "day" if unit == DAY else "hour"
        raise UsageError(
            f"{name} {instant.isoformat()} is not a whole UTC {word}.", where=name, remedy=f"use {floored.isoformat()}"
        )
    return floored


def open_run(connection: Connection, staged: StagedRun, token: uuid.UUID, *, configuration: Configuration) -> None:
    """Record a run whose rows were staged in the same transaction; older attempts at its window are fenced off."""
    window = {
        "job": staged.job,
        "window_start": staged.window.start,
        "window_end": staged.window.end,
        "scope": staged.scope,
    }
    row(connection, "jobs/runs/lock_window", window)
    run(connection, "jobs/runs/supersede", window)
    register(connection, configuration)
    digest = row(connection, f"jobs/{staged.job}/staged_digest", {"run_token": token})["digest"]
    run(
        connection,
        "jobs/runs/insert_run",
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
            status = row(connection, "jobs/runs/lock_run", {"run_token": token})["status"]
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
                "jobs/runs/set_status",
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
        found = row(connection, "jobs/runs/lock_run", {"run_token": token})
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
                "jobs/runs/set_status",
                {"run_token": token, "status": "published", "result": Jsonb(dict(counts))},
            )["result"]
        )


def open_session(connection: Connection, settings: DatabaseSettings | None = None) -> uuid.UUID:
    """Check the schema and return a fresh token.

    Until the session ends nobody takes up the hours that gained facts: a run that reads now and is recorded later would
    be missed.
    """
    require_current_schema(connection)
    lock_for(connection, "session/share_session", READERS, of="the search for stale results", settings=settings)
    return uuid.uuid4()


def read_seen(connection: Connection, facts_from: datetime, baselines_from: datetime | None = None) -> Seen:
    """Return what this transaction, a `snapshot`, sees from an instant on; baselines by default from the same."""
    return Seen(facts_from, baselines_from or facts_from, **row(connection, "jobs/runs/read_seen"))
