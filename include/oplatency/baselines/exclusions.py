"""Which calls of a look-back window are excluded from its baselines, and why.

Three things say so: people, incidents, and the alert rule of detection, which is applied to the window itself. It is
not read from published findings: they depend on the baselines that were in force, and so on the order of runs; a
baseline is a function of the facts, what people noted, the window and the settings alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import PointSettings
from oplatency.stats.exclusions import Interval, alerting_intervals, clipped, inside, total, union
from oplatency.stats.points import Profile
from oplatency.warehouse.calls import ALL_BRANCHES, Calls
from oplatency.warehouse.database import Connection, rows
from oplatency.windows import Window, to_datetime, to_us

HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class ExcludedInterval:
    """An interval noted by a user or an incident."""

    branch_id: int
    interval: Interval
    is_included: bool
    origin: str
    reason: str


@dataclass(frozen=True)
class Exclusion:
    """What is excluded from the baseline of an operation or branch.

    Attributes
    ----------
    intervals : list
        Start and end, microseconds since the Unix epoch; in order, clipped to the window.
    details : list of dict
        The same for people: ``from``, ``to``, ``origin`` and, of what was noted, ``reason``.
    hours : float
        Length of their union.
    is_new_normal : bool
        Whether it would have been more than the limit; then nothing is excluded.
    """

    intervals: list[Interval]
    details: list[dict[str, Any]]
    hours: float
    is_new_normal: bool

    def keeps(self, started_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which calls stay in the baseline, shape (n,)."""
        return ~inside(started_us, self.intervals)


def read_requested(connection: Connection, window: Window) -> dict[int, list[ExcludedInterval]]:
    """Return what was noted of the window and known at its end, by operation."""
    requested: dict[int, list[ExcludedInterval]] = {}
    parameters = {"window_start": window.start, "window_end": window.end}
    for found in rows(connection, "baselines/excluded_intervals/read", parameters):
        requested.setdefault(found["operation_id"], []).append(
            ExcludedInterval(
                found["branch_id"],
                (to_us(found["from_at"]), to_us(found["to_at"])),
                found["is_included"],
                found["origin"],
                found["reason"],
            )
        )
    return requested


def find_alerting(
    calls: Calls, profile: Profile, requested: Sequence[ExcludedInterval], *, options: PointSettings
) -> list[Interval]:
    """Return the intervals that alert when the window is judged by its own profile, those that people keep left out."""
    kept = [item.interval for item in requested if item.is_included]
    return [
        (start, end)
        for start, end in alerting_intervals(calls.started_us, calls.durations_us, profile, options=options)
        if not any(start < to and since < end for since, to in kept)
    ]


def requested_exclusions(requested: Sequence[ExcludedInterval], branch_id: int) -> list[Interval]:
    """Return the intervals that users or incidents excluded for a branch."""
    return [item.interval for item in requested if _applies_to(item, branch_id)]


def decide(
    alerting: Sequence[Interval], requested: Sequence[ExcludedInterval], window: Window, *, branch_id: int, limit: float
) -> Exclusion:
    """Return what is excluded from the baseline of a branch, or with `ALL_BRANCHES` of the whole operation.

    Parameters
    ----------
    alerting : sequence of intervals
        What `find_alerting` found.
    requested : sequence of ExcludedInterval
        What people and incidents say of the operation. What they say of another branch does not count for this one;
        what they say of one branch does not count for the whole operation.
    limit : float
        Largest part of the window that may be excluded.
    """
    ends = (to_us(window.start), to_us(window.end))
    sources: list[tuple[Interval, str, str]] = [(interval, "alert", "") for interval in alerting]
    sources += [(item.interval, item.origin, item.reason) for item in requested if _applies_to(item, branch_id)]
    parts = sorted((part, origin, reason) for whole, origin, reason in sources for part in clipped([whole], ends))
    intervals = union(part for part, _, _ in parts)
    if total(intervals) > limit * (ends[1] - ends[0]):
        return Exclusion([], [], 0.0, True)
    details = [_detail(part, origin, reason) for part, origin, reason in parts]
    return Exclusion(intervals, details, total(intervals) / HOUR_US, False)


def _applies_to(item: ExcludedInterval, branch_id: int) -> bool:
    return not item.is_included and item.branch_id in (ALL_BRANCHES, branch_id)


def _detail(part: Interval, origin: str, reason: str) -> dict[str, Any]:
    start, end = (to_datetime(instant).isoformat() for instant in part)
    return {"from": start, "to": end, "origin": origin} | ({"reason": reason} if reason else {})
