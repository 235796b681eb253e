"""A day that closed, judged by every rule of closed days: its changes and their onsets, and a verdict each."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from oplatency.baselines.versions import Version
from oplatency.detection.findings import Change, Degradation, Findings
from oplatency.detection.novelty import PriorAlerts
from oplatency.detection.onsets import date_change_of
from oplatency.detection.operation_day import OperationDay
from oplatency.detection.rules.contract import DayJudgement, DayRule
from oplatency.detection.rules.registry import day_rules
from oplatency.detection.verdicts import Verdict, at_least, outcome
from oplatency.settings import Settings
from oplatency.warehouse.calls import ALL_BRANCHES, Durations
from oplatency.windows import DAY, to_datetime


def judge_day(
    findings: Findings,
    operation_id: int,
    calls: Durations,
    day_end: datetime,
    *,
    older: Version | None,
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
    older : Version or None
        The baseline as of weeks before; without one the verdict says that there was none.
    """
    day = OperationDay(calls, day_end, settings.baseline.lookback_days, older, settings)
    prior = PriorAlerts(day.night_before())
    for rule in day_rules():
        for judgement in rule.judge(day):
            _add(findings, operation_id, day, rule, judgement, prior)


def _add(
    findings: Findings, operation_id: int, day: OperationDay, rule: DayRule, judged: DayJudgement, prior: PriorAlerts
) -> None:
    change, gates = judged.change, judged.gates
    min_coverage = day.settings.baseline.min_coverage
    alerts = change is not None and judged.alerts and day.coverage >= min_coverage
    if change is not None:
        if alerts:
            alerts = prior.is_novel(rule, change.severity)
            gates = (*gates, at_least("novelty", float(alerts), 1.0))
        day.changes.append((rule.kind, change))
        findings.degradations.append(_degradation(operation_id, day, rule, judged, change, is_alerting=alerts))
    reference = judged.reference
    ended = outcome(found=change is not None, alerting=alerts, n_calls=int(judged.n_calls))
    findings.verdicts.append(
        Verdict(
            operation_id=operation_id,
            branch_id=ALL_BRANCHES,
            rule=rule.name,
            window_start=day.end - judged.judged_days * DAY,
            window_end=day.end,
            baseline_as_of=None if reference is None else to_datetime(reference.start_us),
            n_calls=int(judged.n_calls),
            n_findings=int(change is not None),
            outcome="not_judged" if judged.observed is None else ended,
            observed=judged.observed,
            expected=judged.expected,
            needed=judged.needed,
            gates=(*gates, at_least("coverage", day.coverage, min_coverage)),
            baseline_id=None if reference is None else reference.baseline_id,
            baseline_level=None if reference is None else reference.level,
        )
    )


def _degradation(
    operation_id: int, day: OperationDay, rule: DayRule, judged: DayJudgement, change: Change, *, is_alerting: bool
) -> Degradation:
    columns = asdict(change)
    compared_days = columns.pop("compared_days")
    return Degradation(
        operation_id=operation_id,
        branch_id=ALL_BRANCHES,
        kind=rule.kind,
        window_start=day.end - judged.judged_days * DAY,
        window_end=day.end,
        lookback_days=day.lookback_days if compared_days is None else compared_days,
        is_alerting=is_alerting,
        **columns | {"severity": change.severity.name},
        **date_change_of(day, rule, judged)._asdict(),
    )
