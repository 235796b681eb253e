"""Alerts of a replay as people get them, held against labels; no database.

Defined in docs/proof.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from oplatency.backtesting.replay import History, ReplayedDay
from oplatency.detection.findings import Anomaly, Degradation
from oplatency.detection.rules import point
from oplatency.detection.rules.registry import kind_rank
from oplatency.windows import HOUR, to_us

HOURLY = timedelta(minutes=10)
"""How long after its end an hour is judged; what arrives later waits for the night."""


@dataclass(frozen=True)
class Alert:
    """One alert.

    Attributes
    ----------
    kind : str
        point (slow calls with gaps of at most an hour), silence, shift, tail or trend.
    start, end : datetime
        What it is about: from the first to the last call, the silent hour, or the judged days; the end is included.
    alerted_at : datetime
        When it was sent first.
    """

    operation_id: int
    kind: str
    start: datetime
    end: datetime
    alerted_at: datetime


@dataclass(frozen=True)
class Label:
    """An interval ``[start, end)`` in which an operation was known to be in trouble."""

    operation_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Score:
    """How the alerts of a replay compare with labels.

    Attributes
    ----------
    n_true : int or None
        Alerts that overlap a label of their operation; None without labels.
    n_found : int or None
        Labels that an alert overlaps.
    precision, recall : float or None
        `n_true` of the alerts, `n_found` of the labels; None without any.
    median_delay_s : float or None
        From the start of a label to the first alert that overlaps it, seconds, at least 0.
    """

    n_alerts: int
    alerts_per_day: float
    by_kind: dict[str, int]
    n_labels: int | None
    n_true: int | None
    n_found: int | None
    precision: float | None
    recall: float | None
    median_delay_s: float | None


def alerts_of(judged: Iterable[ReplayedDay], history: History) -> list[Alert]:
    """Return the alerts in order of time: one per operation and day, as in `v_anomalies`."""
    calls: list[Alert] = []
    others: list[Alert] = []
    for day in judged:
        alerting = [found for found in day.findings.anomalies if found.is_alerting]
        points = [_call(found, day.night, history) for found in alerting if found.kind == point.RULE.kind]
        calls += points
        others += [
            Alert(found.operation_id, found.kind, found.window_start, found.window_end, found.window_end)
            for found in alerting
            if found.kind != point.RULE.kind
        ]
        notified = {call.operation_id for call in points}
        others += _days(day, {found.operation_id for found in day.findings.degradations} - notified)
    return sorted([*_episodes(calls), *others], key=lambda item: (item.start, item.operation_id, item.kind))


def score(alerts: Sequence[Alert], labels: Sequence[Label] | None, *, days: float) -> Score:
    """Count alerts, and hold them against labels."""
    by_kind = dict(sorted(Counter(alert.kind for alert in alerts).items()))
    if labels is None:
        return Score(len(alerts), len(alerts) / days, by_kind, None, None, None, None, None, None)
    n_true = sum(any(_overlaps(alert, label) for label in labels) for alert in alerts)
    delays = []
    for label in labels:
        alert_times = [alert.alerted_at for alert in alerts if _overlaps(alert, label)]
        if alert_times:
            delays.append(max((min(alert_times) - label.start) / timedelta(seconds=1), 0.0))
    return Score(
        n_alerts=len(alerts),
        alerts_per_day=len(alerts) / days,
        by_kind=by_kind,
        n_labels=len(labels),
        n_true=n_true,
        n_found=len(delays),
        precision=n_true / len(alerts) if alerts else None,
        recall=len(delays) / len(labels) if labels else None,
        median_delay_s=median(delays) if delays else None,
    )


def not_matched_by(alerts: Sequence[Alert], others: Sequence[Alert]) -> list[Alert]:
    """Return the alerts whose operation has no alert among the others that overlaps them."""
    return [
        alert
        for alert in alerts
        if not any(
            alert.operation_id == other.operation_id and alert.start <= other.end and other.start <= alert.end
            for other in others
        )
    ]


def _overlaps(alert: Alert, label: Label) -> bool:
    return alert.operation_id == label.operation_id and alert.start < label.end and alert.end >= label.start


def _call(found: Anomaly, night: datetime, history: History) -> Alert:
    """Return an alerting call, notified when its hour was judged, or in the night if it had not arrived by then."""
    arrivals = history.arrivals[found.operation_id]
    started_us = to_us(found.observed_at)
    first, last = arrivals.calls.started_us.searchsorted([started_us, started_us + 1])
    which = first + int((arrivals.calls.identity[first:last] == found.identity_hash).argmax())
    in_time = arrivals.arrived_us[which] <= to_us(found.window_end + HOURLY)
    alerted_at = found.window_end if in_time else night
    return Alert(found.operation_id, found.kind, found.observed_at, found.observed_at, alerted_at)


def _episodes(calls: Sequence[Alert]) -> list[Alert]:
    found: list[Alert] = []
    for call in sorted(calls, key=lambda item: (item.operation_id, item.start)):
        last = found[-1] if found else None
        if last and last.operation_id == call.operation_id and call.start - last.end <= HOUR:
            found[-1] = Alert(last.operation_id, last.kind, last.start, call.end, min(last.alerted_at, call.alerted_at))
        else:
            found.append(call)
    return found


def _days(day: ReplayedDay, operations: set[int]) -> list[Alert]:
    """Return the notifying finding of each operation's day: by the order of the rules, then the shortest window."""
    alerting: dict[int, list[Degradation]] = {}
    for found in day.findings.degradations:
        if found.is_alerting and found.operation_id in operations:
            alerting.setdefault(found.operation_id, []).append(found)
    first = (
        min(found, key=lambda each: (kind_rank(each.kind), day.day.end - each.window_start))
        for found in alerting.values()
    )
    return [Alert(each.operation_id, each.kind, each.window_start, each.window_end, each.window_end) for each in first]
