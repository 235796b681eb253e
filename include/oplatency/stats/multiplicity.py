"""Many tests at once: the false discovery rate, and how many false alerts a night is expected to bring.

Defined in docs/statistics.md, "Many tests".
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oplatency.errors import UsageError


def expected_false(n_tests: Mapping[str, int], *, rates: Mapping[str, float]) -> float:
    """Return the number of false alerts expected of a number of tests.

    Parameters
    ----------
    n_tests : mapping of rule to int
        Tests that were made, in the unit of the rule's rate.
    rates : mapping of rule to float
        Calibrated share of false alerts.

    Returns
    -------
    float
        Sum over the rules of tests times rate; exact whatever the dependence between the tests.

    Raises
    ------
    UsageError
        If a rule has no rate or a count is negative.
    """
    for rule, count in n_tests.items():
        if rule not in rates or count < 0:
            raise UsageError(
                f"No expected number of false alerts for {count} tests of {rule!r}.",
                where="n_tests",
                remedy=f"count tests of {', '.join(sorted(rates))}, from 0 on",
            )
    return math.fsum(count * rates[rule] for rule, count in n_tests.items())


def benjamini_hochberg(p: ArrayLike, *, n_tests: int | None = None) -> NDArray[np.float64]:
    """Return adjusted p-values: those at most q are findings at a false discovery rate of q.

    Parameters
    ----------
    p : array_like, shape (k,)
        P-values in [0, 1]; NaN stands for a test that could not be made, stays NaN and is not counted.
    n_tests : int, optional
        How many tests were made, if `p` holds only the smallest of their p-values; by default all that are not
        NaN. Leaving out p-values above c leaves every adjusted value below c as it is.

    Returns
    -------
    ndarray, shape (k,)
        Adjusted p-values, never below `p`, at most 1, in the order of `p`.

    Raises
    ------
    UsageError
        If a p-value lies outside [0, 1] or `n_tests` is below their number.

    References
    ----------
    Benjamini & Hochberg (1995), "Controlling the false discovery rate". Under positive dependence it holds as it
    is: Benjamini & Yekutieli (2001).
    """
    values = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(values)
    given = values[tested]
    total = given.size if n_tests is None else n_tests
    if given.size and not (given.min() >= 0 and given.max() <= 1):
        raise UsageError(
            "A p-value lies outside [0, 1].",
            where=f"smallest {given.min()}, largest {given.max()}",
            remedy="pass probabilities",
        )
    if total < given.size:
        raise UsageError(
            f"{given.size} p-values cannot come from {total} tests.",
            where="n_tests",
            remedy="count every test that was made",
        )
    adjusted = np.full(values.shape, np.nan)
    order = np.argsort(given, kind="stable")
    stepped = given[order] * total / np.arange(1, given.size + 1)
    in_order = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    back = np.empty_like(given)
    back[order] = in_order
    adjusted[tested] = np.maximum(back, given)
    return adjusted
