"""What the tasks that prove detection call: replays of history, and synthetic slow-downs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from oplatency.airflow import parameters, tasks
from oplatency.settings import load_settings
from oplatency.windows import DAY

Context = Mapping[str, Any]

logger = logging.getLogger(__name__)


def backtest(context: Context) -> dict[str, Any]:
    """Replay past days with two configurations; return their scores and differences without the alerts' lists."""
    from oplatency.backtesting.labels import LabelFile
    from oplatency.jobs import backtest as job

    changed = {name: parameters.settings(context, name) for name in ("first", "second")}
    configurations = {"first": load_settings(**changed["first"])}
    if changed["second"]:
        configurations["second"] = load_settings(**changed["second"])
    labels = parameters.text(context, "labels")
    found = job.backtest(
        tasks.writer_url(),
        parameters.window_of_days(context),
        configurations=configurations,
        labels=None if labels is None else LabelFile.read(tasks.inside_landing_folder(labels)),
    )
    for one in found["configurations"]:
        for alert in one.pop("alerts"):
            logger.info("%s: %s", one["name"], alert)
        logger.info("%s", one)
    if difference := found.get("difference"):
        for name in ("only_first", "only_second"):
            for alert in difference[name]:
                logger.info("%s: %s", name, alert)
            difference[name] = len(difference[name])
        logger.info("%s", difference)
    return found


def check_detection(context: Context) -> dict[str, Any]:
    """Try synthetic slow-downs; fail the task where a rule no longer detects enough."""
    from oplatency.jobs import check_detection as job

    report = job.check(tasks.writer_url(), as_of=parameters.as_of(context, DAY), settings=load_settings())
    logger.info("%s", report)
    return report
