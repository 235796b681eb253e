"""What two operations that slow together probably share, in words for a person."""

from __future__ import annotations

from dataclasses import dataclass

from oplatency.warehouse.catalogue import Operation


@dataclass(frozen=True)
class Bottleneck:
    """A likely shared cause and what to look at first."""

    title: str
    recommendation: str


LOG = Bottleneck(
    "transaction log saturation",
    "Look at write-ahead log volume and checkpoints; spread large rollbacks out, or move the log to a faster disk.",
)
MERGE = Bottleneck(
    "merge pipeline saturation",
    "Look at how many merges run at once and at locks on the merged objects; queue merges, or split large ones.",
)
STORAGE = Bottleneck(
    "object storage I/O",
    "Look at write latency and index upkeep of the object tables; batch small writes, check the disk.",
)
CACHE = Bottleneck(
    "query cache pressure",
    "Look at the cache hit ratio and at plans that changed; check for missing history indexes, add memory.",
)
SHARED = Bottleneck(
    "shared resource contention",
    "Look at locks, processor, memory and disk at the onset; compare which tables both operations touch.",
)

_MERGE_AREAS = {"three-way merge", "merge execution"}
_STORAGE_WRITES = {"commit", "branch_create"}
_TOLD_BY_NAME = {"rollback", "merge", *_STORAGE_WRITES}


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
    # two of each kind stand for all: the rules tell no more apart, and a group may have thousands of members
    kinds: dict[tuple[str, str, str], list[Operation]] = {}
    for member in members:
        name = member.name if member.name in _TOLD_BY_NAME else ""
        kinds.setdefault((name, member.area, member.category), []).append(member)
    told = [member for alike in kinds.values() for member in alike[:2]]
    causes = {of_pair(a, b) for place, a in enumerate(told) for b in told[place + 1 :]}
    return causes.pop() if len(causes) == 1 else SHARED
