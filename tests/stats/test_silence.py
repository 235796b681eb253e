"""Hours without calls."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oplatency.errors import UsageError
from oplatency.settings import SilenceSettings
from oplatency.stats.season import DAY_US, HOUR_US
from oplatency.stats.silence import (
    LOOKBACK_HOURS,
    HourOfCalls,
    Traffic,
    detectable_hours,
    few_calls,
    judge_hours,
    learn_traffic,
)

OPTIONS = SilenceSettings()
MONDAY = 20_514 * DAY_US
END = MONDAY + 7 * DAY_US


def starts(seed: int, per_day: float, *, days: int = 8, weekend: bool = False) -> np.ndarray:
    """Return starts by the rhythm of an office: one call at night where five come at noon."""
    rng = np.random.default_rng(seed)
    hours = np.arange(24 * days)
    mean = per_day / 24 * (1 + 2 / 3 * np.cos(2 * np.pi * (hours % 24 - 12) / 24))
    if weekend:
        mean = np.where(hours // 24 % 7 >= 5, 0, mean)
    counts = rng.poisson(mean * np.exp(rng.normal(0, 0.1, days))[hours // 24])
    return np.sort(np.repeat(MONDAY + hours * HOUR_US, counts) + rng.integers(0, HOUR_US, counts.sum()))


def learn(started: np.ndarray) -> Traffic:
    return learn_traffic(started, start_us=MONDAY, end_us=END)


def last_day(started: np.ndarray, *, base: np.ndarray | None = None) -> list[HourOfCalls]:
    traffic = learn(started if base is None else base)
    return judge_hours(traffic, started, start_us=END, end_us=END + DAY_US, options=OPTIONS)


def without(started: np.ndarray, first_hour: int, hours: int) -> np.ndarray:
    gap = END + first_hour * HOUR_US
    return started[(started < gap) | (started >= gap + hours * HOUR_US)]


def test_few_calls_have_the_probability_of_scipys_negative_binomial() -> None:
    for made, mean, dispersion in ((0, 12.0, 0.05), (3, 40.0, 0.3), (10, 10.0, 1.5), (0, 0.2, 0.05)):
        size = 1 / dispersion
        law = stats.nbinom(size, size / (size + mean))
        assert few_calls(made, mean, dispersion) == pytest.approx(law.cdf(made))
    assert few_calls([0, 5], [0.0, 0.0], 0.1).tolist() == [1.0, 1.0]


def silent(hours: list[HourOfCalls]) -> list[HourOfCalls]:
    return [hour for hour in hours if hour.silent]


def test_ordinary_days_have_no_silence_whatever_the_volume() -> None:
    for seed in range(30):
        for per_day in (5, 50, 500, 3000):
            assert not any(hour.silent for hour in last_day(starts(seed, per_day)))


def test_three_hours_without_calls_of_a_busy_operation_are_silent() -> None:
    started = without(starts(1, 1000), 10, 3)
    found = silent(last_day(started))
    assert [hour.hour_us for hour in found] == [END + hour * HOUR_US for hour in (10, 11, 12)]
    assert min(hour.since_us for hour in found) == found[0].hour_us
    assert sum(hour.n_calls for hour in found) == 0
    assert sum(hour.expected for hour in found) == pytest.approx(3 * 1000 / 24 * 1.6, rel=0.2)
    assert min(hour.probability for hour in found) <= OPTIONS.max_probability


def test_a_rare_operation_is_never_silent() -> None:
    for per_day in (1, 3, 8, 12):
        started = starts(2, per_day)
        assert not any(hour.silent for hour in last_day(started[started < END], base=started))


def test_a_slower_operation_needs_longer_and_the_silence_dates_back() -> None:
    started = without(starts(3, 150), 6, 12)
    found = silent(last_day(started))
    assert [hour.hour_us for hour in found] == list(range(found[0].hour_us, found[-1].hour_us + 1, HOUR_US))
    assert found[0].hour_us > END + 6 * HOUR_US
    assert min(hour.since_us for hour in found) <= END + 7 * HOUR_US


def test_the_same_silence_a_day_off_last_week_is_no_finding() -> None:
    # Monday is judged; the Monday before had no call either.
    started = starts(4, 1000)
    quiet = (started >= MONDAY) & (started < MONDAY + DAY_US)
    judged = started[(started < END) & ~quiet]
    assert any(hour.silent for hour in last_day(judged, base=started))
    assert not any(hour.silent for hour in last_day(judged))


def test_an_office_that_closes_at_the_weekend_is_not_silent_on_saturday() -> None:
    started = starts(5, 2000, days=15, weekend=True)
    for day in range(7, 15):
        start = MONDAY + day * DAY_US
        traffic = learn_traffic(started, start_us=start - 7 * DAY_US, end_us=start)
        hours = judge_hours(traffic, started, start_us=start, end_us=start + DAY_US, options=OPTIONS)
        assert not any(hour.silent for hour in hours)


def test_hours_of_which_nothing_is_known_do_not_count_as_silent() -> None:
    started = starts(6, 1000)
    hole = (started >= MONDAY) & (started < MONDAY + DAY_US)
    missing = MONDAY + HOUR_US * np.arange(24)
    traffic = learn_traffic(started[~hole], start_us=MONDAY, end_us=END, missing_hours_us=missing)
    assert traffic.n_days == 6
    hours = judge_hours(traffic, without(started, 10, 3), start_us=END, end_us=END + DAY_US, options=OPTIONS)
    assert [(hour.hour_us - END) // HOUR_US for hour in silent(hours)] == [10, 11, 12]
    few = learn_traffic(started, start_us=MONDAY, end_us=END, missing_hours_us=MONDAY + HOUR_US * np.arange(24 * 5))
    unknown = judge_hours(few, started, start_us=END, end_us=END + DAY_US, options=OPTIONS)
    assert all(np.isnan(hour.expected) and not hour.silent for hour in unknown)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 20), st.integers(1, 8), st.lists(st.integers(1, 23), max_size=4))
def test_judging_in_parts_gives_the_verdicts_of_the_whole(seed: int, first: int, hours: int, cuts: list[int]) -> None:
    started = without(starts(seed, 400), first, hours)
    whole = last_day(started)
    traffic = learn(started)
    edges = [0, *sorted(set(cuts)), 24]
    parts: list[HourOfCalls] = []
    for start, end in pairwise(edges):
        start_us, end_us = END + start * HOUR_US, END + end * HOUR_US
        seen = (started >= start_us - LOOKBACK_HOURS * HOUR_US) & (started < end_us)
        parts += judge_hours(traffic, started[seen], start_us=start_us, end_us=end_us, options=OPTIONS)
    assert parts == whole


def test_the_dispersion_is_the_moment_estimate() -> None:
    rng = np.random.default_rng(7)
    counts = rng.negative_binomial(1 / 0.4, (1 / 0.4) / (1 / 0.4 + 30), 7 * 24)
    started = np.repeat(MONDAY + HOUR_US * np.arange(7 * 24), counts)
    assert learn(started).dispersion == pytest.approx(0.4, abs=0.12)


def test_doctor_is_told_after_how_many_hours_a_silence_shows() -> None:
    busy, slow, rare = (detectable_hours(learn(starts(8, n)), options=OPTIONS) for n in (3000, 150, 8))
    assert busy == 1
    assert slow is not None
    assert 2 <= slow <= 12
    assert rare is None


def test_a_window_of_broken_hours_is_refused() -> None:
    with pytest.raises(UsageError, match="whole UTC hours"):
        learn_traffic(np.array([MONDAY]), start_us=MONDAY, end_us=MONDAY + 1)
    with pytest.raises(UsageError, match="whole UTC hours"):
        judge_hours(learn(starts(1, 10)), np.array([MONDAY]), start_us=END, end_us=END, options=OPTIONS)
