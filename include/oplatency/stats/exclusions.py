"""Intervals of calls that are excluded from baselines, and how much of a window they take.

Defined in docs/statistics.md, "Baselines". Intervals are half-open, in microseconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import PointSettings
from oplatency.stats.cusum import GROUP_GAP_MINUTES
from oplatency.stats.points import Profile, Severity, alerting_calls, score_calls, severities
from oplatency.stats.season import DAY_US, HOUR_US, MINUTE_US

Interval = tuple[int, int]
"""Start, inclusive, and end, exclusive."""


def alerting_intervals(
    started_us: NDArray[np.int64], durations_us: NDArray[np.int64], profile: Profile, *, options: PointSettings
) -> list[Interval]:
    """Return the intervals in which slow calls alert as a group.

    Parameters
    ----------
    started_us, durations_us : ndarray of int64, shape (n,)
        Calls, sorted by start.
    profile : Profile
        What is normal; it may be made from these very calls, because it survives bad days.
    options : PointSettings
        The rules of points and of their alerts.

    Returns
    -------
    list of (int, int)
        From the first to the last flagged call of each chain (neighbours at most `GROUP_GAP_MINUTES` apart) of at
        least `alert_calls` calls, one of which alerts. A lone call is a tail, not an interval, however slow.
    """
    scores = score_calls(profile, started_us, durations_us, options=options)
    flagged = severities(scores.z, scores.effect, options=options) >= Severity.WARNING
    marked = np.flatnonzero(flagged)
    if marked.size < options.alert_calls:
        return []
    alerting = alerting_calls(started_us, flagged, scores.z, options=options)[marked]
    times = started_us[marked]
    first = np.flatnonzero(np.concatenate(([True], np.diff(times) > GROUP_GAP_MINUTES * MINUTE_US)))
    last = np.append(first[1:], times.size) - 1
    alerts = np.logical_or.reduceat(alerting, first)
    long = last - first + 1 >= options.alert_calls
    return [(int(times[a]), int(times[b]) + 1) for a, b in zip(first[alerts & long], last[alerts & long], strict=True)]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same instants as intervals that neither overlap nor touch, in order."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def clipped(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """Return the parts of the intervals that lie within a window."""
    parts = ((max(start, window[0]), min(end, window[1])) for start, end in intervals)
    return [part for part in parts if part[0] < part[1]]


def total(intervals: Iterable[Interval]) -> int:
    """Return the length of the intervals' union, in microseconds."""
    return sum(end - start for start, end in union(intervals))


def inside(started_us: NDArray[np.int64], intervals: Iterable[Interval]) -> NDArray[np.bool_]:
    """Return which instants lie in one of the intervals, shape of `started_us`."""
    merged = union(intervals)
    if not merged:
        return np.zeros(np.shape(started_us), dtype=np.bool_)
    ends = np.array(merged, dtype=np.int64)
    at = np.searchsorted(ends[:, 0], started_us, side="right") - 1
    found: NDArray[np.bool_] = (at >= 0) & (started_us < ends[at, 1])
    return found


def days_covered(started_us: NDArray[np.int64]) -> float:
    """Return for how many days of a window there are calls.

    Parameters
    ----------
    started_us : ndarray of int64, shape (n,)
        Calls of the window, sorted by start.

    Returns
    -------
    float
        UTC days with at least one call, the first counted from the hour of its first call on: a rare operation covers
        its days, a new one the time since it began. 0 without calls.
    """
    if started_us.size == 0:
        return 0.0
    days = np.unique(started_us // DAY_US)
    hours_missing = int(started_us[0]) // HOUR_US - int(days[0]) * 24
    return float(days.size) - hours_missing / 24
