"""Slow drifts over days and weeks, which no comparison of single calls can see.

Defined in docs/statistics.md, "Trends".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oplatency.errors import UsageError
from oplatency.settings import DegradationSettings, PointSettings, TrendSettings
from oplatency.stats.before_after import base_rhythm
from oplatency.stats.grading import DEFAULT_DEGRADATIONS, graded
from oplatency.stats.points import MIN_CALLS, Profile, Severity, log_durations
from oplatency.stats.robust import (
    MEDIAN_VARIANCE,
    NORMAL_975,
    SHIFT_VARIANCE,
    in_groups,
    mad_scale,
    median,
    pseudo_median,
)
from oplatency.stats.season import DAY_US, offset_at, utc_day
from oplatency.stats.shifts import DAY_PRIOR_SD, DAY_PRIOR_WEIGHT

CREEP_JUDGED_DAYS = 3
"""Length of the newest part that is compared with the older baseline, days."""
CREEP_MIN_Z = 3.0
"""The comparison with the older baseline needs at least this many standard errors."""
CREEP_MIN_EFFECT = 0.20
"""The comparison with the older baseline needs at least +20 %, or as much the other way."""
CREEP_DAY_SD = 0.06
"""Standard deviation of daily levels around the older baseline, in ln(duration)."""

MIN_DAYS = 5
"""With four days the largest possible z is 1.7: such a test could never fire."""

DEFAULT_POINTS = PointSettings()
DEFAULT_TRENDS = TrendSettings()


@dataclass(frozen=True)
class Trend:
    """A monotone change of daily medians.

    Parameters
    ----------
    n_days : int
        Days with a median.
    z, p : float
        Mann-Kendall statistic with continuity correction and correction for ties, positive is slower, and the
        one-sided p-value of the direction that was found (normal approximation).
    slope_per_day : float
        Theil-Sen slope, ln units per day.
    effect : float
        Change over the days that were looked at, last less first plus one: 0.15 is 15 % slower.
    weighted_z, weighted_effect : float or None
        The same two from the straight line weighted by the precision of each day; None without standard errors.
    effect_low, effect_high : float or None
        Ends of the 95 % interval of `weighted_effect`; None without standard errors.
    flagged : bool
        Whether one of the two pairs of z and effect passes its limits, in either direction.
    severity : Severity
        Of a flagged trend: by the larger of the effects that passed; a speed-up is INFO.
    alerting : bool
        From WARNING on.
    """

    n_days: int
    z: float
    p: float
    slope_per_day: float
    effect: float
    weighted_z: float | None
    weighted_effect: float | None
    effect_low: float | None
    effect_high: float | None
    flagged: bool
    severity: Severity
    alerting: bool


@dataclass(frozen=True)
class CreepShift:
    """The newest days of an operation against a baseline of weeks ago: what creeps too slowly for one week to show.

    Parameters
    ----------
    n_older, n_new : int
        Calls on either side.
    older_median_us, new_median_us : float
        Expected duration by the older baseline, of the newest calls, and what they took: geometric, microseconds.
    z : float
        Standard errors between the two levels; positive is slower.
    effect, effect_low, effect_high : float
        Ratio less 1, with the ends of its 95 % interval.
    flagged : bool
        Whether z and effect pass their limits, in either direction.
    severity : Severity
        Of a flagged change, by `effect`; a speed-up is INFO.
    alerting : bool
        From WARNING on.
    """

    n_older: int
    n_new: int
    older_median_us: float
    new_median_us: float
    z: float
    effect: float
    effect_low: float
    effect_high: float
    flagged: bool
    severity: Severity
    alerting: bool


def mann_kendall_theil_sen(
    days: NDArray[np.int64],
    daily_medians_us: NDArray[np.float64],
    *,
    standard_errors: NDArray[np.float64] | None = None,
    trend: TrendSettings = DEFAULT_TRENDS,
    degradations: DegradationSettings = DEFAULT_DEGRADATIONS,
) -> Trend | None:
    """Test daily medians for a trend and estimate its slope.

    Parameters
    ----------
    days : ndarray, shape (n,)
        Whole days since any origin, each once, in any order; gaps are allowed.
    daily_medians_us : ndarray, shape (n,)
        Median duration of each day in microseconds; NaN for a day without a median.
    standard_errors : ndarray, shape (n,), optional
        Standard error of each ln(median); with them the weighted line is fitted too.
    trend : TrendSettings
        Limits that z and effect must both pass, and the steps of severity.
    degradations : DegradationSettings
        Steps of severity.

    Returns
    -------
    Trend or None
        None below five days with a median. A constant series has z = 0 and slope 0.

    Raises
    ------
    UsageError
        If the arrays differ in length, a day is given twice, or a median is not positive and finite.

    References
    ----------
    Mann (1945), "Nonparametric tests against trend"; Kendall (1975), "Rank correlation methods"; Theil (1950), Sen
    (1968), "Estimates of the regression coefficient based on Kendall's tau".
    """
    medians = np.asarray(daily_medians_us, dtype=np.float64)
    known = ~np.isnan(medians)
    if medians.shape != np.shape(days) or np.unique(days).size != np.size(days):
        raise UsageError(
            "A trend needs each day once, with one median.",
            where=f"days {np.shape(days)}, medians {medians.shape}",
            remedy="aggregate to days first",
        )
    if not bool(np.all(np.isfinite(medians[known]) & (medians[known] > 0))):
        raise UsageError(
            "A daily median is not a positive finite number.",
            where=str(medians[known].min()),
            remedy="leave the day out, or pass NaN for it",
        )
    when, y = np.asarray(days)[known], np.log(medians[known])
    if y.size < MIN_DAYS:
        return None
    order = np.argsort(when)
    when, y = when[order] - when.min(), y[order]
    z, slope = _mann_kendall(y), _theil_sen(when, y)
    span = int(when[-1]) + 1
    effect = math.expm1(span * slope)
    passed = [effect] if _passes(z, effect, trend.min_z, trend.min_effect) else []
    weighted_z = weighted_effect = low = high = None
    if standard_errors is not None:
        weighted_z, weighted_slope = _weighted_line(when, y, np.asarray(standard_errors)[known][order])
        weighted_effect = math.expm1(span * weighted_slope)
        # The standard error of the slope is slope / z; of a flat line it cannot be read off so, and none is given.
        half = NORMAL_975 * abs(span * weighted_slope / weighted_z) if weighted_z else None
        if half is not None:
            low, high = math.expm1(span * weighted_slope - half), math.expm1(span * weighted_slope + half)
        if _passes(weighted_z, weighted_effect, trend.min_z, trend.min_effect):
            passed.append(weighted_effect)
    severity = graded(max(passed, key=abs), options=degradations) if passed else Severity.NONE
    return Trend(
        n_days=y.size,
        z=z,
        p=0.5 * math.erfc(abs(z) / math.sqrt(2)),
        slope_per_day=slope,
        effect=effect,
        weighted_z=weighted_z,
        weighted_effect=weighted_effect,
        effect_low=low,
        effect_high=high,
        flagged=bool(passed),
        severity=severity,
        alerting=severity >= Severity.WARNING,
    )


def drift(
    started_us: NDArray[np.int64],
    durations_us: NDArray[np.int64],
    *,
    window_end_us: int,
    lookback_days: int,
    points: PointSettings = DEFAULT_POINTS,
    trend: TrendSettings = DEFAULT_TRENDS,
    degradations: DegradationSettings = DEFAULT_DEGRADATIONS,
) -> Trend | None:
    """Look for a trend in the daily levels of the newest days: pseudo-medians after the season.

    Parameters
    ----------
    started_us, durations_us : ndarray, shape (n,)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds), in any order. Calls outside
        ``[window_end - lookback_days, window_end)`` are left out.
    window_end_us : int
        End of the newest day, microseconds since the Unix epoch; a UTC midnight.
    lookback_days : int
        Length of the window in days.
    points : PointSettings
        Season and floor rules.
    trend : TrendSettings
        As in `mann_kendall_theil_sen`.
    degradations : DegradationSettings
        Steps of severity.

    Returns
    -------
    Trend or None
        None below five days with a call.

    Raises
    ------
    UsageError
        As `log_durations`.
    """
    logs = log_durations(started_us, durations_us)
    starts = np.asarray(started_us)
    inside = (starts >= window_end_us - lookback_days * DAY_US) & (starts < window_end_us)
    starts, y = starts[inside], logs[inside]
    y = y - base_rhythm(starts, y, np.ones(y.size, dtype=np.bool_))
    by_day = in_groups(y, utc_day(starts))
    days, counts = by_day.keys, by_day.counts
    if days.size < MIN_DAYS:
        return None
    levels = np.array([pseudo_median(part) for part in np.split(by_day.values, by_day.starts[1:])])
    within = by_day.values - np.repeat(levels, counts)
    # Each day's level is fitted to its own calls, which takes one degree of freedom a day.
    spread = mad_scale(within) * math.sqrt(y.size / max(1, y.size - days.size))
    errors = max(spread, points.scale_floor) * np.sqrt(SHIFT_VARIANCE / counts)
    return mann_kendall_theil_sen(days, np.exp(levels), standard_errors=errors, trend=trend, degradations=degradations)


def creep_shift(
    anchor: Profile,
    started_us: NDArray[np.int64],
    durations_us: NDArray[np.int64],
    *,
    window_end_us: int,
    points: PointSettings = DEFAULT_POINTS,
    degradations: DegradationSettings = DEFAULT_DEGRADATIONS,
) -> CreepShift | None:
    """Compare the newest days with the profile of a baseline of `creep_days` ago.

    Parameters
    ----------
    anchor : Profile
        The older baseline.
    started_us, durations_us : ndarray, shape (n,)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds), in any order. Calls outside
        ``[window_end - creep_judged_days, window_end)`` are left out.
    window_end_us : int
        End of the newest day, microseconds since the Unix epoch; a UTC midnight.
    points : PointSettings
        The scale floor.
    degradations : DegradationSettings
        Steps of severity.

    Returns
    -------
    CreepShift or None
        None where the newest days hold fewer than six calls.

    Raises
    ------
    UsageError
        As `log_durations`.

    Notes
    -----
    ``z = D / sqrt(1.57 sig^2 (1/n_new + 1/n_older) + v (1/d_new + 1/d_anchor))``, D the median of the newest
    residuals, sig their MAD scale, v the square of `CREEP_DAY_SD`: two baselines weeks apart say nothing of how days
    vary in between, so that is a setting.
    """
    logs = log_durations(started_us, durations_us)
    starts = np.asarray(started_us)
    inside = (starts >= window_end_us - CREEP_JUDGED_DAYS * DAY_US) & (starts < window_end_us)
    if int(inside.sum()) < MIN_CALLS:
        return None
    expected = offset_at(starts[inside], anchor.hour_offsets) + anchor.location
    residual = logs[inside] - expected
    moved = median(residual)
    sigma = max(mad_scale(residual), points.scale_floor)
    n_new, d_new = residual.size, int(np.unique(utc_day(starts[inside])).size)
    error = math.sqrt(
        MEDIAN_VARIANCE * sigma**2 * (1 / n_new + 1 / anchor.n_calls)
        + CREEP_DAY_SD**2 * (1 / d_new + 1 / anchor.n_days)
    )
    z, effect = moved / error, math.expm1(moved)
    flagged = _passes(z, effect, CREEP_MIN_Z, CREEP_MIN_EFFECT)
    severity = graded(effect, options=degradations) if flagged else Severity.NONE
    typical = math.exp(median(expected))
    return CreepShift(
        n_older=anchor.n_calls,
        n_new=n_new,
        older_median_us=typical,
        new_median_us=typical * (1 + effect),
        z=z,
        effect=effect,
        effect_low=math.expm1(moved - NORMAL_975 * error),
        effect_high=math.expm1(moved + NORMAL_975 * error),
        flagged=flagged,
        severity=severity,
        alerting=severity >= Severity.WARNING,
    )


def _passes(z: float, effect: float, min_z: float, min_effect: float) -> bool:
    # The mirror image of +15 % in logarithms is -13 %.
    return (z >= min_z and effect >= min_effect) or (z <= -min_z and effect <= 1 / (1 + min_effect) - 1)


def _mann_kendall(y: NDArray[np.float64]) -> float:
    n = y.size
    first, second = np.triu_indices(n, 1)
    score = float(np.sign(y[second] - y[first]).sum())
    _, ties = np.unique(y, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    return 0.0 if score == 0 else (score - math.copysign(1, score)) / math.sqrt(variance)


def _theil_sen(when: NDArray[np.int64], y: NDArray[np.float64]) -> float:
    first, second = np.triu_indices(y.size, 1)
    return median((y[second] - y[first]) / (when[second] - when[first]))


def _weighted_line(when: NDArray[np.int64], y: NDArray[np.float64], errors: NDArray[np.float64]) -> tuple[float, float]:
    """Return z and slope of the line whose points weigh by sampling error and day-to-day variance together.

    The day-to-day variance is first the prior's, then re-estimated once from the scatter around that line.
    """
    between = DAY_PRIOR_SD**2
    z = slope = 0.0
    for _ in range(2):
        weights = 1 / (errors**2 + between)
        centre = float((weights * when).sum() / weights.sum())
        level = float((weights * y).sum() / weights.sum())
        spread = float((weights * (when - centre) ** 2).sum())
        slope = float((weights * (when - centre) * (y - level)).sum()) / spread
        z = slope * math.sqrt(spread)
        excess = max(float(((y - level - slope * (when - centre)) ** 2 - errors**2).sum()), 0.0)
        weight = DAY_PRIOR_WEIGHT
        between = (weight * DAY_PRIOR_SD**2 + excess) / (weight + y.size - 2)
    return z, slope
