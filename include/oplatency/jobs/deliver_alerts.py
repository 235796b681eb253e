"""Alerts: one row for each violation and alerting finding, written once and logged.

Grain: one row per finding, or per silence of a source. Re-run: a finding that has its row gets no second one.
"""

from __future__ import annotations

import logging
from typing import Any

from oplatency.settings import Settings
from oplatency.warehouse.database import Row, connect, lock_job, rows
from oplatency.warehouse.migrations import require_current_schema

JOB = "deliver_alerts"

logger = logging.getLogger(__name__)


def deliver(url: str, *, settings: Settings, dry_run: bool = False) -> dict[str, Any]:
    """Write the alerts that are missing.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    dry_run : bool
        Only report what would be written.

    Returns
    -------
    dict
        ``dry_run``, ``alerts`` (new rows), and their number ``by_severity``.
    """
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        require_current_schema(connection)
        with connection.transaction(force_rollback=dry_run):
            lock_job(connection, JOB, settings=settings.database)
            written = rows(connection, f"jobs/{JOB}/insert_alerts")
    by_severity: dict[str, int] = {}
    for alert in written:
        by_severity[alert["severity"]] = by_severity.get(alert["severity"], 0) + 1
        logger.info(
            "%s %s: %s",
            alert["severity"],
            alert["alert_type"],
            _message(alert),
        )
    return {"dry_run": dry_run, "alerts": len(written), "by_severity": by_severity}


def _message(alert: Row) -> str:
    at = alert["observed_at"].isoformat()
    if alert["alert_type"] == "SILENCE":
        hours = alert["actual_us"] / 3_600_000_000
        if alert["is_source"]:
            return f"source {alert['subject']} has sent nothing for {hours:.1f} h, overdue since {at}"
        return f"{alert['subject']} was not called for {hours:.1f} h at {at}"
    return f"{alert['subject']} took {alert['actual_us'] / 1000:.1f} ms at {at}"
