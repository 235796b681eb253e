"""Parquet files of two libraries: every type as the text that a CSV file would hold, faults named, memory bounded."""

from __future__ import annotations

import base64
import gzip
import io
import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow, TextBlock, rows_of
from oplatency.sources.files import parquet

START = datetime(2026, 3, 9, 10, 0, 0, 123456, tzinfo=UTC)
CALL = {"operation": ["commit"], "started_at": ["2026-03-09T10:00:00Z"], "duration_us": [5]}


def written(table: pa.Table | dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), sink, **options)
    return sink.getvalue()


def rows(octets: bytes, settings: SourceSettings | None = None) -> list[StagedRow]:
    found: list[StagedRow] = []
    for item in parquet.read(io.BytesIO(octets), settings or SourceSettings()):
        found += rows_of(item) if isinstance(item, TextBlock) else [item]
    return found


def value(name: str, array: Any) -> str | None:
    """Return what becomes of the one value of a column."""
    return rows(written(CALL | {name: array}))[0].values.get(name)


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[Any]:
    """Return what writes the result of a query with DuckDB and reads it back."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")

        def read(query: str) -> list[StagedRow]:
            connection.execute(f"copy ({query}) to '{tmp_path}/calls.parquet' (format parquet)")
            return rows((tmp_path / "calls.parquet").read_bytes())

        yield read


def test_every_column_of_a_file_that_duckdb_wrote_is_read(duck):
    (row,) = duck(
        "select 'commit' as operation, timestamptz '2026-03-09 10:00:00.123456+00' as started_at,"
        " timestamptz '2026-03-09 10:00:00.128456+00' as ended_at, 5000::bigint as duration_us, 5.0::double as"
        " duration_ms, date '2026-03-09' as period_start, '0a0b0c0d-0000-4000-8000-00000000000f'::uuid as event_id,"
        " 'main' as branch,"
        """ 'ada' as "user", 's1' as "session", 3::hugeint as rows_affected, 4::utinyint as memory_bytes,"""
        " 5::decimal(9, 0) as cpu_us, {'a': 1, 'b': [1.5, null], 'c': {'d': 'x'}} as metadata,"
        " '{\"code\": 1}'::json as error"
    )

    assert row.values == {
        "operation": "commit",
        "started_at": "2026-03-09T10:00:00.123456Z",
        "ended_at": "2026-03-09T10:00:00.128456Z",
        "duration_us": "5000",
        "duration_ms": "5",
        "period_start": "2026-03-09",
        "event_id": "0a0b0c0d-0000-4000-8000-00000000000f",
        "branch": "main",
        "user_name": "ada",
        "session": "s1",
        "rows_affected": "3",
        "memory_bytes": "4",
        "cpu_us": "5",
        "metadata": '{"a": 1, "b": [1.5, null], "c": {"d": "x"}}',
        "error": '{"code": 1}',
    }
    assert json.loads(row.raw)["user"] == "ada"


def test_other_types_of_duckdb_are_read(duck):
    (row,) = duck(
        "select 'a'::enum('a', 'b') as operation, timestamp '2026-03-09 10:00:00.5' as started_at,"
        " 'infinity'::timestamptz as ended_at, 1.5::float as duration_us, map {'k': 1} as metadata, null as branch"
    )

    assert row.values == {
        "operation": "a",
        "started_at": "2026-03-09T10:00:00.500000",
        "ended_at": "infinity",
        "duration_us": "1.5",
        "metadata": '{"k": 1}',
    }


@pytest.mark.parametrize(
    ("unit", "zone", "text"),
    [
        ("s", "UTC", "2026-03-09T10:00:00Z"),
        ("ms", "Europe/Berlin", "2026-03-09T10:00:00.123Z"),
        ("us", "America/New_York", "2026-03-09T10:00:00.123456Z"),
        ("ns", "+05:30", "2026-03-09T10:00:00.123456Z"),
        ("us", None, "2026-03-09T10:00:00.123456"),
        ("ns", None, "2026-03-09T10:00:00.123456"),
    ],
)
def test_a_timestamp_is_an_instant_with_a_zone_and_local_without(unit: str, zone: str | None, text: str):
    micros = pa.array([START.replace(tzinfo=None)], pa.timestamp("us")).cast(pa.timestamp(unit), safe=False)
    array = micros.cast(pa.int64()).cast(pa.timestamp(unit, zone))

    # Parquet has no seconds: they are stored as milliseconds
    assert value("started_at", array) == (text.replace("Z", ".000Z") if unit == "s" else text)


def test_nanoseconds_are_written_where_there_are_any():
    nanos = int(START.timestamp()) * 10**9 + 123_456_789

    assert value("started_at", pa.array([nanos], pa.timestamp("ns", "UTC"))) == "2026-03-09T10:00:00.123456789Z"


def test_a_timestamp_of_96_bits_is_local():
    octets = written(
        CALL | {"started_at": pa.array([START.replace(tzinfo=None)])}, use_deprecated_int96_timestamps=True
    )

    assert rows(octets)[0].values["started_at"] == "2026-03-09T10:00:00.123456"


def test_a_year_that_has_no_four_digits_does_not_become_another():
    far = 67_562 * 31_556_952 * 1000  # whose last 16 bits are 2026

    assert value("started_at", pa.array([far], pa.timestamp("ms", "UTC"))) == str(far)


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (pa.array([5], pa.uint64()), "5"),
        (pa.array([-5], pa.int8()), "-5"),
        (pa.array([5.0]), "5"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([np.float16(0.5)], pa.float16()), "0.5"),
        (pa.array([1 / 3]), "0.3333333333333333"),
        (pa.array([1e300]), "1e+300"),
        (pa.array([math.nan]), "NaN"),
        (pa.array([math.inf]), "Infinity"),
        (pa.array([-math.inf]), "-Infinity"),
        (pa.array([Decimal("1.50")]), "1.50"),
        (pa.array(["5 "], pa.large_string()), "5 "),
        (pa.array(["5"], pa.string_view()), "5"),
        (pa.array(["5"]).dictionary_encode(), "5"),
        (pa.array([5.5]).dictionary_encode(), "5.5"),
        (pa.array([date(2026, 3, 9)]), "2026-03-09"),
        (pa.array([""]), None),
        (pa.array([None], pa.string()), None),
        (pa.array([None], pa.null()), None),
        (pa.array([None], pa.float64()), None),
    ],
)
def test_a_value_is_the_text_that_a_csv_file_would_hold(array: Any, text: str | None):
    assert value("duration_us", array) == text


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (
            pa.array([{"d": Decimal("1.50"), "t": START, "n": None}]),
            '{"d": 1.50, "t": "2026-03-09T10:00:00.123456Z", "n": null}',
        ),
        (pa.array([[(1, True)]], pa.map_(pa.int64(), pa.bool_())), '{"1": true}'),
        (pa.array([{"x": math.nan}]), '{"x": NaN}'),
        (pa.array([{'"': 'é"\\'}]), '{"\\"": "é\\"\\\\"}'),
        (pa.array([None], pa.struct({"a": pa.int64()})), None),
    ],
)
def test_a_struct_or_map_is_a_json_object(array: Any, text: str | None):
    assert value("metadata", array) == text


@pytest.mark.parametrize(
    ("number", "digits"),
    [(1_773_050_400, "00"), (1_773_050_400_123, "00.123000"), (1_773_050_400_123_456_500, "00.123456")],
)
@pytest.mark.parametrize("kind", [pa.int64(), pa.string()])
def test_numbers_since_1970_are_instants(number: int, digits: str, kind: Any):
    found = value("started_at", pa.array([number]).cast(kind))

    assert found is not None
    assert datetime.fromisoformat(found) == datetime.fromisoformat(f"2026-03-09T10:00:{digits}Z")


def test_numbers_of_two_units_are_an_error_that_names_both_rows():
    table = {
        "operation": ["a"] * 3,
        "started_at": [1_773_050_400, 1_773_050_401, 1_773_050_400_000],
        "duration_us": [1] * 3,
    }

    with pytest.raises(InputError, match="two units") as caught:
        rows(written(table))

    assert caught.value.where == "lines 1 and 3"


def test_rows_are_numbered_through_all_row_groups_and_blocks(monkeypatch):
    monkeypatch.setattr(parquet, "_BLOCK_ROWS", 3)
    table = {"operation": [f"o{n}" for n in range(10)], "started_at": ["x"] * 10, "duration_us": range(10)}

    found = rows(written(pa.table(table), row_group_size=4))

    assert [(row.line_no, row.values["operation"]) for row in found] == [(n + 1, f"o{n}") for n in range(10)]


def test_the_source_says_what_the_file_does_not():
    table = CALL | {"branch": [""], "user": [None]}

    (row,) = rows(written(table), SourceSettings(branch="main", user="ada"))

    assert (row.values["branch"], row.values["user_name"]) == ("main", "ada")


def test_F13_a_row_that_holds_a_nul_is_refused_alone():
    table = {"operation": ["a", "b\0", "c"], "started_at": ["x"] * 3, "duration_us": [1] * 3}

    found = {row.line_no: row for row in rows(written(table))}

    assert (found[1].problem, found[2].problem, found[3].problem) == (None, "encoding", None)
    assert json.loads(base64.b64decode(found[2].raw))["operation"] == "b\0"


def test_F13_a_row_that_is_not_utf_8_is_refused_with_its_bytes():
    octets = written(
        {"operation": ["aaaa", "bbbb"], "started_at": ["x"] * 2, "duration_us": [1] * 2},
        compression="none",
        write_statistics=False,
    )

    found = {row.line_no: row for row in rows(octets.replace(b"bbbb", b"b\xff\xed\xa0"))}

    assert (found[1].problem, found[2].problem) == (None, "encoding")
    assert b'"b\xff\xed\xa0"' in base64.b64decode(found[2].raw)


@pytest.mark.parametrize("metadata", [r'{"a": "\u0000"}', r'{"a": "\uD800"}', {"a": "x\0"}])
def test_F13_metadata_that_escapes_what_cannot_be_stored_is_refused(metadata: Any):
    (row,) = rows(written(CALL | {"metadata": [metadata]}))

    assert row.problem == "encoding"


@pytest.mark.parametrize(
    ("table", "said", "remedy"),
    [
        (
            {"operation": ["a"], "start_at": ["x"], "duration_us": [1]},
            "unknown column 'start_at'",
            "did you mean started_at",
        ),
        ({"operation": ["a"], "duration_us": [1]}, "lacks the column 'started_at'", "known columns"),
        ({"operation": ["a"], "started_at": ["x"]}, "no column with the duration", "add one of"),
        (
            pa.table([["a"]] * 4, ["operation", "started_at", "duration_us", "operation"]),
            "column 'operation' twice",
            "leave one of the two out",
        ),
    ],
)
def test_F14_F17_a_wrong_schema_is_an_error_that_names_the_column(table: Any, said: str, remedy: str):
    with pytest.raises(InputError, match=said) as caught:
        rows(written(table))

    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("operation", pa.array([{"a": 1}])),
        ("branch", pa.array([b"main"])),
        ("started_at", pa.array([["x"]])),
        ("metadata", pa.array([[1]])),
        ("metadata", pa.array([{"a": {"b": b"x"}}])),
        ("duration_us", pa.array([True])),
        ("duration_us", pa.array([5], pa.duration("us"))),
    ],
)
def test_F17_a_type_that_has_no_text_is_an_error_that_names_column_and_type(name: str, array: Any):
    with pytest.raises(InputError, match=f"column '{name}' is of the type") as caught:
        rows(written(CALL | {name: array}))

    assert caught.value.where.startswith("column ")


@pytest.mark.parametrize("damage", ["empty", "text", "footer cut", "footer lost", "page flipped"])
def test_F17_what_is_no_whole_parquet_file_is_an_error(damage: str):
    octets = written(CALL, compression="zstd", write_page_checksum=True)
    broken = {
        "empty": b"",
        "text": b"operation,started_at\n" * 10,
        "footer cut": octets[:-20],
        "footer lost": octets[: len(octets) // 2],
        "page flipped": octets[:30] + bytes(b ^ 0xFF for b in octets[30:50]) + octets[50:],
    }[damage]

    with pytest.raises(InputError, match=r"(?s)no Parquet file, or it is damaged.*what to do: write it again"):
        rows(broken)


def test_F15_a_file_without_rows_has_none():
    assert rows(written(pa.table(CALL).slice(0, 0))) == []


def test_F17_a_text_that_a_small_file_repeats_is_never_held_more_than_a_block_at_once():
    text, n = "x" * 500_000, 400  # 200 MB of text in a file of less than a megabyte
    table = {"operation": pa.array([text] * n), "started_at": ["x"] * n, "duration_us": [1] * n}
    octets = written(table)
    assert len(octets) < 1_000_000

    blocks = list(map(len_of, parquet.read(io.BytesIO(octets), SourceSettings())))

    assert sum(blocks) == n
    assert max(blocks) * len(text) <= 17 * 1024 * 1024


def len_of(block: StagedRow | TextBlock) -> int:
    assert isinstance(block, TextBlock)
    return len(block.line_nos)


def test_F17_a_row_of_more_than_a_million_bytes_is_refused_alone():
    table = {"operation": ["a", "b"], "started_at": ["x"] * 2, "duration_us": [1] * 2, "error": ["x" * 1_000_001, "y"]}

    found = {row.line_no: row for row in rows(written(table))}

    assert (found[1].problem, found[2].problem) == ("malformed_row", None)
    assert len(found[1].raw) < 100


def test_F17_a_file_that_unpacks_without_bounds_is_refused_before_it_is_unpacked():
    n = 90
    table = {"operation": ["x" * 999_000] * n, "started_at": ["x"] * n, "duration_us": [1] * n}
    octets = written(table, use_dictionary=False, compression="zstd", write_statistics=False)

    with pytest.raises(InputError, match=r"more than 200 times its size.*what to do: .*several files"):
        rows(octets)


def test_gzip_around_a_file_is_unpacked(tmp_path):
    packed = gzip.compress(written(CALL))

    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        (block,) = parquet.read(stream, SourceSettings())  # type: ignore[arg-type]

    assert len_of(block) == 1
