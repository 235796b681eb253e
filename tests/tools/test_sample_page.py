"""docs/sample.md says what recording.json says."""

from __future__ import annotations

from pathlib import Path

import pytest

from oplatency.errors import OplatencyError
from oplatency.local.sample import load_sample
from tools.record_sample.sample_page import incident_table, recorder_section, write_section

PAGE = Path(__file__).parents[2] / "docs" / "sample.md"


def test_the_page_shows_the_committed_recording_and_its_incidents() -> None:
    assert recorder_section() in PAGE.read_text(encoding="utf-8")


def test_the_page_names_every_operation_and_the_factor() -> None:
    page, sample = PAGE.read_text(encoding="utf-8"), load_sample()
    before_the_section = page.partition("<!--")[0]
    assert all(f"`{operation}`" in before_the_section for operation in sample.operations)
    assert f"factor {sample.factor}" in page.replace(recorder_section(), "")


def test_the_table_shows_each_incident_on_both_clocks() -> None:
    sample = load_sample()
    rows = incident_table(sample).splitlines()[2:]
    assert len(rows) == len(sample.incidents)
    for row, incident in zip(rows, sample.incidents, strict=True):
        assert f"{incident.began_at:%H:%M:%S.%f} to {incident.ended_at:%H:%M:%S.%f}" in row
        minutes = (sample.ended_at - incident.began_at).total_seconds() * sample.factor / 60
        assert f"| {minutes // 60:.0f} h {minutes % 60 // 1:02.0f} min to " in row
        assert all(f"`{operation}`" in row for operation in incident.operations)


def test_a_new_section_takes_the_place_of_the_old_and_nothing_else_changes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    original = PAGE.read_text(encoding="utf-8")
    page.write_text(original.replace("transactions between", "calls between"), encoding="utf-8")
    write_section(page, recorder_section())
    assert page.read_text(encoding="utf-8") == original


def test_a_page_without_a_place_for_the_section_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# The sample", encoding="utf-8")
    with pytest.raises(OplatencyError, match="no section"):
        write_section(page, recorder_section())
    assert page.read_text(encoding="utf-8") == "# The sample"
