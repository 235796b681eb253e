"""Recurring slowness: scores that an operation reaches again and again at a time of day, or in runs of calls.

Defined in docs/statistics.md, "Recurring slow calls".
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import PointSettings
from oplatency.stats.cusum import GROUP_GAP_MINUTES
from oplatency.stats.points import Profile, score_calls
from oplatency.stats.robust import grouped_quantiles
from oplatency.stats.season import DAY_US, MINUTE_US, utc_day

RECURRING_MARGIN = 0.25
"""A slow call alerts only if its z exceeds what calls near this time of day reach repeatedly by this share."""

QUARTER_US = 15 * MINUTE_US
QUARTERS = DAY_US // QUARTER_US
"""Quarters of an hour in a day."""

UPPER = 0.75
"""A quarter of an hour, or a day, was slow where a quarter of its calls was; a lone slow call among many is none."""

WEEK_DAYS = 7
"""The first day of a baseline that spans so many is the same weekday as the one that follows it."""

MIN_PAIRS = 50
"""Fewer neighbouring calls say nothing of how they go together."""

ONE_SIDED_95 = 1.645
"""A correlation has to exceed what one in twenty of independent calls show."""

WEEKDAY_Z = 0.5
"""A weekday whose typical call lay so far above the rest is a slow weekday."""


def with_recurring(
    profile: Profile, started_us: NDArray[np.int64], durations_us: NDArray[np.int64], *, options: PointSettings
) -> Profile:
    """Return a profile that knows which slow calls are usual, from all calls of its window.

    Parameters
    ----------
    profile : Profile
        As it judges; what was excluded from it for having alerted belongs to the calls here.
    started_us, durations_us : ndarray of int64, shape (n,)
        Calls of the baseline window, sorted by start, at least one; microseconds.
    options : PointSettings
        `warning_z`, `RECURRING_MARGIN`, `GROUP_GAP_MINUTES`.

    Returns
    -------
    Profile
        With `recurring_z`, of each quarter of an hour of the UTC day: the larger of ``warning_z sqrt(1 + r) + level``,
        r the correlation of neighbouring calls and level that of the weekday or of yesterday, and ``1 +
        RECURRING_MARGIN`` times the z that calls near this time have reached on the second worst day, or a week ago.
    """
    z = score_calls(profile, started_us, durations_us, options=options).z
    days = utc_day(started_us)
    widened = options.warning_z * math.sqrt(1 + _correlation(started_us, days, z, options))
    usual = (1 + RECURRING_MARGIN) * _recurring(started_us, z)
    return replace(profile, recurring_z=np.maximum(widened + _level(days, z, options), usual))


def recurring_limits(profile: Profile, started_us: NDArray[np.int64], *, options: PointSettings) -> NDArray[np.float64]:
    """Return the score above which a call at each instant is not recurring, shape (n,); else `warning_z`."""
    if profile.recurring_z is None:
        return np.full(np.shape(started_us), options.warning_z)
    return np.maximum(profile.recurring_z[started_us // QUARTER_US % QUARTERS], options.warning_z)


def _recurring(started_us: NDArray[np.int64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the z that calls near each quarter of an hour reach again and again, -inf without any; shape (96,)."""
    first, last = int(utc_day(started_us[:1])[0]), int(utc_day(started_us[-1:])[0])
    span = last - first + 1
    quarters, _, upper = grouped_quantiles(z, (started_us - first * DAY_US) // QUARTER_US, [UPPER])
    reached = np.full(span * QUARTERS, -np.inf)
    reached[quarters] = upper[0]
    # a job is some minutes early or late: the quarter before and the one after count, over midnight too
    near = reached.copy()
    near[1:] = np.maximum(near[1:], reached[:-1])
    near[:-1] = np.maximum(near[:-1], reached[1:])
    by_day = near.reshape(span, QUARTERS)
    usual: NDArray[np.float64] = np.sort(by_day, axis=0)[-2] if span > 1 else np.full(QUARTERS, -np.inf)
    return np.maximum(usual, by_day[0]) if span >= WEEK_DAYS else usual


def _level(days: NDArray[np.int64], z: NDArray[np.float64], options: PointSettings) -> float:
    """Return how far above the rest the next day is to be expected: as this weekday was, or as yesterday became."""
    level = 0.0
    if days[-1] - days[0] >= WEEK_DAYS - 1:
        weekday = float(np.median(z[days == days[0]]))
        level = weekday if weekday >= WEEKDAY_Z else 0.0
    yesterday, upper = np.quantile(z[days == days[-1]], [0.5, UPPER])
    # of a level that has moved, which alerted yesterday
    return max(level, float(upper)) if yesterday >= options.warning_z else level


def _correlation(
    started_us: NDArray[np.int64], days: NDArray[np.int64], z: NDArray[np.float64], options: PointSettings
) -> float:
    """Return how neighbouring calls go together, 0 to 1, the level of each day taken off and extremes clipped."""
    near = np.diff(started_us) <= GROUP_GAP_MINUTES * MINUTE_US
    if int(near.sum()) < MIN_PAIRS:
        return 0.0
    clipped = np.clip(z, -options.warning_z, options.warning_z)
    firsts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    medians = [float(np.median(part)) for part in np.split(clipped, firsts[1:])]
    x = clipped - np.repeat(medians, np.diff(np.append(firsts, days.size)))
    before, after = x[:-1][near], x[1:][near]
    before, after = before - before.mean(), after - after.mean()
    spread = math.sqrt(float((before**2).sum()) * float((after**2).sum()))
    beyond_chance = ONE_SIDED_95 / math.sqrt(before.size)
    return max(float((before * after).sum()) / spread - beyond_chance, 0.0) if spread > 0 else 0.0
