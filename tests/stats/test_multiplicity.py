"""The false discovery rate against scipy and the worked example of its authors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from oplatency.errors import UsageError
from oplatency.stats.multiplicity import benjamini_hochberg, expected_false

# Benjamini & Hochberg (1995), section 3.2: fifteen p-values of which four are rejected at 5 %.
PUBLISHED = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=80)


def test_the_authors_example_rejects_four() -> None:
    assert int((benjamini_hochberg(PUBLISHED) <= 0.05).sum()) == 4


@given(p_values)
def test_adjusted_values_equal_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-9, atol=1e-300)


@given(p_values)
def test_leaving_out_large_p_values_changes_no_small_adjusted_one(p: list[float]) -> None:
    values = np.array(p)
    whole = benjamini_hochberg(values)
    kept = values <= 0.05
    part = benjamini_hochberg(values[kept], n_tests=values.size)
    small = whole[kept] < 0.05
    np.testing.assert_allclose(part[small], whole[kept][small], rtol=1e-12)
    assert np.all(part[~small] >= 0.05)


def test_a_test_that_could_not_be_made_is_not_counted() -> None:
    q = benjamini_hochberg([0.01, math.nan, 0.02])
    assert math.isnan(q[1])
    assert q[[0, 2]].tolist() == benjamini_hochberg([0.01, 0.02]).tolist()
    assert benjamini_hochberg([]).size == 0


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\[0, 1\]"):
        benjamini_hochberg([0.5, 1.2])
    with pytest.raises(UsageError, match="2 p-values"):
        benjamini_hochberg([0.5, 0.2], n_tests=1)


def test_the_expected_false_alerts_of_a_night_are_tests_times_rates() -> None:
    assert expected_false({"point": 33, "shift": 0}, rates={"point": 0.08, "shift": 0.006}) == pytest.approx(2.64)
    assert expected_false({}, rates={}) == 0
    assert expected_false({"a": 10, "b": 4}, rates={"a": 0.1, "b": 0.5}) == pytest.approx(3.0)
    with pytest.raises(UsageError, match="unknown"):
        expected_false({"unknown": 1}, rates={"point": 0.08})
