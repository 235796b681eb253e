"""The daily rhythm."""

from __future__ import annotations

import numpy as np
import pytest

from oplatency.stats.season import DAY_US, HOUR_US, hour_offsets, interpolated_offset, offset_at, utc_hour


def slow_offsets(hours: np.ndarray, y: np.ndarray, weight: float) -> list[float]:
    """Follow the definition word by word."""
    offsets = []
    for hour in range(24):
        near = [v for h, v in zip(hours, y, strict=True) if h in {(hour - 1) % 24, hour, (hour + 1) % 24}]
        own = (len(near) * np.median(near) + weight * np.median(y)) / (len(near) + weight) if near else np.median(y)
        offsets.append(float(own - np.median(y)))
    return offsets


def test_offsets_equal_the_definition_hour_by_hour_around_midnight_too() -> None:
    rng = np.random.default_rng(1)
    hours = rng.choice([0, 1, 2, 3, 7, 8, 22, 23], 200)
    y = rng.normal(8, 0.5, 200) + 0.1 * hours
    assert hour_offsets(hours, y, shrinkage_calls=10) == pytest.approx(slow_offsets(hours, y, 10.0), abs=1e-12)


def test_hours_without_a_call_nearby_are_not_moved() -> None:
    offsets = hour_offsets(np.array([12, 12, 12]), np.array([1.0, 2.0, 9.0]))
    assert np.flatnonzero(offsets).size == 0
    assert hour_offsets(np.array([], dtype=np.int64), np.array([])).tolist() == [0.0] * 24


def test_interpolation_meets_the_offset_in_the_middle_of_the_hour_and_wraps_at_midnight() -> None:
    offsets = np.zeros(24)
    offsets[23], offsets[0] = 1.0, 3.0
    midnight = 20_000 * DAY_US
    at = np.array([midnight - HOUR_US // 2, midnight, midnight + HOUR_US // 2])
    assert interpolated_offset(at, offsets) == pytest.approx([1.0, 2.0, 3.0])
    assert offset_at(at, offsets).tolist() == [1.0, 3.0, 3.0]


def test_hours_before_1970_are_hours_of_their_own_day() -> None:
    assert utc_hour(np.array([-1, -HOUR_US, 0])).tolist() == [23, 23, 0]
