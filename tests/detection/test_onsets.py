"""Findings of days say when the change began, with an interval, or why that is not known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, detected, ordinary, put, slowed
from oplatency.stats.onset import MIN_HOURS

BEGAN = TODAY - 15 * HOUR
STEP = 5 * MINUTE


def found(connection, kind: str) -> list[dict[str, Any]]:
    return connection.execute(
        "select found.*, operations.name as operation from oplatency.degradations as found"
        " join oplatency.operation_types as operations using (operation_id)"
        " where kind = %s order by window_start desc",
        (kind,),
    ).fetchall()


def judged(warehouse, connection, calls) -> None:
    put(connection, "commit", calls)
    baselines(warehouse.url(), TODAY - DAY)
    detected(warehouse.url(), TODAY - DAY, TODAY)


def test_a_shift_is_dated_within_its_interval(warehouse, connection):
    judged(warehouse, connection, slowed(ordinary(WEEK_AGO, TODAY, STEP), BEGAN, TODAY, 1.5))
    shifts = found(connection, "shift")
    assert shifts
    for shift in shifts:
        assert shift["onset_low_at"] <= BEGAN <= shift["onset_high_at"]
        assert abs(shift["onset_at"] - BEGAN) <= HOUR
        assert shift["no_onset_reason"] is None
    told = connection.execute("select onset_at from oplatency.v_anomalies where kind = 'shift'").fetchall()
    assert [row["onset_at"] for row in told] == [shift["onset_at"] for shift in shifts]


def test_a_tail_is_dated_by_its_slow_calls(warehouse, connection):
    random = np.random.default_rng(5)
    began = TODAY - DAY
    calls = [
        (at, int(us * 6) if at >= began and random.random() < 0.15 else us)
        for at, us in ordinary(WEEK_AGO, TODAY, MINUTE)
    ]
    judged(warehouse, connection, calls)
    tails = found(connection, "tail")
    assert tails
    for tail in tails:
        assert tail["onset_low_at"] <= began <= tail["onset_high_at"]
        assert abs(tail["onset_at"] - began) <= 2 * HOUR


def test_a_drift_has_no_single_start_and_a_trend_that_is_a_step_has(warehouse, connection):
    calm = ordinary(WEEK_AGO, TODAY, STEP)
    judged(warehouse, connection, [(at, int(us * 1.6 ** ((at - WEEK_AGO) / (7 * DAY)))) for at, us in calm])
    (trend,) = found(connection, "trend")
    assert (trend["onset_at"], trend["no_onset_reason"]) == (None, "drift")
    began = TODAY - 4 * DAY + 3 * HOUR
    put(connection, "merge", slowed(ordinary(WEEK_AGO, TODAY, STEP, seed=2), began, TODAY, 1.6))
    detected(warehouse.url(), TODAY - DAY, TODAY)
    (stepped,) = [row for row in found(connection, "trend") if row["operation"] == "merge"]
    assert stepped["onset_low_at"] <= began <= stepped["onset_high_at"]


@pytest.mark.parametrize("kind", ["shift"])
def test_too_few_hours_bear_no_date_and_say_so(warehouse, connection, kind: str):
    # seven calls within one hour a day: seven hours in all
    calls = [
        (at, us)
        for day in range(7)
        for at, us in ordinary(*(WEEK_AGO + day * DAY + part for part in (timedelta(0), 35 * MINUTE)), STEP, seed=day)
    ]
    judged(warehouse, connection, slowed(calls, TODAY - DAY, TODAY, 3))
    shifts = found(connection, kind)
    assert shifts
    assert {(row["onset_at"], row["no_onset_reason"]) for row in shifts} == {(None, "few_hours")}


def test_every_reason_has_its_words(connection):
    found = connection.execute("select no_onset_reason, description from oplatency.no_onset_reasons").fetchall()
    words = {row["no_onset_reason"]: row["description"] for row in found}
    assert words.keys() == {"before_lookback", "drift", "few_hours"}
    assert str(MIN_HOURS) in words["few_hours"]
