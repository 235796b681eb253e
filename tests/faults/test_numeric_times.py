"""Times as numbers, brought in as a file would come."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import Ingestion, csv_text
from oplatency.errors import InputError


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def test_F10_a_time_is_the_same_fact_as_text_and_as_a_number_of_any_unit(ingestion: Ingestion):
    ingestion.land(csv_text(["commit,2026-03-09T10:00:00.123456Z,5000"]))

    for name, number in {"s": "1773050400.123456", "us": "1773050400123456", "ns": "1773050400123456000"}.items():
        batch = ingestion.land(csv_text([f"commit,{number},5000"]), name=f"{name}.csv")
        assert (batch.accepted, batch.duplicate) == (0, 1)


def test_F10_numbers_of_no_plausible_time_are_quarantined(ingestion: Ingestion):
    batch = ingestion.land(csv_text(f"commit,{time},5000" for time in ("1970", "1e20", "0", "1773050400")))

    assert (batch.accepted, batch.reasons) == (1, {"bad_timestamp": 3})


def test_F10_two_units_in_one_file_are_an_error_and_nothing_is_written(ingestion: Ingestion):
    before, digest = ingestion.row_counts(), ingestion.digest()

    with pytest.raises(InputError, match="two units") as caught:
        ingestion.stage(csv_text(f"commit,{time},5000" for time in ("1773050400", "1773050401", "1773050402000")))

    assert caught.value.where is not None
    assert caught.value.where.endswith("calls.csv, lines 2 and 4")
    assert (ingestion.row_counts(), ingestion.digest()) == (before, digest)
