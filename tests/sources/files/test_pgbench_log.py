"""The pgbench log reader: durations, instants, and the lines that hold none."""

from __future__ import annotations

import base64
import io

import pytest

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.sources.files import pgbench_log

SETTINGS = SourceSettings(operations=("get_commits", "get_objects"), branch="main", user="bench")
WITH_RETRIES = SETTINGS.model_copy(update={"pgbench_seventh": "retries"})
LINE = "3 17 2500 1 1773050400 250000"
"""Client 3 ends its 17th transaction, script 1, at 2026-03-09 10:00:00.25 UTC, after 2.5 ms."""


def read(content: str | bytes, settings: SourceSettings = SETTINGS) -> list[StagedRow]:
    octets = content if isinstance(content, bytes) else content.encode()
    return list(pgbench_log.read(io.BytesIO(octets), settings))


def test_a_line_is_a_call_that_ended_at_its_last_two_numbers():
    (row,) = read(LINE + "\n")

    assert row == StagedRow(
        line_no=1,
        raw=LINE,
        values={
            "operation": "get_objects",
            "started_at": "2026-03-09T10:00:00.247500+00:00",
            "ended_at": "2026-03-09T10:00:00.250000+00:00",
            "duration_us": "2500",
            "session": "client 3",
            "branch": "main",
            "user_name": "bench",
        },
    )


def test_the_wait_before_the_start_is_not_part_of_the_duration():
    (row,) = read(LINE + " 1000\n", SETTINGS)

    assert row.values["duration_us"] == "1500"
    assert row.values["started_at"] == "2026-03-09T10:00:00.248500+00:00"


def test_the_number_of_retries_is_not_taken_for_a_wait():
    (row,) = read(LINE + " 2\n", WITH_RETRIES)

    assert row.values["duration_us"] == "2500"
    assert row.values["started_at"] == "2026-03-09T10:00:00.247500+00:00"


@pytest.mark.parametrize("settings", [SETTINGS, WITH_RETRIES], ids=["undeclared", "retries"])
def test_six_and_eight_fields_are_told_apart_without_a_declaration(settings: SourceSettings):
    rows = read(f"{LINE}\n{LINE} 1000 2\n", settings)

    assert [row.values["duration_us"] for row in rows] == ["2500", "1500"]


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("3 17 0 1 1773050400 250000", SETTINGS),
        ("3 17 0 1 1773050400 250000 4", WITH_RETRIES),
        ("3 17 900 1 1773050400 250000 900", SETTINGS),
        ("3 17 900 1 1773050400 250000 900 0", SETTINGS),
    ],
)
def test_a_transaction_noted_as_0_us_ran_for_one(line: str, settings: SourceSettings):
    (row,) = read(line + "\n", settings)

    assert (row.problem, row.values["duration_us"]) == (None, "1")
    assert row.values["started_at"] == "2026-03-09T10:00:00.249999+00:00"
    assert row.values["ended_at"] == "2026-03-09T10:00:00.250000+00:00"


def test_a_wait_longer_than_the_whole_is_left_to_the_gate_as_a_negative_duration():
    (row,) = read(LINE + " 4000\n", SETTINGS)

    assert (row.problem, row.values["duration_us"]) == (None, "-1500")


@pytest.mark.parametrize("outcome", ["skipped", "failed", "serialization", "deadlock"])
def test_a_transaction_without_a_duration_is_refused_by_its_outcome(outcome: str):
    bad, good = read(LINE.replace("2500", outcome) + f"\n{LINE}\n")

    assert (bad.line_no, bad.problem) == (1, "not_measured")
    assert bad.detail is not None
    assert repr(outcome) in bad.detail
    assert good.problem is None


def test_a_script_that_the_source_does_not_name_is_refused():
    (row,) = read("3 17 2500 2 1773050400 250000\n")

    assert (row.problem, row.detail) == ("unknown_script", "script 2, but the source names 2 operations")


def test_a_source_that_names_no_operations_is_an_error_with_its_remedy():
    with pytest.raises(InputError, match="script numbers") as caught:
        read(LINE + "\n", SourceSettings())

    assert "operations =" in caught.value.remedy


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("3 17 2500 1 1773050400", "5 fields"),
        (LINE + " 1 2 3", "9 fields"),
        ("3  17 2500 1 1773050400 250000", "whole number"),
        ("3 17 -2500 1 1773050400 250000", "whole number"),
        ("3 17 2500.5 1 1773050400 250000", "whole number"),
        ("3 17 \u0662\u0665 1 1773050400 250000", "whole number"),
        ("3 17 2500 1 1773050400 1000000", "1000000 microseconds"),
        (LINE + " late", "whole number"),
        (LINE + " 0 x", "whole number"),
        ("9" * 30 + " 17 2500 1 1773050400 250000", "whole number"),
        ("pgbench: error: connection lost", "4 fields"),
    ],
)
def test_a_malformed_line_is_refused_alone_and_says_why(line: str, seen: str):
    bad, good = read(f"{line}\n{LINE}\n")

    assert (bad.line_no, bad.raw, bad.problem) == (1, line, "malformed_row")
    assert bad.detail is not None
    assert seen in bad.detail
    assert good.problem is None


@pytest.mark.parametrize(
    "line", ["3 17 2500 1 999999999999999999 0", "3 17 999999999999999999 1 1773050400 0", LINE + " 999999999999999999"]
)
def test_F07_an_instant_outside_the_calendar_is_refused(line: str):
    (row,) = read(line + "\n", SETTINGS)

    assert row.problem == "timestamp_out_of_range"


@pytest.mark.parametrize(
    "line", [LINE.encode() + b" 0 \x00", LINE.encode() + b" \xff", b"\x00\x01\x02"], ids=["nul", "stray byte", "binary"]
)
def test_F13_bytes_that_are_no_text_are_refused_and_kept(line: bytes):
    bad, good = read(line + b"\n" + LINE.encode() + b"\n")

    assert bad.problem == "encoding"
    assert base64.b64decode(bad.raw) == line
    assert good.problem is None


def test_F13_a_byte_order_mark_and_crlf_are_accepted():
    rows = read(b"\xef\xbb\xbf" + f"{LINE}\r\n{LINE}\r\n".encode())

    assert [(row.raw, row.problem) for row in rows] == [(LINE, None), (LINE, None)]


@pytest.mark.parametrize("kept", range(1, len(LINE) + 1))
def test_F11_a_last_line_that_was_cut_off_anywhere_is_refused(kept: int):
    good, cut = read(f"{LINE}\n{LINE[:kept]}")

    assert good.problem is None
    assert (cut.line_no, cut.raw, cut.problem) == (2, LINE[:kept], "truncated")


@pytest.mark.parametrize("content", ["", "\n", "\r\n\n"])
def test_F15_an_empty_log_holds_no_rows(content: str):
    assert read(content) == []
