"""When a change of days began, or why that is not known."""

from __future__ import annotations

from datetime import datetime

from oplatency.detection.findings import Record
from oplatency.detection.verdicts import Rule
from oplatency.settings import Settings
from oplatency.stats.onset import date_change
from oplatency.warehouse.calls import Durations
from oplatency.windows import to_datetime, to_us


def date_finding(
    calls: Durations, day_end: datetime, rule: Rule, judged_days: int, *, quantile: float, settings: Settings
) -> Record:
    """Return the columns of ``degradations`` that say when a change began, or why that is not known.

    The reason is an id of the view ``undated_reasons``.

    Parameters
    ----------
    calls : Durations
        The calls of the look-back.
    day_end : datetime
        End of the day that closed.
    rule : Rule
        shift, tail, trend or anchor: what found it.
    judged_days : int
        Length of the newest part in days.
    quantile : float
        Which quantile moved: of a tail the one that is told, else the median.
    """
    unknown = dict.fromkeys(("onset_at", "onset_low_at", "onset_high_at"))
    if rule == "anchor":
        return unknown | {"undated_because": "before_lookback"}
    onset = date_change(
        calls.started_us,
        calls.durations_us,
        window_end_us=to_us(day_end),
        lookback_days=settings.baseline.lookback_days,
        # the season of a drift is learnt from all of it but the last day
        judged_days=1 if rule == "trend" else judged_days,
        quantile=quantile,
        points=settings.points,
    )
    if onset is None:
        return unknown | {"undated_because": "few_hours"}
    if rule == "trend" and not onset.is_step:
        return unknown | {"undated_because": "drift"}
    return {
        "onset_at": to_datetime(onset.at_us),
        "onset_low_at": to_datetime(onset.low_us),
        "onset_high_at": to_datetime(onset.high_us),
        "undated_because": None,
    }
