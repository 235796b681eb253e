"""Days that closed: levels and tails that moved, and drifts over the window and over weeks; a verdict each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from oplatency.baselines.versions import Version
from oplatency.detection.day_rules import DayRules
from oplatency.detection.findings import Findings, Record
from oplatency.detection.novelty import Told
from oplatency.detection.onsets import date_finding
from oplatency.detection.verdicts import Gate, Rule, Verdict, at_least, at_most, outcome
from oplatency.settings import Settings, TrendSettings
from oplatency.stats.classical import classical_shift_z
from oplatency.stats.points import MIN_CALLS, Severity
from oplatency.stats.season import DAY_US
from oplatency.stats.trends import MIN_DAYS, Trend
from oplatency.warehouse.calls import ALL_BRANCHES, Durations
from oplatency.windows import DAY, to_datetime


@dataclass(frozen=True)
class _Day:
    """One operation on a day that closed."""

    operation_id: int
    rules: DayRules
    told: Told
    settings: Settings
    coverage: float
    """Part of the look-back's days that hold a call, 0 to 1."""

    @property
    def is_covered(self) -> bool:
        return self.coverage >= self.settings.baseline.min_coverage


def judge_day(
    findings: Findings,
    operation_id: int,
    calls: Durations,
    day_end: datetime,
    *,
    anchor: Version | None,
    settings: Settings,
) -> None:
    """Add what the rules of closed days say of one operation.

    Parameters
    ----------
    findings : Findings
        What is added to.
    calls : Durations
        The calls of the look-back that ends with the day.
    day_end : datetime
        End of the day, a UTC midnight.
    anchor : Version or None
        The baseline as of weeks before; without one the ledger says that there was none.
    """
    lookback_days = settings.baseline.lookback_days
    rules = DayRules(calls, day_end, lookback_days, anchor, settings)
    day = _Day(operation_id, rules, Told(rules.night_before()), settings, rules.days_with_calls() / lookback_days)
    is_slower = False
    for judged_days in rules.lengths(settings.shifts.judged_days):
        is_slower |= _judge_level(findings, day, judged_days)
    for judged_days in rules.lengths(settings.tails.judged_days):
        _judge_tail(findings, day, judged_days, is_explained=is_slower)
    _judge_trend(findings, day)
    _judge_anchor(findings, day)


def _judge_level(findings: Findings, day: _Day, judged_days: int) -> bool:
    """Return whether the operation is slower as a whole."""
    options = day.settings.shifts
    new, base = day.rules.newest(judged_days)
    shift = day.rules.level(judged_days)
    if shift is None:
        _add(findings, day, "shift", judged_days, new.started_us.size, gates=(_fewest(new, base),))
        return False
    record = None
    if shift.flagged:
        record = {
            "kind": "shift",
            "n_before": shift.n_base,
            "n_after": shift.n_new,
            "before_us": shift.base_median_us,
            "after_us": shift.new_median_us,
            "z": shift.z,
            "classical_z": classical_shift_z(new.durations_us, base.durations_us),
            "effect": shift.effect,
            "effect_low": shift.effect_low,
            "effect_high": shift.effect_high,
            "quantile_shifts": list(shift.quantile_shifts),
            "shape": shift.shape,
            "severity": shift.severity.name,
        }
    _add(
        findings,
        day,
        "shift",
        judged_days,
        shift.n_new,
        gates=(
            _fewest(new, base),
            at_least("z", abs(shift.z), options.min_z),
            _change(shift.z, shift.effect, options.min_effect),
            at_least("severity", shift.effect, options.warning_effect),
        ),
        record=record,
        is_alerting=shift.alerting,
        observed=shift.new_median_us,
        expected=shift.base_median_us,
        needed=_needed(shift.base_median_us, shift.z, shift.effect, options.min_z, options.min_effect),
    )
    return shift.flagged and shift.z > 0


def _judge_tail(findings: Findings, day: _Day, judged_days: int, *, is_explained: bool) -> None:
    """Judge the slow calls; where all calls are slower, slower slow calls are no finding of their own."""
    options = day.settings.tails
    new, base = day.rules.newest(judged_days)
    tail = day.rules.tail(judged_days)
    if tail is None:
        gate = _fewest(new, base)
        if gate.passed:  # then the older days are too few to know their q95
            gate = at_least("n", float(base.started_us.size), 59)
        _add(findings, day, "tail", judged_days, new.started_us.size, gates=(gate,))
        return
    # calls that lie above a quantile by less than the smallest scale are ties that the clock broke
    effect_gate = at_least("effect", tail.effect, day.settings.points.scale_floor)
    record = None
    if tail.flagged and effect_gate.passed and not is_explained:
        record = {
            "kind": "tail",
            "n_before": tail.n_base,
            "n_after": tail.n_new,
            "before_us": tail.base_tail_us,
            "after_us": tail.new_tail_us,
            "z": tail.z,
            "classical_z": classical_shift_z(new.durations_us, base.durations_us),
            "effect": tail.effect,
            "effect_low": None if tail.effect_low is None else min(tail.effect_low, tail.effect),
            "effect_high": None if tail.effect_high is None else max(tail.effect_high, tail.effect),
            "shape": "tail",
            "severity": tail.severity.name,
        }
    _add(
        findings,
        day,
        "tail",
        judged_days,
        tail.n_new,
        gates=(
            _fewest(new, base),
            at_least("significance", float(tail.n_slow), options.min_calls_above),
            at_least("z", tail.z, tail.min_z),
            at_least("share", tail.ratio, tail.min_ratio),
            effect_gate,
            at_most("exclusion", float(is_explained), 0.0),
            at_least("severity", tail.effect, options.warning_effect),
        ),
        record=record,
        quantile=tail.quantile,
        is_alerting=tail.alerting,
        observed=tail.new_tail_us,
        expected=tail.base_tail_us,
    )


def _judge_trend(findings: Findings, day: _Day) -> None:
    options = day.settings.trends
    starts, durations = day.rules.calls.started_us, day.rules.calls.durations_us
    lookback_days = day.rules.lookback_days
    trend = day.rules.trend()
    if trend is None:
        gate = at_least("n", float(day.rules.days_with_calls()), MIN_DAYS)
        _add(findings, day, "trend", lookback_days, starts.size, gates=(gate,))
        return
    z, effect, low, high = _line(trend, options)
    middle_us, half = float(np.exp(np.median(np.log(durations)))), math.sqrt(1 + effect)
    record = None
    if trend.flagged:
        days = starts // DAY_US
        record = {
            "kind": "trend",
            "n_before": int((days == days[0]).sum()),
            "n_after": int((days == days[-1]).sum()),
            "before_us": middle_us / half,
            "after_us": middle_us * half,
            "z": z,
            "effect": effect,
            "effect_low": low,
            "effect_high": high,
            "shape": "uniform",
            "severity": trend.severity.name,
        }
    _add(
        findings,
        day,
        "trend",
        lookback_days,
        starts.size,
        gates=(
            at_least("n", float(trend.n_days), MIN_DAYS),
            at_least("z", abs(z), options.min_z),
            _change(z, effect, options.min_effect),
            at_least("severity", effect, options.warning_effect),
        ),
        record=record,
        is_alerting=trend.alerting,
        observed=middle_us * half,
        expected=middle_us / half,
        needed=_needed(middle_us / half, z, effect, options.min_z, options.min_effect),
    )


def _judge_anchor(findings: Findings, day: _Day) -> None:
    options, anchor = day.settings.trends, day.rules.anchor
    new, _ = day.rules.newest(options.anchor_judged_days)
    shift = day.rules.creep()
    if anchor is None or shift is None:
        gate = at_least("n", 0.0 if anchor is None else float(new.started_us.size), MIN_CALLS)
        judged_days, n_calls = options.anchor_judged_days, new.started_us.size
        _add(findings, day, "anchor", judged_days, n_calls, gates=(gate,), anchor=anchor)
        return
    record = {
        "kind": "trend",
        "n_before": shift.n_anchor,
        "n_after": shift.n_new,
        "before_us": shift.anchor_median_us,
        "after_us": shift.new_median_us,
        "z": shift.z,
        "effect": shift.effect,
        "effect_low": shift.effect_low,
        "effect_high": shift.effect_high,
        "shape": "uniform",
        "severity": shift.severity.name,
        "lookback_days": options.anchor_days,
    }
    _add(
        findings,
        day,
        "anchor",
        options.anchor_judged_days,
        shift.n_new,
        gates=(
            at_least("n", float(min(shift.n_new, shift.n_anchor)), MIN_CALLS),
            at_least("z", abs(shift.z), options.anchor_min_z),
            _change(shift.z, shift.effect, options.anchor_min_effect),
            at_most("exclusion", anchor.excluded_hours, anchor.max_excluded_hours),
            at_least("severity", shift.effect, options.warning_effect),
        ),
        record=record if shift.flagged else None,
        is_alerting=shift.alerting and anchor.keeps_enough,
        observed=shift.new_median_us,
        expected=shift.anchor_median_us,
        needed=_needed(shift.anchor_median_us, shift.z, shift.effect, options.anchor_min_z, options.anchor_min_effect),
        anchor=anchor,
    )


def _add(
    findings: Findings,
    day: _Day,
    rule: Rule,
    judged_days: int,
    n_calls: int,
    *,
    gates: tuple[Gate, ...],
    record: Record | None = None,
    is_alerting: bool = False,
    observed: float | None = None,
    expected: float | None = None,
    needed: float | None = None,
    anchor: Version | None = None,
    quantile: float = 0.5,
) -> None:
    start, end = day.rules.end - judged_days * DAY, day.rules.end
    alerts = record is not None and is_alerting and day.is_covered
    if alerts and record is not None:
        alerts = day.told.is_news(rule, Severity[record["severity"]])
        gates = (*gates, at_least("news", float(alerts), 1.0))
    if record is not None:
        shared: dict[str, Any] = {
            "operation_id": day.operation_id,
            "branch_id": ALL_BRANCHES,
            "window_start": start,
            "window_end": end,
            "lookback_days": day.rules.lookback_days,
            "classical_z": None,
            "quantile_shifts": None,
            "is_alerting": alerts,
        }
        onset = date_finding(day.rules.calls, end, rule, judged_days, quantile=quantile, settings=day.settings)
        findings.degradations.append(shared | record | onset)
    ended = outcome(found=record is not None, alerting=alerts, n_calls=int(n_calls))
    findings.verdicts.append(
        Verdict(
            operation_id=day.operation_id,
            branch_id=ALL_BRANCHES,
            rule=rule,
            window_start=start,
            window_end=end,
            baseline_as_of=None if anchor is None else to_datetime(anchor.start_us),
            n_calls=int(n_calls),
            n_findings=int(record is not None),
            outcome="not_judged" if observed is None else ended,
            observed=observed,
            expected=expected,
            needed=needed,
            gates=(*gates, at_least("coverage", day.coverage, day.settings.baseline.min_coverage)),
            baseline_id=None if anchor is None else anchor.baseline_id,
            baseline_level=None if anchor is None else anchor.level,
        )
    )


def _fewest(new: Durations, base: Durations) -> Gate:
    return at_least("n", float(min(new.started_us.size, base.started_us.size)), MIN_CALLS)


def _change(z: float, effect: float, min_effect: float) -> Gate:
    """Return the gate of a change in either direction; a speed-up is told as the slow-down that would undo it."""
    if z >= 0:
        return at_least("effect", effect, min_effect)
    return Gate("effect", 1 / (1 + effect) - 1, min_effect, effect <= 1 / (1 + min_effect) - 1)


def _needed(base_us: float, z: float, effect: float, min_z: float, min_effect: float) -> float:
    """Return the later level that would have passed both limits, at the same scatter."""
    by_z = math.log1p(effect) * min_z / z if z else 0.0
    return base_us * math.exp(max(abs(by_z), math.log1p(min_effect)))


def _line(trend: Trend, options: TrendSettings) -> tuple[float, float, float | None, float | None]:
    """Return z, effect and interval of the line that decided: of those that pass their limits the steeper one."""
    plain = (trend.z, trend.effect, None, None)
    if trend.weighted_z is None or trend.weighted_effect is None:
        return plain
    weighted = (trend.weighted_z, trend.weighted_effect, trend.effect_low, trend.effect_high)
    passing = [
        line
        for line in (weighted, plain)
        if abs(line[0]) >= options.min_z and _change(line[0], line[1], options.min_effect).passed
    ]
    return max(passing, key=lambda line: abs(line[1]), default=weighted)
