"""Measure the detectors on fleets with known truth, plain rules and ours side by side.

    python benchmarks/detection.py [--replicates 8]

Prints one Markdown table; docs/statistics.md keeps the last one. Everything is seeded: the same table each time.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import scenarios as sc
from oplatency.settings import CorrelationSettings, PointSettings, ShiftSettings, TailSettings
from oplatency.stats.before_after import JUDGED_DAYS, BeforeAfter, split_before_after
from oplatency.stats.classical import classical_z
from oplatency.stats.correlation import CorrelationResult, correlate
from oplatency.stats.points import (
    Profile,
    Severity,
    alerting_calls,
    fit_profile,
    score_calls,
    severities,
    shrink_scales,
)
from oplatency.stats.recurring import recurring_limits, with_recurring
from oplatency.stats.shifts import level_shift
from oplatency.stats.tails import tail_shift
from oplatency.stats.trends import drift

POINTS = PointSettings()
SHIFTS = ShiftSettings()
TAILS = TailSettings()
CORRELATION = CorrelationSettings()
Make = Callable[[np.random.Generator, sc.Operation], sc.Series]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class RecordingCheck:
    """What each rule says about the judged calls of one operation."""

    truth: Flags
    ours: Flags
    alerts: Flags
    against_baseline: Flags
    inside_window: Flags
    oracle: Flags


def replicate(seed: int, scenario: int, **fleet: object) -> tuple[np.random.Generator, list[sc.Operation]]:
    rng = np.random.default_rng([seed, scenario])
    return rng, sc.fleet(rng, **fleet)  # type: ignore[arg-type]


def profiles_of(fleet: list[sc.Series]) -> dict[int, Profile]:
    found = {}
    for series in fleet:
        base = ~series.judged
        profile = fit_profile(series.started_us[base], series.durations_us[base], options=POINTS)
        if profile is not None:
            found[series.operation.number] = profile
    shrunk = shrink_scales(found, {s.operation.number: s.operation.category for s in fleet})
    calls = {s.operation.number: (s.started_us[~s.judged], s.durations_us[~s.judged]) for s in fleet}
    return {number: with_recurring(profile, *calls[number], options=POINTS) for number, profile in shrunk.items()}


def three_sigma(durations: NDArray[np.int64], of: NDArray[np.int64]) -> Flags:
    """Return the plain rule on raw durations: mean and sample deviation of `of`."""
    if of.size < 2:
        return np.zeros(durations.size, dtype=np.bool_)
    return classical_z(durations, mean_us=float(of.mean()), sd_us=float(of.std(ddof=1))) >= 3


def judge(fleet: list[sc.Series]) -> Iterator[RecordingCheck]:
    profiles = profiles_of(fleet)
    for series in fleet:
        day = series.judged
        starts, durations = series.started_us[day], series.durations_us[day]
        flagged = alerts = np.zeros(starts.size, dtype=np.bool_)
        profile = profiles.get(series.operation.number)
        if profile is not None:
            scores = score_calls(profile, starts, durations, options=POINTS)
            flagged = severities(scores.z, scores.effect, options=POINTS) >= Severity.WARNING
            recurring_z = recurring_limits(profile, starts, options=POINTS)
            alerts = alerting_calls(
                starts,
                flagged & (scores.z >= recurring_z),
                scores.z * (POINTS.warning_z / recurring_z),
                options=POINTS,
                unprecedented=durations > series.durations_us[~day].max(),
            )
        yield RecordingCheck(
            truth=series.anomalous[day],
            ours=flagged,
            alerts=alerts,
            against_baseline=three_sigma(durations, series.durations_us[~day]),
            inside_window=three_sigma(durations, durations),
            oracle=series.operation.tail_probability(series.noise[day]) < 0.00135,
        )


def f1(true: float, false: float, missed: float) -> float:
    return 2 * true / max(1.0, 2 * true + false + missed)


def point_f1(judged: list[RecordingCheck], rule: str) -> float:
    truth = np.concatenate([item.truth for item in judged])
    said = np.concatenate([getattr(item, rule) for item in judged])
    return f1(int((truth & said).sum()), int((~truth & said).sum()), int((truth & ~said).sum()))


def run_points(replicates: int, scenario: int, make: Make, **fleet: object) -> list[RecordingCheck]:
    judged: list[RecordingCheck] = []
    for seed in range(replicates):
        rng, operations = replicate(seed, scenario, **fleet)
        judged.extend(judge([make(rng, operation) for operation in operations]))
    return judged


def row(scenario: str, measure: str, plain: str, ours: str, remark: str = "") -> None:
    print(f"| {scenario} | {measure} | {plain} | {ours} | {remark} |", flush=True)


def points_table(replicates: int) -> None:
    strong_rhythm = (0.4, 0.6)

    def f1_row(name: str, scenario: int, make: Make, **fleet: object) -> None:
        judged = run_points(replicates, scenario, make, **fleet)
        plain = [point_f1(judged, rule) for rule in ("against_baseline", "inside_window")]
        oracle = point_f1(judged, "oracle")
        row(
            name,
            "point F1",
            f"{plain[0]:.2f} / {plain[1]:.2f}",
            f"{point_f1(judged, 'ours'):.2f}",
            f"oracle {oracle:.2f}",
        )

    def healthy_spikes(rng: np.random.Generator, operation: sc.Operation) -> sc.Series:
        return sc.spikes(rng, sc.healthy(rng, operation))

    def healthy_bad_day(rng: np.random.Generator, operation: sc.Operation) -> sc.Series:
        return sc.bad_day(rng, sc.healthy(rng, operation))

    f1_row("spikes 3x/5x/10x, strong rhythm, log-normal", 1, healthy_spikes, tails="lognormal", rhythm=strong_rhythm)
    for tails in ("ordinary", "mixed"):
        f1_row(f"spikes 3x/5x/10x, strong rhythm, {tails}", 2, healthy_spikes, tails=tails, rhythm=strong_rhythm)
        f1_row(f"5 to 30 baseline calls, {tails}", 3, sc.few_samples, tails=tails)
        for share in (0.02, 0.1, 0.2, 0.3):

            def masked(rng: np.random.Generator, operation: sc.Operation, share: float = share) -> sc.Series:
                return sc.masking(rng, sc.healthy(rng, operation), share=share)

            f1_row(f"{share:.0%} of the judged day 5x, {tails}", 4, masked, tails=tails)
        f1_row(f"one baseline day 3x, {tails}", 5, healthy_bad_day, tails=tails)

    for number, tails in enumerate(sc.FAMILIES):
        rhythm = strong_rhythm if tails == "lognormal" else (0.05, 0.3)
        judged = run_points(replicates, 10 + number, sc.healthy, tails=tails, rhythm=rhythm)
        plain, ours, sent = (
            sum(int(getattr(item, rule).sum()) for item in judged) / len(judged)
            for rule in ("against_baseline", "ours", "alerts")
        )
        remark = f"{sent:.3f} calls alert"
        row(f"nothing happens, {tails}", "findings per operation-day", f"{plain:.2f}", f"{ours:.2f}", remark)

    for tails in ("ordinary", "mixed"):
        judged = run_points(replicates, 20, lambda rng, op: sc.incident(rng, sc.healthy(rng, op)), tails=tails)
        hit = [item for item in judged if item.truth.sum() >= 3]
        plain, ours, sent = (
            np.mean([(getattr(item, rule) & item.truth).any() for item in hit])
            for rule in ("against_baseline", "ours", "alerts")
        )
        remark = f"{sent:.2f} alert; {len(hit)} incidents of at least 3 calls"
        row(f"two hours 4x, {tails}", "incidents found", f"{plain:.2f}", f"{ours:.2f}", remark)


def sides_of(series: sc.Series, judged_days: tuple[int, ...]) -> Iterator[BeforeAfter]:
    """Give the newest days of a series beside those before, for each length that can be compared."""
    for days in judged_days:
        sides = split_before_after(
            series.started_us,
            series.durations_us,
            window_end_us=sc.WINDOW_END_US,
            lookback_days=7,
            judged_days=days,
        )
        if sides is not None:
            yield sides


def slower(series: sc.Series) -> bool:
    """Return whether one of the nightly level comparisons flags a slow-down."""
    found = [level_shift(sides, options=SHIFTS) for sides in sides_of(series, JUDGED_DAYS)]
    return any(shift.flagged and shift.z > 0 for shift in found)


def tailed(series: sc.Series) -> bool:
    """Return whether a grown tail is flagged, over the newest day or the newest three."""
    found = [tail_shift(sides, options=TAILS) for sides in sides_of(series, JUDGED_DAYS)]
    return any(tail is not None and tail.flagged for tail in found)


def drifting(series: sc.Series) -> bool:
    """Return whether the trend test flags a slow-down."""
    trend = drift(series.started_us, series.durations_us, window_end_us=sc.WINDOW_END_US, lookback_days=7)
    return trend is not None and trend.flagged and trend.slope_per_day > 0


def p99_rule(series: sc.Series) -> bool:
    """Return the plain rule: p99 of the newer half of the week at least 20 % above that of the older half."""
    age = sc.WINDOW_END_US - series.started_us
    newer, older = age <= 3.5 * sc.DAY_US, (age > 3.5 * sc.DAY_US) & (age <= 7 * sc.DAY_US)
    if not (newer.any() and older.any()):
        return False
    p99 = [float(np.quantile(series.durations_us[part], 0.99)) for part in (newer, older)]
    return p99[0] >= 1.2 * p99[1]


def shifts_table(replicates: int, volumes: sc.Volumes) -> None:
    fleets = []
    for seed in range(replicates):
        rng, operations = replicate(seed, 30, tails="mixed", volumes_by=volumes)
        fleets.append([sc.healthy(rng, operation) for operation in operations])
    everyone = [series for fleet in fleets for series in fleet]
    false = [sum(map(rule, everyone)) / replicates for rule in (p99_rule, slower, drifting, tailed)]
    remark = f"trend {false[2]:.2f}, tail {false[3]:.2f}"
    name = f"nothing happens, {volumes}"
    row(name, "false shifts per night of 33", f"{false[0]:.2f}", f"{false[1]:.2f}", remark)

    def recall(rule: Callable[[sc.Series], bool], faulty: list[sc.Series]) -> float:
        return float(np.mean([rule(series) for series in faulty]))

    def recall_row(name: str, rule: Callable[[sc.Series], bool], faulty: list[sc.Series]) -> None:
        row(f"{name}, {volumes}", "recall", f"{recall(p99_rule, faulty):.2f}", f"{recall(rule, faulty):.2f}")

    for change in (0.2, 0.3, 0.5, 1.0):
        for days in JUDGED_DAYS:
            faulty = [sc.level_shift(series, days=days, change=change) for series in everyone]
            recall_row(f"last {days} d slower by {change:.0%}", slower, faulty)
    for change in (0.3, 0.6):
        faulty = [sc.drift(series, change=change) for series in everyone]
        recall_row(f"drift of {change:.0%} in a week", lambda series: drifting(series) or slower(series), faulty)
    rng = np.random.default_rng(31)
    for days in JUDGED_DAYS:
        faulty = [sc.tail_only(rng, series, days=days, share=0.05, factor=5.0) for series in everyone]
        recall_row(f"5% of the last {days} d slower by 5", tailed, faulty)


def correlated(fleet: list[sc.Series]) -> CorrelationResult:
    return correlate(
        {series.operation.number: (series.started_us, series.durations_us) for series in fleet},
        profiles_of(fleet),
        window_start_us=sc.JUDGED_START_US,
        window_end_us=sc.WINDOW_END_US,
        options=CORRELATION,
    )


def correlation_table(replicates: int) -> None:
    def pair_row(
        name: str,
        scenario: int,
        *,
        size: int,
        rhythm: bool = False,
        variation: float = 0.0,
        factor: float = 3.0,
        episodes: int = 6,
        minutes: tuple[float, float] = (10, 40),
    ) -> None:
        true = false = missed = raw = 0
        for seed in range(replicates):
            amplitudes = (0.5, 0.8) if rhythm else (0.05, 0.3)
            rng, operations = replicate(seed, scenario, tails="mixed", rhythm=amplitudes, shared_phase=rhythm)
            fleet = [sc.healthy(rng, operation) for operation in operations]
            if variation:
                fleet = sc.shared_variation(rng, fleet, sd=variation)
            known = [operation.number for operation in operations if operation.calls_per_day >= 120]
            members = sorted(int(number) for number in rng.permutation(known)[:size])
            hit = sc.bottleneck(
                rng, [fleet[number] for number in members], factor=factor, episodes=episodes, minutes=minutes
            )
            for number, series in zip(members, hit, strict=True):
                fleet[number] = series
            truth = set(itertools.combinations(members, 2))
            result = correlated(fleet)
            found = {(pair.a, pair.b) for pair in result.pairs}
            true, false, missed = true + len(found & truth), false + len(found - truth), missed + len(truth - found)
            raw += result.raw_pairs
        measure = "pair F1" if size else "false pairs per night"
        ours = f"{f1(true, false, missed):.2f}" if size else f"{false / replicates:.2f}"
        remark = f"{false / replicates:.2f} false pairs a night" if size else ""
        row(name, measure, f"{raw / replicates:.1f} pairs a night", ours, remark)

    pair_row("nothing happens", 40, size=0)
    pair_row("common rhythm only", 41, size=0, rhythm=True)
    pair_row("common hourly variation of 10 %", 42, size=0, variation=0.1)
    for size in (3, 5, 8):
        pair_row(f"bottleneck of {size}, 3x", 50 + size, size=size)
    pair_row("bottleneck of 5, 3x, under a common rhythm", 60, size=5, rhythm=True)
    pair_row("bottleneck of 5, 2x", 61, size=5, factor=2.0)
    pair_row("bottleneck of 5, 3x, once for two hours", 62, size=5, episodes=1, minutes=(120, 120.1))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=8, help="fleets of 33 operations per scenario")
    replicates = parser.parse_args().replicates
    print("| scenario | measure | plain rules | ours | remark |")
    print("|---|---|---|---|---|")
    points_table(replicates)
    shifts_table(replicates, "zipf")
    shifts_table(replicates, "steep")
    correlation_table(replicates)


if __name__ == "__main__":
    main()
