"""Shift: the level of the newest days against the days before (docs/statistics.md, "Shifts")."""

from __future__ import annotations

from collections.abc import Iterator

from oplatency.detection.change_gates import change, fewest, needed
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
    N,
)
from oplatency.detection.verdicts import at_least
from oplatency.stats.before_after import JUDGED_DAYS
from oplatency.stats.classical import classical_shift_z
from oplatency.stats.points import Severity
from oplatency.stats.shifts import Shift, level_shift


def judge(day: OperationDay) -> Iterator[DayJudgement]:
    """Give what the level of each length of the newest part comes to."""
    for judged_days in day.lengths(JUDGED_DAYS):
        yield _judge(day, judged_days)


def alerting(day: OperationDay) -> Iterator[Severity]:
    """Give the severity of each shift that would alert."""
    for judged_days in day.lengths(JUDGED_DAYS):
        shift = _compare(day, judged_days)
        if shift is not None and shift.alerting:
            yield shift.severity


def _compare(day: OperationDay, judged_days: int) -> Shift | None:
    sides = day.sides(judged_days)
    return (
        None
        if sides is None
        else level_shift(
            sides, options=day.settings.shifts, points=day.settings.points, degradations=day.settings.degradations
        )
    )


def _judge(day: OperationDay, judged_days: int) -> DayJudgement:
    options = day.settings.shifts
    new, base = day.newest(judged_days)
    shift = _compare(day, judged_days)
    if shift is None:
        return DayJudgement(judged_days, new.started_us.size, (fewest(new, base),))
    found = Change(
        n_before=shift.n_base,
        n_after=shift.n_new,
        before_us=shift.base_median_us,
        after_us=shift.new_median_us,
        z=shift.z,
        classical_z=classical_shift_z(new.durations_us, base.durations_us),
        effect=shift.effect,
        effect_low=shift.effect_low,
        effect_high=shift.effect_high,
        quantile_shifts=list(shift.quantile_shifts),
        shape=shift.shape,
        severity=shift.severity,
    )
    return DayJudgement(
        judged_days,
        shift.n_new,
        gates=(
            fewest(new, base),
            at_least("z", abs(shift.z), options.min_z),
            change(shift.z, shift.effect, options.min_effect),
            at_least("severity", shift.effect, day.settings.degradations.warning_effect),
        ),
        observed=shift.new_median_us,
        expected=shift.base_median_us,
        needed=needed(shift.base_median_us, shift.z, shift.effect, options.min_z, options.min_effect),
        change=found if shift.flagged else None,
        alerts=shift.alerting,
    )


RULE = DayRule(
    name="shift",
    kind="shift",
    grain="day",
    rank=3,
    title="Level of {days}",
    comparison="Median {now} against {before} in the days before",
    gates={
        "n": N,
        "z": SCORE,
        "effect": CHANGE,
        "severity": SEVERITY,
        "novelty": NOVELTY,
        "coverage": COVERAGE,
    },
    false_rate=0.006,
    judge=judge,
    alerting=alerting,
    covered_by=frozenset({"shift", "trend"}),
)
