"""When DAGs run, named once. Every timetable has a data interval, so every DAG that has one can be backfilled.

``OPLATENCY_SCHEDULES=off`` takes all timetables away: runs are then triggered only. (A paused DAG would not run at
all.)
"""

from __future__ import annotations

import os

from airflow.sdk import CronDataIntervalTimetable


def _utc(cron: str) -> CronDataIntervalTimetable | None:
    if os.environ.get("OPLATENCY_SCHEDULES", "on") == "off":
        return None
    return CronDataIntervalTimetable(cron, timezone="UTC")


EVERY_5_MINUTES = _utc("*/5 * * * *")
HOURLY = _utc("10 * * * *")
"""Ten minutes past, so that the hour's last calls have arrived."""
EVERY_12_HOURS = _utc("15 */12 * * *")
DAILY_BASELINES = _utc("0 2 * * *")
DAILY_DETECTION = _utc("20 2 * * *")
"""After the baselines that it tries."""
DAILY_QUALITY = _utc("30 2 * * *")
DAILY_MAINTENANCE = _utc("0 3 * * *")
