"""Whether what the rules of closed days find was told already, tonight or the night before; no database.

A change stays in the look-back for a week and would alert every night. What was told the night before is taken from
the calls, judged as of that night, and not from published findings: verdicts do not depend on the order of runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from oplatency.jobs.runs import DAY
from oplatency.jobs.series import Calls, Version, to_us
from oplatency.jobs.verdicts import Rule
from oplatency.settings import Settings
from oplatency.stats.points import Severity
from oplatency.stats.shifts import level_shift
from oplatency.stats.tails import tail_shift
from oplatency.stats.trends import anchor_shift, drift


@dataclass(frozen=True)
class Told:
    """What is known already of one operation when a day closes.

    Attributes
    ----------
    calls : Calls
        Those of the look-back that ends with the day; the night before has one older day less.
    day_end : datetime
        End of the day.
    anchor : Version or None
        The baseline of weeks before, used for the night before too.
    tonight : dict of rule to Severity
        What was an alert tonight; the older baseline counts as a trend.
    """

    calls: Calls
    day_end: datetime
    anchor: Version | None
    settings: Settings
    tonight: dict[Rule, Severity] = field(default_factory=dict)

    def is_news(self, rule: Rule, severity: Severity) -> bool:
        """Return whether a slow-down that a rule would alert is news: graver than what was told; then note it.

        A line through a step is steeper than the step is high: where a shift was told, no trend is news. A level that
        moved takes the tail with it, not the other way round.
        """
        family: Rule = "tail" if rule == "tail" else "shift" if rule == "shift" else "trend"
        for by, told in [*self.tonight.items(), *self._the_night_before(family)]:
            is_about = family == "tail" or by != "tail"
            if is_about and (severity <= told or (family == "trend" and by == "shift")):
                return False
        self.tonight[family] = max(severity, self.tonight.get(family, Severity.NONE))
        return True

    def _the_night_before(self, family: Rule) -> Iterator[tuple[Rule, Severity]]:
        """Give the rules that would have alerted, and how gravely."""
        starts, durations = self.calls.started_us, self.calls.durations_us
        points, lookback_days = self.settings.points, self.settings.baseline.lookback_days - 1
        end_us = to_us(self.day_end - DAY)
        for days in self.settings.shifts.judged_days:
            if days < lookback_days:
                shift = level_shift(
                    starts,
                    durations,
                    window_end_us=end_us,
                    lookback_days=lookback_days,
                    judged_days=days,
                    options=self.settings.shifts,
                    points=points,
                )
                if shift is not None and shift.alerting:
                    yield "shift", shift.severity
        for days in self.settings.tails.judged_days if family == "tail" else ():
            if days < lookback_days:
                tail = tail_shift(
                    starts,
                    durations,
                    window_end_us=end_us,
                    lookback_days=lookback_days,
                    judged_days=days,
                    options=self.settings.tails,
                    points=points,
                )
                if tail is not None and tail.alerting:
                    yield "tail", tail.severity
        trend = drift(
            starts,
            durations,
            window_end_us=end_us,
            lookback_days=lookback_days,
            options=self.settings.shifts,
            points=points,
            trend=self.settings.trends,
        )
        if trend is not None and trend.alerting:
            yield "trend", trend.severity
        if self.anchor is not None:
            creep = anchor_shift(
                self.anchor.profile,
                starts,
                durations,
                window_end_us=end_us,
                points=points,
                trend=self.settings.trends,
            )
            if creep is not None and creep.alerting:
                yield "trend", creep.severity
