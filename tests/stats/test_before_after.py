"""The newest days beside those before them."""

from __future__ import annotations

import numpy as np
import pytest

from oplatency.errors import UsageError
from oplatency.stats.before_after import BeforeAfter, split_before_after
from oplatency.stats.season import DAY_US, HOUR_US, SEASON_SHRINKAGE_CALLS

MONDAY = 20_514 * DAY_US
END = MONDAY + 7 * DAY_US


def part(started: np.ndarray, durations: np.ndarray, days: int = 1) -> BeforeAfter | None:
    return split_before_after(started, durations, window_end_us=END, lookback_days=7, judged_days=days)


def week(per_day: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    started = MONDAY + np.sort(rng.integers(0, 7 * DAY_US, 7 * per_day))
    return started, rng.integers(100, 9000, started.size)


def test_every_call_of_the_window_is_on_one_side_by_its_day() -> None:
    newest = [END - DAY_US, END - 1, *[END - 2] * 4]
    started = np.array([MONDAY - 1, *range(MONDAY, MONDAY + 6), END - DAY_US - 1, *newest])
    sides = part(np.append(started, END), np.arange(1, started.size + 2))
    assert sides is not None
    assert np.rint(np.exp(sides.base_logs)).tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert np.rint(np.exp(sides.new_logs)).tolist() == [9, 10, 11, 12, 13, 14]
    assert sides.new_starts_us.tolist() == started[-6:].tolist()
    # the newest day first, then the oldest
    assert (sides.n_new_days, sides.base_by_day.counts.tolist()) == (1, [1, 6])
    assert sides.base_by_day.values.tolist() == [sides.base_logs[-1], *sides.base_logs[:-1]]


def test_the_rhythm_is_learnt_from_the_older_days_and_taken_off_both() -> None:
    started = MONDAY + HOUR_US * np.arange(7 * 24)
    at_night = started // HOUR_US % 24 < 6
    sides = part(started, np.where(at_night, 8000, 1000) * np.where(started >= END - DAY_US, 2, 1))
    assert sides is not None
    assert np.median(sides.new) - np.median(sides.base) == pytest.approx(np.log(2))
    weight = SEASON_SHRINKAGE_CALLS
    # far from the turns of the rhythm all of it is taken off but what the shrinkage leaves
    left = sides.new_residuals[sides.new_starts_us // HOUR_US % 24 == 3] - np.log(2000)
    assert left == pytest.approx([np.log(8) * weight / (18 + weight)])


@pytest.mark.parametrize("per_day", [5, 300])
def test_the_order_in_which_calls_are_given_changes_no_digit(per_day: int) -> None:
    started, durations = week(per_day)
    mixed = np.random.default_rng(2).permutation(started.size)
    first, second = part(started, durations, 3), part(started[mixed], durations[mixed], 3)
    assert first is not None
    assert second is not None
    for name in ("new", "base"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()
    assert first.base_by_day.values.tolist() == second.base_by_day.values.tolist()


def test_fewer_than_six_calls_on_a_side_are_no_comparison() -> None:
    started, durations = week(5)
    assert part(started, durations) is None
    assert part(started[:0], durations[:0]) is None


@pytest.mark.parametrize(("end", "days"), [(END + 1, 1), (END, 0), (END, 7)])
def test_a_window_that_is_not_made_of_whole_days_is_refused(end: int, days: int) -> None:
    with pytest.raises(UsageError, match="whole UTC days"):
        split_before_after(np.array([MONDAY]), np.array([1]), window_end_us=end, lookback_days=7, judged_days=days)
