"""The calls of whole hours against the baseline in force: anomalies, violations, and a verdict an hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oplatency.jobs.findings import Findings, Record
from oplatency.jobs.runs import Window
from oplatency.jobs.series import ALL_BRANCHES, Calls, Version, to_datetime, to_us
from oplatency.jobs.verdicts import Gate, Verdict, at_least, outcome
from oplatency.settings import Settings
from oplatency.stats.classical import classical_z
from oplatency.stats.evidence import chain_lengths
from oplatency.stats.points import (
    MIN_CALLS,
    Severity,
    alerting_calls,
    detectable_slowdown,
    score_calls,
    severities,
)
from oplatency.stats.season import HOUR_US
from oplatency.stats.usual import news_limits


@dataclass
class _Scored:
    """The calls of one operation, each with what its baseline says of it; NaN and -1 without one."""

    version: NDArray[np.int64]
    z: NDArray[np.float64]
    classical: NDArray[np.float64]
    effect: NDArray[np.float64]
    expected_us: NDArray[np.float64]
    limit_us: NDArray[np.float64]
    critical_us: NDArray[np.float64]
    longest_us: NDArray[np.float64]
    news_z: NDArray[np.float64]


def judge_operation(
    findings: Findings, operation_id: int, calls: Calls, versions: list[Version], window: Window, settings: Settings
) -> None:
    """Add what the point rules say of one operation.

    Parameters
    ----------
    findings : Findings
        What is added to.
    calls : Calls
        The calls of the window, and those of the look-back of groups before it.
    versions : list of Version
        The baselines in force within both, oldest first.
    window : Window
        Whole UTC hours.
    """
    scored, judges = _score(calls, versions, settings)
    severity = severities(scored.z, scored.effect, options=settings.points)
    slow = severity >= Severity.WARNING
    covered = np.array([*(version.is_covered for version in judges), False])
    # z in units of what the operation is used to: the rule of alerts is one for all
    options, told_z = settings.points, scored.z * (settings.points.warning_z / scored.news_z)
    unusual = slow & (scored.z >= scored.news_z)
    chain = chain_lengths(calls.started_us, unusual, options=options)
    enough = alerting_calls(
        calls.started_us,
        unusual,
        told_z,
        options=options,
        unprecedented=calls.durations_us > scored.longest_us,
    )
    alerting = enough & covered[scored.version]
    inside = calls.started_us >= to_us(window.start)
    judged = inside & (scored.version >= 0)
    findings.judged += int(judged.sum())
    if inside.any() and not judged.any():
        findings.unjudged["no_baseline"] += 1
    _add_findings(findings, operation_id, calls, judges, scored, judged, severity, alerting)
    for hour_us in range(to_us(window.start), to_us(window.end), HOUR_US):
        first, last = np.searchsorted(calls.started_us, [hour_us, hour_us + HOUR_US], side="left")
        findings.verdicts.append(
            _verdict(
                operation_id,
                hour_us,
                slice(int(first), int(last)),
                calls,
                versions,
                judges,
                scored,
                severity,
                alerting,
                enough,
                chain,
                settings,
            )
        )


def _judging(calls: Calls, versions: list[Version]) -> Iterator[tuple[NDArray[np.int64], Version]]:
    """Give the indices of the calls that a version judges, and which one judges them."""
    for of_operation in versions:
        first, last = np.searchsorted(calls.started_us, [of_operation.start_us, of_operation.end_us], side="left")
        for indices, version in of_operation.judging(calls.chosen(slice(first, last))):
            yield first + indices, version


def _score(calls: Calls, versions: list[Version], settings: Settings) -> tuple[_Scored, list[Version]]:
    n_calls = calls.started_us.size
    unknown = np.full((8, n_calls), np.nan)
    scored = _Scored(np.full(n_calls, -1), *unknown)
    judges = []
    for number, (part, version) in enumerate(_judging(calls, versions)):
        durations_us = calls.durations_us[part]
        scores = score_calls(version.profile, calls.started_us[part], durations_us, options=settings.points)
        scored.z[part], scored.expected_us[part], scored.effect[part] = scores.z, scores.expected_us, scores.effect
        scored.classical[part] = classical_z(durations_us, mean_us=version.mean_us, sd_us=version.sd_us)
        scored.version[part] = number
        scored.longest_us[part] = version.max_us
        scored.news_z[part] = news_limits(version.profile, calls.started_us[part], options=settings.points)
        scored.limit_us[part] = version.p99_us * version.alert_threshold
        scored.critical_us[part] = version.p99_us * max(settings.baseline.critical_multiplier, version.alert_threshold)
        judges.append(version)
    return scored, judges


def _add_findings(
    findings: Findings,
    operation_id: int,
    calls: Calls,
    versions: list[Version],
    scored: _Scored,
    judged: NDArray[np.bool_],
    severity: NDArray[np.int8],
    alerting: NDArray[np.bool_],
) -> None:
    def judge(index: int) -> Version:
        return versions[int(scored.version[index])]

    def call(index: int) -> Record:
        return {
            "operation_id": operation_id,
            "branch_id": ALL_BRANCHES,
            "observed_at": to_datetime(int(calls.started_us[index])),
            "identity_hash": int(calls.identity[index]),
            "duration_us": int(calls.durations_us[index]),
            "baseline_id": judge(index).baseline_id,
        }

    for index in np.flatnonzero(judged & (severity > Severity.NONE)):
        hour_us = int(calls.started_us[index]) // HOUR_US * HOUR_US
        findings.anomalies.append(
            call(int(index))
            | {
                "kind": "point",
                "window_start": to_datetime(hour_us),
                "window_end": to_datetime(hour_us + HOUR_US),
                "expected_us": float(scored.expected_us[index]),
                "z": float(scored.z[index]),
                "classical_z": float(scored.classical[index]),
                "effect": float(scored.effect[index]),
                "severity": Severity(severity[index]).name,
                "is_alerting": bool(alerting[index]),
                "call_branch_id": int(calls.branch_ids[index]),
                "baseline_level": judge(int(index)).level,
            }
        )
    with np.errstate(invalid="ignore"):
        over = judged & (calls.durations_us > scored.limit_us)
    for index in np.flatnonzero(over):
        is_critical = calls.durations_us[index] > scored.critical_us[index]
        findings.violations.append(
            call(int(index))
            | {"limit_us": float(scored.limit_us[index]), "severity": "CRITICAL" if is_critical else "WARNING"}
        )


def _verdict(
    operation_id: int,
    hour_us: int,
    part: slice,
    calls: Calls,
    versions: list[Version],
    judges: list[Version],
    scored: _Scored,
    severity: NDArray[np.int8],
    alerting: NDArray[np.bool_],
    enough: NDArray[np.bool_],
    chain: NDArray[np.int64],
    settings: Settings,
) -> Verdict:
    options = settings.points
    version = next((found for found in reversed(versions) if found.start_us <= hour_us), None)
    n_calls = part.stop - part.start
    shared: dict[str, Any] = {
        "operation_id": operation_id,
        "branch_id": ALL_BRANCHES,
        "rule": "point",
        "window_start": to_datetime(hour_us),
        "window_end": to_datetime(hour_us + HOUR_US),
        "baseline_as_of": None if version is None else to_datetime(version.start_us),
        "n_calls": int(n_calls),
    }
    if version is None or not n_calls:
        gates = (at_least("n", 0.0 if version is None else float(version.profile.n_calls), MIN_CALLS),)
        told: Any = "not_judged" if version is None and n_calls else "no_calls"
        return Verdict(
            **shared,
            n_findings=0,
            outcome=told,
            observed=None,
            expected=None,
            needed=None,
            gates=gates,
            baseline_id=None if version is None else version.baseline_id,
            baseline_level=None if version is None else version.level,
        )
    # the call that came closest: an alerting one, else a flagged one, else the largest z
    order = np.lexsort((scored.z[part], severity[part] >= Severity.WARNING, alerting[part]))
    index = part.start + int(order[-1])
    judge = judges[int(scored.version[index])]
    expected_us = float(scored.expected_us[index])
    strongest, in_chain = float(scored.z[index]), float(chain[index])
    return Verdict(
        **shared,
        n_findings=int((severity[part] > Severity.NONE).sum()),
        outcome=outcome(
            found=bool((severity[part] > Severity.NONE).any()), alerting=bool(alerting[part].any()), n_calls=n_calls
        ),
        observed=float(calls.durations_us[index]),
        expected=expected_us,
        needed=expected_us * (1 + detectable_slowdown(judge.profile, options=options)),
        gates=(
            at_least("n", float(judge.profile.n_calls), MIN_CALLS),
            at_least("z", strongest, options.warning_z),
            at_least("effect", float(scored.effect[index]), options.min_effect),
            at_least("usual", strongest, float(scored.news_z[index])),
            # a single z of alert_z, and evidence that adds up over rare calls, count as much as a chain
            Gate("persistence", in_chain, options.alert_calls, bool(enough[index])),
            Gate("coverage", judge.coverage, settings.baseline.min_coverage, judge.is_covered),
        ),
        baseline_id=judge.baseline_id,
        baseline_level=judge.level,
    )
