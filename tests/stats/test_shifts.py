"""Level shifts when a day closes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oplatency.settings import ShiftSettings
from oplatency.stats.before_after import split_before_after
from oplatency.stats.points import Severity
from oplatency.stats.season import DAY_US
from oplatency.stats.shifts import Shift, level_shift

OPTIONS = ShiftSettings()
MONDAY = 20_514 * DAY_US
END = MONDAY + 7 * DAY_US


def week(seed: int, per_day: int = 300, *, variation: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 7 * per_day))
    level = rng.normal(0, variation, 7)[(started - MONDAY) // DAY_US]
    return started, np.rint(8000 * np.exp(level + rng.normal(0, 0.35, started.size))).astype(np.int64)


def judge(started: np.ndarray, durations: np.ndarray, days: int = 1, *, end: int = END) -> Shift | None:
    sides = split_before_after(started, durations, window_end_us=end, lookback_days=7, judged_days=days)
    return None if sides is None else level_shift(sides, options=OPTIONS)


def slowed(started: np.ndarray, durations: np.ndarray, days: int, factor: float) -> np.ndarray:
    return np.rint(np.where(started >= END - days * DAY_US, durations * factor, durations)).astype(np.int64)


def test_unchanged_weeks_are_flagged_in_less_than_one_of_a_hundred() -> None:
    found = [judge(*week(seed, 60), days) for seed in range(150) for days in (1, 3)]
    assert sum(shift is None or shift.flagged for shift in found) <= 3


@pytest.mark.parametrize(
    ("factor", "severity"), [(1.25, "INFO"), (1.4, "WARNING"), (1.8, "CRITICAL"), (0.6, "INFO"), (1.15, "NONE")]
)
@pytest.mark.parametrize("days", [1, 3])
def test_a_shift_is_found_sized_and_graded(factor: float, severity: str, days: int) -> None:
    started, durations = week(1)
    shift = judge(started, slowed(started, durations, days, factor), days)
    assert shift is not None
    assert shift.flagged
    assert shift.severity.name == severity
    assert shift.alerting == (severity in {"WARNING", "CRITICAL"})
    assert shift.effect == pytest.approx(factor - 1, abs=0.08)
    assert shift.effect_low is not None
    assert shift.effect_high is not None
    assert shift.effect_low < shift.effect < shift.effect_high
    assert math.copysign(1, shift.z) == math.copysign(1, factor - 1)
    assert shift.shape == "uniform"
    assert (shift.n_new + shift.n_base, shift.judged_days) == (started.size, days)


def test_a_busy_operation_that_wobbles_by_a_few_percent_stays_quiet() -> None:
    # 20,000 calls a day: the sampling error of a level is 0.2 %, and a rank test would call any variation significant.
    for seed in range(5):
        shift = judge(*week(seed, 20_000, variation=0.04))
        assert shift is not None
        assert not shift.flagged
        assert abs(shift.z) < 3


def test_a_tail_that_moves_alone_is_called_a_tail_and_a_widening_a_spread() -> None:
    started, durations = week(3, 2000)
    newest = started >= END - DAY_US
    limit = np.quantile(durations, 0.9)
    tail = judge(started, np.where(newest & (durations > limit), durations * 3, durations))
    assert tail is not None
    assert tail.shape == "tail"
    assert tail.quantile_shifts[4] > 1.5
    assert abs(tail.quantile_shifts[0]) < 0.1
    both = judge(started, np.where(newest, np.where(durations > limit, durations * 4, durations * 1.5), durations))
    assert both is not None
    assert both.shape == "spread"


def test_a_step_of_the_daily_rhythm_is_no_shift() -> None:
    started, durations = week(4, 400)
    rhythm = np.exp(0.7 * np.cos(2 * np.pi * (started % DAY_US) / DAY_US))
    # On the newest day only the slow half of the clock was busy.
    kept = (started < END - DAY_US) | (np.cos(2 * np.pi * (started % DAY_US) / DAY_US) > 0)
    shift = judge(started[kept], np.rint(durations * rhythm).astype(np.int64)[kept])
    assert shift is not None
    assert not shift.flagged


def test_F35_fewer_than_six_calls_on_a_side_have_no_verdict() -> None:
    started, durations = week(5, 50)
    newest = started >= END - DAY_US
    few = ~newest | (np.cumsum(newest) <= 5)
    assert judge(started[few], durations[few]) is None
    assert judge(started[newest], durations[newest]) is None
    assert judge(started[:0], durations[:0]) is None


def test_F36_a_constant_is_no_shift_and_F37_ten_times_a_constant_is_critical() -> None:
    started = MONDAY + np.arange(700) * (7 * DAY_US // 700)
    constant = np.full(700, 5000)
    quiet, loud = judge(started, constant + (started >= END - DAY_US)), judge(started, slowed(started, constant, 1, 10))
    assert quiet is not None
    assert loud is not None
    assert (quiet.flagged, loud.severity) == (False, Severity.CRITICAL)


def test_calls_outside_the_window_and_the_order_of_calls_change_no_digit() -> None:
    started, durations = week(6, 80)
    order = np.random.default_rng(0).permutation(started.size)
    outside = np.array([END, END + DAY_US, MONDAY - 1])
    expected = judge(started, durations)
    assert judge(started[order], durations[order]) == expected
    assert judge(np.append(started, outside), np.append(durations, [10**9] * 3)) == expected


@given(st.integers(-1000, 1000), st.integers(2, 500))
def test_z_knows_neither_the_date_nor_the_unit(days: int, factor: int) -> None:
    started, durations = week(7, 20)
    moved = judge(started + days * DAY_US, durations * factor, end=END + days * DAY_US)
    expected = judge(started, durations)
    assert moved is not None
    assert expected is not None
    assert moved.z == pytest.approx(expected.z, rel=1e-9)
    assert moved.effect == pytest.approx(expected.effect, rel=1e-9)


@given(hnp.arrays(np.int64, 70, elements=st.one_of(st.integers(1, 100), st.integers(1, 2**62))))
def test_finite_in_gives_finite_out(durations: np.ndarray) -> None:
    shift = judge(MONDAY + np.arange(70) * (DAY_US // 10), durations, 3)
    assert shift is not None
    assert shift.effect_low is not None
    assert shift.effect_high is not None
    numbers = [shift.z, shift.effect, shift.effect_low, shift.effect_high, *shift.quantile_shifts]
    assert np.isfinite([*numbers, shift.base_median_us, shift.new_median_us]).all()
