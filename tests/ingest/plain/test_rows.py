"""What is typed as it comes is what the row rules would have made of it, to the last bit of its identity."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import ARRIVED, Ingestion, own_database
from oplatency.ingest import gate, staging
from oplatency.ingest.batches import Batch
from oplatency.ingest.plain.rows import canonical_json
from oplatency.warehouse.database import connect

COLUMNS = (
    "operation",
    "started_at",
    "ended_at",
    "duration_us",
    "duration_ms",
    "period_start",
    "event_id",
    "branch",
    "user",
    "session",
    "rows_affected",
    "memory_bytes",
    "cpu_us",
    "metadata",
    "error",
)
STAGED = (
    "row_no, line_no, operation, branch, user_name, started_at, ended_at, duration_us, duration_ms, period_start,"
    " identity_hash, event_id, has_duration_us, has_ended_at, session, rows_affected, memory_bytes, cpu_us,"
    " metadata, error"
)


@pytest.fixture(scope="module")
def shared(server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingestion]:
    with own_database(server, template, "warehouse_plain") as url:
        yield Ingestion(url, tmp_path_factory.mktemp("landing"))


names = st.sampled_from(
    ["commit", "merge", "a b", "é", "名", "x" * 200, "x" * 201, " ", "\u00a0", "(all)", "a\tb", "'; --", ""]
)
instants = st.sampled_from(
    [
        "2026-03-09T10:00:00Z",
        "2026-03-09 10:00:00.5Z",
        "2026-03-09T10:00:00.000001+01:00",
        "2026-03-09T23:59:59.999999-14:00",
        "2026-03-09T10:00:00",
        "2026-03-09T10:00Z",
        "2026-02-30T10:00:00Z",
        "2026-03-09T24:00:00Z",
        "2026-03-09T10:00:60Z",
        "2026-03-09T10:00:00+19:00",
        "2026-03-09T10:00:00.1234567Z",
        "1999-12-31T23:59:59Z",
        "2026-03-11T10:00:00Z",
        "infinity",
        "",
    ]
)
numbers = (
    st.sampled_from(
        [
            "1",
            "5000",
            "0",
            "007",
            "5e3",
            "5000.0",
            "0.5",
            "2.0005",
            "0.0004",
            "5",
            "NaN",
            "-1",
            "99999999999999",
            "0x10",
            " 5",
            "",
        ]
    )
    | st.integers(0, 10**7).map(str)
    | st.decimals(0, 10**6, places=4, allow_nan=False).map(str)
)
days = st.sampled_from(["2026-03-09", "2026-03-10", "2026-03-09T00:00:00Z", "9 March", ""])
counts = st.sampled_from(["", "0", "12", "-1", "1.5", "9" * 18, "9" * 19])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=5), json_values, max_size=4)
metadata = objects.map(lambda value: json.dumps(value, ensure_ascii=False)) | st.sampled_from(
    [
        "",
        "[]",
        "{",
        '{"a":1,"a":2}',
        '{"a":-0}',
        '{"a":1e5}',
        '{"a":1.50}',
        '{"b":1,"aa":2,"a":3}',
        '{"a":"\x7f\u2028"}',
        '{"a":1}x',
    ]
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "operation": names,
            "started_at": instants,
            "ended_at": instants,
            "duration_us": numbers,
            "duration_ms": numbers,
            "period_start": days,
            "event_id": st.sampled_from(["", "e-1", "e-2"]),
            "branch": names,
            "user": names,
            "session": names,
            "rows_affected": counts,
            "memory_bytes": counts,
            "cpu_us": counts,
            "metadata": metadata,
            "error": st.sampled_from(["", "x"]),
        }
    )
    | st.fixed_dictionaries(
        {
            # most rows of most files
            "operation": st.sampled_from(["commit", "merge"]),
            "started_at": st.sampled_from(["2026-03-09T10:00:00Z", "2026-03-09T11:00:00+01:00"]),
            "duration_us": st.sampled_from(["5000", "7", "5000.0"]),
            "metadata": metadata,
        }
    ),
    min_size=1,
    max_size=12,
)


def table(found: list[dict[str, str]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return written.getvalue()


Rows = list[tuple[object, ...]]


def staged(shared: Ingestion, content: str) -> tuple[Rows, Rows, Rows, int]:
    """Return the typed calls, the refusals, what they touch, and how many calls were typed as they came."""
    token = shared.stage(content)
    calls = shared.query(
        f"select {STAGED} from oplatency.staged_metrics where run_token = %(t)s order by row_no", {"t": token}
    )
    plain = shared.query(
        "select count(*) from oplatency.staged_metrics where run_token = %(t)s and is_plain", {"t": token}
    )
    refused = shared.query(
        "select row_no, problem, problem_detail from oplatency.staged_rows"
        " where run_token = %(t)s and problem is not null order by row_no",
        {"t": token},
    )
    touched = shared.query(
        "select operation, hour_at, branch, user_name, sum(n_calls), min(first_row_no), max(newest_at),"
        " min(least_us), max(most_us)"
        " from oplatency.staged_statistics where run_token = %(t)s group by 1, 2, 3, 4 order by 1, 2, 3, 4",
        {"t": token},
    )
    found = ([tuple(row.values()) for row in part] for part in (calls, refused, touched))
    return (*found, plain[0]["count"])  # type: ignore[return-value]


def check(shared: Ingestion, found: list[dict[str, str]]) -> int:
    content = table(found)
    calls, refused, touched, n_plain = staged(shared, content)
    with mock.patch.object(staging, "find_plain", return_value=None):
        by_rules, rejected_by_rules, touched_by_rules, none = staged(shared, content)
    assert calls == by_rules
    assert refused == rejected_by_rules
    assert touched == touched_by_rules
    assert none == 0
    return int(n_plain)


@given(rows)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_plain_row_is_typed_as_the_rules_would_type_it(shared: Ingestion, found):
    check(shared, found)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # on a busy machine
@given(rows)
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_plain_row_is_typed_as_the_rules_would_type_it(shared: Ingestion, found):
    check(shared, found)


def test_a_usual_file_is_typed_as_it_comes_row_by_row(shared: Ingestion):
    usual = {
        "operation": "commit",
        "started_at": "2026-03-09T10:00:00.25Z",
        "ended_at": "2026-03-09T10:00:00.255Z",
        "duration_us": "5000",
        "duration_ms": "5.000",
        "period_start": "2026-03-09",
        "event_id": "e",
        "branch": "main",
        "user": "ann",
        "session": "s",
        "rows_affected": "3",
        "memory_bytes": "4",
        "cpu_us": "5",
        "metadata": '{"host": "db1", "bb": [1, 2.50, null]}',
    }
    few = {"operation": "commit", "started_at": "2026-03-09T10:00:00Z", "duration_ms": "5.1234567"}

    assert check(shared, [usual, few, few, few]) == 4


def test_of_equal_calls_each_keeps_its_place_whichever_way_it_was_typed(shared: Ingestion):
    call = {"operation": "commit", "started_at": "2026-03-09T10:00:00Z", "duration_us": "5000"}
    same = call | {"duration_us": "5e3"}

    assert check(shared, [call, same, call, same]) == 2


@given(objects)
@settings(max_examples=300, deadline=None)
def test_an_object_is_written_as_the_database_writes_it(shared: Ingestion, value):
    text = json.dumps(value, ensure_ascii=False)
    found = canonical_json(text)
    if found is not None:
        with connect(shared.url, purpose="tests") as connection:
            assert connection.execute("select %s::jsonb::text as text", (text,)).fetchall() == [{"text": found}]


def test_F51_other_content_under_the_key_of_a_delivery_is_an_error_and_writes_nothing(warehouse, tmp_path: Path):
    ingestion = Ingestion(warehouse.url(), tmp_path)
    header = "operation,started_at,duration_us\n"
    first, other = (
        ingestion.file(f"{header}commit,2026-03-09T10:00:00Z,{us}\n", name=f"{us}.csv") for us in (5000, 6000)
    )

    def bring_in(file) -> Batch:
        return gate.ingest_file(
            ingestion.url,
            file,
            gate.delivery_of(file, "app", ARRIVED, ingestion.settings, idempotency_key="day 1"),
            settings=ingestion.settings,
        )

    assert bring_in(first).accepted == 1
    before = ingestion.row_counts()
    with pytest.raises(gate.InputError, match="idempotency_conflict"):
        bring_in(other)
    assert ingestion.row_counts() == before
    assert bring_in(first).duplicate == 1
