"""What an operation is used to is no news: at a time of day, on a weekday, in runs; anything beyond it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from oplatency.settings import PointSettings
from oplatency.stats.points import Profile, fit_profile, score_calls
from oplatency.stats.recurring import QUARTER_US, QUARTERS, recurring_limits, with_recurring
from oplatency.stats.season import DAY_US, HOUR_US, MINUTE_US

POINTS = PointSettings()
MONDAY = 20_514 * DAY_US
STEP_US = 5 * MINUTE_US
STARTS = MONDAY + np.arange(7 * DAY_US // STEP_US, dtype=np.int64) * STEP_US
DAY = (STARTS - MONDAY) // DAY_US
OF_DAY = (STARTS - MONDAY) % DAY_US


def noise(seed: int = 1, phi: float = 0.0) -> NDArray[np.float64]:
    steps = np.random.default_rng(seed).normal(0, 0.2 * np.sqrt(1 - phi**2), STARTS.size)
    for i in range(1, STARTS.size):
        steps[i] += phi * steps[i - 1]
    return steps


def learnt(y: NDArray[np.float64]) -> tuple[Profile, NDArray[np.float64]]:
    """Return the profile of calls around 5 ms, and their z."""
    durations = np.rint(5000 * np.exp(y)).astype(np.int64)
    profile = fit_profile(STARTS, durations, options=POINTS)
    assert profile is not None
    return (
        with_recurring(profile, STARTS, durations, options=POINTS),
        score_calls(profile, STARTS, durations, options=POINTS).z,
    )


def limit_at(profile: Profile, hour: float) -> float:
    at = np.array([MONDAY + 7 * DAY_US + int(hour * HOUR_US)])
    return float(recurring_limits(profile, at, options=POINTS)[0])


def test_of_independent_calls_everything_from_three_on_is_news() -> None:
    profile, _ = learnt(noise())
    assert profile.recurring_z is not None
    assert np.median(profile.recurring_z) == pytest.approx(3, abs=0.1)
    assert profile.recurring_z.max() < 4


def test_a_profile_that_has_not_learnt_it_takes_everything_from_three_on_for_news() -> None:
    profile, _ = learnt(noise())
    assert (recurring_limits(replace(profile, recurring_z=None), STARTS, options=POINTS) == 3).all()


def test_a_job_that_runs_every_night_is_no_news_at_its_time_some_minutes_off_or_a_little_slower() -> None:
    job = (OF_DAY >= 2 * HOUR_US) & (OF_DAY < 2 * HOUR_US + 20 * MINUTE_US)
    profile, z = learnt(noise() + job * np.log(4))
    assert limit_at(profile, 2.2) > 1.1 * z[job].max()
    assert limit_at(profile, 1.8) == limit_at(profile, 2.0)
    assert limit_at(profile, 3.0) < 3.5


def test_midnight_parts_nothing() -> None:
    job = (OF_DAY < 10 * MINUTE_US) & (DAY > 0)
    profile, z = learnt(noise() + job * np.log(4))
    assert limit_at(profile, 23.9) > np.median(z[job])


@pytest.mark.parametrize(("days", "usual"), [((3,), False), ((0,), True), ((2, 5), True)])
def test_once_is_no_habit_unless_it_was_a_week_ago(days: tuple[int, ...], usual: bool) -> None:
    slow = np.isin(DAY, days) & (OF_DAY >= 14 * HOUR_US) & (OF_DAY < 15 * HOUR_US)
    profile, z = learnt(noise() + slow * np.log(4))
    assert (limit_at(profile, 14.5) > np.median(z[slow])) == usual


def test_a_lone_spike_a_week_ago_among_many_calls_is_no_habit() -> None:
    starts = MONDAY + np.arange(7 * 24 * 60, dtype=np.int64) * MINUTE_US
    y = np.random.default_rng(1).normal(0, 0.2, starts.size)
    y[6 * 60 + 1] += 3
    durations = np.rint(5000 * np.exp(y)).astype(np.int64)
    profile = fit_profile(starts, durations, options=POINTS)
    assert profile is not None
    assert limit_at(with_recurring(profile, starts, durations, options=POINTS), 6.1) < 3.2


def test_the_time_of_day_is_learnt_as_a_slow_loop_does_it() -> None:
    y = noise(3) + np.where(OF_DAY < 6 * HOUR_US, np.random.default_rng(4).exponential(0.5, STARTS.size), 0)
    profile, z = learnt(y)
    quarter = (STARTS - MONDAY) // QUARTER_US
    upper = {int(q): float(np.quantile(z[quarter == q], 0.75)) for q in np.unique(quarter)}
    assert profile.recurring_z is not None
    least = profile.recurring_z.min()
    for of_day in range(QUARTERS):
        near = [max(upper.get(day * QUARTERS + of_day + off, -np.inf) for off in (-1, 0, 1)) for day in range(7)]
        assert profile.recurring_z[of_day] == pytest.approx(max(least, 1.25 * max(sorted(near)[-2], near[0])))


def test_runs_of_slow_calls_need_more_where_calls_go_together() -> None:
    profile, _ = learnt(noise(phi=0.9))
    assert profile.recurring_z is not None
    assert profile.recurring_z.min() == pytest.approx(3 * np.sqrt(1.9), rel=0.06)


def test_a_weekday_that_was_slow_last_week_is_expected_slow_again() -> None:
    ordinary, _ = learnt(noise())
    slow, z = learnt(noise() + (DAY == 0) * 0.3)
    assert limit_at(slow, 12) - limit_at(ordinary, 12) == pytest.approx(float(np.median(z[DAY == 0])), abs=0.2)


def test_a_level_that_moved_yesterday_is_no_news_today() -> None:
    profile, z = learnt(noise() + ((DAY == 6) & (OF_DAY >= 8 * HOUR_US)) * np.log(4))
    assert limit_at(profile, 12) > np.median(z[DAY == 6]) + 2.5


def test_few_or_equal_calls_have_an_answer() -> None:
    profile, _ = learnt(np.zeros(STARTS.size))
    assert profile.recurring_z is not None
    assert profile.recurring_z == pytest.approx(3)
    few = fit_profile(STARTS[:6], np.full(6, 5000), options=POINTS)
    assert few is not None
    told = with_recurring(few, STARTS[:1], np.full(1, 5000), options=POINTS)
    assert told.recurring_z == pytest.approx(3)
