"""Counts, totals and deviations of many calls: added and subtracted without their single durations.

Defined in docs/statistics.md, "Aggregates".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from oplatency.errors import UsageError


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What is known of a number of durations.

    Attributes
    ----------
    n : int
        How many there are.
    total : float
        Their sum, in the unit of the durations.
    squares : float
        Sum of squared distances from their mean, in that unit squared; the deviation is ``sqrt(squares / n)``, ddof 0.
    """

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """The mean, NaN of none."""
        return self.total / self.n if self.n else math.nan

    @property
    def sd(self) -> float:
        """The standard deviation, ddof 0, NaN of none."""
        return math.sqrt(self.squares / self.n) if self.n else math.nan


def pooled(parts: Iterable[Aggregate]) -> Aggregate:
    """Return the aggregate of all the durations of several.

    Squares within the parts are added, and those between their means; parts of no durations change nothing.

    References
    ----------
    Chan, Golub, LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician 37(3).
    """
    known = [part for part in parts if part.n]
    n, total = sum(part.n for part in known), math.fsum(part.total for part in known)
    within = (part.squares for part in known)
    between = (part.n * (part.mean - total / n) ** 2 for part in known)
    return Aggregate(n, total, math.fsum(within) + math.fsum(between))


def difference(whole: Aggregate, part: Aggregate) -> Aggregate:
    """Return the aggregate of the durations in `whole` that are not in `part`: `pooled`, turned round.

    Sums of squares are rounded at the source; what that makes negative is taken as 0, and one duration deviates by 0.

    Raises
    ------
    UsageError
        If `part` holds more durations than `whole`.
    """
    n = whole.n - part.n
    if n < 0:
        raise UsageError(f"A part of {part.n} durations is none of {whole.n}.", where="difference")
    if not n:
        return Aggregate(0, 0.0, 0.0)
    total = max(whole.total - part.total, 0.0)
    if not part.n:
        return Aggregate(n, total, whole.squares)
    between = part.n * n / whole.n * (total / n - part.mean) ** 2
    return Aggregate(n, total, max(whole.squares - part.squares - between, 0.0) if n > 1 else 0.0)
