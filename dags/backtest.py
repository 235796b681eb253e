"""
### backtest

Judges past days again as each night knew them, with one configuration or two, and compares the alerts. A call is there
once its batch has arrived; history that was loaded afterwards counts as there when it started.

**Writes** `backtests`: one row per window, configuration and file of labels. What is published is neither read nor
changed. The log lists the alerts, and those of one configuration only.

**Parameters.** `window_start`, `window_end`: whole UTC days, half-open. `first`, `second`: settings to change, such as
`{"points": {"warning_z": 2.5}}` (empty first: the settings in use; empty second: no comparison). `labels`: CSV file
below the landing folder with the columns operation, from, to; precision, recall and delay are scored against it.

**On failure:** the log names the parameter, or the lines of the labels that cannot be used. Clearing is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import backtesting, parameters
from oplatency.airflow.defaults import DAG_DEFAULTS, METRICS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=None,
    doc_md=__doc__,
    tags=[Tag.ANALYSIS, Tag.TIER_2],
    params={
        "window_start": parameters.instant_param("From", "First day, inclusive."),
        "window_end": parameters.instant_param("To", "End of the last day, exclusive."),
        "first": parameters.settings_param("First configuration", "Settings to change. Empty: those in use."),
        "second": parameters.settings_param("Second configuration", "Settings to change. Empty: no comparison."),
        "labels": parameters.text_param("Labels", "CSV file below the landing folder. Empty: none.", max_length=1000),
    },
)
def backtest():
    @task(inlets=[METRICS])
    def replay(**context) -> dict:
        """Judge the days again and score the alerts."""
        return backtesting.backtest(context)

    replay()


backtest()
