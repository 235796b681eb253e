"""Order statistics: quantiles, robust scales, and how far two samples lie apart.

Every function puts in order what it computes with, so the order of the input cannot change a digit; a sample that is in
order already is noticed, and taken as it is. The quantities are defined in docs/statistics.md, "Order statistics".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from oplatency.errors import UsageError

MAD_TO_SD = 1.4826022185056018
"""1 / norm.ppf(3/4): what turns the median absolute deviation of normal data into its standard deviation."""

MEDIAN_VARIANCE = math.pi / 2
"""Variance of the median of n normal values, times n and in units of their variance (1.57)."""

NORMAL_975 = 1.959963984540054
"""norm.ppf(0.975)."""

SHIFT_VARIANCE = math.pi / 3
"""Variance of a Hodges-Lehmann estimate of n normal values, times n and in units of their variance (1.05)."""

HODGES_LEHMANN_MAX = 512
"""Larger samples are replaced by this many of their own quantiles before the differences are taken."""

WALSH_MAX = 128
"""The same before averages of pairs are taken."""


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as a sorted float array without NaN, which means "not measured".

    Raises
    ------
    UsageError
        If the array has more than one dimension or holds an infinity.
    """
    array = _known(values)
    if not _in_order(array):
        array = np.sort(array)
    if array.size:
        _require_finite(array[0], array[-1])
    return array


def quantiles(values: ArrayLike, probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return quantiles by linear interpolation, as ``percentile_cont`` of PostgreSQL does.

    Parameters
    ----------
    values : array_like, shape (n,)
        The sample, any unit. NaN is left out.
    probabilities : array_like, shape (k,)
        Each in [0, 1].

    Returns
    -------
    ndarray, shape (k,)
        In the unit of `values`; NaN for an empty sample. A larger probability never gives a smaller quantile.

    References
    ----------
    Hyndman & Fan (1996), "Sample quantiles in statistical packages", definition 7.
    """
    wanted = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
    if not bool(np.all((wanted >= 0) & (wanted <= 1))):
        raise UsageError("A probability lies outside [0, 1].", where=str(wanted.tolist()), remedy="use 0.99 for p99")
    array = _known(values)
    if array.size == 0:
        return np.full(wanted.shape, np.nan)
    position = (array.size - 1) * wanted
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, array.size - 1)
    lowest, highest = array.min(), array.max()
    _require_finite(lowest, highest)
    if not _in_order(array):
        array = np.partition(array, np.unique([below, above]))
    share, step = position - below, array[above] - array[below]
    # from the nearer neighbour, as numpy does
    found = np.where(share < 0.5, array[below] + step * share, array[above] - step * (1 - share))
    found = np.clip(found, lowest, highest)
    # Rounding of the interpolation may invert two neighbours by one unit in the last place.
    by_probability = np.argsort(wanted, kind="stable")
    found[by_probability] = np.maximum.accumulate(found[by_probability])
    return found


def median(values: ArrayLike) -> float:
    """Return the median of a sample, NaN if it is empty; NaN in the sample is left out."""
    return float(quantiles(values, 0.5)[0])


def grouped_quantiles(
    values: NDArray[np.float64], groups: NDArray[np.int64], probabilities: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the type 7 quantiles of each group.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite values, any unit.
    groups : ndarray, shape (n,)
        Whole number that names the group of each value, e.g. its day.
    probabilities : array_like, shape (k,)
        Each in [0, 1].

    Returns
    -------
    keys, counts : ndarray of int64, shape (g,)
        Ascending keys, and values per group.
    quantiles : ndarray, shape (k, g)
        In the unit of `values`.
    """
    found = in_groups(values, groups)
    return found.keys, found.counts, found.quantiles(probabilities)


@dataclass(frozen=True)
class Groups:
    """Values by group.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Group after group, ascending within each.
    keys, starts, counts : ndarray of int64, shape (g,)
        Ascending names of the groups, where each begins, and how many values it has.
    """

    values: NDArray[np.float64]
    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]

    def quantiles(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Return the type 7 quantiles of each group, shape (k, g)."""
        position = np.multiply.outer(np.atleast_1d(np.asarray(probabilities, dtype=np.float64)), self.counts - 1)
        below = np.floor(position).astype(np.int64)
        above = np.minimum(below + 1, self.counts - 1)
        low, high = self.values[self.starts + below], self.values[self.starts + above]
        found: NDArray[np.float64] = low + (high - low) * (position - below)
        return found


def in_groups(values: NDArray[np.float64], groups: NDArray[np.int64]) -> Groups:
    """Put finite values in order, within the group that a whole number names for each."""
    if not _in_order(groups):
        by_group = np.argsort(groups, kind="stable")
        values, groups = values[by_group], groups[by_group]
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: groups.size])
    counts = np.diff(np.append(starts, groups.size))
    ordered = values.copy()
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        ordered[start : start + count].sort()
    return Groups(ordered, groups[starts], starts, counts)


def mad_scale(values: ArrayLike, *, center: float | None = None) -> float:
    """Return 1.4826 times the median absolute deviation.

    Parameters
    ----------
    values : array_like, shape (n,)
        The sample, any unit. NaN is left out.
    center : float, optional
        What deviations are taken from; the sample's median by default.

    Returns
    -------
    float
        In the unit of `values`; the standard deviation for normal data. 0 for a constant, NaN for an empty sample.

    References
    ----------
    Rousseeuw & Croux (1993), "Alternatives to the median absolute deviation".
    """
    known = _known(values)
    if known.size == 0:
        return math.nan
    return MAD_TO_SD * median(np.abs(known - (median(known) if center is None else center)))


def estimable(n: int, q: float) -> bool:
    """Say whether n calls bear a 95 % upper confidence bound for the quantile q.

    The largest of n values exceeds the quantile with probability ``1 - q**n``; below 95 % no order statistic is a
    bound. p90 needs 29 calls, p95 needs 59, p99 needs 299.

    References
    ----------
    Hahn & Meeker (1991), "Statistical Intervals", section 5.2.
    """
    return n > 0 and 1.0 - q**n >= 0.95


def quantile_interval(n: int, q: float, *, confidence: float = 0.95) -> tuple[int | None, int | None]:
    """Return which order statistics hold a quantile between them, whatever the distribution.

    Parameters
    ----------
    n : int
        Size of the sample.
    q : float
        Probability of the quantile, in (0, 1).
    confidence : float
        Probability that the interval holds it; each end errs with at most half of the rest.

    Returns
    -------
    low, high : int or None
        Ranks from 1 to n: the values of these ranks, both included, are the interval. None where no value of the
        sample is far enough out to be that end. The number of values below the quantile is binomial(n, q).

    References
    ----------
    Hahn & Meeker (1991), "Statistical Intervals", section 5.2.
    """
    if n < 1 or not 0 < q < 1:
        raise UsageError(
            "An interval needs a sample and a probability within (0, 1).",
            where=f"n={n}, q={q}",
            remedy="use 0.99 for p99",
        )
    # beyond ten standard deviations nothing is left of a binomial's probability
    reach = 10 * math.sqrt(n * q * (1 - q)) + 10
    first, last = max(math.floor(n * q - reach), 0), min(math.ceil(n * q + reach), n)
    below = bdtr(np.arange(first, last, dtype=np.float64), n, q)  # P(at most k values lie below), k = first .. last - 1
    rest = (1 - confidence) / 2
    low = first + int(np.searchsorted(below, rest, side="right"))
    high = first + int(np.searchsorted(below, 1 - rest, side="left")) + 1
    return low or None, high if high <= n else None


def hodges_lehmann_shift(new: ArrayLike, base: ArrayLike) -> tuple[float, float | None, float | None]:
    """Return how far one sample lies above another, with the ends of a 95 % interval.

    Parameters
    ----------
    new, base : array_like, shape (n,) and (m,)
        Two samples in one unit. NaN is left out.

    Returns
    -------
    shift, low, high : float, float or None, float or None
        Median of all n x m differences, and the interval of Moses from the ordered differences (normal
        approximation of its rank, rounded outwards); None where so few values bear none. NaN without an interval if
        a sample is empty.

    Notes
    -----
    A sample of more than 512 values is replaced by 512 of its own quantiles at evenly spaced mid-ranks: nothing is
    drawn at random. Each value moves by at most 1/1024 of its sample's ranks, so the estimate and the ends of the
    interval lie within 1/512 of the rank of the exact ones among all differences. The rank of the interval's
    ends is computed from the true sample sizes. The calls are taken as independent: where neighbours resemble each
    other the interval is too narrow.

    References
    ----------
    Hodges & Lehmann (1963), "Estimates of location based on rank tests"; Moses in Walker & Lev (1953); Hollander,
    Wolfe & Chicken (2014), "Nonparametric Statistical Methods", sections 4.2 and 4.3.
    """
    first, second = finite(new), finite(base)
    n, m = first.size, second.size
    if n == 0 or m == 0:
        return math.nan, None, None
    differences = np.subtract.outer(_thinned(first, HODGES_LEHMANN_MAX), _thinned(second, HODGES_LEHMANN_MAX)).ravel()
    pairs = differences.size
    rank = n * m / 2 - NORMAL_975 * math.sqrt(n * m * (n + m + 1) / 12)
    k = max(1, math.floor(rank * pairs / (n * m)))
    centre = ((pairs - 1) // 2, pairs // 2)
    ranks = [k - 1, *centre, pairs - k]
    low, *between, high = np.partition(differences, np.unique(ranks))[ranks]
    shift = float(between[0] + between[1]) / 2
    return (shift, None, None) if rank < 1 else (shift, float(low), float(high))


def pseudo_median(values: ArrayLike) -> float:
    """Return the median of the averages of all pairs, each value with itself included; NaN for an empty sample.

    It is the middle of a symmetric sample, as the median is, from two thirds of the values that the median needs to be
    as exact, and survives 29 % of outliers. A sample of more than 128 values is replaced by 128 of its own quantiles at
    evenly spaced mid-ranks. NaN in the sample is left out.

    References
    ----------
    Hodges & Lehmann (1963), "Estimates of location based on rank tests"; Hollander, Wolfe & Chicken (2014),
    "Nonparametric Statistical Methods", section 3.2.
    """
    ordered = _thinned(finite(values), WALSH_MAX)
    if ordered.size == 0:
        return math.nan
    first, second = np.triu_indices(ordered.size)
    return float(np.median((ordered[first] + ordered[second]) / 2))


def _known(values: ArrayLike) -> NDArray[np.float64]:
    """Return a sample without NaN, as it lies."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise UsageError(
            f"A sample must have one dimension, this one has {array.ndim}.",
            where=f"shape {array.shape}",
            remedy="pass one operation's values as a flat array",
        )
    missing = np.isnan(array)
    return array[~missing] if missing.any() else array


def _in_order(array: NDArray[Any]) -> bool:
    return bool((array[1:] >= array[:-1]).all())


def _require_finite(smallest: float, largest: float) -> None:
    if math.isinf(smallest) or math.isinf(largest):
        raise UsageError(
            "A sample holds an infinite value.",
            where=f"smallest {smallest}, largest {largest}",
            remedy="quarantine infinite measurements before they are analysed",
        )


def _thinned(ordered: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    if ordered.size <= most:
        return ordered
    return quantiles(ordered, (np.arange(most) + 0.5) / most)
