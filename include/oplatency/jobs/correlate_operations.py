"""Which operations slowed together over a day, after removing what they all share.

Grain: one row per pair, and one per group of linked pairs. Window: ``[as_of - window_hours, as_of)``, as-of a whole UTC
hour. Re-run: pairs and groups of the as-of are replaced.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oplatency.database import Connection, connect, insert, run, snapshot
from oplatency.jobs import bottlenecks, runs
from oplatency.jobs.configurations import read_configuration
from oplatency.jobs.runs import HOUR, StagedRun, Window
from oplatency.jobs.series import Operation, read_durations, read_operations, read_versions, to_datetime, to_us
from oplatency.settings import Settings
from oplatency.stats.correlation import CorrelationResult, Pair, Progress, correlate

JOB = "correlate_operations"

LOG_S = 10.0
"""The log says how far the comparison is, at most once in so many seconds."""

Record = dict[str, Any]

logger = logging.getLogger(__name__)


def correlate_as_of(
    url: str, *, as_of: datetime, settings: Settings, progress: Progress | None = None
) -> dict[str, Any]:
    """Stage, audit and publish the pairs and groups of the window that ends at an instant.

    Parameters
    ----------
    url : str
        Connection to the warehouse.
    as_of : datetime
        End of the window, a whole UTC hour.
    settings : Settings
        Length of the window, bins and limits.
    progress : callable, optional
        Called every so often with the comparisons of two operations that are done, and with their number in all.

    Returns
    -------
    dict
        ``as_of``, ``pairs_tested``, ``raw_pairs`` (what the plain rule would report), ``pairs``, ``pairs_left_out``
        (found, but not among the strongest that are stored), ``groups``.
    """
    token = stage(url, as_of=as_of, settings=settings, progress=progress)
    audit(url, token)
    return publish(url, token, settings=settings)


def stage(url: str, *, as_of: datetime, settings: Settings, progress: Progress | None = None) -> uuid.UUID:
    """Compute pairs and groups and commit them under a token; `progress` as in `correlate_as_of`."""
    end = runs.require_whole(as_of, HOUR, name="as_of")
    window = Window(end - settings.correlation.window_hours * HOUR, end)
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        token = runs.open_session(connection, settings.database)
        with snapshot(connection):
            seen = runs.read_seen(connection, window.start)
            configuration = read_configuration(connection, settings)
            operations = read_operations(connection)
            # judged by what was normal before the window began
            profiles = {
                operation_id: versions[0].profile
                for operation_id, versions in read_versions(
                    connection, window, config_hash=configuration.config_hash
                ).items()
                if versions[0].start_us <= to_us(window.start)
            }
            calls = read_durations(connection, window)
        found = correlate(
            {key: (own.started_us, own.durations_us) for key, own in calls.items()},
            profiles,
            window_start_us=to_us(window.start),
            window_end_us=to_us(window.end),
            options=settings.correlation,
            progress=_logged(progress),
        )
        groups, group_of = _groups(found, operations, end, settings)
        pairs = [_pair(pair, operations, end, group_of[pair.a]) for pair in found.pairs]
        with connection.transaction():
            insert(connection, f"jobs/{JOB}/stage_correlations", [pair | {"run_token": token} for pair in pairs])
            insert(
                connection, f"jobs/{JOB}/stage_correlation_groups", [group | {"run_token": token} for group in groups]
            )
            result = {
                "as_of": end.isoformat(),
                "pairs_tested": found.pairs_tested,
                "pairs_untestable": found.pairs_untestable,
                "raw_pairs": found.raw_pairs,
                "pairs": len(pairs),
                "pairs_left_out": found.pairs_left_out,
                "groups": len(groups),
            }
            runs.open_run(connection, StagedRun(JOB, window, "", result, seen), token, configuration=configuration)
    return token


def audit(url: str, token: uuid.UUID) -> None:
    """Check the staged pairs and groups; a quiet day has none."""
    runs.audit(url, token, dict.fromkeys(("staged_correlations", "staged_correlation_groups"), True))


def publish(url: str, token: uuid.UUID, *, settings: Settings) -> dict[str, Any]:
    """Replace the pairs and groups of the as-of, in one transaction."""
    return runs.publish(url, JOB, token, _write, settings=settings)


def _write(connection: Connection, found: Mapping[str, Any]) -> dict[str, int]:
    parameters = {"run_token": found["run_token"], "as_of": found["window_end"]}
    for table in ("correlations", "correlation_groups"):
        run(connection, f"jobs/{JOB}/delete_{table}", parameters)
        run(connection, f"jobs/{JOB}/publish_{table}", parameters)
    return {}


def _logged(progress: Progress | None) -> Progress:
    """Return what tells the log now and then how far the comparison is, and `progress` every time."""
    begun_s = told_s = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told_s
        if progress:
            progress(done, total)
        now_s = time.monotonic()
        if now_s - told_s >= LOG_S:
            told_s = now_s
            speed = done / (now_s - begun_s)
            logger.info("%.0f %% of %s comparisons (%s a second)", 100 * done / total, f"{total:,}", f"{speed:,.0f}")

    return tell


def _groups(
    found: CorrelationResult, operations: Mapping[int, Operation], as_of: datetime, settings: Settings
) -> tuple[list[Record], dict[int, int]]:
    told = {
        pair.a
        for pair in found.pairs
        if pair.strength in {"strong", "critical"} or pair.joint_bins >= settings.correlation.min_joint_bins
    }
    records, group_of = [], {}
    for group_no, group in enumerate(found.groups, start=1):
        members = sorted((operations[key] for key in group.members), key=lambda operation: operation.name)
        bottleneck = bottlenecks.of_group(members)
        group_of.update(dict.fromkeys(group.members, group_no))
        records.append(
            {
                "as_of": as_of,
                "group_no": group_no,
                "members": [member.name for member in members],
                "onset_at": to_datetime(group.onset_us),
                "bottleneck": bottleneck.title,
                "recommendation": bottleneck.recommendation,
                "is_alerting": bool(told & set(group.members)),
            }
        )
    return records, group_of


def _pair(pair: Pair, operations: Mapping[int, Operation], as_of: datetime, group_no: int) -> Record:
    first, second = sorted((operations[pair.a], operations[pair.b]), key=lambda operation: operation.name)
    return {
        "as_of": as_of,
        "operation_a_id": first.operation_id,
        "operation_b_id": second.operation_id,
        "raw_pearson": _or_null(pair.raw_pearson),
        "raw_spearman": _or_null(pair.raw_spearman),
        "corrected": _or_null(pair.corrected),
        "joint_bins": pair.joint_bins,
        "effective_n": pair.effective_n,
        "p": pair.p,
        "q": pair.q,
        "lag_bins": pair.lag_bins if first.operation_id == pair.a else -pair.lag_bins,
        "strength": pair.strength,
        "group_no": group_no,
        "bottleneck": bottlenecks.of_pair(first, second).title,
    }


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value
