"""Adding and subtracting aggregates gives what the single durations give."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oplatency.errors import UsageError
from oplatency.stats.aggregates import Aggregate, difference, pooled

durations = st.lists(st.floats(0.001, 1e4), max_size=30)


def of(values: list[float]) -> Aggregate:
    """Compute an aggregate from its definition."""
    mean = math.fsum(values) / len(values) if values else 0.0
    return Aggregate(len(values), math.fsum(values), math.fsum((value - mean) ** 2 for value in values))


def close(found: Aggregate, expected: Aggregate) -> bool:
    # a sum of squares is known to the rounding of the largest square that went into it
    return (
        found.n == expected.n
        and math.isclose(found.total, expected.total, rel_tol=1e-9, abs_tol=1e-6)
        and math.isclose(found.squares, expected.squares, rel_tol=1e-6, abs_tol=1e-2)
    )


@given(st.lists(durations, max_size=5))
def test_pooling_gives_the_aggregate_of_all_durations(parts: list[list[float]]):
    assert close(pooled(map(of, parts)), of([value for part in parts for value in part]))


@given(durations, durations)
def test_the_difference_is_what_came_after(before: list[float], after: list[float]):
    assert close(difference(of(before + after), of(before)), of(after))


def test_mean_and_deviation_are_those_of_the_standard_library():
    values = [1.0, 2.5, 4.0, 4.0, 10.0]
    aggregate = of(values)
    assert (aggregate.mean, aggregate.sd) == pytest.approx((statistics.mean(values), statistics.pstdev(values)))


def test_a_difference_worked_out_by_hand():
    # 1, 3, 5, 9: total 18, squares 35; less 1, 3: total 4, squares 2; leaves 5, 9: total 14, squares 2 * 2^2
    assert difference(Aggregate(4, 18.0, 35.0), Aggregate(2, 4.0, 2.0)) == Aggregate(2, 14.0, 8.0)
    assert difference(Aggregate(3, 12.0, 8.0), Aggregate(2, 6.0, 2.0)) == Aggregate(1, 6.0, 0.0)


def test_what_rounding_makes_negative_is_zero():
    assert difference(Aggregate(5, 10.0, 0.0), Aggregate(2, 4.0, 1e-9)).squares == 0
    assert difference(Aggregate(5, 10.0, 3.0), Aggregate(2, 10.000001, 1.0)).total == 0


def test_of_nothing_there_is_no_mean():
    nothing = difference(of([1.0]), of([1.0]))
    assert nothing == Aggregate(0, 0.0, 0.0)
    assert math.isnan(nothing.mean)
    assert math.isnan(nothing.sd)
    assert pooled([]) == nothing


def test_a_part_larger_than_the_whole_is_an_error():
    with pytest.raises(UsageError, match="3 durations is none of 2"):
        difference(of([1.0, 2.0]), of([1.0, 2.0, 3.0]))
