"""Scales of branches lean on their operation: the weighted geometric mean of both."""

from __future__ import annotations

import numpy as np
import pytest

from oplatency.stats.points import PRIOR_WEIGHT_CALLS, Profile
from oplatency.stats.shrinkage import shrink_to_operation


def profile(n_calls: int, scale_up: float, scale_down: float) -> Profile:
    return Profile(n_calls, 7, True, np.zeros(24), 9.0, scale_up, scale_down)


@pytest.mark.parametrize("n_calls", [6, 50, 5000])
def test_a_branch_weighs_by_its_calls(n_calls: int) -> None:
    own, whole = profile(n_calls, 0.8, 0.1), profile(10_000, 0.2, 0.4)
    found = shrink_to_operation(own, whole)
    weights = [n_calls, PRIOR_WEIGHT_CALLS]
    assert found.scale_up == pytest.approx(np.exp(np.average(np.log([0.8, 0.2]), weights=weights)))
    assert found.scale_down == pytest.approx(np.exp(np.average(np.log([0.1, 0.4]), weights=weights)))
    assert (found.n_calls, found.location) == (n_calls, 9.0)
