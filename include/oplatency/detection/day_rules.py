"""What the rules of closed days say of one operation's calls, before it is put into words; no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from oplatency.baselines.versions import Version
from oplatency.detection.verdicts import Rule
from oplatency.settings import Settings
from oplatency.stats.points import Severity
from oplatency.stats.season import DAY_US
from oplatency.stats.shifts import Shift, level_shift
from oplatency.stats.sides import Sides, take_sides
from oplatency.stats.tails import TailShift, tail_shift
from oplatency.stats.trends import AnchorShift, Trend, anchor_shift, drift
from oplatency.warehouse.calls import Durations
from oplatency.windows import DAY, to_us


@dataclass(frozen=True)
class DayRules:
    """The rules of a day that closed, for one operation.

    Attributes
    ----------
    calls : Durations
        Those of the look-back that ends with the day; older ones are left out.
    end : datetime
        End of the day, a UTC midnight.
    lookback_days : int
        Length of the look-back.
    anchor : Version or None
        The baseline of weeks before.
    """

    calls: Durations
    end: datetime
    lookback_days: int
    anchor: Version | None
    settings: Settings
    _sides: dict[int, Sides | None] = field(default_factory=dict)

    def newest(self, days: int) -> tuple[Durations, Durations]:
        """Return the calls of the newest days, and those before them."""
        end_us = to_us(self.end)
        cut_us, start_us = end_us - days * DAY_US, end_us - self.lookback_days * DAY_US
        return self.calls.between(cut_us, end_us), self.calls.between(start_us, cut_us)

    def days_with_calls(self) -> int:
        """Return on how many days of the look-back there was a call."""
        days = self.calls.started_us // DAY_US
        return int(np.count_nonzero(days[1:] != days[:-1])) + 1 if days.size else 0

    def lengths(self, judged_days: tuple[int, ...]) -> list[int]:
        """Return those numbers of newest days that leave something older to compare with."""
        return [days for days in judged_days if days < self.lookback_days]

    def level(self, judged_days: int) -> Shift | None:
        """Compare the newest days with those before; None where either side is too few."""
        sides = self._parted(judged_days)
        options = self.settings.shifts
        return None if sides is None else level_shift(sides, options=options, points=self.settings.points)

    def tail(self, judged_days: int) -> TailShift | None:
        """Compare slow calls alone; None where either side is too few."""
        sides = self._parted(judged_days)
        return None if sides is None else tail_shift(sides, options=self.settings.tails)

    def trend(self) -> Trend | None:
        """Look for a drift over the look-back; None where too few days hold a call."""
        return drift(
            self.calls.started_us,
            self.calls.durations_us,
            window_end_us=to_us(self.end),
            lookback_days=self.lookback_days,
            options=self.settings.shifts,
            points=self.settings.points,
            trend=self.settings.trends,
        )

    def creep(self) -> AnchorShift | None:
        """Compare the newest days with the baseline of weeks before; None without one, or with too few calls."""
        if self.anchor is None:
            return None
        return anchor_shift(
            self.anchor.profile,
            self.calls.started_us,
            self.calls.durations_us,
            window_end_us=to_us(self.end),
            points=self.settings.points,
            trend=self.settings.trends,
        )

    def night_before(self) -> DayRules:
        """Return the rules as of the day before, from the same calls: the look-back has one older day less."""
        return DayRules(self.calls, self.end - DAY, self.lookback_days - 1, self.anchor, self.settings)

    def alerting(self, *, with_tails: bool) -> Iterator[tuple[Rule, Severity]]:
        """Give the rules that would alert, and how gravely; the older baseline counts as a trend."""
        for days in self.lengths(self.settings.shifts.judged_days):
            shift = self.level(days)
            if shift is not None and shift.alerting:
                yield "shift", shift.severity
        for days in self.lengths(self.settings.tails.judged_days) if with_tails else ():
            tail = self.tail(days)
            if tail is not None and tail.alerting:
                yield "tail", tail.severity
        trend, creep = self.trend(), self.creep()
        if trend is not None and trend.alerting:
            yield "trend", trend.severity
        if creep is not None and creep.alerting and self.anchor is not None and self.anchor.keeps_enough:
            yield "trend", creep.severity

    def _parted(self, judged_days: int) -> Sides | None:
        """Return the newest days beside the older ones: levels and tails start from the same."""
        if judged_days not in self._sides:
            self._sides[judged_days] = take_sides(
                self.calls.started_us,
                self.calls.durations_us,
                window_end_us=to_us(self.end),
                lookback_days=self.lookback_days,
                judged_days=judged_days,
                points=self.settings.points,
            )
        return self._sides[judged_days]
