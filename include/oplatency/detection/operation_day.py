"""One operation on a day that closed: the calls that its rules compare; no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from oplatency.baselines.versions import Version
from oplatency.detection.findings import Change
from oplatency.settings import Settings
from oplatency.stats.before_after import BeforeAfter, split_before_after
from oplatency.stats.season import DAY_US
from oplatency.warehouse.calls import Durations
from oplatency.windows import DAY, to_us


@dataclass(frozen=True)
class OperationDay:
    """What the rules of closed days judge of one operation.

    Attributes
    ----------
    calls : Durations
        Those of the look-back that ends with the day; older ones are left out.
    end : datetime
        End of the day, a UTC midnight.
    lookback_days : int
        Length of the look-back.
    older : Version or None
        The baseline of weeks before.
    changes : list of (str, Change)
        What was found of this day so far, by kind.
    """

    calls: Durations
    end: datetime
    lookback_days: int
    older: Version | None
    settings: Settings
    changes: list[tuple[str, Change]] = field(default_factory=list)
    _sides: dict[int, BeforeAfter | None] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """Part of the look-back's days that hold a call, 0 to 1."""
        return self.days_with_calls() / self.lookback_days

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

    def sides(self, judged_days: int) -> BeforeAfter | None:
        """Return the newest days beside the older ones, None where either side is too few."""
        if judged_days not in self._sides:
            self._sides[judged_days] = split_before_after(
                self.calls.started_us,
                self.calls.durations_us,
                window_end_us=to_us(self.end),
                lookback_days=self.lookback_days,
                judged_days=judged_days,
            )
        return self._sides[judged_days]

    def is_slower(self, kinds: frozenset[str]) -> bool:
        """Return whether findings of some kinds say already that it became slower."""
        return any(kind in kinds and change.z > 0 for kind, change in self.changes)

    def night_before(self) -> OperationDay:
        """Return the day before, from the same calls: its look-back has one older day less."""
        return OperationDay(self.calls, self.end - DAY, self.lookback_days - 1, self.older, self.settings)
