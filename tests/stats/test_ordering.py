"""Calls in order of their start."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oplatency.stats.ordering import in_order

calls = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.floats(-1, 1)), max_size=60)


@given(calls)
def test_positions_are_those_of_a_sort_by_all_keys(rows: list[tuple[int, int, float]]) -> None:
    starts, durations, scores = (np.array([row[key] for row in rows]) for key in range(3))
    for keys in ((starts,), (starts, durations), (starts, durations, scores)):
        assert in_order(*keys).tolist() == np.lexsort(keys[::-1]).tolist()
