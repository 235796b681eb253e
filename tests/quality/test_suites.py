"""Valid rows pass every suite; for every expectation there is a broken batch that fails it and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from broken_batches import MUTATIONS, at_once
from broken_batches import PUBLISHED as PUBLISHED_MUTATIONS
from broken_rows import ROWS, Mutation
from rules_page import rules
from staged_rows import JUDGED, PROFILE, insert, later, publish, published, seed, stage, staged

from oplatency.quality.expectations import id_of
from oplatency.quality.gate import audit
from oplatency.quality.suites import SUITES
from oplatency.warehouse.database import connect

STAGED = [name for name, suite in SUITES.items() if suite.form == "staged"]
PUBLISHED = [name for name, suite in SUITES.items() if suite.form == "published"]
COLUMNS = "has_columns"
"""Fails only when the batch query itself changes; test_gate.py shows that, and what an empty batch does."""
FACTS_ARE_UNIQUE = "metrics.facts_are_unique"


@pytest.mark.parametrize("suite", STAGED)
def test_valid_staged_rows_pass(shared, suite: str):
    report = audit(shared.url, suite, run_token=stage(shared.owner, staged()))
    assert report.failed == ()
    assert {check.n_rows for check in report.checks} == {len(staged()[suite])}


@pytest.mark.parametrize("suite", PUBLISHED)
def test_valid_published_rows_pass(shared, suite: str):
    report = audit(shared.url, suite, window=(JUDGED[0], JUDGED[1] + timedelta(microseconds=1)))
    assert report.failed == ()
    assert report.checks[0].n_rows >= 1


@pytest.mark.parametrize("suite", STAGED)
def test_F90_each_expectation_finds_the_rows_that_break_it_and_no_others(shared, suite: str):
    rows, mutations = at_once(suite)
    report = audit(shared.url, suite, run_token=stage(shared.owner, rows))
    expected = Counter(each for mutation in mutations for each in mutation.ids)
    assert {check.expectation: check.n_unexpected for check in report.failed} == expected
    assert {check.n_rows for check in report.checks} == {len(rows[suite])}


def _fails_exactly_as_listed(shared, mutation: Mutation) -> None:
    report = audit(shared.url, mutation.suite, run_token=stage(shared.owner, mutation.batch()))
    assert {check.expectation for check in report.failed} == mutation.ids


@pytest.mark.parametrize("mutation", [item for item in MUTATIONS if item.change], ids=str)
def test_F90_a_broken_batch_fails_exactly_what_it_breaks(shared, mutation: Mutation):
    _fails_exactly_as_listed(shared, mutation)


@pytest.mark.slow
@pytest.mark.parametrize("mutation", [item for item in MUTATIONS if not item.change], ids=str)
def test_F90_a_broken_row_fails_exactly_what_it_breaks(shared, mutation: Mutation):
    _fails_exactly_as_listed(shared, mutation)


@pytest.mark.parametrize(
    ("days", "mutation"), [(10 + 2 * n, item) for n, item in enumerate(PUBLISHED_MUTATIONS)], ids=str
)
def test_F90_what_the_constraints_let_through_fails_the_published_suite(shared, days: int, mutation: Mutation):
    # each on a day of its own: the window keeps them apart
    own = {"baseline_id": 2000 + days} if mutation.suite == "baselines" else {}
    insert(shared.owner, mutation.suite, [{**later(published(mutation.suite), days), **own, **mutation.fields}])
    if own:
        insert(shared.owner, "baseline_profiles", [{**own, **PROFILE}])
    other = {"correlations": "correlation_groups", "correlation_groups": "correlations"}.get(mutation.suite)
    if other:
        insert(shared.owner, other, [later(published(other), days)])
    start, end = (instant + timedelta(days=days) for instant in JUDGED)
    report = audit(shared.url, mutation.suite, window=(start, end + timedelta(microseconds=1)))
    assert {check.expectation for check in report.failed} == mutation.ids
    assert {check.n_rows for check in report.checks} == {1}


def test_F90_a_fact_that_is_there_twice_fails(warehouse, owner):
    seed(owner)
    publish(owner)
    owner.execute("alter table oplatency.metrics drop constraint metrics_identity_uq")
    insert(owner, "metrics", [{**published("metrics"), "duration_us": 1}])
    report = audit(warehouse.url(), "metrics", window=JUDGED)
    assert {check.expectation: check.n_unexpected for check in report.failed} == {FACTS_ARE_UNIQUE: 2}


def test_an_event_that_a_source_delivers_twice_is_no_failure(shared):
    rows = staged()
    rows["staged_metrics"].append({**rows["staged_metrics"][0], "row_no": 4})
    assert audit(shared.url, "staged_metrics", run_token=stage(shared.owner, rows)).passed


@pytest.mark.parametrize("suite", STAGED)
def test_F90_every_expectation_has_a_batch_that_breaks_it(suite: str):
    broken = set().union(*(mutation.ids for mutation in MUTATIONS if mutation.suite == suite))
    stated = set(map(id_of, SUITES[suite].expectations()))
    table = SUITES[suite].of_table
    assert stated - broken - {f"{table}.{COLUMNS}", f"{table}.{ROWS}"} == set()


@pytest.mark.parametrize("suite", PUBLISHED)
def test_a_published_suite_states_nothing_that_its_staged_form_does_not(suite: str):
    published, staged_form = (
        [id_of(expectation) for expectation in SUITES[name].expectations()] for name in (suite, f"staged_{suite}")
    )
    # a staged batch may hold an event twice, the facts may not
    assert set(published) - {FACTS_ARE_UNIQUE} <= set(staged_form)
    assert len(published) == len(set(published))


@pytest.mark.parametrize("suite", STAGED)
def test_the_page_lists_every_rule(project: Path, suite: str):
    page = (project / "docs" / "quality.md").read_text(encoding="utf-8").splitlines()
    only_published = [line for line in rules("metrics") if line.startswith(f"- `{FACTS_ARE_UNIQUE}`: ")]
    assert [line for line in [*rules(suite), *only_published] if line not in page] == []


def test_the_page_lists_every_id_once_and_no_other(project: Path):
    page = (project / "docs" / "quality.md").read_text(encoding="utf-8")
    listed = [
        each for line in re.findall(r"^- (`.*`): ", page, re.MULTILINE) for each in re.findall(r"`([^`]+)`", line)
    ]
    assert len(listed) == len(set(listed))
    assert set(listed) == {id_of(item) for suite in SUITES.values() for item in suite.expectations()}


def test_an_id_is_short_plain_and_given_once():
    for suite in SUITES.values():
        ids = [id_of(expectation) for expectation in suite.expectations()]
        assert len(ids) == len(set(ids))
        assert [each for each in ids if not re.fullmatch(rf"{suite.of_table}\.[a-z][a-z0-9_]{{2,40}}", each)] == []


def test_the_queries_on_the_page_run(shared, project: Path):
    page = (project / "docs" / "quality.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert queries
    with connect(shared.url, purpose="tests") as connection:
        for query in queries:
            connection.execute(query)
