"""What is published is checked again: a healthy warehouse passes, a damaged row is named."""

from __future__ import annotations

import pytest

from calls import DAY, DEFAULTS, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, constant, correlated, detected, put
from oplatency.errors import GateFailedError, UsageError
from oplatency.jobs.check_data_quality import check, require_passed, summary
from oplatency.quality.gate import AUDIT_RAN
from oplatency.quality.suites import SUITES

PUBLISHED = [name for name, suite in SUITES.items() if suite.form == "published"]
END = TODAY + DAY


@pytest.fixture
def url(warehouse, connection) -> str:
    """Return the URL of a warehouse with calls, baselines and findings of every kind up to the end of today."""
    for name in ("commit", "branch_create"):
        put(connection, name, constant(WEEK_AGO, TODAY, 10 * MINUTE))
        put(connection, name, constant(TODAY, END, 10 * MINUTE, 50_000))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, END)
    correlated(warehouse.url(), END)
    return warehouse.url()


def test_a_healthy_warehouse_passes_every_suite_and_the_results_are_kept(url, connection):
    reports = check(url, settings=DEFAULTS, until=END)
    require_passed(reports)
    assert summary(reports) == {
        "passed": True,
        "suites": [
            {"name": name, "passed": True, "failed": [], "warnings": [], "descriptions": {}} for name in PUBLISHED
        ],
    }
    rows_seen = {report.checks[0].suite: report.checks[0].n_rows for report in reports}
    # calls older than the seven days before the last day are not looked at
    assert rows_seen["metrics"] == 2 * 7 * 144
    assert rows_seen["baselines"] == 2
    assert all(rows_seen[name] for name in ("violations", "anomalies", "degradations"))
    kept = connection.execute("select count(*) as n, bool_and(run_token is null) as b from oplatency.audit_results")
    assert kept.fetchall() == [{"n": sum(len(report.checks) for report in reports), "b": True}]


def test_an_empty_warehouse_has_nothing_wrong(warehouse):
    assert summary(check(warehouse.url(), settings=DEFAULTS, until=END))["passed"]


def test_one_suite_may_be_asked_for(url):
    (report,) = check(url, settings=DEFAULTS, until=END, suite="violations")
    assert {item.suite for item in report.checks} == {"violations"}


@pytest.mark.parametrize("suite", ["nonsense", "staged_metrics"])
def test_a_suite_that_does_not_judge_published_rows_is_refused(warehouse, suite: str):
    with pytest.raises(UsageError, match="There is no suite") as caught:
        check(warehouse.url(), settings=DEFAULTS, suite=suite)
    assert "metrics" in caught.value.remedy


def test_F44_a_baseline_that_was_damaged_past_the_gate_is_named(url, owner):
    owner.execute("alter table oplatency.baselines drop constraint baselines_order_ck")
    owner.execute("update oplatency.baselines set p95_us = p99_us * 2 where operation_id = 1")
    reports = check(url, settings=DEFAULTS, until=END)
    told = summary(reports)
    assert not told["passed"]
    failed = {suite["name"]: suite["failed"] for suite in told["suites"] if not suite["passed"]}
    assert failed == {"baselines": ["baselines.p95_us_at_most_p95_high_us", "baselines.percentiles_ordered"]}
    (suite,) = (suite for suite in told["suites"] if not suite["passed"])
    assert suite["descriptions"]["baselines.percentiles_ordered"] == "p50 <= p75 <= p90 <= p95 <= p99"
    with pytest.raises(GateFailedError, match="p50 <= p75 <= p90 <= p95 <= p99") as caught:
        require_passed(reports)
    assert caught.value.where == "oplatency.baselines"
    kept = owner.execute("select suite, expectation, n_unexpected from oplatency.audit_results where not passed")
    # the interval of the percentile no longer holds it either
    assert kept.fetchall() == [
        {"suite": "baselines", "expectation": expectation, "n_unexpected": 1} for expectation in failed["baselines"]
    ]


def test_a_call_of_no_length_is_found_however_it_came_in(url, owner):
    owner.execute("alter table oplatency.metrics drop constraint metrics_duration_ck")
    owner.execute("update oplatency.metrics set duration_us = 0 where started_at = %s", (TODAY + HOUR,))
    (report,) = check(url, settings=DEFAULTS, until=END, suite="metrics")
    assert not report.passed
    assert {item.n_unexpected for item in report.failed} == {2}


def test_F91_a_check_that_cannot_be_made_has_not_passed(url, owner):
    owner.execute("alter table oplatency.violations rename column limit_us to lim_us")
    (report,) = check(url, settings=DEFAULTS, until=END, suite="violations")
    assert [item.expectation for item in report.failed] == [AUDIT_RAN]


def test_what_lies_after_the_last_hour_is_not_looked_at(url):
    (report,) = check(url, settings=DEFAULTS, until=TODAY + 30 * MINUTE, suite="metrics")
    assert report.checks[0].n_rows == 2 * (7 * 144 + 6)
