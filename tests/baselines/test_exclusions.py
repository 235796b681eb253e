"""What a baseline is made from: coverage, intervals left out, branches, settings of single operations."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import psycopg
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
    content,
    detected,
    ordinary,
    put,
    slowed,
)
from oplatency.baselines import excluded_intervals, operations
from oplatency.baselines.versions import read_versions
from oplatency.errors import UsageError
from oplatency.settings import load_settings
from oplatency.warehouse.calls import read_calls
from oplatency.warehouse.database import connect
from oplatency.windows import Window

INCIDENT = Window(TODAY - 2 * DAY, TODAY - 2 * DAY + 2 * HOUR)


def stored(connection, branch="(all)", operation="commit"):
    return connection.execute(
        "select v.*, b.name as branch from oplatency.baselines as v join oplatency.branches as b using (branch_id)"
        " join oplatency.operation_types as o using (operation_id) where o.name = %s and b.name = %s"
        " order by as_of, revision",
        (operation, branch),
    ).fetchall()


def note(url, start, end, **options):
    interval = excluded_intervals.IntervalRequest("commit", Window(start, end), "disk full", **options)
    return excluded_intervals.add(url, interval, noted_by="ada")


def test_a_stretch_that_alerts_is_left_out_whether_detection_has_run_or_not(warehouse, connection):
    calm = ordinary(WEEK_AGO, TODAY, 5 * MINUTE)
    put(connection, "commit", slowed(calm, INCIDENT.start, INCIDENT.end, 4))
    baselines(warehouse.url())
    (version,) = stored(connection)
    assert version["excluded_hours"] == pytest.approx(115 / 60, abs=0.01)
    assert [part["origin"] for part in version["excluded"]] == ["alert"]
    rest = [us for at, us in calm if not INCIDENT.start <= at < INCIDENT.end]
    assert version["n_calls"] == len(rest)
    assert version["p99_us"] == pytest.approx(np.percentile(rest, 99), rel=1e-12)
    baselines(warehouse.url(), TODAY - 3 * DAY)
    detected(warehouse.url(), TODAY - 3 * DAY, TODAY)
    assert baselines(warehouse.url())["published"] == 0


def test_lone_spikes_stay_in_and_a_person_can_keep_a_stretch_in(warehouse, connection):
    calm = ordinary(WEEK_AGO, TODAY, 5 * MINUTE)
    spikes = {WEEK_AGO + DAY, WEEK_AGO + 3 * DAY}
    put(connection, "commit", [(at, us * 20 if at in spikes else us) for at, us in calm])
    put(connection, "merge", slowed(calm, INCIDENT.start, INCIDENT.end, 4))
    interval = excluded_intervals.IntervalRequest("merge", INCIDENT, "the month's end, as ever", is_included=True)
    excluded_intervals.add(warehouse.url(), interval, noted_by="ada")
    baselines(warehouse.url())
    assert stored(connection)[0]["excluded"] == []
    assert stored(connection, operation="merge")[0]["n_calls"] == len(calm)


def test_more_than_three_of_seven_days_are_not_left_out_but_a_new_normal(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    note(warehouse.url(), WEEK_AGO, WEEK_AGO + 3 * DAY)
    baselines(warehouse.url())
    number = note(warehouse.url(), WEEK_AGO + 3 * DAY, WEEK_AGO + 3 * DAY + HOUR)
    baselines(warehouse.url())
    excluded_intervals.remove(warehouse.url(), number, removed_by="ada")
    baselines(warehouse.url())
    told = [(v["revision"], v["n_calls"], v["excluded_hours"], v["is_new_normal"]) for v in stored(connection)]
    assert told == [(1, 96, 72.0, False), (2, 168, 0.0, True), (3, 96, 72.0, False)]
    with pytest.raises(UsageError, match="no exclusion"):
        excluded_intervals.remove(warehouse.url(), number, removed_by="ada")


def test_what_is_known_later_does_not_touch_an_earlier_baseline(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO - DAY, TODAY, HOUR))
    note(warehouse.url(), WEEK_AGO, WEEK_AGO + HOUR, known_at=TODAY)
    for day in (TODAY, TODAY - DAY):
        baselines(warehouse.url(), day)
    assert [version["excluded_hours"] for version in stored(connection)] == [0.0, 1.0]


def test_a_note_needs_an_operation_a_branch_and_a_reason(warehouse, connection):
    put(connection, "commit", [])
    with pytest.raises(UsageError, match="no branch 'elsewhere'"):
        note(warehouse.url(), WEEK_AGO, TODAY, branch="elsewhere")
    for operation, reason in (("comit", "why"), ("commit", " ")):
        interval = excluded_intervals.IntervalRequest(operation, Window(WEEK_AGO, TODAY), reason)
        with pytest.raises(UsageError):
            excluded_intervals.add(warehouse.url(), interval, noted_by="ada")


def test_a_week_with_a_hole_tells_the_days_it_got_and_does_not_alert(warehouse, connection):
    began = TODAY - 4 * DAY - 2 * HOUR
    put(connection, "commit", ordinary(began, TODAY, 10 * MINUTE))
    put(connection, "merge", ordinary(WEEK_AGO, WEEK_AGO + 3 * DAY, 10 * MINUTE))
    put(connection, "merge", ordinary(TODAY - 2 * DAY, TODAY, 10 * MINUTE))
    for operation in ("commit", "merge"):
        put(connection, operation, constant(TODAY, TODAY + HOUR, 5 * MINUTE, 50_000))
    baselines(warehouse.url())
    assert stored(connection)[0]["days_covered"] == pytest.approx(4 + 2 / 24)
    assert stored(connection, operation="merge")[0]["days_covered"] == 5
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    found = connection.execute(
        "select o.name, count(*) as n, count(*) filter (where is_alerting) as alerting from oplatency.anomalies"
        " join oplatency.operation_types as o using (operation_id) group by o.name order by o.name"
    ).fetchall()
    assert [(row["name"], row["n"], row["alerting"]) for row in found] == [("commit", 12, 0), ("merge", 12, 12)]


def test_a_branch_has_its_own_baseline_and_a_new_one_is_judged_by_the_operation(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR, median_us=5000), branch="main")
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, 2 * HOUR, median_us=50_000, seed=2), branch="archive")
    put(connection, "commit", constant(WEEK_AGO, WEEK_AGO + 47 * MINUTE, MINUTE), branch="small")
    put(connection, "merge", ordinary(WEEK_AGO, TODAY, HOUR))
    assert baselines(warehouse.url())["branches"] == 2
    assert [stored(connection, name)[0]["n_calls"] for name in ("(all)", "main", "archive")] == [168 + 84 + 47, 168, 84]
    assert stored(connection, "main", "merge") == []
    for minute, branch in enumerate(("main", "archive", "small", "new")):
        put(connection, "commit", [(TODAY + minute * MINUTE, 50_000)], branch=branch)
    window = Window(TODAY, TODAY + HOUR)
    calls = read_calls(connection, window)
    (version,) = (versions[0] for key, versions in read_versions(connection, window).items() if key in calls)
    names = {row["branch_id"]: row["name"] for row in connection.execute("select * from oplatency.branches")}
    (of_commit,) = calls.values()
    levels = {
        names[int(of_commit.branch_ids[index])]: chosen.level
        for indices, chosen in version.judging(of_commit)
        for index in indices
    }
    assert levels == {"main": "branch", "archive": "branch", "small": "operation", "new": "operation"}
    off = load_settings(baseline={"per_branch": False})
    assert all(v.branches == {} for vs in read_versions(connection, window, options=off.baseline).values() for v in vs)
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    violated = connection.execute(
        "select b.branch_id, v.limit_us from oplatency.violations as v join oplatency.baselines as b"
        " using (baseline_id)"
    ).fetchall()
    assert [names[row["branch_id"]] for row in violated] == ["main"]
    found = connection.execute(
        "select branch, call_branch, baseline_level from oplatency.v_anomalies where kind = 'point'"
    ).fetchall()
    assert [tuple(row.values()) for row in found] == [("(all)", "main", "branch")]
    verdicts = connection.execute(
        "select distinct baseline_level, baseline_branch, baseline_as_of, baseline_revision, baseline_config_hash"
        " from oplatency.v_verdicts where rule = 'point' and operation = 'commit'"
    ).fetchall()
    told = ("branch", "main", TODAY, 1, DEFAULTS.config_hash())
    assert [tuple(row.values()) for row in verdicts] == [told]


def test_few_calls_are_judged_mostly_by_like_operations_and_a_lone_operation_by_itself(warehouse, connection):
    put(connection, "rare", constant(TODAY - DAY, TODAY, 2 * HOUR))
    put(connection, "rare", constant(TODAY, TODAY + HOUR, 30 * MINUTE, 50_000))
    window = Window(TODAY, TODAY + HOUR)
    baselines(warehouse.url())
    assert [v.level for vs in read_versions(connection, window).values() for v in vs] == ["operation"]
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    found = connection.execute("select call_branch, baseline_level from oplatency.v_anomalies").fetchall()
    assert [tuple(row.values()) for row in found] == [("main", "like_operations")] * 2


def test_F50_any_order_of_nights_and_detections_gives_the_same_baselines(warehouse, connection):
    calm = ordinary(WEEK_AGO - 3 * DAY, TODAY, 10 * MINUTE)
    put(connection, "commit", slowed(calm, INCIDENT.start, INCIDENT.end, 5))
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR, seed=3), branch="feature")
    note(warehouse.url(), TODAY - 4 * DAY, TODAY - 4 * DAY + HOUR)
    days = [TODAY - n * DAY for n in range(3)]
    results = []
    for seed in range(2):
        for table in ("anomalies", "violations", "degradations", "baseline_profiles", "baselines"):
            connection.execute(f"delete from oplatency.{table}".encode())
        for day in random.Random(seed).sample(days * 2, k=6):
            baselines(warehouse.url(), day)
            detected(warehouse.url(), day - DAY, day)
        results.append(content(connection, "baselines"))
    assert results[0] == results[1]
    assert len(results[0]) == 3 * 3


def test_a_setting_of_an_operation_is_noted_and_part_of_the_configuration(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    baselines(warehouse.url())
    values = operations.Values(alert_threshold=3.0, min_effect=0.5)
    told = operations.set_operation(
        warehouse.url(), "commit", values, note="noisy disk", changed_by="ada", settings=DEFAULTS
    )
    assert told["changes"] == {"alert_threshold": {"old": 2.0, "new": 3.0}, "min_effect": {"old": None, "new": 0.5}}
    assert told["config_hash"] != DEFAULTS.config_hash()
    assert baselines(warehouse.url())["published"] == 1
    found = {version["config_hash"]: version["alert_threshold"] for version in stored(connection)}
    assert found == {DEFAULTS.config_hash(): 2.0, told["config_hash"]: 3.0}
    back = operations.set_operation(
        warehouse.url(),
        "commit",
        operations.Values(alert_threshold=2.0, min_effect="general"),
        note="disk replaced",
        changed_by="ada",
        settings=DEFAULTS,
    )
    assert back["config_hash"] == DEFAULTS.config_hash()
    assert baselines(warehouse.url())["published"] == 0
    (active,) = connection.execute("select config_hash from oplatency.active_baselines").fetchall()
    assert active["config_hash"] == DEFAULTS.config_hash()
    history = connection.execute("select setting, note, changed_by from oplatency.operation_changes").fetchall()
    assert len(history) == 4
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("delete from oplatency.operation_changes")


def test_a_floor_of_its_own_silences_an_operation_and_no_other(warehouse, connection):
    for name in ("commit", "merge"):
        put(connection, name, ordinary(WEEK_AGO, TODAY, HOUR))
        put(connection, name, [(TODAY + MINUTE, 15_000)])
    baselines(warehouse.url())
    values = operations.Values(min_effect=9.0)
    operations.set_operation(warehouse.url(), "merge", values, note="batch", changed_by="ada", settings=DEFAULTS)
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    found = connection.execute(
        "select o.name from oplatency.anomalies join oplatency.operation_types as o using (operation_id)"
    ).fetchall()
    assert [row["name"] for row in found] == ["commit"]


@pytest.mark.parametrize(
    ("values", "note_", "words"),
    [
        ({}, "why", "Nothing is to be set"),
        ({"is_tracked": False}, " ", "needs a reason"),
        ({"alert_threshold": 0.5}, "why", "threshold"),
        ({"category": "read"}, "why", "category"),
        ({"scale_floor": 0.0}, "why", "floor"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_nothing_is_noted(warehouse, connection, values, note_, words):
    put(connection, "commit", [])
    with pytest.raises(UsageError, match=words):
        operations.set_operation(
            warehouse.url(),
            "commit",
            operations.Values(**values),
            note=note_,
            changed_by="ada",
            settings=DEFAULTS,
        )
    assert content(connection, "operation_changes") == []


def test_the_intervals_of_percentiles_hold_what_they_say(warehouse, connection):
    durations = np.sort(np.random.default_rng(5).integers(1000, 90_000, 400))
    put(connection, "commit", [(WEEK_AGO + n * MINUTE, int(us)) for n, us in enumerate(durations)])
    put(connection, "merge", constant(WEEK_AGO, WEEK_AGO + timedelta(minutes=20), MINUTE))
    baselines(warehouse.url())
    (found,) = stored(connection)
    for name in ("p50", "p75", "p90", "p95", "p99"):
        assert found["min_us"] <= found[f"{name}_low_us"] <= found[f"{name}_us"] <= found[f"{name}_high_us"]
        assert found[f"{name}_is_estimable"]
    (few,) = stored(connection, operation="merge")
    assert (few["p75_is_estimable"], few["p90_is_estimable"], few["p99_high_us"]) == (True, False, None)
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        health = reader.execute("select * from oplatency.v_baseline_health where operation_type = 'merge'").fetchone()
    assert health["p90_estimable"] is False
    assert health["has_low_coverage"] is True
