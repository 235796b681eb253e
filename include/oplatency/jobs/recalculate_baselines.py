"""Baselines: what each operation took over the seven whole days before an instant.

Grain: one version per operation and as-of, and one per branch that does not hold all of its calls. Window:
``[as_of - lookback_days, as_of)``, whole UTC days. Re-run: a version is added only where its content differs from the
last one, so the order and number of runs cannot matter.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oplatency.baselines.candidates import Facts, measure
from oplatency.baselines.configurations import note_use, read_configuration
from oplatency.baselines.exclusions import read_noted
from oplatency.jobs import windowed_job
from oplatency.jobs.windowed_job import StagedRun
from oplatency.settings import Settings
from oplatency.warehouse.calls import read_calls
from oplatency.warehouse.catalogue import find_operation, read_operations
from oplatency.warehouse.database import Connection, connect, insert, row, snapshot
from oplatency.warehouse.sessions import open_session, read_seen
from oplatency.windows import DAY, Window, require_whole

JOB = "recalculate_baselines"


def recalculate(url: str, *, as_of: datetime, settings: Settings, operation: str | None = None) -> dict[str, Any]:
    """Stage, audit and publish the baselines as of a day.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    as_of : datetime
        End of the look-back, a whole UTC day.
    operation : str, optional
        Limit the result to one operation.

    Returns
    -------
    dict
        ``as_of``, ``operations``, ``published``, ``unchanged``, ``skipped`` by reason; ``branches``, the versions of
        single branches beside them.
    """
    token = stage(url, as_of=as_of, settings=settings, operation=operation)
    audit(url, token)
    return publish(url, token, settings=settings)


def stage(url: str, *, as_of: datetime, settings: Settings, operation: str | None = None) -> uuid.UUID:
    """Compute candidate baselines and commit them under a token."""
    end = require_whole(as_of, DAY, name="as_of")
    window = Window(end - settings.baseline.lookback_days * DAY, end)
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        token = open_session(connection, settings.database)
        with snapshot(connection):
            seen = read_seen(connection, window.start)
            configuration = read_configuration(connection, settings)
            operations = read_operations(connection)
            only = find_operation(operations, operation)
            facts = Facts(read_calls(connection, window), read_noted(connection, window))
        found = measure(facts, operations, window, settings.baseline, configuration)
        with connection.transaction():
            shared = {
                "run_token": token,
                "as_of": end,
                "config_hash": configuration.config_hash,
                "lookback_days": settings.baseline.lookback_days,
            }
            chosen = [candidate for candidate in found if only in (None, candidate.operation_id)]
            records = [candidate.record() | shared for candidate in chosen]
            insert(connection, "jobs/recalculate_baselines/stage_baseline", records)
            staged = Counter(candidate.is_branch for candidate in chosen)
            tracked = {key for key, known in operations.items() if known.is_tracked}
            enough = sum(not candidate.is_branch for candidate in found)
            skipped = Counter(few_samples=len(facts.calls) - enough, no_samples=len(tracked) - len(facts.calls))
            result = {
                "as_of": end.isoformat(),
                "operations": staged[False],
                "skipped": {k: n for k, n in skipped.items() if n},
                "branches": staged[True],
            }
            staged_run = StagedRun(JOB, window, operation or "", result, seen)
            windowed_job.open_run(connection, staged_run, token, configuration=configuration)
    return token


def audit(url: str, token: uuid.UUID) -> None:
    """Check the candidates; an empty set passes only where no operation had enough calls."""
    with connect(url, purpose=JOB) as connection, connection.transaction():
        staged = row(connection, "warehouse/runs/lock_run", {"run_token": token})["result"]["operations"]
    windowed_job.audit(url, token, {"staged_baselines": staged == 0})


def publish(url: str, token: uuid.UUID, *, settings: Settings) -> dict[str, Any]:
    """Add the candidates that differ from the last revision of their key, in one transaction."""
    return windowed_job.publish(url, JOB, token, _write, settings=settings)


def _write(connection: Connection, run: Mapping[str, Any]) -> dict[str, int]:
    note_use(connection, run["config_hash"])
    published = row(connection, "jobs/recalculate_baselines/publish", {"run_token": run["run_token"]})["n_published"]
    return {"published": published, "unchanged": run["result"]["operations"] - published}
