"""
### deliver_alerts

Writes an alert for each violation and alerting finding that has none yet, and logs it.

**Writes** `alerts`: one row per violation; per operation and hour of alerting calls; per degraded day; per group of
operations. A finding never alerts twice.

**Parameters.** `dry_run`: only report what would be written.

**On failure:** nothing was written; the next run catches up. Clearing is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import DAG_DEFAULTS, FINDINGS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.EVERY_5_MINUTES,
    doc_md=__doc__,
    tags=[Tag.ALERTS, Tag.TIER_1],
    params={"dry_run": parameters.flag_param("Dry run", "Only report what would be written.", default=False)},
)
def deliver_alerts():
    @task(inlets=[FINDINGS])
    def deliver(**context) -> dict:
        """Write the alerts that are missing."""
        return tasks.deliver_alerts(context)

    deliver()


deliver_alerts()
