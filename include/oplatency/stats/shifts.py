"""Lasting changes of an operation's level, judged when a day closes.

Defined in docs/statistics.md, "Shifts". Logarithms of durations throughout; the daily rhythm is taken off first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import DegradationSettings, PointSettings, ShiftSettings
from oplatency.stats.before_after import BeforeAfter
from oplatency.stats.grading import DEFAULT_DEGRADATIONS, graded
from oplatency.stats.points import Severity
from oplatency.stats.robust import (
    MEDIAN_VARIANCE,
    SHIFT_VARIANCE,
    Groups,
    hodges_lehmann_shift,
    mad_scale,
    median,
    quantiles,
)
from oplatency.stats.season import DAY_MIN_CALLS

DAY_PRIOR_SD = 0.04
"""Prior standard deviation of daily medians, in ln(duration)."""
DAY_PRIOR_WEIGHT = 4.0
"""Weight of the prior of daily medians, days."""

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
        Whether it alerts: flagged slow-downs from WARNING on.
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
    samples: BeforeAfter,
    *,
    options: ShiftSettings,
    points: PointSettings = DEFAULT_POINTS,
    degradations: DegradationSettings = DEFAULT_DEGRADATIONS,
) -> Shift:
    """Compare the level of the newest days with that of the days before them.

    Parameters
    ----------
    samples : BeforeAfter
        As `split_before_after` gives them.
    options : ShiftSettings
        Limits and the prior of the day-to-day deviation.
    points : PointSettings
        The scale floor.
    degradations : DegradationSettings
        Steps of severity.

    Notes
    -----
    ``z = D / sqrt(1.05 sig^2 (1/n_new + 1/n_base) + v (1/d_new + 1/d_base))``, D the logarithm of the Hodges-Lehmann
    ratio. The day-to-day variance v keeps busy operations quiet, for which any variation would be significant.

    References
    ----------
    Hodges & Lehmann (1963), "Estimates of location based on rank tests", for D and its variance, pi/3 for normal
    data.
    """
    n_new, n_base = samples.new.size, samples.base.size
    moved_by, low, high = hodges_lehmann_shift(samples.new, samples.base)
    effect = math.expm1(moved_by)
    sigma = max(mad_scale(samples.base), points.scale_floor)
    d_new, d_base = samples.n_new_days, samples.base_by_day.keys.size
    day_variance = _day_variance(samples.base_by_day, sigma)
    error = SHIFT_VARIANCE * sigma**2 * (1 / n_new + 1 / n_base) + day_variance * (1 / d_new + 1 / d_base)
    z = moved_by / math.sqrt(error)

    moved = quantiles(samples.new, SHAPE_QUANTILES) - quantiles(samples.base, SHAPE_QUANTILES)
    shifts = tuple(float(value) for value in np.expm1(moved))
    flagged, severity = _grade(z, effect, options, degradations)
    return Shift(
        judged_days=samples.judged_days,
        n_base=n_base,
        n_new=n_new,
        base_median_us=math.exp(median(samples.base_logs)),
        new_median_us=math.exp(median(samples.new_logs)),
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


def _day_variance(by_day: Groups, sigma: float) -> float:
    """Return how much daily levels vary beyond what their numbers of calls explain, shrunk to the prior."""
    counts, (daily,) = by_day.counts, by_day.quantiles(0.5)
    thick = counts >= DAY_MIN_CALLS
    squares = (daily - median(daily)) ** 2 - MEDIAN_VARIANCE * sigma**2 / counts
    freedom = max(int(thick.sum()) - 1, 0)
    observed = max(float(np.sort(squares[thick]).sum()), 0.0)
    weight = DAY_PRIOR_WEIGHT
    return (weight * DAY_PRIOR_SD**2 + observed) / (weight + freedom)


def _grade(z: float, effect: float, options: ShiftSettings, degradations: DegradationSettings) -> tuple[bool, Severity]:
    slower = z >= options.min_z and effect >= options.min_effect
    # The mirror image of +12 % in logarithms is -10.7 %.
    faster = z <= -options.min_z and effect <= 1 / (1 + options.min_effect) - 1
    flagged = slower or faster
    return flagged, graded(effect, options=degradations) if flagged else Severity.NONE


def _shape(moved: NDArray[np.float64]) -> Shape:
    body, tail = float(moved[0]), float(moved[3])
    if abs(tail - body) <= SHAPE_TOLERANCE:
        return "uniform"
    return "tail" if abs(body) < SHAPE_TOLERANCE else "spread"
