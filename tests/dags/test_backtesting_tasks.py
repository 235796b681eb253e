"""What the tasks that prove detection do with the parameters of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, ordinary, put, slowed
from oplatency.airflow import backtesting, tasks
from oplatency.errors import GateFailedError, InputError, UsageError

WINDOW = {"window_start": TODAY.isoformat(), "window_end": (TODAY + DAY).isoformat()}
NINE = TODAY + 9 * HOUR


def context(**params: Any) -> dict[str, Any]:
    return {"params": {"first": None, "second": None, "labels": None} | params}


@pytest.fixture
def written(warehouse: Any, connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tasks work on a warehouse with eight days of commits, two hours of the last one slow."""
    monkeypatch.setattr(tasks, "writer_url", warehouse.url)
    calls = slowed(ordinary(WEEK_AGO - DAY, TODAY + DAY, 10 * MINUTE), NINE, NINE + 2 * HOUR, 3.0)
    put(connection, "commit", calls, received_at=TODAY + 9 * DAY)


def test_a_run_compares_two_configurations_against_labels_in_the_landing_folder(written: None, landing: Path):
    (landing / "known.csv").write_text(f"operation,from,to\ncommit,{NINE.isoformat()},{(NINE + HOUR).isoformat()}\n")
    deaf = {"points": {"warning_z": 50, "alert_z": 50}, "tails": {"min_z": 50}}
    told = backtesting.backtest(context(**WINDOW, second=deaf, labels="known.csv"))
    assert [one["recall"] for one in told["configurations"]] == [1, 0]
    # what a task returns carries counts, never rows
    assert all("alerts" not in one for one in told["configurations"])
    assert told["difference"]["only_first"] >= 1


def test_one_configuration_alone_is_not_compared(written: None):
    told = backtesting.backtest(context(**WINDOW))
    assert [one["name"] for one in told["configurations"]] == ["first"]
    assert "difference" not in told


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "window is not given"),
        (WINDOW | {"second": {"points": 3}}, "not an object of sections"),
        (WINDOW | {"first": {"points": {"warning": 3}}}, "points.warning"),
        (WINDOW | {"labels": "../secrets.json"}, "leads out of the landing folder"),
    ],
    ids=["window", "second", "first", "labels"],
)
def test_a_parameter_that_cannot_be_used_is_named(written: None, landing: Path, params: dict[str, Any], told: str):
    with pytest.raises(UsageError, match=told):
        backtesting.backtest(context(**params))


def test_labels_that_are_not_there_are_told(written: None, landing: Path):
    with pytest.raises(InputError, match="cannot be read"):
        backtesting.backtest(context(**WINDOW, labels="none.csv"))


def test_the_canary_takes_its_day_from_the_run_or_the_form_and_fails_where_detection_is_blind(
    written: None, warehouse: Any, monkeypatch: pytest.MonkeyPatch
):
    baselines(warehouse.url(), TODAY)
    by_run = {"data_interval_start": TODAY - DAY + 2 * HOUR, "data_interval_end": TODAY + 2 * HOUR}
    told = backtesting.check_detection({"params": {"as_of": None}} | by_run)
    assert told["as_of"] == TODAY.isoformat()
    assert told["rules"]["point"]["recall"] > 0.85
    assert backtesting.check_detection({"params": {"as_of": TODAY.isoformat()}}) == told
    monkeypatch.setenv("OPLATENCY_POINTS__WARNING_Z", "100000")
    with pytest.raises(GateFailedError, match="blind"):
        backtesting.check_detection({"params": {"as_of": TODAY.isoformat()}})
