"""From calls to candidate baselines: what is excluded, exact percentiles, profiles; no database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from oplatency.baselines.configurations import Configuration
from oplatency.baselines.exclusions import (
    HOUR_US,
    ExcludedInterval,
    Exclusion,
    decide,
    find_alerting,
    requested_exclusions,
)
from oplatency.settings import BaselineSettings, PointSettings
from oplatency.stats.exclusions import days_covered, inside
from oplatency.stats.points import Profile, fit_profile, shrink_scales
from oplatency.stats.recurring import with_recurring
from oplatency.stats.robust import estimable, grouped_quantiles, quantile_interval
from oplatency.stats.shrinkage import shrink_to_operation
from oplatency.warehouse.calls import ALL_BRANCHES, Calls
from oplatency.warehouse.catalogue import Operation
from oplatency.windows import Window

PERCENTILES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Facts:
    """What was read in one snapshot: calls, and what was noted of intervals, by operation."""

    calls: Mapping[int, Calls]
    requested: Mapping[int, list[ExcludedInterval]]


@dataclass(frozen=True)
class Candidate:
    """One version that is not published yet."""

    operation_id: int
    branch_id: int
    alert_threshold: float
    calls: Calls
    exclusion: Exclusion
    profile: Profile

    @property
    def is_branch(self) -> bool:
        """Whether it is about a single branch."""
        return self.branch_id != ALL_BRANCHES

    def record(self) -> dict[str, Any]:
        """Return the columns of ``staged_baselines`` that the calls decide."""
        durations = np.sort(self.calls.durations_us)
        n_calls = durations.size
        total_us = int(durations.sum(dtype=object))
        mean_us = total_us / n_calls
        return {
            "operation_id": self.operation_id,
            "branch_id": self.branch_id,
            "alert_threshold": self.alert_threshold,
            "n_calls": n_calls,
            "hours_covered": int(np.unique(self.calls.started_us // HOUR_US).size),
            "days_covered": days_covered(self.calls.started_us),
            "min_us": int(durations[0]),
            "max_us": int(durations[-1]),
            "mean_us": mean_us,
            # summed in order of size, about the exact mean
            "sd_us": math.sqrt(float(np.square(durations - mean_us).sum()) / (n_calls - 1)),
            "p99_is_estimable": estimable(n_calls, 0.99),
            **_percentiles(durations),
            "excluded": Jsonb(self.exclusion.details),
            "excluded_hours": self.exclusion.hours,
            "is_new_normal": self.exclusion.is_new_normal,
            "n_days": self.profile.n_days,
            "is_seasonal": self.profile.seasonal,
            "hour_offsets": self.profile.hour_offsets.tolist(),
            "location": self.profile.location,
            "scale_up": self.profile.scale_up,
            "scale_down": self.profile.scale_down,
            "recurring_z": None if self.profile.recurring_z is None else self.profile.recurring_z.tolist(),
        }


def measure(
    facts: Facts,
    operations: Mapping[int, Operation],
    window: Window,
    options: BaselineSettings,
    configuration: Configuration,
) -> list[Candidate]:
    """Return the candidates of every operation and branch with enough calls, by operation and branch.

    An operation's scales borrow from its kind, a branch's from its operation. A branch that holds all calls of its
    operation has no candidate of its own: it would be the same.
    """
    kept: dict[int, Calls] = {}
    alerting = {}
    exclusions: dict[int, Exclusion] = {}
    fitted: dict[int, Profile] = {}
    for operation_id, calls in facts.calls.items():
        points, requested = configuration.points_for(operation_id), facts.requested.get(operation_id, [])
        profile = fit_profile(calls.started_us, calls.durations_us, options=points)
        alerting[operation_id] = [] if profile is None else find_alerting(calls, profile, requested, options=points)
        exclusion = decide(
            alerting[operation_id], requested, window, branch_id=ALL_BRANCHES, limit=options.max_excluded
        )
        left = calls.chosen(exclusion.keeps(calls.started_us)) if exclusion.intervals else calls
        if left.started_us.size < options.min_samples:
            continue
        if exclusion.intervals:
            profile = fit_profile(left.started_us, left.durations_us, options=points)
        if profile is not None:
            kept[operation_id], exclusions[operation_id], fitted[operation_id] = left, exclusion, profile
    profiles = shrink_scales(fitted, {key: operations[key].category for key in fitted})
    found = []
    for operation_id, profile in profiles.items():
        threshold = operations[operation_id].alert_threshold
        points, requested = configuration.points_for(operation_id), facts.requested.get(operation_id, [])
        profile = _with_recurring(profile, facts.calls[operation_id], requested, ALL_BRANCHES, points)
        whole = Candidate(operation_id, ALL_BRANCHES, threshold, kept[operation_id], exclusions[operation_id], profile)
        found.append(whole)
        for branch_id, calls in _by_branch(facts.calls[operation_id], options.branch_min_calls):
            exclusion = exclusions[operation_id]
            if any(item.branch_id == branch_id for item in requested):
                exclusion = decide(
                    alerting[operation_id], requested, window, branch_id=branch_id, limit=options.max_excluded
                )
            left = calls.chosen(exclusion.keeps(calls.started_us))
            if left.started_us.size < options.branch_min_calls:
                continue
            own = fit_profile(left.started_us, left.durations_us, options=points)
            if own is not None:
                own = _with_recurring(shrink_to_operation(own, profile), calls, requested, branch_id, points)
                found.append(Candidate(operation_id, branch_id, threshold, left, exclusion, own))
    return found


def _with_recurring(
    profile: Profile, calls: Calls, requested: Sequence[ExcludedInterval], branch_id: int, options: PointSettings
) -> Profile:
    """Let a profile know which slow calls are usual; what people and incidents requested never is."""
    kept = ~inside(calls.started_us, requested_exclusions(requested, branch_id))
    chosen = calls.chosen(kept) if kept.any() else calls
    return with_recurring(profile, chosen.started_us, chosen.durations_us, options=options)


def _by_branch(calls: Calls, min_calls: int) -> list[tuple[int, Calls]]:
    order = np.argsort(calls.branch_ids, kind="stable")
    branch_ids, starts = np.unique(calls.branch_ids[order], return_index=True)
    if branch_ids.size < 2:
        return []
    groups = np.split(order, starts[1:])
    # calls without a branch do not form a group
    return [
        (int(branch_id), calls.chosen(group))
        for branch_id, group in zip(branch_ids, groups, strict=True)
        if group.size >= min_calls and branch_id > ALL_BRANCHES
    ]


def _percentiles(durations: NDArray[np.int64]) -> dict[str, float | None]:
    """Return each percentile and the ends of its interval; the digits are those of PostgreSQL's percentile_cont."""
    n_calls = durations.size
    one_group = np.zeros(n_calls, dtype=np.int64)
    _, _, values = grouped_quantiles(durations.astype(np.float64), one_group, list(PERCENTILES.values()))
    # rounding of the interpolation may invert two neighbours by one unit in the last place
    ordered = np.maximum.accumulate(np.clip(values[:, 0], durations[0], durations[-1]))
    found: dict[str, float | None] = {}
    for (name, q), value in zip(PERCENTILES.items(), ordered, strict=True):
        low, high = quantile_interval(n_calls, q)
        found[f"{name}_us"] = float(value)
        found[f"{name}_low_us"] = None if low is None else float(durations[low - 1])
        found[f"{name}_high_us"] = None if high is None else float(durations[high - 1])
    return found
