"""Stage, audit, publish: how every windowed job makes its result visible.

A job stages its rows under a token and commits. The audit reads them through a connection of its own. Publishing takes
the job's advisory lock, checks that the token is the newest of its window and that the staged rows are still the
ones that were staged, and makes them visible in one transaction. A second publish of the same token changes nothing.

What differs from job to job is a `WindowedJob`; `oplatency.jobs.registry` has them all by name.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from oplatency.baselines.configurations import Configuration, read_configuration, register
from oplatency.errors import FencedError, GateFailedError
from oplatency.quality import gate
from oplatency.settings import Settings
from oplatency.stats.correlation import Progress
from oplatency.warehouse.database import Connection, connect, lock_job, row, snapshot
from oplatency.warehouse.database import run as run_statement
from oplatency.warehouse.sessions import InputSnapshot, open_session, read_input_snapshot
from oplatency.windows import Window, require_whole


@dataclass(frozen=True)
class Request:
    """What a run is asked for, be it by a form, at the command line, or because a result lacks late facts.

    Attributes
    ----------
    settings : Settings
        Those of the run.
    end : datetime
        End of the window, exclusive: the as-of of a job whose windows have a length of their own.
    start : datetime, optional
        Start of the window, for the other jobs.
    operation : str, optional
        Limit the result to one operation, where the job can.
    progress : callable, optional
        Called now and then with how much is done, and with how much there is in all, by jobs that take long.
    """

    settings: Settings
    end: datetime
    start: datetime | None = None
    operation: str | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class Tally:
    """How a report over several runs of a job sums them up.

    Attributes
    ----------
    runs, rows : str
        Keys of the runs and of the rows they changed.
    listed : str, optional
        Key in the report of a run: runs are listed by it, instead of counted.
    """

    runs: str
    rows: str
    listed: str | None = None


@dataclass(frozen=True)
class WindowedJob:
    """A job: a pure function of facts, window and configuration.

    Attributes
    ----------
    name : str
        As its module, its DAG and its folder of statements.
    stage : callable
        Reads and stages, within the two contexts of an `Attempt`.
    suites : callable
        Takes the result of a staged run; returns the suites that audit it, and whether each may find no rows.
    publish : callable
        Replaces the published rows of the window by the staged ones, inside the transaction; gets the connection and
        the run, returns counts that are added to the result.
    unit : timedelta
        An hour or a day: ends of its windows are whole ones.
    asset : str
        What publishing changes: ``baselines`` or ``findings``.
    counts : tuple of str
        Keys of the result that add up to the rows a run changed.
    tally : Tally
        How several runs are summed up.
    length : callable, optional
        Returns the length of its windows by the settings; without it the window of a request has both ends.
    overrides : mapping of str to tuple of str
        Settings that a form may change for one run, by section.
    """

    name: str
    stage: Callable[[Attempt], None]
    suites: Callable[[Mapping[str, Any]], Mapping[str, bool]]
    publish: Callable[[Connection, Mapping[str, Any]], Mapping[str, Any]]
    unit: timedelta
    asset: str
    counts: tuple[str, ...]
    tally: Tally
    length: Callable[[Settings], timedelta] | None = None
    overrides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def window(self, request: Request) -> Window:
        """Return the window of a request.

        Raises
        ------
        UsageError
            If an end is not a whole hour or day, as the job wants, or the window is empty.
        """
        if self.length is not None:
            end = require_whole(request.end, self.unit, name="as_of")
            return Window(end - self.length(request.settings), end)
        window = Window(request.start or request.end, request.end)
        for limit, name in ((window.start, "window_start"), (window.end, "window_end")):
            require_whole(limit, self.unit, name=name)
        return window

    def rows_changed(self, report: Mapping[str, Any]) -> int:
        """Return how many rows a run added or replaced, by its report."""
        return sum(report[name] for name in self.counts)

    def summed(self, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return what several runs come to, under the keys of the `tally`."""
        listed = self.tally.listed
        return {
            self.tally.runs: len(reports) if listed is None else [report[listed] for report in reports],
            self.tally.rows: sum(map(self.rows_changed, reports)),
        }


@dataclass(frozen=True)
class StagedRun:
    """What `open_run` records: where its rows lie is found by the digest statement."""

    job: str
    window: Window
    scope: str
    result: Mapping[str, Any]
    seen: InputSnapshot


@dataclass
class Attempt:
    """One attempt at a window, under way: its connection and token, and what it saw."""

    job: WindowedJob
    request: Request
    window: Window
    connection: Connection
    token: uuid.UUID

    @contextmanager
    def reading(self, facts_from: datetime, baselines_from: datetime | None = None) -> Iterator[Configuration]:
        """Read in one snapshot; note what it sees from these instants on, so that late facts can be recognised."""
        with snapshot(self.connection):
            self._seen = read_input_snapshot(self.connection, facts_from, baselines_from)
            self._configuration = read_configuration(self.connection, self.request.settings)
            yield self._configuration

    @contextmanager
    def staging(self, result: Mapping[str, Any]) -> Iterator[None]:
        """Stage rows under the token and record the run with its result, in one transaction."""
        staged = StagedRun(self.job.name, self.window, self.request.operation or "", result, self._seen)
        with self.connection.transaction():
            yield
            open_run(self.connection, staged, self.token, configuration=self._configuration)


def run(url: str, job: WindowedJob, request: Request) -> dict[str, Any]:
    """Stage, audit and publish the window of a request; return the report, which the job's module describes.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    """
    token = stage(url, job, request)
    audit(url, job, token)
    return publish(url, job, token, settings=request.settings)


def stage(url: str, job: WindowedJob, request: Request) -> uuid.UUID:
    """Compute the rows of a window and commit them under a token."""
    window, database = job.window(request), request.settings.database
    with connect(url, purpose=job.name, settings=database) as connection:
        job.stage(Attempt(job, request, window, connection, token := open_session(connection, database)))
    return token


def open_run(connection: Connection, staged: StagedRun, token: uuid.UUID, *, configuration: Configuration) -> None:
    """Record a run whose rows were staged in the same transaction; older attempts at its window are fenced off."""
    window = {
        "job": staged.job,
        "window_start": staged.window.start,
        "window_end": staged.window.end,
        "scope": staged.scope,
    }
    row(connection, "warehouse/runs/lock_window", window)
    run_statement(connection, "warehouse/runs/supersede", window)
    register(connection, configuration)
    digest = row(connection, f"jobs/{staged.job}/staged_digest", {"run_token": token})["digest"]
    run_statement(
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


def audit(url: str, job: WindowedJob, token: uuid.UUID) -> list[gate.AuditReport]:
    """Check the staged rows of a run against the suites of its job.

    Raises
    ------
    GateFailedError
        If a check failed or could not be made; the staged rows stay for inspection and cannot be published.
    """
    with connect(url, purpose="audit") as connection:
        with connection.transaction():
            found = row(connection, "warehouse/runs/lock_run", {"run_token": token})
        if found["status"] not in {"staged", "audited"}:
            return []
        reports = [
            gate.audit(url, suite, run_token=token, allow_empty=allow_empty)
            for suite, allow_empty in job.suites(found["result"]).items()
        ]
        passed = all(report.passed for report in reports)
        with connection.transaction():
            for report in reports:
                gate.record(connection, report, run_token=token)
            run_statement(
                connection,
                "warehouse/runs/set_status",
                {"run_token": token, "status": "audited" if passed else "failed", "result": Jsonb({})},
            )
        for report in reports:
            gate.require_passed(report)
    return reports


def publish(url: str, job: WindowedJob, token: uuid.UUID, *, settings: Settings) -> dict[str, Any]:
    """Make an audited run visible; return what it reports.

    Raises
    ------
    FencedError
        If a newer attempt has taken over, or the staged rows are no longer those that were audited.
    GateFailedError
        If the audit has not passed.
    """
    with connect(url, purpose=job.name, settings=settings.database) as connection, connection.transaction():
        lock_job(connection, job.name, settings=settings.database)
        found = row(connection, "warehouse/runs/lock_run", {"run_token": token})
        if found["status"] == "published":
            return dict(found["result"])
        where = f"{job.name} {found['window_start']} to {found['window_end']}, run {token}"
        if found["status"] == "superseded":
            raise FencedError("A newer attempt at this window has taken over; nothing was published.", where=where)
        if found["status"] != "audited":
            raise GateFailedError(
                "The audit of this run has not passed.", where=where, remedy="run the audit, see v_audit_results"
            )
        digest = row(connection, f"jobs/{job.name}/staged_digest", {"run_token": token})["digest"]
        if digest != found["staged_digest"]:
            raise FencedError(
                "The staged rows are not those that were audited.", where=where, remedy="run the job again"
            )
        counts = job.publish(connection, found)
        return dict(
            row(
                connection,
                "warehouse/runs/set_status",
                {"run_token": token, "status": "published", "result": Jsonb(dict(counts))},
            )["result"]
        )
