"""Synthetic slow-downs in a copy of last week: does detection, as it is set and with the baselines in force, find them?

Grain: one row of ``canary_trials`` per operation, rule, size and place. Window: the seven days before an as-of.
Re-run: the rows of the as-of are replaced; equal calls, baselines and settings give equal rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from statistics import median
from typing import Any

from oplatency.backtesting.canary import RULES, WEEK, Tested, Trial, trials
from oplatency.baselines.configurations import read_configuration
from oplatency.baselines.versions import read_versions
from oplatency.errors import GateFailedError
from oplatency.settings import Settings
from oplatency.warehouse.calls import read_calls
from oplatency.warehouse.catalogue import read_operations
from oplatency.warehouse.database import connect, insert, lock_job, run, snapshot
from oplatency.warehouse.migrations import require_current_schema
from oplatency.windows import DAY, HOUR, Window, require_whole

JOB = "check_detection"


def check(url: str, *, as_of: datetime, settings: Settings) -> dict[str, Any]:
    """Try synthetic slow-downs, keep what became of each, and fail where a rule no longer detects enough.

    Parameters
    ----------
    as_of : datetime
        End of the week that is copied, a whole UTC day; the baselines in force then judge.

    Returns
    -------
    dict
        ``as_of``, ``operations`` tried, and by rule ``trials``, ``found``, ``recall``, ``median_delay_hours``. Without
        an operation that is busy and steady enough there are no trials, and nothing is wrong.

    Raises
    ------
    GateFailedError
        If a rule found fewer than `canary.min_recall` of its trials; they are kept all the same.
    """
    day = require_whole(as_of, DAY, name="as_of")
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        require_current_schema(connection)
        with snapshot(connection):
            configuration = read_configuration(connection, settings)
            operations = read_operations(connection)
            lookback = max(settings.baseline.lookback_days * DAY, WEEK)
            calls = read_calls(connection, Window(day - lookback, day))
            versions = read_versions(
                connection, Window(day, day + HOUR), config_hash=configuration.config_hash, options=settings.baseline
            )
        tested = Tested(day, calls, versions, configuration, settings)
        tried = list(trials(tested, operations))
        with connection.transaction():
            lock_job(connection, JOB, settings=settings.database)
            run(connection, f"jobs/{JOB}/delete", {"as_of": day})
            insert(connection, f"jobs/{JOB}/insert", [trial._asdict() for trial in tried])
    rules = {rule: _summary([trial for trial in tried if trial.rule == rule]) for rule in RULES}
    report = {
        "as_of": day.isoformat(),
        "operations": len({trial.operation_id for trial in tried}),
        "rules": {rule: summary for rule, summary in rules.items() if summary["trials"]},
    }
    _require_recall(report, settings.canary.min_recall)
    return report


def _summary(trials: list[Trial]) -> dict[str, Any]:
    delays = [trial.delay_s for trial in trials if trial.delay_s is not None]
    return {
        "trials": len(trials),
        "found": len(delays),
        "recall": len(delays) / len(trials) if trials else None,
        "median_delay_hours": median(delays) / 3600 if delays else None,
    }


def _require_recall(report: Mapping[str, Any], min_recall: float) -> None:
    blind = [
        f"{rule} found {summary['found']} of {summary['trials']}"
        for rule, summary in report["rules"].items()
        # of one or two trials chance may take one
        if summary["found"] < math.floor(min_recall * summary["trials"])
    ]
    if blind:
        raise GateFailedError(
            f"Detection is blind: of slow-downs that the shipped settings find for certain, {'; '.join(blind)}.",
            where=f"{JOB} as of {report['as_of']}, {report['operations']} operations",
            remedy="see v_detection_canary and `oplatency doctor --detection`; look at the newest change of settings,"
            " and at the baselines in force; if it is meant to see less, set canary.slowdowns or canary.min_recall",
        )
