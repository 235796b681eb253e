"""Whether what the rules of closed days find was told already, tonight or the night before; no database.

A change stays in the look-back for a week and would alert every night. What was told the night before is taken from
the calls, judged as of that night, and not from published findings: verdicts do not depend on the order of runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oplatency.detection.day_rules import DayRules
from oplatency.detection.verdicts import Rule
from oplatency.stats.points import Severity


@dataclass(frozen=True)
class Told:
    """What is known already of one operation when a day closes.

    Attributes
    ----------
    before : DayRules
        As of the night before.
    tonight : dict of rule to Severity
        What was an alert tonight; the older baseline counts as a trend.
    """

    before: DayRules
    tonight: dict[Rule, Severity] = field(default_factory=dict)

    def is_news(self, rule: Rule, severity: Severity) -> bool:
        """Return whether a slow-down that a rule would alert is news: graver than what was told; then note it.

        A line through a step is steeper than the step is high: where a shift was told, no trend is news. A level that
        moved takes the tail with it, not the other way round.
        """
        family: Rule = "tail" if rule == "tail" else "shift" if rule == "shift" else "trend"
        for by, told in [*self.tonight.items(), *self.before.alerting(with_tails=family == "tail")]:
            is_about = family == "tail" or by != "tail"
            if is_about and (severity <= told or (family == "trend" and by == "shift")):
                return False
        self.tonight[family] = max(severity, self.tonight.get(family, Severity.NONE))
        return True
