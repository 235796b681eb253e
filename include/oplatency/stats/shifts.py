"""Lasting changes of an operation's level, judged when a day closes.

Defined in docs/statistics.md, "Shifts". Logarithms of durations throughout; the daily rhythm is taken off first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oplatency.errors import UsageError
from oplatency.settings import PointSettings, ShiftSettings
from oplatency.stats.points import MIN_CALLS, Severity, log_durations
from oplatency.stats.robust import (
    MEDIAN_VARIANCE,
    SHIFT_VARIANCE,
    grouped_quantiles,
    hodges_lehmann_shift,
    mad_scale,
    median,
    quantiles,
)
from oplatency.stats.season import DAY_US, hour_offsets, offset_at, utc_hour

DEFAULT_POINTS = PointSettings()

SHAPE_QUANTILES = (0.50, 0.75, 0.90, 0.95, 0.99)
SHAPE_TOLERANCE = math.log(1.15)
"""Body and tail that moved apart by more than 15 % make the shift other than uniform."""

Shape = Literal["uniform", "tail", "spread"]


@dataclass(frozen=True)
class Shift:
    """The newest days of an operation against the days before them.

    Parameters
    ----------
    judged_days : int
        Length of the newest part in days.
    n_base, n_new : int
        Calls on either side.
    base_median_us, new_median_us : float
        Medians of the durations as measured, microseconds.
    z : float
        Standard errors between the two levels; positive is slower.
    effect, effect_low, effect_high : float, float or None, float or None
        Hodges-Lehmann ratio less 1 with the ends of its 95 % interval; None where so few calls bear none.
    quantile_shifts : tuple of float
        Change of p50, p75, p90, p95, p99 after the rhythm is taken off, each a ratio less 1.
    shape : {'uniform', 'tail', 'spread'}
        Whether all calls moved alike, only the slow ones, or the body and the tail by different amounts.
    flagged : bool
        Whether z and effect both pass their limits, in either direction.
    severity : Severity
        By the size of a flagged effect; a speed-up is INFO at most; NONE below the first step.
    alerting : bool
        Whether a person is told: flagged slow-downs from WARNING on.
    """

    judged_days: int
    n_base: int
    n_new: int
    base_median_us: float
    new_median_us: float
    z: float
    effect: float
    effect_low: float | None
    effect_high: float | None
    quantile_shifts: tuple[float, float, float, float, float]
    shape: Shape
    flagged: bool
    severity: Severity
    alerting: bool


def level_shift(
    started_us: NDArray[np.int64],
    durations_us: NDArray[np.int64],
    *,
    window_end_us: int,
    lookback_days: int,
    judged_days: int,
    options: ShiftSettings,
    points: PointSettings = DEFAULT_POINTS,
) -> Shift | None:
    """Compare the newest days with the rest of the window.

    Parameters
    ----------
    started_us, durations_us : ndarray, shape (n,)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds), in any order. Calls outside
        ``[window_end - lookback_days, window_end)`` are left out.
    window_end_us : int
        End of the newest day, microseconds since the Unix epoch; a UTC midnight.
    lookback_days : int
        Length of the window in days.
    judged_days : int
        Length of its newest part in days, at least 1 and less than `lookback_days`.
    options : ShiftSettings
        Limits and the prior of the day-to-day deviation.
    points : PointSettings
        Season, day and floor rules.

    Returns
    -------
    Shift or None
        None where either side holds fewer than six calls.

    Raises
    ------
    UsageError
        If the window is not made of whole UTC days, or as `log_durations`.

    Notes
    -----
    ``z = D / sqrt(1.05 sig^2 (1/n_new + 1/n_base) + v (1/d_new + 1/d_base))``, D the logarithm of the Hodges-Lehmann
    ratio. The day-to-day variance v keeps busy operations quiet, for which any wobble would be significant.

    References
    ----------
    Hodges & Lehmann (1963), "Estimates of location based on rank tests", for D and its variance, pi/3 for normal
    data.
    """
    if window_end_us % DAY_US or not 1 <= judged_days < lookback_days:
        raise UsageError(
            "A level shift is judged on whole UTC days, some of them older than the judged ones.",
            where=f"window_end_us={window_end_us}, judged_days={judged_days}, lookback_days={lookback_days}",
            remedy="end the window at a UTC midnight and keep judged_days below lookback_days",
        )
    all_logs = log_durations(started_us, durations_us)
    all_age = (window_end_us - 1 - np.asarray(started_us)) // DAY_US
    inside = (all_age >= 0) & (all_age < lookback_days)
    starts, y, age = np.asarray(started_us)[inside], all_logs[inside], all_age[inside]
    new = age < judged_days
    n_new, n_base = int(new.sum()), int((~new).sum())
    if min(n_new, n_base) < MIN_CALLS:
        return None

    residual = y - base_rhythm(starts, y, ~new, points=points)
    moved_by, low, high = hodges_lehmann_shift(residual[new], residual[~new])
    effect = math.expm1(moved_by)
    sigma = max(mad_scale(residual[~new]), points.scale_floor)
    d_new, d_base = np.unique(age[new]).size, np.unique(age[~new]).size
    day_variance = _day_variance(residual[~new], age[~new], sigma, options, points)
    error = SHIFT_VARIANCE * sigma**2 * (1 / n_new + 1 / n_base) + day_variance * (1 / d_new + 1 / d_base)
    z = moved_by / math.sqrt(error)

    moved = quantiles(residual[new], SHAPE_QUANTILES) - quantiles(residual[~new], SHAPE_QUANTILES)
    shifts = tuple(float(value) for value in np.expm1(moved))
    flagged, severity = _grade(z, effect, options)
    return Shift(
        judged_days=judged_days,
        n_base=n_base,
        n_new=n_new,
        base_median_us=math.exp(median(y[~new])),
        new_median_us=math.exp(median(y[new])),
        z=z,
        effect=effect,
        effect_low=None if low is None else math.expm1(low),
        effect_high=None if high is None else math.expm1(high),
        quantile_shifts=(shifts[0], shifts[1], shifts[2], shifts[3], shifts[4]),
        shape=_shape(moved),
        flagged=flagged,
        severity=severity,
        alerting=severity >= Severity.WARNING,
    )


def base_rhythm(
    starts: NDArray[np.int64], y: NDArray[np.float64], base: NDArray[np.bool_], *, points: PointSettings
) -> NDArray[np.float64]:
    """Return the daily rhythm of the calls in `base` at every call, ln units; zeros where those are too few."""
    if int(base.sum()) < points.season_min_calls:
        return np.zeros(y.size)
    hours = utc_hour(starts[base])
    return offset_at(starts, hour_offsets(hours, y[base], shrinkage_calls=points.season_shrinkage_calls))


def _day_variance(
    residual: NDArray[np.float64],
    age: NDArray[np.int64],
    sigma: float,
    options: ShiftSettings,
    points: PointSettings,
) -> float:
    """Return how much daily levels vary beyond what their numbers of calls explain, shrunk to the prior."""
    _, counts, (daily,) = grouped_quantiles(residual, age, 0.5)
    thick = counts >= points.day_min_calls
    squares = (daily - median(daily)) ** 2 - MEDIAN_VARIANCE * sigma**2 / counts
    freedom = max(int(thick.sum()) - 1, 0)
    observed = max(float(np.sort(squares[thick]).sum()), 0.0)
    weight = options.day_prior_weight
    return (weight * options.day_prior_sd**2 + observed) / (weight + freedom)


def _grade(z: float, effect: float, options: ShiftSettings) -> tuple[bool, Severity]:
    slower = z >= options.min_z and effect >= options.min_effect
    # The mirror image of +12 % in logarithms is -10.7 %.
    faster = z <= -options.min_z and effect <= 1 / (1 + options.min_effect) - 1
    if faster:
        return True, Severity.INFO if effect <= -options.info_effect else Severity.NONE
    if not slower or effect < options.info_effect:
        return slower, Severity.NONE
    if effect >= options.critical_effect:
        return True, Severity.CRITICAL
    return True, Severity.WARNING if effect >= options.warning_effect else Severity.INFO


def _shape(moved: NDArray[np.float64]) -> Shape:
    body, tail = float(moved[0]), float(moved[3])
    if abs(tail - body) <= SHAPE_TOLERANCE:
        return "uniform"
    return "tail" if abs(body) < SHAPE_TOLERANCE else "spread"
