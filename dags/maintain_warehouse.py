"""
### maintain_warehouse

Makes the daily partitions of `metrics` for the days ahead, drops those older than the retention, and clears staged rows
that will never be published.

**Writes** partitions of `metrics`; drops whole days, never single rows.

**Parameters.** `dry_run`: only report what would be created and dropped. Empty: yes for a run triggered by hand, no
for a scheduled one.

**On failure:** nothing was changed; the next run catches up, two weeks of partitions are in reserve. Clearing is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import DAG_DEFAULTS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.DAILY_MAINTENANCE,
    doc_md=__doc__,
    tags=[Tag.UPKEEP, Tag.TIER_1],
    params={"dry_run": parameters.flag_param("Dry run", "Empty: yes when triggered by hand.", default=None)},
)
def maintain_warehouse():
    @task
    def maintain(**context) -> dict:
        """Make and drop partitions."""
        return tasks.maintain_warehouse(context)

    maintain()


maintain_warehouse()
