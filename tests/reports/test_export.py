"""Exports: the columns others rely on, a stable order, and files that mean what is stored."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pyarrow.parquet
import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, constant, detected, ordinary, put, slowed
from oplatency.reports.export import SUBJECTS, Export, load, render
from oplatency.warehouse.database import connect

TOMORROW = TODAY + DAY
# What people and programs read: names and order change with a note only, new columns come last.
COLUMNS = {
    "anomalies": "operation branch kind window_start window_end observed_at duration_ms expected_ms z classical_z"
    " effect effect_low effect_high severity alerting",
    "correlations": "as_of operation_a operation_b raw_pearson raw_spearman corrected joint_bins effective_n p q"
    " lag_bins strength group_id bottleneck",
}
SHORT = Export(
    {"name": "text", "at": "timestamptz", "n": "int8", "z": "float8", "alerting": "bool"},
    [("=1+1", TODAY, 3, -1.5, True), ("commit", TODAY + timedelta(microseconds=7), -2, None, False)],
)


@pytest.fixture
def found(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TODAY + 2 * HOUR, 4))
    put(connection, "merge", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE, seed=2), TODAY, TOMORROW, 1.5))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        yield reader


@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_empty_warehouse_exports_its_columns_and_no_rows(warehouse, subject):
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        export = load(reader, subject)
    assert export.rows == []
    assert list(export.columns)[: len(COLUMNS.get(subject, "").split())] == COLUMNS.get(subject, "").split()
    assert render(export, "csv").decode() == ",".join(export.columns) + "\n"
    assert json.loads(render(export, "json")) == []
    table = pyarrow.parquet.read_table(io.BytesIO(render(export, "parquet")))
    assert table.column_names == list(export.columns)


def test_points_and_shifts_stand_in_one_list(found):
    export = load(found, "anomalies")
    records = export.records()
    assert {record["kind"] for record in records} >= {"point", "shift"}
    assert {record["branch"] for record in records} == {"(all)"}
    shift = next(item for item in records if item["kind"] == "shift" and item["operation"] == "merge")
    assert shift["effect_low"] < shift["effect"] < shift["effect_high"]
    assert shift["window_end"] == "2026-03-11T00:00:00.000000+00:00"
    keys = [(item["window_start"], item["operation"], item["branch"], item["kind"]) for item in records]
    assert keys == sorted(keys)


def test_a_window_holds_what_was_judged_in_it(found):
    def windows(**limits):
        return {(item["kind"], item["window_end"][:13]) for item in load(found, "anomalies", **limits).records()}

    assert windows(start=TODAY, end=TOMORROW) == windows() >= {("shift", "2026-03-11T00")}
    assert windows(start=TODAY, end=TODAY + HOUR) == {("point", "2026-03-10T01")}
    assert windows(start=TOMORROW) == set()
    assert windows(end=TODAY) == set()


def test_one_operation_is_exported_alone(found):
    assert {item["operation"] for item in load(found, "anomalies", operation="merge").records()} == {"merge"}
    assert {item["operation"] for item in load(found, "baselines", operation="merge").records()} == {"merge"}
    assert load(found, "anomalies", operation="nothing").rows == []


def test_incidents_are_stretches_of_any_time(found):
    records = load(found, "incidents", operation="commit").records()
    assert len(records) == 1
    assert records[0]["first_at"] >= "2026-03-10T00:00"
    assert records[0]["last_at"] < "2026-03-10T02:00"
    assert records[0]["median_ms"] > 3 * records[0]["expected_ms"]
    assert load(found, "incidents", start=TOMORROW).rows == []


def test_baselines_are_exported_by_as_of(found, warehouse, connection):
    put(connection, "rare", constant(WEEK_AGO, TODAY, DAY, 3000))
    baselines(warehouse.url())
    (rare,) = load(found, "baselines", start=TODAY, end=TOMORROW, operation="rare").records()
    assert (rare["calls"], rare["days_covered"], rare["p50_ms"], rare["sd_ms"]) == (7, 7, 3.0, 0.0)
    assert load(found, "baselines", start=TOMORROW).rows == []


def test_a_text_that_a_spreadsheet_would_calculate_is_made_harmless_and_numbers_stay_numbers():
    cells = list(csv.reader(io.StringIO(render(SHORT, "csv").decode())))
    assert cells == [
        ["name", "at", "n", "z", "alerting"],
        ["'=1+1", "2026-03-10T00:00:00.000000+00:00", "3", "-1.5", "true"],
        ["commit", "2026-03-10T00:00:00.000007+00:00", "-2", "", "false"],
    ]


def test_json_and_parquet_hold_the_same_rows_unescaped():
    assert json.loads(render(SHORT, "json")) == SHORT.records()
    table = pyarrow.parquet.read_table(io.BytesIO(render(SHORT, "parquet")))
    assert [str(field.type) for field in table.schema] == ["string", "timestamp[us, tz=UTC]", "int64", "double", "bool"]
    assert [tuple(row.values()) for row in table.to_pylist()] == SHORT.rows
