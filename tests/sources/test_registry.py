"""A source is one module and one line: a toy of each kind goes through the gate."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ingestion import ARRIVED, Ingestion
from oplatency.errors import InputError, UsageError
from oplatency.ingest import polling
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.sources.declaration import declared
from oplatency.sources.files.inputs import detect_format
from oplatency.sources.polled.contract import AggregateSource, Event, Poll, PolledSource
from oplatency.sources.registry import FILES, POLLED, FileFormat, formats

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def ingestion(warehouse: Any, tmp_path: Path) -> Ingestion:
    """Return a warehouse to bring files into."""
    return Ingestion(warehouse.url(), tmp_path)


def read_toy(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow]:
    """Yield a call of each line: when it started, and its microseconds."""
    for line_no, line in enumerate(stream.read().decode().splitlines(), start=1):
        started_at, duration_us = line.split()
        yield StagedRow(line_no, line, {"operation": "play", "started_at": started_at, "duration_us": duration_us})


def poll_toy(poll: Poll) -> Iterator[Event]:
    """Yield one call."""
    values = {"event_id": "toy:1", "operation": "play", "started_at": NOON.isoformat(), "duration_us": "7"}
    yield Event(NOON, values)


def brought(ingestion: Ingestion) -> list[tuple[str, int]]:
    return [(fact["operation"], fact["duration_us"]) for fact in ingestion.facts()]


def test_a_format_of_files_is_one_line(ingestion: Ingestion, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(FILES, "toy", FileFormat(read_toy, (".toy",)))

    ingestion.land(f"{(ARRIVED - timedelta(hours=1)).isoformat()} 7\n", name="calls.toy")

    assert brought(ingestion) == [("play", 7)]
    assert ingestion.query("select format from oplatency.ingest_batches") == [{"format": "toy"}]
    ingestion.declare('format = "toy"\n', source="toys")
    ingestion.land(f"{ARRIVED.isoformat()} 8\n", name="calls.txt", source="toys")
    with pytest.raises(InputError) as caught:
        detect_format(Path("calls.txt"), SourceSettings())
    assert ".toy, or give --format (csv, jsonl, otlp, parquet, pgbench, toy)" in caught.value.remedy


def test_a_kind_of_polled_source_is_one_line(ingestion: Ingestion, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(POLLED, "toy", lambda: PolledSource(("calls",), poll_toy))
    ingestion.declare('format = "toy"\npolling.connection = "toy_url"\n', source="toys")
    at = NOON + timedelta(hours=1)
    context = polling.PollContext(ingestion.folder, at, Settings(), lambda name: f"postgresql://ann@h/{name}")

    assert list(polling.find_polled(context)) == ["toys"]
    (account,) = polling.poll_source(ingestion.url, "toys", context)

    assert account.as_json()["path"].startswith("postgresql://ann@h/toy_url calls from ")
    assert brought(ingestion) == [("play", 7)]
    with pytest.raises(InputError, match="declared as toy: it is polled and takes no files"):
        detect_format(Path("calls.csv"), declared("toys", ingestion.folder / "toys", Settings()))


def test_a_format_that_nobody_registered_is_wrong_usage_that_names_those_that_are(tmp_path: Path):
    with pytest.raises(UsageError, match="no format 'xml'") as caught:
        declared("app", tmp_path, Settings(sources={"app": SourceSettings(format="xml")}))
    assert caught.value.where == "sources.app.format"
    assert ", ".join(("auto", *FILES, *POLLED)) in caught.value.remedy


def test_no_name_stands_for_two_sources():
    assert len(set(formats())) == len(formats())


@pytest.mark.parametrize("name", POLLED)
def test_each_polled_source_names_its_streams(name: str):
    source = POLLED[name]()
    assert isinstance(source, PolledSource | AggregateSource)
    assert source.streams


def test_what_recognizes_a_file_imports_no_library_that_takes_its_time():
    code = (
        "import sys; from oplatency.settings import SourceSettings;"
        "from oplatency.sources.files.inputs import detect_format;"
        "detect_format('calls.json', SourceSettings(), b'{\"resourceSpans\"');"
        "print([name for name in ('numpy', 'pyarrow', 'requests') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
