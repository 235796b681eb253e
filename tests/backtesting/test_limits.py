"""What each rule says it could see, held against what the job then finds."""

from __future__ import annotations

import math

import pytest

from calls import DAY, DEFAULTS, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, detected, ordinary, put, slowed
from oplatency.backtesting import limits as detection_limits
from oplatency.backtesting.limits import Limit, OperationLimits
from oplatency.settings import load_settings
from oplatency.warehouse.database import connect

RULES = ["point", "alert", "shift_1", "shift_3", "tail", "trend", "correlation", "silence"]
BUSY = {"busy": 2 * MINUTE, "usual": 10 * MINUTE, "calm": 30 * MINUTE}


@pytest.fixture
def stopped(server, warehouse):
    """Let the time of the warehouse stand at noon of the day after the baselines."""
    with_time = f"alter database {warehouse.database} set oplatency.as_of = '{(TODAY + 12 * HOUR).isoformat()}'"
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(with_time.encode())
    return warehouse


def limits_by_operation(url: str, **options) -> dict[str, OperationLimits]:
    return {found.operation: found for found in detection_limits.operation_limits(url, settings=DEFAULTS, **options)[1]}


def limits(found: OperationLimits) -> dict[str, Limit]:
    return {limit.rule: limit for limit in found.limits}


def factor(found: OperationLimits, rule: str, times: float) -> float:
    """Return how much longer calls take at a multiple of a rule's smallest slow-down, in logarithms."""
    least = limits(found)[rule].slowdown_pct
    assert least is not None
    return math.exp(times * math.log1p(least / 100))


def test_what_lies_well_above_the_smallest_slow_down_is_found_and_what_lies_well_below_is_not(stopped, connection):
    for seed, (name, step) in enumerate(BUSY.items()):
        put(connection, name, ordinary(WEEK_AGO, TODAY, step, sd=0.3, seed=seed))
    baselines(stopped.url())
    seen = limits_by_operation(stopped.url())
    start, end = TODAY + 9 * HOUR, TODAY + 11 * HOUR
    for number, (times, expected) in enumerate(((0.4, 0), (1.6, len(BUSY)))):
        for seed, (name, step) in enumerate(BUSY.items()):
            today = ordinary(TODAY, TODAY + DAY, step, sd=0.3, seed=40 + 10 * number + seed)
            connection.execute(
                "delete from oplatency.metrics where started_at >= %s and operation_id ="
                " (select operation_id from oplatency.operation_types where name = %s)",
                (TODAY, name),
            )
            put(connection, name, slowed(today, start, end, factor(seen[name], "alert", times)))
        detected(stopped.url(), TODAY + 8 * HOUR, TODAY + 12 * HOUR)
        alerting = connection.execute(
            "select distinct operation_id from oplatency.anomalies where is_alerting and kind = 'point'"
        ).fetchall()
        assert len(alerting) == expected


def test_shifts_above_and_below_what_the_day_could_show(stopped, connection):
    for seed, (name, step) in enumerate(BUSY.items()):
        put(connection, name, ordinary(WEEK_AGO, TODAY, step, sd=0.3, seed=seed))
    baselines(stopped.url())
    seen = limits_by_operation(stopped.url())
    for times, expected in ((0.4, set()), (2.0, set(BUSY))):
        connection.execute("delete from oplatency.metrics where started_at >= %s", (TODAY,))
        for seed, (name, step) in enumerate(BUSY.items()):
            today = ordinary(TODAY, TODAY + DAY, step, sd=0.3, seed=60 + seed)
            put(connection, name, slowed(today, TODAY, TODAY + DAY, factor(seen[name], "shift_1", times)))
        detected(stopped.url(), TODAY + 23 * HOUR, TODAY + DAY)
        found = connection.execute(
            "select distinct o.name from oplatency.degradations as d join oplatency.operation_types as o"
            " using (operation_id) where d.kind = 'shift' and d.window_start = %s and d.effect > 0",
            (TODAY,),
        ).fetchall()
        assert {row["name"] for row in found} == expected


def test_every_rule_answers_for_every_operation_with_a_baseline(stopped, connection):
    put(connection, "busy", ordinary(WEEK_AGO, TODAY, MINUTE))
    put(connection, "rare", ordinary(WEEK_AGO, TODAY, 24 * HOUR))
    baselines(stopped.url())
    seen = limits_by_operation(stopped.url())
    assert [limit.rule for limit in seen["busy"].limits] == RULES
    assert all(limit.can_fire for limit in seen["busy"].limits)
    rare = limits(seen["rare"])
    assert {rule for rule, limit in rare.items() if not limit.can_fire} >= {
        "alert",
        "shift_1",
        "correlation",
        "silence",
    }
    assert all(limit.reason for limit in rare.values() if not limit.can_fire)
    assert (limits(seen["busy"])["silence"].hours, rare["silence"].hours) == (1, None)
    assert not seen["rare"].blind


def test_an_operation_without_a_baseline_is_blind_and_one_with_half_a_week_alerts_nobody(stopped, connection):
    put(connection, "new", ordinary(TODAY - 2 * HOUR, TODAY, HOUR))
    put(connection, "young", ordinary(TODAY - 3 * DAY, TODAY, 10 * MINUTE))
    put(connection, "internal", ordinary(WEEK_AGO, TODAY, HOUR), is_tracked=False)
    baselines(stopped.url())
    seen = limits_by_operation(stopped.url())
    assert set(seen) == {"new", "young"}
    assert seen["new"].blind == "no baseline: 2 calls in 7 days, 6 are needed"
    assert "43% of its days" in seen["young"].mute
    assert not limits(seen["young"])["alert"].can_fire
    assert limits(seen["young"])["point"].can_fire
    assert not seen["young"].blind


def test_limits_that_nothing_can_reach_are_told_and_are_no_error(stopped, connection):
    put(connection, "usual", ordinary(WEEK_AGO, TODAY, 10 * MINUTE))
    baselines(stopped.url())
    absurd = load_settings(points={"warning_z": 1e6, "alert_z": 1e6}, shifts={"min_z": 1e6}, trends={"min_z": 1e6})
    (found,) = detection_limits.operation_limits(stopped.url(), settings=absurd)[1]
    for rule in ("point", "alert", "shift_1", "shift_3", "trend"):
        assert not limits(found)[rule].can_fire
    assert "1000 times" in limits(found)["point"].reason
