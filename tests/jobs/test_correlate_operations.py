"""Operations that slowed in the same minutes are found and named in order; nothing is found where nothing is shared."""

from __future__ import annotations

import logging

import pytest

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    content,
    correlated,
    ordinary,
    put,
    remove,
    slowed,
)
from oplatency.errors import UsageError
from oplatency.jobs import correlate_operations, windowed_job
from oplatency.jobs.correlate_operations import CORRELATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import load_settings

TOMORROW = TODAY + DAY
STEP = 2 * MINUTE
SLOW = [(TODAY + 5 * HOUR, 40 * MINUTE), (TODAY + 14 * HOUR, 30 * MINUTE), (TODAY + 20 * HOUR, 20 * MINUTE)]


def slow_together(connection, *names: str, later: str = "", by=0 * MINUTE, **known) -> None:
    """Put in a week of ordinary calls and a day in which the named operations slow at the same times."""
    for seed, name in enumerate(names, start=1):
        calls = ordinary(WEEK_AGO, TOMORROW, STEP, seed=seed)
        for start, length in SLOW:
            shift = by if name == later else 0 * MINUTE
            calls = slowed(calls, start + shift, start + shift + length, 2.5)
        put(connection, name, calls, **known)


def pairs(connection):
    return connection.execute("select * from oplatency.v_correlations order by operation_a, operation_b").fetchall()


def groups(connection):
    return connection.execute("select * from oplatency.v_correlation_groups order by group_id").fetchall()


def test_two_operations_that_slow_together_are_found_audited_and_published(warehouse, connection):
    slow_together(connection, "branch_create", "commit")
    put(connection, "get_objects", ordinary(WEEK_AGO, TOMORROW, STEP, seed=9))
    baselines(warehouse.url())
    report = windowed_job.run(warehouse.url(), CORRELATE, Request(DEFAULTS, TOMORROW))
    assert report.pop("raw_pairs") >= 0
    assert report == {
        "as_of": TOMORROW.isoformat(),
        "pairs_tested": 3,
        "pairs_untestable": 0,
        "pairs": 1,
        "pairs_not_listed": 0,
        "groups": 1,
    }
    (pair,) = pairs(connection)
    assert (pair["operation_a"], pair["operation_b"]) == ("branch_create", "commit")
    assert (pair["bottleneck_id"], pair["bottleneck"]) == ("object_storage_io", "object storage I/O")
    assert (pair["corrected"] > 0.5, pair["joint_bins"] >= 15, pair["q"] < 1e-6) == (True, True, True)
    assert pair["lag_bins"] == 0
    (group,) = groups(connection)
    assert group["members"] == ["branch_create", "commit"]
    assert group["bottleneck_id"] == "object_storage_io"
    assert group["onset_at"] == SLOW[0][0]
    # not strong by its coefficient, but slow together in enough bins for a person to be told
    assert pair["corrected"] < DEFAULTS.correlation.strong
    assert group["alerting"]
    audits = connection.execute("select distinct suite, passed from oplatency.audit_results order by suite").fetchall()
    assert [(row["suite"], row["passed"]) for row in audits] == [
        ("staged_correlation_groups", True),
        ("staged_correlations", True),
    ]


@pytest.mark.parametrize(
    ("names", "later", "lag_bins"),
    [
        # ids follow the order in which operations came; names do not
        (("zeta", "alpha"), "alpha", -2),
        (("zeta", "alpha"), "zeta", 2),
        (("alpha", "zeta"), "alpha", -2),
        (("alpha", "zeta"), "zeta", 2),
    ],
)
def test_names_are_in_order_and_the_lag_tells_how_far_the_second_follows(
    warehouse, connection, names, later: str, lag_bins: int
):
    slow_together(connection, *names, later=later, by=10 * MINUTE)
    baselines(warehouse.url())
    correlated(warehouse.url(), TOMORROW)
    (pair,) = pairs(connection)
    assert (pair["operation_a"], pair["operation_b"]) == ("alpha", "zeta")
    # positive: b follows a
    assert pair["lag_bins"] == lag_bins


def test_independent_operations_are_no_pair(warehouse, connection):
    for seed in range(8):
        put(connection, f"op{seed}", ordinary(WEEK_AGO, TOMORROW, STEP, seed=seed))
    baselines(warehouse.url())
    report = correlated(warehouse.url(), TOMORROW)
    assert (report["pairs_tested"], report["pairs"], report["groups"]) == (28, 0, 0)
    assert pairs(connection) == groups(connection) == []


def test_a_rhythm_that_all_share_is_no_pair(warehouse, connection):
    by_day = [WEEK_AGO + n * DAY for n in range(8)]
    for seed in (1, 2, 3):
        calls = ordinary(WEEK_AGO, TOMORROW, STEP, seed=seed)
        for day in by_day:
            calls = slowed(calls, day + 8 * HOUR, day + 18 * HOUR, 1.6)
        put(connection, f"op{seed}", calls)
    baselines(warehouse.url())
    assert correlated(warehouse.url(), TOMORROW)["pairs"] == 0


def test_F50_a_second_run_replaces_what_the_first_published(warehouse, connection):
    slow_together(connection, "commit", "merge")
    baselines(warehouse.url())
    correlated(warehouse.url(), TOMORROW)
    first = content(connection, "correlations"), content(connection, "correlation_groups")
    assert list(map(len, first)) == [1, 1]
    correlated(warehouse.url(), TOMORROW)
    assert (content(connection, "correlations"), content(connection, "correlation_groups")) == first
    remove(connection, "merge", TODAY, TOMORROW)
    put(connection, "merge", ordinary(TODAY, TOMORROW, STEP, seed=5))
    # another as-of leaves what was found alone
    correlated(warehouse.url(), TODAY)
    assert content(connection, "correlations") == first[0]
    correlated(warehouse.url(), TOMORROW)
    assert content(connection, "correlations") == content(connection, "correlation_groups") == []


def test_F33_the_window_is_the_24_hours_before_the_as_of(warehouse, connection):
    slow_together(connection, "commit", "merge")
    baselines(warehouse.url(), TODAY - DAY)
    assert correlated(warehouse.url(), SLOW[0][0])["pairs"] == 0
    assert correlated(warehouse.url(), TOMORROW)["pairs"] == 1
    assert correlated(warehouse.url(), SLOW[-1][0] + 25 * HOUR)["pairs"] == 0


def test_operations_are_judged_by_what_was_normal_before_the_window(warehouse, connection):
    slow_together(connection, "commit", "merge")
    # known too late: at noon, the window began twelve hours before
    baselines(warehouse.url(), TODAY)
    report = correlated(warehouse.url(), TODAY + 12 * HOUR)
    assert (report["pairs_tested"], report["pairs_untestable"], report["pairs"]) == (0, 1, 0)
    assert correlated(warehouse.url(), TOMORROW)["pairs_tested"] == 1
    baselines(warehouse.url(), TODAY - DAY)
    assert correlated(warehouse.url(), TODAY + 12 * HOUR)["pairs_tested"] == 1


def test_untracked_operations_take_no_part(warehouse, connection):
    slow_together(connection, "commit", "merge", is_tracked=False)
    baselines(warehouse.url())
    assert correlated(warehouse.url(), TOMORROW)["pairs_tested"] == 0


def test_F35_F40_an_empty_warehouse_and_a_few_calls_are_no_error(warehouse, connection):
    report = windowed_job.run(warehouse.url(), CORRELATE, Request(DEFAULTS, TOMORROW))
    assert (report["pairs_tested"], report["pairs"], report["groups"]) == (0, 0, 0)
    for name in ("commit", "merge"):
        put(connection, name, ordinary(WEEK_AGO, TODAY, HOUR))
        put(connection, name, [(TODAY, 5000), (TODAY + HOUR, 90_000)])
    baselines(warehouse.url())
    report = correlated(warehouse.url(), TOMORROW)
    assert (report["pairs_tested"], report["pairs_untestable"], report["pairs"]) == (0, 1, 0)


def test_F41_the_log_tells_how_far_a_long_comparison_is(warehouse, connection, monkeypatch, caplog):
    slow_together(connection, "commit", "merge")
    baselines(warehouse.url())
    with caplog.at_level(logging.INFO, logger=correlate_operations.__name__):
        correlated(warehouse.url(), TOMORROW)
        # so few operations are compared before there is anything to tell
        assert caplog.messages == []
        monkeypatch.setattr(correlate_operations, "LOG_S", 0.0)
        correlated(warehouse.url(), TOMORROW)
    assert [message.split(" (")[0] for message in caplog.messages] == [
        "50 % of 2 comparisons",
        "100 % of 2 comparisons",
    ]


def test_an_as_of_within_an_hour_is_refused(warehouse):
    with pytest.raises(UsageError, match="not a whole UTC hour"):
        windowed_job.run(warehouse.url(), CORRELATE, Request(DEFAULTS, TODAY + MINUTE))


def test_the_length_of_the_window_is_a_setting(warehouse, connection):
    slow_together(connection, "commit", "merge")
    baselines(warehouse.url())
    short = load_settings(correlation={"window_hours": 6})
    # the last incident is from 20:00 to 20:20, the short window from 21:00 on
    assert correlated(warehouse.url(), TOMORROW + 3 * HOUR, settings=short)["pairs"] == 0
    assert correlated(warehouse.url(), TOMORROW + 3 * HOUR)["pairs"] == 1
