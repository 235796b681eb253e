"""Trend: a drift over the days of the look-back (docs/statistics.md, "Trends")."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from oplatency.detection.change_gates import change, needed
from oplatency.detection.findings import Change
from oplatency.detection.operation_day import OperationDay
from oplatency.detection.rules.contract import (
    CHANGE,
    COVERAGE,
    NOVELTY,
    SCORE,
    SEVERITY,
    DayJudgement,
    DayRule,
    GateWords,
)
from oplatency.detection.verdicts import at_least
from oplatency.settings import TrendSettings
from oplatency.stats.points import Severity
from oplatency.stats.season import DAY_US
from oplatency.stats.trends import MIN_DAYS, Trend, drift
from oplatency.windows import to_us


def judge(day: OperationDay) -> Iterator[DayJudgement]:
    """Give what the line through the days comes to."""
    options = day.settings.trends
    starts, durations = day.calls.started_us, day.calls.durations_us
    trend = _fit(day)
    if trend is None:
        gate = at_least("n", float(day.days_with_calls()), MIN_DAYS)
        yield DayJudgement(day.lookback_days, starts.size, (gate,))
        return
    z, effect, low, high = _line(trend, options)
    middle_us, half = float(np.exp(np.median(np.log(durations)))), math.sqrt(1 + effect)
    days = starts // DAY_US
    found = Change(
        n_before=int((days == days[0]).sum()),
        n_after=int((days == days[-1]).sum()),
        before_us=middle_us / half,
        after_us=middle_us * half,
        z=z,
        effect=effect,
        effect_low=low,
        effect_high=high,
        shape="uniform",
        severity=trend.severity,
    )
    yield DayJudgement(
        day.lookback_days,
        starts.size,
        gates=(
            at_least("n", float(trend.n_days), MIN_DAYS),
            at_least("z", abs(z), options.min_z),
            change(z, effect, options.min_effect),
            at_least("severity", effect, day.settings.degradations.warning_effect),
        ),
        observed=middle_us * half,
        expected=middle_us / half,
        needed=needed(middle_us / half, z, effect, options.min_z, options.min_effect),
        change=found if trend.flagged else None,
        alerts=trend.alerting,
    )


def alerting(day: OperationDay) -> Iterator[Severity]:
    """Give the severity of the drift if it would alert."""
    trend = _fit(day)
    if trend is not None and trend.alerting:
        yield trend.severity


def _fit(day: OperationDay) -> Trend | None:
    return drift(
        day.calls.started_us,
        day.calls.durations_us,
        window_end_us=to_us(day.end),
        lookback_days=day.lookback_days,
        points=day.settings.points,
        trend=day.settings.trends,
        degradations=day.settings.degradations,
    )


def _line(trend: Trend, options: TrendSettings) -> tuple[float, float, float | None, float | None]:
    """Return z, effect and interval of the line that decided: of those that pass their limits the steeper one."""
    plain = (trend.z, trend.effect, None, None)
    if trend.weighted_z is None or trend.weighted_effect is None:
        return plain
    weighted = (trend.weighted_z, trend.weighted_effect, trend.effect_low, trend.effect_high)
    passing = [
        line
        for line in (weighted, plain)
        if abs(line[0]) >= options.min_z and change(line[0], line[1], options.min_effect).passed
    ]
    return max(passing, key=lambda line: abs(line[1]), default=weighted)


RULE = DayRule(
    name="trend",
    kind="trend",
    grain="day",
    rank=5,
    title="Drift over the days",
    comparison="The line through the days goes from {before} to {now}",
    gates={
        "n": GateWords("days with calls"),
        "z": SCORE,
        "effect": CHANGE,
        "severity": SEVERITY,
        "novelty": NOVELTY,
        "coverage": COVERAGE,
    },
    false_rate=0.012,
    judge=judge,
    alerting=alerting,
    dating="drift",
    covered_by=frozenset({"shift", "trend"}),
    # a line through a step is steeper than the step is high
    implied_by=frozenset({"shift"}),
)
