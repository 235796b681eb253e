"""Intervals that alert, and the arithmetic of intervals, against slow definitions."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oplatency.settings import PointSettings
from oplatency.stats.cusum import MINUTE_US
from oplatency.stats.exclusions import alerting_intervals, clipped, days_covered, inside, total, union
from oplatency.stats.points import fit_profile
from oplatency.stats.season import DAY_US, HOUR_US

OPTIONS = PointSettings()
intervals = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(intervals)
def test_the_union_holds_each_instant_once(parts: list[tuple[int, int]]) -> None:
    instants = {at for start, end in parts for at in range(start, end)}
    merged = union(parts)
    assert [at for start, end in merged for at in range(start, end)] == sorted(instants)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(merged))
    assert total(parts) == len(instants)
    found = inside(np.arange(61), parts)
    assert set(np.flatnonzero(found).tolist()) == instants
    assert total(clipped(parts, (10, 20))) == len(instants & set(range(10, 20)))


def _week(slow: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    starts = np.arange(0, 7 * DAY_US, 5 * MINUTE_US)
    durations = np.exp(8.5 + 0.1 * np.random.default_rng(1).standard_normal(starts.size)).astype(np.int64)
    for index, factor in slow.items():
        durations[index] *= factor
    return starts, durations


def test_a_group_is_a_stretch_and_a_lone_spike_is_none() -> None:
    starts, durations = _week({100: 50, **dict.fromkeys(range(700, 706), 5), 1500: 9, 1501: 9})
    profile = fit_profile(starts, durations, options=OPTIONS)
    assert profile is not None
    found = alerting_intervals(starts, durations, profile, options=OPTIONS)
    assert found == [(int(starts[700]), int(starts[705]) + 1)]


def test_days_are_those_with_calls_and_the_first_counts_from_its_first_call() -> None:
    assert days_covered(np.array([], dtype=np.int64)) == 0
    assert days_covered(np.array([0, 6 * DAY_US])) == 2
    assert days_covered(np.arange(18 * HOUR_US, 5 * DAY_US, HOUR_US)) == 4.25
