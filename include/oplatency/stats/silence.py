"""Hours in which an operation made no calls, or far fewer than it makes at that hour of the day.

Defined in docs/statistics.md, "Silence". Every hour of the judged window gets a verdict: "nothing came" and "nothing
was expected" are different answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from oplatency.errors import UsageError
from oplatency.settings import SilenceSettings
from oplatency.stats.season import HOUR_US

LOOKBACK_HOURS = 24
"""A silence is followed back no further, hours: a verdict never depends on how windows are cut."""
MIN_DISPERSION = 0.05
"""Smallest over-dispersion: even steady traffic differs by the root of this from day to day."""
MIN_KNOWN_DAYS = 3
"""Fewest baseline days that know an hour for it to be judged."""


@dataclass(frozen=True)
class Traffic:
    """How many calls an operation makes in each hour of the day.

    Parameters
    ----------
    expected : ndarray, shape (24,)
        Mean calls per UTC hour; NaN for an hour that too few baseline days know.
    dispersion : float
        Over-dispersion a of the negative binomial: the variance of a count with mean m is ``m + a m^2``.
    n_days : int
        Baseline days with at least one known hour.
    start_us : int
        Start of the baseline window, microseconds since the Unix epoch.
    counts : ndarray, shape (h,)
        Calls in each of its hours; NaN for an hour of which nothing is known.
    """

    expected: NDArray[np.float64]
    dispersion: float
    n_days: int
    start_us: int
    counts: NDArray[np.float64]


@dataclass(frozen=True)
class HourOfCalls:
    """The verdict on one hour.

    Parameters
    ----------
    hour_us : int
        Start of the hour, microseconds since the Unix epoch.
    n_calls : int
        Calls that started in it.
    expected : float
        Calls expected of it; NaN if it cannot be judged.
    since_us : int
        Start of the interval, ending with this hour, whose count is the least probable; may lie before the window.
    probability : float
        Probability of so few calls in that interval, times the intervals that were tried; NaN without expectation.
    silent : bool
        Whether the hour belongs to a silence.
    """

    hour_us: int
    n_calls: int
    expected: float
    since_us: int
    probability: float
    silent: bool


def learn_traffic(
    started_us: NDArray[np.int64], *, start_us: int, end_us: int, missing_hours_us: NDArray[np.int64] | None = None
) -> Traffic:
    """Learn the usual number of calls of each hour of the day.

    Parameters
    ----------
    started_us : ndarray, shape (n,)
        Starts of calls, microseconds since the Unix epoch, UTC, in any order; those outside the window are left out.
    start_us, end_us : int
        The baseline window, whole UTC hours.
    missing_hours_us : ndarray, shape (k,), optional
        Starts of hours of which nothing is known, for instance because no source delivered anything at all.

    Returns
    -------
    Traffic
        The dispersion is the larger of `MIN_DISPERSION` and the moment estimate over all known hours.

    Raises
    ------
    UsageError
        If the window is empty or not made of whole hours.
    """
    _require_hours(start_us, end_us)
    counts = _hourly_counts(started_us, start_us, end_us).astype(np.float64)
    hours_us = start_us + HOUR_US * np.arange(counts.size)
    known = np.ones(counts.size, dtype=np.bool_)
    if missing_hours_us is not None:
        known &= ~np.isin(hours_us, missing_hours_us)
    hour = (hours_us // HOUR_US) % 24
    days_known = np.bincount(hour[known], minlength=24).astype(np.float64)
    sums = np.bincount(hour[known], weights=counts[known], minlength=24)
    expected = np.where(days_known >= MIN_KNOWN_DAYS, sums / np.maximum(days_known, 1), np.nan)
    judged = known & ~np.isnan(expected[hour])
    mean = expected[hour[judged]]
    # The mean of d days is fitted to them: d / (d - 1) makes the squares unbiased.
    unbiased = days_known[hour[judged]] / np.maximum(days_known[hour[judged]] - 1, 1)
    excess = float(np.sum((counts[judged] - mean) ** 2 * unbiased - mean))
    scale = float(np.sum(mean**2))
    dispersion = max(excess / scale, MIN_DISPERSION) if scale > 0 else MIN_DISPERSION
    n_days = int(np.unique(hours_us[known] // (24 * HOUR_US)).size)
    counts[~known] = np.nan
    return Traffic(expected=expected, dispersion=dispersion, n_days=n_days, start_us=start_us, counts=counts)


def judge_hours(
    traffic: Traffic, started_us: NDArray[np.int64], *, start_us: int, end_us: int, options: SilenceSettings
) -> list[HourOfCalls]:
    """Judge every hour of a window by the calls in it and before it.

    An hour is judged by the intervals that end with it, never by what follows: hour by hour or a day at once, the
    answer is the same, provided that the calls of the `LOOKBACK_HOURS` before the window are passed in too.

    Parameters
    ----------
    traffic : Traffic
        What is usual, from before the window.
    started_us : ndarray, shape (n,)
        Starts of calls from ``start_us - (lookback_hours - 1) hours`` on, in any order.
    start_us, end_us : int
        The judged window, whole UTC hours.
    options : SilenceSettings
        Probability, share and look-back.

    Returns
    -------
    list of HourOfCalls
        One per hour, oldest first. An hour is silent where the interval of at most `LOOKBACK_HOURS` ending with it that
        is least probable under the negative binomial has a probability of at most `max_probability` (times the
        intervals tried: Bonferroni), and both the interval and the hour made at most `max_share` of what was expected.

    Raises
    ------
    UsageError
        If the window is empty or not made of whole hours.
    """
    _require_hours(start_us, end_us)
    reach = LOOKBACK_HOURS
    first_us = start_us - (reach - 1) * HOUR_US
    counts = _hourly_counts(started_us, first_us, end_us)
    expected = traffic.expected[(first_us // HOUR_US + np.arange(counts.size)) % 24]
    verdicts = []
    for last in range(reach - 1, counts.size):
        hour_us = first_us + last * HOUR_US
        made = np.cumsum(counts[last - reach + 1 : last + 1][::-1])
        wanted = np.cumsum(expected[last - reach + 1 : last + 1][::-1])
        usable = int((~np.isnan(wanted)).sum())
        if usable == 0:
            verdicts.append(HourOfCalls(hour_us, int(counts[last]), math.nan, hour_us, math.nan, False))
            continue
        tried = few_calls(made[:usable], wanted[:usable], traffic.dispersion)
        best = int(np.argmin(tried))
        probability = min(1.0, float(tried[best]) * usable)
        silent = (
            probability <= options.max_probability
            and expected[last] > 0
            and counts[last] <= options.max_share * expected[last]
            and made[best] <= options.max_share * wanted[best]
            and made[best] < _quietest_before(traffic, hour_us, best + 1)
        )
        since_us = hour_us - best * HOUR_US
        verdicts.append(
            HourOfCalls(hour_us, int(counts[last]), float(expected[last]), since_us, probability, bool(silent))
        )
    return verdicts


def few_calls(n_calls: ArrayLike, expected: ArrayLike, dispersion: float) -> NDArray[np.float64]:
    """Return the probability of at most so many calls where `expected` are usual, negative binomial.

    Parameters
    ----------
    n_calls, expected : array_like, shape (k,)
        Calls made, and their mean; where none are expected the answer is 1.
    dispersion : float
        a of the variance ``m + a m^2``, above 0.

    Returns
    -------
    ndarray, shape (k,)
    """
    mean = np.asarray(expected, dtype=np.float64)
    size = 1 / dispersion
    found: NDArray[np.float64] = np.where(
        mean > 0, special.betainc(size, np.add(n_calls, 1), size / (size + mean)), 1.0
    )
    return found


def detectable_hours(traffic: Traffic, *, options: SilenceSettings) -> int | None:
    """Return after how many hours without a call a silence is found, the best hour of the day given.

    None where even `LOOKBACK_HOURS` hours without any call would not be found: the operation is too rare.
    """
    best: int | None = None
    for last in range(24):
        back = np.cumsum(traffic.expected[(last - np.arange(LOOKBACK_HOURS)) % 24])
        usable = int((~np.isnan(back)).sum())
        rare = few_calls(np.zeros(usable), back[:usable], traffic.dispersion) * usable <= options.max_probability
        if rare.any():
            length = int(np.argmax(rare)) + 1
            best = length if best is None else min(best, length)
    return best


def _quietest_before(traffic: Traffic, hour_us: int, length: int) -> float:
    """Return the fewest calls that the same interval of the day held on any baseline day; infinite without one.

    What happened before (a day off last week) is no finding.
    """
    last = (hour_us - traffic.start_us) // HOUR_US % 24
    ends = np.arange(last, traffic.counts.size, 24)
    totals = [float(traffic.counts[end - length + 1 : end + 1].sum()) for end in ends if end - length + 1 >= 0]
    known = [total for total in totals if not math.isnan(total)]
    return min(known, default=math.inf)


def _hourly_counts(started_us: NDArray[np.int64], start_us: int, end_us: int) -> NDArray[np.int64]:
    starts = np.asarray(started_us)
    inside = starts[(starts >= start_us) & (starts < end_us)]
    return np.bincount((inside - start_us) // HOUR_US, minlength=(end_us - start_us) // HOUR_US)


def _require_hours(start_us: int, end_us: int) -> None:
    if start_us >= end_us or start_us % HOUR_US or end_us % HOUR_US:
        raise UsageError(
            "Silence is judged on whole UTC hours.",
            where=f"[{start_us}, {end_us})",
            remedy="pass full hours in microseconds since the Unix epoch, the end after the start",
        )
