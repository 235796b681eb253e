"""Data quality of what is published: every suite over a window, results stored and reported.

Re-run: adds a newer result for each expectation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oplatency.errors import UsageError
from oplatency.quality import gate
from oplatency.quality.suites import SUITES
from oplatency.settings import Settings
from oplatency.warehouse.database import connect, row
from oplatency.warehouse.migrations import require_current_schema
from oplatency.windows import DAY, HOUR, floor_to

JOB = "check_data_quality"


def check(
    url: str, *, settings: Settings, until: datetime | None = None, suite: str | None = None
) -> list[gate.AuditReport]:
    """Check what was published over the last week and store the results.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    until : datetime, optional
        The hour of this instant is the last one checked; by default the reference time's.
    suite : str, optional
        One suite; by default all that concern published tables.

    Raises
    ------
    UsageError
        If there is no such suite.
    """
    names = [name for name, known in SUITES.items() if known.form == "published"]
    if suite and suite not in names:
        raise UsageError(f"There is no suite {suite!r}.", where="suite", remedy=f"use one of: {', '.join(names)}")
    reports = []
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        require_current_schema(connection)
        last = until or row(connection, "session/reference_time")["reference_at"]
        window = (floor_to(last, DAY) - settings.baseline.lookback_days * DAY, floor_to(last, HOUR) + HOUR)
        for name in [suite] if suite else names:
            report = gate.audit(url, name, window=window, allow_empty=True, quality=settings.quality)
            with connection.transaction():
                gate.record(connection, report, run_token=None)
            reports.append(report)
    return reports


def require_passed(reports: list[gate.AuditReport]) -> None:
    """Raise the first failed report as an error that names what did not hold."""
    for report in reports:
        gate.require_passed(report)


def summary(reports: list[gate.AuditReport]) -> dict[str, Any]:
    """Return ``passed`` and, per suite, the ids of what failed and of what only warns, and their sentences."""
    return {
        "passed": all(report.passed for report in reports),
        "suites": [
            {
                "name": report.checks[0].suite,
                "passed": report.passed,
                "failed": [check.expectation for check in report.blocking],
                "warnings": [check.expectation for check in report.failed if check.severity == "warning"],
                "descriptions": {check.expectation: check.description for check in report.failed},
            }
            for report in reports
        ],
    }
