"""Limits and constants that other tests would let slip: each number has a source of its own above it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from oplatency.settings import CorrelationSettings, DegradationSettings, PointSettings, ShiftSettings
from oplatency.stats import cusum, pair_search, recurring, shifts, tails, trends
from oplatency.stats.before_after import split_before_after
from oplatency.stats.cusum import accumulated
from oplatency.stats.exclusions import alerting_intervals, days_covered
from oplatency.stats.pair_search import find_pairs
from oplatency.stats.points import fit_profile
from oplatency.stats.robust import mad_scale
from oplatency.stats.season import DAY_US, HOUR_US, MINUTE_US
from oplatency.stats.shifts import level_shift
from oplatency.stats.trends import creep_shift

MONDAY = 20_514 * DAY_US


def test_autocorrelated_rows_have_fewer_degrees_of_freedom() -> None:
    # Dawdy & Matalas (1964): n' = n (1 - a b) / (1 + a b), a and b the lag-1 autocorrelations; Student's t with n' - 2.
    rng = np.random.default_rng(4)
    shared = np.zeros(200)
    for step in range(1, 200):
        shared[step] = 0.6 * shared[step - 1] + rng.normal()
    rows = np.vstack([shared + 0.8 * rng.normal(size=200) for _ in range(2)])
    (found,) = find_pairs(rows, rows, CorrelationSettings()).pairs
    a, b = pair_search._autocorrelation(rows)
    assert min(a, b) > 0.25
    assert a == pytest.approx(np.corrcoef(rows[0, 1:], rows[0, :-1])[0, 1], abs=0.02)
    effective = 200 * (1 - a * b) / (1 + a * b)
    assert found.effective_n == pytest.approx(effective)
    r = np.corrcoef(rows)[0, 1]
    t = r * math.sqrt((effective - 2) / (1 - r * r))
    assert found.p == pytest.approx(stats.t.sf(t, effective - 2), rel=1e-6, abs=0)


@pytest.mark.parametrize("min_effect", [0.15, 0.5])
def test_a_fall_passes_from_the_mirror_image_of_the_limit_on(min_effect: float) -> None:
    # The same distance in logarithms: -ln(1 + e), which is 1 / (1 + e) - 1 as an effect.
    mirrored = math.expm1(-math.log1p(min_effect))
    assert trends._passes(-2.7, mirrored - 1e-12, 2.7, min_effect)
    assert not trends._passes(-2.7, mirrored + 1e-9, 2.7, min_effect)
    assert not trends._passes(-2.7 + 1e-9, mirrored - 1e-12, 2.7, min_effect)
    assert trends._passes(2.7, min_effect, 2.7, min_effect)
    assert not trends._passes(2.7, min_effect - 1e-9, 2.7, min_effect)
    assert not trends._passes(2.7 - 1e-9, min_effect, 2.7, min_effect)


def test_the_weighted_line_is_the_one_of_polyfit_with_the_variance_shrunk_by_k_minus_two_degrees() -> None:
    when = np.array([0, 1, 2, 3, 5, 6])
    y = np.array([1.0, 1.3, 0.9, 1.8, 1.7, 2.4])
    errors = np.array([0.05, 0.1, 0.05, 0.2, 0.1, 0.05])
    # docs/statistics.md, "Trends": v = (4 x 0.04^2 + sum of squares beyond the sampling errors) / (4 + k - 2)
    between = 0.04**2
    for _ in range(2):
        weights = 1 / np.sqrt(errors**2 + between)
        (slope, level), covariance = np.polyfit(when, y, 1, w=weights, cov="unscaled")
        excess = ((y - level - slope * when) ** 2 - errors**2).sum()
        assert excess > 0
        between = (4 * 0.04**2 + excess) / (4 + 6 - 2)
    z, found = trends._weighted_line(when, y, errors)
    assert found == pytest.approx(slope)
    assert z == pytest.approx(slope / math.sqrt(covariance[0, 0]))


@pytest.mark.parametrize(
    ("offset_us", "is_inside"),
    [(0, False), (-1, True), (-3 * DAY_US, True), (-3 * DAY_US - 1, False)],
    ids=["end", "before the end", "start", "before the start"],
)
def test_the_newest_days_of_a_creep_are_half_open(offset_us: int, is_inside: bool) -> None:
    rng = np.random.default_rng(2)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 300))
    older = fit_profile(started, np.rint(8000 * np.exp(rng.normal(0, 0.3, 300))).astype(int), options=PointSettings())
    assert older is not None
    end = MONDAY + 35 * DAY_US
    # five calls within, six are needed
    newest = np.append(end - DAY_US + MINUTE_US * np.arange(5), end + offset_us)
    shift = creep_shift(older, newest, np.full(6, 9000), window_end_us=end)
    assert (shift is not None) == is_inside


@pytest.mark.parametrize(("newest_day", "level"), [(4, 0.0), (5, 0.0), (6, 1.5)])
def test_a_weekday_is_expected_to_come_again_where_the_baseline_spans_a_week(newest_day: int, level: float) -> None:
    # After seven days, 0 to 6, the next one is the weekday of day 0.
    days = np.repeat(np.arange(newest_day + 1), 9)
    z = np.where(days == 0, 1.5, 0.0)
    assert recurring._level(days, z, PointSettings()) == level


@pytest.mark.parametrize("n_slow", [2, 3, 4])
def test_an_interval_is_excluded_from_as_many_slow_calls_on_as_alert(n_slow: int) -> None:
    rng = np.random.default_rng(3)
    started = MONDAY + 10 * MINUTE_US * np.arange(7 * 144)
    durations = np.rint(8000 * np.exp(rng.normal(0, 0.2, started.size))).astype(np.int64)
    options = PointSettings(alert_calls=3, alert_z=4.0)
    profile = fit_profile(started, durations, options=options)
    assert profile is not None
    durations[500 : 500 + n_slow] *= 20
    found = alerting_intervals(started, durations, profile, options=options)
    # each is far beyond `alert_z`; a chain of fewer than `alert_calls` is a tail, however slow
    expected = [(int(started[500]), int(started[499 + n_slow]) + 1)] if n_slow >= options.alert_calls else []
    assert found == expected


@pytest.mark.parametrize(("hour", "days"), [(0, 3.0), (1, 2 + 23 / 24), (23, 2 + 1 / 24)])
def test_the_first_day_is_covered_from_the_hour_of_its_first_call_on(hour: int, days: float) -> None:
    started = MONDAY + np.array([hour * HOUR_US + 59 * MINUTE_US, DAY_US, 2 * DAY_US + 5 * HOUR_US])
    assert days_covered(started) == pytest.approx(days)


def test_three_full_days_are_enough_to_take_medians_over_days() -> None:
    # Within each day the scale is 0.1; their levels lie 0.3 apart, so between them it is 1.4826 x 0.3.
    rng = np.random.default_rng(6)
    started = MONDAY + np.sort(rng.integers(0, 3 * DAY_US, 1200))
    level = 0.3 * ((started - MONDAY) // DAY_US)
    durations = np.rint(np.exp(8 + level + rng.normal(0, 0.1, started.size))).astype(np.int64)
    profile = fit_profile(started, durations, options=PointSettings())
    assert profile is not None
    assert profile.scale_up == pytest.approx(math.hypot(0.1, 1.4826 * 0.3), rel=0.05)
    assert profile.scale_down == pytest.approx(math.hypot(0.1, 1.4826 * 0.3), rel=0.05)


def test_a_shift_is_measured_in_errors_of_calls_and_of_days() -> None:
    rng = np.random.default_rng(8)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 700))
    day = (started - MONDAY) // DAY_US
    level = np.array([0.0, 0.2, -0.15, 0.1, -0.2, 0.05, 0.6])[day]
    durations = np.rint(np.exp(9 + level + rng.normal(0, 0.3, started.size))).astype(np.int64)
    samples = split_before_after(started, durations, window_end_us=MONDAY + 7 * DAY_US, lookback_days=7, judged_days=1)
    assert samples is not None
    found = level_shift(samples, options=ShiftSettings())
    # docs/statistics.md, "Shifts"
    counts, (daily,) = samples.base_by_day.counts, samples.base_by_day.quantiles(0.5)
    sigma = mad_scale(samples.base)
    squares = ((daily - np.median(daily)) ** 2 - math.pi / 2 * sigma**2 / counts).sum()
    between = (shifts.DAY_PRIOR_WEIGHT * shifts.DAY_PRIOR_SD**2 + squares) / (shifts.DAY_PRIOR_WEIGHT + 6 - 1)
    calls = math.pi / 3 * sigma**2 * (1 / samples.new.size + 1 / samples.base.size)
    error = math.sqrt(calls + between * (1 / 1 + 1 / 6))
    assert found.z == pytest.approx(math.log1p(found.effect) / error, rel=0.01)


def test_a_speed_up_is_flagged_from_the_mirror_image_of_the_limit_on() -> None:
    options = ShiftSettings()
    mirrored = 1 / (1 + options.min_effect) - 1
    assert shifts._grade(-options.min_z, mirrored, options, DegradationSettings())[0]
    assert not shifts._grade(-options.min_z, mirrored + 1e-9, options, DegradationSettings())[0]
    assert not shifts._grade(1e-9 - options.min_z, mirrored, options, DegradationSettings())[0]
    assert shifts._grade(options.min_z, options.min_effect, options, DegradationSettings())[0]
    assert not shifts._grade(options.min_z, options.min_effect - 1e-9, options, DegradationSettings())[0]


def test_two_neighbouring_hours_count_together_and_faster_calls_do_not_count() -> None:
    at = MONDAY + HOUR_US * np.array([0, 1, 3, 4, 7])
    # Largest neighbours: hours 3 and 4 with 2 + 3 of 1 + 1 + 2 + 3 + 1.
    assert tails._in_two_hours(at, np.array([1.0, 1.0, 2.0, 3.0, 1.0])) == pytest.approx(5 / 8)
    # The last hour has no neighbour after it; what lies below counts as nothing.
    assert tails._in_two_hours(at, np.array([1.0, -5.0, 1.0, -5.0, 4.0])) == pytest.approx(4 / 6)
    assert tails._in_two_hours(at, np.full(5, -1.0)) == 0


def test_the_ends_of_a_quantile_are_those_of_two_compared_intervals() -> None:
    # Goldstein & Healy (1995): two intervals of half-width 1.96 / sqrt(2) standard errors are compared at 95 %.
    z = stats.norm.ppf(0.975) / math.sqrt(2)
    for n in (100, 257, 1000, 4321):
        for quantile in (0.5, 0.9):
            half = z * math.sqrt(n * quantile * (1 - quantile))
            ends = (math.floor(n * quantile - half), math.ceil(n * quantile + half))
            assert tails._bounds(np.arange(1.0, n + 1), quantile) == ends


def test_evidence_reaches_back_to_the_end_of_the_look_back_and_no_further() -> None:
    back = round(cusum.GROUP_LOOKBACK_MINUTES * MINUTE_US)
    flagged, z = np.array([False, False, True]), np.array([3.0, 3.0, 3.0])
    # Each call adds min(3, 3) - 1.5; three of them are 4.5 and at least `alert_calls` = 3.
    options = PointSettings()
    inside = accumulated(MONDAY + np.array([0, back // 2, back]), flagged, z, options=options)
    assert inside[2] == pytest.approx(4.5)
    outside = accumulated(MONDAY + np.array([0, back // 2, back + 1]), flagged, z, options=options)
    assert outside[2] == -math.inf
