"""Baselines: exact, immutable, and the same whatever the order of runs, the session's zone, or how often they run."""

from __future__ import annotations

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from psycopg import sql

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
    content,
    ordinary,
    put,
)
from oplatency.errors import UsageError
from oplatency.jobs import recalculate_baselines, windowed_job
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings, load_settings
from oplatency.warehouse.database import connect

PERCENTILES = ("p50_us", "p75_us", "p90_us", "p95_us", "p99_us")


def six(duration_us: int = 5000, start=WEEK_AGO):
    return constant(start, start + 6 * HOUR, HOUR, duration_us)


def versions(connection, operation="commit"):
    return connection.execute(
        "select b.* from oplatency.baselines as b join oplatency.operation_types as o using (operation_id)"
        " where o.name = %s order by as_of, revision",
        (operation,),
    ).fetchall()


def active(connection, at=TODAY, operation="commit"):
    with connection.transaction():
        connection.execute("select set_config('oplatency.as_of', %s, true)", (at.isoformat(),))
        return connection.execute(
            "select b.* from oplatency.active_baselines as b join oplatency.operation_types as o using (operation_id)"
            " where o.name = %s",
            (operation,),
        ).fetchone()


def changes(connection, at):
    with connection.transaction():
        connection.execute("select set_config('oplatency.as_of', %s, true)", (at.isoformat(),))
        return connection.execute("select * from oplatency.v_baseline_changes order by operation, as_of").fetchall()


def test_the_whole_job_stages_audits_and_publishes_what_it_reports(warehouse, connection):
    put(connection, "commit", six())
    put(connection, "merge", six()[:5])
    put(connection, "rollback", [])
    report = windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY))
    assert report == {
        "as_of": TODAY.isoformat(),
        "operations": 1,
        "published": 1,
        "unchanged": 0,
        "skipped": {"few_samples": 1, "no_samples": 1},
        "branches": 0,
    }
    assert [version["as_of"] for version in versions(connection)] == [TODAY]
    audits = connection.execute("select distinct suite, passed from oplatency.audit_results").fetchall()
    assert audits == [{"suite": "staged_baselines", "passed": True}]
    assert content(connection, "staged_baselines") == []


def test_percentiles_are_those_of_numpy(warehouse, connection):
    random = np.random.default_rng(1)
    drawn = {n: np.exp(random.normal(9, 2, n)).astype(np.int64) + 1 for n in (6, 7, 100, 298, 299, 1001)}
    for n_calls, durations in drawn.items():
        put(connection, f"{n_calls}", [(WEEK_AGO + n * MINUTE, int(us)) for n, us in enumerate(durations)])
    baselines(warehouse.url())
    for n_calls, durations in drawn.items():
        (found,) = versions(connection, f"{n_calls}")
        expected = np.percentile(durations, [50, 75, 90, 95, 99], method="linear")
        assert [found[name] for name in PERCENTILES] == pytest.approx(expected.tolist(), rel=1e-12)
        assert (found["min_us"], found["max_us"]) == (durations.min(), durations.max())
        assert found["mean_us"] == pytest.approx(durations.mean(), rel=1e-12)
        assert found["sd_us"] == pytest.approx(durations.std(ddof=1), rel=1e-9)
        assert found["n_calls"] == n_calls
        assert found["hours_covered"] == -(-n_calls // 60)
        assert found["p99_is_estimable"] == (n_calls >= 299)


def test_F35_five_calls_make_no_baseline_and_the_old_one_stays_in_force(warehouse, connection):
    put(connection, "commit", six())
    baselines(warehouse.url(), WEEK_AGO + DAY)
    put(connection, "commit", constant(TODAY, TODAY + 5 * HOUR, HOUR, 9000))
    later = TODAY + DAY
    report = baselines(warehouse.url(), later)
    assert (report["operations"], report["published"], report["skipped"]) == (0, 0, {"few_samples": 1})
    assert active(connection, later)["as_of"] == WEEK_AGO + DAY
    put(connection, "commit", [(TODAY + 6 * HOUR, 9000)])
    assert baselines(warehouse.url(), later)["published"] == 1
    assert active(connection, later)["as_of"] == later


def test_F35_no_call_one_or_two_are_no_error(warehouse, connection):
    for n_calls in (0, 1, 2):
        put(connection, f"with {n_calls}", six()[:n_calls])
    report = baselines(warehouse.url())
    assert (report["operations"], report["published"]) == (0, 0)
    assert report["skipped"] == {"few_samples": 2, "no_samples": 1}
    assert content(connection, "baselines") == []


def test_an_empty_warehouse_is_no_error(warehouse):
    report = windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY))
    assert report == {
        "as_of": TODAY.isoformat(),
        "operations": 0,
        "published": 0,
        "unchanged": 0,
        "skipped": {},
        "branches": 0,
    }


def test_calls_with_an_error_and_untracked_operations_stay_out(warehouse, connection):
    put(connection, "commit", six())
    put(connection, "commit", six(900_000), error={"code": "40001"})
    put(connection, "internal", six(), is_tracked=False)
    report = baselines(warehouse.url())
    assert report["operations"] == 1
    (found,) = versions(connection)
    assert (found["n_calls"], found["max_us"]) == (6, 5000)
    assert versions(connection, "internal") == []


def test_F33_the_window_is_half_open_to_the_microsecond(warehouse, connection):
    put(connection, "commit", six(start=WEEK_AGO + DAY))
    put(connection, "commit", [(WEEK_AGO - MICROSECOND, 1), (WEEK_AGO, 4000)])
    put(connection, "commit", [(TODAY - MICROSECOND, 6000), (TODAY, 99_000)])
    baselines(warehouse.url())
    (found,) = versions(connection)
    assert (found["n_calls"], found["min_us"], found["max_us"]) == (8, 4000, 6000)
    baselines(warehouse.url(), TODAY + DAY)
    assert versions(connection)[-1]["max_us"] == 99_000


def test_F32_a_server_in_new_york_on_the_day_clocks_change_makes_no_difference(warehouse, connection):
    # 2026-03-08: New York skips an hour
    put(connection, "commit", ordinary(WEEK_AGO - DAY, TODAY + DAY, 10 * MINUTE))
    baselines(warehouse.url())
    in_utc = content(connection, "baselines")
    with connect(warehouse.server.url(), purpose="tests") as admin:
        for level in ("database {}", "role oplatency_writer in database {}"):
            admin.execute(
                sql.SQL("alter " + level + " set timezone to 'America/New_York'").format(
                    sql.Identifier(warehouse.database)
                )
            )
    assert baselines(warehouse.url()) | {"published": 0} == baselines(warehouse.url())
    assert content(connection, "baselines") == in_utc
    assert versions(connection)[0]["n_calls"] == 7 * 24 * 6


@pytest.mark.parametrize("day", [TODAY + HOUR, TODAY - MICROSECOND])
def test_an_as_of_that_is_no_day_is_refused(warehouse, day):
    with pytest.raises(UsageError, match="not a whole UTC day") as caught:
        windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, day))
    assert caught.value.where == "as_of"
    assert caught.value.exit_code == 2


def test_an_as_of_without_an_offset_is_refused(warehouse):
    with pytest.raises(UsageError, match="no offset from UTC"):
        windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY.replace(tzinfo=None)))


def test_midnight_may_be_told_in_any_zone(warehouse, connection):
    put(connection, "commit", six())
    kolkata = TODAY.astimezone(ZoneInfo("Asia/Kolkata"))
    assert baselines(warehouse.url(), kolkata)["as_of"] == TODAY.isoformat()
    assert versions(connection)[0]["as_of"] == TODAY


def test_F50_a_second_run_adds_nothing(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR))
    baselines(warehouse.url())
    before = content(connection, "baselines"), content(connection, "baseline_profiles")
    again = baselines(warehouse.url())
    assert (again["published"], again["unchanged"]) == (0, 1)
    assert (content(connection, "baselines"), content(connection, "baseline_profiles")) == before


def test_F30_a_late_call_adds_a_revision_and_keeps_the_old_one(warehouse, connection):
    put(connection, "commit", six())
    baselines(warehouse.url())
    put(connection, "commit", [(TODAY - 2 * DAY, 8000)])
    assert baselines(warehouse.url())["published"] == 1
    first, second = versions(connection)
    assert (first["revision"], first["n_calls"], first["max_us"]) == (1, 6, 5000)
    assert (second["revision"], second["n_calls"], second["max_us"]) == (2, 7, 8000)
    assert active(connection)["revision"] == 2


def test_a_late_call_of_another_operation_adds_no_revision_where_nothing_is_borrowed(warehouse, connection):
    put(connection, "commit", six())
    baselines(warehouse.url())
    put(connection, "merge", six(50_000)[:5])
    baselines(warehouse.url())
    assert [version["revision"] for version in versions(connection)] == [1]


def _backfilled(warehouse, orders) -> tuple[list[str], ...]:
    for day in (day for order in orders for day in order):
        baselines(warehouse.url(), day)
    with connect(warehouse.url(), purpose="tests") as connection:
        return content(connection, "baselines"), _profiles(connection)


def _profiles(connection) -> list[str]:
    found = connection.execute(
        "select o.name, b.as_of, b.revision, n_days, is_seasonal, hour_offsets, location, scale_up, scale_down,"
        " recurring_z"
        " from oplatency.baseline_profiles join oplatency.baselines as b using (baseline_id)"
        " join oplatency.operation_types as o using (operation_id)"
    ).fetchall()
    return sorted(map(str, found))


def test_F50_five_days_backfilled_in_any_order_twice_give_the_same_tables(warehouse, connection):
    for number, name in enumerate(("commit", "merge", "get_history"), start=1):
        put(connection, name, ordinary(WEEK_AGO - 5 * DAY, TODAY, 30 * MINUTE, seed=number, median_us=1000 * number))
    days = [TODAY - n * DAY for n in range(5)]
    results = []
    for seed in range(3):
        connection.execute("delete from oplatency.baseline_profiles")
        connection.execute("delete from oplatency.baselines")
        orders = [random.Random(2 * seed + again).sample(days, k=5) for again in (0, 1)]
        results.append(_backfilled(warehouse, orders))
    assert results[0] == results[1] == results[2]
    assert len(results[0][0]) == 3 * 5


def test_the_operation_limits_what_is_published_but_not_what_it_says(warehouse, connection):
    # commit has few calls, so its scales lean on those of the others
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, 12 * HOUR, sd=0.1))
    put(connection, "merge", ordinary(WEEK_AGO, TODAY, HOUR, sd=0.6, seed=2))
    only = baselines(warehouse.url(), operation="commit")
    assert (only["operations"], only["published"]) == (1, 1)
    assert versions(connection, "merge") == []
    every = baselines(warehouse.url())
    assert (every["operations"], every["published"], every["unchanged"]) == (2, 1, 1)
    borrowed = connection.execute(
        "select scale_up from oplatency.baseline_profiles join oplatency.baselines using (baseline_id)"
        " where operation_id = %s",
        (versions(connection)[0]["operation_id"],),
    ).fetchall()
    assert borrowed[0]["scale_up"] > 0.2


def test_an_operation_that_does_not_exist_is_refused(warehouse):
    with pytest.raises(UsageError, match="There is no operation 'comit'"):
        windowed_job.run(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY, operation="comit"))


def test_other_settings_make_other_versions_and_both_are_kept(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO - 7 * DAY, TODAY, HOUR))
    longer = load_settings(baseline={"lookback_days": 14})
    baselines(warehouse.url())
    baselines(warehouse.url(), settings=longer)
    found = {version["config_hash"]: version for version in versions(connection)}
    assert {hash_: version["n_calls"] for hash_, version in found.items()} == {
        DEFAULTS.config_hash(): 7 * 24,
        longer.config_hash(): 14 * 24,
    }
    assert {version["revision"] for version in found.values()} == {1}
    assert active(connection)["config_hash"] == longer.config_hash()
    stored = connection.execute("select content from oplatency.configurations order by config_no").fetchall()
    assert [row["content"]["baseline"]["lookback_days"] for row in stored] == [7, 14]


def test_a_change_of_the_baseline_is_told_with_its_reason(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO - DAY, TODAY + 2 * DAY, HOUR, 5000))
    put(connection, "merge", constant(WEEK_AGO - DAY, TODAY, HOUR, 5000))
    put(connection, "merge", constant(TODAY, TODAY + 2 * DAY, HOUR, 10_001))
    for day in (TODAY, TODAY + DAY):
        baselines(warehouse.url(), day)
    told = {row["operation"]: row for row in changes(connection, TODAY + DAY)}
    assert told["commit"]["reason"] == "unchanged"
    assert not told["commit"]["needs_review"]
    assert told["merge"]["reason"] == "calls of 1 newer days"
    assert (told["merge"]["p99_old_ms"], told["merge"]["p99_new_ms"]) == (5.0, 10.001)
    assert told["merge"]["p99_change_pct"] == pytest.approx(100.02)
    assert told["merge"]["needs_review"]
    baselines(warehouse.url(), TODAY + 2 * DAY, settings=load_settings(baseline={"lookback_days": 6}))
    newest = changes(connection, TODAY + 2 * DAY)
    assert {row["reason"] for row in newest if row["as_of"] == TODAY + 2 * DAY} == {"settings changed"}


def test_a_change_of_exactly_twice_needs_no_review(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR, 5000))
    put(connection, "commit", constant(TODAY, TODAY + DAY, HOUR, 10_000))
    baselines(warehouse.url(), TODAY)
    baselines(warehouse.url(), TODAY + DAY)
    (told,) = changes(connection, TODAY + DAY)
    assert told["p99_change_pct"] == 100
    assert not told["needs_review"]


def test_changes_are_told_in_order_of_as_of_whatever_the_order_of_runs(warehouse, connection):
    for number, day in enumerate((TODAY, TODAY + DAY, TODAY + 2 * DAY)):
        put(connection, "commit", six(5000 + 1000 * number, start=day - DAY))
    for day in (TODAY + 2 * DAY, TODAY, TODAY + DAY):
        baselines(warehouse.url(), day, settings=Settings())
    told = changes(connection, TODAY + 2 * DAY)
    assert [(row["previous_as_of"], row["as_of"]) for row in told] == [
        (TODAY, TODAY + DAY),
        (TODAY + DAY, TODAY + 2 * DAY),
    ]


def test_the_seven_days_are_168_hours(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO - 2 * DAY, TODAY + DAY, HOUR))
    baselines(warehouse.url())
    (found,) = versions(connection)
    assert found["hours_covered"] == found["n_calls"] == timedelta(days=7) // HOUR


def test_F57_a_call_that_arrives_while_it_reads_is_in_both_halves_of_a_baseline_or_in_neither(
    warehouse, connection, monkeypatch
):
    put(connection, "commit", six())
    read = recalculate_baselines.read_calls

    def read_late(reading, window):
        with connect(warehouse.url(), purpose="tests") as other:
            put(other, "commit", constant(WEEK_AGO + DAY, WEEK_AGO + 2 * DAY, HOUR, 5_000_000))
        return read(reading, window)

    monkeypatch.setattr(recalculate_baselines, "read_calls", read_late)
    token = windowed_job.stage(warehouse.url(), RECALCULATE, Request(load_settings(), TODAY))
    staged = connection.execute(
        "select n_calls, exp(location) as typical_us from oplatency.staged_baselines where run_token = %s", (token,)
    ).fetchone()
    assert staged["n_calls"] == 6
    assert staged["typical_us"] == pytest.approx(5000)
