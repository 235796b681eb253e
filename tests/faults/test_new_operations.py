"""F24: ids in the names of operations. The ceiling holds, what is beyond it is counted, and people can still look."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import GOOD, Ingestion, csv_text
from oplatency.ingest import quarantine
from oplatency.settings import IngestSettings, Settings
from oplatency.warehouse.database import connect, read_view

N_NAMES = 20_000
CEILING = Settings().ingest.max_new_operations
VIEWS = (
    "v_performance_dashboard_summary",
    "v_operation_performance_summary",
    "v_slowest_operations_last_24h",
    "v_performance_trend_hourly",
    "v_ingest_batches",
    "v_ingest_health",
)


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def test_F24_twenty_thousand_names_in_one_batch_are_admitted_up_to_the_ceiling(ingestion: Ingestion, warehouse):
    rows = [f"GET /users/{n},2026-03-09T10:00:{n % 60:02}Z,{5000 + n}" for n in range(N_NAMES)]

    batch = ingestion.land(csv_text(rows))

    assert (batch.rows_in, batch.accepted, batch.duplicate) == (N_NAMES, CEILING, 0)
    assert batch.reasons == {"cardinality_limit": N_NAMES - CEILING}
    (known,) = ingestion.query("select count(*) as n from oplatency.operation_types where name like 'GET /users/%%'")
    assert known["n"] == CEILING
    # the first ones of the file, so that the same file again admits the same
    assert {fact["operation"] for fact in ingestion.facts()} == {f"GET /users/{n}" for n in range(CEILING)}

    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        reader.execute("set oplatency.as_of = '2026-03-10T00:00:00Z'")
        found = {view: len(read_view(reader, view)) for view in VIEWS}
    assert found["v_operation_performance_summary"] == CEILING
    assert (found["v_slowest_operations_last_24h"], found["v_ingest_batches"]) == (50, 1)
    assert found["v_ingest_health"] == found["v_performance_dashboard_summary"] == 1
    (group,) = quarantine.groups(ingestion.url, quarantine.RowFilter(), limit=10)
    assert (group["reason"], group["waiting"]) == ("cardinality_limit", N_NAMES - CEILING)
    assert len(quarantine.held_operations(ingestion.url, limit=50)) == 50


@pytest.mark.parametrize(("general", "of_source", "held"), [("admit", "hold", True), ("hold", "admit", False)])
def test_F24_a_source_says_for_itself_what_becomes_of_new_names(
    ingestion: Ingestion, general: str, of_source: str, held: bool
):
    ingestion.land(csv_text([GOOD]), name="known.csv")
    ingestion.settings = Settings(ingest=IngestSettings(new_operations=general))
    new = csv_text([GOOD.replace("10:", "11:"), "merge,2026-03-09T10:00:00Z,7000"])
    ingestion.declare(f'new_operations = "{of_source}"', source="own")

    own = ingestion.land(new, source="own")
    other = ingestion.land(new.replace("merge", "tag"), source="other")

    assert own.reasons == ({"unknown_operation": 1} if held else {})
    assert other.reasons == ({} if held else {"unknown_operation": 1})
