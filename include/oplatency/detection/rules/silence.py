"""Silence: hours with far fewer calls than usual (docs/statistics.md, "Silence"); no data is a finding of its own."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from oplatency.baselines.versions import Version
from oplatency.detection.evidence import Counts, Hours
from oplatency.detection.findings import Anomaly, Findings
from oplatency.detection.rules.contract import COVERAGE, GateWords, HourRule
from oplatency.detection.verdicts import Gate, Verdict, at_least, at_most, outcome
from oplatency.settings import Settings
from oplatency.stats.season import HOUR_US
from oplatency.stats.silence import MIN_KNOWN_DAYS, HourOfCalls, Traffic, judge_hours, learn_traffic
from oplatency.warehouse.calls import ALL_BRANCHES
from oplatency.windows import DAY, Window, floor_to, to_datetime, to_us

SOURCE_MIN_CALLS = 10
"""An hour is missing, not silent, where nothing at all came though this many calls usually do."""


def judge(context: Hours, findings: Findings) -> None:
    """Add a verdict for every operation and hour of the window, and a finding for each silent one.

    What is usual is learnt, for the hours of each day, from the whole days before it. A silence alerts with its first
    hour; where no operation at all made calls, only for the busiest of them.
    """
    counts, window, settings = context.evidence.counts, context.window, context.settings
    start = floor_to(window.start, DAY)
    while start < window.end:
        part = Window(max(start, window.start), min(start + DAY, window.end))
        base = Window(start - settings.baseline.lookback_days * DAY, start)
        missing = missing_hours(counts, base)
        judged = {
            operation_id: _judge(starts_us, part, base, missing, settings)
            for operation_id, starts_us in counts.starts_us.items()
        }
        blackout = _blackout_representatives(judged)
        for operation_id, (traffic, hours) in judged.items():
            if context.only in (None, operation_id):
                versions = context.versions(operation_id)
                # the first verdict is of the hour before: it says whether the silence is new
                for before, hour in pairwise(hours):
                    speaks = blackout.get(hour.hour_us, operation_id) == operation_id
                    is_first = not before.silent and speaks
                    _add(findings, operation_id, traffic, hour, versions, settings, is_first=is_first)
        start += DAY


def _judge(
    starts_us: NDArray[np.int64], part: Window, base: Window, missing: NDArray[np.int64], settings: Settings
) -> tuple[Traffic, list[HourOfCalls]]:
    traffic = learn_traffic(starts_us, start_us=to_us(base.start), end_us=to_us(base.end), missing_hours_us=missing)
    hours = judge_hours(
        traffic,
        starts_us,
        start_us=to_us(part.start) - HOUR_US,
        end_us=to_us(part.end),
        options=settings.silence,
    )
    return traffic, hours


def missing_hours(counts: Counts, base: Window) -> NDArray[np.int64]:
    """Return the hours of the baseline in which no source can have delivered: of nothing at all nothing is known."""
    start_us = to_us(base.start)
    n_hours = (to_us(base.end) - start_us) // HOUR_US
    if len(counts.starts_us) < 2:
        return np.empty(0, dtype=np.int64)  # a lone operation says nothing about its source
    inside = counts.total_us[(counts.total_us >= start_us) & (counts.total_us < to_us(base.end))]
    totals = np.bincount((inside - start_us) // HOUR_US, minlength=n_hours)
    usual = np.median(totals.reshape(-1, 24), axis=0)[np.arange(n_hours) % 24]
    found: NDArray[np.int64] = start_us + HOUR_US * np.flatnonzero((totals == 0) & (usual >= SOURCE_MIN_CALLS))
    return found


def _blackout_representatives(judged: Mapping[int, tuple[Traffic, list[HourOfCalls]]]) -> dict[int, int]:
    """Return, for each hour without any call, the silent operation that alerts for all of them."""
    by_hour: dict[int, list[tuple[float, int, HourOfCalls]]] = {}
    for operation_id, (_, hours) in judged.items():
        for hour in hours:
            by_hour.setdefault(hour.hour_us, []).append((-hour.expected, operation_id, hour))
    return {
        hour_us: min((wanted, key) for wanted, key, hour in found if hour.silent)[1]
        for hour_us, found in by_hour.items()
        if len(found) > 1 and not any(hour.n_calls for _, _, hour in found) and any(hour.silent for _, _, hour in found)
    }


def _add(
    findings: Findings,
    operation_id: int,
    traffic: Traffic,
    hour: HourOfCalls,
    versions: list[Version],
    settings: Settings,
    *,
    is_first: bool,
) -> None:
    options = settings.silence
    version = next((found for found in reversed(versions) if found.start_us <= hour.hour_us), None)
    is_known = not np.isnan(hour.expected)
    found = hour.silent and version is not None
    alerts = found and is_first and version is not None and version.is_covered
    start, end = to_datetime(hour.hour_us), to_datetime(hour.hour_us + HOUR_US)
    if found and version is not None:
        # the mean time without a call over the interval, against the usual time from call to call
        lasted_us = (hour.hour_us + HOUR_US - hour.since_us) / (hour.n_calls + 1)
        usual_us = HOUR_US / hour.expected
        findings.anomalies.append(
            Anomaly(
                operation_id=operation_id,
                branch_id=ALL_BRANCHES,
                kind=RULE.kind,
                window_start=start,
                window_end=end,
                observed_at=start,
                identity_hash=0,
                duration_us=lasted_us,
                expected_us=usual_us,
                z=float(-special.ndtri(max(hour.probability, 1e-300))),
                classical_z=lasted_us / usual_us - 1,
                effect=lasted_us / usual_us - 1,
                severity="WARNING",
                is_alerting=alerts,
                baseline_id=version.baseline_id,
                call_branch_id=None,
                baseline_level=version.level,
            )
        )
    gates = [at_least("n", float(traffic.n_days), MIN_KNOWN_DAYS)]
    if is_known:
        share = hour.n_calls / hour.expected if hour.expected > 0 else None
        gates += [
            at_most("share", share, options.max_share),
            at_most("significance", hour.probability, options.max_probability),
        ]
    coverage, is_covered = (0.0, False) if version is None else (version.coverage, version.is_covered)
    gates.append(Gate("coverage", coverage, settings.baseline.min_coverage, is_covered))
    ended = outcome(found=found, alerting=alerts, n_calls=1)
    findings.verdicts.append(
        Verdict(
            operation_id=operation_id,
            branch_id=ALL_BRANCHES,
            rule=RULE.name,
            window_start=start,
            window_end=end,
            baseline_as_of=None if version is None else to_datetime(version.start_us),
            n_calls=hour.n_calls,
            n_findings=int(found),
            outcome=ended if is_known and version is not None else "not_judged",
            observed=float(hour.n_calls),
            expected=hour.expected if is_known else None,
            needed=options.max_share * hour.expected if is_known else None,
            gates=tuple(gates),
            baseline_id=None if version is None else version.baseline_id,
            baseline_level=None if version is None else version.level,
        )
    )


RULE = HourRule(
    name="silence",
    kind="silence",
    grain="hour",
    rank=2,
    title="Number of calls",
    gates={
        "n": GateWords("days before that know this hour"),
        "share": GateWords("calls against those expected", form="share", limit="at most"),
        "significance": GateWords("probability of so few calls", form="probability", limit="at most"),
        "coverage": COVERAGE,
    },
    false_rate=1e-5,
    judge=judge,
)
