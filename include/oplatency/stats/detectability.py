"""What each rule could see, and whether it can fire at all, before anything happens.

Defined in docs/statistics.md, "Can it fire?".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from oplatency.settings import CorrelationSettings, PointSettings, ShiftSettings, TailSettings, TrendSettings
from oplatency.stats.before_after import JUDGED_DAYS
from oplatency.stats.binning import CLIP_Z, MIN_COMMON_BINS, SLOW_BIN_Z
from oplatency.stats.points import LARGEST_LOG, MIN_CALLS, Profile, detectable_slowdown
from oplatency.stats.robust import SHIFT_VARIANCE, estimable
from oplatency.stats.shifts import DAY_PRIOR_SD
from oplatency.stats.tails import MIN_CALLS_ABOVE, Q95_RATIO, Q99_RATIO, share_z
from oplatency.stats.trends import MIN_DAYS


@dataclass(frozen=True)
class Detectable:
    """The smallest slow-down that a rule finds in half of all cases.

    Parameters
    ----------
    rule : str
        ``point``, ``shift_1``, ``shift_3`` and so on by judged days, ``tail``, ``trend`` or ``correlation``.
    slowdown : float or None
        0.3 means from 30 % slower on; None where the rule cannot fire.
    reason : str
        Why it cannot fire; empty where it can.
    """

    rule: str
    slowdown: float | None
    reason: str = ""

    @property
    def can_fire(self) -> bool:
        """Whether any slow-down at all would be found."""
        return self.slowdown is not None


def detectable_shift(profile: Profile, *, judged_days: int, options: ShiftSettings) -> Detectable:
    """Say which level shift over the newest days shows, if they are as busy as the baseline.

    The profile's scale stands in for the MAD scale of the residuals and the prior for the day-to-day deviation, so the
    answer is an estimate; where tails are heavy it is on the safe side.
    """
    rule = f"shift_{judged_days}"
    per_day = profile.n_calls / max(profile.n_days, 1)
    n_new, base_days = per_day * judged_days, max(profile.n_days - judged_days, 0)
    n_base = per_day * base_days
    if min(n_new, n_base) < MIN_CALLS:
        return Detectable(rule, None, f"fewer than {MIN_CALLS} calls on one side")
    error = SHIFT_VARIANCE * profile.scale_up**2 * (1 / n_new + 1 / n_base)
    error += DAY_PRIOR_SD**2 * (1 / judged_days + 1 / base_days)
    return Detectable(rule, max(options.min_effect, math.expm1(min(options.min_z * math.sqrt(error), LARGEST_LOG))))


def detectable_trend(profile: Profile, *, trend: TrendSettings) -> Detectable:
    """Say which change over the window shows as a trend, by the weighted line over equally busy days."""
    if profile.n_days < MIN_DAYS:
        return Detectable("trend", None, f"fewer than {MIN_DAYS} days with calls")
    days = profile.n_days
    per_day = profile.n_calls / days
    daily = SHIFT_VARIANCE * profile.scale_up**2 / per_day + DAY_PRIOR_SD**2
    slope_error = math.sqrt(12 * daily / (days * (days**2 - 1)))
    return Detectable("trend", max(trend.min_effect, math.expm1(min(days * trend.min_z * slope_error, LARGEST_LOG))))


def detectable_tail(profile: Profile, *, judged_days: int, options: TailSettings) -> Detectable:
    """Say how far calls beyond the usual q95 or q99 have to grow together until their share shows.

    The slow-down of the whole upper half of an operation with this profile's scale that brings enough of its calls
    above the quantile: the same slow-down of fewer calls shows later.
    """
    per_day = profile.n_calls / max(profile.n_days, 1)
    n_new = round(per_day * judged_days)
    n_base = round(per_day * max(profile.n_days - judged_days, 0))
    best: float | None = None
    for quantile, ratio in ((0.95, Q95_RATIO), (0.99, Q99_RATIO)):
        if not estimable(n_base, quantile) or n_new < MIN_CALLS:
            continue
        share = 1 - quantile
        least = max(MIN_CALLS_ABOVE, math.ceil(ratio * share * n_new - 1e-9))
        fitting = (
            count
            for count in range(least, n_new + 1)
            if share_z(count, n_new, share, n_base=n_base, dispersion=1.0) >= options.min_z
        )
        needed = next(fitting, None)
        if needed is None:
            continue
        wanted = min(needed / n_new, 1 - 1e-9)
        moved = profile.scale_up * float(special.ndtri(quantile) - special.ndtri(1 - wanted))
        best = math.expm1(moved) if best is None else min(best, math.expm1(moved))
    if best is None:
        return Detectable("tail", None, "too few calls to know q95")
    return Detectable("tail", best)


def detectable_correlation(profile: Profile, *, options: CorrelationSettings) -> Detectable:
    """Say from which slow-down on a bin counts as slow, and whether the operation fills enough bins to be paired."""
    bins = options.window_hours * 60 // options.bin_minutes
    calls = profile.n_calls / max(profile.n_days, 1) * options.window_hours / 24
    filled = bins * -math.expm1(-calls / bins)
    if filled < MIN_COMMON_BINS:
        return Detectable("correlation", None, f"calls in about {filled:.0f} of {MIN_COMMON_BINS} bins")
    per_bin = calls / filled
    needed = SLOW_BIN_Z / math.sqrt(per_bin)
    if needed > CLIP_Z:
        return Detectable("correlation", None, "one clipped call cannot make a bin slow")
    return Detectable("correlation", math.expm1(needed * profile.scale_up))


def detectable_rules(
    profile: Profile,
    *,
    points: PointSettings,
    shifts: ShiftSettings,
    tails: TailSettings,
    trends: TrendSettings,
    correlation: CorrelationSettings,
) -> list[Detectable]:
    """Return one answer per rule, for an operation that is tomorrow as busy as in its baseline."""
    longest = max(JUDGED_DAYS)
    return [
        Detectable("point", detectable_slowdown(profile, options=points)),
        *(detectable_shift(profile, judged_days=days, options=shifts) for days in JUDGED_DAYS),
        detectable_tail(profile, judged_days=longest, options=tails),
        detectable_trend(profile, trend=trends),
        detectable_correlation(profile, options=correlation),
    ]
