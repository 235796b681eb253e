"""Which operations slowed together over a day, after removing what they all share.

Grain: one row per pair, and one per group of linked pairs. Window: ``[as_of - window_hours, as_of)``, as-of a whole UTC
hour. Re-run: pairs and groups of the as-of are replaced.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oplatency.baselines.configurations import read_configuration
from oplatency.baselines.versions import read_versions
from oplatency.correlation.search import search
from oplatency.jobs import windowed_job
from oplatency.jobs.windowed_job import StagedRun
from oplatency.settings import Settings
from oplatency.stats.correlation import Progress
from oplatency.warehouse.calls import read_durations
from oplatency.warehouse.catalogue import read_operations
from oplatency.warehouse.database import Connection, connect, insert, run, snapshot
from oplatency.warehouse.sessions import open_session, read_seen
from oplatency.windows import HOUR, Window, require_whole, to_us

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
    end = require_whole(as_of, HOUR, name="as_of")
    window = Window(end - settings.correlation.window_hours * HOUR, end)
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        token = open_session(connection, settings.database)
        with snapshot(connection):
            seen = read_seen(connection, window.start)
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
        found, pairs, groups = search(
            calls, profiles, operations, window, options=settings.correlation, progress=_logged(progress)
        )
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
            windowed_job.open_run(
                connection, StagedRun(JOB, window, "", result, seen), token, configuration=configuration
            )
    return token


def audit(url: str, token: uuid.UUID) -> None:
    """Check the staged pairs and groups; a quiet day has none."""
    windowed_job.audit(url, token, dict.fromkeys(("staged_correlations", "staged_correlation_groups"), True))


def publish(url: str, token: uuid.UUID, *, settings: Settings) -> dict[str, Any]:
    """Replace the pairs and groups of the as-of, in one transaction."""
    return windowed_job.publish(url, JOB, token, _write, settings=settings)


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
