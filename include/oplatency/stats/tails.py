"""Slow calls that became more frequent while the typical call stayed as it was, judged when a day closes.

Defined in docs/statistics.md, "Tails".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from oplatency.settings import DegradationSettings, TailSettings
from oplatency.stats.before_after import BeforeAfter
from oplatency.stats.grading import DEFAULT_DEGRADATIONS, graded
from oplatency.stats.points import Severity
from oplatency.stats.robust import Groups, estimable, finite, quantiles
from oplatency.stats.season import HOUR_US

EXCESS_Z_LESS = 0.4
"""The excess over the usual q95 needs this many standard deviations less than a share does: 3.1 where that is 3.5."""
Q95_RATIO = 1.5
"""Calls above the usual q95 need at least this many times their usual share."""
Q99_RATIO = 2.0
"""Calls above the usual q99 need at least this many times their usual share."""
EXCESS_RATIO = 1.5
"""The excess over the usual q95 needs at least this many times its usual amount."""
EXCESS_CLIP = 4.0
"""One call counts with an excess of at most this many times the usual mean excess."""
MIN_CALLS_ABOVE = 3
"""Fewer calls above the quantile than this are no finding."""
DISPERSION_PRIOR_WEIGHT = 4.0
"""Weight, in days, of the prior that days differ by chance alone."""

EXCESS_QUANTILE = 0.95
"""Above which quantile of the older days the excess of calls is summed."""

MAX_IN_TWO_HOURS = 0.5
"""A greater part of the excess within two neighbouring hours makes it an incident."""

Measure = Literal["share", "excess"]


@dataclass(frozen=True)
class TailShift:
    """The share of slow calls in the newest days against the days before them.

    Parameters
    ----------
    quantile : float
        0.95 or 0.99: which quantile of the older days a call has to exceed to be counted.
    measure : {'share', 'excess'}
        Whether `z` and `ratio` speak of how many calls exceed it, or of how far they do.
    judged_days : int
        Length of the newest part in days.
    n_base, n_new : int
        Calls on either side.
    base_share, new_share : float
        Share of calls above the quantile on either side, of all calls.
    n_slow : int
        New calls above the quantile; for the excess, above q95.
    dispersion : float
        Variance of the daily counts, or excesses, in units of the one that chance alone gives; at least 1.
    z, min_z : float
        Standard deviations of a normal variable whose upper tail has the probability of so many slow calls, or of so
        much excess; and its limit.
    ratio, min_ratio : float
        Share or excess of a new call over that of an older one, and its limit.
    base_tail_us, new_tail_us : float
        The quantile of the durations as measured, microseconds, on either side.
    effect, effect_low, effect_high : float, float or None, float or None
        Change of the quantile after the rhythm is taken off, a ratio less 1, with the ends of a 95 % interval; None
        where so few calls bear none.
    flagged : bool
        Whether z, the ratio and the number of slow calls pass their limits.
    severity : Severity
        By `effect`; NONE where not flagged.
    alerting : bool
        From WARNING on, unless two neighbouring hours hold the greater part of the excess of the newest days: that is
        an incident, which calls alert by themselves.
    """

    quantile: float
    measure: Measure
    judged_days: int
    n_base: int
    n_new: int
    base_share: float
    new_share: float
    n_slow: int
    dispersion: float
    z: float
    min_z: float
    ratio: float
    min_ratio: float
    base_tail_us: float
    new_tail_us: float
    effect: float
    effect_low: float | None
    effect_high: float | None
    flagged: bool
    severity: Severity
    alerting: bool


def tail_shift(
    samples: BeforeAfter, *, options: TailSettings, degradations: DegradationSettings = DEFAULT_DEGRADATIONS
) -> TailShift | None:
    """Compare how often, and by how much, the newest days are slower than the older days' q95 and q99.

    Parameters
    ----------
    samples : BeforeAfter
        As `split_before_after` gives them.
    options : TailSettings
        Limits.
    degradations : DegradationSettings
        Steps of severity.

    Returns
    -------
    TailShift or None
        Of the flagged measures and quantiles, or if none is, of all, the one whose z exceeds its limit by most. None
        where the older days hold too few calls to know their q95 (59).

    Notes
    -----
    The number of slow calls among n new ones is compared with a beta-binomial: p is itself estimated from the older
    days, and days differ by more than chance. z is the normal quantile of that tail probability, because a few
    expected calls are far from normal: five where half a one is expected are no 6 sigma.
    """
    bearable = [q for q in (0.95, 0.99) if estimable(samples.base.size, q)]
    if not bearable:
        return None
    found = [_surprise(samples, q, options, "share") for q in bearable]
    # the growth reported is that of the quantile that grew most: a few very slow calls leave q95 where it was
    grown = max(bearable, key=lambda q: _moved(samples.new, samples.base, q))
    found.append(_surprise(samples, grown, options, "excess"))
    worst = max(found, key=lambda item: (item.flagged, item.z - item.min_z))
    effect, low, high = _growth(samples.new, samples.base, worst.quantile)
    severity = graded(effect, options=degradations) if worst.flagged else Severity.NONE
    alerting = severity >= Severity.WARNING
    if alerting:
        distance = samples.new_residuals - float(quantiles(samples.base, EXCESS_QUANTILE)[0])
        alerting = _in_two_hours(samples.new_starts_us, distance) <= MAX_IN_TWO_HOURS
    return TailShift(
        judged_days=samples.judged_days,
        n_base=samples.base.size,
        n_new=samples.new.size,
        **worst._asdict(),
        base_tail_us=math.exp(float(quantiles(samples.base_logs, worst.quantile)[0])),
        new_tail_us=math.exp(float(quantiles(samples.new_logs, worst.quantile)[0])),
        effect=effect,
        effect_low=low,
        effect_high=high,
        severity=severity,
        alerting=alerting,
    )


class _Surprise(NamedTuple):
    """How unusual the slow calls are by one measure; fields as in `TailShift`."""

    quantile: float
    measure: Measure
    base_share: float
    new_share: float
    n_slow: int
    dispersion: float
    z: float
    min_z: float
    ratio: float
    min_ratio: float
    flagged: bool


def _surprise(samples: BeforeAfter, quantile: float, options: TailSettings, measure: Measure) -> _Surprise:
    limit = float(quantiles(samples.base, quantile)[0])
    # Never below the nominal share: of a constant nothing lies above its own quantile.
    base_share = max(_above(samples.base, limit) / samples.base.size, 1 - quantile)
    n_slow = _above(samples.new, limit)
    new_share = n_slow / samples.new.size
    if measure == "share":
        min_z, min_ratio = options.min_z, Q99_RATIO if quantile == 0.99 else Q95_RATIO
        dispersion = _dispersion(samples.base_by_day, limit, base_share)
        z = share_z(n_slow, samples.new.size, base_share, n_base=samples.base.size, dispersion=dispersion)
        ratio = new_share / base_share
    else:
        min_z, min_ratio = options.min_z - EXCESS_Z_LESS, EXCESS_RATIO
        z, ratio, n_slow, dispersion = excess_z(samples.new, samples.base_by_day)
    flagged = z >= min_z and ratio >= min_ratio and n_slow >= MIN_CALLS_ABOVE
    return _Surprise(quantile, measure, base_share, new_share, n_slow, dispersion, z, min_z, ratio, min_ratio, flagged)


def excess_z(new: NDArray[np.float64], base: Groups) -> tuple[float, float, int, float]:
    """Return how surprising it is by how much new calls exceed the older ones' q95.

    Parameters
    ----------
    new : ndarray, shape (n,)
        ln(duration) after the season, new calls.
    base : Groups
        The same of older calls, by day.

    Returns
    -------
    z, ratio, n_above, dispersion : float, float, int, float
        Normal quantile of the upper tail probability of the new calls' summed excess; mean excess of a new call over
        that of an older one; new calls above q95; variance of daily sums over the one of independent calls, at
        least 1. ``0, 1, n, 1`` where the older calls do not differ above q95.

    Notes
    -----
    The excess of a call is its distance above q95 in units of the older calls' mean distance, at most `EXCESS_CLIP`: on
    an exponential tail of ln(duration), which is a Pareto tail of durations, an Exp(1) variable (Hill 1975). One call,
    however slow, counts no more than the clip. The sum has the older calls' mean, variance and skewness, and the law
    of a Pearson III variable with these three moments.
    """
    threshold = float(quantiles(base.values, EXCESS_QUANTILE)[0])
    n_above = int((new > threshold).sum())
    beyond = np.sort(base.values[base.values > threshold] - threshold)
    mean_excess = float(beyond.mean()) if beyond.size else 0.0
    if mean_excess <= 0:
        return 0.0, 1.0, n_above, 1.0

    def excess(values: NDArray[np.float64]) -> NDArray[np.float64]:
        clipped: NDArray[np.float64] = np.clip((values - threshold) / mean_excess, 0, EXCESS_CLIP)
        return clipped

    older = excess(base.values)
    mean, variance = float(older.mean()), float(older.var())
    if variance <= 0:
        return 0.0, 1.0, n_above, 1.0
    skewness = float(((older - mean) ** 3).mean()) / variance**1.5 / math.sqrt(new.size)
    n_day = base.counts.astype(np.float64)
    sums = np.bincount(np.repeat(np.arange(n_day.size), base.counts), weights=older)
    square = float(np.sort((sums - n_day * mean) ** 2 / (n_day * variance)).sum())
    weight = DISPERSION_PRIOR_WEIGHT
    dispersion = max((weight + square) / (weight + n_day.size - 1), 1.0)
    total = float(excess(finite(new)).sum())
    distance = (total - new.size * mean) / math.sqrt(new.size * variance * (dispersion + new.size / older.size))
    return pearson_three_z(distance, skewness), total / new.size / mean, n_above, dispersion


def pearson_three_z(distance: float, skewness: float) -> float:
    """Return the normal quantile that leaves as much above it as a standardised Pearson III variable at `distance`."""
    if skewness < 1e-6:
        return distance
    shape = 4 / skewness**2
    tail = float(special.gammaincc(shape, max(shape + distance * math.sqrt(shape), 0.0)))
    return float(-special.ndtri(min(max(tail, 1e-300), 1 - 1e-16)))


def share_z(n_above: int, n_new: int, base_share: float, *, n_base: int, dispersion: float) -> float:
    """Return how surprising so many slow calls are, as a normal z.

    Parameters
    ----------
    n_above, n_new : int
        Slow calls, and all calls, of the newest days.
    base_share : float
        Usual share of slow calls, in (0, 1).
    n_base : int
        Calls that share was estimated from.
    dispersion : float
        Variance of daily counts over the binomial one, at least 1.

    Returns
    -------
    float
        Normal quantile of the mid-p tail probability of a beta-binomial whose variance is
        ``n p (1 - p) (dispersion + n / n_base)``; within +-38, where probabilities leave the range of a double.
    """
    inflation = max(dispersion + n_new / n_base, 1 + 1e-9)
    # A beta-binomial of n has the variance n p (1 - p) (1 + (n - 1) rho), rho = 1 / (a + b + 1).
    rho = min((inflation - 1) / max(n_new - 1, 1), 0.99)
    total = 1 / rho - 1
    a, b = base_share * total, (1 - base_share) * total
    counts = np.arange(n_above, n_new + 1, dtype=np.float64)
    logs = (
        special.gammaln(n_new + 1)
        - special.gammaln(counts + 1)
        - special.gammaln(n_new - counts + 1)
        + special.betaln(counts + a, n_new - counts + b)
        - special.betaln(a, b)
    )
    probabilities = np.exp(logs)
    tail = float(probabilities[1:][::-1].sum() + probabilities[0] / 2)
    return float(-special.ndtri(min(max(tail, 1e-300), 1 - 1e-16)))


def _in_two_hours(starts: NDArray[np.int64], distance: NDArray[np.float64]) -> float:
    """Return the largest part of the positive distances that lies in two neighbouring clock hours."""
    order = np.lexsort((distance, starts))
    hours = starts[order] // HOUR_US
    sums = np.bincount(hours - hours[0], weights=np.maximum(distance[order], 0.0))
    total = float(sums.sum())
    return float((sums + np.append(sums[1:], 0.0)).max()) / total if total > 0 else 0.0


def _dispersion(by_day: Groups, limit: float, share: float) -> float:
    """Return chi-square over degrees of freedom of the daily counts, shrunk to 1 and never below it."""
    n_day = by_day.counts.astype(np.float64)
    counts = np.add.reduceat(by_day.values > limit, by_day.starts, dtype=np.float64)
    square = float(np.sort((counts - n_day * share) ** 2 / (n_day * share * (1 - share))).sum())
    weight = DISPERSION_PRIOR_WEIGHT
    return max((weight + square) / (weight + n_day.size - 1), 1.0)


def _growth(
    new: NDArray[np.float64], base: NDArray[np.float64], quantile: float
) -> tuple[float, float | None, float | None]:
    """Return the change of a quantile, and a 95 % interval from the order statistics around it on either side.

    Each side's own interval covers 83.4 %: the difference of two such ends covers about 95 % where both sides are
    about equally uncertain, and more elsewhere (Goldstein & Healy 1995).
    """
    moved = _moved(new, base, quantile)
    first, second = _bounds(new, quantile), _bounds(base, quantile)
    if first is None or second is None:
        return math.expm1(moved), None, None
    return math.expm1(moved), math.expm1(first[0] - second[1]), math.expm1(first[1] - second[0])


def _above(ordered: NDArray[np.float64], limit: float) -> int:
    return ordered.size - int(np.searchsorted(ordered, limit, side="right"))


def _moved(new: NDArray[np.float64], base: NDArray[np.float64], quantile: float) -> float:
    return float(quantiles(new, quantile)[0] - quantiles(base, quantile)[0])


def _bounds(ordered: NDArray[np.float64], quantile: float) -> tuple[float, float] | None:
    n = ordered.size
    half = 1.386 * math.sqrt(n * quantile * (1 - quantile))
    low, high = math.floor(n * quantile - half), math.ceil(n * quantile + half)
    if low < 1 or high > n:
        return None
    return float(ordered[low - 1]), float(ordered[high - 1])
