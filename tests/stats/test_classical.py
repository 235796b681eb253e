"""The textbook rules beside their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from oplatency.stats.classical import classical_shift_z


@pytest.mark.parametrize("sizes", [(1, 2), (1, 40), (7, 5), (300, 900)])
def test_two_means_are_compared_in_standard_errors_of_the_base(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(sizes))
    new, base = (np.rint(rng.lognormal(9, 0.4, size)).astype(np.int64) for size in sizes)
    error = np.std(base, ddof=1) * math.sqrt(1 / new.size + 1 / base.size)
    assert classical_shift_z(new, base) == pytest.approx((new.mean() - base.mean()) / error)
    # a base that hardly varies counts as varying by 1 % of its mean
    steady = np.full(sizes[1], 5000)
    error = 50 * math.sqrt(1 / new.size + 1 / base.size)
    assert classical_shift_z(new, steady) == pytest.approx((new.mean() - 5000) / error)


def test_two_means_need_a_call_and_a_base_with_a_deviation() -> None:
    one, two, none = (np.arange(5000, 5000 + size) for size in (1, 2, 0))
    assert classical_shift_z(none, two) is None
    assert classical_shift_z(two, one) is None
    assert classical_shift_z(one, two) is not None
