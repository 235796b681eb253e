"""The daily rhythm of an operation: how much slower or faster each hour of the UTC day is.

Defined in docs/statistics.md, "Season".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SEASON_SHRINKAGE_CALLS = 10.0
"""Weight, in calls, of the overall level against that of an hour."""
DAY_MIN_CALLS = 5
"""Days with fewer calls than this have no daily median of their own."""

MINUTE_US = 60_000_000
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def utc_hour(started_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the hour of the UTC day, 0 to 23, of instants in microseconds since the Unix epoch."""
    return started_us // HOUR_US % 24


def utc_day(started_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole UTC days since the Unix epoch of instants in microseconds since then."""
    return started_us // DAY_US


def hour_offsets(
    hours: NDArray[np.int64], y: NDArray[np.float64], *, shrinkage_calls: float = 10.0
) -> NDArray[np.float64]:
    """Return how far each hour of the day lies above the whole.

    Parameters
    ----------
    hours : ndarray, shape (n,)
        Hour of the UTC day of each call, 0 to 23.
    y : ndarray, shape (n,)
        Natural logarithm of each duration; finite.
    shrinkage_calls : float
        Weight, in calls, of "no rhythm" in each hour.

    Returns
    -------
    ndarray, shape (24,)
        Natural-log units. An hour is the median of its own calls and those of its two neighbours, around midnight
        too, less the overall median, times n / (n + shrinkage_calls); 0 where those three hours hold no call.
    """
    offsets = np.zeros(24)
    if y.size == 0:
        return offsets
    counts = np.bincount(hours, minlength=24)
    by_hour = np.split(y[np.argsort(hours, kind="stable")], np.cumsum(counts[:-1]))
    around = np.concatenate([by_hour[23], *by_hour, by_hour[0]])
    begins = np.cumsum(counts) - counts
    overall = float(np.median(y))
    for hour in range(24):
        n_near = int(counts[hour - 1] + counts[hour] + counts[(hour + 1) % 24])
        if n_near:
            begin = int(counts[23] + begins[hour] - counts[hour - 1])
            near = around[begin : begin + n_near]
            offsets[hour] = n_near / (n_near + shrinkage_calls) * (float(np.median(near)) - overall)
    return offsets


def offset_at(started_us: NDArray[np.int64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the offset of each instant's hour, ln units, shape of `started_us`."""
    return offsets[utc_hour(started_us)]


def interpolated_offset(started_us: NDArray[np.int64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the offset of each instant, straight between the middles of neighbouring hours, ln units.

    A step at the full hour would be common to all operations that share a rhythm; correlation must not see it.
    """
    position = (started_us % DAY_US) / HOUR_US - 0.5
    before = np.floor(position).astype(np.int64)
    weight = position - before
    here: NDArray[np.float64] = offsets[before % 24] * (1 - weight) + offsets[(before + 1) % 24] * weight
    return here
