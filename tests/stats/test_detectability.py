"""What each rule could see."""

from __future__ import annotations

import numpy as np
import pytest

from oplatency.settings import Settings
from oplatency.stats.before_after import split_before_after
from oplatency.stats.binning import SLOW_BIN_Z
from oplatency.stats.detectability import Detectable, detectable_rules
from oplatency.stats.points import Profile
from oplatency.stats.season import DAY_US
from oplatency.stats.shifts import level_shift
from oplatency.stats.trends import drift

SETTINGS = Settings()
MONDAY = 20_514 * DAY_US
END = MONDAY + 7 * DAY_US


def answers(per_day: float, *, days: int = 7, scale: float = 0.35) -> dict[str, Detectable]:
    profile = Profile(round(per_day * days), days, True, np.zeros(24), 9.0, scale, scale)
    found = detectable_rules(
        profile,
        points=SETTINGS.points,
        shifts=SETTINGS.shifts,
        tails=SETTINGS.tails,
        trends=SETTINGS.trends,
        correlation=SETTINGS.correlation,
    )
    return {item.rule: item for item in found}


def test_busier_operations_show_smaller_slow_downs() -> None:
    for rule in ("point", "shift_1", "shift_3", "trend", "correlation"):
        seen = [answers(n)[rule].slowdown for n in (40, 200, 1000, 5000)]
        assert seen == sorted(seen, key=lambda value: -value)  # type: ignore[operator]


@pytest.mark.parametrize("per_day", [400, 3000])
def test_a_correlated_slow_down_lifts_the_mean_of_a_filled_bin_to_the_limit(per_day: int) -> None:
    bins = 24 * 60 / SETTINGS.correlation.bin_minutes
    in_a_bin = per_day / (bins * (1 - np.exp(-per_day / bins)))
    expected = np.expm1(SLOW_BIN_Z / np.sqrt(in_a_bin) * 0.35)
    assert answers(per_day)["correlation"].slowdown == pytest.approx(expected)


def test_a_rule_that_cannot_fire_says_why() -> None:
    rare = answers(2)
    assert {rule for rule, item in rare.items() if item.can_fire} == {"point", "shift_3", "trend"}
    assert all(item.reason for item in rare.values() if not item.can_fire)
    young = answers(500, days=4)
    assert not young["trend"].can_fire
    assert "days" in young["trend"].reason


def calls(seed: int, per_day: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 7 * per_day))
    level = rng.normal(0, 0.04, 7)[(started - MONDAY) // DAY_US]
    return started, np.rint(8000 * np.exp(level + rng.normal(0, 0.35, started.size))).astype(np.int64)


@pytest.mark.parametrize("per_day", [12, 60])
def test_about_half_of_the_stated_shifts_and_trends_are_found(per_day: int) -> None:
    stated = answers(per_day)
    shift = stated["shift_1"].slowdown
    trend = stated["trend"].slowdown
    assert shift is not None
    assert trend is not None
    found = drifted = 0
    for seed in range(60):
        started, durations = calls(seed, per_day)
        slow = np.rint(np.where(started >= END - DAY_US, durations * (1 + shift), durations)).astype(np.int64)
        sides = split_before_after(started, slow, window_end_us=END, lookback_days=7, judged_days=1)
        found += sides is not None and level_shift(sides, options=SETTINGS.shifts).flagged
        rising = np.rint(durations * (1 + trend) ** ((started - MONDAY) / (7 * DAY_US))).astype(np.int64)
        line = drift(started, rising, window_end_us=END, lookback_days=7)
        drifted += line is not None and line.flagged
    assert 0.25 < found / 60 < 0.75
    assert 0.25 < drifted / 60 < 0.8
