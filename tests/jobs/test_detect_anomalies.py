"""Findings: judged against what was known before, the same however windows are cut, replaced when facts change."""

from __future__ import annotations

import random

import pytest

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MICROSECOND,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    constant,
    detected,
    findings,
    ordinary,
    put,
    remove,
    slowed,
)
from oplatency.errors import UsageError
from oplatency.jobs import windowed_job
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.windowed_job import Request
from oplatency.settings import load_settings
from oplatency.windows import Window

TOMORROW = TODAY + DAY
STEPS_ONLY = load_settings(trends={"min_z": 2.3})
"""Settings under which one slow day of seven is a step and never a slope: a Mann-Kendall test cannot call it one."""
NOTHING = {"anomalies": [], "violations": [], "degradations": []}


def rows(connection, table: str):
    return connection.execute(
        f"select f.*, o.name as operation from oplatency.{table} as f"
        " join oplatency.operation_types as o using (operation_id) order by o.name, 3"
    ).fetchall()


def digest(connection):
    return connection.execute("select * from oplatency.v_digest").fetchall()


def test_the_whole_job_stages_audits_and_publishes_what_it_reports(warehouse, connection):
    calls = ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE)
    put(connection, "commit", slowed(calls, TODAY + 12 * HOUR, TODAY + 13 * HOUR, 20))
    put(connection, "rollback", constant(TODAY, TOMORROW, HOUR))
    baselines(warehouse.url())
    report = windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, TOMORROW, TODAY))
    assert report.pop("anomalies") == len(rows(connection, "anomalies")) >= 6
    # an hour is judged twice, for its calls and for their number; days by shift and tail twice, by trend and anchor
    assert sum(report.pop("verdicts").values()) == len(rows(connection, "verdicts")) == 2 * 2 * 24 + 2 * 6
    # commit alone has a baseline; its hours, and its day by three rules
    tests = {"point": 24, "shift": 1, "tail": 1, "trend": 1, "silence": 24}
    assert report.pop("expected_false")["tests"] == tests
    assert report == {
        "from": TODAY.isoformat(),
        "to": TOMORROW.isoformat(),
        "judged": 144,
        "unjudged": {"no_baseline": 1},
        "violations": 6,
        # the grown tail of the day is all in the hour that alerted
        "degradations": 1,
        "alerting": 6,
    }
    alerting = [row for row in rows(connection, "anomalies") if row["is_alerting"]]
    assert {(row["operation"], row["window_start"], row["severity"]) for row in alerting} == {
        ("commit", TODAY + 12 * HOUR, "CRITICAL")
    }
    audits = connection.execute("select suite, bool_and(passed) as ok from oplatency.audit_results group by suite")
    assert {row["suite"]: row["ok"] for row in audits} == {
        "staged_anomalies": True,
        "staged_violations": True,
        "staged_degradations": True,
        "staged_verdicts": True,
    }


def three_days_of_trouble(connection) -> None:
    """Put in operations with isolated slow calls, a chain across an hour, a lasting shift, and nothing at all."""
    end = TODAY + 2 * DAY
    trouble = slowed(ordinary(WEEK_AGO, end, 10 * MINUTE), TODAY + 50 * MINUTE, TODAY + 80 * MINUTE, 2.2)
    put(connection, "commit", slowed(trouble, TODAY + 22 * HOUR, TODAY + 26 * HOUR, 2.0))
    put(connection, "merge", slowed(ordinary(WEEK_AGO, end, 15 * MINUTE, seed=2), TODAY, end, 1.6))
    put(connection, "get_history", slowed(ordinary(WEEK_AGO, end, 20 * MINUTE, seed=3), TODAY + 9 * HOUR, end, 3.0))
    put(connection, "rollback", ordinary(TODAY, end, 30 * MINUTE, seed=4))


def test_F50_hour_by_hour_in_any_order_and_all_at_once_find_the_same(warehouse, connection):
    three_days_of_trouble(connection)
    url, end = warehouse.url(), TODAY + 30 * HOUR
    for day in (TODAY, TOMORROW):
        baselines(url, day)
    detected(url, TODAY, end)
    at_once, named = findings(connection), digest(connection)
    assert all(at_once.values())
    for table in at_once:
        connection.execute(f"delete from oplatency.{table}")
    hours = [TODAY + n * HOUR for n in range(30)]
    random.Random(1).shuffle(hours)
    for hour in hours:
        detected(url, hour, hour + HOUR)
    assert findings(connection) == at_once
    detected(url, TODAY + 7 * HOUR, end)
    detected(url, TODAY, TODAY + 7 * HOUR)
    assert findings(connection) == at_once
    assert digest(connection) == named


def test_a_chain_of_slow_calls_that_began_before_the_window_counts(warehouse, connection):
    calls = ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE)
    # too little for one call to alert, enough for a chain of three: two before the hour, one in it
    mild = slowed([(at, 5000) for at, _ in calls if at >= TODAY], TODAY + 40 * MINUTE, TODAY + 70 * MINUTE, 2.0)
    put(connection, "commit", [call for call in calls if call[0] < TODAY] + mild)
    baselines(warehouse.url())
    report = detected(warehouse.url(), TODAY + HOUR, TODAY + 2 * HOUR)
    (found,) = rows(connection, "anomalies")
    assert found["observed_at"] == TODAY + HOUR
    assert DEFAULTS.points.warning_z <= found["z"] < DEFAULTS.points.alert_z
    assert found["is_alerting"]
    assert (report["anomalies"], report["judged"], report["alerting"]) == (1, 6, 1)


def test_F33_a_call_at_a_full_hour_belongs_to_the_hour_that_begins(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    put(connection, "commit", [(TODAY + HOUR - MICROSECOND, 51_000), (TODAY + HOUR, 52_000)])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    assert [row["duration_us"] for row in rows(connection, "anomalies")] == [51_000]
    assert [row["duration_us"] for row in rows(connection, "violations")] == [51_000]
    detected(warehouse.url(), TODAY + HOUR, TODAY + 2 * HOUR)
    told = [(row["window_start"], row["duration_us"]) for row in rows(connection, "anomalies")]
    assert sorted(told) == [(TODAY, 51_000), (TODAY + HOUR, 52_000)]
    assert sorted(row["duration_us"] for row in rows(connection, "violations")) == [51_000, 52_000]


def test_a_call_is_judged_by_the_latest_baseline_up_to_its_hour_never_by_a_later_one(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO - DAY, TODAY, HOUR, 5000))
    put(connection, "commit", constant(TODAY, TOMORROW, 5 * MINUTE, 50_000))
    put(connection, "commit", [(TOMORROW, 50_000)])
    as_of = {}
    for day in (TOMORROW, TODAY - DAY, TODAY):
        baselines(warehouse.url(), day)
    for row in connection.execute("select baseline_id, as_of from oplatency.baselines").fetchall():
        as_of[row["baseline_id"]] = row["as_of"]
    detected(warehouse.url(), TOMORROW - HOUR, TOMORROW + HOUR)
    told = rows(connection, "anomalies")
    # by tomorrow's baseline, which knows them, they are ordinary
    assert len(told) == 12
    assert {as_of[row["baseline_id"]] for row in told} == {TODAY}
    assert [row["expected_us"] for row in told] == pytest.approx([5000] * 12)


def test_without_a_baseline_calls_are_unjudged_not_fine(warehouse, connection):
    put(connection, "commit", constant(TODAY, TOMORROW, HOUR, 5000))
    put(connection, "commit", [(TODAY + HOUR + MINUTE, 5_000_000)])
    baselines(warehouse.url(), TOMORROW)
    report = detected(warehouse.url(), TODAY, TOMORROW)
    assert (report["judged"], report["unjudged"]) == (0, {"no_baseline": 1})
    assert findings(connection) == NOTHING


def test_a_baseline_that_begins_within_the_window_judges_from_there_on(warehouse, connection):
    put(connection, "commit", constant(TODAY - DAY, TODAY, HOUR, 5000))
    put(connection, "commit", [(TODAY - HOUR + MINUTE, 900_000), (TODAY + MINUTE, 900_000)])
    baselines(warehouse.url())
    report = detected(warehouse.url(), TODAY - 2 * HOUR, TODAY + HOUR)
    assert report["judged"] == 1
    assert [row["observed_at"] for row in rows(connection, "anomalies")] == [TODAY + MINUTE]


def test_F35_too_few_calls_before_are_no_ground_for_a_finding(warehouse, connection):
    for n_calls in (0, 1, 2, 5):
        put(connection, f"after {n_calls}", constant(WEEK_AGO, WEEK_AGO + n_calls * HOUR, HOUR))
        put(connection, f"after {n_calls}", [(TODAY, 9_000_000)])
    baselines(warehouse.url())
    report = detected(warehouse.url(), TODAY, TOMORROW)
    assert (report["judged"], report["unjudged"]) == (0, {"no_baseline": 4})
    assert findings(connection) == NOTHING


def test_F35_no_call_one_or_two_in_the_window_are_judged_one_by_one(warehouse, connection):
    for n_calls in (0, 1, 2):
        put(connection, f"with {n_calls}", constant(WEEK_AGO, TODAY, HOUR))
        put(connection, f"with {n_calls}", constant(TODAY, TODAY + n_calls * HOUR, HOUR))
    baselines(warehouse.url())
    report = detected(warehouse.url(), TODAY, TOMORROW)
    assert (report["judged"], report["unjudged"]) == (0 + 1 + 2, {})
    assert findings(connection) == NOTHING


def test_F36_a_constant_operation_that_slows_by_a_microsecond_is_no_finding(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR, 5000))
    put(connection, "commit", constant(TODAY, TOMORROW, HOUR, 5001))
    baselines(warehouse.url())
    assert detected(warehouse.url(), TODAY, TOMORROW)["judged"] == 24
    assert findings(connection) == NOTHING


def test_F37_a_constant_operation_that_takes_ten_times_as_long_is_found(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR, 5000))
    put(connection, "commit", [(TODAY, 50_000)])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    (found,) = rows(connection, "anomalies")
    assert (found["severity"], found["is_alerting"]) == ("CRITICAL", True)
    assert (found["expected_us"], found["effect"]) == (pytest.approx(5000), pytest.approx(9))
    assert found["classical_z"] == pytest.approx((50_000 - 5000) / 50)
    (violation,) = rows(connection, "violations")
    assert (violation["limit_us"], violation["severity"]) == (10_000, "CRITICAL")


def test_a_violation_is_slower_than_p99_times_the_threshold(warehouse, connection):
    cases = {
        (2.0, 10_000): None,
        (2.0, 10_001): "WARNING",
        (2.0, 25_000): "WARNING",
        (2.0, 25_001): "CRITICAL",
        (7.0, 35_000): None,
        (7.0, 35_001): "CRITICAL",
        (1.0, 5_001): "WARNING",
    }
    for threshold, duration_us in cases:
        name = f"{threshold} {duration_us}"
        put(connection, name, constant(WEEK_AGO, TODAY, HOUR, 5000), alert_threshold=threshold)
        put(connection, name, [(TODAY, duration_us)])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    told = {row["operation"]: row["severity"] for row in rows(connection, "violations")}
    assert told == {f"{limit} {us}": severity for (limit, us), severity in cases.items() if severity}


def test_the_threshold_that_counts_is_the_one_the_baseline_was_made_with(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR, 5000))
    put(connection, "commit", [(TODAY, 12_000)])
    baselines(warehouse.url())
    connection.execute("update oplatency.operation_types set alert_threshold = 9")
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    assert [row["limit_us"] for row in rows(connection, "violations")] == [10_000]


def test_the_critical_multiple_is_a_setting(warehouse, connection):
    put(connection, "commit", [*constant(WEEK_AGO, TODAY, HOUR, 5000), (TODAY, 20_000)])
    settings = load_settings(baseline={"critical_multiplier": 3})
    baselines(warehouse.url(), settings=settings)
    detected(warehouse.url(), TODAY, TODAY + HOUR, settings=settings)
    assert [row["severity"] for row in rows(connection, "violations")] == ["CRITICAL"]


def test_calls_with_an_error_and_untracked_operations_are_never_findings(warehouse, connection):
    for name, known in (("commit", {}), ("internal", {"is_tracked": False})):
        put(connection, name, constant(WEEK_AGO, TODAY, HOUR, 5000), **known)
    baselines(warehouse.url())
    put(connection, "commit", [(TODAY, 900_000)], error={"code": 1})
    put(connection, "internal", [(TODAY, 900_000)])
    assert detected(warehouse.url(), TODAY, TODAY + HOUR)["judged"] == 0
    assert findings(connection) == NOTHING


def test_F30_a_second_run_after_the_facts_changed_leaves_no_stale_finding(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO - 7 * DAY, TODAY, 2 * HOUR, 5000))
    put(connection, "commit", constant(TODAY, TOMORROW, HOUR, 50_000))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    before = findings(connection)
    assert [len(found) for found in before.values()] == [24, 24, 2]
    # a day ten times slower is a step of the newest day and of the newest three; one of them is enough to be told
    told = {(row["kind"], row["window_start"]) for row in rows(connection, "degradations") if row["is_alerting"]}
    assert told == {("shift", TODAY)}
    remove(connection, "commit", TODAY, TOMORROW)
    put(connection, "commit", constant(TODAY, TOMORROW, HOUR, 5000))
    # a window beside it must not touch what was found
    detected(warehouse.url(), TODAY - HOUR, TODAY)
    detected(warehouse.url(), TOMORROW, TOMORROW + HOUR)
    assert findings(connection) == before
    detected(warehouse.url(), TODAY, TOMORROW)
    assert findings(connection) == NOTHING


def test_an_operation_replaces_only_its_own_findings(warehouse, connection):
    for name in ("commit", "merge"):
        put(connection, name, constant(WEEK_AGO, TODAY, 2 * HOUR, 5000))
        put(connection, name, constant(TODAY, TOMORROW, HOUR, 50_000))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    before = findings(connection)
    for name in ("commit", "merge"):
        remove(connection, name, TODAY, TOMORROW)
    report = detected(warehouse.url(), TODAY, TOMORROW, operation="commit")
    assert (report["judged"], report["anomalies"]) == (0, 0)
    for table, found in before.items():
        left = rows(connection, table)
        assert {row["operation"] for row in left} == {"merge"}
        assert len(left) == len(found) / 2


def test_a_lasting_slow_down_is_told_when_its_day_closes(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TOMORROW, 1.4))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW - HOUR)
    assert rows(connection, "degradations") == []
    # whatever else the rules record of it, one finding tells a person
    detected(warehouse.url(), TOMORROW - HOUR, TOMORROW)
    assert [row["kind"] for row in rows(connection, "degradations") if row["is_alerting"]] == ["shift"]
    detected(warehouse.url(), TOMORROW - HOUR, TOMORROW, settings=STEPS_ONLY)
    (found,) = rows(connection, "degradations")
    assert found["kind"] == "shift"
    assert (found["window_start"], found["window_end"], found["lookback_days"]) == (TODAY, TOMORROW, 7)
    assert found["effect"] == pytest.approx(0.4, abs=0.05)
    assert found["effect_low"] < 0.4 < found["effect_high"]
    assert (found["severity"], found["is_alerting"], found["shape"]) == ("WARNING", True, "uniform")
    assert (found["n_before"], found["n_after"]) == (6 * 144, 144)


def test_a_shift_is_recorded_from_12_percent_and_graded_from_20(warehouse, connection):
    cases = {1.05: None, 1.16: "NONE", 1.25: "INFO", 1.35: "WARNING", 1.7: "CRITICAL"}
    for factor in cases:
        put(connection, f"{factor}", slowed(ordinary(WEEK_AGO, TOMORROW, 5 * MINUTE), TODAY, TOMORROW, factor))
    detected(warehouse.url(), TODAY, TOMORROW)
    of_the_day = [row for row in rows(connection, "degradations") if row["window_start"] == TODAY]
    assert {row["operation"]: row["severity"] for row in of_the_day} == {
        f"{factor}": severity for factor, severity in cases.items() if severity
    }
    assert {row["severity"] for row in of_the_day if row["is_alerting"]} == {"WARNING", "CRITICAL"}


def test_a_speed_up_is_told_but_alerts_nobody(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TOMORROW, 0.5))
    baselines(warehouse.url())
    report = detected(warehouse.url(), TODAY, TOMORROW)
    of_the_day = [row for row in rows(connection, "degradations") if row["window_start"] == TODAY]
    assert [row["severity"] for row in of_the_day] == ["INFO"]
    assert report["alerting"] == 0


def test_the_point_settings_hold_for_closed_days_too(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TOMORROW, 1.4))
    doubtful = load_settings(points={"scale_floor": 3.0})
    assert detected(warehouse.url(), TODAY, TOMORROW, settings=doubtful)["degradations"] == 0
    assert detected(warehouse.url(), TODAY, TOMORROW, settings=STEPS_ONLY)["degradations"] == 1
    assert [row["kind"] for row in rows(connection, "degradations")] == ["shift"]


def test_a_look_back_no_longer_than_the_judged_days_compares_only_what_it_can(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TOMORROW, 1.6))
    for lookback_days, expected in ((1, []), (2, [TODAY]), (3, [TODAY])):
        short = load_settings(baseline={"lookback_days": lookback_days})
        detected(warehouse.url(), TODAY, TOMORROW, settings=short)
        assert [row["window_start"] for row in rows(connection, "degradations")] == expected


@pytest.mark.parametrize(
    "window",
    [Window(TODAY + MINUTE, TODAY + HOUR), Window(TODAY, TODAY + HOUR + MICROSECOND)],
    ids=["start", "end"],
)
def test_a_window_of_broken_hours_is_refused(warehouse, window):
    with pytest.raises(UsageError, match="not a whole UTC hour"):
        windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, window.end, window.start))


def test_an_operation_that_does_not_exist_is_refused(warehouse):
    with pytest.raises(UsageError, match="There is no operation"):
        windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, TOMORROW, TODAY, operation="comit"))


def test_an_empty_warehouse_is_no_error(warehouse, connection):
    report = windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, TOMORROW, TODAY))
    assert (report["judged"], report["anomalies"], report["unjudged"]) == (0, 0, {})
    assert findings(connection) == NOTHING
