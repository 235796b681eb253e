"""The CSV reader: what it makes of each record, and what it says of a header it cannot use."""

from __future__ import annotations

import base64

import pytest
from reading import read_csv

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow

HEADER = "operation,started_at,duration_us"
CALL = "commit,2026-03-09T10:00:00Z,5000"
VALUES = {"operation": "commit", "started_at": "2026-03-09T10:00:00Z", "duration_us": "5000"}


def read(content: str | bytes, **settings: str) -> list[StagedRow]:
    octets = content if isinstance(content, bytes) else content.encode()
    return read_csv(octets, SourceSettings.model_validate(settings))


def header_error(header: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read(f"{header}\n{CALL}\n")
    return caught.value


def without_defaults(row: StagedRow) -> dict[str, str]:
    return {name: value for name, value in row.values.items() if value}


def test_columns_may_come_in_any_order():
    (row,) = read("duration_us,user,operation,started_at\n5000,ann,commit,2026-03-09T10:00:00Z\n")

    assert without_defaults(row) == VALUES | {"user_name": "ann"}
    assert (row.line_no, row.problem) == (2, None)


def test_white_space_around_a_column_name_does_not_matter():
    (row,) = read(f" operation , started_at,duration_us \n{CALL}\n")

    assert without_defaults(row) == VALUES


def test_an_empty_field_is_an_absent_one():
    (row,) = read(f"{HEADER},event_id,session\n{CALL},,\n")

    assert without_defaults(row) == VALUES


def test_the_branch_and_user_of_the_source_stand_in_where_the_file_has_none():
    given, absent = read(f"{HEADER},branch\n{CALL},feature\n{CALL},\n", branch="main", user="app")

    assert (given.values["branch"], given.values["user_name"]) == ("feature", "app")
    assert (absent.values["branch"], absent.values["user_name"]) == ("main", "app")


def test_F14_an_unknown_column_is_named_with_its_position_and_the_nearest_known_one():
    error = header_error("operation,started_at,duration_uss")

    assert "'duration_uss'" in error.message
    assert error.where == "line 1, column 3"
    assert "did you mean duration_us?" in error.remedy
    assert "rows_affected" in error.remedy


def test_F14_an_unknown_column_that_resembles_none_gets_no_suggestion():
    error = header_error("operation,started_at,duration_us,xyzzy")

    assert error.where == "line 1, column 4"
    assert "did you mean" not in error.remedy


@pytest.mark.parametrize("needed", ["operation", "started_at"])
def test_F14_a_missing_column_is_named(needed: str):
    error = header_error(",".join(name for name in HEADER.split(",") if name != needed))

    assert f"lacks the column {needed!r}" in error.message
    assert error.where == "line 1"


def test_F14_a_header_without_any_column_for_the_duration_names_the_three_choices():
    error = header_error("operation,started_at,branch")

    assert "add one of: duration_us, duration_ms, ended_at" in error.remedy


def test_F14_a_column_that_stands_twice_is_named_with_its_second_position():
    error = header_error("operation,started_at,duration_us,operation")

    assert "'operation' twice" in error.message
    assert error.where == "line 1, column 4"
    assert error.remedy == "leave one of the two out"


def test_F14_a_data_line_in_the_place_of_the_header_is_an_unknown_column():
    assert header_error(CALL).where == "line 1, column 1"


def test_F14_a_header_that_cannot_be_split_says_why():
    error = header_error('"operation,started_at,duration_us')

    assert error.message == "The header line cannot be read."
    assert error.where.startswith("line 1: ")
    assert "operation,started_at,duration_us" in error.remedy


@pytest.mark.parametrize(
    ("octets", "said", "remedy"),
    [
        (f"{HEADER}\n".encode("utf-16"), "seems to be UTF-16", "iconv -f UTF-16 -t UTF-8"),
        (f"{HEADER}\n".encode("utf-16-be"), "seems to be UTF-16", "iconv -f UTF-16 -t UTF-8"),
        (f"{HEADER}\n".encode("utf-32"), "seems to be UTF-32", "iconv -f UTF-32 -t UTF-8"),
        (f"{HEADER}\n{CALL}\n".replace(",", ";").encode(), "separated by semicolons", "by commas"),
        (b'"operation";"started_at"\n', "separated by semicolons", "by commas"),
        (f"{HEADER}\n{CALL}\n".replace(",", "\t").encode(), "separated by tabs", "by commas"),
        (f"{HEADER}\r{CALL}\r".encode(), "end in a carriage return alone", r"tr '\r' '\n'"),
    ],
)
def test_F13_F14_a_header_that_shows_another_kind_of_file_says_which_and_how_to_convert_it(
    octets: bytes, said: str, remedy: str
):
    with pytest.raises(InputError, match=said) as caught:
        read(octets)

    assert caught.value.where == "line 1"
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("header", [b"opera\0tion,started_at", b"op\xe9ration;x", b"PK\x03\x04\0\xff\r;\n"])
def test_F13_a_header_with_a_few_stray_bytes_is_not_taken_for_another_kind_of_file(header: bytes):
    with pytest.raises(InputError, match=r"unknown column|cannot be read"):
        read(header)


@pytest.mark.parametrize("content", ["", HEADER, HEADER + "\n", HEADER + "\n\n\r\n"])
def test_F15_an_empty_file_and_a_lone_header_hold_no_rows(content: str):
    assert read(content) == []


def test_F14_a_quoted_newline_is_part_of_its_field_and_line_numbers_stay_right():
    rows = read(f'{HEADER},error\n{CALL},"first\nsecond\nthird"\n{CALL},\n{CALL},"x\ny"\n{CALL},z\n')

    assert [row.line_no for row in rows] == [2, 5, 6, 8]
    assert rows[0].values["error"] == "first\nsecond\nthird"
    assert rows[0].raw == f'{CALL},"first\nsecond\nthird"'


@pytest.mark.parametrize(
    ("line", "found"), [("commit", 1), (f"{CALL},main", 4), (",".join("x" * 40), 40)], ids=["short", "long", "forty"]
)
def test_F14_a_row_with_the_wrong_number_of_columns_is_refused_alone(line: str, found: int):
    before, bad, after = read(f"{HEADER}\n{CALL}\n{line}\n{CALL}\n")

    assert (bad.line_no, bad.raw, bad.problem, bad.values) == (3, line, "malformed_row", {})
    assert bad.detail == f"{found} columns where the header has 3"
    assert without_defaults(before) == without_defaults(after) == VALUES


def test_F14_a_quote_that_is_never_closed_does_not_take_the_rows_after_it_along():
    rows = read(f'{HEADER}\n{CALL}\n"commit,2026-03-09T10:00:00Z,5000\n' + f"{CALL}\n" * 3)

    assert [(row.line_no, row.problem) for row in rows] == [
        (2, None),
        (3, "malformed_row"),
        (4, None),
        (5, None),
        (6, None),
    ]
    assert rows[1].detail == "unexpected end of data"


def test_F14_text_after_a_closing_quote_is_refused():
    bad, good = read(f'{HEADER}\n"comm"it,2026-03-09T10:00:00Z,5000\n{CALL}\n')

    assert bad.problem == "malformed_row"
    assert bad.detail is not None
    assert "expected after" in bad.detail
    assert without_defaults(good) == VALUES


def test_F14_a_carriage_return_within_a_row_is_told_without_advice_for_programmers():
    bad, good = read(f"{HEADER}\ncommit\r,2026-03-09T10:00:00Z,5000\n{CALL}\n")

    assert (bad.problem, bad.detail) == ("malformed_row", "a carriage return outside of quotes")
    assert without_defaults(good) == VALUES


def test_F14_a_field_beyond_the_limit_of_the_reader_is_refused_and_cut():
    bad, good = read(f"{HEADER}\n{'x' * 200_000},2026-03-09T10:00:00Z,5000\n{CALL}\n")

    assert (bad.line_no, bad.problem, len(bad.raw)) == (2, "malformed_row", RAW_LIMIT)
    assert good.problem is None


def test_F14_a_record_that_never_ends_is_given_up_and_read_line_by_line():
    # each line closes one quoted field and opens the next, until the last one ends the record
    lines = ['"', *[f'{"x" * 1000}","'] * 1500, '"', CALL]
    rows = read("\n".join([HEADER, *lines]) + "\n")

    assert [row.line_no for row in rows[:900]] == list(range(2, 902))
    assert {row.problem for row in rows[:-1]} == {"malformed_row"}
    assert without_defaults(rows[-1]) == VALUES


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_F13_a_byte_order_mark_and_either_line_end_are_accepted(mark: bytes, end: bytes):
    rows = read(mark + end.join([HEADER.encode(), CALL.encode(), CALL.encode()]))

    assert [without_defaults(row) for row in rows] == [VALUES, VALUES]
    assert [row.raw for row in rows] == [CALL, CALL]


@pytest.mark.parametrize(
    "name",
    [b"com\x00mit", b"com\xffmit", b"com\xed\xa0\x80mit", b"com\xc0\x80mit"],
    ids=["nul", "stray byte", "half of a surrogate pair", "overlong"],
)
def test_F13_bytes_that_are_no_text_are_refused_and_kept(name: bytes):
    line = name + b",2026-03-09T10:00:00Z,5000"
    bad, good = read(HEADER.encode() + b"\n" + line + b"\n" + CALL.encode() + b"\n")

    assert (bad.line_no, bad.problem, bad.values) == (2, "encoding", {})
    assert base64.b64decode(bad.raw) == line
    assert good.problem is None


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\uDFFF", r"\udc00\ud800", r"\\\ud800"])
def test_F13_json_that_escapes_what_cannot_be_stored_is_refused_and_kept(escape: str):
    line = CALL + ',"{""path"": ""' + escape + '""}"'
    (row,) = read(f"{HEADER},metadata\n{line}\n")

    assert row.problem == "encoding"
    assert base64.b64decode(row.raw).decode() == line


@pytest.mark.parametrize("escape", [r"\ud83d\ude00", r"\\u0000", r"\\ud800", r"\u0001", "\\\\", "\\"])
def test_F13_json_with_escapes_that_can_be_stored_is_left_to_the_gate(escape: str):
    (row,) = read(f"{HEADER},metadata\n" + CALL + ',"{""path"": ""' + escape + '""}"\n')

    assert row.problem is None
    assert row.values["metadata"] == '{"path": "' + escape + '"}'
