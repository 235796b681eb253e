"""Single calls that took abnormally long: a 3-sigma rule that holds on skewed, seasonal, polluted data.

Defined in docs/statistics.md, "Point anomalies". Everything is computed on ``y = ln(duration)``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oplatency.errors import UsageError
from oplatency.settings import PointSettings
from oplatency.stats.cusum import CUSUM_LIMIT, accumulated, chain_lengths
from oplatency.stats.robust import MEDIAN_VARIANCE, grouped_quantiles, mad_scale, median, quantiles
from oplatency.stats.season import DAY_MIN_CALLS, SEASON_SHRINKAGE_CALLS, hour_offsets, offset_at, utc_day, utc_hour

SPEEDUP_EFFECT = 0.20
"""A speed-up of at least 20 % is an INFO finding."""
SEASON_MIN_CALLS = 48
"""With fewer calls than this the hours of the day are not distinguished."""
PRIOR_WEIGHT_CALLS = 20.0
"""Weight, in calls, of the median scale of like operations."""
MIN_THICK_DAYS = 3
"""Fewest days with enough calls to take medians over days; else calls are pooled."""

MIN_CALLS = 6
"""Below six calls there is no verdict: "more than five samples"."""

SCALE_QUANTILES = ((0.975, 1.959963984540054), (0.99, 2.3263478740408408))
"""Where the distance from the location is read, and how many standard deviations that is for normal data."""

MIN_GROUP_PROFILES = 3
"""A category with fewer profiles borrows from all operations instead."""

LARGEST_LOG = 700.0
"""Beyond it exp leaves the range of a double."""


class Severity(IntEnum):
    """How much a finding matters; the numbers order it."""

    NONE = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3


SEVERITIES = tuple(severity.name for severity in Severity)
"""Names by their number, for tables."""


@dataclass(frozen=True)
class Profile:
    """What is normal for one operation, from the calls before the judged window.

    Parameters
    ----------
    n_calls, n_days : int
        Calls it was made from, and UTC days that hold one.
    seasonal : bool
        Whether there were enough calls to distinguish the hours of the day.
    hour_offsets : ndarray, shape (24,)
        How far each UTC hour lies above the whole, ln units; zeros without season.
    location : float
        Typical ln(duration in microseconds) after the season is taken off.
    scale_up, scale_down : float
        One standard deviation towards slow and towards fast, ln units.
    recurring_z : ndarray, shape (96,), optional
        Score above which a slow call is not recurring, for each quarter of an hour of the UTC day
        (`with_recurring`); None where that was not learnt: `warning_z`.
    """

    n_calls: int
    n_days: int
    seasonal: bool
    hour_offsets: NDArray[np.float64]
    location: float
    scale_up: float
    scale_down: float
    recurring_z: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Scores:
    """How far each call lies from its expected duration.

    Parameters
    ----------
    z : ndarray, shape (n,)
        Standard deviations above (positive) or below the expected value, uncapped.
    expected_us : ndarray, shape (n,)
        Expected duration in microseconds.
    effect : ndarray, shape (n,)
        Duration over expected duration, less 1: 0.25 is 25 % slower.
    """

    z: NDArray[np.float64]
    expected_us: NDArray[np.float64]
    effect: NDArray[np.float64]


def log_durations(started_us: NDArray[np.int64], durations_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return ln(duration in microseconds), shape (n,).

    Raises
    ------
    UsageError
        If the arrays differ in length, or a duration is not a positive finite number.
    """
    durations = np.asarray(durations_us, dtype=np.float64)
    if durations.shape != np.shape(started_us) or durations.ndim != 1:
        raise UsageError(
            f"Starts {np.shape(started_us)} and durations {durations.shape} are not two flat arrays of one length.",
            where="started_us, durations_us",
            remedy="pass one start and one duration per call",
        )
    bad = ~(np.isfinite(durations) & (durations > 0))
    if bad.any():
        raise UsageError(
            "A duration is not a positive finite number of microseconds.",
            where=f"call {int(np.flatnonzero(bad)[0])}: {durations[bad][0]}",
            remedy="quarantine such rows before they are analysed",
        )
    logs: NDArray[np.float64] = np.log(durations)
    return logs


def fit_profile(
    started_us: NDArray[np.int64], durations_us: NDArray[np.int64], *, options: PointSettings
) -> Profile | None:
    """Learn what is normal from the calls of the baseline window.

    Parameters
    ----------
    started_us : ndarray, shape (n,)
        Starts in microseconds since the Unix epoch, UTC; in any order.
    durations_us : ndarray, shape (n,)
        Durations in microseconds, positive.
    options : PointSettings
        Season, day and floor rules.

    Returns
    -------
    Profile or None
        None below six calls: too few for any verdict. A constant series gets the scale floor.

    Raises
    ------
    UsageError
        As `log_durations`.

    References
    ----------
    Iglewicz & Hoaglin (1993), "How to detect and handle outliers", for the robust z this one departs from.
    """
    y = log_durations(started_us, durations_us)
    if y.size < MIN_CALLS:
        return None
    days = utc_day(started_us)
    seasonal = y.size >= SEASON_MIN_CALLS
    offsets = np.zeros(24)
    if seasonal:
        offsets = hour_offsets(utc_hour(started_us), y, shrinkage_calls=SEASON_SHRINKAGE_CALLS)
        y = y - offset_at(started_us, offsets)
    location, scale_down, scale_up = _location_and_scales(y, days, options)
    return Profile(
        n_calls=y.size,
        n_days=int(np.unique(days).size),
        seasonal=seasonal,
        hour_offsets=offsets,
        location=location,
        scale_up=scale_up,
        scale_down=scale_down,
    )


def shrink_scales(profiles: Mapping[int, Profile], groups: Mapping[int, str]) -> dict[int, Profile]:
    """Let operations with few calls borrow their scales from operations of their kind.

    Parameters
    ----------
    profiles : mapping of operation id to Profile
        As `fit_profile` returned them.
    groups : mapping of operation id to str
        Category of each operation; one that is missing borrows from all.

    Returns
    -------
    dict of operation id to Profile
        The same profiles with ``ln s = (n ln s + w ln s_group) / (n + w)`` on each side; s_group is the median scale
        of the category, or of all operations where the category has fewer than three. Operations with fewer calls
        than w lend nothing unless nobody has more.
    """
    weight = PRIOR_WEIGHT_CALLS
    lenders = [key for key, profile in profiles.items() if profile.n_calls >= weight] or list(profiles)
    by_group: dict[str, list[int]] = {}
    for key in lenders:
        if key in groups:
            by_group.setdefault(groups[key], []).append(key)
    everyone = _median_scales([profiles[key] for key in lenders])
    prior = {
        group: _median_scales([profiles[key] for key in members])
        for group, members in by_group.items()
        if len(members) >= MIN_GROUP_PROFILES
    }
    shrunk = {}
    for key, profile in profiles.items():
        up, down = prior.get(groups[key], everyone) if key in groups else everyone
        n = profile.n_calls
        shrunk[key] = replace(
            profile,
            scale_up=math.exp((n * math.log(profile.scale_up) + weight * up) / (n + weight)),
            scale_down=math.exp((n * math.log(profile.scale_down) + weight * down) / (n + weight)),
        )
    return shrunk


def score_calls(
    profile: Profile, started_us: NDArray[np.int64], durations_us: NDArray[np.int64], *, options: PointSettings
) -> Scores:
    """Judge calls against a profile that was made before them.

    Parameters
    ----------
    profile : Profile
        What is normal.
    started_us, durations_us : ndarray, shape (n,)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds).
    options : PointSettings
        The scale floor; a profile that was made with a lower one is judged by this one.

    Returns
    -------
    Scores
        z is divided by ``sqrt(1 + 1.57 / n)``, n the profile's calls, because the location is itself an estimate.

    Raises
    ------
    UsageError
        As `log_durations`.
    """
    y = log_durations(started_us, durations_us)
    expected = offset_at(np.asarray(started_us), profile.hour_offsets) + profile.location
    distance = y - expected
    scale = np.maximum(np.where(distance >= 0, profile.scale_up, profile.scale_down), options.scale_floor)
    widened = scale * np.sqrt(1 + MEDIAN_VARIANCE / profile.n_calls)
    return Scores(z=distance / widened, expected_us=np.exp(expected), effect=np.expm1(distance))


def detectable_slowdown(profile: Profile, *, options: PointSettings) -> float:
    """Return the smallest slow-down of a single call that can be a finding: 0.8 means from +80 % on."""
    widened = max(profile.scale_up, options.scale_floor) * math.sqrt(1 + MEDIAN_VARIANCE / profile.n_calls)
    return max(options.min_effect, math.expm1(min(options.warning_z * widened, LARGEST_LOG)))


def severities(z: ArrayLike, effect: ArrayLike, *, options: PointSettings) -> NDArray[np.int8]:
    """Grade calls: slow ones from WARNING on, fast ones as INFO.

    Parameters
    ----------
    z, effect : array_like, shape (n,)
        As in `Scores`. NaN is never a finding.
    options : PointSettings
        Limits of z and of the effect.

    Returns
    -------
    ndarray of int8, shape (n,)
        Values of `Severity`.
    """
    score, change = np.asarray(z, dtype=np.float64), np.asarray(effect, dtype=np.float64)
    found = np.full(score.shape, Severity.NONE, dtype=np.int8)
    slow = (score >= options.warning_z) & (change >= options.min_effect)
    found[slow] = Severity.WARNING
    found[slow & (score >= options.critical_z)] = Severity.CRITICAL
    found[(score <= -options.warning_z) & (change <= -SPEEDUP_EFFECT)] = Severity.INFO
    return found


def alerting_calls(
    started_us: NDArray[np.int64],
    flagged: NDArray[np.bool_],
    z: NDArray[np.float64],
    *,
    options: PointSettings,
    unprecedented: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Say which flagged calls are worth a message: lone ones are recorded only.

    A call alerts by what happened up to it, never by what follows: hour by hour, a day at once or in any order, the
    answer is the same, provided that the `GROUP_LOOKBACK_MINUTES` before a window are passed in too.

    Parameters
    ----------
    started_us : ndarray, shape (n,)
        Starts, microseconds since the Unix epoch; in any order.
    flagged : ndarray of bool, shape (n,)
        Which calls are slow findings.
    z : ndarray, shape (n,)
        As in `Scores`, of all calls and not of the flagged ones alone.
    options : PointSettings
        `alert_z`, `alert_calls`, `GROUP_GAP_MINUTES`, `GROUP_LOOKBACK_MINUTES`, and the `evidence_` limits.
    unprecedented : ndarray of bool, shape (n,), optional
        Which calls took longer than every call of their baseline; all by default.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where a flagged call has ``z >= alert_z`` and is unprecedented, or is at least number `alert_calls` of a
        chain of flagged calls that ends in it, counted within the look-back, ends included; calls that start together
        count together; or the evidence `accumulated` up to it reaches `CUSUM_LIMIT`, for slow operations.
    """
    flags, score = np.asarray(flagged, dtype=np.bool_), np.asarray(z)
    alone = (score >= options.alert_z) & (True if unprecedented is None else unprecedented)
    enough = (chain_lengths(started_us, flags) >= options.alert_calls) | alone
    alerting: NDArray[np.bool_] = flags & (
        enough | (accumulated(started_us, flags, score, options=options) >= CUSUM_LIMIT)
    )
    return alerting


def _median_scales(profiles: list[Profile]) -> tuple[float, float]:
    """Return the medians of ln(scale), towards slow and towards fast; zeros for an empty list."""
    if not profiles:
        return 0.0, 0.0
    return (
        float(np.median([math.log(profile.scale_up) for profile in profiles])),
        float(np.median([math.log(profile.scale_down) for profile in profiles])),
    )


def _location_and_scales(
    y: NDArray[np.float64], days: NDArray[np.int64], options: PointSettings
) -> tuple[float, float, float]:
    """Return location, scale towards fast and scale towards slow; the tails decide what three deviations are.

    A quantile is the median of daily quantiles, so that bad days cannot move it; where too few days are thick enough,
    the median over three intervals of days; and failing that pooled, but only the nearer of the two.
    """
    upper = [q for q, _ in SCALE_QUANTILES]
    wanted = [0.5, *(1 - q for q in upper), *upper]
    _, day_counts, daily = grouped_quantiles(y, days, wanted)
    span = int(days.max() - days.min()) + 1
    _, third_counts, by_third = grouped_quantiles(y, (days - days.min()) * 3 // span, wanted)
    pooled = quantiles(y, wanted)

    thick = day_counts >= DAY_MIN_CALLS
    location = median(daily[0, thick]) if int(thick.sum()) >= MIN_THICK_DAYS else float(pooled[0])
    sides = []
    for sign, end in ((-1, 1), (1, 1 + len(upper))):
        scales = []
        for number, (q, sigmas) in enumerate(SCALE_QUANTILES):
            row = end + number
            thick = day_counts >= 2 / (1 - q)
            if int(thick.sum()) >= MIN_THICK_DAYS:
                value = float(np.median(daily[row, thick]))
            elif third_counts.size == 3 and int(third_counts.min()) >= 2 / (1 - q):
                value = float(np.median(by_third[row]))
            elif number == 0:
                value = float(pooled[row])
            else:
                continue
            scales.append(max(options.scale_floor, sign * (value - location) / sigmas))
        # Halfway between the two where the farther one is wider: a slow path of 3 % of the calls is seen by q99 alone.
        sides.append(math.sqrt(scales[0] * max(scales)))
    thick = day_counts >= DAY_MIN_CALLS
    if int(thick.sum()) >= MIN_THICK_DAYS:
        # A new day's level differs as the old ones did, beyond what the sampling of their medians explains.
        between = mad_scale(daily[0, thick], center=location) ** 2
        per_day = float(np.median(day_counts[thick]))
        sides = [math.sqrt(scale**2 + max(0.0, between - MEDIAN_VARIANCE * scale**2 / per_day)) for scale in sides]
    return location, sides[0], sides[1]
