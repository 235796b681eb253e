"""What a person sets from the command line: thresholds of single operations, intervals kept out of baselines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from calls import HOUR, TODAY, WEEK_AGO, baselines, ordinary, put
from oplatency import cli

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(warehouse, connection, monkeypatch, capfd) -> Run:
    """Run a command on a warehouse with one operation; return exit code and the object it printed."""
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", warehouse.url())
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, HOUR))

    def once(*arguments: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sys, "argv", ["oplatency", *arguments, "--json"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), json.loads(capfd.readouterr().out)

    return once


def test_operations_are_listed_and_set_with_a_reason(run, connection):
    code, told = run("operations", "set", "commit", "--min-effect", "0.5", "--note", "noisy host", "--by", "ada")
    assert code == 0
    assert told["changes"] == {"min_effect": {"old": None, "new": 0.5}}
    code, listed = run("operations", "list")
    (commit,) = listed["operations"]
    assert (code, commit["min_effect"], commit["is_tracked"], commit["changes"]) == (0, 0.5, True, 1)
    (noted,) = connection.execute("select changed_by, note, config_hash from oplatency.operation_changes").fetchall()
    assert tuple(noted.values()) == ("ada", "noisy host", told["config_hash"])
    back = run("operations", "set", "commit", "--min-effect", "general", "--untracked", "--note", "as before")[1]
    assert set(back["changes"]) == {"min_effect", "is_tracked"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("operations", "set", "commit", "--min-effect", "half", "--note", "x"), "is not a number"),
        (("operations", "set", "commit", "--note", "x"), "Nothing is to be set"),
        (("operations", "set", "comit", "--tracked", "--note", "x"), "There is no operation"),
        (("exclude", "add", "comit", "--from", "2026-03-05", "--to", "2026-03-06", "--reason", "x"), "no operation"),
        (("exclude", "add", "commit", "--from", "2026-03-06", "--to", "2026-03-05", "--reason", "x"), "empty"),
        (("exclude", "remove", "7"), "no exclusion 7"),
    ],
)
def test_what_cannot_be_set_is_wrong_usage(run, arguments: tuple[str, ...], told: str):
    code, found = run(*arguments)
    assert code == 2
    assert told in found["error"]


def test_a_stretch_is_noted_listed_left_out_and_taken_back(run, warehouse, connection):
    window = ("--from", "2026-03-05", "--to", "2026-03-06")
    code, told = run("exclude", "add", "commit", *window, "--reason", "disk full", "--by", "ada")
    assert code == 0
    (listed,) = run("exclude", "list")[1]["intervals"]
    assert (listed["operation"], listed["reason"], listed["noted_by"], listed["kept"]) == (
        *("commit", "disk full", "ada", False),
    )
    baselines(warehouse.url())
    assert run("exclude", "remove", str(told["interval_id"]), "--by", "ada") == (0, {"removed": told["interval_id"]})
    baselines(warehouse.url())
    versions = connection.execute("select n_calls from oplatency.baselines order by revision").fetchall()
    assert [row["n_calls"] for row in versions] == [6 * 24, 7 * 24]
