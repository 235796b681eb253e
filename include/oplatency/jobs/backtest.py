"""How configurations would have done on the history that is stored, held against labels where there are any.

Grain: one row of ``backtests`` per window, configuration and file of labels. Window: ``[start, end)``, whole UTC days.
Re-run: the row is replaced. Nothing that is published is read or written: baselines are made anew for each night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from psycopg.types.json import Jsonb

from oplatency.backtesting.labels import LabelFile, read_labels
from oplatency.backtesting.replay import (
    NIGHT_US,
    Arrivals,
    History,
    Variant,
    reach,
    read_arrivals,
    read_replay_configuration,
    replay,
)
from oplatency.backtesting.scoring import Alert, Label, alerts_of, not_matched_by, score
from oplatency.baselines.configurations import read_configuration
from oplatency.settings import Settings
from oplatency.stats.season import DAY_US
from oplatency.warehouse.catalogue import read_operations
from oplatency.warehouse.database import Connection, connect, run, snapshot
from oplatency.warehouse.migrations import require_current_schema
from oplatency.windows import DAY, Window, require_whole, to_us

JOB = "backtest"

Mode = Literal["auto", "recorded", "started"]
"""When a call was there: once its batch had arrived, or once it had started."""


@dataclass(frozen=True)
class BacktestResult:
    """The alerts of one configuration."""

    name: str
    config_hash: str
    alerts: list[Alert]
    summary: dict[str, Any]


def backtest(
    url: str,
    window: Window,
    *,
    configurations: Mapping[str, Settings],
    labels: LabelFile | None = None,
    arrivals: Mode = "auto",
) -> dict[str, Any]:
    """Replay a window with one configuration or two, and compare them.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    window : Window
        Whole UTC days.
    configurations : mapping of str to Settings
        By name, the one that the other is compared with first.
    labels : LabelFile, optional
        What was known to be wrong, see `read_labels`.
    arrivals : {'auto', 'recorded', 'started'}
        When a call was there. ``auto`` is ``recorded``, unless most calls of the window came too late for the night
        that judges them: such history was loaded afterwards and says nothing about when its calls would have arrived.

    Returns
    -------
    dict
        ``from``, ``to``, ``nights``, ``operations``, ``calls``, ``late_calls``, ``arrivals``; ``labels`` that touch
        the window and ``labels_outside``, or None; ``configurations``, a list with name, hash, score and alerts of
        each; ``difference`` of two: alerts of one only, and the second's score less the first's.

    Raises
    ------
    UsageError
        If the window is not made of whole UTC days.
    InputError
        If the labels cannot be used.
    """
    for limit, name in ((window.start, "window_start"), (window.end, "window_end")):
        require_whole(limit, DAY, name=name)
    first = next(iter(configurations.values()))
    with connect(url, purpose=JOB, settings=first.database) as connection:
        require_current_schema(connection)
        with snapshot(connection):
            operations = read_operations(connection)
            known = None if labels is None else read_labels(labels, operations)
            variants = {name: _variant(connection, window, settings) for name, settings in configurations.items()}
            read = [reach(window, variant.settings).start for variant in variants.values()]
            calls = read_arrivals(connection, Window(min(read), window.end))
        calls, mode, (n_calls, n_late) = _arrived(calls, window, arrivals)
        history = History(calls, operations)
        inside = None if known is None else [item for item in known if _overlaps(item, window)]
        report = [_replay(history, window, name, variant, inside) for name, variant in variants.items()]
        shared = {
            "window_start": window.start,
            "window_end": window.end,
            "labels_hash": "" if labels is None else labels.hash,
            "arrivals": mode,
            "n_calls": n_calls,
            "n_late": n_late,
        }
        with connection.transaction():
            for one in report:
                content_of = Jsonb(dict(variants[one.name].configuration.content))
                record = shared | one.summary | {"config_hash": one.config_hash, "content": content_of}
                run(connection, f"jobs/{JOB}/record", record | {"by_kind": Jsonb(one.summary["by_kind"])})
    names = {key: operation.name for key, operation in operations.items()}
    found: dict[str, Any] = {
        "from": window.start.isoformat(),
        "to": window.end.isoformat(),
        "nights": (window.end - window.start) // DAY,
        "operations": len(calls),
        "calls": n_calls,
        "late_calls": n_late,
        "arrivals": mode,
        "labels": None if inside is None else len(inside),
        "labels_outside": None if known is None or inside is None else len(known) - len(inside),
        "configurations": [
            {"name": one.name, "config_hash": one.config_hash}
            | one.summary
            | {"alerts": [_alert(item, names) for item in one.alerts]}
            for one in report
        ],
    }
    if len(report) > 1:
        found["difference"] = _difference(report[0], report[1], names)
    return found


def _variant(connection: Connection, window: Window, settings: Settings) -> Variant:
    return read_replay_configuration(connection, window, settings, read_configuration(connection, settings))


def _overlaps(label: Label, window: Window) -> bool:
    return label.start < window.end and label.end > window.start


def _arrived(
    arrivals: Mapping[int, Arrivals], window: Window, mode: Mode
) -> tuple[dict[int, Arrivals], Literal["recorded", "started"], tuple[int, int]]:
    """Decide when calls were there; count those of the window, and of these the ones no night saw in time."""
    start_us, end_us = to_us(window.start), to_us(window.end)
    n_calls = n_late = 0
    for found in arrivals.values():
        started_us = found.calls.started_us
        counted = (started_us >= start_us) & (started_us < end_us) & ~found.has_error
        nights_us = started_us // DAY_US * DAY_US + DAY_US + NIGHT_US
        n_calls += int(counted.sum())
        n_late += int((counted & (found.arrived_us >= nights_us)).sum())
    if mode == "started" or (mode == "auto" and 2 * n_late > n_calls):
        at_start = {key: replace(found, arrived_us=found.calls.started_us) for key, found in arrivals.items()}
        return at_start, "started", (n_calls, 0)
    return dict(arrivals), "recorded", (n_calls, n_late)


def _replay(
    history: History, window: Window, name: str, variant: Variant, labels: Sequence[Label] | None
) -> BacktestResult:
    alerts = alerts_of(replay(history, window, variant), history)
    summary = asdict(score(alerts, labels, days=(window.end - window.start) / DAY))
    return BacktestResult(name, variant.configuration.config_hash, alerts, summary)


def _alert(alert: Alert, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "operation": names[alert.operation_id],
        "kind": alert.kind,
        "from": alert.start.isoformat(),
        "to": alert.end.isoformat(),
        "alerted_at": alert.alerted_at.isoformat(),
    }


def _difference(first: BacktestResult, second: BacktestResult, names: Mapping[int, str]) -> dict[str, Any]:
    def less(name: str) -> float | None:
        one, other = first.summary[name], second.summary[name]
        return None if one is None or other is None else other - one

    measures = ("n_alerts", "alerts_per_day", "precision", "recall", "median_delay_s")
    return {
        "only_first": [_alert(item, names) for item in not_matched_by(first.alerts, second.alerts)],
        "only_second": [_alert(item, names) for item in not_matched_by(second.alerts, first.alerts)],
    } | {name: less(name) for name in measures}
