"""Whatever bytes come, the readers lose nothing, invent nothing and do not fail."""

from __future__ import annotations

import base64
import codecs
import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import read_csv

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.sources.files import json_lines, otlp, pgbench_log

HEADER = b"operation,started_at,duration_us,metadata"
BENCH = SourceSettings(operations=("get_commits", "get_objects"))

fast = settings(max_examples=1000, deadline=None)
thorough = settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])

csv_pieces = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"commit", b"x" * 30]
)
csv_bodies = st.lists(csv_pieces | st.binary(max_size=8), max_size=40).map(b"".join)
csv_tables = st.lists(
    st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), min_size=3, max_size=3),
    max_size=20,
)

numbers = st.integers(0, 10**20).map(lambda number: str(number).encode())
pgbench_words = numbers | st.sampled_from([b"skipped", b"failed", b"-1", b"0", b"1.5", b""]) | st.binary(max_size=4)
pgbench_lines = st.lists(pgbench_words, max_size=10).map(b" ".join)
pgbench_logs = st.lists(pgbench_lines | st.binary(max_size=60), max_size=20).map(b"\n".join)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
json_keys = st.sampled_from(["operation", "started_at", "duration_us", "user", "metadata", "error", "level", ""])
json_objects = st.dictionaries(json_keys, json_values, max_size=6).map(lambda value: json.dumps(value).encode())
json_pieces = st.sampled_from(
    [
        b"{", b"}", b"[", b'"', b":", b",", b" ", b"\r", b"\n", b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff",
        b"NaN", b"1e999", b"1773050400", b'"operation"', b'"metadata"',
        b'{"operation": "commit"}', b'{"metadata": {"a": 1}}',
    ]
)  # fmt: skip
json_logs = st.lists(json_objects | st.just(b"\n") | json_pieces | st.binary(max_size=8), max_size=30).map(b"".join)
span_keys = st.sampled_from(
    ["traceId", "trace_id", "spanId", "parentSpanId", "name", "startTimeUnixNano", "endTimeUnixNano", "attributes"]
)
span_values = st.sampled_from(
    [
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "CvdlGRbNQ92ESOshHIAxnA==", "t61rcWkgMzE=",
        "1773050400000000000", 1773050400000000001, [{"key": "a", "value": {"intValue": "1"}}], "\ud800", "a\x00b",
    ]
)  # fmt: skip
spans = st.dictionaries(span_keys, span_values | json_values, max_size=9) | json_values
span_lists = st.lists(spans, max_size=4)
requests = st.lists(
    st.lists(span_lists, max_size=3).map(
        lambda scopes: {"resource": {"attributes": []}, "scopeSpans": [{"spans": found} for found in scopes]}
    ),
    max_size=2,
)
otlp_logs = st.lists(json_objects | json_pieces | st.just(b'{"resourceSpans":'), max_size=30).map(b"".join)
policies = st.sampled_from(["refuse", "metadata", "ignore"])


def kept(rows: Iterable[StagedRow]) -> bytes:
    return b"".join(base64.b64decode(row.raw) if row.problem == "encoding" else row.raw.encode() for row in rows)


def without_line_ends(octets: bytes) -> bytes:
    return octets.replace(b"\r", b"").replace(b"\n", b"")


def check_outcomes(rows: list[StagedRow], body: bytes) -> None:
    """Every byte of the input is in one row, and every row has one outcome that PostgreSQL can store."""
    assert without_line_ends(kept(rows)) == without_line_ends(body)
    check_rows(rows)


def check_rows(rows: list[StagedRow]) -> None:
    """Every row is of a line of its own and has one outcome that PostgreSQL can store."""
    lines = [row.line_no for row in rows]
    assert lines == sorted(set(lines))
    check_stored(rows)


def check_stored(rows: list[StagedRow]) -> None:
    """Every row has one outcome that PostgreSQL can store."""
    for row in rows:
        assert (row.problem is None) == bool(row.values) == (row.detail is None)
        for text in (row.raw, row.detail or "", *row.values.values()):
            assert "\x00" not in text
            text.encode()


def check_csv(body: bytes) -> None:
    rows = read_csv(HEADER + b"\n" + body, SourceSettings(branch="main"))
    check_outcomes(rows, body)


def check_table(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["operation", "started_at", "duration_us"], *table])
    rows = read_csv(written.getvalue().encode(), SourceSettings())
    names = ("operation", "started_at", "duration_us")
    assert [row.problem for row in rows] == [None] * len(table)
    assert [[row.values.get(name, "") for name in names] for row in rows] == table


def check_pgbench(log: bytes) -> None:
    rows = list(pgbench_log.read(io.BytesIO(log), BENCH))
    check_outcomes(rows, log)
    assert len(rows) == sum(line.strip(b"\r") != b"" for line in log.split(b"\n"))


def without_white_space(octets: bytes) -> bytes:
    return b"".join(octets.split())


def check_json_lines(log: bytes, unknown_fields: str) -> None:
    source = SourceSettings.model_validate({"branch": "main", "unknown_fields": unknown_fields})
    told = ""
    try:
        rows = list(json_lines.read(io.BytesIO(log), source))
    except InputError as error:
        told = error.message
    if told:
        first = log.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").split(b"\n")[0]
        assert "not as JSON lines" in told
        assert first.strip(b" \t\r") in (b"[", b"{") or first.startswith(b"[{")
        return
    check_rows(rows)
    assert without_white_space(kept(rows)) == without_white_space(log)
    assert len(rows) == sum(line.strip(b" \t\r") != b"" for line in log.split(b"\n"))


def check_spans(request: list[dict[str, Any]]) -> None:
    octets = json.dumps({"resourceSpans": request}).encode()
    rows = list(otlp.read(io.BytesIO(octets + b"\n" + octets[:-1]), SourceSettings()))
    given = [span for group in request for scope in group["scopeSpans"] for span in scope["spans"]]
    assert len(rows) == len(given) + 1
    assert rows.pop().problem == "truncated"
    check_stored(rows)
    texts = [base64.b64decode(row.raw) if row.problem == "encoding" else row.raw for row in rows]
    assert [json.dumps(json.loads(text)) for text in texts] == [json.dumps(span) for span in given]


def check_otlp_bytes(log: bytes) -> None:
    rows: list[StagedRow] = []
    told = ""
    try:
        rows.extend(otlp.read(io.BytesIO(log), SourceSettings()))
    except InputError as error:
        told = error.message
    assert told == "" or "expected resourceSpans" in told
    check_stored(rows)


@given(csv_bodies)
@fast
def test_F133_any_bytes_after_a_csv_header_end_in_exactly_one_row_each(body: bytes):
    check_csv(body)


@given(csv_tables)
@fast
def test_F133_whatever_a_csv_writer_writes_is_read_back(table: list[list[str]]):
    check_table(table)


@given(pgbench_logs)
@fast
def test_F133_any_bytes_in_a_pgbench_log_end_in_exactly_one_row_a_line(log: bytes):
    check_pgbench(log)


@given(json_logs, policies)
@fast
def test_F133_any_bytes_in_json_lines_end_in_exactly_one_row_a_line(log: bytes, unknown_fields: str):
    check_json_lines(log, unknown_fields)


@given(requests)
@fast
def test_F133_whatever_stands_in_place_of_a_span_is_one_row(request_spans: list[dict[str, Any]]):
    check_spans(request_spans)


@given(otlp_logs)
@fast
def test_F133_any_bytes_in_a_file_of_spans_are_rows_or_an_error(log: bytes):
    check_otlp_bytes(log)


@given(
    end_us=st.integers(10**15, 4 * 10**15),
    elapsed_us=st.integers(0, 10**12),
    lag_us=st.none() | st.integers(0, 10**12),
    retries=st.none() | st.integers(0, 10**3),
)
@fast
def test_F133_whatever_pgbench_writes_is_read_back(
    end_us: int, elapsed_us: int, lag_us: int | None, retries: int | None
):
    fields = (0, 1, elapsed_us, 1, end_us // 10**6, end_us % 10**6, lag_us, retries)
    line = " ".join(str(number) for number in fields if number is not None)
    seventh = "retries" if lag_us is None else "schedule_lag"

    (row,) = pgbench_log.read(io.BytesIO(line.encode() + b"\n"), BENCH.model_copy(update={"pgbench_seventh": seventh}))

    end = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=end_us)
    duration_us = elapsed_us - (lag_us or 0) or 1
    assert row.values["duration_us"] == str(duration_us)
    assert datetime.fromisoformat(row.values["ended_at"]) == end
    assert datetime.fromisoformat(row.values["started_at"]) == end - timedelta(microseconds=duration_us)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(csv_bodies)
@thorough
def test_F133_twenty_thousand_csv_bodies_lose_nothing(body: bytes):
    check_csv(body)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(csv_tables)
@thorough
def test_F133_twenty_thousand_csv_tables_are_read_back(table: list[list[str]]):
    check_table(table)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(pgbench_logs)
@thorough
def test_F133_twenty_thousand_pgbench_logs_lose_nothing(log: bytes):
    check_pgbench(log)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(json_logs, policies)
@thorough
def test_F133_twenty_thousand_files_of_json_lines_lose_nothing(log: bytes, unknown_fields: str):
    check_json_lines(log, unknown_fields)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(requests)
@thorough
def test_F133_twenty_thousand_exports_of_spans_lose_nothing(request_spans: list[dict[str, Any]]):
    check_spans(request_spans)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(otlp_logs)
@thorough
def test_F133_twenty_thousand_files_of_spans_are_rows_or_an_error(log: bytes):
    check_otlp_bytes(log)
