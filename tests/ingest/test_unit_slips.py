"""A source that suddenly counts in another unit is recognised by its durations, named, and healed by a release."""

from __future__ import annotations

from pathlib import Path

import pytest

import calls
from ingestion import Ingestion, csv_text
from oplatency.ingest import quarantine
from oplatency.ingest.quarantine import RowFilter
from oplatency.warehouse.database import connect

USUAL = {"commit": 5000, "merge": 80_000}


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    ingestion = Ingestion(warehouse.url(), tmp_path)
    with connect(ingestion.url, purpose="tests") as connection:
        for operation, median_us in USUAL.items():
            week = calls.ordinary(calls.WEEK_AGO, calls.TODAY, 4 * calls.HOUR, median_us=median_us)
            calls.put(connection, operation, week)
    return ingestion


def rows(factors: dict[str, float], n: int = 30) -> list[str]:
    return [
        f"{operation},2026-03-10T10:{number:02}:00Z,{USUAL.get(operation, 5000) * factor * (1 + number / 100):.3f}"
        for operation, factor in factors.items()
        for number in range(n)
    ]


@pytest.mark.parametrize("with_baseline", [True, False], ids=["against a baseline", "against recent calls"])
def test_F23_milliseconds_sent_as_microseconds_are_refused_by_name_and_healed(ingestion, with_baseline: bool):
    if with_baseline:
        calls.baselines(ingestion.url)
    before = len(ingestion.facts())

    error = ingestion.refuse(csv_text(rows({"commit": 0.001, "merge": 0.001})))

    assert "unit_slip: 60" in str(error)
    refused = ingestion.quarantine()[0]
    assert refused["reason"] == "unit_slip"
    assert refused["detail"].startswith("median ")
    assert refused["detail"].endswith(" us is usual: 1/1000, looks like milliseconds in duration_us")
    (unchanged,) = quarantine.release(ingestion.url, RowFilter(batch=refused["batch_id"]), settings=ingestion.settings)
    assert (unchanged.accepted, unchanged.reasons) == (0, {"unit_slip": 60})
    (outcome,) = quarantine.release(
        ingestion.url, RowFilter(batch=refused["batch_id"]), settings=ingestion.settings, unit="ms"
    )
    assert (outcome.accepted, outcome.reasons) == (60, {})
    healed = ingestion.facts()[before:]
    assert 5000 <= min(fact["duration_us"] for fact in healed if fact["operation"] == "commit") < 5100


def test_F23_microseconds_sent_as_milliseconds_are_a_slip_too(ingestion: Ingestion):
    text = csv_text(rows({"commit": 1.0, "merge": 1.0}), "operation,started_at,duration_ms")

    ingestion.refuse(text)

    assert "1000 times, looks like microseconds in duration_ms" in ingestion.quarantine()[0]["detail"]


def test_F23_nanoseconds_sent_as_milliseconds_are_a_slip_too(ingestion: Ingestion):
    ingestion.refuse(csv_text(rows({"commit": 1000.0, "merge": 1000.0}), "operation,started_at,duration_ms"))

    assert "1000000 times, looks like nanoseconds in duration_ms" in ingestion.quarantine()[0]["detail"]


def test_F23_a_release_in_the_wrong_unit_lets_nothing_in(ingestion: Ingestion):
    ingestion.refuse(csv_text(rows({"commit": 1000.0, "merge": 1000.0})))
    chosen = RowFilter(source="app")

    (wrong,) = quarantine.release(ingestion.url, chosen, settings=ingestion.settings, unit="ms")
    (right,) = quarantine.release(ingestion.url, chosen, settings=ingestion.settings, unit="ns")

    assert (wrong.accepted, wrong.reasons) == (0, {"unit_slip": 60})
    assert (right.accepted, right.rejected) == (60, 0)


def test_F23_durations_that_are_right_after_all_are_let_in_by_naming_their_unit(ingestion: Ingestion):
    ingestion.refuse(csv_text(rows({"commit": 0.001})))

    (outcome,) = quarantine.release(ingestion.url, RowFilter(source="app"), settings=ingestion.settings, unit="us")

    assert (outcome.accepted, outcome.rejected) == (30, 0)


@pytest.mark.parametrize(
    "factors",
    [{"commit": 5, "merge": 5}, {"commit": 0.001, "merge": 1}, {"commit": 100}, {"commit": 0.05}],
    ids=["five times slower", "half of the operations", "a hundred times slower", "twenty times faster"],
)
def test_F23_what_is_slower_or_mixed_is_no_slip(ingestion: Ingestion, factors: dict[str, float]):
    batch = ingestion.land(csv_text(rows(factors)))

    assert batch.quarantined == 0


def test_F23_a_batch_that_mixes_units_within_an_operation_is_no_slip(ingestion: Ingestion):
    batch = ingestion.land(csv_text([*rows({"commit": 0.001}, 30), *rows({"commit": 1}, 29)]))

    assert batch.quarantined == 0


def test_F23_few_calls_prove_nothing(ingestion: Ingestion):
    assert ingestion.land(csv_text(rows({"commit": 0.001}, 19))).quarantined == 0


def test_F23_a_source_may_switch_the_comparison_off(ingestion: Ingestion):
    ingestion.declare("detect_unit_slips = false")

    assert ingestion.land(csv_text(rows({"commit": 0.001}))).quarantined == 0


def test_F23_an_operation_nobody_knows_shares_the_verdict_of_its_batch(ingestion: Ingestion):
    ingestion.refuse(csv_text(rows({"commit": 0.001, "unheard_of": 0.001})))

    details = {row["fields"]["operation"]: row["detail"] for row in ingestion.quarantine()}
    assert details["unheard_of"].startswith("nothing usual is known of the operation")


def test_F23_a_claimed_end_that_agrees_proves_the_unit(ingestion: Ingestion):
    claimed = [f"{line},{line.split(',')[1].replace(':00Z', ':00.000005Z')}" for line in rows({"commit": 0.001})]
    ingestion.declare("resolution_us = 10")

    batch = ingestion.land(csv_text(claimed, "operation,started_at,duration_us,ended_at"))

    assert batch.quarantined == 0
