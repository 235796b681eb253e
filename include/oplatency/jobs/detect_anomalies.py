"""Findings: calls and days that took abnormally long, judged against the baseline that was in force before them.

Grain: one row per abnormal call, and one per operation and closed day whose level moved. Window: ``[start, end)``,
whole UTC hours; days that end in ``(start, end]`` are judged as a whole.
Re-run: the findings of the window are replaced.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from oplatency.database import Connection, connect, insert, run, snapshot
from oplatency.jobs import runs
from oplatency.jobs.configurations import Configuration, read_configuration
from oplatency.jobs.runs import DAY, HOUR, StagedRun, Window
from oplatency.jobs.series import (
    Calls,
    Version,
    find_operation,
    read_calls,
    read_operations,
    read_versions,
    to_datetime,
    to_us,
)
from oplatency.settings import Settings
from oplatency.stats.points import Severity, alerting_calls, classical_z, score_calls, severities
from oplatency.stats.shifts import level_shift

JOB = "detect_anomalies"
_HOUR_US = 3_600_000_000


Record = dict[str, Any]


@dataclass
class _Findings:
    judged: int = 0
    unjudged: Counter[str] = field(default_factory=Counter)
    anomalies: list[Record] = field(default_factory=list)
    violations: list[Record] = field(default_factory=list)
    degradations: list[Record] = field(default_factory=list)


def detect(url: str, window: Window, *, settings: Settings, operation: str | None = None) -> dict[str, Any]:
    """Stage, audit and publish the findings of a window.

    Returns
    -------
    dict
        ``from``, ``to``, ``judged`` (calls), ``anomalies``, ``violations``, ``degradations``, ``alerting``, and
        ``unjudged`` operations by reason.
    """
    token = stage(url, window, settings=settings, operation=operation)
    audit(url, token)
    return publish(url, token, settings=settings)


def stage(url: str, window: Window, *, settings: Settings, operation: str | None = None) -> uuid.UUID:
    """Judge the calls of a window and commit the findings under a token."""
    runs.require_whole(window.start, HOUR, name="window_start")
    runs.require_whole(window.end, HOUR, name="window_end")
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        token = runs.open_session(connection)
        with snapshot(connection):
            configuration = read_configuration(connection, settings)
            only = find_operation(read_operations(connection), operation)
            findings = _judge_calls(connection, window, settings, only, configuration)
            for day_end in _closed_days(window):
                findings.degradations += _judge_day(connection, day_end, settings, only)
        with connection.transaction():
            for table in ("anomalies", "violations", "degradations"):
                records: list[Record] = getattr(findings, table)
                insert(connection, f"jobs/{JOB}/stage_{table}", [record | {"run_token": token} for record in records])
            result = {
                "from": window.start.isoformat(),
                "to": window.end.isoformat(),
                "judged": findings.judged,
                "unjudged": dict(findings.unjudged),
                "anomalies": len(findings.anomalies),
                "violations": len(findings.violations),
                "degradations": len(findings.degradations),
                "alerting": sum(item["is_alerting"] for item in findings.anomalies + findings.degradations),
            }
            runs.open_run(
                connection, StagedRun(JOB, window, operation or "", result), token, configuration=configuration
            )
    return token


def audit(url: str, token: uuid.UUID) -> None:
    """Check the staged findings; a quiet window has none."""
    runs.audit(url, token, dict.fromkeys(("staged_anomalies", "staged_violations", "staged_degradations"), True))


def publish(url: str, token: uuid.UUID, *, settings: Settings) -> dict[str, Any]:
    """Replace the findings of the window, in one transaction."""
    return runs.publish(url, JOB, token, _write, settings=settings)


def _write(connection: Connection, found: Mapping[str, Any]) -> dict[str, int]:
    parameters = {name: found[name] for name in ("run_token", "window_start", "window_end", "scope")}
    for table in ("anomalies", "violations", "degradations"):
        run(connection, f"jobs/{JOB}/delete_{table}", parameters)
        run(connection, f"jobs/{JOB}/publish_{table}", parameters)
    return {}


def _judge_calls(
    connection: Connection, window: Window, settings: Settings, only: int | None, configuration: Configuration
) -> _Findings:
    # a group of flagged calls may have begun before the window
    context = timedelta(minutes=settings.points.group_lookback_minutes)
    reach = Window(window.start - context, window.end)
    versions = read_versions(connection, reach, config_hash=configuration.config_hash, options=settings.baseline)
    findings = _Findings()
    for operation_id, calls in read_calls(connection, reach).items():
        if only not in (None, operation_id):
            continue
        own = settings.model_copy(update={"points": configuration.points_for(operation_id)})
        _judge_operation(findings, operation_id, calls, versions.get(operation_id, []), window, own)
    return findings


def _judge_operation(
    findings: _Findings, operation_id: int, calls: Calls, versions: list[Version], window: Window, settings: Settings
) -> None:
    n_calls = calls.started_us.size
    z, classical, effect = np.full(n_calls, np.nan), np.full(n_calls, np.nan), np.full(n_calls, np.nan)
    expected_us, limit_us, critical_us = z.copy(), z.copy(), z.copy()
    baseline = np.zeros(n_calls, dtype=np.int64)
    covered = np.zeros(n_calls, dtype=np.bool_)
    for part, version in _judging(calls, versions):
        started_us, durations_us = calls.started_us[part], calls.durations_us[part]
        scores = score_calls(version.profile, started_us, durations_us, options=settings.points)
        z[part], expected_us[part], effect[part] = scores.z, scores.expected_us, scores.effect
        classical[part] = classical_z(durations_us, mean_us=version.mean_us, sd_us=version.sd_us)
        baseline[part], covered[part] = version.baseline_id, version.is_covered
        limit_us[part] = version.p99_us * version.alert_threshold
        critical_us[part] = version.p99_us * max(settings.baseline.critical_multiplier, version.alert_threshold)
    severity = severities(z, effect, options=settings.points)
    alerting = alerting_calls(calls.started_us, severity >= Severity.WARNING, z, options=settings.points) & covered
    inside = calls.started_us >= to_us(window.start)
    judged = inside & (baseline > 0)
    findings.judged += int(judged.sum())
    if inside.any() and not judged.any():
        findings.unjudged["no_baseline"] += 1
    for index in np.flatnonzero(judged & (severity > Severity.NONE)):
        hour_us = int(calls.started_us[index]) // _HOUR_US * _HOUR_US
        findings.anomalies.append(
            _call(operation_id, calls, baseline, int(index))
            | {
                "kind": "point",
                "window_start": to_datetime(hour_us),
                "window_end": to_datetime(hour_us + _HOUR_US),
                "expected_us": float(expected_us[index]),
                "z": float(z[index]),
                "classical_z": float(classical[index]),
                "effect": float(effect[index]),
                "severity": Severity(severity[index]).name,
                "is_alerting": bool(alerting[index]),
            }
        )
    with np.errstate(invalid="ignore"):
        over = judged & (calls.durations_us > limit_us)
    for index in np.flatnonzero(over):
        is_critical = calls.durations_us[index] > critical_us[index]
        findings.violations.append(
            _call(operation_id, calls, baseline, int(index))
            | {"limit_us": float(limit_us[index]), "severity": "CRITICAL" if is_critical else "WARNING"}
        )


def _judging(calls: Calls, versions: list[Version]) -> Iterator[tuple[np.ndarray[Any, Any], Version]]:
    for of_operation in versions:
        first, last = np.searchsorted(calls.started_us, [of_operation.start_us, of_operation.end_us], side="left")
        for indices, version in of_operation.judging(calls.chosen(slice(first, last))):
            yield first + indices, version


def _call(operation_id: int, calls: Calls, baseline: np.ndarray[Any, Any], index: int) -> Record:
    return {
        "operation_id": operation_id,
        "observed_at": to_datetime(int(calls.started_us[index])),
        "identity_hash": int(calls.identity[index]),
        "duration_us": int(calls.durations_us[index]),
        "baseline_id": int(baseline[index]),
    }


def _closed_days(window: Window) -> Iterator[datetime]:
    day_end = runs.floor_to(window.start, DAY) + DAY
    while day_end <= window.end:
        yield day_end
        day_end += DAY


def _judge_day(connection: Connection, day_end: datetime, settings: Settings, only: int | None) -> list[Record]:
    lookback_days = settings.baseline.lookback_days
    window = Window(day_end - lookback_days * DAY, day_end)
    records = []
    for operation_id, calls in read_calls(connection, window).items():
        if only not in (None, operation_id):
            continue
        for judged_days in settings.shifts.judged_days:
            if judged_days >= lookback_days:
                continue  # nothing older is left to compare with
            shift = level_shift(
                calls.started_us,
                calls.durations_us,
                window_end_us=to_us(day_end),
                lookback_days=lookback_days,
                judged_days=judged_days,
                options=settings.shifts,
                points=settings.points,
            )
            if shift is None or not shift.flagged:
                continue
            records.append(
                {
                    "operation_id": operation_id,
                    "window_start": day_end - judged_days * DAY,
                    "window_end": day_end,
                    "lookback_days": lookback_days,
                    "n_before": shift.n_base,
                    "n_after": shift.n_new,
                    "before_us": shift.base_median_us,
                    "after_us": shift.new_median_us,
                    "z": shift.z,
                    "effect": shift.effect,
                    "effect_low": shift.effect_low,
                    "effect_high": shift.effect_high,
                    "shape": shift.shape,
                    "severity": shift.severity.name,
                    "is_alerting": shift.alerting,
                }
            )
    return records
