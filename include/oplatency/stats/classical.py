"""The textbook rules for a call and for a change of level, stored beside the robust ones for whoever asks.

Defined in docs/statistics.md, "Point anomalies" and "Shifts".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

SD_FLOOR_US = 1.0
"""Resolution of the clock: a smaller standard deviation is rounding."""

SD_FLOOR_FRACTION = 0.01
"""A classical standard deviation below 1 % of the mean is raised to it."""


def classical_z(durations_us: ArrayLike, *, mean_us: float, sd_us: float) -> NDArray[np.float64]:
    """Return the textbook z of raw durations, for whoever asks.

    Parameters
    ----------
    durations_us : array_like, shape (n,)
        Microseconds; NaN stays NaN and is never an anomaly.
    mean_us, sd_us : float
        Mean and sample standard deviation (``ddof=1``) of the baseline, microseconds.

    Returns
    -------
    ndarray, shape (n,)
        ``(duration - mean) / sd``. A deviation below one microsecond or 1 % of the mean is raised to the larger of
        the two: computed deviations of constant series are rounding errors.

    References
    ----------
    Shiffler (1988), "Maximum z scores and outliers", on why a z inside its own window cannot exceed
    ``(n - 1) / sqrt(n)``.
    """
    sd = max(sd_us, SD_FLOOR_US, SD_FLOOR_FRACTION * abs(mean_us)) if not np.isnan(sd_us) else sd_us
    return (np.asarray(durations_us, dtype=np.float64) - mean_us) / sd


def classical_shift_z(new_us: NDArray[np.int64], base_us: NDArray[np.int64]) -> float | None:
    """Return the difference of two means of raw durations in standard errors.

    Parameters
    ----------
    new_us, base_us : ndarray, shapes (n,) and (m,)
        Durations in microseconds, in any order.

    Returns
    -------
    float or None
        ``(mean_new - mean_base) / (sd sqrt(1/n + 1/m))``, sd the sample deviation (``ddof=1``) of the base, at least
        one microsecond and 1 % of its mean; positive is slower. None where `new_us` is empty or `base_us` holds
        fewer than two.
    """
    if new_us.size < 1 or base_us.size < 2:
        return None
    # sorted, so that the order of arrival cannot change a digit
    base, new = np.sort(base_us).astype(np.float64), np.sort(new_us).astype(np.float64)
    mean = float(base.mean())
    sd = max(float(base.std(ddof=1)), SD_FLOOR_US, SD_FLOOR_FRACTION * mean)
    return (float(new.mean()) - mean) / (sd * math.sqrt(1 / new.size + 1 / base.size))
