"""What each rule decided of each window, for silence as well as for an alert: gates with values and limits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg.types.json import Jsonb

from oplatency.baselines.versions import Level

Outcome = Literal["alert", "finding", "quiet", "no_calls", "not_judged"]


class Gate(NamedTuple):
    """One condition of a rule.

    Attributes
    ----------
    name : str
        As its rule declares it.
    value : float or None
        What was found; None where it could not be computed.
    limit : float
        What it is compared with.
    passed : bool
        Whether the rule went on.
    """

    name: str
    value: float | None
    limit: float
    passed: bool


class Verdict(NamedTuple):
    """The decision of one rule about one operation, branch and window.

    Attributes
    ----------
    window_start, window_end : datetime
        What was judged, UTC, half-open.
    baseline_as_of : datetime or None
        Version that was judged against.
    n_calls, n_findings : int
        Calls in the window, and findings made of it.
    observed, expected, needed : float or None
        What decided, what was expected, and from where on it would have been a finding: microseconds; for silences
        calls.
    gates : tuple of Gate
        In the order in which they are passed.
    baseline_id, baseline_level : int, str or None
        Version that judged what decided, and what it was made from.
    """

    operation_id: int
    branch_id: int
    rule: str
    window_start: datetime
    window_end: datetime
    baseline_as_of: datetime | None
    n_calls: int
    n_findings: int
    outcome: Outcome
    observed: float | None
    expected: float | None
    needed: float | None
    gates: tuple[Gate, ...]
    baseline_id: int | None = None
    baseline_level: Level | None = None

    def record(self) -> dict[str, Any]:
        """Return the columns of ``staged_verdicts`` but the run's token."""
        return self._asdict() | {
            "observed": _number(self.observed),
            "expected": _number(self.expected),
            "needed": _number(self.needed),
            "gates": Jsonb([(gate.name, _number(gate.value), gate.limit, gate.passed) for gate in self.gates]),
        }


def at_least(name: str, value: float | None, limit: float) -> Gate:
    """Return a gate that is passed from its limit on; what could not be computed does not pass."""
    return Gate(name, value, limit, value is not None and value >= limit)


def at_most(name: str, value: float | None, limit: float) -> Gate:
    """Return a gate that is passed up to its limit; what could not be computed does not pass."""
    return Gate(name, value, limit, value is not None and value <= limit)


def outcome(*, found: bool, alerting: bool, n_calls: int) -> Outcome:
    """Name what became of a window that could be judged."""
    if alerting:
        return "alert"
    if found:
        return "finding"
    return "quiet" if n_calls else "no_calls"


def by_outcome(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Return how many verdicts ended how."""
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
    return dict(sorted(counts.items()))


def _number(value: float | None) -> float | None:
    # JSON and PostgreSQL's jsonb know no NaN
    return None if value is None or not math.isfinite(value) else float(value)
