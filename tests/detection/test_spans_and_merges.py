"""Spans and merges take the way of calls: through the gate, each row in one place, nothing counted twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ingestion import ARRIVED, Ingestion
from oplatency.errors import GateFailedError, OplatencyError
from oplatency.failpoints import VARIABLE
from oplatency.ingest import gate
from oplatency.ingest.batches import Batch, Delivery
from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.warehouse.database import connect, read_view
from otel_traces import exported_trace, line, spans_of, with_hex_ids

START_NS = 1_773_050_400_123_456_789
START = "2026-03-09T10:00:00Z"


class Kinds(Ingestion):
    """A warehouse into which rows of every kind come."""

    def bring(self, rows: list[StagedRow], *, name: str = "rows") -> Batch:
        """Stage, audit and publish rows as a source yields them."""
        token = gate.stage_rows(
            self.url,
            rows,
            Delivery(
                source="app",
                format="jsonl",
                path=name,
                content_hash=hashlib.sha256(repr((name, rows)).encode()).digest(),
                size=len(rows),
                received_at=ARRIVED,
                settings=SourceSettings(),
            ),
            settings=self.settings,
        )
        return self.balanced(self.finish(token))

    def balanced(self, batch: Batch | dict[str, Any]) -> Any:
        """Return the account, once each of its rows is in exactly one place."""
        (last,) = self.query("select * from oplatency.ingest_batches order by batch_id desc limit 1")
        told = vars(batch) if isinstance(batch, Batch) else batch
        for name in ("status", "rows_in", "accepted", "duplicate", "quarantined", "reasons"):
            assert told[name] == last[name]
        assert last["rows_in"] == last["accepted"] + last["duplicate"] + last["quarantined"]
        assert sum(last["reasons"].values()) == last["quarantined"] == self._of_batch("quarantined_rows", last)
        calls = self.query(
            "select count(*) as n from oplatency.metrics as m where batch_id = %(batch_id)s and not exists ("
            " select 1 from oplatency.spans as s where m.identity_hash"
            " = oplatency.hash64('id:' || s.trace_id || '/' || s.span_id))",
            last,
        )[0]["n"]
        assert last["accepted"] == self._of_batch("spans", last) + self._of_batch("merges", last) + calls
        for table in ("staged_rows", "staged_metrics", "staged_rejections"):
            assert self.row_count(table) == 0
        return batch

    def row_count(self, table: str) -> int:
        return int(self.query(f"select count(*) as n from oplatency.{table}")[0]["n"])

    def spans(self) -> dict[str, dict[str, Any]]:
        """Return what is stored of each span, by its name."""
        return {found["span_name"]: found for found in self.query("select * from oplatency.spans order by started_at")}

    def view(self, name: str) -> list[dict[str, Any]]:
        with connect(self.url, purpose="tests") as connection:
            return read_view(connection, name)


@pytest.fixture
def kinds(warehouse, tmp_path: Path) -> Kinds:
    return Kinds(warehouse.url(), tmp_path)


@pytest.fixture(scope="module")
def exported() -> Any:
    return exported_trace(START_NS)


def span(name: str, status: str = "SUCCESS", **values: Any) -> StagedRow:
    """Return a span of one trace; what the record holds beside its defaults comes as `record`."""
    record = {"trace_id": "t", "span_id": name, "parent_span_id": None, "name": name, "status": status}
    record |= values.pop("record", {})
    given = {"kind": "span", "event_id": f"t/{name}", "started_at": START, "record": json.dumps(record)}
    if status != "RUNNING":
        given["duration_us"] = "5000"
    return StagedRow(1, name, {key: text for key, text in (given | values).items() if text is not None})


def call(name: str, **values: Any) -> StagedRow:
    return span(name, **{"operation": "commit", "record": {"is_call": True}} | values)


def merge(name: str = "m-1", record: dict[str, Any] | None = None, **values: str) -> StagedRow:
    told = {
        "source_branch": "feature",
        "target_branch": "main",
        "status": "PARTIAL_SUCCESS",
        "merge_base_us": 100,
        "conflict_detection_us": 200,
        "auto_resolution_us": 300,
        "n_conflicts": 4,
        "n_auto_resolved": 3,
        "n_unresolved": 1,
        "outcome": {"kept": 3},
    } | (record or {})
    given = {
        "kind": "merge",
        "event_id": name,
        "started_at": START,
        "duration_us": "80000",
        "user_name": "ann",
        "record": json.dumps(told),
    }
    return StagedRow(1, name, given | values)


def test_a_trace_is_stored_as_spans_and_its_call_as_a_call_too(kinds: Kinds, exported):
    batch = kinds.land(line(exported), name="traces.jsonl")

    assert (batch.rows_in, batch.accepted, batch.duplicate, batch.quarantined) == (3, 3, 0, 0)
    spans = kinds.spans()
    assert {name: (found["duration_us"], found["span_status"]) for name, found in spans.items()} == {
        "GET /commits/17": (5000, "SUCCESS"),
        "lookup": (2000, "ERROR"),
        "quick": (1, "SUCCESS"),
    }
    assert spans["lookup"]["parent_span_id"] == spans["GET /commits/17"]["span_id"]
    assert spans["lookup"]["error"] == "no such commit"
    assert spans["GET /commits/17"]["attributes"]["paths"] == ["a", "b"]
    assert [(fact["operation"], fact["duration_us"]) for fact in kinds.facts()] == [("GET /commits/17", 5000)]


def test_the_view_shows_the_trace_as_a_tree(kinds: Kinds, exported):
    kinds.land(line(exported), name="traces.jsonl")

    found = kinds.view("v_trace_hierarchy")

    assert [(row["span_name"], row["depth"], row["duration_ms"], row["self_ms"]) for row in found] == [
        ("GET /commits/17", 0, 5.0, 2.999),
        ("lookup", 1, 2.0, 2.0),
        ("quick", 1, 0.001, 0.001),
    ]
    assert found[1]["path"] == "GET /commits/17 > lookup"
    assert (found[0]["operation_type"], found[1]["span_status"]) == ("GET /commits/17", "ERROR")


def test_F25_the_same_trace_with_ids_in_hexadecimal_and_in_base64_is_all_duplicates(kinds: Kinds, exported):
    kinds.land(line(exported), name="traces.jsonl")
    digest = kinds.digest()

    again = kinds.land(line(exported), name="traces.jsonl")
    in_hex = kinds.land(json.dumps(with_hex_ids(exported)), name="hex.jsonl")

    for batch in (again, in_hex):
        assert (batch.accepted, batch.duplicate, batch.quarantined) == (0, 3, 0)
    assert kinds.digest() == digest
    assert {row["of_table"]: row["n_rows"] for row in digest} == {"metrics": 1, "spans": 3}


@pytest.mark.parametrize(
    ("name", "reasons"), [("GET /commits/17", {"not_positive": 1}), ("quick", {})], ids=["a call", "a step"]
)
def test_a_step_may_take_no_time_and_a_call_may_not(kinds: Kinds, exported, name: str, reasons: dict[str, int]):
    request = with_hex_ids(exported)
    (chosen,) = [found for found in spans_of(request) if found["name"] == name]
    chosen["endTimeUnixNano"] = chosen["startTimeUnixNano"]

    batch = kinds.land(json.dumps(request), name="traces.jsonl")

    assert batch.reasons == reasons
    assert (name in kinds.spans()) == (not reasons)
    assert {found["duration_us"] for found in kinds.spans().values()} == ({1, 2000} if reasons else {0, 2000, 5000})


def test_a_step_that_runs_is_completed_once_and_then_stays(kinds: Kinds):
    assert kinds.bring([call("c", status="RUNNING"), span("s", "RUNNING")], name="1").accepted == 2
    assert [found["duration_us"] for found in kinds.spans().values()] == [None, None]
    assert kinds.facts() == []
    assert kinds.view("v_trace_hierarchy")[0]["duration_ms"] is None

    assert kinds.bring([call("c"), span("s", "ERROR", error="no base")], name="2").accepted == 2
    done = kinds.spans()
    assert (done["c"]["duration_us"], done["s"]["span_status"], done["s"]["error"]) == (5000, "ERROR", "no base")
    assert [fact["duration_us"] for fact in kinds.facts()] == [5000]

    digest = kinds.digest()
    late = kinds.bring([call("c", status="RUNNING"), call("c"), span("s", duration_us="1")], name="3")
    assert (late.accepted, late.duplicate) == (0, 3)
    assert kinds.digest() == digest


def test_a_step_that_starts_and_ends_in_one_batch_is_stored_as_ended(kinds: Kinds):
    batch = kinds.bring([call("c", status="RUNNING"), call("c")])

    assert (batch.accepted, batch.duplicate) == (1, 1)
    assert kinds.spans()["c"]["duration_us"] == 5000


def test_F19_a_call_of_a_trace_with_other_content_is_a_conflict(kinds: Kinds):
    kinds.bring([call("c")], name="1")
    digest = kinds.digest()

    batch = kinds.bring([call("c", duration_us="6000"), span("s")], name="2")

    assert (batch.accepted, batch.reasons) == (1, {"conflicting_duplicate": 1})
    assert [fact["duration_us"] for fact in kinds.facts()] == [5000]
    assert {row["of_table"] for row in kinds.digest()} == {row["of_table"] for row in digest}


def test_a_merge_is_shown_with_its_phases_and_counted_once(kinds: Kinds):
    rows = [merge(), merge("m-2", {"status": "SUCCESS", "n_conflicts": 0, "n_auto_resolved": 0, "n_unresolved": 0})]
    assert kinds.bring(rows, name="1").accepted == 2
    digest = kinds.digest()
    again = kinds.bring(rows, name="2")

    assert (again.accepted, again.duplicate) == (0, 2)
    assert kinds.digest() == digest
    assert {row["of_table"] for row in digest} == {"merges"}
    first = {row["merge_status"]: row for row in kinds.view("v_merge_performance_summary")}["PARTIAL_SUCCESS"]
    assert (first["source_branch"], first["target_branch"], first["user_name"]) == ("feature", "main", "ann")
    phases = ("total_ms", "merge_base_ms", "conflict_detection_ms", "auto_resolution_ms", "auto_resolution_pct")
    assert [first[name] for name in phases] == [80.0, 0.1, 0.2, 0.3, 75.0]
    assert (first["conflict_count"], first["auto_resolved"], first["unresolved"]) == (4, 3, 1)
    (both,) = kinds.view("v_merge_statistics")
    assert (both["merge_count"], both["successful"], both["max_conflicts"]) == (2, 1, 4)


BAD = {
    "unknown kind": (StagedRow(1, "x", {"kind": "log", "started_at": START, "duration_us": "5"}), "the kind log"),
    "no record": (StagedRow(1, "x", {"kind": "span", "started_at": START, "duration_us": "5"}), "is not a JSON object"),
    "a list": (StagedRow(1, "x", {"kind": "merge", "started_at": START, "record": "[]"}), "is not a JSON object"),
    "no JSON": (StagedRow(1, "x", {"kind": "merge", "started_at": START, "record": "{"}), "is not a JSON object"),
    "span without an id": (span("x", record={"span_id": None}), "a span needs trace_id, span_id"),
    "span without a name": (span("x", record={"name": " "}), "a span needs trace_id, span_id"),
    "span of no known status": (span("x", "DONE"), "a span needs trace_id, span_id"),
    "neither call nor not": (span("x", record={"is_call": "maybe"}), "a span needs trace_id, span_id"),
    "merge from nowhere": (merge("x", {"source_branch": ""}), "a merge needs source_branch, target_branch"),
    "merge of no known status": (merge("x", {"status": "DONE"}), "a merge needs source_branch, target_branch"),
    "negative phase": (merge("x", {"merge_base_us": -1}), "merge_base_us -1 is no whole number"),
    "phase as text": (merge("x", {"conflict_detection_us": "soon"}), "conflict_detection_us soon is no whole number"),
    "more resolved than found": (merge("x", {"n_conflicts": 3}), "more conflicts are resolved or left than were found"),
}


def test_F12_a_record_that_is_not_what_its_kind_needs_is_refused_alone_and_says_why(kinds: Kinds):
    rows = [row for row, _ in BAD.values()]

    batch = kinds.bring([span("before"), *rows, merge("after")])

    assert (batch.accepted, batch.reasons) == (2, {"bad_record": len(BAD)})
    for name, found in zip(BAD, kinds.quarantine(), strict=True):
        assert BAD[name][1] in found["detail"], name


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (merge(duration_us="0"), "not_positive"),
        (merge(duration_us="-1"), "negative_duration"),
        (merge(started_at="2026-03-13T12:00:00Z"), "future_timestamp"),
        (merge(duration_us=""), "missing_duration"),
        (span("s", duration_us="-1"), "negative_duration"),
        (span("s", duration_us="NaN"), "non_finite"),
        (span("s", started_at="yesterday"), "bad_timestamp"),
        (call("s", operation=None), "blank_name"),
    ],
)
def test_the_rules_of_calls_hold_for_spans_and_merges_too(kinds: Kinds, row: StagedRow, reason: str):
    with pytest.raises(GateFailedError, match=f"{reason}: 1"):
        kinds.bring([row])

    kinds.balanced(kinds.batches()[-1])
    assert (kinds.row_count("spans"), kinds.row_count("merges"), kinds.row_count("metrics")) == (0, 0, 0)


def test_rows_of_all_kinds_come_in_one_batch_and_none_is_counted_twice(kinds: Kinds):
    plain = [
        StagedRow(n, f"call {n}", {"operation": "commit", "started_at": START, "duration_us": "5000"}) for n in range(3)
    ]
    rows = [*plain, call("c"), span("s"), span("s"), merge(), merge("bad", {"status": "DONE"})]

    first = kinds.bring(rows, name="1")
    digest = kinds.digest()
    again = kinds.bring(rows, name="2")

    assert (first.rows_in, first.accepted, first.duplicate, first.reasons) == (8, 6, 1, {"bad_record": 1})
    assert (again.accepted, again.duplicate, again.quarantined) == (0, 7, 1)
    assert kinds.digest() == digest
    assert {row["of_table"]: row["n_rows"] for row in digest} == {"metrics": 4, "spans": 2, "merges": 1}


@pytest.mark.parametrize("failpoint", ["after_copy", "after_validate", "after_insert", "before_commit", "after_commit"])
def test_F52_an_error_at_a_failpoint_leaves_no_span_without_its_call(
    kinds: Kinds, exported, failpoint: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(VARIABLE, f"ingest.{failpoint}:raise")
    with pytest.raises(OplatencyError, match="failpoint"):
        kinds.land(line(exported), name="traces.jsonl")
    seen = (3, 1) if failpoint == "after_commit" else (0, 0)
    assert (kinds.row_count("spans"), kinds.row_count("metrics")) == seen
    monkeypatch.delenv(VARIABLE)

    token = kinds.stage(line(exported), name="traces.jsonl")
    batch = kinds.finish(token)

    assert batch.accepted == 3 - seen[0]
    assert (kinds.row_count("spans"), kinds.row_count("metrics")) == (3, 1)
