"""Point: single calls against the baseline in force (docs/statistics.md, "Point anomalies"): anomalies, violations,
and a verdict an hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oplatency.baselines.versions import Version
from oplatency.detection.evidence import Hours
from oplatency.detection.findings import Anomaly, Findings, Violation
from oplatency.detection.rules.contract import COVERAGE, EXCLUSION, GateWords, HourRule
from oplatency.detection.verdicts import Gate, Outcome, Verdict, at_least, at_most, outcome
from oplatency.settings import Settings
from oplatency.stats.classical import classical_z
from oplatency.stats.cusum import chain_lengths
from oplatency.stats.points import (
    MIN_CALLS,
    SEVERITIES,
    Severity,
    alerting_calls,
    detectable_slowdown,
    score_calls,
    severities,
)
from oplatency.stats.recurring import recurring_limits
from oplatency.stats.season import HOUR_US
from oplatency.warehouse.calls import ALL_BRANCHES, Calls
from oplatency.windows import Window, to_datetime, to_datetimes, to_us


@dataclass
class _Scored:
    """The calls of one operation, each with what its baseline says of it; NaN and -1 without one."""

    baselines: list[Version]
    version: NDArray[np.int64]
    z: NDArray[np.float64]
    classical: NDArray[np.float64]
    effect: NDArray[np.float64]
    expected_us: NDArray[np.float64]
    limit_us: NDArray[np.float64]
    critical_us: NDArray[np.float64]
    longest_us: NDArray[np.float64]
    recurring_z: NDArray[np.float64]

    def during(self, interval: slice) -> _Scored:
        """Return the same of some of the calls; what is written there is written here."""
        arrays = {name: array[interval] for name, array in vars(self).items() if name != "baselines"}
        return replace(self, **arrays)

    def baselines_of(self, calls: NDArray[np.int64]) -> list[Version]:
        """Return the versions that calls are judged against."""
        return [self.baselines[number] for number in self.version[calls].tolist()]


@dataclass(frozen=True)
class _Decisions:
    """What the rules say of each call.

    Attributes
    ----------
    severity : ndarray of int8
        Of the call by itself.
    chain : ndarray of int64
        Length of the chain of slow calls that it is part of.
    enough, alerting : ndarray of bool
        Whether the evidence is strong enough to alert, and whether, besides, the baseline covers enough days and
        leaves no more out than it may.
    """

    severity: NDArray[np.int8]
    chain: NDArray[np.int64]
    enough: NDArray[np.bool_]
    alerting: NDArray[np.bool_]


def judge(hours: Hours, findings: Findings) -> None:
    """Add what the calls of each operation come to."""
    for operation_id, calls, versions in hours.operations():
        own = hours.settings.model_copy(update={"points": hours.configuration.points_for(operation_id)})
        judge_operation(findings, operation_id, calls, versions, hours.window, own)


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


def _apply_rules(calls: Calls, scored: _Scored, settings: Settings) -> _Decisions:
    options = settings.points
    severity = severities(scored.z, scored.effect, options=options)
    # z in units of what the operation is used to: the rule of alerts is one for all
    relative_z = scored.z * (options.warning_z / scored.recurring_z)
    unusual = (severity >= Severity.WARNING) & (scored.z >= scored.recurring_z)
    enough = alerting_calls(
        calls.started_us,
        unusual,
        relative_z,
        options=options,
        unprecedented=calls.durations_us > scored.longest_us,
    )
    sound = np.array(
        [*(version.is_covered and version.is_within_exclusion_limit for version in scored.baselines), False]
    )
    chain = chain_lengths(calls.started_us, unusual)
    return _Decisions(severity, chain, enough, enough & sound[scored.version])


def _score(calls: Calls, versions: list[Version], settings: Settings) -> _Scored:
    n_calls = calls.started_us.size
    scored = _Scored([], np.full(n_calls, -1), *np.full((8, n_calls), np.nan))
    for of_operation in versions:
        in_force = slice(*np.searchsorted(calls.started_us, [of_operation.start_us, of_operation.end_us], side="left"))
        during, said = calls.chosen(in_force), scored.during(in_force)
        for part, version in of_operation.judging(during):
            own = during.chosen(part)
            scores = score_calls(version.profile, own.started_us, own.durations_us, options=settings.points)
            said.z[part], said.expected_us[part], said.effect[part] = scores.z, scores.expected_us, scores.effect
            said.classical[part] = classical_z(own.durations_us, mean_us=version.mean_us, sd_us=version.sd_us)
            said.version[part] = len(scored.baselines)
            said.longest_us[part] = version.max_us
            said.recurring_z[part] = recurring_limits(version.profile, own.started_us, options=settings.points)
            said.limit_us[part] = version.p99_us * version.alert_threshold
            said.critical_us[part] = version.p99_us * max(
                settings.baseline.critical_multiplier, version.alert_threshold
            )
            scored.baselines.append(version)
    return scored


def _add_findings(
    findings: Findings,
    operation_id: int,
    calls: Calls,
    scored: _Scored,
    judged: _Decisions,
    known: NDArray[np.bool_],
) -> None:
    found = np.flatnonzero(known & (judged.severity > Severity.NONE))
    hours_us = (calls.started_us[found] // HOUR_US * HOUR_US).tolist()
    versions = scored.baselines_of(found)
    columns: dict[str, Iterable[Any]] = {
        "operation_id": repeat(operation_id),
        "branch_id": repeat(ALL_BRANCHES),
        "kind": repeat(RULE.kind),
        "window_start": map(to_datetime, hours_us),
        "window_end": (to_datetime(hour_us + HOUR_US) for hour_us in hours_us),
        "observed_at": to_datetimes(calls.started_us[found]),
        "identity_hash": calls.identity[found].tolist(),
        "duration_us": calls.durations_us[found].tolist(),
        "expected_us": scored.expected_us[found].tolist(),
        "z": scored.z[found].tolist(),
        "classical_z": scored.classical[found].tolist(),
        "effect": scored.effect[found].tolist(),
        "severity": (SEVERITIES[number] for number in judged.severity[found]),
        "is_alerting": judged.alerting[found].tolist(),
        "baseline_id": (version.baseline_id for version in versions),
        "call_branch_id": calls.branch_ids[found].tolist(),
        "baseline_level": (version.level for version in versions),
    }
    findings.anomalies += map(Anomaly, *(columns[name] for name in Anomaly._fields))
    with np.errstate(invalid="ignore"):
        over = np.flatnonzero(known & (calls.durations_us > scored.limit_us))
    is_critical = calls.durations_us[over] > scored.critical_us[over]
    findings.violations += map(
        Violation,
        repeat(operation_id),
        repeat(ALL_BRANCHES),
        to_datetimes(calls.started_us[over]),
        calls.identity[over].tolist(),
        calls.durations_us[over].tolist(),
        scored.limit_us[over].tolist(),
        np.where(is_critical, "CRITICAL", "WARNING").tolist(),
        (version.baseline_id for version in scored.baselines_of(over)),
    )


def _add_verdicts(
    findings: Findings,
    operation_id: int,
    calls: Calls,
    versions: list[Version],
    scored: _Scored,
    judged: _Decisions,
    window: Window,
    settings: Settings,
) -> None:
    """Add one verdict an hour, of the call that came closest: an alerting, else a flagged one, else the largest z."""
    edges_us = range(to_us(window.start), to_us(window.end) + 1, HOUR_US)
    places = np.searchsorted(calls.started_us, edges_us, side="left")
    flagged, alerts = (
        np.diff(np.concatenate([[0], np.cumsum(mask)])[places]).tolist()
        for mask in (judged.severity > Severity.NONE, judged.alerting)
    )
    closest = iter(_closest(scored, judged, places))
    for hour_us, n_calls, n_findings, n_alerts in zip(
        edges_us[:-1], np.diff(places).tolist(), flagged, alerts, strict=True
    ):
        version = next((found for found in reversed(versions) if found.start_us <= hour_us), None)
        shared: dict[str, Any] = {
            "operation_id": operation_id,
            "branch_id": ALL_BRANCHES,
            "rule": RULE.name,
            "window_start": to_datetime(hour_us),
            "window_end": to_datetime(hour_us + HOUR_US),
            "baseline_as_of": None if version is None else to_datetime(version.start_us),
            "n_calls": n_calls,
            "n_findings": n_findings,
        }
        index = next(closest) if n_calls else None
        if version is None or index is None:
            findings.verdicts.append(_unjudged(version, n_calls, shared))
            continue
        ended = outcome(found=n_findings > 0, alerting=n_alerts > 0, n_calls=n_calls)
        findings.verdicts.append(_verdict(index, ended, calls, scored, judged, settings, shared))


def _closest(scored: _Scored, judged: _Decisions, places: NDArray[np.int64]) -> list[int]:
    """Return which call came closest in each interval between two places that holds any; of equals the last."""
    n_calls = np.diff(places)
    firsts, n_calls = places[:-1][n_calls > 0], n_calls[n_calls > 0]
    if firsts.size == 0:
        return []
    held, begins = slice(firsts[0], places[-1]), firsts - firsts[0]
    rank = (2 * judged.alerting + (judged.severity >= Severity.WARNING))[held]
    foremost = rank == np.repeat(np.maximum.reduceat(rank, begins), n_calls)
    z = np.where(foremost & (scored.version[held] >= 0), scored.z[held], -np.inf)
    largest = np.flatnonzero(z == np.repeat(np.maximum.reduceat(z, begins), n_calls))
    closest: list[int] = (firsts[0] + largest[np.searchsorted(largest, begins + n_calls) - 1]).tolist()
    return closest


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
    ended: Outcome,
    calls: Calls,
    scored: _Scored,
    judged: _Decisions,
    settings: Settings,
    shared: dict[str, Any],
) -> Verdict:
    options, version = settings.points, scored.baselines[scored.version[index]]
    expected_us, strongest = float(scored.expected_us[index]), float(scored.z[index])
    return Verdict(
        **shared,
        outcome=ended,
        observed=float(calls.durations_us[index]),
        expected=expected_us,
        needed=expected_us * (1 + detectable_slowdown(version.profile, options=options)),
        gates=(
            at_least("n", float(version.profile.n_calls), MIN_CALLS),
            at_least("z", strongest, options.warning_z),
            at_least("effect", float(scored.effect[index]), options.min_effect),
            at_least("recurring", strongest, float(scored.recurring_z[index])),
            # a single z of alert_z, and evidence that adds up over rare calls, count as much as a chain
            Gate("persistence", float(judged.chain[index]), options.alert_calls, bool(judged.enough[index])),
            at_most("exclusion", version.excluded_hours, version.max_excluded_hours),
            Gate("coverage", version.coverage, settings.baseline.min_coverage, version.is_covered),
        ),
        baseline_id=version.baseline_id,
        baseline_level=version.level,
    )


RULE = HourRule(
    name="point",
    kind="point",
    grain="call",
    rank=1,
    title="Single calls",
    gates={
        "n": GateWords("calls behind the baseline"),
        "z": GateWords("standard deviations above the expected"),
        "effect": GateWords("slow-down against the expected", form="change"),
        "recurring": GateWords("standard deviations, beyond what it is used to"),
        "persistence": GateWords(
            "flagged calls in one chain",
            passed_below=" (instead a call far enough out, or evidence that adds up over consecutive calls)",
        ),
        "exclusion": EXCLUSION,
        "coverage": COVERAGE,
    },
    # 0.08 of operation-days, counted by the hour
    false_rate=0.08 / 24,
    judge=judge,
)
