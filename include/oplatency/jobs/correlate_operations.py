"""Which operations slowed together over a day, after removing what they all share.

Grain: one row per pair, and one per group of linked pairs. Window: ``[as_of - window_hours, as_of)``, as-of a whole UTC
hour. Re-run: pairs and groups of the as-of are replaced.

Report: ``as_of``; ``pairs_tested``, and ``pairs_untestable``; ``raw_pairs`` (what the plain rule would report);
``pairs``, ``pairs_not_listed`` (found, but not among the strongest that are stored), ``groups``. Progress counts
comparisons of two operations.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from oplatency.baselines.versions import read_versions
from oplatency.correlation.search import search
from oplatency.jobs.windowed_job import Attempt, Tally, WindowedJob
from oplatency.stats.correlation import Progress
from oplatency.warehouse.calls import read_durations
from oplatency.warehouse.catalogue import read_operations
from oplatency.warehouse.database import Connection, insert, run
from oplatency.windows import HOUR, to_us

JOB = "correlate_operations"

LOG_S = 10.0
"""The log says how far the comparison is, at most once in this many seconds."""

logger = logging.getLogger(__name__)


def _stage(attempt: Attempt) -> None:
    settings, window, connection = attempt.request.settings, attempt.window, attempt.connection
    with attempt.reading(window.start) as configuration:
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
    progress = _logged(attempt.request.progress)
    found, pairs, groups = search(calls, profiles, operations, window, options=settings.correlation, progress=progress)
    result = {
        "as_of": window.end.isoformat(),
        "pairs_tested": found.pairs_tested,
        "pairs_untestable": found.pairs_untestable,
        "raw_pairs": found.raw_pairs,
        "pairs": len(pairs),
        "pairs_not_listed": found.pairs_not_listed,
        "groups": len(groups),
    }
    token = {"run_token": attempt.token}
    with attempt.staging(result):
        insert(connection, f"jobs/{JOB}/stage_correlations", [pair._asdict() | token for pair in pairs])
        insert(connection, f"jobs/{JOB}/stage_correlation_groups", [group._asdict() | token for group in groups])


def _publish(connection: Connection, found: Mapping[str, Any]) -> dict[str, int]:
    """Replace the pairs and groups of the as-of."""
    parameters = {"run_token": found["run_token"], "as_of": found["window_end"]}
    for table in ("correlations", "correlation_groups"):
        run(connection, f"jobs/{JOB}/delete_{table}", parameters)
        run(connection, f"jobs/{JOB}/publish_{table}", parameters)
    return {}


def _logged(progress: Progress | None) -> Progress:
    """Return a callback that logs progress now and then, and passes every call on to `progress`."""
    begun_s = reported_s = time.monotonic()

    def log_progress(done: int, total: int) -> None:
        nonlocal reported_s
        if progress:
            progress(done, total)
        now_s = time.monotonic()
        if now_s - reported_s >= LOG_S:
            reported_s = now_s
            speed = done / (now_s - begun_s)
            logger.info("%.0f %% of %s comparisons (%s a second)", 100 * done / total, f"{total:,}", f"{speed:,.0f}")

    return log_progress


CORRELATE = WindowedJob(
    JOB,
    stage=_stage,
    # a quiet day has none
    suites=lambda result: dict.fromkeys(("staged_correlations", "staged_correlation_groups"), True),
    publish=_publish,
    unit=HOUR,
    length=lambda settings: settings.correlation.window_hours * HOUR,
    asset="findings",
    counts=("pairs",),
    tally=Tally("correlations", "pairs"),
)
