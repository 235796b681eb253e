"""Calls on a common grid of time, one row an operation, NaN where it made no call.

Defined in docs/statistics.md, "Correlation".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import CorrelationSettings
from oplatency.stats.points import Profile, log_durations
from oplatency.stats.robust import grouped_quantiles
from oplatency.stats.season import HOUR_US, MINUTE_US, interpolated_offset

MIN_COMMON_BINS = 30
"""Pairs with fewer bins in common are not tested."""
CLIP_Z = 4.0
"""Residuals are clipped at this many standard deviations."""
HOUR_MEDIAN_MIN_CALLS = 15
"""Fewest calls in a clock hour for its own median to be taken off."""
SLOW_BIN_Z = 2.5
"""A bin this many standard deviations out is slow."""

Calls = tuple[NDArray[np.int64], NDArray[np.int64]]
Bins = NDArray[np.float64]


def calls_inside(calls: Calls, start_us: int, end_us: int) -> Calls:
    """Return the starts and durations of the calls that start in ``[start_us, end_us)``, sorted by both."""
    started, durations = np.asarray(calls[0]), np.asarray(calls[1])
    log_durations(started, durations)
    kept = (started >= start_us) & (started < end_us)
    started, durations = started[kept], durations[kept]
    order = np.lexsort((durations, started))
    return started[order], durations[order]


def bin_values(
    calls: Calls, profile: Profile, *, start_us: int, end_us: int, options: CorrelationSettings
) -> tuple[Bins, Bins]:
    """Return how slow each bin of the window was, apart from the daily rhythm.

    Parameters
    ----------
    calls : tuple of ndarray
        Starts and durations in microseconds, all inside the window.
    profile : Profile
        What is normal.
    start_us, end_us : int
        The window, microseconds since the Unix epoch.
    options : CorrelationSettings
        Width of the bins, clipping, and from how many calls an hour has a median of its own.

    Returns
    -------
    within_hour, within_window : ndarray, shape (bins,)
        ``mean * sqrt(n)`` of the clipped robust z of the calls in each bin, about standard normal when nothing
        happens; NaN without a call. The first is measured from the operation's own median of the clock hour, where
        the hour has enough calls, the second from its own median of the whole window.
    """
    started, durations = calls
    n_bins = -((start_us - end_us) // (options.bin_minutes * MINUTE_US))
    distance = log_durations(started, durations) - interpolated_offset(started, profile.hour_offsets) - profile.location
    z = distance / np.where(distance >= 0, profile.scale_up, profile.scale_down)
    bins = (started - start_us) // (options.bin_minutes * MINUTE_US)
    if z.size == 0:
        return np.full(n_bins, np.nan), np.full(n_bins, np.nan)
    hours = (started - start_us) // HOUR_US
    keys, counts, (medians,) = grouped_quantiles(z, hours, 0.5)
    own = np.where(counts >= HOUR_MEDIAN_MIN_CALLS, medians, 0.0)[np.searchsorted(keys, hours)]
    whole = np.median(z) if z.size >= HOUR_MEDIAN_MIN_CALLS else 0.0
    return _summed(z - own, bins, n_bins), _summed(z - whole, bins, n_bins)


def minute_means(calls: Mapping[int, Calls], ids: Sequence[int], *, start_us: int, end_us: int) -> Bins:
    """Return the mean raw duration of each minute, microseconds, shape (operations, minutes); NaN without a call."""
    n_minutes = (end_us - start_us) // MINUTE_US
    means = np.full((len(ids), n_minutes), np.nan)
    for row, key in enumerate(ids):
        started, durations = calls[key]
        minute = (started - start_us) // MINUTE_US
        counts = np.bincount(minute, minlength=n_minutes)
        sums = np.bincount(minute, weights=durations.astype(np.float64), minlength=n_minutes)
        means[row, counts > 0] = sums[counts > 0] / counts[counts > 0]
    return means


def _summed(z: Bins, bins: NDArray[np.int64], n_bins: int) -> Bins:
    counts = np.bincount(bins, minlength=n_bins)
    sums = np.bincount(bins, weights=np.clip(z, -CLIP_Z, CLIP_Z), minlength=n_bins)
    values = np.full(n_bins, np.nan)
    values[counts > 0] = sums[counts > 0] / np.sqrt(counts[counts > 0])
    return values
