"""A window judged from what was read of it: the one way that detection and all that proves it go; no database."""

from __future__ import annotations

from oplatency.baselines.configurations import Configuration
from oplatency.detection.closed_day import judge_day
from oplatency.detection.evidence import Evidence, Hours
from oplatency.detection.findings import Findings
from oplatency.detection.rules.registry import hour_rules
from oplatency.settings import Settings
from oplatency.windows import Window


def judge(
    evidence: Evidence, window: Window, *, settings: Settings, configuration: Configuration, only: int | None = None
) -> Findings:
    """Return what every rule finds of a window, and a verdict of each.

    Parameters
    ----------
    window : Window
        Whole UTC hours.
    only : int, optional
        The operation that is judged; all by default.
    """
    findings = Findings()
    for rule in hour_rules():
        rule.judge(Hours(evidence, window, settings, configuration, only), findings)
    for day in evidence.closed_days:
        for operation_id, calls in day.calls.items():
            if only in (None, operation_id):
                older = day.older.get(operation_id)
                judge_day(findings, operation_id, calls, day.end, older=older, settings=settings)
    return findings
