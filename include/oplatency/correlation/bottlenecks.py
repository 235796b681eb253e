"""What two operations that slow together probably share, as an id; the view ``bottlenecks`` has its words."""

from __future__ import annotations

from typing import Final, Literal

from oplatency.warehouse.catalogue import Operation

Bottleneck = Literal[
    "transaction_log_saturation",
    "merge_pipeline_saturation",
    "object_storage_io",
    "query_cache_pressure",
    "shared_resource_contention",
]
"""Likely shared causes."""

LOG: Final = "transaction_log_saturation"
MERGE: Final = "merge_pipeline_saturation"
STORAGE: Final = "object_storage_io"
CACHE: Final = "query_cache_pressure"
SHARED: Final = "shared_resource_contention"

_MERGE_AREAS = {"three-way merge", "merge execution"}
_STORAGE_WRITES = {"commit", "branch_create"}
_CAUSE_BY_NAME = {"rollback", "merge", *_STORAGE_WRITES}


def of_pair(first: Operation, second: Operation) -> Bottleneck:
    """Return the likely shared cause of a pair; the first rule that fits wins."""
    pair = (first, second)
    if any(operation.area == "rollback" or operation.name == "rollback" for operation in pair):
        return LOG
    if all(operation.area in _MERGE_AREAS or operation.name == "merge" for operation in pair):
        return MERGE
    if {operation.name for operation in pair} <= _STORAGE_WRITES:
        return STORAGE
    if all(operation.area == "history" and operation.category == "READ" for operation in pair):
        return CACHE
    return SHARED


def of_group(members: list[Operation]) -> Bottleneck:
    """Return the cause that all pairs of a group share, else shared resource contention."""
    # two of each kind stand for all: the rules distinguish no more, and a group may have thousands of members
    kinds: dict[tuple[str, str, str], list[Operation]] = {}
    for member in members:
        name = member.name if member.name in _CAUSE_BY_NAME else ""
        kinds.setdefault((name, member.area, member.category), []).append(member)
    compared = [member for alike in kinds.values() for member in alike[:2]]
    causes: set[Bottleneck] = {of_pair(a, b) for place, a in enumerate(compared) for b in compared[place + 1 :]}
    return causes.pop() if len(causes) == 1 else SHARED
