"""Whether an alert of a closed day is a novelty: not made already, tonight or the night before; no database.

A change stays in the look-back for a week and would alert every night. The alerts of the night before are found in the
calls, judged as of that night, and not among published findings: verdicts do not depend on the order of runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from oplatency.detection.operation_day import OperationDay
from oplatency.detection.rules.contract import DayRule
from oplatency.detection.rules.registry import day_rules
from oplatency.stats.points import Severity


@dataclass(frozen=True)
class PriorAlerts:
    """The alerts that one operation has had when a day closes.

    Attributes
    ----------
    before : OperationDay
        The day before, judged anew.
    tonight : dict of str to Severity
        Gravest alert of the day so far, by kind.
    """

    before: OperationDay
    tonight: dict[str, Severity] = field(default_factory=dict)

    def is_novel(self, rule: DayRule, severity: Severity) -> bool:
        """Return whether an alert of a rule is novel, or graver than what it repeats; then note it."""
        for kind, prior in self._covering(rule):
            if severity <= prior or kind in rule.implied_by:
                return False
        self.tonight[rule.kind] = max(severity, self.tonight.get(rule.kind, Severity.NONE))
        return True

    def _covering(self, rule: DayRule) -> Iterator[tuple[str, Severity]]:
        for kind, severity in self.tonight.items():
            if kind in rule.covered_by:
                yield kind, severity
        for other in day_rules():
            if other.kind in rule.covered_by:
                for severity in other.alerting(self.before):
                    yield other.kind, severity
