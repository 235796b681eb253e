"""The reader of OpenTelemetry spans, on files that OpenTelemetry's own library and protobuf wrote."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.sources.files import otlp
from oplatency.sources.files.inputs import detect_format, inspect
from otel_traces import exported_trace, line, spans_of, with_hex_ids

START_NS = 1_773_050_400_123_456_789


def read(content: str | bytes, **options: Any) -> list[StagedRow]:
    octets = content if isinstance(content, bytes) else content.encode()
    return list(otlp.read(io.BytesIO(octets), SourceSettings.model_validate({"otlp": options})))


@pytest.fixture(scope="module")
def exported() -> Any:
    return exported_trace(START_NS)


def record(row: StagedRow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row.values["record"])
    return found


def by_name(rows: list[StagedRow]) -> dict[str, StagedRow]:
    assert [row.problem for row in rows] == [None] * len(rows)
    return {record(row)["name"]: row for row in rows}


def one(change: dict[str, Any], **options: Any) -> StagedRow:
    span = {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "name": "commit",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 5_000_000),
    } | change
    span = {key: value for key, value in span.items() if value is not ...}
    (row,) = read(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}), **options)
    return row


def test_a_trace_of_the_sdk_is_read_with_its_tree_times_status_and_attributes(exported):
    rows = by_name(read(line(exported)))
    root, failed, quick = rows["GET /commits/17"], rows["lookup"], rows["quick"]

    assert root.values["kind"] == "span"
    assert root.values["operation"] == "GET /commits/17"
    assert root.values["started_at"] == "2026-03-09T10:00:00.123457+00:00"
    assert root.values["ended_at"] == "2026-03-09T10:00:00.128457+00:00"
    assert root.values["duration_us"] == "5000"
    assert json.loads(root.values["metadata"]) == {
        "resource.service.name": "pggit", "db.user": "ann", "n": 3, "share": 0.5, "ok": True, "paths": ["a", "b"],
        "vcs.branch": "main",
    }  # fmt: skip
    assert record(root)["parent_span_id"] is None
    assert (record(root)["status"], record(root)["is_call"]) == ("SUCCESS", True)
    assert root.values["event_id"] == f"{record(root)['trace_id']}/{record(root)['span_id']}"
    assert record(failed)["parent_span_id"] == record(root)["span_id"]
    assert record(failed)["trace_id"] == record(root)["trace_id"]
    assert (record(failed)["status"], failed.values["error"]) == ("ERROR", "no such commit")
    assert (record(failed)["is_call"], failed.values.get("operation")) == (False, None)
    assert failed.values["duration_us"] == "2000"
    assert quick.values["duration_us"] == "1"


def test_F25_the_same_trace_is_the_same_rows_with_ids_in_base64_and_in_hex_and_with_either_spelling_of_keys(exported):
    expected = [row.values for row in read(line(exported))]
    snake = MessageToJson(exported, indent=None, preserving_proto_field_name=True)
    numbers = with_hex_ids(exported)
    for span in spans_of(numbers):
        span |= {key: int(span[key]) for key in ("startTimeUnixNano", "endTimeUnixNano")}

    for other in (json.dumps(with_hex_ids(exported)), snake, json.dumps(numbers)):
        assert [row.values for row in read(other)] == expected
    assert all(len(record(row)["trace_id"]) == 32 for row in read(snake))


def test_operation_branch_and_user_are_what_the_configuration_says(exported):
    options = {"operations": {"GET /commits/*": "get_commit"}, "branch": "vcs.branch", "user": "db.user"}

    root = by_name(read(line(exported), **options))["GET /commits/17"]
    of_resource = by_name(read(line(exported), operation=["absent", "resource.deployment.environment"]))

    assert (root.values["operation"], root.values["branch"], root.values["user_name"]) == ("get_commit", "main", "ann")
    assert {row.values["operation"] for row in of_resource.values()} == {"test"}


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"calls": "root"}, {"GET /commits/17"}),
        ({"calls": "all"}, {"GET /commits/17", "lookup", "quick"}),
        ({"calls": "mapped", "operations": {"look*": "lookup"}}, {"lookup"}),
        ({"calls": "mapped"}, set()),
    ],
)
def test_the_configuration_says_which_spans_are_calls(exported, options: dict[str, Any], calls: set[str]):
    rows = by_name(read(line(exported), **options))

    assert {name for name, row in rows.items() if record(row)["is_call"]} == calls


@pytest.mark.parametrize(
    ("change", "problem", "detail"),
    [
        ({"endTimeUnixNano": ...}, "missing_end", "no endTimeUnixNano"),
        ({"endTimeUnixNano": "0"}, "missing_end", "no endTimeUnixNano"),
        ({"startTimeUnixNano": ...}, "missing_start", "no startTimeUnixNano"),
        ({"startTimeUnixNano": "yesterday"}, "bad_timestamp", "startTimeUnixNano is yesterday"),
        ({"startTimeUnixNano": -1}, "bad_timestamp", "startTimeUnixNano is -1"),
        ({"traceId": ...}, "bad_id", "no traceId"),
        ({"traceId": "0" * 32}, "bad_id", "no traceId"),
        ({"traceId": "abc"}, "bad_id", "neither 32 hex digits nor base64 of 16 bytes"),
        ({"spanId": "b7ad6b716920333"}, "bad_id", "neither 16 hex digits nor base64 of 8 bytes"),
        ({"spanId": 7}, "bad_id", "spanId is 7"),
        ({"attributes": [{"value": {}}]}, "malformed_row", "no key"),
        ({"name": "a\x00b"}, "encoding", "NUL"),
        ({"attributes": [{"key": "a", "value": {"stringValue": "\ud800"}}]}, "encoding", "surrogate"),
    ],
)
def test_F25_a_span_that_cannot_be_told_is_refused_alone(change: dict[str, Any], problem: str, detail: str):
    row = one(change)

    assert (row.problem, row.values, row.line_no) == (problem, {}, 1)
    assert row.detail is not None
    assert detail in row.detail


@pytest.mark.parametrize("parent", ["", "0000000000000000", None, ..., "AAAAAAAAAAA="])
def test_F25_a_parent_of_zeros_is_none(parent: Any):
    assert record(one({"parentSpanId": parent}))["parent_span_id"] is None


@pytest.mark.parametrize(
    ("elapsed_ns", "duration_us"), [(1, "1"), (499, "1"), (1500, "2"), (2500, "2"), (0, "0"), (-5000, "-5")]
)
def test_F25_durations_are_exact_to_half_a_microsecond_and_what_ran_ran_for_one(elapsed_ns: int, duration_us: str):
    assert one({"endTimeUnixNano": START_NS + elapsed_ns}).values["duration_us"] == duration_us


@pytest.mark.parametrize("code", [2, "2", "STATUS_CODE_ERROR"])
def test_F25_a_status_may_be_a_number_or_a_name(code: Any):
    row = one({"status": {"code": code}})

    assert (record(row)["status"], bool(row.values["error"])) == ("ERROR", True)


FOREIGN = {
    '{"resourceMetrics": []}': "'resourceMetrics'",
    '{"resourceLogs": [{"scopeLogs": []}]}': "'resourceLogs'",
    "[]": "list",
    "5": "int",
    '{"operation": "x"}': "'operation'",
    '{"a\\u0000\\ud800": "\\u0000"}': r"'a\x00\ud800'",
}
"""Lines that are no export of traces, and what of them is told."""


@pytest.mark.parametrize(("content", "found"), FOREIGN.items())
@pytest.mark.parametrize("line_no", [1, 2])
def test_F25_a_line_of_something_else_among_spans_is_refused_alone(exported, content: str, found: str, line_no: int):
    lines = [line(exported), line(exported)]
    lines.insert(line_no - 1, content + "\n")

    rows = read("".join(lines))

    (bad,) = [row for row in rows if row.problem]
    assert (bad.line_no, bad.raw, bad.problem) == (line_no, content, "malformed_row")
    assert bad.detail == f"the line is no export of traces: expected resourceSpans, found {found}"
    assert [row.values for row in rows if row is not bad] == [row.values for row in read(line(exported))] * 2


@pytest.mark.parametrize("content", FOREIGN)
def test_F25_a_file_of_something_else_is_an_error_that_names_the_first_line(content: str):
    with pytest.raises(InputError, match=r"^The line is no export of traces: expected resourceSpans") as caught:
        read(f"\n{content}\n{{}}\n{content}\n")

    assert caught.value.where == "line 2"


def test_F11_a_last_line_that_was_cut_off_is_truncated_and_the_others_are_read(exported):
    whole = line(exported)

    rows = read(whole + whole[:-40])

    assert [row.problem for row in rows] == [None, None, None, "truncated"]
    assert rows[-1].line_no == 2


def test_F12_nesting_without_end_is_refused():
    (line_row,) = read('{"resourceSpans": ' + "[" * 100_000 + "\n")
    value: dict[str, Any] = {"stringValue": "x"}
    for _ in range(100):
        value = {"arrayValue": {"values": [value]}}
    span_row = one({"attributes": [{"key": "deep", "value": value}]})

    assert (line_row.problem, span_row.problem) == ("malformed_row", "malformed_row")


@pytest.mark.parametrize("name", ["traces.json", "traces.jsonl", "traces.json.gz"])
def test_a_file_of_spans_is_known_by_its_first_key(exported, tmp_path: Path, name: str):
    content = line(exported).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (tmp_path / "calls.jsonl").write_text('{"operation": "commit"}\n')

    found = inspect(tmp_path / name)
    other = inspect(tmp_path / "calls.jsonl")

    assert detect_format(found.path, SourceSettings(), found.head) == "otlp"
    assert detect_format(other.path, SourceSettings(), other.head) == "jsonl"
