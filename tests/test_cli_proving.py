"""The commands that show whether detection works, as a person and a program see them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from jobs.calls import MINUTE, TODAY, WEEK_AGO, baselines, ordinary, put
from oplatency import cli
from oplatency.database import connect

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
    assert "2 operations: 1 blind, 0 that alert nobody" in told
    code, told = run("doctor", "--detection", "--json")
    found = json.loads(told)
    assert (code, found["blind"], found["mute"]) == (0, ["new"], [])
    rules = {rule["rule"]: rule for item in found["operations"] for rule in item["rules"]}
    assert rules["point"]["slowdown_pct"] > 25
    assert rules["silence"]["hours"] >= 1
