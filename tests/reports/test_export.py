"""Exports: the columns others rely on, a stable order, and files that mean what is stored."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pandas as pd
import pyarrow.parquet
import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, constant, detected, ordinary, put, slowed
from oplatency.reports.export import SUBJECTS, load, records, render

TOMORROW = TODAY + DAY
# What people and programs read: names and order change with a note only, new columns come last.
COLUMNS = {
    "anomalies": "operation branch kind window_start window_end observed_at duration_ms expected_ms z classical_z"
    " effect effect_low effect_high severity alerting combined baseline_as_of alerted_by shape quantile_shifts onset_at"
    " onset_low_at onset_high_at call_branch baseline_level no_onset_reason finding_id",
    "degradations": "operation branch window_start window_end lookback_days calls_before calls_after before_ms after_ms"
    " z effect effect_low effect_high shape severity alerting kind classical_z quantile_shifts onset_at onset_low_at"
    " onset_high_at no_onset_reason finding_id",
    "correlations": "as_of operation_a operation_b raw_pearson raw_spearman corrected joint_bins effective_n p q"
    " lag_bins strength group_id bottleneck bottleneck_id finding_id",
    "baselines": "operation branch as_of revision config_hash lookback_days calls days_covered hours_covered min_ms"
    " p50_ms p75_ms p90_ms p95_ms p99_ms max_ms mean_ms sd_ms p99_estimable alert_threshold covered_days"
    " excluded_hours new_normal finding_id",
    "incidents": "operation branch first_at last_at calls median_ms expected_ms max_z severity mark finding_id",
    "verdicts": "operation branch rule window_start window_end outcome gate_no gate gate_value gate_limit passed calls"
    " findings observed expected needed baseline_as_of baseline_level baseline_branch baseline_revision"
    " baseline_config_hash finding_id",
}
SHORT = pd.DataFrame(
    {
        "name": pd.Categorical(["=1+1", "commit"]),
        "note": pd.Series(["@now", None], dtype="str"),
        "at": pd.to_datetime([TODAY, TODAY + timedelta(microseconds=7)]).as_unit("us"),
        "n": pd.Series([3, None], dtype="Int64"),
        "z": [-1.5, None],
        "alerting": pd.Series([True, False], dtype="boolean"),
        "shifts": pd.Series([[0.25, 1e-17], None], dtype=object),
    }
)


@pytest.fixture
def found(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE), TODAY, TODAY + 2 * HOUR, 4))
    put(connection, "merge", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE, seed=2), TODAY, TOMORROW, 1.5))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    return warehouse.url("oplatency_reader")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_empty_warehouse_exports_its_columns_and_no_rows(warehouse, subject):
    export = load(warehouse.url("oplatency_reader"), subject)
    assert export.empty
    assert list(export.columns) == COLUMNS[subject].split()
    assert render(export, "csv").decode() == ",".join(export.columns) + "\n"
    assert json.loads(render(export, "json")) == []
    table = pyarrow.parquet.read_table(io.BytesIO(render(export, "parquet")))
    assert table.column_names == list(export.columns)
    lists = {field.name: str(field.type) for field in table.schema if pyarrow.types.is_list(field.type)}
    assert set(lists) == set(export.columns) & {"quantile_shifts"}
    assert set(lists.values()) <= {"list<element: double>"}


@pytest.mark.parametrize("subject", [subject for subject in SUBJECTS if subject != "correlations"])
def test_every_subject_is_the_same_in_each_kind_of_file(found, subject):
    export = load(found, subject)
    assert len(export) > 0
    assert export["finding_id"].is_unique
    told = json.loads(render(export, "json"))
    assert told == records(export)
    rows = list(csv.DictReader(io.StringIO(render(export, "csv").decode())))
    assert [set(row) for row in rows] == [set(record) for record in told]
    assert rows[0] == {name: cell(value) for name, value in told[0].items()}
    read = pd.read_parquet(io.BytesIO(render(export, "parquet")))
    names = list(export.select_dtypes("category"))
    assert list(read.select_dtypes("category")) == names
    # categories that do not occur are not written
    texts = dict.fromkeys(names, "str")
    pd.testing.assert_frame_equal(read.astype(texts), export.astype(texts))


def cell(value):
    """Return a JSON value as a cell of a CSV file shows it."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def test_points_and_shifts_stand_in_one_list(found):
    listed = records(load(found, "anomalies"))
    assert {record["kind"] for record in listed} >= {"point", "shift"}
    assert {record["branch"] for record in listed} == {"(all)"}
    shift = next(item for item in listed if item["kind"] == "shift" and item["operation"] == "merge")
    assert shift["effect_low"] < shift["effect"] < shift["effect_high"]
    assert shift["window_end"] == "2026-03-11T00:00:00.000000+00:00"
    keys = [(item["window_start"], item["operation"], item["branch"], item["kind"]) for item in listed]
    assert keys == sorted(keys)


def test_a_window_holds_what_was_judged_in_it(found):
    def windows(**limits):
        return {(item["kind"], item["window_end"][:13]) for item in records(load(found, "anomalies", **limits))}

    assert windows(start=TODAY, end=TOMORROW) == windows() >= {("shift", "2026-03-11T00")}
    assert windows(start=TODAY, end=TODAY + HOUR) == {("point", "2026-03-10T01")}
    assert windows(start=TOMORROW) == set()
    assert windows(end=TODAY) == set()


def test_one_operation_is_exported_alone(found):
    assert {item["operation"] for item in records(load(found, "anomalies", operation="merge"))} == {"merge"}
    assert {item["operation"] for item in records(load(found, "baselines", operation="merge"))} == {"merge"}
    assert load(found, "anomalies", operation="nothing").empty


def test_incidents_are_stretches_of_any_time(found):
    (interval,) = records(load(found, "incidents", operation="commit"))
    assert interval["first_at"] >= "2026-03-10T00:00"
    assert interval["last_at"] < "2026-03-10T02:00"
    assert interval["median_ms"] > 3 * interval["expected_ms"]
    assert interval["mark"] is None
    assert load(found, "incidents", start=TOMORROW).empty


def test_a_stretch_has_one_identifier_whatever_part_of_it_is_asked_for(found):
    (whole,) = records(load(found, "incidents", operation="commit"))
    (part,) = records(load(found, "incidents", operation="commit", start=TODAY + HOUR))
    assert part["calls"] < whole["calls"]
    assert part["finding_id"] == whole["finding_id"]


def test_a_stretch_is_one_row_with_all_the_marks_it_falls_into(found, owner):
    for title, operations in (("lock held", ["commit"]), ("deployment", []), ("elsewhere", ["merge"])):
        owner.execute(
            "insert into oplatency.marks (title, began_at, ended_at, operations, note) values (%s, %s, %s, %s, '')",
            (title, TODAY, TODAY + HOUR, operations),
        )
    (interval,) = records(load(found, "incidents", operation="commit"))
    assert interval["mark"] == "deployment, lock held"


def test_baselines_are_exported_by_as_of(found, warehouse, connection):
    put(connection, "rare", constant(WEEK_AGO, TODAY, DAY, 3000))
    baselines(warehouse.url())
    (rare,) = records(load(found, "baselines", start=TODAY, end=TOMORROW, operation="rare"))
    assert (rare["calls"], rare["days_covered"], rare["p50_ms"], rare["sd_ms"]) == (7, 7, 3.0, 0.0)
    assert load(found, "baselines", start=TOMORROW).empty


def test_a_text_that_a_spreadsheet_would_calculate_is_made_harmless_and_numbers_stay_numbers():
    cells = list(csv.reader(io.StringIO(render(SHORT, "csv").decode())))
    assert cells == [
        ["name", "note", "at", "n", "z", "alerting", "shifts"],
        ["'=1+1", "'@now", "2026-03-10T00:00:00.000000+00:00", "3", "-1.5", "true", "[0.25, 1e-17]"],
        ["commit", "", "2026-03-10T00:00:00.000007+00:00", "", "", "false", ""],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\rx"])
def test_every_sign_of_a_formula_is_made_harmless_in_names_and_in_texts(text):
    for column in (pd.Series([text], dtype="str"), pd.Series([text], dtype="category")):
        shown = render(column.to_frame("name"), "csv").decode()
        assert shown.replace('"', "") == f"name\n'{text}\n"


def test_json_and_parquet_hold_the_same_rows_unescaped():
    assert json.loads(render(SHORT, "json")) == [
        {"name": "=1+1", "note": "@now", "at": "2026-03-10T00:00:00.000000+00:00", "n": 3, "z": -1.5, "alerting": True,
         "shifts": [0.25, 1e-17]},
        {"name": "commit", "note": None, "at": "2026-03-10T00:00:00.000007+00:00", "n": None, "z": None,
         "alerting": False, "shifts": None},
    ]  # fmt: skip
    table = pyarrow.parquet.read_table(io.BytesIO(render(SHORT, "parquet")))
    types = [str(field.type).split("<")[0] for field in table.schema]
    assert types == ["dictionary", "large_string", "timestamp[us, tz=UTC]", "int64", "double", "bool", "list"]
    assert table["name"].cast(pyarrow.string()).to_pylist() == ["=1+1", "commit"]
    assert table["shifts"].to_pylist() == [[0.25, 1e-17], None]


def test_a_number_is_written_to_its_last_digit():
    number = pd.DataFrame({"x": [0.1 + 0.2, 1 / 3, 1e300, 5e-324]})
    assert [row["x"] for row in json.loads(render(number, "json"))] == list(number["x"])
    assert [float(line) for line in render(number, "csv").decode().split()[1:]] == list(number["x"])
