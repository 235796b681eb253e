"""Every row of the table of likely causes, and which row wins where several fit."""

from __future__ import annotations

import csv
from importlib import resources
from itertools import combinations
from typing import get_args

import pytest

from oplatency.correlation.bottlenecks import CACHE, LOG, MERGE, SHARED, STORAGE, Bottleneck, of_group, of_pair
from oplatency.warehouse.catalogue import Operation

_FILE = resources.files("oplatency").joinpath("data", "bootstrap", "operation_types.csv")
CATALOGUE = {
    row["name"]: Operation(number, row["name"], row["category"], row["area"], True, 2.0)
    for number, row in enumerate(csv.DictReader(_FILE.read_text(encoding="utf-8").splitlines()), start=1)
}
ROLLBACKS = (
    "rollback",
    "rollback_commit",
    "rollback_cascade",
    "rollback_dry_run",
    "rollback_validate",
    "rollback_recovery",
)
MERGE_STEPS = (
    "merge_base_find",
    "merge_conflict_detect",
    "merge_auto_resolve",
    "merge_branches",
    "merge_data_branches",
    "merge_execute",
    "merge_cleanup",
)
HISTORY_READS = ("get_history", "get_object_timeline", "get_object_at_time", "query_temporal_snapshots")


def test_the_catalogue_has_its_33_operations_and_528_pairs():
    assert len(CATALOGUE) == 33
    assert len(list(combinations(CATALOGUE, 2))) == 528


@pytest.mark.parametrize(
    ("first", "second", "cause"),
    [
        *((a, b, MERGE) for a, b in combinations(MERGE_STEPS, 2)),
        ("merge", "merge_execute", MERGE),
        ("commit", "branch_create", STORAGE),
        *((a, b, CACHE) for a, b in combinations(HISTORY_READS, 2)),
        *((a, "get_objects", LOG) for a in ROLLBACKS),
        *((a, "merge_execute", LOG) for a in ROLLBACKS),
        ("rollback_commit", "rollback_dry_run", LOG),
        # one side alone is not enough
        ("merge_execute", "commit", SHARED),
        ("commit", "branch_delete", SHARED),
        ("get_history", "get_commits", SHARED),
        # a history operation that writes is no history read
        ("get_history", "ensure_object", SHARED),
        ("get_history", "create_history_partition", SHARED),
        ("calculate_branch_size", "compress_branch", SHARED),
    ],
)
def test_a_pair_has_its_likely_cause_whichever_is_named_first(first: str, second: str, cause):
    assert of_pair(CATALOGUE[first], CATALOGUE[second]) == cause
    assert of_pair(CATALOGUE[second], CATALOGUE[first]) == cause


def test_a_rollback_with_anything_is_the_transaction_log():
    for name in ROLLBACKS:
        others = [other for other in CATALOGUE if other != name]
        assert {of_pair(CATALOGUE[name], CATALOGUE[other]) for other in others} == {LOG}


def test_operations_outside_the_catalogue_share_a_resource():
    unknown = [Operation(number, name, "UNKNOWN", "unknown", True, 2.0) for number, name in enumerate("ab", start=100)]
    assert of_pair(*unknown) == SHARED
    assert of_pair(unknown[0], CATALOGUE["rollback"]) == LOG


@pytest.mark.parametrize(
    ("members", "cause"),
    [
        (MERGE_STEPS, MERGE),
        (("commit", "branch_create"), STORAGE),
        (HISTORY_READS[:3], CACHE),
        (("rollback", "rollback_commit", "commit"), LOG),
        (("commit", "branch_create", "get_history"), SHARED),
        (("commit", "branch_create", "rollback"), SHARED),
    ],
)
def test_a_group_has_the_cause_that_all_its_pairs_share(members, cause):
    assert of_group([CATALOGUE[name] for name in members]) == cause


def test_every_cause_has_its_words_and_what_to_look_at(connection):
    found = {row["bottleneck"]: row for row in connection.execute("select * from oplatency.bottlenecks").fetchall()}
    assert found.keys() == set(get_args(Bottleneck)) == {LOG, MERGE, STORAGE, CACHE, SHARED}
    assert found[STORAGE]["title"] == "object storage I/O"
    for cause in found.values():
        assert cause["recommendation"].startswith("Look at ")
        assert cause["recommendation"].endswith(".")
