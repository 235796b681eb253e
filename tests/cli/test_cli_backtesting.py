"""The commands that show whether detection works, as a person and a program see them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, ordinary, put, slowed
from oplatency import cli
from oplatency.warehouse.database import connect

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(warehouse, server, monkeypatch, capfd) -> Run:
    """Run a command on a warehouse whose time stands at TODAY; return exit code and standard output."""
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", warehouse.url())
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(f"alter database {warehouse.database} set oplatency.as_of = '{TODAY.isoformat()}'".encode())

    def once(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["oplatency", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capfd.readouterr().out

    return once


def test_the_doctor_says_plainly_which_operations_are_blind(run, warehouse, connection):
    put(connection, "usual", ordinary(WEEK_AGO, TODAY, 10 * MINUTE))
    put(connection, "new", ordinary(TODAY - 10 * MINUTE, TODAY, 5 * MINUTE))
    baselines(warehouse.url())
    code, told = run("doctor", "--detection")
    assert code == 0
    assert "BLIND: new (no baseline: 2 calls in 7 days, 6 are needed)" in told
    assert "2 operations: 1 blind, 0 that never alert" in told
    code, told = run("doctor", "--detection", "--json")
    found = json.loads(told)
    assert (code, found["blind"], found["mute"]) == (0, ["new"], [])
    rules = {rule["rule"]: rule for item in found["operations"] for rule in item["rules"]}
    assert rules["point"]["slowdown_pct"] > 25
    assert rules["silence"]["hours"] >= 1


def test_a_backtest_tells_how_two_configurations_differ(run, connection, tmp_path: Path):
    nine = TODAY - 15 * HOUR
    calls = slowed(ordinary(WEEK_AGO - 2 * DAY, TODAY, 10 * MINUTE), nine, nine + 2 * HOUR, 3.0)
    put(connection, "commit", calls, received_at=TODAY + 9 * DAY)
    labels, config = tmp_path / "labels.csv", tmp_path / "deaf.toml"
    labels.write_text(f"operation,from,to\ncommit,{nine.isoformat()},{(nine + 2 * HOUR).isoformat()}\n")
    config.write_text("[points]\nwarning_z = 50\nalert_z = 50\n[tails]\nmin_z = 50\n")
    window = ("--from", "2026-03-09", "--to", "2026-03-10")
    code, told = run("backtest", *window, "--config", str(config), "--labels", str(labels))
    assert code == 0
    assert "2026-03-10T00:00:00+00:00: 1 nights, 144 calls of 1 operations" in told
    assert "their history was loaded afterwards" in told
    assert "deaf.toml" in told
    assert "Only with current: " in told
    code, told = run("backtest", *window, "--labels", str(labels), "--json")
    (score,) = json.loads(told)["configurations"]
    assert (code, score["name"], score["recall"], score["precision"]) == (0, "current", 1, 1)
    assert score["alerts"][0].keys() == {"operation", "kind", "from", "to", "alerted_at"}


def test_files_of_a_backtest_that_cannot_be_used_are_errors_with_their_place(run, connection, tmp_path: Path):
    put(connection, "commit", ordinary(TODAY - DAY, TODAY, HOUR))
    labels, config = tmp_path / "labels.csv", tmp_path / "other.toml"
    labels.write_text("operation,from,to\ncommit,2026-03-09T10:00:00,2026-03-09T11:00:00Z\n")
    config.write_text("[points]\nwarning_z = -1\n")
    window = ("backtest", "--from", "2026-03-09", "--to", "2026-03-10", "--json")
    code, told = run(*window, "--labels", str(labels))
    assert (code, json.loads(told)["where"]) == (1, str(labels))
    assert "line 2: from has no offset" in json.loads(told)["error"]
    code, told = run(*window, "--config", str(config))
    assert (code, json.loads(told)["where"]) == (2, str(config))
    assert "points.warning_z" in json.loads(told)["error"]
    assert run(*window, "--config", str(tmp_path / "none.toml"))[0] == 2


def test_the_canary_tells_what_was_found_and_exits_with_3_where_detection_is_blind(
    run, warehouse, connection, monkeypatch
):
    put(connection, "usual", ordinary(WEEK_AGO, TODAY, 10 * MINUTE))
    baselines(warehouse.url())
    code, told = run("canary", "--json")
    found = json.loads(told)
    assert (code, found["as_of"], found["operations"]) == (0, TODAY.isoformat(), 1)
    assert found["rules"]["point"]["found"] >= 10
    monkeypatch.setenv("OPLATENCY_POINTS__WARNING_Z", "1000")
    code, told = run("canary", "--as-of", "2026-03-10", "--json")
    assert code == 3
    assert "Detection is blind" in json.loads(told)["error"]
