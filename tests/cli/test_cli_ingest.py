"""The command that brings files in shows how far it is on a terminal, and nothing elsewhere."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion import csv_text
from oplatency import cli


@pytest.fixture
def ingest(warehouse, monkeypatch, capfd, tmp_path: Path):
    """Bring in a file of 3 rows; return what stood on standard error."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    file = tmp_path / "[bold]calls.csv"
    file.write_text(csv_text(f"commit,{(at + n * timedelta(seconds=1)).isoformat()},5000" for n in range(3)))

    def once() -> str:
        monkeypatch.setenv("OPLATENCY_DATABASE_URL", warehouse.url())
        monkeypatch.setattr(sys, "argv", ["oplatency", "ingest", str(file), "--json"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        written = capfd.readouterr()
        assert json.loads(written.out)["batches"][0]["rows_in"] == 3
        return str(written.err)

    return once


def test_on_a_terminal_rows_their_speed_and_the_size_of_the_file_are_shown(ingest, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    shown = ingest()
    assert "[bold]calls.csv" in shown
    assert "3 rows, " in shown
    assert " rows/s, 147 bytes" in shown


def test_nothing_is_shown_where_there_is_no_terminal(ingest):
    assert ingest() == ""
