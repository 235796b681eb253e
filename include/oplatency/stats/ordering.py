"""Positions of calls in order of their start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def in_order(started_us: NDArray[np.int64], *ties: NDArray[Any]) -> NDArray[np.int64]:
    """Return the positions of calls by start; those that start together by what else is given, the first key foremost.

    As ``numpy.lexsort``, and several times as fast where calls lie mostly in order and few start together.

    Parameters
    ----------
    started_us : ndarray, shape (n,)
        Starts, microseconds since the Unix epoch.
    *ties : ndarray, shape (n,)
        Further keys.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    order = np.argsort(started_us, kind="stable")
    times = started_us[order]
    same = times[1:] == times[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    among = order[tied]
    order[tied] = among[np.lexsort([*(keys[among] for keys in reversed(ties)), started_us[among]])]
    return order
