"""
### detect_anomalies

Judges the newest whole hours against the baseline that was in force before them: calls slower than the operation's
limit (violations), calls that the robust 3-sigma rule calls abnormal and hours of silence (anomalies), and, when a day
closes, operations whose level, slow calls or trend moved (degradations, with the time it began).

**Writes** `violations`, `anomalies`, `degradations`, and `verdicts`: one row per operation, window and rule, found or
not, with every gate. The rows of the window are replaced. The run's result states how many false alerts to expect.

**Why did it alert, why was it silent?** `oplatency explain OPERATION --at T`, or `v_verdicts`.

**Parameters.** `window_start`, `window_end`: whole UTC hours, half-open; give both or none (empty: the hours the run's
interval covers). `operation`: only this one.

**On failure:** a red `audit` names the rule that does not hold; the old findings stay. Clearing any task is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import BASELINES, DAG_DEFAULTS, FINDINGS, METRICS, Tag

JOB = "detect_anomalies"


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.HOURLY,
    doc_md=__doc__,
    tags=[Tag.ANALYSIS, Tag.TIER_1],
    params={
        "window_start": parameters.instant_param("From", "First hour, inclusive. Empty: from the run."),
        "window_end": parameters.instant_param("To", "End of the last hour, exclusive. Empty: from the run."),
        "operation": parameters.text_param("Operation", "Only this operation. Empty: all."),
    },
)
def detect_anomalies():
    @task(inlets=[METRICS, BASELINES])
    def stage(**context) -> str:
        """Judge the calls and the closed days of the window."""
        return tasks.stage(context, JOB)

    @task
    def audit(token: str) -> None:
        """Check the staged findings."""
        tasks.audit(token, JOB)

    @task(outlets=[FINDINGS])
    def publish(token: str, *, outlet_events) -> dict:
        """Replace the findings of the window."""
        return tasks.publish(token, JOB, outlet_events)

    staged = stage()
    audit(staged) >> publish(staged)


detect_anomalies()
