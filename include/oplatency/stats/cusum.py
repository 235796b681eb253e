"""Evidence that adds up over neighbouring calls: three rare calls in a row that are all slow are no accident.

Defined in docs/statistics.md, "Point anomalies", step 7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import PointSettings
from oplatency.stats.ordering import in_order
from oplatency.stats.season import MINUTE_US

GROUP_GAP_MINUTES = 15.0
"""Flagged calls at most this far apart belong to one group, minutes."""
GROUP_LOOKBACK_MINUTES = 180.0
"""Groups and evidence are followed back no further, minutes: a verdict never depends on how windows are cut."""
CUSUM_MAX_CALLS = 6
"""The evidence of at least `alert_calls` and at most this many consecutive calls adds up."""
CUSUM_SLACK = 1.5
"""Standard deviations that the z of a call has to exceed to add to the evidence."""
CUSUM_CLIP_Z = 3.0
"""One call adds no more than a z of this."""
CUSUM_LIMIT = 3.25
"""A flagged call alerts at this much evidence: the third at z = 2.6 in a row, or the sixth at 2.1."""


def accumulated(
    started_us: NDArray[np.int64], flagged: NDArray[np.bool_], z: NDArray[np.float64], *, options: PointSettings
) -> NDArray[np.float64]:
    """Return how much the newest calls up to each flagged call speak for a slow-down.

    Parameters
    ----------
    started_us : ndarray, shape (n,)
        Starts, microseconds since the Unix epoch; in any order.
    flagged : ndarray of bool, shape (n,)
        Which calls it is asked of.
    z : ndarray, shape (n,)
        As in `Scores`, of all calls; NaN stands for a call that was not judged.
    options : PointSettings
        `alert_calls`, `CUSUM_MAX_CALLS`, `CUSUM_SLACK`, `CUSUM_CLIP_Z`, `GROUP_LOOKBACK_MINUTES`.

    Returns
    -------
    ndarray, shape (n,)
        Largest sum of ``min(z, clip) - drift`` over at least `alert_calls` and at most `CUSUM_MAX_CALLS` consecutive
        calls that end in this one, all within the look-back, its end included; -inf where there are fewer, and
        where no call of that start is flagged. Nothing reaches over a call that was not judged. Calls that start
        together are all given the largest of theirs.

    References
    ----------
    Page (1954), "Continuous inspection schemes": the cumulative sum, here with a bounded memory so that a verdict
    never depends on how far back the reading began.
    """
    found = np.full(np.shape(started_us), -np.inf)
    if not flagged.any():
        return found
    starts, scores = np.asarray(started_us), np.asarray(z, dtype=np.float64)
    order = in_order(starts, scores)
    times = starts[order]
    step = np.minimum(scores[order], CUSUM_CLIP_Z) - CUSUM_SLACK
    step = np.where(np.isnan(step), -np.inf, step)
    start_no = np.cumsum(np.append(False, times[1:] > times[:-1]))
    is_asked = np.zeros(times.size, dtype=np.bool_)
    is_asked[start_no[flagged[order]]] = True
    ends = np.flatnonzero(is_asked[start_no])
    total = step[ends]
    best = total.copy() if options.alert_calls == 1 else np.full(ends.size, -np.inf)
    for back in range(1, min(CUSUM_MAX_CALLS, step.size)):
        begins = ends - back
        total += np.where(begins >= 0, step[begins], -np.inf)
        if back + 1 >= options.alert_calls:
            near = times[ends] - times[begins] <= GROUP_LOOKBACK_MINUTES * MINUTE_US
            np.maximum(best, total, out=best, where=near)
    largest = np.full(times.size, -np.inf)
    np.maximum.at(largest, start_no[ends], best)
    found[order[ends]] = largest[start_no[ends]]
    return found


def chain_lengths(started_us: NDArray[np.int64], flagged: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return which number each flagged call has in the chain of flagged calls that ends in it, 0 elsewhere."""
    lengths = np.zeros(np.shape(started_us), dtype=np.int64)
    marked = np.flatnonzero(flagged)
    if marked.size == 0:
        return lengths
    starts = np.asarray(started_us)[marked]
    order = np.argsort(starts, kind="stable")
    times = starts[order]
    new_chain = np.concatenate(([True], np.diff(times) > GROUP_GAP_MINUTES * MINUTE_US))
    chain_first = np.flatnonzero(new_chain)[np.cumsum(new_chain) - 1]
    lookback_first = np.searchsorted(times, times - round(GROUP_LOOKBACK_MINUTES * MINUTE_US), side="left")
    last = np.searchsorted(times, times, side="right") - 1
    lengths[marked[order]] = last - np.maximum(chain_first, lookback_first) + 1
    return lengths
