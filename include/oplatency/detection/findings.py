"""What a detection found, before it is staged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from oplatency.baselines.versions import Level
from oplatency.detection.verdicts import Verdict
from oplatency.stats.points import Severity


class Anomaly(NamedTuple):
    """An abnormal call, or a silent hour: a row of ``anomalies``.

    Attributes
    ----------
    kind : str
        Kind of the rule that found it.
    window_start, window_end : datetime
        The hour it lies in, UTC, half-open.
    observed_at : datetime
        Start of the call; of an hour its start.
    identity_hash : int
        Identity of the call within its operation and start; 0 for an hour.
    duration_us, expected_us : float
        What was observed and expected, microseconds; of an hour the mean time from call to call.
    z, classical_z, effect : float
        Robust and textbook score, no unit, positive = slow; relative change, 0.25 = 25 % slower.
    call_branch_id : int or None
        Branch of the call.
    """

    operation_id: int
    branch_id: int
    kind: str
    window_start: datetime
    window_end: datetime
    observed_at: datetime
    identity_hash: int
    duration_us: float
    expected_us: float
    z: float
    classical_z: float
    effect: float
    severity: str
    is_alerting: bool
    baseline_id: int
    call_branch_id: int | None
    baseline_level: Level


class Violation(NamedTuple):
    """A call slower than its operation's limit: a row of ``violations``; durations and limits in microseconds."""

    operation_id: int
    branch_id: int
    observed_at: datetime
    identity_hash: int
    duration_us: int
    limit_us: float
    severity: str
    baseline_id: int


@dataclass(frozen=True)
class Change:
    """How the newest days of an operation differ from older ones.

    Attributes
    ----------
    n_before, n_after : int
        Calls of the older and of the newest days.
    before_us, after_us : float
        Level or quantile that is compared, microseconds.
    z, classical_z : float
        Robust and textbook score, no unit, positive = slower; a rule may have no textbook score.
    effect, effect_low, effect_high : float
        Relative change with its 95 % interval, 0.25 = 25 % slower.
    quantile_shifts : list of float, optional
        Change of p50, p75, p90, p95, p99, each a ratio - 1.
    compared_days : int, optional
        Days that are compared, where they are not those of the look-back.
    """

    n_before: int
    n_after: int
    before_us: float
    after_us: float
    z: float
    effect: float
    effect_low: float | None
    effect_high: float | None
    shape: str
    severity: Severity
    classical_z: float | None = None
    quantile_shifts: list[float] | None = None
    compared_days: int | None = None


class Onset(NamedTuple):
    """When a change began, with its 95 % interval, or why that is not known."""

    onset_at: datetime | None
    onset_low_at: datetime | None
    onset_high_at: datetime | None
    no_onset_reason: str | None


class Degradation(NamedTuple):
    """An operation whose level, slow calls or trend moved: a row of ``degradations``; see `Change` and `Onset`."""

    operation_id: int
    branch_id: int
    kind: str
    window_start: datetime
    window_end: datetime
    lookback_days: int
    n_before: int
    n_after: int
    before_us: float
    after_us: float
    z: float
    classical_z: float | None
    effect: float
    effect_low: float | None
    effect_high: float | None
    quantile_shifts: list[float] | None
    shape: str
    severity: str
    is_alerting: bool
    onset_at: datetime | None
    onset_low_at: datetime | None
    onset_high_at: datetime | None
    no_onset_reason: str | None


@dataclass
class Findings:
    """Rows of the findings' tables, and the verdicts behind them.

    Attributes
    ----------
    judged : int
        Calls that there was a baseline for.
    unjudged : Counter of str
        Operations that could not be judged, by reason.
    verdicts : list of Verdict
        One per operation, window and rule.
    """

    judged: int = 0
    unjudged: Counter[str] = field(default_factory=Counter)
    anomalies: list[Anomaly] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    degradations: list[Degradation] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
