"""Tail: the slow calls of the newest days against those of the days before (docs/statistics.md, "Tails")."""

from __future__ import annotations

from collections.abc import Iterator

from oplatency.detection.change_gates import fewest
from oplatency.detection.findings import Change
from oplatency.detection.operation_day import OperationDay
from oplatency.detection.rules.contract import (
    COVERAGE,
    NOVELTY,
    SEVERITY,
    DayJudgement,
    DayRule,
    GateWords,
    N,
)
from oplatency.detection.verdicts import at_least, at_most
from oplatency.stats.before_after import JUDGED_DAYS
from oplatency.stats.classical import classical_shift_z
from oplatency.stats.points import Severity
from oplatency.stats.tails import MIN_CALLS_ABOVE, TailShift, tail_shift

MIN_BASE_CALLS = 59
"""Fewest older calls that know their q95: a 95 % upper bound of it exists from 59 calls on."""
EXPLAINED_BY = frozenset({"shift"})
"""Where all calls are slower, slower slow calls are not a separate finding."""


def judge(day: OperationDay) -> Iterator[DayJudgement]:
    """Give what the slow calls of each length of the newest part come to."""
    for judged_days in day.lengths(JUDGED_DAYS):
        yield _judge(day, judged_days)


def alerting(day: OperationDay) -> Iterator[Severity]:
    """Give the severity of each tail that would alert."""
    for judged_days in day.lengths(JUDGED_DAYS):
        tail = _compare(day, judged_days)
        if tail is not None and tail.alerting:
            yield tail.severity


def _compare(day: OperationDay, judged_days: int) -> TailShift | None:
    sides = day.sides(judged_days)
    return (
        None if sides is None else tail_shift(sides, options=day.settings.tails, degradations=day.settings.degradations)
    )


def _judge(day: OperationDay, judged_days: int) -> DayJudgement:
    new, base = day.newest(judged_days)
    tail = _compare(day, judged_days)
    if tail is None:
        gate = fewest(new, base)
        if gate.passed:
            gate = at_least("n_base", float(base.started_us.size), MIN_BASE_CALLS)
        return DayJudgement(judged_days, new.started_us.size, (gate,))
    # calls that lie above a quantile by less than the smallest scale are ties that the clock broke
    effect_gate = at_least("effect", tail.effect, day.settings.points.scale_floor)
    is_explained = day.is_slower(EXPLAINED_BY)
    found = Change(
        n_before=tail.n_base,
        n_after=tail.n_new,
        before_us=tail.base_tail_us,
        after_us=tail.new_tail_us,
        z=tail.z,
        classical_z=classical_shift_z(new.durations_us, base.durations_us),
        effect=tail.effect,
        effect_low=None if tail.effect_low is None else min(tail.effect_low, tail.effect),
        effect_high=None if tail.effect_high is None else max(tail.effect_high, tail.effect),
        shape="tail",
        severity=tail.severity,
    )
    return DayJudgement(
        judged_days,
        tail.n_new,
        gates=(
            fewest(new, base),
            at_least("significance", float(tail.n_slow), MIN_CALLS_ABOVE),
            at_least("z", tail.z, tail.min_z),
            at_least("share", tail.ratio, tail.min_ratio),
            effect_gate,
            at_most("explained", float(is_explained), 0.0),
            at_least("severity", tail.effect, day.settings.degradations.warning_effect),
        ),
        observed=tail.new_tail_us,
        expected=tail.base_tail_us,
        change=found if tail.flagged and effect_gate.passed and not is_explained else None,
        alerts=tail.alerting,
        quantile=tail.quantile,
    )


RULE = DayRule(
    name="tail",
    kind="tail",
    grain="day",
    rank=4,
    title="Slow calls of {days}",
    comparison="The slow end is at {now} against {before} in the days before",
    gates={
        "n": N,
        "n_base": GateWords("calls in the days before, to know their slow end"),
        "significance": GateWords("calls above the usual slow end"),
        "z": GateWords("standard deviations above the usual slow calls"),
        "share": GateWords("times the usual number or excess of slow calls"),
        "effect": GateWords("growth of the slow end", form="change"),
        "explained": GateWords(
            "explained by a shift of all calls", form="yes_no", limit="must be", is_precondition=True
        ),
        "severity": SEVERITY,
        "novelty": NOVELTY,
        "coverage": COVERAGE,
    },
    false_rate=0.015,
    judge=judge,
    alerting=alerting,
    # a level that moved takes the tail with it, not the other way round
    covered_by=frozenset({"shift", "tail", "trend"}),
)
