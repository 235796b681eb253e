"""Slow calls that became more frequent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oplatency.settings import TailSettings
from oplatency.stats.before_after import split_before_after
from oplatency.stats.points import Severity
from oplatency.stats.robust import in_groups
from oplatency.stats.season import DAY_US
from oplatency.stats.tails import EXCESS_CLIP, TailShift, excess_z, pearson_three_z, share_z, tail_shift

OPTIONS = TailSettings()
MONDAY = 20_514 * DAY_US
END = MONDAY + 7 * DAY_US


def week(seed: int, per_day: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 7 * per_day))
    level = rng.normal(0, 0.03, 7)[(started - MONDAY) // DAY_US]
    return started, np.rint(8000 * np.exp(level + rng.normal(0, 0.35, started.size))).astype(np.int64)


def judge(started: np.ndarray, durations: np.ndarray, days: int = 1) -> TailShift | None:
    sides = split_before_after(started, durations, window_end_us=END, lookback_days=7, judged_days=days)
    return None if sides is None else tail_shift(sides, options=OPTIONS)


def with_slow_calls(started: np.ndarray, durations: np.ndarray, *, days: int, share: float) -> np.ndarray:
    hit = (started >= END - days * DAY_US) & (np.random.default_rng(9).random(started.size) < share)
    return np.where(hit, durations * 4, durations)


def test_unchanged_weeks_are_flagged_in_less_than_one_of_a_hundred() -> None:
    found = [judge(*week(seed, 150), days) for seed in range(100) for days in (1, 3)]
    assert sum(tail is None or tail.flagged for tail in found) <= 2


def test_of_an_unchanged_week_the_new_share_is_the_usual_one() -> None:
    tails = [tail for seed in range(8) if (tail := judge(*week(seed, 2000))) is not None]
    assert len(tails) == 8
    assert np.mean([tail.new_share / tail.base_share for tail in tails]) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("days", [1, 3])
def test_a_tail_that_grew_is_found_while_the_median_stays(days: int) -> None:
    started, durations = week(1, 600)
    slow = with_slow_calls(started, durations, days=days, share=0.05)
    tail = judge(started, slow, days)
    assert tail is not None
    assert tail.flagged
    assert tail.alerting
    assert tail.severity == Severity.CRITICAL
    assert tail.new_share > 2 * tail.base_share
    assert tail.new_tail_us > tail.base_tail_us
    assert tail.effect_low is not None
    assert tail.effect_high is not None
    assert tail.effect_low < tail.effect < tail.effect_high
    assert np.median(slow[started >= END - days * DAY_US]) < 1.1 * np.median(durations)


def test_the_z_of_a_share_without_over_dispersion_is_that_of_the_binomial() -> None:
    # With an endless baseline and dispersion 1 the beta-binomial is the binomial; mid-p as in Lancaster (1961).
    for n, share, above in ((200, 0.05, 21), (50, 0.01, 4), (3000, 0.01, 60), (40, 0.05, 0)):
        tail = stats.binom.sf(above, n, share) + stats.binom.pmf(above, n, share) / 2
        z = share_z(above, n, share, n_base=10**12, dispersion=1.0)
        assert z == pytest.approx(stats.norm.isf(tail), abs=1e-3)


@settings(max_examples=60)
@given(st.integers(2, 400), st.floats(0.005, 0.1), st.floats(1.0, 5.0), st.integers(60, 5000))
def test_the_z_of_a_share_is_that_of_scipys_beta_binomial(n: int, share: float, dispersion: float, base: int) -> None:
    rho = min((dispersion + n / base - 1) / (n - 1), 0.99)
    if rho <= 0:
        return
    total = 1 / rho - 1
    law = stats.betabinom(n, share * total, (1 - share) * total)
    above = min(n, 2 + int(3 * n * share))
    tail = float(law.pmf(np.arange(above + 1, n + 1)).sum() + law.pmf(above) / 2)
    z = share_z(above, n, share, n_base=base, dispersion=dispersion)
    assert z == pytest.approx(stats.norm.isf(tail), abs=1e-4)


@given(st.integers(5, 300), st.integers(0, 4), st.floats(1.0, 10.0))
def test_more_slow_calls_are_never_less_surprising(n: int, above: int, dispersion: float) -> None:
    z = [share_z(count, n, 0.05, n_base=500, dispersion=dispersion) for count in (above, above + 1)]
    assert z[0] < z[1]


def test_days_that_always_differ_make_the_same_day_less_surprising() -> None:
    started, durations = week(2, 500)
    steady = judge(started, with_slow_calls(started, durations, days=1, share=0.05))
    restless = durations.copy()
    for day in (1, 3, 5):
        on_it = (started >= MONDAY + (day - 1) * DAY_US) & (started < MONDAY + day * DAY_US)
        restless = np.where(on_it, with_slow_calls(started, restless, days=8, share=0.08), restless)
    unsteady = judge(started, with_slow_calls(started, restless, days=1, share=0.05))
    assert steady is not None
    assert unsteady is not None
    assert unsteady.dispersion > steady.dispersion
    assert unsteady.z < steady.z
    assert not unsteady.flagged


def test_the_order_of_the_calls_changes_no_digit() -> None:
    started, durations = week(3, 120)
    order = np.random.default_rng(3).permutation(started.size)
    assert judge(started, durations) == judge(started[order], durations[order])


def test_a_constant_has_no_tail_and_too_few_calls_have_no_verdict() -> None:
    started, durations = week(4, 60)
    constant = judge(started, np.full_like(durations, 5000))
    assert constant is not None
    assert not constant.flagged
    assert judge(started[::9], durations[::9]) is None
    assert judge(started[:0], durations[:0]) is None


def test_a_tail_after_a_week_with_a_hole_is_judged_by_the_days_there_are() -> None:
    started, durations = week(5, 300)
    kept = (started < MONDAY + DAY_US) | (started >= MONDAY + 4 * DAY_US)
    tail = judge(started[kept], with_slow_calls(started, durations, days=1, share=0.08)[kept])
    assert tail is not None
    assert tail.flagged


def older_and_newer(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.3, 600), rng.normal(0, 0.3, 100), np.repeat(np.arange(1, 7), 100)


@pytest.mark.parametrize("distance", [-1.0, 0.0, 1.5, 3.0, 5.0])
@pytest.mark.parametrize("skewness", [0.05, 0.4, 1.3])
def test_a_skewed_sum_is_as_surprising_as_pearsons_third_law_says(distance: float, skewness: float) -> None:
    tail = stats.pearson3(skewness).sf(distance)
    assert pearson_three_z(distance, skewness) == pytest.approx(stats.norm.isf(tail), abs=1e-6)


def test_the_excess_is_what_its_definition_says() -> None:
    base, new, age = older_and_newer(1)
    q95 = np.quantile(base, 0.95)
    beyond = [value - q95 for value in base if value > q95]
    older = [min(max(value - q95, 0) / np.mean(beyond), EXCESS_CLIP) for value in base]
    newer = [min(max(value - q95, 0) / np.mean(beyond), EXCESS_CLIP) for value in new]
    chi = sum((sum(older[i * 100 : i * 100 + 100]) - 100 * np.mean(older)) ** 2 for i in range(6)) / (
        100 * np.var(older)
    )
    expected_dispersion = max((4 + chi) / (4 + 5), 1)
    distance = (sum(newer) - 100 * np.mean(older)) / np.sqrt(100 * np.var(older) * (expected_dispersion + 100 / 600))
    tail = stats.pearson3(stats.skew(older) / 10).sf(distance)
    z, ratio, n_above, dispersion = excess_z(new, in_groups(base, age))
    assert dispersion == pytest.approx(expected_dispersion)
    assert ratio == pytest.approx(np.mean(newer) / np.mean(older))
    assert n_above == sum(new > q95)
    assert z == pytest.approx(stats.norm.isf(tail), abs=1e-6)


def test_one_call_counts_no_more_than_the_clip_however_slow_it_is() -> None:
    base, new, age = older_and_newer(2)
    slow, slower, older = np.append(new, 5.0), np.append(new, 15.0), in_groups(base, age)
    assert excess_z(slow, older) == excess_z(slower, older)


def test_a_few_calls_that_are_much_slower_are_found_where_their_number_alone_is_no_news() -> None:
    # 5 % of 100 calls a day: about five more above q95 where five are usual
    found = {"share": 0, "excess": 0}
    for seed in range(40):
        started, durations = week(seed, 100)
        tail = judge(started, with_slow_calls(started, durations, days=1, share=0.05))
        if tail is not None and tail.flagged:
            found[tail.measure] += 1
    assert found["excess"] >= 20
    assert found["share"] <= found["excess"] / 2
