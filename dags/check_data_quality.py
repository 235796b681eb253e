"""
### check_data_quality

Runs every suite over what was published in the last seven days: calls, baselines, violations, anomalies, degradations,
correlations.

**Writes** `audit_results`: one row per expectation.

**Parameters.** `suite`: only this one.

**On failure:** the log names the expectations that do not hold, with rows; `v_audit_results` shows the rest. Something
wrote past the gates: find out what, correct it, run the job of that table again. Clearing is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import DAG_DEFAULTS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.DAILY_QUALITY,
    doc_md=__doc__,
    tags=[Tag.UPKEEP, Tag.TIER_2],
    params={"suite": parameters.text_param("Suite", "Only this suite. Empty: all.")},
)
def check_data_quality():
    @task
    def check(**context) -> dict:
        """Check what is published."""
        return tasks.check_quality(context)

    check()


check_data_quality()
