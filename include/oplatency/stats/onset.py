"""When a change of level began: a date with an interval, never a verdict of its own.

Defined in docs/statistics.md, "Onset".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oplatency.errors import UsageError
from oplatency.settings import PointSettings
from oplatency.stats.before_after import base_rhythm
from oplatency.stats.points import log_durations
from oplatency.stats.robust import MEDIAN_VARIANCE, grouped_quantiles, mad_scale
from oplatency.stats.season import DAY_US, HOUR_US

MIN_HOURS = 12
"""Fewer hours with calls bear no date."""

MIN_SIDE = 2
"""Hours that either side of a change holds at least."""

LIKELIHOOD_95 = 7.35
"""95 % point of the likelihood ratio of a change point: -2 ln(1 - sqrt(0.95)), Hansen (2000), table 1."""

DEFAULT_POINTS = PointSettings()


@dataclass(frozen=True)
class Onset:
    """When a change began.

    Parameters
    ----------
    at_us, low_us, high_us : int
        Start of the first changed hour, and of the earliest and latest hour that the data allow at 95 %, microseconds
        since the Unix epoch.
    n_hours : int
        Hours with calls.
    is_step : bool
        Whether a step fits the hours better than a straight line does: a drift has no single start.
    """

    at_us: int
    low_us: int
    high_us: int
    n_hours: int
    is_step: bool = True


def date_change(
    started_us: NDArray[np.int64],
    durations_us: NDArray[np.int64],
    *,
    window_end_us: int,
    lookback_days: int,
    judged_days: int,
    quantile: float = 0.5,
    points: PointSettings = DEFAULT_POINTS,
) -> Onset | None:
    """Date the change that was found in a window.

    Parameters
    ----------
    started_us, durations_us : ndarray, shape (n,)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds), in any order. Calls outside
        ``[window_end - lookback_days, window_end)`` are left out.
    window_end_us : int
        End of the newest day, microseconds since the Unix epoch; a UTC midnight.
    lookback_days, judged_days : int
        Lengths in days of the window and of its newest part; the season is learnt from the older part.
    quantile : float
        Which quantile of each hour's calls is followed: the median, or for a tail the one that moved.
    points : PointSettings
        Season rules and the scale floor.

    Returns
    -------
    Onset or None
        None below twelve hours with calls.

    Raises
    ------
    UsageError
        If `judged_days` is not within 1 and `lookback_days`, or as `log_durations`.

    References
    ----------
    Matteson & James (2014), "A nonparametric approach for multiple change point analysis", for the date; Hansen
    (2000), "Sample splitting and threshold estimation", for the interval.
    """
    if not 1 <= judged_days < lookback_days:
        raise UsageError(
            "A change is dated in a window that holds days before it.",
            where=f"judged_days={judged_days}, lookback_days={lookback_days}",
            remedy="keep judged_days below lookback_days",
        )
    logs = log_durations(started_us, durations_us)
    starts = np.asarray(started_us)
    inside = (starts >= window_end_us - lookback_days * DAY_US) & (starts < window_end_us)
    starts, y = starts[inside], logs[inside]
    y = y - base_rhythm(starts, y, starts < window_end_us - judged_days * DAY_US)
    hours, counts, (levels,) = grouped_quantiles(y, starts // HOUR_US, quantile)
    if hours.size < MIN_HOURS:
        return None
    split = MIN_SIDE + int(np.argmax(energy_of_splits(levels)[MIN_SIDE : levels.size - MIN_SIDE + 1]))
    noise = max(mad_scale(y - levels[np.searchsorted(hours, starts // HOUR_US)]), points.scale_floor)
    low, high = _allowed(levels, MEDIAN_VARIANCE * noise**2 / counts, split)
    at_us, low_us, high_us = (int(hours[number]) * HOUR_US for number in (split, low, high))
    is_step = _step_beats_line(levels, counts, split)
    return Onset(at_us=at_us, low_us=low_us, high_us=high_us, n_hours=int(hours.size), is_step=is_step)


def energy_of_splits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the E-divisive statistic of every split of a series into an older and a newer part.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In order of time.

    Returns
    -------
    ndarray, shape (n + 1,)
        At k, for the first k values against the rest: ``n m / (n + m)`` times twice the mean distance between the parts
        less the mean distance within each (exponent 1); -inf where a part holds fewer than two values.
    """
    size = values.size
    distance = np.abs(np.subtract.outer(values, values))
    found = np.full(size + 1, -np.inf)
    # corner[i, j]: sum of distances among the first i rows and the first j columns
    corner = np.zeros((size + 1, size + 1))
    corner[1:, 1:] = distance.cumsum(axis=0).cumsum(axis=1)
    for older in range(2, size - 1):
        newer = size - older
        across = corner[older, size] - corner[older, older]
        within_older = corner[older, older]
        within_newer = corner[size, size] - 2 * corner[older, size] + corner[older, older]
        energy = (
            2 * across / (older * newer) - within_older / (older * (older - 1)) - within_newer / (newer * (newer - 1))
        )
        found[older] = older * newer / size * energy
    return found


def _step_beats_line(levels: NDArray[np.float64], counts: NDArray[np.int64], split: int) -> bool:
    """Compare the squared misfits of a step and of a straight line, each hour weighted by its calls."""
    weights = counts.astype(np.float64)
    place = np.arange(levels.size) - np.average(np.arange(levels.size), weights=weights)
    centred = levels - np.average(levels, weights=weights)
    slope = float((weights * place * centred).sum() / (weights * place**2).sum())
    line = float((weights * (centred - slope * place) ** 2).sum())
    step = sum(
        float((w * (part - np.average(part, weights=w)) ** 2).sum())
        for part, w in ((levels[:split], weights[:split]), (levels[split:], weights[split:]))
    )
    return step <= line


def _allowed(levels: NDArray[np.float64], sampling: NDArray[np.float64], split: int) -> tuple[int, int]:
    """Return the first and the last split that a likelihood ratio test at 95 % does not refuse, `split` among them."""
    spread = max(mad_scale(levels[:split]), mad_scale(levels[split:]))
    between = max(spread**2 - float(np.median(sampling)), 0.0)
    weights = 1 / (sampling + between)
    # far-off hours weigh no more than three standard deviations allow
    middle = np.where(np.arange(levels.size) < split, np.median(levels[:split]), np.median(levels[split:]))
    reach = 3 / np.sqrt(weights)
    calm = middle + np.clip(levels - middle, -reach, reach)
    misfit = np.full(levels.size, np.inf)
    for at in range(MIN_SIDE, levels.size - MIN_SIDE + 1):
        misfit[at] = sum(
            float((w * (part - (w * part).sum() / w.sum()) ** 2).sum())
            for part, w in ((calm[:at], weights[:at]), (calm[at:], weights[at:]))
        )
    kept = np.flatnonzero(misfit <= misfit.min() + LIKELIHOOD_95)
    return min(int(kept[0]), split), max(int(kept[-1]), split)
