"""Limits and constants that other tests would let slip: each number has a source of its own above it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from oplatency.settings import CorrelationSettings, PointSettings
from oplatency.stats import cusum, pair_search, tails, trends
from oplatency.stats.cusum import accumulated
from oplatency.stats.pair_search import find_pairs
from oplatency.stats.points import fit_profile
from oplatency.stats.season import DAY_US, HOUR_US, MINUTE_US
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
