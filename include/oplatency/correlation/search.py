"""Pairs of operations that slow down together, and the groups they form, as rows to stage; no database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from oplatency.correlation import bottlenecks
from oplatency.settings import CorrelationSettings
from oplatency.stats.correlation import CorrelationResult, Pair, Progress, correlate
from oplatency.stats.pair_search import MIN_JOINT_BINS
from oplatency.stats.points import Profile
from oplatency.warehouse.calls import Durations
from oplatency.warehouse.catalogue import Operation
from oplatency.windows import Window, to_datetime, to_us


class Correlation(NamedTuple):
    """Two operations that slowed together: a row of ``correlations``; see `Pair`. The first is so by name."""

    as_of: datetime
    operation_a_id: int
    operation_b_id: int
    raw_pearson: float | None
    raw_spearman: float | None
    corrected: float | None
    joint_bins: int
    effective_n: float
    p: float
    q: float
    lag_bins: int
    strength: str
    group_no: int
    bottleneck: str


class CorrelationGroup(NamedTuple):
    """Operations linked by pairs: a row of ``correlation_groups``, with the names of its members."""

    as_of: datetime
    group_no: int
    members: list[str]
    onset_at: datetime
    bottleneck: str
    is_alerting: bool


def search(
    calls: Mapping[int, Durations],
    profiles: Mapping[int, Profile],
    operations: Mapping[int, Operation],
    window: Window,
    *,
    options: CorrelationSettings,
    progress: Progress,
) -> tuple[CorrelationResult, list[Correlation], list[CorrelationGroup]]:
    """Compare all operations of a window pair by pair.

    Parameters
    ----------
    calls : mapping of int to Durations
        By operation: its calls in the window.
    profiles : mapping of int to Profile
        By operation: what was normal before the window began; operations without one are not compared.
    progress : callable
        Called now and then with the comparisons of two operations that are done, and with their number in all.

    Returns
    -------
    result : CorrelationResult
        Counts of what was compared.
    pairs : list of Correlation
    groups : list of CorrelationGroup
    """
    found = correlate(
        {key: (own.started_us, own.durations_us) for key, own in calls.items()},
        profiles,
        window_start_us=to_us(window.start),
        window_end_us=to_us(window.end),
        options=options,
        progress=progress,
    )
    groups, group_of = _groups(found, operations, window.end)
    return found, [_pair(pair, operations, window.end, group_of[pair.a]) for pair in found.pairs], groups


def _groups(
    found: CorrelationResult, operations: Mapping[int, Operation], as_of: datetime
) -> tuple[list[CorrelationGroup], dict[int, int]]:
    alerting = {
        pair.a for pair in found.pairs if pair.strength in {"strong", "critical"} or pair.joint_bins >= MIN_JOINT_BINS
    }
    groups, group_of = [], {}
    for group_no, group in enumerate(found.groups, start=1):
        members = sorted((operations[key] for key in group.members), key=lambda operation: operation.name)
        group_of.update(dict.fromkeys(group.members, group_no))
        groups.append(
            CorrelationGroup(
                as_of=as_of,
                group_no=group_no,
                members=[member.name for member in members],
                onset_at=to_datetime(group.onset_us),
                bottleneck=bottlenecks.of_group(members),
                is_alerting=bool(alerting & set(group.members)),
            )
        )
    return groups, group_of


def _pair(pair: Pair, operations: Mapping[int, Operation], as_of: datetime, group_no: int) -> Correlation:
    first, second = sorted((operations[pair.a], operations[pair.b]), key=lambda operation: operation.name)
    return Correlation(
        as_of=as_of,
        operation_a_id=first.operation_id,
        operation_b_id=second.operation_id,
        raw_pearson=_or_null(pair.raw_pearson),
        raw_spearman=_or_null(pair.raw_spearman),
        corrected=_or_null(pair.corrected),
        joint_bins=pair.joint_bins,
        effective_n=pair.effective_n,
        p=pair.p,
        q=pair.q,
        lag_bins=pair.lag_bins if first.operation_id == pair.a else -pair.lag_bins,
        strength=pair.strength,
        group_no=group_no,
        bottleneck=bottlenecks.of_pair(first, second),
    )


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value
