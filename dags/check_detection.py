"""
### check_detection

Slows down copied calls of last week, for some hours and for the whole last day, and asks detection, as it is set and
with the baselines in force, whether it would alert. A blind detector looks like a quiet one; this shows the difference.

**Writes** `canary_trials`: one row per synthetic slow-down; those of the as-of are replaced. Calls, baselines and
findings are only read.

**Parameters.** `as_of`: end of the week that is copied, a whole UTC day (empty: the day the run's interval ends in).

**On failure:** the log names the rules that found too little of what shipped settings are sure to find. See
`v_detection_canary` and `oplatency doctor --detection`, undo the newest change of settings, or look why the baselines
in force are missing or wide. Clearing is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import backtesting, parameters, schedules
from oplatency.airflow.defaults import BASELINES, DAG_DEFAULTS, METRICS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.DAILY_DETECTION,
    doc_md=__doc__,
    tags=[Tag.ANALYSIS, Tag.TIER_1],
    params={"as_of": parameters.instant_param("As of", "End of the copied week, a UTC day. Empty: from the run.")},
)
def check_detection():
    @task(inlets=[METRICS, BASELINES])
    def check(**context) -> dict:
        """Try synthetic slow-downs."""
        return backtesting.check_detection(context)

    check()


check_detection()
