"""Odd series, through the jobs: too few, constant, huge, creeping, with holes. Silence is explained, nothing is NaN.

The rules themselves are tested in tests/stats; here the verdicts and findings that reach the tables.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    constant,
    correlated,
    detected,
    every,
    findings,
    ordinary,
    put,
    slowed,
)
from ingestion import Ingestion
from oplatency.jobs import missing_baselines, windowed_job
from oplatency.jobs.correlate_operations import CORRELATE
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.windows import Window

TOMORROW = TODAY + DAY
THREE_DAYS_US = 3 * 86_400_000_000
ANCHOR = DEFAULTS.trends.creep_days


def verdicts(connection, rule: str, operation: str = "commit") -> list[dict[str, Any]]:
    """Return the verdicts of a rule, gates as a dict of (value, limit, passed) by name, in order of windows."""
    found = connection.execute(
        "select v.* from oplatency.verdicts as v join oplatency.operation_types as o using (operation_id)"
        " where v.rule = %s and o.name = %s order by v.window_end, v.window_start",
        (rule, operation),
    ).fetchall()
    return [row | {"gates": {gate[0]: tuple(gate[1:]) for gate in row["gates"]}} for row in found]


def last(connection, rule: str, operation: str = "commit") -> dict[str, Any]:
    return verdicts(connection, rule, operation)[-1]


def alerting(connection) -> Counter[tuple[str, str]]:
    """Return how many findings alert, by operation and kind."""
    return Counter(
        (row["operation"], row["kind"])
        for row in connection.execute("select operation, kind from oplatency.v_anomalies where alerting")
    )


def numbers(connection) -> list[float]:
    """Return every number of baselines, profiles, findings and verdicts."""
    found: list[float] = []
    for table in ("baselines", "baseline_profiles", "anomalies", "violations", "degradations", "verdicts"):
        for row in connection.execute(f"select * from oplatency.{table}".encode()):
            for value in row.values():
                found += value if isinstance(value, list) and value and isinstance(value[0], float) else [value]
    return [value for value in found if isinstance(value, float)]


# --- F35 to F38: few, constant, masked -------------------------------------------------------------------------------


@pytest.mark.parametrize("n_calls", [0, 1, 2, 5])
def test_F35_too_few_calls_are_told_by_every_rule(warehouse, connection, n_calls: int):
    put(connection, "commit", constant(WEEK_AGO, WEEK_AGO + n_calls * HOUR, HOUR))
    put(connection, "commit", [(TODAY, 9_000_000), (TODAY + HOUR, 9_000_000)])
    told = baselines(warehouse.url())
    assert (told["operations"], told["published"]) == (0, 0)
    report = detected(warehouse.url(), TODAY, TOMORROW)
    assert (report["anomalies"], report["violations"], report["degradations"]) == (0, 0, 0)
    assert (report["judged"], report["unjudged"]) == (0, {"no_baseline": 1})
    for rule in ("point", "silence", "shift", "tail", "trend", "creep"):
        alerted_by_rule = {verdict["outcome"] for verdict in verdicts(connection, rule)}
        assert alerted_by_rule
        assert alerted_by_rule <= {"not_judged", "no_calls"}
        assert not all(passed for _, _, passed in last(connection, rule)["gates"].values())
    assert connection.execute("select * from oplatency.v_baseline_health").fetchall() == []


def test_F35_six_calls_are_a_baseline_without_null_or_nan(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, WEEK_AGO + 6 * HOUR, HOUR))
    put(connection, "commit", [(TODAY, 5000)])
    baselines(warehouse.url())
    (health,) = connection.execute("select * from oplatency.v_baseline_health").fetchall()
    assert [health[f"p{q}_ms"] for q in (50, 75, 90, 95, 99)] == [5.0] * 5
    assert not health["p99_estimable"]
    assert detected(warehouse.url(), TODAY, TOMORROW)["judged"] == 1
    assert all(math.isfinite(value) for value in numbers(connection))


def test_F36_F37_the_ledger_says_which_gate_a_constant_operation_met(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR, 5000))
    put(connection, "commit", [(TODAY, 5001), (TODAY + HOUR, 50_000)])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + 2 * HOUR)
    quiet, alert = verdicts(connection, "point")
    assert (quiet["outcome"], alert["outcome"]) == ("quiet", "alert")
    assert [quiet["gates"][gate][2] for gate in ("n", "z", "effect", "coverage")] == [True, False, False, True]
    assert quiet["gates"]["effect"][0] == pytest.approx(0.0002)
    assert all(passed for _, _, passed in alert["gates"].values())
    # a constant is told from ten times as much by the floor of its scale
    assert alert["gates"]["z"][0] == pytest.approx(math.log(10) / 0.05, rel=0.01)


def test_F36_F40_operations_that_are_all_constant_are_judged_in_silence(warehouse, connection):
    names = ("commit", "merge", "rollback")
    for name in names:
        put(connection, name, constant(WEEK_AGO, TOMORROW, 10 * MINUTE, 5000))
    windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY))
    report = windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, TOMORROW, TODAY))
    assert set(report["verdicts"]) == {"quiet", "not_judged"}
    assert findings(connection) == {"anomalies": [], "violations": [], "degradations": []}
    # weeks ago there was no baseline; every other rule could judge, with nothing but floors for scales
    assert {
        verdict["rule"]
        for verdict in connection.execute("select * from oplatency.verdicts").fetchall()
        if verdict["outcome"] == "not_judged"
    } == {"creep"}
    told = windowed_job.run(warehouse.url(), CORRELATE, Request(DEFAULTS, TOMORROW))
    assert (told["pairs_tested"], told["pairs_untestable"], told["pairs"]) == (0, 3, 0)
    assert all(math.isfinite(value) for value in numbers(connection))


def test_F38_one_huge_call_in_the_baseline_or_beside_it_hides_nothing(warehouse, connection):
    calls = ordinary(WEEK_AGO, TODAY, 10 * MINUTE)
    for name in ("clean", "marred"):
        put(connection, name, calls)
        put(connection, name, ordinary(TODAY, TOMORROW, 10 * MINUTE, seed=2))
        put(connection, name, [(TODAY + 12 * HOUR + n * MINUTE, 12_000) for n in (1, 2, 3)])
    billion_ms = 10**12
    put(connection, "marred", [(TODAY - 2 * DAY + MINUTE, billion_ms), (TODAY + 3 * HOUR + MINUTE, billion_ms)])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    told = connection.execute(
        "select o.name, a.observed_at from oplatency.anomalies as a join oplatency.operation_types as o"
        " using (operation_id) where a.observed_at between %s and %s",
        (TODAY + 12 * HOUR, TODAY + 12 * HOUR + 3 * MINUTE),
    ).fetchall()
    assert Counter(row["name"] for row in told) == {"clean": 3, "marred": 3}
    # the plain rule is blinded: its deviation is that of the one call
    (classical,) = connection.execute(
        "select max(classical_z) as z from oplatency.anomalies as a join oplatency.operation_types as o"
        " using (operation_id) where o.name = 'marred' and a.duration_us = 12000"
    ).fetchall()
    assert classical["z"] < 0.1


# --- F39: what creeps ------------------------------------------------------------------------------------------------


def creeping(per_day: float) -> list[tuple[Any, int]]:
    """Return five weeks of ordinary calls, the last four growing by so much a day."""
    began = TOMORROW - ANCHOR * DAY
    return [
        (at, int(us * (1 + per_day) ** max(0.0, (at - began) / DAY)))
        for at, us in ordinary(WEEK_AGO - 4 * 7 * DAY, TOMORROW, 20 * MINUTE)
    ]


@pytest.mark.parametrize(("per_day", "severity", "outcome"), [(0.01, "WARNING", "alert"), (0.008, "INFO", "finding")])
def test_F39_what_creeps_is_found_against_the_baseline_of_four_weeks_before(
    warehouse, connection, per_day: float, severity: str, outcome: str
):
    put(connection, "creeping", creeping(per_day))
    put(connection, "steady", creeping(0.0))
    for as_of in (TOMORROW - ANCHOR * DAY, TODAY):
        baselines(warehouse.url(), as_of)
    detected(warehouse.url(), TODAY, TOMORROW)
    (found,) = connection.execute("select * from oplatency.v_anomalies where kind = 'trend'").fetchall()
    assert found["operation"] == "creeping"
    # 26.5 days lie between the middle of the newest three days and the end of the old baseline
    assert found["effect"] == pytest.approx((1 + per_day) ** 26.5 - 1, abs=0.03)
    assert (found["severity"], found["window_end"] - found["window_start"]) == (severity, 3 * DAY)
    verdict = last(connection, "creep", "creeping")
    assert (verdict["outcome"], verdict["baseline_as_of"]) == (outcome, TOMORROW - ANCHOR * DAY)
    assert last(connection, "creep", "steady")["outcome"] == "quiet"
    # the rules of a week see nothing of it
    week = {rule: last(connection, rule, "creeping")["outcome"] for rule in ("shift", "tail", "trend")}
    assert week == {"shift": "quiet", "tail": "quiet", "trend": "quiet"}


def test_F39_without_a_baseline_of_four_weeks_before_the_ledger_says_so(warehouse, connection):
    put(connection, "commit", creeping(0.01))
    # a day beside it is no substitute: the comparison would be with another age
    baselines(warehouse.url(), TOMORROW - (ANCHOR + 1) * DAY)
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    verdict = last(connection, "creep")
    assert (verdict["outcome"], verdict["baseline_as_of"]) == ("not_judged", None)
    assert verdict["gates"]["n"] == (0.0, 6.0, False)


def test_F39_detecting_one_past_day_computes_the_baseline_of_four_weeks_before_too(warehouse, connection):
    put(connection, "commit", creeping(0.01))
    window = Window(TODAY, TOMORROW)
    made = missing_baselines.complete(warehouse.url(), window, settings=DEFAULTS)
    assert made["computed"] == [(TOMORROW - ANCHOR * DAY).isoformat(), TODAY.isoformat()]
    detected(warehouse.url(), TODAY, TOMORROW)
    assert last(connection, "creep")["outcome"] == "alert"
    assert missing_baselines.complete(warehouse.url(), window, settings=DEFAULTS)["computed"] == []
    # before the first call there is nothing to compute
    early = TODAY - 5 * 7 * DAY
    made = missing_baselines.complete(warehouse.url(), Window(early, early + DAY), settings=DEFAULTS)
    assert made["computed"] == [early.isoformat()]


@pytest.mark.slow
def test_F39_day_by_day_the_creep_is_told_in_its_fourth_week_and_not_before(warehouse, connection):
    put(connection, "commit", creeping(0.01))
    outcomes = []
    for days_before in range(ANCHOR, -1, -1):
        window = Window(TODAY - days_before * DAY, TOMORROW - days_before * DAY)
        missing_baselines.complete(warehouse.url(), window, settings=DEFAULTS)
        windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, window.end, window.start))
        outcomes.append(last(connection, "creep")["outcome"])
    assert outcomes[0] == "not_judged"
    judged = [outcome for outcome in outcomes if outcome != "not_judged"]
    told = [outcome != "quiet" for outcome in judged]
    assert told == sorted(told)
    # 20 % are reached after 18 days, and are told within a few more
    assert 4 <= sum(told) <= 10
    (alerts,) = connection.execute(
        "select count(*) as n from oplatency.v_anomalies where alerting and kind <> 'trend'"
    ).fetchall()
    assert alerts["n"] == 0


# --- the other rules of closed days, and silence ---------------------------------------------------------------------


def test_a_lasting_slow_down_a_worse_tail_and_a_drift_reach_their_tables(warehouse, connection):
    calm = ordinary(WEEK_AGO - DAY, TOMORROW, 4 * MINUTE, sd=0.2)
    tail = random.Random(5)
    put(connection, "steady", calm)
    put(connection, "slower", slowed(calm, TODAY, TOMORROW, 1.6))
    put(connection, "tail", [(at, us * 4 if at >= TODAY and tail.random() < 0.15 else us) for at, us in calm])
    drift = [(at, int(us * 1.07 ** max(0.0, (at - WEEK_AGO - DAY) / DAY))) for at, us in calm]
    put(connection, "drifting", drift)
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    told = {
        (name, rule): last(connection, rule, name)["outcome"]
        for name in ("steady", "slower", "tail", "drifting")
        for rule in ("shift", "tail", "trend")
    }
    assert {told["steady", rule] for rule in ("shift", "tail", "trend")} == {"quiet"}
    assert [told[case] for case in (("slower", "shift"), ("tail", "tail"))] == ["alert"] * 2
    # what drifts was an alert the night before: it is recorded, and no news
    assert told["drifting", "trend"] == "finding"
    # where all calls are slower, slower slow calls are no news of their own
    assert told["slower", "tail"] == "quiet"
    assert last(connection, "tail", "slower")["gates"]["explained"] == (1.0, 0.0, False)


def test_an_operation_that_stops_is_a_finding_and_one_that_pauses_daily_is_not(warehouse, connection):
    put(connection, "stops", ordinary(WEEK_AGO, TODAY + 10 * HOUR, MINUTE))
    office = [call for call in ordinary(WEEK_AGO, TOMORROW, MINUTE, seed=2) if 8 <= call[0].hour < 18]
    put(connection, "pauses", office)
    put(connection, "goes on", ordinary(WEEK_AGO, TOMORROW, 5 * MINUTE, seed=3))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    silent = connection.execute(
        "select o.name, a.window_start, a.is_alerting from oplatency.anomalies as a"
        " join oplatency.operation_types as o using (operation_id) where a.kind = 'silence' order by a.window_start"
    ).fetchall()
    assert [(row["name"], row["window_start"]) for row in silent] == [
        ("stops", TODAY + hour * HOUR) for hour in range(10, 24)
    ]
    assert [row["is_alerting"] for row in silent] == [True] + [False] * 13
    assert {verdict["outcome"] for verdict in verdicts(connection, "silence", "pauses")} == {"quiet"}


@pytest.mark.parametrize(("days_missing", "told"), [(2, "alert"), (3, "finding")])
def test_a_week_with_a_hole_is_judged_and_alerts_while_enough_is_covered(
    warehouse, connection, days_missing: int, told: str
):
    calls = slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TOMORROW, 2)
    hole = Window(WEEK_AGO + 2 * DAY, WEEK_AGO + (2 + days_missing) * DAY)
    # the look-back of the closed day reaches from the second day on: it lacks the same days
    put(connection, "commit", [call for call in calls if not hole.start <= call[0] < hole.end])
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    days = 7 - days_missing
    for rule in ("point", "shift"):
        verdict = last(connection, rule)
        assert verdict["outcome"] == (told if rule == "point" or days_missing == 3 else "alert")
    assert last(connection, "point")["gates"]["coverage"] == (pytest.approx(days / 7), 0.6, days >= 5)
    assert {verdict["outcome"] for verdict in verdicts(connection, "silence")} <= {"quiet", "not_judged"}


# --- other bad input -------------------------------------------------------------------------------------------------


def test_one_operation_alone_is_judged_and_has_nobody_to_slow_with(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 5 * MINUTE), TODAY + HOUR, TODAY + 3 * HOUR, 5))
    windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY))
    report = windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, TOMORROW, TODAY))
    assert report["alerting"] >= 20
    told = windowed_job.run(warehouse.url(), CORRELATE, Request(DEFAULTS, TOMORROW))
    assert [told[name] for name in ("pairs_tested", "pairs_untestable", "raw_pairs", "pairs", "groups")] == [0] * 5


def test_a_branch_seen_for_the_first_time_is_judged_by_its_operation(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, 10 * MINUTE), branch="main")
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR, median_us=20_000, seed=2), branch="archive")
    usual = ordinary(TODAY, TOMORROW, 10 * MINUTE, seed=3)
    put(connection, "commit", slowed(usual, TODAY + 12 * HOUR, TODAY + 13 * HOUR, 20), branch="feature/new")
    # an operation that is as new as its branch has nothing to be judged by
    put(connection, "merge", usual, branch="feature/new")
    baselines(warehouse.url())
    report = detected(warehouse.url(), TODAY, TOMORROW)
    assert (report["judged"], report["unjudged"]) == (144, {"no_baseline": 1})
    # of six calls in a row the first two are recorded only
    assert alerting(connection) == {("commit", "point"): 4}
    judged_by = connection.execute(
        "select distinct b.branch_id from oplatency.anomalies join oplatency.baselines as b using (baseline_id)"
    ).fetchall()
    assert [row["branch_id"] for row in judged_by] == [0]


def test_a_microsecond_and_three_days_in_one_operation_stay_finite(warehouse, tmp_path):
    rows = [
        f"commit,{at.isoformat()},{THREE_DAYS_US if n % 2 else 1}"
        for n, at in enumerate(every(10 * MINUTE, TODAY - 2 * DAY, TODAY))
    ]
    app = Ingestion(warehouse.url(), tmp_path)
    batch = app.land("\n".join(["operation,started_at,duration_us", *rows]) + "\n")
    assert (batch.accepted, batch.quarantined) == (288, 0)
    windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY - DAY))
    windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY))
    report = windowed_job.run(warehouse.url(), DETECT, Request(DEFAULTS, TODAY, TODAY - DAY))
    assert report["judged"] == 144
    windowed_job.run(warehouse.url(), CORRELATE, Request(DEFAULTS, TODAY))
    (health,) = app.query("select * from oplatency.v_baseline_health")
    percentiles = [health[f"p{q}_ms"] for q in (50, 75, 90, 95, 99)]
    assert percentiles == sorted(percentiles)
    assert percentiles[-1] == THREE_DAYS_US / 1000
    assert json.dumps(report, allow_nan=False)


def test_F45_windows_and_files_whose_clock_goes_back_change_nothing_else(warehouse, connection, tmp_path):
    rows = [f"commit,{at.isoformat()},{us}" for at, us in ordinary(WEEK_AGO, WEEK_AGO + 2 * DAY, 10 * MINUTE)]
    app = Ingestion(warehouse.url(), tmp_path)
    app.land("\n".join(["operation,started_at,duration_us", *rows[::-1]]) + "\n")
    stored = connection.execute("select started_at from oplatency.metrics order by started_at").fetchall()
    assert len(stored) == 288
    put(connection, "merge", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TODAY + HOUR, 9))
    for as_of in (TOMORROW, TODAY, TODAY - DAY):
        baselines(warehouse.url(), as_of)
    windows = [Window(TODAY + n * HOUR, TODAY + (n + 1) * HOUR) for n in range(24)]
    for window in windows:
        detected(warehouse.url(), window.start, window.end)
    forwards = findings(connection)
    assert forwards["anomalies"]
    # the clock of whoever starts the runs goes back by a day, and by hours
    detected(warehouse.url(), TODAY - DAY, TODAY)
    for window in windows[::-1]:
        detected(warehouse.url(), window.start, window.end)
    again = findings(connection)
    assert {row for row in again["anomalies"] if str(TODAY.year) in row} >= set(forwards["anomalies"])
    spans = connection.execute("select min(window_end - window_start) as shortest from oplatency.verdicts").fetchall()
    assert spans[0]["shortest"] == HOUR


# --- F40, F41: correlation -------------------------------------------------------------------------------------------


def test_F40_constant_short_and_gapped_series_beside_a_real_pair(warehouse, connection):
    step, slow = 2 * MINUTE, [(TODAY + 5 * HOUR, 40 * MINUTE), (TODAY + 14 * HOUR, 30 * MINUTE)]
    for seed, name in enumerate(("alpha", "beta", "gapped"), start=1):
        calls = ordinary(WEEK_AGO, TOMORROW, step, seed=seed)
        for start, length in slow:
            calls = slowed(calls, start, start + length, 3)
        # every second hour is missing, those of the slow intervals among them
        put(connection, name, [call for call in calls if name != "gapped" or call[0].hour % 2])
    put(connection, "constant", constant(WEEK_AGO, TOMORROW, step))
    put(connection, "short", ordinary(WEEK_AGO, TODAY + 90 * MINUTE, step, seed=4))
    put(connection, "unknown", ordinary(TODAY, TOMORROW, step, seed=5))
    baselines(warehouse.url())
    told = correlated(warehouse.url(), TOMORROW)
    # of six operations three can be compared: three pairs of fifteen
    assert (told["pairs_tested"], told["pairs_untestable"]) == (3, 12)
    pairs = connection.execute("select * from oplatency.v_correlations").fetchall()
    assert ("alpha", "beta") in {(pair["operation_a"], pair["operation_b"]) for pair in pairs}
    assert {name for pair in pairs for name in (pair["operation_a"], pair["operation_b"])} <= {
        "alpha",
        "beta",
        "gapped",
    }
    # adjusted for how many were tested
    assert all(pair["p"] <= pair["q"] for pair in pairs)


def test_F40_a_pair_whose_plain_coefficients_are_not_defined_is_stored_with_nulls(warehouse, connection):
    # a call every three hours in its own minute: common bins by the hundred, common minutes none
    step = 5 * MINUTE
    for seed, (name, later) in enumerate((("alpha", 0), ("beta", 1)), start=1):
        calls = ordinary(WEEK_AGO + later * MINUTE, TOMORROW, step, seed=seed)
        for hour in (3, 9, 15, 21):
            calls = slowed(calls, TODAY + hour * HOUR, TODAY + hour * HOUR + 40 * MINUTE, 4)
        put(connection, name, calls)
    baselines(warehouse.url())
    assert correlated(warehouse.url(), TOMORROW)["pairs"] == 1
    (pair,) = connection.execute("select * from oplatency.correlations").fetchall()
    assert (pair["raw_pearson"], pair["raw_spearman"]) == (None, None)
    assert pair["corrected"] is None or math.isfinite(pair["corrected"])


def many(connection, n_operations: int, *, week: str, day: str, slow_together: int) -> None:
    """Put in operations with calls at even steps in the week before and in the day, some slow in the same minutes.

    Steps are intervals of PostgreSQL.
    """
    connection.execute(
        "insert into oplatency.operation_types (name, category, area, alert_threshold, origin)"
        " select 'op ' || lpad(number::text, 4, '0'), 'WRITE', 'basic', 2.0, 'catalogue'"
        " from generate_series(1, %s) as number",
        (n_operations,),
    )
    put(connection, "anchor of the batch", [(WEEK_AGO, 5000)], is_tracked=False)
    connection.execute("select oplatency.ensure_metric_partitions(%s, %s)", (WEEK_AGO.date(), TOMORROW.date()))
    connection.execute("select setseed(0.5)")
    for start, end, step in ((WEEK_AGO, TODAY, week), (TODAY, TOMORROW, day)):
        connection.execute(
            "insert into oplatency.metrics (operation_id, branch_id, user_id, started_at, duration_us, identity_hash,"
            " batch_id) select o.operation_id, 1, 1, at,"
            " (5000 * exp(0.34 * (random() + random() + random() + random() - 2))"
            " * case when at >= %(today)s and right(o.name, 4)::integer <= %(together)s"
            " and extract(hour from at) in (5, 14) and extract(minute from at) < 30 then 3 else 1 end)::bigint, 1,"
            " (select max(batch_id) from oplatency.ingest_batches) from oplatency.operation_types as o"
            " cross join generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 second',"
            " %(step)s::interval) as at where o.name like 'op %%'",
            {"start": start, "end": end, "step": step, "today": TODAY, "together": slow_together},
        )
    connection.execute("analyze oplatency.metrics")


def peak_mb(url: str, as_of: str) -> tuple[int, dict[str, Any]]:
    """Return the peak memory of ``oplatency correlate`` in a process of its own, and what it tells."""
    with subprocess.Popen(
        [sys.executable, "-m", "oplatency.cli", "correlate", "--as-of", as_of, "--json"],
        env=os.environ | {"OPLATENCY_DATABASE_URL": url},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss // 1024, told


def test_F41_three_hundred_operations_that_slow_together_are_one_group_and_a_bounded_list(
    warehouse, connection, monkeypatch
):
    many(connection, 300, week="6 hours", day="15 minutes", slow_together=150)
    baselines(warehouse.url())
    monkeypatch.setattr("oplatency.stats.pair_search.MAX_PAIRS", 1000)
    told = correlated(warehouse.url(), TOMORROW)
    assert told["pairs_tested"] == 300 * 299 // 2
    assert told["pairs"] + told["pairs_not_listed"] >= 150 * 149 // 2
    assert 1000 <= told["pairs"] <= 1300
    # beside the false ones that a rate of 1 % among thousands allows
    group, *_ = connection.execute("select * from oplatency.v_correlation_groups order by group_id").fetchall()
    assert set(group["members"]) >= {f"op {number:04}" for number in range(1, 151)}
    assert connection.execute("select count(*) as n from oplatency.correlations").fetchall() == [{"n": told["pairs"]}]


@pytest.mark.slow
def test_F41_five_thousand_operations_stay_below_a_gigabyte_and_a_half(warehouse, connection):
    many(connection, 5000, week="8 hours", day="20 minutes", slow_together=60)
    baselines(warehouse.url())
    peak, told = peak_mb(warehouse.url(), TOMORROW.isoformat())
    assert told["pairs_tested"] == 5000 * 4999 // 2
    assert told["groups"] >= 1
    assert peak < 1500
