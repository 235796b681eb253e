"""When a change began."""

from __future__ import annotations

import math

import numpy as np
import pytest

from oplatency.errors import UsageError
from oplatency.stats.onset import LIKELIHOOD_95, Onset, date_change, energy_of_splits
from oplatency.stats.season import DAY_US, HOUR_US

MONDAY = 20_514 * DAY_US
END = MONDAY + 7 * DAY_US


def changed(seed: int, hour: int, factor: float, *, per_day: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 7 * per_day))
    level = np.where(started >= MONDAY + hour * HOUR_US, math.log(factor), 0.0)
    rhythm = 0.3 * np.cos(2 * np.pi * (started % DAY_US) / DAY_US)
    return started, np.rint(8000 * np.exp(level + rhythm + rng.normal(0, 0.35, started.size))).astype(np.int64)


def date(series: tuple[np.ndarray, np.ndarray], days: int = 3) -> Onset:
    onset = date_change(*series, window_end_us=END, lookback_days=7, judged_days=days)
    assert onset is not None
    return onset


def test_the_energy_of_a_split_is_the_slow_loop_of_its_definition() -> None:
    # Matteson & James (2014), equations 5 to 7, with exponent 1.
    x = np.random.default_rng(1).normal(0, 1, 15)
    found = energy_of_splits(x)
    for k in range(2, 14):
        a, b = x[:k], x[k:]
        n, m = a.size, b.size
        across = sum(abs(p - q) for p in a for q in b) / (n * m)
        within = [sum(abs(p[i] - p[j]) for i in range(p.size) for j in range(i)) / math.comb(p.size, 2) for p in (a, b)]
        assert found[k] == pytest.approx(n * m / (n + m) * (2 * across - within[0] - within[1]))
    assert np.isneginf(found[[0, 1, 14, 15]]).all()


def test_the_limit_is_the_quantile_of_hansens_distribution() -> None:
    # P(x <= c) = (1 - exp(-c / 2))^2
    assert (1 - math.exp(-LIKELIHOOD_95 / 2)) ** 2 == pytest.approx(0.95, abs=1e-3)


@pytest.mark.parametrize("hour", [100, 120, 150])
def test_a_shift_is_dated_to_the_hour_or_its_neighbour(hour: int) -> None:
    onset = date(changed(2, hour, 1.6))
    assert abs(onset.at_us - (MONDAY + hour * HOUR_US)) <= HOUR_US
    assert onset.low_us <= onset.at_us <= onset.high_us


def test_the_interval_holds_the_truth_nine_times_of_ten() -> None:
    held = 0
    for seed in range(40):
        onset = date(changed(seed, 110, 1.3))
        held += onset.low_us <= MONDAY + 110 * HOUR_US <= onset.high_us
    assert held >= 36


def test_the_order_of_calls_changes_no_digit_and_too_few_hours_have_no_date() -> None:
    started, durations = changed(3, 120, 1.5)
    order = np.random.default_rng(3).permutation(started.size)
    assert date((started, durations)) == date((started[order], durations[order]))
    few = started < MONDAY + 11 * HOUR_US
    assert date_change(started[few], durations[few], window_end_us=END, lookback_days=7, judged_days=1) is None
    with pytest.raises(UsageError, match="days before it"):
        date_change(started, durations, window_end_us=END, lookback_days=7, judged_days=7)
