"""Slow drifts."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from oplatency.errors import UsageError
from oplatency.settings import PointSettings
from oplatency.stats.points import Severity, fit_profile
from oplatency.stats.season import DAY_US
from oplatency.stats.trends import CreepShift, Trend, creep_shift, drift, mann_kendall_theil_sen

MONDAY = 20_514 * DAY_US


def calls(days: int, daily_change: float, *, per_day: int = 100, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    started = MONDAY + np.sort(rng.integers(0, days * DAY_US, days * per_day))
    level = np.log1p(daily_change) * (started - MONDAY) / DAY_US
    return started, np.rint(8000 * np.exp(level + rng.normal(0, 0.3, started.size))).astype(np.int64)


def look(series: tuple[np.ndarray, np.ndarray], days: int) -> Trend:
    trend = drift(*series, window_end_us=MONDAY + days * DAY_US, lookback_days=days)
    assert trend is not None
    return trend


@given(st.lists(st.floats(1, 1e9), min_size=5, max_size=30), st.randoms(use_true_random=False))
def test_slope_equals_scipy_and_statistic_equals_kendalls_score(medians: list[float], random: Random) -> None:
    days = np.arange(len(medians)) * 2 + 100
    order = list(range(len(medians)))
    random.shuffle(order)
    y = np.log(medians)
    trend = mann_kendall_theil_sen(days[order], np.array(medians)[order])
    assert trend is not None
    assert trend.slope_per_day == pytest.approx(stats.theilslopes(y, days)[0], rel=1e-9, abs=1e-12)
    score = sum(float(np.sign(y[j] - y[i])) for i in range(y.size) for j in range(i + 1, y.size))
    n, ties = y.size, np.unique(y, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    assert trend.z == pytest.approx(0 if score == 0 else (score - np.sign(score)) / math.sqrt(variance))


def test_a_steady_rise_over_seven_days_reaches_the_largest_possible_z() -> None:
    # n = 7, S = 21, var S = 133/3 (Kendall 1975): z = 20 / sqrt(44.33) = 3.004.
    trend = mann_kendall_theil_sen(np.arange(7), 100 * 1.05 ** np.arange(7))
    assert trend is not None
    assert trend.z == pytest.approx(3.004, abs=5e-4)
    assert trend.p == pytest.approx(stats.norm.sf(trend.z))
    assert trend.slope_per_day == pytest.approx(math.log(1.05))
    assert trend.effect == pytest.approx(1.05**7 - 1)
    assert trend.flagged
    assert trend.weighted_z is None


def test_F35_four_days_have_no_trend_and_a_constant_none_that_matters() -> None:
    assert mann_kendall_theil_sen(np.arange(4), np.array([1.0, 2.0, 3.0, 4.0])) is None
    assert mann_kendall_theil_sen(np.arange(5), np.array([1.0, 2.0, 3.0, 4.0, math.nan])) is None
    constant = mann_kendall_theil_sen(np.arange(7), np.full(7, 5000.0), standard_errors=np.full(7, 0.01))
    assert constant is not None
    assert (constant.z, constant.slope_per_day, constant.effect, constant.flagged) == (0, 0, 0, False)
    nothing = np.array([], dtype=np.int64)
    assert drift(nothing, nothing, window_end_us=MONDAY, lookback_days=7) is None


def test_the_weighted_line_equals_least_squares_where_all_days_weigh_the_same() -> None:
    rng = np.random.default_rng(4)
    y = 9 + 0.05 * np.arange(9) + rng.normal(0, 0.03, 9)
    trend = mann_kendall_theil_sen(np.arange(9), np.exp(y), standard_errors=np.full(9, 0.02))
    assert trend is not None
    assert trend.weighted_effect == pytest.approx(math.exp(9 * stats.linregress(np.arange(9), y).slope) - 1)


def test_days_that_scatter_more_than_their_calls_explain_lower_the_weighted_z() -> None:
    y = 9 + 0.01 * np.arange(7) + 0.05 * np.array([1, -1, 1, -1, 1, -1, 1])
    trend = mann_kendall_theil_sen(np.arange(7), np.exp(y), standard_errors=np.full(7, 1e-4))
    assert trend is not None
    assert trend.weighted_z is not None
    # The standard error of a slope over seven days of sd 0.05 is 0.05 / sqrt(28).
    assert trend.weighted_z == pytest.approx(0.01 / (0.05 / math.sqrt(28)), rel=0.25)


def test_F39_one_percent_a_day_is_measured_in_a_week_and_flagged_in_four() -> None:
    week, month = look(calls(7, 0.01, per_day=5000), 7), look(calls(28, 0.01, per_day=500), 28)
    assert week.effect == pytest.approx(0.07, abs=0.04)
    assert not week.flagged
    assert month.effect == pytest.approx(1.01**28 - 1, abs=0.06)
    assert month.flagged


def test_drift_is_flagged_both_ways_and_stillness_is_not() -> None:
    assert look(calls(7, 0.06), 7).flagged
    falling = look(calls(7, -0.06), 7)
    assert falling.flagged
    assert falling.slope_per_day < 0
    assert sum(look(calls(7, 0.0, seed=seed), 7).flagged for seed in range(100)) <= 2


def test_the_order_of_calls_and_calls_outside_change_no_digit() -> None:
    started, durations = calls(7, 0.03)
    order = np.random.default_rng(0).permutation(started.size)
    expected = look((started, durations), 7)
    assert look((started[order], durations[order]), 7) == expected
    assert look((np.append(started, MONDAY + 7 * DAY_US), np.append(durations, 10**9)), 7) == expected


def test_days_given_twice_and_impossible_medians_are_refused() -> None:
    with pytest.raises(UsageError, match="each day once"):
        mann_kendall_theil_sen(np.array([1, 1, 2, 3, 4]), np.ones(5))
    with pytest.raises(UsageError, match="positive"):
        mann_kendall_theil_sen(np.arange(5), np.array([1.0, 2.0, 0.0, 1.0, 1.0]))


def test_a_flagged_trend_is_graded_by_its_size_and_has_an_interval() -> None:
    steep, fast = look(calls(7, 0.08), 7), look(calls(7, -0.08), 7)
    assert (steep.severity, steep.alerting) == (Severity.CRITICAL, True)
    assert (fast.severity, fast.alerting) == (Severity.INFO, False)
    assert steep.effect_low is not None
    assert steep.effect_high is not None
    assert steep.effect_low < 1.08**7 - 1 < steep.effect_high
    still = look(calls(7, 0.0), 7)
    assert (still.severity, still.alerting) == (Severity.NONE, False)


def creeping(daily_change: float, *, per_day: int = 100, seed: int = 1) -> CreepShift:
    """Judge the newest three of 35 days against a baseline made of the first seven."""
    started, durations = calls(35, daily_change, per_day=per_day, seed=seed)
    old = started < MONDAY + 7 * DAY_US
    anchor = fit_profile(started[old], durations[old], options=PointSettings())
    assert anchor is not None
    shift = creep_shift(anchor, started, durations, window_end_us=MONDAY + 35 * DAY_US)
    assert shift is not None
    return shift


def test_F39_what_creeps_by_one_percent_a_day_is_seen_against_a_baseline_of_four_weeks_ago() -> None:
    shift = creeping(0.01)
    # From the middle of the first week (day 3.5) to the middle of the last three days (day 33.5).
    assert shift.effect == pytest.approx(1.01**30 - 1, abs=0.06)
    assert shift.effect_low < 1.01**30 - 1 < shift.effect_high
    assert shift.flagged
    assert shift.severity == Severity.WARNING
    assert shift.new_median_us == pytest.approx(shift.older_median_us * (1 + shift.effect))
    faster = creeping(-0.01)
    assert faster.flagged
    assert faster.severity == Severity.INFO


def test_a_still_month_is_not_flagged_against_its_anchor_and_six_calls_are_needed() -> None:
    assert not any(creeping(0.0, per_day=8, seed=seed).flagged for seed in range(100))
    started, durations = calls(7, 0.0)
    anchor = fit_profile(started, durations, options=PointSettings())
    assert anchor is not None
    few = started[:5] + 7 * DAY_US
    assert creep_shift(anchor, few, durations[:5], window_end_us=MONDAY + 8 * DAY_US) is None
