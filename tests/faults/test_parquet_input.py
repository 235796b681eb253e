"""Parquet files through the gate: the same calls as in CSV, and faults that change nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from upath import UPath

from ingestion import Ingestion
from oplatency.cli import main
from oplatency.errors import InputError

CALLS = """
    select
        'op' || i % 3 as operation,
        timestamptz '2026-03-09 10:00:00.123456+00' + to_microseconds(i * 1000001) as started_at,
        (5000 + i)::bigint as duration_us,
        (5000 + i) / 1000.0 as duration_ms,
        date '2026-03-09' as period_start,
        case when i % 2 = 0 then 'event-' || i end as event_id,
        'main' as branch,
        'ada' as "user",
        i as rows_affected,
        case when i % 4 = 0 then '{"size": ' || i || ', "name": "é"}' end as metadata,
        case when i % 5 = 0 then 'timeout' end as error
    from range(100) as t (i)
"""


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def written(query: str, path: Path) -> bytes:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        connection.execute(f"copy ({query}) to '{path}'")
    return path.read_bytes()


def test_the_same_calls_as_parquet_and_as_csv_are_duplicates(ingestion: Ingestion, tmp_path):
    first = ingestion.land(written(CALLS, tmp_path / "x.parquet"), name="calls.parquet")
    facts = ingestion.digest()
    second = ingestion.land(written(CALLS, tmp_path / "x.csv"), name="calls.csv", source="other")

    assert (first.rows_in, first.accepted) == (100, 100)
    assert (second.rows_in, second.duplicate) == (100, 100)
    assert ingestion.digest() == facts
    assert ingestion.facts()[0]["metadata"] == {"size": 0, "name": "é"}


def test_a_struct_is_the_same_metadata_as_its_json_text(ingestion: Ingestion, tmp_path):
    query = "select 'a' as operation, timestamptz '2026-03-09 10:00:00+00' as started_at, 5 as duration_us, "
    ingestion.land(
        written(query + "{'b': 1, 'a': {'c': ['x', null]}} as metadata", tmp_path / "x.parquet"), name="a.pq"
    )
    again = ingestion.land(written(query + """'{"a": {"c": ["x", null]}, "b": 1}' as metadata""", tmp_path / "x.csv"))

    assert again.duplicate == 1


def test_F01_F02_what_is_not_finite_in_parquet_is_refused_with_the_row_as_json(ingestion: Ingestion, tmp_path):
    query = """select 'a' as operation, timestamptz '2026-03-09 10:00:00+00' as started_at,
        unnest(['5', 'nan', 'inf', '-inf']::double[]) as duration_us"""

    batch = ingestion.land(written(query, tmp_path / "x.parquet"), name="calls.parquet")

    assert (batch.accepted, batch.reasons) == (1, {"non_finite": 3})
    assert [json.loads(row["raw"])["duration_us"] for row in ingestion.quarantine()] == ["NaN", "Infinity", "-Infinity"]
    assert [row["line_no"] for row in ingestion.quarantine()] == [2, 3, 4]


def test_F08_a_timestamp_without_a_zone_is_read_in_the_declared_one(ingestion: Ingestion, tmp_path):
    query = "select 'a' as operation, timestamp '2026-03-09 10:00:00' as started_at, 5 as duration_us"
    content = written(query, tmp_path / "x.parquet")
    ingestion.refuse(content, name="calls.parquet")
    ingestion.declare('assume_tz = "Europe/Berlin"', source="berlin")

    assert ingestion.quarantine()[0]["reason"] == "naive_timestamp"
    assert ingestion.land(content, name="calls.parquet", source="berlin").accepted == 1
    assert ingestion.facts()[0]["started_at"].isoformat() == "2026-03-09T09:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "said"),
    [("select 1 as opertion", "unknown column"), (CALLS.replace("'main'", "['main']"), "of the type list")],
)
def test_F17_a_wrong_schema_changes_nothing_at_all(ingestion: Ingestion, tmp_path, query: str, said: str):
    before = ingestion.row_counts()

    with pytest.raises(InputError, match=said) as caught:
        ingestion.stage(written(query, tmp_path / "x.parquet"), name="calls.parquet")

    assert "calls.parquet, column" in caught.value.where
    assert ingestion.row_counts() == before


def test_F17_a_damaged_page_after_good_ones_changes_nothing_at_all(ingestion: Ingestion, tmp_path):
    query = CALLS.replace("range(100)", "range(400000)").replace("1000001", "10")
    content = bytearray(written(f"select operation, started_at, duration_us from ({query})", tmp_path / "x.parquet"))
    middle = len(content) * 9 // 10
    content[middle : middle + 2000] = bytes(octet ^ 0xFF for octet in content[middle : middle + 2000])
    before = ingestion.row_counts()

    with pytest.raises(InputError, match="damaged"):
        ingestion.stage(bytes(content), name="calls.parquet")

    assert ingestion.row_counts() == before


def test_the_command_takes_a_folder_of_an_object_store(ingestion: Ingestion, tmp_path, monkeypatch, capsys):
    folder = UPath("memory://bucket-of-the-command/app")
    recent = CALLS.replace("timestamptz '2026-03-09 10:00:00.123456+00'", "now() - interval 2 hour")
    recent = recent.replace("date '2026-03-09'", "null")
    (folder / "part-0.parquet").write_bytes(written(recent, tmp_path / "x.parquet"))
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", ingestion.url)

    accounts: list[dict[str, Any]] = []
    monkeypatch.setattr(sys, "argv", ["oplatency", "ingest", str(folder), "--json"])
    for _ in range(2):
        with pytest.raises(SystemExit) as caught:
            main()
        assert not caught.value.code
        accounts += json.loads(capsys.readouterr().out)["batches"]
    folder.fs.rm(folder.parent.path, recursive=True)

    assert [account["accepted"] for account in accounts] == [100, 0]
    assert [account["duplicate"] for account in accounts] == [0, 100]
    assert {(account["source"], account["path"]) for account in accounts} == {("app", f"{folder}/part-0.parquet")}
