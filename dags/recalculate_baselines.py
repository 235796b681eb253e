"""
### recalculate_baselines

What each operation took over the seven whole days before an instant: exact percentiles and the profile that later calls
are judged against. An operation needs more than 5 calls, else its old baseline stays.

**Writes** `baselines` and `baseline_profiles`: one version per operation and as-of, immutable. A version is added only
where its content differs, so any number of runs in any order gives the same tables.

**Parameters.** `as_of`: end of the look-back, a whole UTC day (empty: the day the run's interval ends in).
`lookback_days` and `min_samples`: instead of the settings. `operation`: only this one.

In the end `refresh` computes again whatever late data touches: earlier baselines (a new revision), the findings of
windows that had been judged without it, correlations.

**On failure:** a red `audit` names the rule that does not hold; the old baselines stay in force. Correct the cause and
clear the run; clearing any task is safe. A red `refresh` names what it could not compute again; it goes on from there.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import BASELINES, DAG_DEFAULTS, FINDINGS, LONG, METRICS, Tag

JOB = "recalculate_baselines"


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.DAILY_BASELINES,
    doc_md=__doc__,
    tags=[Tag.ANALYSIS, Tag.TIER_2],
    params={
        "as_of": parameters.instant_param("As of", "End of the look-back, a whole UTC day. Empty: from the run."),
        "lookback_days": parameters.count_param("Look-back in days", "Empty: from the settings (7).", 1, 90),
        "min_samples": parameters.count_param("Fewest calls", "Empty: from the settings (6).", 6, 1_000_000),
        "operation": parameters.text_param("Operation", "Only this operation. Empty: all."),
    },
)
def recalculate_baselines():
    @task(inlets=[METRICS])
    def stage(**context) -> str:
        """Compute candidate baselines."""
        return tasks.stage(context, JOB)

    @task
    def audit(token: str) -> None:
        """Check the candidates."""
        tasks.audit(token, JOB)

    @task(outlets=[BASELINES])
    def publish(token: str, *, outlet_events) -> dict:
        """Add the versions that are new."""
        return tasks.publish(token, JOB, outlet_events)

    # a week late: 168 hours are judged again, each with its audit
    @task(outlets=[BASELINES, FINDINGS], execution_timeout=LONG)
    def refresh(*, outlet_events) -> dict:
        """Compute again what late data touches."""
        return tasks.refresh_results(outlet_events)

    staged = stage()
    audit(staged) >> publish(staged) >> refresh()


recalculate_baselines()
