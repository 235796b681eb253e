"""The newest days of an operation beside the days before them: what comparisons of levels and of tails start from.

Logarithms of durations throughout; the daily rhythm is that of the older days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oplatency.errors import UsageError
from oplatency.settings import PointSettings
from oplatency.stats.points import MIN_CALLS, SEASON_MIN_CALLS, log_durations
from oplatency.stats.robust import Groups, in_groups
from oplatency.stats.season import DAY_US, SEASON_SHRINKAGE_CALLS, hour_offsets, offset_at, utc_hour

JUDGED_DAYS = (1, 3)
"""Lengths of the newest part that levels and tails compare with the rest, days."""

DEFAULT_POINTS = PointSettings()


@dataclass(frozen=True)
class BeforeAfter:
    """The calls of the newest days and of those before them.

    Attributes
    ----------
    judged_days : int
        Length of the newest part in days.
    n_new_days : int
        Days of it that hold a call.
    new_logs, base_logs : ndarray, shape (n,) and (m,)
        ln(duration in microseconds), newest and older calls.
    new_starts_us : ndarray of int64, shape (n,)
        Starts of the newest calls.
    new_residuals : ndarray, shape (n,)
        What is left of each of these calls after the rhythm is taken off, ln units.
    new, base : ndarray, shape (n,) and (m,)
        The same of newest and older calls, ascending.
    base_by_day : Groups
        The same of the older calls by day, the newest day first.
    """

    judged_days: int
    n_new_days: int
    new_logs: NDArray[np.float64]
    base_logs: NDArray[np.float64]
    new_starts_us: NDArray[np.int64]
    new_residuals: NDArray[np.float64]
    new: NDArray[np.float64]
    base: NDArray[np.float64]
    base_by_day: Groups


def split_before_after(
    started_us: NDArray[np.int64],
    durations_us: NDArray[np.int64],
    *,
    window_end_us: int,
    lookback_days: int,
    judged_days: int,
) -> BeforeAfter | None:
    """Part the newest days from the rest of the window.

    Parameters
    ----------
    started_us, durations_us : ndarray, shape (n,)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds), in any order. Calls outside
        ``[window_end - lookback_days, window_end)`` are left out.
    window_end_us : int
        End of the newest day, microseconds since the Unix epoch; a UTC midnight.
    lookback_days : int
        Length of the window in days.
    judged_days : int
        Length of its newest part in days, at least 1 and less than `lookback_days`.

    Returns
    -------
    BeforeAfter or None
        None where either side holds fewer than six calls.

    Raises
    ------
    UsageError
        If the window is not made of whole UTC days, or as `log_durations`.
    """
    if window_end_us % DAY_US or not 1 <= judged_days < lookback_days:
        raise UsageError(
            "The newest days are compared on whole UTC days, some of them older than the judged ones.",
            where=f"window_end_us={window_end_us}, judged_days={judged_days}, lookback_days={lookback_days}",
            remedy="end the window at a UTC midnight and keep judged_days below lookback_days",
        )
    all_logs = log_durations(started_us, durations_us)
    all_age = (window_end_us - 1 - np.asarray(started_us)) // DAY_US
    inside = (all_age >= 0) & (all_age < lookback_days)
    starts, logs, age = np.asarray(started_us)[inside], all_logs[inside], all_age[inside]
    new = age < judged_days
    if min(int(new.sum()), int((~new).sum())) < MIN_CALLS:
        return None
    residual = logs - base_rhythm(starts, logs, ~new)
    by_day = in_groups(residual[~new], age[~new])
    return BeforeAfter(
        judged_days=judged_days,
        n_new_days=int(np.count_nonzero(np.bincount(age[new]))),
        new_logs=logs[new],
        base_logs=logs[~new],
        new_starts_us=starts[new],
        new_residuals=residual[new],
        new=np.sort(residual[new]),
        base=np.sort(by_day.values, kind="stable"),  # merges the days, which are in order
        base_by_day=by_day,
    )


def base_rhythm(starts: NDArray[np.int64], y: NDArray[np.float64], base: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the daily rhythm of the calls in `base` at every call, ln units; zeros where those are too few."""
    if int(base.sum()) < SEASON_MIN_CALLS:
        return np.zeros(y.size)
    hours = utc_hour(starts[base])
    return offset_at(starts, hour_offsets(hours, y[base], shrinkage_calls=SEASON_SHRINKAGE_CALLS))
