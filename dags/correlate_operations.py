"""
### correlate_operations

Which operations slowed together over the last 24 hours, after removing what they all share, and which bottleneck they
probably share.

**Writes** `correlations` (one row a pair) and `correlation_groups`: the rows of the as-of are replaced.

**Parameters.** `as_of`: end of the 24 hours, a whole UTC hour (empty: the hour the run's interval ends in).

**On failure:** a red `audit` names the rule that does not hold; the old pairs stay. Clearing any task is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import BASELINES, DAG_DEFAULTS, FINDINGS, METRICS, Tag

JOB = "correlate_operations"


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.EVERY_12_HOURS,
    doc_md=__doc__,
    tags=[Tag.ANALYSIS, Tag.TIER_2],
    params={"as_of": parameters.instant_param("As of", "End of the 24 hours, a whole UTC hour. Empty: from the run.")},
)
def correlate_operations():
    @task(inlets=[METRICS, BASELINES])
    def stage(**context) -> str:
        """Compute pairs and groups."""
        return tasks.stage(context, JOB)

    @task
    def audit(token: str) -> None:
        """Check the staged pairs and groups."""
        tasks.audit(token, JOB)

    @task(outlets=[FINDINGS])
    def publish(token: str, *, outlet_events) -> dict:
        """Replace the pairs and groups of the as-of."""
        return tasks.publish(token, JOB, outlet_events)

    staged = stage()
    audit(staged) >> publish(staged)


correlate_operations()
