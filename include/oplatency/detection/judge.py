"""A window judged from what was read of it: the one way that detection and all that proves it go; no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from oplatency.baselines.configurations import Configuration
from oplatency.baselines.versions import Version
from oplatency.detection.findings import Findings
from oplatency.detection.rules.closed_day import judge_day
from oplatency.detection.rules.point import judge_operation
from oplatency.detection.rules.silence import Counts, judge_silence
from oplatency.settings import Settings
from oplatency.warehouse.calls import Calls, Durations, no_calls
from oplatency.windows import DAY, Window, floor_to


@dataclass(frozen=True)
class ClosedDay:
    """A day that is judged as a whole.

    Attributes
    ----------
    end : datetime
        Its end, a UTC midnight.
    calls : mapping of int to Durations
        By operation: the calls of the look-back that ends with it.
    anchors : mapping of int to Version
        By operation: the baseline that was in force weeks before.
    """

    end: datetime
    calls: Mapping[int, Durations]
    anchors: Mapping[int, Version]


@dataclass(frozen=True)
class Evidence:
    """What the findings of a window are made from.

    Attributes
    ----------
    calls : mapping of int to Calls
        By operation: the calls of the window, and those of the look-back of groups before it.
    versions : mapping of int to list of Version
        The baselines in force within both, oldest first.
    counts : Counts
        Calls per hour, from the look-back before the window's first day on.
    closed_days : iterable of ClosedDay
        The days that end in ``(start, end]``, oldest first; taken one after the other.
    """

    calls: Mapping[int, Calls]
    versions: Mapping[int, list[Version]]
    counts: Counts
    closed_days: Iterable[ClosedDay]


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
    for operation_id in sorted(evidence.calls.keys() | evidence.counts.starts_us.keys()):
        if only in (None, operation_id):
            own = settings.model_copy(update={"points": configuration.points_for(operation_id)})
            chosen = evidence.calls.get(operation_id, no_calls())
            judge_operation(findings, operation_id, chosen, evidence.versions.get(operation_id, []), window, own)
    judge_silence(findings, evidence.counts, evidence.versions, window, settings, only=only)
    for day in evidence.closed_days:
        for operation_id, calls in day.calls.items():
            if only in (None, operation_id):
                anchor = day.anchors.get(operation_id)
                judge_day(findings, operation_id, calls, day.end, anchor=anchor, settings=settings)
    return findings


def closed_days(window: Window) -> Iterator[datetime]:
    """Give the ends of the days that end in ``(start, end]``."""
    day_end = floor_to(window.start, DAY) + DAY
    while day_end <= window.end:
        yield day_end
        day_end += DAY
