"""How likely the alert rule of points alerts for a slow-down that lasts a while.

Defined in docs/statistics.md, "Can it fire?".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from oplatency.settings import PointSettings
from oplatency.stats.cusum import GROUP_LOOKBACK_MINUTES
from oplatency.stats.points import Profile, alerting_calls
from oplatency.stats.recurring import QUARTER_US, QUARTERS, recurring_limits
from oplatency.stats.robust import MEDIAN_VARIANCE
from oplatency.stats.season import HOUR_US, MINUTE_US

MAX_SLOWDOWN = 1000.0
"""What shows only beyond a thousand times as long does not show."""

_INCIDENTS = 64
_MAX_CALLS = 300
"""More calls in one slow-down than this change nothing that can be seen."""


def alert_share(profile: Profile, slowdown: float, *, hours: float, options: PointSettings) -> float:
    """Return which share of slow-downs of one size and length alerts.

    Parameters
    ----------
    profile : Profile
        What is normal, and how busy the operation is.
    slowdown : float
        1.0 means that every call takes twice as long as usual.
    hours : float
        How long it lasts.
    options : PointSettings
        The rules of points and of their alerts.

    Returns
    -------
    float
        0 to 1, over `_INCIDENTS` synthetic slow-downs: calls at random times at the operation's mean rate, log-normal
        with the profile's scale, judged by the rule itself at a usual time of the day. The draws are fixed, so the
        answer is.
    """
    scale, recurring_z = _scale(profile, options), _recurring_z(profile, options)
    return _share(*_incidents(profile, hours), scale, math.log1p(slowdown), recurring_z, options)


def smallest_alerting(profile: Profile, *, hours: float, share: float, options: PointSettings) -> float | None:
    """Return the smallest slow-down of which a share alerts, to 1 %; None where none up to `MAX_SLOWDOWN` does.

    Parameters
    ----------
    profile, hours, options
        As for `alert_share`.
    share : float
        0.5 asks for what alerts in half of all cases.
    """
    starts_us, incident, noise = _incidents(profile, hours)
    scale, recurring_z = _scale(profile, options), _recurring_z(profile, options)
    low, high = 0.0, math.log1p(MAX_SLOWDOWN)
    if _share(starts_us, incident, noise, scale, high, recurring_z, options) < share:
        return None
    # more of the same slow-down never alerts less: the draws are the same
    while high - low > 0.01:
        middle = (low + high) / 2
        if _share(starts_us, incident, noise, scale, middle, recurring_z, options) >= share:
            high = middle
        else:
            low = middle
    return math.expm1(high)


def _scale(profile: Profile, options: PointSettings) -> float:
    return max(profile.scale_up, options.scale_floor) * math.sqrt(1 + MEDIAN_VARIANCE / profile.n_calls)


def _recurring_z(profile: Profile, options: PointSettings) -> float:
    """Return the score above which a slow call is not recurring at half of all times of the day."""
    quarters = np.arange(QUARTERS, dtype=np.int64) * QUARTER_US
    return float(np.median(recurring_limits(profile, quarters, options=options)))


def _incidents(profile: Profile, hours: float) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return start, number of its slow-down, and z without any slow-down of each synthetic call."""
    random = np.random.default_rng(0)
    mean = profile.n_calls / max(profile.n_days, 1) / 24 * hours
    counts = random.poisson(min(mean, _MAX_CALLS), _INCIDENTS)
    incident = np.repeat(np.arange(_INCIDENTS), counts)
    apart_us = round(hours * HOUR_US + 2 * GROUP_LOOKBACK_MINUTES * MINUTE_US)
    starts_us = incident * apart_us + (random.random(incident.size) * hours * HOUR_US).astype(np.int64)
    order = np.argsort(starts_us, kind="stable")
    return starts_us[order], incident, random.standard_normal(incident.size)


def _share(
    starts_us: NDArray[np.int64],
    incident: NDArray[np.int64],
    noise: NDArray[np.float64],
    scale: float,
    moved: float,
    recurring_z: float,
    options: PointSettings,
) -> float:
    z = noise + moved / scale
    flagged = (z >= recurring_z) & (z * scale >= math.log1p(options.min_effect))
    alerting = alerting_calls(starts_us, flagged, z * (options.warning_z / recurring_z), options=options)
    return float(np.unique(incident[alerting]).size) / _INCIDENTS
