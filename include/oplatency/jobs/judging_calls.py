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
from oplatency.jobs.verdicts import Gate, Outcome, Verdict, at_least, outcome
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

    judges: list[Version]
    version: NDArray[np.int64]
    z: NDArray[np.float64]
    classical: NDArray[np.float64]
    effect: NDArray[np.float64]
    expected_us: NDArray[np.float64]
    limit_us: NDArray[np.float64]
    critical_us: NDArray[np.float64]
    longest_us: NDArray[np.float64]
    news_z: NDArray[np.float64]

    def judge(self, index: int) -> Version:
        """Return the version that a call is judged against."""
        return self.judges[int(self.version[index])]


@dataclass(frozen=True)
class _Judged:
    """What the rules say of each call.

    Attributes
    ----------
    severity : ndarray of int8
        Of the call by itself.
    chain : ndarray of int64
        Length of the chain of slow calls that it is part of.
    enough, alerting : ndarray of bool
        Whether the evidence is enough to tell a person, and whether, besides, the baseline covers enough days.
    """

    severity: NDArray[np.int8]
    chain: NDArray[np.int64]
    enough: NDArray[np.bool_]
    alerting: NDArray[np.bool_]


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
    scored = _score(calls, versions, settings)
    judged = _apply_rules(calls, scored, settings)
    inside = calls.started_us >= to_us(window.start)
    known = inside & (scored.version >= 0)
    findings.judged += int(known.sum())
    if inside.any() and not known.any():
        findings.unjudged["no_baseline"] += 1
    _add_findings(findings, operation_id, calls, scored, judged, known)
    _add_verdicts(findings, operation_id, calls, versions, scored, judged, window, settings)


def _apply_rules(calls: Calls, scored: _Scored, settings: Settings) -> _Judged:
    options = settings.points
    severity = severities(scored.z, scored.effect, options=options)
    # z in units of what the operation is used to: the rule of alerts is one for all
    told_z = scored.z * (options.warning_z / scored.news_z)
    unusual = (severity >= Severity.WARNING) & (scored.z >= scored.news_z)
    enough = alerting_calls(
        calls.started_us,
        unusual,
        told_z,
        options=options,
        unprecedented=calls.durations_us > scored.longest_us,
    )
    covered = np.array([*(version.is_covered for version in scored.judges), False])
    chain = chain_lengths(calls.started_us, unusual, options=options)
    return _Judged(severity, chain, enough, enough & covered[scored.version])


def _judging(calls: Calls, versions: list[Version]) -> Iterator[tuple[NDArray[np.int64], Version]]:
    """Give the indices of the calls that a version judges, and which one judges them."""
    for of_operation in versions:
        first, last = np.searchsorted(calls.started_us, [of_operation.start_us, of_operation.end_us], side="left")
        for indices, version in of_operation.judging(calls.chosen(slice(first, last))):
            yield first + indices, version


def _score(calls: Calls, versions: list[Version], settings: Settings) -> _Scored:
    n_calls = calls.started_us.size
    unknown = np.full((8, n_calls), np.nan)
    scored = _Scored([], np.full(n_calls, -1), *unknown)
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
        scored.judges.append(version)
    return scored


def _add_findings(
    findings: Findings,
    operation_id: int,
    calls: Calls,
    scored: _Scored,
    judged: _Judged,
    known: NDArray[np.bool_],
) -> None:
    def call(index: int) -> Record:
        return {
            "operation_id": operation_id,
            "branch_id": ALL_BRANCHES,
            "observed_at": to_datetime(int(calls.started_us[index])),
            "identity_hash": int(calls.identity[index]),
            "duration_us": int(calls.durations_us[index]),
            "baseline_id": scored.judge(index).baseline_id,
        }

    for index in np.flatnonzero(known & (judged.severity > Severity.NONE)):
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
                "severity": Severity(judged.severity[index]).name,
                "is_alerting": bool(judged.alerting[index]),
                "call_branch_id": int(calls.branch_ids[index]),
                "baseline_level": scored.judge(int(index)).level,
            }
        )
    with np.errstate(invalid="ignore"):
        over = known & (calls.durations_us > scored.limit_us)
    for index in np.flatnonzero(over):
        is_critical = calls.durations_us[index] > scored.critical_us[index]
        findings.violations.append(
            call(int(index))
            | {"limit_us": float(scored.limit_us[index]), "severity": "CRITICAL" if is_critical else "WARNING"}
        )


def _add_verdicts(
    findings: Findings,
    operation_id: int,
    calls: Calls,
    versions: list[Version],
    scored: _Scored,
    judged: _Judged,
    window: Window,
    settings: Settings,
) -> None:
    """Add one verdict an hour, of the call that came closest: an alerting, else a flagged one, else the largest z."""
    flagged = judged.severity > Severity.NONE
    # calls are in order of time, so that each hour keeps its place
    order = np.lexsort((scored.z, judged.severity >= Severity.WARNING, judged.alerting, calls.started_us // HOUR_US))
    edges = range(to_us(window.start), to_us(window.end) + 1, HOUR_US)
    places = np.searchsorted(calls.started_us, edges, side="left").tolist()
    before, alerts = (np.concatenate([[0], np.cumsum(mask)]).tolist() for mask in (flagged, judged.alerting))
    for hour_us, first, last in zip(edges, places, places[1:], strict=False):
        version = next((found for found in reversed(versions) if found.start_us <= hour_us), None)
        n_calls, n_findings = last - first, before[last] - before[first]
        shared: dict[str, Any] = {
            "operation_id": operation_id,
            "branch_id": ALL_BRANCHES,
            "rule": "point",
            "window_start": to_datetime(hour_us),
            "window_end": to_datetime(hour_us + HOUR_US),
            "baseline_as_of": None if version is None else to_datetime(version.start_us),
            "n_calls": n_calls,
            "n_findings": n_findings,
        }
        if version is None or not n_calls:
            findings.verdicts.append(_unjudged(version, n_calls, shared))
            continue
        told = outcome(found=n_findings > 0, alerting=alerts[last] > alerts[first], n_calls=n_calls)
        findings.verdicts.append(_verdict(int(order[last - 1]), told, calls, scored, judged, settings, shared))


def _unjudged(version: Version | None, n_calls: int, shared: dict[str, Any]) -> Verdict:
    return Verdict(
        **shared,
        outcome="not_judged" if version is None and n_calls else "no_calls",
        observed=None,
        expected=None,
        needed=None,
        gates=(at_least("n", 0.0 if version is None else float(version.profile.n_calls), MIN_CALLS),),
        baseline_id=None if version is None else version.baseline_id,
        baseline_level=None if version is None else version.level,
    )


def _verdict(
    index: int,
    told: Outcome,
    calls: Calls,
    scored: _Scored,
    judged: _Judged,
    settings: Settings,
    shared: dict[str, Any],
) -> Verdict:
    options, judge = settings.points, scored.judge(index)
    expected_us, strongest = float(scored.expected_us[index]), float(scored.z[index])
    return Verdict(
        **shared,
        outcome=told,
        observed=float(calls.durations_us[index]),
        expected=expected_us,
        needed=expected_us * (1 + detectable_slowdown(judge.profile, options=options)),
        gates=(
            at_least("n", float(judge.profile.n_calls), MIN_CALLS),
            at_least("z", strongest, options.warning_z),
            at_least("effect", float(scored.effect[index]), options.min_effect),
            at_least("usual", strongest, float(scored.news_z[index])),
            # a single z of alert_z, and evidence that adds up over rare calls, count as much as a chain
            Gate("persistence", float(judged.chain[index]), options.alert_calls, bool(judged.enough[index])),
            Gate("coverage", judge.coverage, settings.baseline.min_coverage, judge.is_covered),
        ),
        baseline_id=judge.baseline_id,
        baseline_level=judge.level,
    )
