"""Slow calls that an operation is used to are recorded and explained, and tell nobody; others do."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from calls import DAY, HOUR, Call, baselines, detected, put

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def series(project: Path) -> Iterator[ModuleType]:
    """Give the lifelike series of the benchmark."""
    folder = str(project / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("labelled_series")
    finally:
        sys.path.remove(folder)


def calls_of(made) -> list[Call]:
    starts = (EPOCH + timedelta(microseconds=int(at)) for at in made.started_us)
    return [(at, round(ms * 1000)) for at, ms in zip(starts, made.durations_ms, strict=True)]


def test_a_nightly_job_and_a_wandering_load_alert_where_they_are_labelled_and_nowhere_else(
    warehouse, connection, series
):
    start = EPOCH + series.START_DAY * DAY
    made = {kind: series.make(kind, 2) for kind in ("nightly_job", "wandering_load")}
    for kind, one in made.items():
        put(connection, kind, [call for call in calls_of(one) if call[0] < start + 13 * DAY])
    for number in (10, 11, 12):
        baselines(warehouse.url(), start + number * DAY)
        detected(warehouse.url(), start + number * DAY, start + (number + 1) * DAY)
    found = connection.execute(
        "select o.name, a.observed_at, a.is_alerting from oplatency.anomalies as a"
        " join oplatency.operation_types as o using (operation_id) where a.effect > 0"
    ).fetchall()
    for kind, one in made.items():
        labels = [(start + first * HOUR, start + last * HOUR) for first, last in one.labels[:1]]
        alerts = [row["observed_at"] for row in found if row["name"] == kind and row["is_alerting"]]
        assert alerts
        assert all(first <= at < last for at in alerts for first, last in labels)
    job = [row for row in found if row["name"] == "nightly_job" and row["observed_at"].hour == 2]
    assert len(job) >= 3 * 4
    gates = connection.execute(
        "select gates from oplatency.verdicts as v join oplatency.operation_types as o using (operation_id)"
        " where o.name = 'nightly_job' and rule = 'point' and extract(hour from window_start) = 2"
    ).fetchall()
    assert [{name: passed for name, _, _, passed in row["gates"]}["recurring"] for row in gates] == [False] * 3
