"""The reader of JSON lines: what it makes of each line, and how it keeps its balance on lines that are none."""

from __future__ import annotations

import base64
import io
import json
import resource
from typing import Any

import pytest

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow
from oplatency.sources.files import json_lines

CALL = {"operation": "commit", "started_at": "2026-03-09T10:00:00Z", "duration_us": 5000}
LINE = json.dumps(CALL)
VALUES = {"operation": "commit", "started_at": "2026-03-09T10:00:00Z", "duration_us": "5000"}


def read(content: str | bytes, **settings: str) -> list[StagedRow]:
    octets = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
    return list(json_lines.read(io.BytesIO(octets), SourceSettings.model_validate(settings)))


def one(line: str, **settings: str) -> StagedRow:
    (row,) = read(line + "\n", **settings)
    return row


def without_defaults(row: StagedRow) -> dict[str, str]:
    return {name: value for name, value in row.values.items() if value}


def with_member(text: str) -> str:
    return f"{LINE[:-1]}, {text}}}"


def check_rejected(row: StagedRow, problem: str, detail: str) -> None:
    assert (row.problem, row.values) == (problem, {})
    assert row.detail is not None
    assert detail in row.detail
    assert len(row.detail) < 500


def test_a_line_is_a_row_with_its_number_and_its_text():
    first, second = read(f"{LINE}\n\n  \n{LINE}\n")

    assert (first.line_no, second.line_no) == (1, 4)
    assert without_defaults(first) == without_defaults(second) == VALUES
    assert first.raw == LINE


def test_keys_may_come_in_any_order_and_are_those_of_the_csv_file():
    record = {"user": "ann", "branch": "main", "session": "7", "rows_affected": 3, "event_id": "e", "cpu_us": 9} | CALL

    row = one(json.dumps(record))

    expected = {
        "user_name": "ann",
        "branch": "main",
        "session": "7",
        "rows_affected": "3",
        "event_id": "e",
        "cpu_us": "9",
    }
    assert row.values == VALUES | expected


def test_the_branch_and_user_of_the_source_stand_in_where_the_line_has_none():
    given = one(with_member('"branch": "feature"'), branch="main", user="app")

    assert (given.values["branch"], given.values["user_name"]) == ("feature", "app")


@pytest.mark.parametrize(
    "number", ["5000", "5000.0", "5e3", "-1", "0.1000000000000000055511151231257827", "1e400", "9" * 5000]
)
def test_a_number_keeps_its_own_digits(number: str):
    assert one(f'{{"operation": "commit", "duration_us": {number}}}').values["duration_us"] == number


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_F01_F02_a_bare_word_that_is_no_finite_number_reaches_the_gate_as_text(word: str):
    assert one(f'{{"operation": "commit", "duration_us": {word}}}').values["duration_us"] == word


def test_a_number_is_the_same_as_its_text():
    assert one(json.dumps(CALL | {"duration_us": "5000"})).values == one(LINE).values


def test_null_is_an_absent_value():
    assert without_defaults(one(with_member('"branch": null, "error": null, "metadata": null'))) == VALUES


def test_metadata_and_error_keep_their_own_text():
    metadata = '{"a": [1.10, 1e2, "}\\""], "b": {"c": null, "metadata": 5}}'
    error = '{"code":  "40001"}'

    row = one(with_member(f'"metadata" : {metadata} ,\t"error":{error}'))

    assert (row.values["metadata"], row.values["error"]) == (metadata, error)


def test_an_error_may_be_text():
    assert one(with_member('"error": "no such branch"')).values["error"] == "no such branch"


@pytest.mark.parametrize(
    "member", ['"branch": true', '"branch": {}', '"session": ["a"]', '"error": false', '"error": true']
)
def test_a_value_that_is_neither_text_nor_a_number_is_refused_with_its_key(member: str):
    row = one(with_member(member))

    check_rejected(row, "malformed_row", f"{json.loads('{' + member + '}').popitem()[0]} is ")
    assert row.raw == with_member(member)


def test_an_unknown_key_is_refused_and_the_nearest_known_one_named():
    check_rejected(
        one(with_member('"duration_uss": 1')),
        "unknown_field",
        "'duration_uss' is not known; did you mean duration_us?",
    )
    check_rejected(one(with_member('"xyzzy": null')), "unknown_field", "the key 'xyzzy' is not known")


@pytest.mark.parametrize("key", ["user_name", "kind", "record", ""])
def test_a_column_of_the_staging_table_is_no_key(key: str):
    check_rejected(one(with_member(f'"{key}": "x"')), "unknown_field", repr(key))


def test_unknown_keys_go_into_the_metadata_where_the_source_says_so():
    extra = '"level": "INFO", "n": 1.10, "deep": {"x": [NaN]}, "none": null'

    alone = one(with_member(extra), unknown_fields="metadata")
    beside = one(with_member('"metadata": {"a": 1}, ' + extra), unknown_fields="metadata")
    plain = one(with_member('"level": "a\\"\\u00e9"'), unknown_fields="metadata")

    assert alone.values["metadata"] == "{" + extra + "}"
    assert beside.values["metadata"] == '{"a": 1, ' + extra + "}"
    assert json.loads(plain.values["metadata"]) == {"level": 'a"\u00e9'}


def test_an_unknown_key_that_the_metadata_has_too_is_refused():
    row = one(with_member('"metadata": {"level": 1}, "level": 2'), unknown_fields="metadata")

    check_rejected(row, "malformed_row", "'level' stands in metadata and beside it")


@pytest.mark.parametrize("metadata", ["[1]", "5", '"no json"', '"[1]"'])
def test_metadata_that_is_no_object_is_left_to_the_gate(metadata: str):
    row = one(with_member(f'"metadata": {metadata}, "level": 2'), unknown_fields="metadata")

    assert row.values["metadata"] == metadata.strip('"')


def test_unknown_keys_are_left_out_where_the_source_says_so():
    assert without_defaults(one(with_member('"level": "INFO", "deep": {}'), unknown_fields="ignore")) == VALUES


def test_F10_times_may_be_numbers_of_one_unit():
    assert (
        one('{"operation": "commit", "started_at": 1773050400000}').values["started_at"] == "2026-03-09T10:00:00+00:00"
    )

    with pytest.raises(InputError, match="two units") as caught:
        read('{"started_at": 1773050400}\n{"started_at": "1773050400000"}\n')
    assert caught.value.where == "lines 1 and 2"


def test_F11_every_cut_of_the_last_line_is_truncated_until_the_object_is_whole():
    for length in range(1, len(LINE)):
        first, last = read(f"{LINE}\n{LINE[:length]}")
        assert without_defaults(first) == VALUES
        assert (last.line_no, last.raw) == (2, LINE[:length])
        check_rejected(last, "truncated", "cut off")
    assert [without_defaults(row) for row in read(f"{LINE}\n{LINE}")] == [VALUES, VALUES]


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("[" + LINE + "]", "no JSON object"),
        ("5", "no JSON object"),
        ("null", "no JSON object"),
        ("{'operation': 'commit'}", "Expecting property name"),
        (LINE + LINE, "Extra data at character"),
        (LINE + ",", "Extra data at character"),
        (LINE[:-1], "at character"),
        ('{"operation": "a\tb"}', "Invalid control character"),
        (with_member('"operation": "other"'), "'operation' stands twice"),
        (with_member('"metadata": {"a": 1, "a": 2}'), "'a' stands twice"),
        ("[" * 100_000 + "]" * 100_000, "more than 100 levels deep"),
        ("[" * 100_000, "more than 100 levels deep"),
        (with_member('"metadata": ' + '{"a": ' * 100 + "1" + "}" * 100), "more than 100 levels deep"),
    ],
)  # fmt: skip
def test_F12_a_line_that_holds_no_call_is_refused_alone(line: str, detail: str):
    before, bad, after = read(f"{LINE}\n{line}\n{LINE}\n")

    check_rejected(bad, "malformed_row", detail)
    assert (bad.line_no, bad.raw) == (2, line[:RAW_LIMIT])
    assert without_defaults(before) == without_defaults(after) == VALUES


@pytest.mark.parametrize(
    ("content", "line_no", "remedy"),
    [
        (json.dumps([CALL, CALL]), 1, "jq -c '.[]'"),
        (json.dumps([CALL] * 20_000), 1, "jq -c '.[]'"),
        (json.dumps([CALL, CALL], indent=2), 1, "jq -c '.[]'"),
        ("\ufeff\r\n [\r\n" + LINE + "]", 2, "jq -c '.[]'"),
        (json.dumps(CALL, indent=2), 1, "jq -c '.'"),
    ],
    ids=["one line", "a line beyond the limit", "indented", "after a blank line", "object"],
)
def test_F12_a_file_that_is_one_array_or_object_says_how_to_make_lines_of_it(content: str, line_no: int, remedy: str):
    with pytest.raises(InputError, match="not as JSON lines") as caught:
        read(content)

    assert caught.value.where == f"line {line_no}"
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("first", ["[1, 2]", "[]", "[[", '{"operation":', "}", "{ {", "x"])
def test_F12_any_other_bad_first_line_is_refused_alone(first: str):
    bad, good = read(f"{first}\n{LINE}\n")

    assert (bad.line_no, bad.problem) == (1, "malformed_row")
    assert without_defaults(good) == VALUES


def test_F11_a_file_that_was_cut_off_after_its_first_character_is_truncated():
    check_rejected(*read("{"), "truncated", "cut off")


def test_F12_nesting_up_to_the_limit_is_accepted_and_brackets_in_texts_are_none():
    metadata = '{"a": ' * 99 + "1" + "}" * 99
    many = '{"a": "' + '[{\\"' * 1000 + '", "b": [[], [], []]}'

    assert one(with_member(f'"metadata": {metadata}')).values["metadata"] == metadata
    assert one(with_member(f'"metadata": {many}')).values["metadata"] == many


def test_F12_a_line_beyond_the_limit_is_refused_with_the_limit_and_never_held_in_memory():
    class Endless(io.RawIOBase):
        left = 50_000_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            size = min(len(buffer), self.left, 8192)
            self.left -= size
            buffer[:size] = b"x" * size
            return size

    head = b'{"operation": "'
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (row,) = json_lines.read(io.BufferedReader(Endless()), SourceSettings())  # type: ignore[arg-type]
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    long, after = read(head + b"x" * json_lines.LINE_LIMIT + b'"}\n' + LINE.encode())

    check_rejected(row, "line_too_long", "longer than 1000000 bytes")
    assert grown_kb < 20_000
    assert (long.problem, len(long.raw), long.line_no) == ("line_too_long", RAW_LIMIT, 1)
    assert (after.line_no, without_defaults(after)) == (2, VALUES)


def test_F12_a_line_of_just_the_limit_is_read():
    room = json_lines.LINE_LIMIT - len(with_member('"error": ""'))

    for end in ("\n", ""):
        (row,) = read(with_member(f'"error": "{"x" * room}"') + end)
        assert row.problem is None
        assert len(row.values["error"]) == room
    (row,) = read(with_member(f'"error": "{"x" * (room + 1)}"'))
    assert row.problem == "line_too_long"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_F13_a_byte_order_mark_and_either_line_end_are_accepted(mark: bytes, end: bytes):
    rows = read(mark + end.join([LINE.encode(), LINE.encode(), b""]))

    assert [without_defaults(row) for row in rows] == [VALUES, VALUES]
    assert [row.raw for row in rows] == [LINE, LINE]


@pytest.mark.parametrize(
    "name",
    [b"com\x00mit", b"com\xffmit", b"com\xed\xa0\x80mit", b"com\xc0\x80mit", rb"com\u0000mit", rb"com\ud800mit"],
    ids=["nul", "stray byte", "half of a pair", "overlong", "escaped nul", "escaped half"],
)
def test_F13_a_line_that_is_no_text_is_refused_and_its_bytes_kept(name: bytes):
    line = LINE.encode().replace(b"commit", name)
    bad, good = read(line + b"\n" + LINE.encode())

    check_rejected(bad, "encoding", "NUL")
    assert base64.b64decode(bad.raw) == line
    assert good.problem is None


@pytest.mark.parametrize("place", ['"metadata": {"\\ud800": 1}', '"metadata": {"a": ["\\u0000"]}', '"\\u0000": 1'])
def test_F13_an_escape_of_what_cannot_be_stored_is_refused_wherever_it_stands(place: str):
    check_rejected(one(with_member(place)), "encoding", "escapes")


def test_F13_a_whole_pair_of_surrogates_is_a_character():
    assert one(LINE.replace("commit", "\\ud83d\\ude00 \\\\u0000")).values["operation"] == "\U0001f600 \\u0000"
