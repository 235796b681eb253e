"""Bad JSON lines, brought in as a file would come."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from ingestion import Ingestion, own_database


@pytest.fixture(scope="module")
def shared(server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingestion]:
    """Return a warehouse for the tests that only look at the rows of their own file."""
    with own_database(server, template, "warehouse_json_faults") as url:
        yield Ingestion(url, tmp_path_factory.mktemp("landing"))


def lines(*numbers: str, operation: str = "commit") -> list[str]:
    head = f'"operation": "{operation}", "started_at": "2026-03-09T10:00:00Z"'
    return [f'{{{head}, "duration_us": {number}}}' for number in numbers]


def reasons_by_line(shared: Ingestion, before: int) -> list[tuple[int, str]]:
    return [(row["line_no"], row["reason"]) for row in shared.quarantine()[before:]]


def test_every_field_of_a_json_line_becomes_a_fact_as_that_of_a_csv_file_would(shared: Ingestion):
    record = {
        "operation": "full",
        "started_at": 1773050400000,
        "ended_at": "2026-03-09T10:00:00.005Z",
        "duration_us": 5000,
        "duration_ms": 5.0,
        "period_start": "2026-03-09",
        "branch": "feature",
        "user": "ann",
        "session": "s-1",
        "rows_affected": 3,
        "memory_bytes": 4096,
        "cpu_us": 900,
        "metadata": {"path": "a.sql", "n": 1.5},
    }
    columns = ",".join(record)
    cells = ",".join(str(value) for value in list(record.values())[:-1])

    batch = shared.land(json.dumps(record) + "\n", name="full.jsonl")
    again = shared.land(f'{columns}\n{cells},"{{""n"": 1.5, ""path"": ""a.sql""}}"\n', name="full.csv")

    assert (batch.accepted, again.accepted, again.duplicate) == (1, 0, 1)
    (fact,) = (fact for fact in shared.facts() if fact["operation"] == "full")
    assert (fact["duration_us"], fact["branch"], fact["user_name"], fact["session"]) == (5000, "feature", "ann", "s-1")
    assert (fact["rows_affected"], fact["memory_bytes"], fact["cpu_us"]) == (3, 4096, 900)
    assert fact["metadata"] == record["metadata"]


def test_an_error_of_a_json_line_is_kept_as_text_and_as_an_object(shared: Ingestion):
    text, structured = (line[:-1] for line in lines("5", "6", operation="failing"))

    batch = shared.land(f'{text}, "error": "gone"}}\n{structured}, "error": {{"code": 1}}}}\n', name="errors.ndjson")

    assert batch.accepted == 2
    assert [f["error"] for f in shared.facts() if f["operation"] == "failing"] == ["gone", {"code": 1}]


def test_F01_F02_a_bare_word_that_is_no_finite_number_is_quarantined(shared: Ingestion):
    numbers = ("NaN", "Infinity", "-Infinity", "1e400", "5", "5e3", "5.0")

    batch = shared.land("\n".join(lines(*numbers)), name="words.jsonl")

    assert (batch.accepted, batch.reasons) == (3, {"non_finite": 4})


def test_F11_a_file_that_was_cut_off_gives_its_whole_lines_and_its_redelivery_only_the_missing_one(shared: Ingestion):
    whole = "\n".join(lines("1", "2", "3", "4", "5", operation="cut_off")) + "\n"

    cut = shared.land(whole[:-9], name="cut.jsonl", status="partial_source")
    full = shared.land(whole, name="cut.jsonl")

    assert (cut.accepted, cut.reasons) == (4, {"truncated": 1})
    assert (full.accepted, full.duplicate, full.quarantined) == (1, 4, 0)


def test_F12_junk_is_quarantined_line_by_line_and_the_rest_is_kept(shared: Ingestion):
    good, other = lines("5", "6", operation="among_junk")
    before = len(shared.quarantine())
    junk = [
        f"[{good}]",
        "[" * 100_000,
        '{"a": ' * 100_000,
        good[:-1] + ', "duration_us": 7}',
        good[:-1] + ', "durationus": 7}',
        '{"operation": "' + "x" * 50_000_000 + '"}',
        '{"operation": "' + "x" * 900_000 + '"}',
        "{}",
    ]

    batch = shared.land("\n".join([good, *junk, other]) + "\n", name="junk.jsonl")

    assert (batch.rows_in, batch.accepted) == (10, 2)
    assert reasons_by_line(shared, before) == [
        (2, "malformed_row"),
        (3, "malformed_row"),
        (4, "malformed_row"),
        (5, "malformed_row"),
        (6, "unknown_field"),
        (7, "line_too_long"),
        (8, "name_too_long"),
        (9, "blank_name"),
    ]


def test_F13_lines_that_are_no_text_are_quarantined_with_their_bytes_and_the_rest_is_kept(shared: Ingestion):
    good, other = (line.encode() for line in lines("5", "6", operation="caf\u00e9"))
    bad = [good.replace(b"caf", name) for name in (b"\x00", b"\xff", b"\xed\xa0\x80", b"\\u0000", b"\\ud800")]
    before = len(shared.quarantine())

    batch = shared.land(b"\xef\xbb\xbf" + b"\r\n".join([good, *bad, other]), name="bytes.jsonl")

    assert (batch.accepted, batch.reasons) == (2, {"encoding": 5})
    assert [base64.b64decode(row["raw"]) for row in shared.quarantine()[before:]] == bad
