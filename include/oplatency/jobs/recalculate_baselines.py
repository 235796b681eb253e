"""Baselines: what each operation took over the seven whole days before an instant.

Grain: one version per operation and as-of. Window: ``[as_of - lookback_days, as_of)``, whole UTC days. Re-run: a
version is added only where its content differs from the last one, so the order and number of runs cannot matter.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oplatency.database import Connection, connect, insert, row, rows, snapshot
from oplatency.jobs import runs
from oplatency.jobs.runs import DAY, StagedRun, Window
from oplatency.jobs.series import find_operation, read_calls, read_operations
from oplatency.settings import Settings
from oplatency.stats.points import Profile, fit_profile, shrink_scales

JOB = "recalculate_baselines"
_PERCENTILES = ("p50_us", "p75_us", "p90_us", "p95_us", "p99_us")
P99_ESTIMABLE_FROM = 299


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
        ``as_of``, ``operations``, ``published``, ``unchanged``, ``skipped`` by reason.
    """
    token = stage(url, as_of=as_of, settings=settings, operation=operation)
    audit(url, token)
    return publish(url, token, settings=settings)


def stage(url: str, *, as_of: datetime, settings: Settings, operation: str | None = None) -> uuid.UUID:
    """Compute candidate baselines and commit them under a token."""
    end = runs.require_whole(as_of, DAY, name="as_of")
    window = Window(end - settings.baseline.lookback_days * DAY, end)
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        token = runs.open_session(connection)
        with snapshot(connection):
            operations = read_operations(connection)
            only = find_operation(operations, operation)
            measured = rows(
                connection,
                "jobs/recalculate_baselines/percentiles",
                {"window_start": window.start, "window_end": window.end},
            )
            enough = [found for found in measured if found["n_calls"] >= settings.baseline.min_samples]
            profiles = _profiles(
                connection, window, {found["operation_id"]: found["category"] for found in enough}, settings
            )
        with connection.transaction():
            runs.register_configuration(connection, settings)
            records = [
                _record(found, profiles[found["operation_id"]], token, end, settings)
                for found in enough
                if only in (None, found["operation_id"])
            ]
            insert(connection, "jobs/recalculate_baselines/stage_baseline", records)
            tracked = {key for key, known in operations.items() if known.is_tracked}
            skipped = Counter(few_samples=len(measured) - len(enough), no_samples=len(tracked) - len(measured))
            result = {
                "as_of": end.isoformat(),
                "operations": len(records),
                "skipped": {k: n for k, n in skipped.items() if n},
            }
            runs.open_run(connection, StagedRun(JOB, window, operation or "", result), token, settings=settings)
    return token


def audit(url: str, token: uuid.UUID) -> None:
    """Check the candidates; an empty set passes only where no operation had enough calls."""
    with connect(url, purpose=JOB) as connection, connection.transaction():
        staged = row(connection, "jobs/runs/lock_run", {"run_token": token})["result"]["operations"]
    runs.audit(url, token, {"staged_baselines": staged == 0})


def publish(url: str, token: uuid.UUID, *, settings: Settings) -> dict[str, Any]:
    """Add the candidates that differ from the last revision of their key, in one transaction."""
    return runs.publish(url, JOB, token, _write, settings=settings)


def _write(connection: Connection, run: Mapping[str, Any]) -> dict[str, int]:
    published = row(connection, "jobs/recalculate_baselines/publish", {"run_token": run["run_token"]})["n_published"]
    return {"published": published, "unchanged": run["result"]["operations"] - published}


def _profiles(
    connection: Connection, window: Window, categories: Mapping[int, str], settings: Settings
) -> dict[int, Profile]:
    profiles = {}
    for operation_id, calls in read_calls(connection, window).items():
        if operation_id in categories:
            profile = fit_profile(calls.started_us, calls.durations_us, options=settings.points)
            if profile is not None:
                profiles[operation_id] = profile
    return shrink_scales(profiles, categories, options=settings.points)


def _record(
    found: Mapping[str, Any], profile: Profile, token: uuid.UUID, as_of: datetime, settings: Settings
) -> dict[str, Any]:
    copied = ("operation_id", "alert_threshold", "n_calls", "hours_covered", "min_us", "max_us", "mean_us", "sd_us")
    return {
        **{name: found[name] for name in copied},
        **dict(zip(_PERCENTILES, found["percentiles_us"], strict=True)),
        "run_token": token,
        "as_of": as_of,
        "config_hash": settings.config_hash(),
        "lookback_days": settings.baseline.lookback_days,
        "p99_is_estimable": found["n_calls"] >= P99_ESTIMABLE_FROM,
        "n_days": profile.n_days,
        "is_seasonal": profile.seasonal,
        "hour_offsets": profile.hour_offsets.tolist(),
        "location": profile.location,
        "scale_up": profile.scale_up,
        "scale_down": profile.scale_down,
    }
