"""Replays of history: what each night knew and no more, judged as the jobs judge, held against labels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    content,
    detected,
    ordinary,
    put,
    slowed,
)
from oplatency.backtesting.labels import LabelFile
from oplatency.backtesting.replay import History, ReplayedDay, reach, read_arrivals, read_replay_configuration, replay
from oplatency.baselines.configurations import read_configuration
from oplatency.errors import UsageError
from oplatency.jobs import backtest
from oplatency.settings import Settings, load_settings
from oplatency.warehouse.catalogue import read_operations
from oplatency.warehouse.database import Connection, connect, rows
from oplatency.windows import Window

END = TODAY + 2 * DAY
WINDOW = Window(TODAY, END)
NINE = TODAY + 9 * HOUR


def deliver(connection: Connection, operation: str, calls: list[tuple[datetime, int]], **known: Any) -> None:
    """Store calls day by day, each day's batch received when the day has ended."""
    for day in sorted({at.date() for at, _ in calls}):
        of_day = [call for call in calls if call[0].date() == day]
        midnight = datetime.combine(day, datetime.min.time(), tzinfo=TODAY.tzinfo)
        put(connection, operation, of_day, received_at=midnight + DAY, **known)


def two_days(connection: Connection) -> None:
    """Bring in nine days of three operations; on the first of the last two, two hours of slow commits."""
    start = WEEK_AGO - DAY
    deliver(connection, "commit", slowed(ordinary(start, END, 5 * MINUTE), NINE, NINE + 2 * HOUR, 3.0))
    deliver(connection, "merge", slowed(ordinary(start, END, 10 * MINUTE, seed=2), TODAY + DAY, END, 1.6))
    deliver(connection, "get_history", ordinary(start, END, 30 * MINUTE, seed=3))


def replayed(url: str, window: Window = WINDOW, settings: Settings = DEFAULTS) -> list[ReplayedDay]:
    """Return the nights of a window, calls there when they arrived."""
    with connect(url, purpose="tests") as connection:
        way = read_replay_configuration(connection, window, settings, read_configuration(connection, settings))
        calls = read_arrivals(connection, reach(window, settings))
        return list(replay(History(calls, read_operations(connection)), window, way))


def found(nights: list[ReplayedDay]) -> list[list[dict[str, Any]]]:
    return [
        [
            {name: value for name, value in item._asdict().items() if name != "baseline_id"}
            for item in [*night.findings.anomalies, *night.findings.violations, *night.findings.degradations]
        ]
        for night in nights
    ]


def comparable(records: list[dict[str, Any]], names: list[str]) -> list[str]:
    """Return rows as sorted text; a whole number and the same as a float are equal."""

    def plain(value: Any) -> Any:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    return sorted(str([plain(record[name]) for name in names]) for record in records)


def test_where_everything_came_in_time_the_replay_finds_what_the_jobs_found(warehouse, connection):
    two_days(connection)
    for day in (TODAY - DAY, TODAY, TODAY + DAY):
        baselines(warehouse.url(), day)
    detected(warehouse.url(), TODAY, TODAY + DAY)
    detected(warehouse.url(), TODAY + DAY, END)
    nights = replayed(warehouse.url())
    assert len(nights) == 2
    for table in ("anomalies", "violations", "degradations"):
        published = connection.execute(f"select * from oplatency.{table}".encode()).fetchall()
        records = [item._asdict() for night in nights for item in getattr(night.findings, table)]
        assert published
        names = sorted(records[0].keys() - {"baseline_id"})
        shared = [name for name in names if name in published[0]]
        assert len(shared) >= 7
        assert comparable(published, shared) == comparable(records, shared)
    judged = [verdict.record() for night in nights for verdict in night.findings.verdicts]
    published = connection.execute(
        "select rule, outcome, count(*) as n from oplatency.verdicts group by 1, 2"
    ).fetchall()
    told = {(row["rule"], row["outcome"]): row["n"] for row in published}
    assert told == {key: sum((item["rule"], item["outcome"]) == key for item in judged) for key in told}
    assert sum(told.values()) == len(judged)


def test_what_arrives_after_a_night_changes_nothing_in_it(warehouse, connection):
    two_days(connection)
    before = found(replayed(warehouse.url()))
    late = [(NINE + n * MINUTE, 900_000) for n in range(60)]
    # after the night that follows the first day, before the one that follows the second
    put(connection, "commit", late, received_at=TODAY + DAY + 3 * HOUR)
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, MINUTE, median_us=50_000), received_at=TODAY + DAY + 3 * HOUR)
    after = found(replayed(warehouse.url()))
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_call_that_arrived_before_its_night_is_seen_and_told_in_that_night(warehouse, connection):
    deliver(connection, "commit", ordinary(WEEK_AGO - DAY, END, 5 * MINUTE))
    late = [(NINE + n * MINUTE + MINUTE / 2, 900_000) for n in range(10)]
    put(connection, "commit", late, received_at=TODAY + DAY + HOUR)
    told = backtest.backtest(
        warehouse.url(), WINDOW, configurations={"current": DEFAULTS}, labels=labels(("commit", NINE, NINE + HOUR))
    )
    (alert, *_) = told["configurations"][0]["alerts"]
    assert alert["alerted_at"] == (TODAY + DAY + 2 * HOUR).isoformat()
    assert told["configurations"][0]["median_delay_s"] == timedelta(hours=17) / timedelta(seconds=1)


def labels(*intervals: tuple[str, datetime, datetime]) -> LabelFile:
    lines = [f"{name},{start.isoformat()},{end.isoformat()}\n" for name, start, end in intervals]
    return LabelFile("labels.csv", ("operation,from,to\n" + "".join(lines)).encode())


def test_alerts_are_scored_against_labels(warehouse, connection):
    two_days(connection)
    known = labels(
        ("commit", NINE, NINE + 2 * HOUR),
        ("get_history", NINE, NINE + 2 * HOUR),
        ("commit", WEEK_AGO - 7 * DAY, WEEK_AGO - 6 * DAY),
    )
    told = backtest.backtest(warehouse.url(), WINDOW, configurations={"current": DEFAULTS}, labels=known)
    (score,) = told["configurations"]
    assert (told["nights"], told["operations"], told["arrivals"], told["late_calls"]) == (2, 3, "recorded", 0)
    assert (told["labels"], told["labels_outside"]) == (2, 1)
    assert (score["n_labels"], score["n_found"], score["recall"]) == (2, 1, 0.5)
    kinds = {alert["operation"]: alert["kind"] for alert in score["alerts"]}
    assert kinds["commit"] == "point"
    assert score["n_true"] == sum(alert["operation"] == "commit" for alert in score["alerts"])
    assert score["precision"] == score["n_true"] / score["n_alerts"] < 1
    assert score["alerts_per_day"] == score["n_alerts"] / 2
    # the day's batch came at midnight, too late for the hourly look
    assert score["median_delay_s"] == timedelta(hours=17) / timedelta(seconds=1)


def test_history_that_was_loaded_afterwards_counts_as_there_when_it_started(warehouse, connection):
    calls = slowed(ordinary(WEEK_AGO - DAY, END, 5 * MINUTE), NINE, NINE + 2 * HOUR, 3.0)
    put(connection, "commit", calls, received_at=END + 30 * DAY)
    current = {"current": DEFAULTS}
    known = labels(("commit", NINE, NINE + 2 * HOUR))
    told = backtest.backtest(warehouse.url(), WINDOW, configurations=current, labels=known)
    assert (told["arrivals"], told["late_calls"]) == ("started", 0)
    assert told["configurations"][0]["recall"] == 1
    assert told["configurations"][0]["median_delay_s"] <= 2 * 3600
    strict = backtest.backtest(warehouse.url(), WINDOW, configurations=current, labels=known, arrivals="recorded")
    assert (strict["late_calls"], strict["configurations"][0]["n_alerts"]) == (576, 0)


def test_two_configurations_are_told_apart_and_each_is_kept(warehouse, connection):
    two_days(connection)
    deaf = load_settings(points={"warning_z": 50, "alert_z": 50}, tails={"min_z": 50})
    both = {"current": DEFAULTS, "deaf": deaf}
    for _ in range(2):
        told = backtest.backtest(warehouse.url(), WINDOW, configurations=both, labels=labels(("commit", NINE, END)))
    difference = told["difference"]
    assert {item["operation"] for item in difference["only_first"]} == {"commit"}
    assert difference["only_second"] == []
    assert difference["recall"] <= 0
    view = connection.execute("select * from oplatency.v_backtests order by alerts desc").fetchall()
    assert [row["config_hash"] for row in view] == [DEFAULTS.config_hash(), deaf.config_hash()]
    (first, second) = told["configurations"]
    assert [row["alerts"] for row in view] == [first["n_alerts"], second["n_alerts"]]
    assert (view[0]["precision"], view[0]["recall"]) == (first["precision"], first["recall"])
    assert view[1]["content"]["points"]["warning_z"] == 50


def test_a_replay_changes_nothing_that_is_published(warehouse, connection):
    two_days(connection)
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + DAY)

    def state() -> Any:
        tables = ("baselines", "anomalies", "violations", "degradations", "verdicts", "job_runs", "configurations")
        digest = rows(connection, "reports/digest")
        return digest, [content(connection, table) for table in (*tables, "dirty_ranges", "configuration_uses")]

    before = state()
    loose = load_settings(points={"warning_z": 2.0})
    backtest.backtest(warehouse.url(), WINDOW, configurations={"current": DEFAULTS, "loose": loose})
    assert state() == before


def test_days_without_any_call_are_replayed_too(warehouse):
    told = backtest.backtest(
        warehouse.url(), WINDOW, configurations={"current": DEFAULTS}, labels=LabelFile("x", b"operation,from,to\n")
    )
    (score,) = told["configurations"]
    assert (told["calls"], score["n_alerts"], score["precision"], score["recall"]) == (0, 0, None, None)


def test_a_window_of_broken_days_is_refused(warehouse):
    with pytest.raises(UsageError, match="not a whole UTC day"):
        backtest.backtest(warehouse.url(), Window(TODAY, END - HOUR), configurations={"current": DEFAULTS})
