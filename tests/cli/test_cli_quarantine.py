"""The commands for what was refused: list, show, release, discard; names that are held, and admitting them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion import GOOD, Ingestion, csv_text
from oplatency import cli
from oplatency.settings import IngestSettings, Settings

NAIVE = "commit,2026-03-09T11:00:00,6000"
Told = tuple[int, dict[str, Any]]


@pytest.fixture
def ingestion(warehouse, tmp_path: Path, monkeypatch) -> Ingestion:
    """Return a warehouse in which a time without an offset and a negative duration wait."""
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", warehouse.url())
    made = Ingestion(warehouse.url(), tmp_path)
    made.land(csv_text([GOOD, NAIVE, "commit,2026-03-09T12:00:00Z,-1"]))
    return made


@pytest.fixture
def run(ingestion: Ingestion, monkeypatch, capfd) -> Callable[..., Told]:
    """Run a command; return its exit code and the one object it printed."""

    def once(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["oplatency", *arguments, "--json"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), json.loads(capfd.readouterr().out)

    return once


def ids(ingestion: Ingestion) -> dict[str, int]:
    return {row["reason"]: row["quarantine_id"] for row in ingestion.quarantine()}


def test_what_waits_is_listed_by_source_batch_and_reason(run):
    code, told = run("quarantine", "list")
    assert code == 0
    assert [(group["reason"], group["waiting"], group["releasable"]) for group in told["groups"]] == [
        ("naive_timestamp", 1, 1),
        ("negative_duration", 1, 1),
    ]
    assert run("quarantine", "list", "--reason", "naive_timestamp")[1]["groups"][0]["source"] == "app"
    assert run("quarantine", "list", "--source", "elsewhere") == (0, {"groups": []})


def test_a_person_sees_a_table(ingestion: Ingestion, monkeypatch, capfd):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["oplatency", "quarantine", "list"])
    with pytest.raises(SystemExit):
        cli.main()
    shown = capfd.readouterr().out
    assert "naive_timestamp" in shown
    assert "negative_duration" in shown


def test_a_row_is_shown_with_its_reason_and_what_makes_it_pass(run, ingestion: Ingestion):
    code, told = run("quarantine", "show", str(ids(ingestion)["naive_timestamp"]))
    assert code == 0
    assert (told["reason"], told["state"], told["line"]) == ("naive_timestamp", "waiting", 3)
    assert told["raw"] == NAIVE
    assert "--assume-tz" in json.dumps(told)
    code, told = run("quarantine", "show", "999999")
    assert (code, "999999" in json.dumps(told)) == (2, True)


def test_released_rows_become_facts_and_the_rest_waits_on(run, ingestion: Ingestion):
    code, told = run("quarantine", "release", "--batch", "1", "--assume-tz", "Europe/Berlin")
    (batch,) = told["batches"]
    assert code == 0
    assert (batch["tried"], batch["accepted"], batch["rejected"]) == (2, 1, 1)
    assert [f"{fact['started_at']:%H:%M}" for fact in ingestion.facts()] == ["10:00", "10:00"]
    assert [group["reason"] for group in run("quarantine", "list")[1]["groups"]] == ["negative_duration"]


def test_discarded_rows_wait_no_longer_and_say_who_gave_them_up(run, ingestion: Ingestion):
    row = ids(ingestion)["negative_duration"]
    assert run("quarantine", "discard", str(row), "--note", "a test of the sender", "--by", "ada") == (
        0,
        {"discarded": 1},
    )
    told = run("quarantine", "show", str(row))[1]
    assert (told["state"], told["discarded_by"], told["note"]) == ("discarded", "ada", "a test of the sender")
    assert run("quarantine", "discard", str(row)) == (0, {"discarded": 0})


@pytest.mark.parametrize("command", ["release", "discard"])
def test_without_a_choice_nothing_is_done(run, ingestion: Ingestion, command: str):
    before = ingestion.quarantine()
    code, told = run("quarantine", command)
    assert (code, told["error"]) == (2, "No rows are chosen.")
    assert ingestion.quarantine() == before


def test_held_names_are_listed_and_admitted_with_their_rows(run, ingestion: Ingestion):
    ingestion.settings = Settings(ingest=IngestSettings(new_operations="hold"))
    ingestion.refuse(
        csv_text([f"{name},2026-03-09T10:00:00Z,7000" for name in ("merge", "merge", "tag")]), name="b.csv"
    )

    code, told = run("operations", "held")
    assert (code, {item["operation"] for item in told["operations"]}) == (0, {"merge", "tag"})
    assert len(run("operations", "held", "--limit", "1")[1]["operations"]) == 1

    code, told = run("operations", "admit", "merge", "--release")
    assert (code, told["admitted"]) == (0, 1)
    assert [(batch["tried"], batch["accepted"]) for batch in told["batches"]] == [(2, 2)]
    assert [item["operation"] for item in run("operations", "held")[1]["operations"]] == ["tag"]
    assert run("operations", "admit", "tag")[1] == {"admitted": 1}
