"""Creep: the newest days against the baseline of weeks ago (docs/statistics.md, "Trends")."""

from __future__ import annotations

from collections.abc import Iterator

from oplatency.detection.change_gates import change, needed
from oplatency.detection.findings import Change
from oplatency.detection.operation_day import OperationDay
from oplatency.detection.rules.contract import (
    CHANGE,
    COVERAGE,
    EXCLUSION,
    NOVELTY,
    SCORE,
    SEVERITY,
    DayJudgement,
    DayRule,
    N,
)
from oplatency.detection.verdicts import at_least, at_most
from oplatency.stats.points import MIN_CALLS, Severity
from oplatency.stats.trends import CREEP_JUDGED_DAYS, CREEP_MIN_EFFECT, CREEP_MIN_Z, CreepShift, creep_shift
from oplatency.windows import to_us


def judge(day: OperationDay) -> Iterator[DayJudgement]:
    """Give what the comparison with the older baseline comes to."""
    options, older = day.settings.trends, day.older
    new, _ = day.newest(CREEP_JUDGED_DAYS)
    shift = _compare(day)
    if older is None or shift is None:
        gate = at_least("n", 0.0 if older is None else float(new.started_us.size), MIN_CALLS)
        yield DayJudgement(CREEP_JUDGED_DAYS, new.started_us.size, (gate,), reference=older)
        return
    found = Change(
        n_before=shift.n_older,
        n_after=shift.n_new,
        before_us=shift.older_median_us,
        after_us=shift.new_median_us,
        z=shift.z,
        effect=shift.effect,
        effect_low=shift.effect_low,
        effect_high=shift.effect_high,
        shape="uniform",
        severity=shift.severity,
        compared_days=options.creep_days,
    )
    yield DayJudgement(
        CREEP_JUDGED_DAYS,
        shift.n_new,
        gates=(
            at_least("n", float(min(shift.n_new, shift.n_older)), MIN_CALLS),
            at_least("z", abs(shift.z), CREEP_MIN_Z),
            change(shift.z, shift.effect, CREEP_MIN_EFFECT),
            at_most("exclusion", older.excluded_hours, older.max_excluded_hours),
            at_least("severity", shift.effect, day.settings.degradations.warning_effect),
        ),
        observed=shift.new_median_us,
        expected=shift.older_median_us,
        needed=needed(shift.older_median_us, shift.z, shift.effect, CREEP_MIN_Z, CREEP_MIN_EFFECT),
        change=found if shift.flagged else None,
        alerts=shift.alerting and older.is_within_exclusion_limit,
        reference=older,
    )


def alerting(day: OperationDay) -> Iterator[Severity]:
    """Give the severity of the creep if it would alert."""
    shift = _compare(day)
    if shift is not None and shift.alerting and day.older is not None and day.older.is_within_exclusion_limit:
        yield shift.severity


def _compare(day: OperationDay) -> CreepShift | None:
    if day.older is None:
        return None
    return creep_shift(
        day.older.profile,
        day.calls.started_us,
        day.calls.durations_us,
        window_end_us=to_us(day.end),
        points=day.settings.points,
        degradations=day.settings.degradations,
    )


RULE = DayRule(
    name="creep",
    kind="trend",
    grain="day",
    rank=6,
    title="Level against weeks ago",
    comparison="Median {now} against {before} weeks ago",
    gates={
        "n": N,
        "z": SCORE,
        "effect": CHANGE,
        "exclusion": EXCLUSION,
        "severity": SEVERITY,
        "novelty": NOVELTY,
        "coverage": COVERAGE,
    },
    false_rate=None,
    judge=judge,
    alerting=alerting,
    dating="earlier",
    covered_by=frozenset({"shift", "trend"}),
    implied_by=frozenset({"shift"}),
)
