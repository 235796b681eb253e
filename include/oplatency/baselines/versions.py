"""Baseline versions: which baseline is in force when, and what calls are judged against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import BaselineSettings
from oplatency.stats.points import PRIOR_WEIGHT_CALLS, Profile
from oplatency.stats.season import DAY_US, HOUR_US
from oplatency.warehouse.calls import ALL_BRANCHES, Calls
from oplatency.warehouse.database import Connection, rows
from oplatency.windows import Window, to_us

Level = Literal["branch", "operation", "like_operations"]
"""What a baseline was made from; with few calls its scales come mostly from like operations."""


@dataclass(frozen=True)
class Version:
    """A baseline and the time ``[start_us, end_us)`` in which it is the one in force.

    Attributes
    ----------
    level : {"branch", "operation", "like_operations"}
        Whether it was made from the calls of one branch or from all of its operation; or from so few that the scales of
        like operations weigh more in it than its own.
    coverage : float
        Part of the look-back's days that its calls cover, 0 to 1.
    is_covered : bool
        Whether that is strong enough to alert about what is judged against it.
    excluded_hours, max_excluded_hours : float
        Hours of the look-back that are excluded, and how many may be before nothing alerts that is judged
        against it.
    branches : dict of int to Version
        Of a version over all branches: those of single branches, of the same as-of and configuration, that calls of
        these branches are judged against instead.
    """

    baseline_id: int
    start_us: int
    end_us: int
    p50_us: float
    p99_us: float
    mean_us: float
    sd_us: float
    max_us: float
    alert_threshold: float
    profile: Profile
    branch_id: int = ALL_BRANCHES
    level: Level = "operation"
    coverage: float = 1.0
    is_covered: bool = True
    excluded_hours: float = 0.0
    max_excluded_hours: float = math.inf
    branches: dict[int, Version] = field(default_factory=dict)

    @property
    def is_within_exclusion_limit(self) -> bool:
        """Whether no more is excluded than may be."""
        return self.excluded_hours <= self.max_excluded_hours

    def judging(self, calls: Calls) -> Iterator[tuple[slice | NDArray[np.int64], Version]]:
        """Split calls by the version they are judged against: their branch's, else this one.

        Yields
        ------
        positions : slice or ndarray of int64
            Positions within `calls`; each position comes once, no empty set of them does.
        version : Version
            What is normal for these calls.
        """
        if not self.branches:
            if calls.started_us.size:
                yield slice(None), self
            return
        left = np.ones(calls.started_us.size, dtype=np.bool_)
        for branch_id in np.unique(calls.branch_ids):
            if branch_id in self.branches:
                own = calls.branch_ids == branch_id
                left &= ~own
                yield np.flatnonzero(own), self.branches[branch_id]
        if left.any():
            yield np.flatnonzero(left), self


def read_versions(
    connection: Connection, window: Window, *, config_hash: str | None = None, options: BaselineSettings | None = None
) -> dict[int, list[Version]]:
    """Return the baselines in force within the window, by operation, oldest first.

    Parameters
    ----------
    config_hash : str, optional
        Configuration whose versions come first; where it has none of an as-of, and by default, those of the
        configuration that was used last.
    options : BaselineSettings, optional
        What is enough coverage, how much may be excluded, and whether and from how many calls on a branch has a version
        of its own; the defaults by default.
    """
    options = options or BaselineSettings()
    versions: dict[int, list[Version]] = {}
    parameters = {"window_start": window.start, "window_end": window.end, "config_hash": config_hash}
    for found in rows(connection, "baselines/read_versions", parameters):
        version = version_of(found, window, options)
        if version.branch_id == ALL_BRANCHES:
            versions.setdefault(found["operation_id"], []).append(version)
        elif options.per_branch and version.profile.n_calls >= options.branch_min_calls:
            # a branch's row follows the one of its operation
            versions[found["operation_id"]][-1].branches[version.branch_id] = version
    if len(versions) == 1:  # there is nobody to borrow from
        return {key: [replace(version, level="operation") for version in own] for key, own in versions.items()}
    return versions


def version_of(found: Mapping[str, Any], window: Window, options: BaselineSettings) -> Version:
    """Return a baseline with its profile as a version; without a next as-of it is in force until the window ends."""
    covered = found["days_covered"]
    coverage = 1.0 if covered is None else covered / found["lookback_days"]
    return Version(
        baseline_id=found["baseline_id"],
        start_us=to_us(found["as_of"]),
        end_us=to_us(found["next_as_of"] or window.end),
        p50_us=found["p50_us"],
        p99_us=found["p99_us"],
        mean_us=found["mean_us"],
        sd_us=found["sd_us"],
        max_us=found["max_us"],
        alert_threshold=found["alert_threshold"],
        profile=Profile(
            n_calls=found["n_calls"],
            n_days=found["n_days"],
            seasonal=found["is_seasonal"],
            hour_offsets=np.asarray(found["hour_offsets"], dtype=np.float64),
            location=found["location"],
            scale_up=found["scale_up"],
            scale_down=found["scale_down"],
            recurring_z=None if found["recurring_z"] is None else np.asarray(found["recurring_z"], dtype=np.float64),
        ),
        branch_id=found["branch_id"],
        level=_level(found),
        coverage=coverage,
        is_covered=coverage >= options.min_coverage,
        excluded_hours=found["excluded_hours"],
        # as `baselines.exclusions.decide` compares them, so that what it allows is allowed here to the last digit
        max_excluded_hours=options.max_excluded * (found["lookback_days"] * DAY_US) / HOUR_US,
    )


def _level(found: Mapping[str, Any]) -> Level:
    if found["branch_id"] != ALL_BRANCHES:
        return "branch"
    # n of its own against the weight of the others (docs/statistics.md, "Point anomalies", 4)
    return "operation" if found["n_calls"] >= PRIOR_WEIGHT_CALLS else "like_operations"
