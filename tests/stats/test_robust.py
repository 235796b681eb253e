"""Order statistics against numpy, scipy and slow definitions."""

from __future__ import annotations

import itertools
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from oplatency.errors import UsageError
from oplatency.stats.robust import (
    HODGES_LEHMANN_MAX,
    SHIFT_VARIANCE,
    estimable,
    grouped_quantiles,
    hodges_lehmann_shift,
    mad_scale,
    median,
    pseudo_median,
    quantile_interval,
    quantiles,
)

LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
any_sample = st.lists(st.floats(0, 1e308, allow_nan=False, allow_subnormal=True), min_size=1, max_size=60)


@given(any_sample)
def test_F42_percentiles_never_cross_and_equal_numpy_linear(sample: list[float]) -> None:
    found = quantiles(sample, LEVELS)
    assert np.all(np.diff(found) >= 0)
    assert found[-1] == max(sample)
    assert found[0] >= min(sample)
    np.testing.assert_allclose(found, np.quantile(sample, LEVELS), rtol=1e-9)


@given(any_sample, st.randoms())
def test_order_of_the_sample_changes_no_digit_of_a_quantile(sample: list[float], random: Random) -> None:
    shuffled = list(sample)
    random.shuffle(shuffled)
    assert quantiles(sample, LEVELS).tolist() == quantiles(shuffled, LEVELS).tolist()


def test_quantiles_follow_the_definition_of_percentile_cont() -> None:
    # percentile_cont(0.95) within group (order by v) over 1..20 is 19.05 in PostgreSQL 15 to 18.
    assert quantiles(np.arange(1, 21), [0.95])[0] == pytest.approx(19.05, rel=1e-12)


def test_F35_an_empty_sample_has_no_quantile_and_no_scale() -> None:
    assert math.isnan(median([]))
    assert math.isnan(mad_scale([]))
    assert quantiles([7.0], LEVELS).tolist() == [7.0] * len(LEVELS)


def test_nan_is_left_out_and_infinity_refused() -> None:
    assert median([1.0, math.nan, 3.0]) == 2.0
    with pytest.raises(UsageError, match="infinite"):
        median([1.0, math.inf])
    with pytest.raises(UsageError, match=r"\[0, 1\]"):
        quantiles([1.0], [99])


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.floats(-1e6, 1e6, allow_subnormal=False)), min_size=1, max_size=80),
    st.floats(0, 1),
)
def test_grouped_quantiles_equal_numpy_group_by_group(rows: list[tuple[int, float]], q: float) -> None:
    groups = np.array([row[0] for row in rows])
    values = np.array([row[1] for row in rows])
    keys, counts, found = grouped_quantiles(values, groups, [q, 0.5])
    assert keys.tolist() == sorted(set(groups.tolist()))
    for key, count, *own_quantiles in zip(keys, counts, *found, strict=True):
        own = values[groups == key]
        assert count == own.size
        np.testing.assert_allclose(own_quantiles, np.quantile(own, [q, 0.5]), rtol=1e-9, atol=1e-9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_mad_scale_equals_scipy(sample: list[float]) -> None:
    expected = stats.median_abs_deviation(sample, scale="normal")
    assert mad_scale(sample) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("q", "least"), [(0.90, 29), (0.95, 59), (0.99, 299)])
def test_a_percentile_is_estimable_from_the_published_number_of_calls(q: float, least: int) -> None:
    # Hahn & Meeker (1991), table A.13: sample sizes for a distribution-free 95 % upper bound.
    assert estimable(least, q)
    assert not estimable(least - 1, q)
    assert not estimable(0, q)


def test_hodges_lehmann_is_the_median_of_all_differences() -> None:
    rng = np.random.default_rng(3)
    new, base = rng.normal(1.0, 1, 31), rng.normal(0, 1, 17)
    slow = float(np.median([a - b for a, b in itertools.product(new, base)]))
    assert hodges_lehmann_shift(new, base)[0] == pytest.approx(slow, rel=1e-12)


@pytest.mark.parametrize(("n", "critical_u"), [(4, 0), (5, 2), (8, 13), (10, 23), (15, 64), (20, 127)])
def test_the_interval_ends_at_the_tabulated_rank_or_one_outside(n: int, critical_u: int) -> None:
    # Two-sided 5 % critical values of the Mann-Whitney U for n = m: Owen (1962), "Handbook of Statistical Tables".
    new, base = np.arange(n) * 100.0 + 0.5, np.arange(n) * 0.01
    differences = sorted(a - b for a, b in itertools.product(new, base))
    _, low, high = hodges_lehmann_shift(new, base)
    assert low in {differences[critical_u], differences[max(critical_u - 1, 0)]}
    assert high in {differences[-1 - critical_u], differences[-1 - max(critical_u - 1, 0)]}


def test_three_against_three_bear_no_interval() -> None:
    _, low, high = hodges_lehmann_shift([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert low is None
    assert high is None
    assert math.isnan(hodges_lehmann_shift([], [1.0])[0])


def test_the_interval_holds_the_truth_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        _, low, high = hodges_lehmann_shift(rng.gamma(2, 1, 40) + 0.3, rng.gamma(2, 1, 60))
        assert low is not None
        assert high is not None
        held += low <= 0.3 <= high
    # 400 trials at 95 %: four binomial standard deviations are 17 trials.
    assert 380 - 17 <= held <= 380 + 17


def test_thinning_a_large_sample_keeps_estimate_and_interval_within_the_stated_rank() -> None:
    rng = np.random.default_rng(5)
    new, base = rng.gamma(2, 1, 3 * HODGES_LEHMANN_MAX), rng.gamma(2, 1, 4 * HODGES_LEHMANN_MAX)
    shift, low, high = hodges_lehmann_shift(new, base)
    n, m = new.size, base.size
    differences = np.sort(np.subtract.outer(new, base), axis=None)
    rank = n * m / 2 - 1.959964 * math.sqrt(n * m * (n + m + 1) / 12)
    for found, exact in ((shift, 0.5), (low, rank / (n * m)), (high, 1 - rank / (n * m))):
        assert np.searchsorted(differences, found) / differences.size == pytest.approx(
            exact, abs=1 / HODGES_LEHMANN_MAX
        )


@pytest.mark.parametrize("step", [0.0, 1.0, 1e6])
@pytest.mark.parametrize("sizes", [(30, 20), (120, 90), (512, 512), (512, 7)])
def test_ranks_among_many_differences_are_those_of_all_of_them_in_order(step: float, sizes: tuple[int, int]) -> None:
    # a coarse step makes ties, zero makes all of them equal
    rng = np.random.default_rng(7)
    new, base = (np.round(step * rng.gamma(2, 1, n)) for n in sizes)
    differences = np.sort(np.subtract.outer(new, base), axis=None)
    n, m = sizes
    k = math.floor(n * m / 2 - 1.959963984540054 * math.sqrt(n * m * (n + m + 1) / 12))
    found = hodges_lehmann_shift(new, base)
    assert found == (np.median(differences), differences[k - 1], differences[n * m - k])


@pytest.mark.parametrize(
    ("n", "ranks"),
    # Conover (1999), "Practical Nonparametric Statistics": 95 % intervals of the median by the binomial table
    [(5, (None, None)), (6, (1, 6)), (10, (2, 9)), (15, (4, 12)), (20, (6, 15)), (100, (40, 61))],
)
def test_intervals_of_the_median_are_those_of_the_tables(n: int, ranks: tuple[int | None, int | None]) -> None:
    assert quantile_interval(n, 0.5) == ranks


@given(st.integers(1, 400), st.sampled_from([0.5, 0.75, 0.9, 0.95, 0.99]))
def test_an_interval_of_a_quantile_is_the_narrowest_whose_ends_err_rarely_enough(n: int, q: float) -> None:
    each = (math.comb(n, i) * q**i * (1 - q) ** (n - i) for i in range(n))
    at_most = list(itertools.accumulate(each))
    lows = [rank for rank in range(1, n + 1) if at_most[rank - 1] <= 0.025]
    highs = [rank for rank in range(1, n + 1) if at_most[rank - 1] >= 0.975]
    assert quantile_interval(n, q) == (max(lows, default=None), min(highs, default=None))


def test_an_interval_needs_a_sample_and_a_probability() -> None:
    for n, q in ((0, 0.5), (10, 0.0), (10, 1.0)):
        with pytest.raises(UsageError):
            quantile_interval(n, q)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_the_pseudo_median_is_the_median_of_all_averages_of_two(values: list[float]) -> None:
    averages = [(values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values))]
    assert pseudo_median(values) == pytest.approx(np.median(averages), abs=1e-12)


def test_the_pseudo_median_is_about_as_exact_as_the_mean_on_normal_data() -> None:
    # Hodges & Lehmann (1963): efficiency 3 / pi against the mean, so a variance of pi / 3 / n.
    rng = np.random.default_rng(5)
    spread = np.std([pseudo_median(rng.normal(0, 1, 60)) for _ in range(1500)], ddof=1)
    assert spread**2 * 60 == pytest.approx(SHIFT_VARIANCE, rel=0.12)


def test_the_pseudo_median_of_many_values_is_that_of_their_quantiles() -> None:
    values = np.random.default_rng(6).gamma(2.0, size=900)
    first, second = np.triu_indices(values.size)
    assert pseudo_median(values) == pytest.approx(np.median((values[first] + values[second]) / 2), rel=0.01)
    assert math.isnan(pseudo_median([]))
