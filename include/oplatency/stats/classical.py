"""The textbook rule for a change of level, stored beside the robust one for whoever asks.

Defined in docs/statistics.md, "Shifts".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from oplatency.stats.points import SD_FLOOR_FRACTION, SD_FLOOR_US


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
