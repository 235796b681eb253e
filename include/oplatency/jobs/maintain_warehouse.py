"""Upkeep: partitions ahead of the facts, what is beyond its retention dropped, leftovers of staging removed.

Re-run: nothing left to do. Facts are dropped by whole days, never deleted row by row; all else row by row,
by whole days too.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from oplatency.settings import Settings
from oplatency.warehouse.database import connect, lock_job, row, rows, run
from oplatency.warehouse.migrations import require_current_schema
from oplatency.windows import DAY, floor_to

JOB = "maintain_warehouse"

logger = logging.getLogger(__name__)


def maintain(url: str, *, as_of: datetime, settings: Settings, dry_run: bool = False) -> dict[str, Any]:
    """Make partitions for the days ahead of an instant and drop those behind the retention.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    as_of : datetime
        What counts as today.
    dry_run : bool
        Only report what would be created and dropped.

    Returns
    -------
    dict
        ``as_of``, ``dry_run``, ``made`` (partitions), ``dropped`` (their names), ``expired`` (rows by table),
        ``cleared`` (abandoned staged rows).
    """
    today = floor_to(as_of, DAY)
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        require_current_schema(connection)
        # an instant that is wrong, or ahead of a warehouse whose time stands still, must not age the facts
        reference_at: datetime = row(connection, "session/reference_time")["reference_at"]
        known_day = floor_to(min(today, reference_at), DAY)
        kept = settings.retention
        horizon = known_day - kept.metrics_days * DAY
        with connection.transaction(force_rollback=dry_run):
            lock_job(connection, JOB, settings=settings.database)
            made = row(
                connection,
                f"jobs/{JOB}/make_partitions",
                {"from_on": today.date(), "to_on": (today + kept.partitions_ahead_days * DAY).date()},
            )["n_made"]
            dropped = [
                found["partition_name"]
                for found in rows(
                    connection, f"jobs/{JOB}/drop_partitions", {"before_on": horizon.date(), "dry_run": dry_run}
                )
            ]
            expired = {
                table: run(connection, f"jobs/{JOB}/{statement}", {"before_at": known_day - days * DAY})
                for table, statement, days in (
                    ("verdicts", "delete_expired_verdicts", kept.verdicts_days),
                    ("aggregate_intervals", "delete_expired_intervals", kept.aggregates_days),
                    ("canary_trials", "delete_old_canary_trials", kept.canary_trials_days),
                    ("backtests", "delete_old_backtests", kept.backtests_days),
                )
            }
            cleared = row(connection, f"jobs/{JOB}/clear_staged_input")["n_cleared"]
            cleared += row(connection, f"jobs/{JOB}/clear_staged_results")["n_cleared"]
        if not dry_run:
            run(connection, f"jobs/{JOB}/analyze")
    for name in dropped:
        logger.info("%s partition %s", "would drop" if dry_run else "dropped", name)
    return {
        "as_of": today.isoformat(),
        "dry_run": dry_run,
        "made": made,
        "dropped": dropped,
        "expired": expired,
        "cleared": cleared,
    }
