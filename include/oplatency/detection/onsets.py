"""When a change of days began, or why that is not known."""

from __future__ import annotations

from oplatency.detection.findings import Onset
from oplatency.detection.operation_day import OperationDay
from oplatency.detection.rules.contract import DayJudgement, DayRule
from oplatency.stats.onset import date_change
from oplatency.windows import to_datetime, to_us


def date_change_of(day: OperationDay, rule: DayRule, judged: DayJudgement) -> Onset:
    """Return when a change began, or why that is not known: an id of the view ``no_onset_reasons``."""
    if rule.dating == "earlier":
        return Onset(None, None, None, "before_lookback")
    onset = date_change(
        day.calls.started_us,
        day.calls.durations_us,
        window_end_us=to_us(day.end),
        lookback_days=day.settings.baseline.lookback_days,
        # the season of a drift is learnt from all of it but the last day
        judged_days=1 if rule.dating == "drift" else judged.judged_days,
        quantile=judged.quantile,
        points=day.settings.points,
    )
    if onset is None:
        return Onset(None, None, None, "few_hours")
    if rule.dating == "drift" and not onset.is_step:
        return Onset(None, None, None, "drift")
    return Onset(to_datetime(onset.at_us), to_datetime(onset.low_us), to_datetime(onset.high_us), None)
