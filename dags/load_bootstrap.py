"""
### load_bootstrap

Makes the warehouse and loads what an installation starts with: 33 operation types, 82 calls, one merge with its trace,
and the first five baselines.

**Writes** the whole schema, `operation_types`, `branches`, `metrics`, `spans`, `merges`, `baselines`.

**Parameters.** `as_of`: end of the seven days that the calls are spread over, a whole UTC day. Empty: the stored one,
else the start of today.

**Running it again** changes nothing. Another `as_of` than the stored one is refused.

**On failure:** read the last line of the log: it says what to do. Clearing any task is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, tasks
from oplatency.airflow.defaults import DAG_DEFAULTS, METRICS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=None,
    doc_md=__doc__,
    tags=[Tag.UPKEEP, Tag.TIER_2],
    params={
        "as_of": parameters.instant_param("As of", "End of the seven days of calls, a whole UTC day. Empty: today.")
    },
)
def load_bootstrap():
    @task
    def migrate() -> int:
        """Migrate the warehouse to the schema of this code."""
        return tasks.migrate_schema()

    @task
    def stage(**context) -> dict:
        """Load catalogue and merge, stage the calls."""
        return tasks.load_catalogue(context)

    @task
    def audit(staged: dict) -> list[str]:
        """Check the staged calls as a whole."""
        return tasks.audit_batches(staged)

    @task(outlets=[METRICS])
    def publish(staged: dict, failed_audits: list[str], *, outlet_events) -> list[dict]:
        """Turn the calls into facts."""
        return tasks.publish_batches(staged, failed_audits, outlet_events)

    @task
    def first_baselines() -> dict:
        """Compute the first baselines."""
        return tasks.first_baselines()

    staged = stage()
    migrate() >> staged
    publish(staged, audit(staged)) >> first_baselines()


load_bootstrap()
