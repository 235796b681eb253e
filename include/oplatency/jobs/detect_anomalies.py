"""Findings: calls, hours and days that were not as the baseline before them lets expect, and a verdict for all others.

Grain: one row per abnormal call or silent hour, and one per operation, closed day and rule that found a change; one
verdict per operation, window and rule, found or not. Window: ``[start, end)``, whole UTC hours; days that end in
``(start, end]`` are judged as a whole. Re-run: the findings and verdicts of the window are replaced.

Report: ``from``, ``to``, ``judged`` (calls), ``anomalies``, ``violations``, ``degradations``, ``alerting``,
``unjudged`` operations by reason, ``verdicts`` by outcome, and ``expected_false``: how many of the alerts to expect if
nothing happened at all, in all and by rule.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from oplatency.baselines.configurations import Configuration
from oplatency.baselines.versions import Version, read_versions
from oplatency.detection import verdicts
from oplatency.detection.evidence import ClosedDay, Evidence, closed_days, read_counts
from oplatency.detection.false_alerts import expected_false_alerts
from oplatency.detection.findings import Findings
from oplatency.detection.judge import judge
from oplatency.jobs.windowed_job import Attempt, Tally, WindowedJob
from oplatency.settings import Settings
from oplatency.stats.cusum import GROUP_LOOKBACK_MINUTES
from oplatency.warehouse.calls import read_calls, read_durations
from oplatency.warehouse.catalogue import find_operation, read_operations
from oplatency.warehouse.database import Connection, copy_records, run
from oplatency.windows import DAY, HOUR, Window, floor_to, to_us

JOB = "detect_anomalies"
_TABLES = ("anomalies", "violations", "degradations")
_ALL_TABLES = (*_TABLES, "verdicts")
_SUITES = ("staged_anomalies", "staged_violations", "staged_degradations", "staged_verdicts")


def _stage(attempt: Attempt) -> None:
    settings, window, connection = attempt.request.settings, attempt.window, attempt.connection
    with attempt.reading(*_reach(window, settings)) as configuration:
        only = find_operation(read_operations(connection), attempt.request.operation)
        findings = _judge(connection, window, settings, only, configuration)
    result = {
        "from": window.start.isoformat(),
        "to": window.end.isoformat(),
        "judged": findings.judged,
        "unjudged": dict(findings.unjudged),
        "anomalies": len(findings.anomalies),
        "violations": len(findings.violations),
        "degradations": len(findings.degradations),
        "alerting": sum(found.is_alerting for found in findings.anomalies)
        + sum(found.is_alerting for found in findings.degradations),
        "verdicts": verdicts.by_outcome(findings.verdicts),
        "expected_false": expected_false_alerts(findings.verdicts),
    }
    with attempt.staging(result):
        stage_findings(connection, attempt.token, findings)


def stage_findings(connection: Connection, token: uuid.UUID, findings: Findings) -> None:
    """Write what was found under a token; the caller commits."""
    for table in _TABLES:
        records = [found._asdict() for found in getattr(findings, table)]
        copy_records(connection, f"staged_{table}", records, run_token=token)
    copy_records(connection, "staged_verdicts", [verdict.record() for verdict in findings.verdicts], run_token=token)


def _publish(connection: Connection, found: Mapping[str, Any]) -> dict[str, int]:
    """Replace the findings of the window."""
    parameters = {name: found[name] for name in ("run_token", "window_start", "window_end", "scope")}
    for table in _ALL_TABLES:
        run(connection, f"jobs/{JOB}/delete_{table}", parameters)
        run(connection, f"jobs/{JOB}/publish_{table}", parameters)
    return {}


def _judge(
    connection: Connection, window: Window, settings: Settings, only: int | None, configuration: Configuration
) -> Findings:
    # a group of flagged calls may have begun before the window
    context = timedelta(minutes=GROUP_LOOKBACK_MINUTES)
    reach = Window(window.start - context, window.end)
    evidence = Evidence(
        calls=read_calls(connection, reach),
        versions=read_versions(connection, reach, config_hash=configuration.config_hash, options=settings.baseline),
        counts=read_counts(connection, window, settings),
        closed_days=_read_closed_days(connection, window, settings, configuration.config_hash),
    )
    return judge(evidence, window, settings=settings, configuration=configuration, only=only)


def _read_closed_days(
    connection: Connection, window: Window, settings: Settings, config_hash: str
) -> Iterator[ClosedDay]:
    for day_end in closed_days(window):
        lookback = Window(day_end - settings.baseline.lookback_days * DAY, day_end)
        older = _older(connection, day_end - settings.trends.creep_days * DAY, config_hash, settings)
        yield ClosedDay(day_end, read_durations(connection, lookback), older)


def _reach(window: Window, settings: Settings) -> tuple[datetime, datetime]:
    """Return from when on calls, and baselines in force, decide what is found in a window."""
    # what is usual of an hour is learnt from the whole days before it, which also hold all of a closed day's look-back
    learnt = floor_to(window.start, DAY) - settings.baseline.lookback_days * DAY
    group = window.start - timedelta(minutes=GROUP_LOOKBACK_MINUTES)
    anchors = [day_end - settings.trends.creep_days * DAY for day_end in closed_days(window)]
    return min(learnt, group), min([group, *anchors])


def _older(connection: Connection, as_of: datetime, config_hash: str, settings: Settings) -> dict[int, Version]:
    """Return the baselines as of exactly that day."""
    found = read_versions(connection, Window(as_of, as_of + HOUR), config_hash=config_hash, options=settings.baseline)
    return {key: versions[-1] for key, versions in found.items() if versions[-1].start_us == to_us(as_of)}


DETECT = WindowedJob(
    JOB,
    stage=_stage,
    # a quiet window has none
    suites=lambda result: dict.fromkeys(_SUITES, True),
    publish=_publish,
    unit=HOUR,
    asset="findings",
    counts=_TABLES,
    tally=Tally("windows", "findings"),
)
