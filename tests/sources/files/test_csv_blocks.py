"""CSV by the block, at the borders of blocks: what the reader of single lines makes of a file, it makes too."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import flat, read_csv

from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow, TextBlock
from oplatency.sources.files import csv_blocks, csv_file

HEADER = "operation,started_at,duration_us,error"
SETTINGS = SourceSettings()


def call(number: int, error: str = "", end: str = "\n") -> str:
    return f"op{number},2026-03-09T10:00:00Z,{1000 + number},{error}{end}"


def read(content: str | bytes) -> list[StagedRow]:
    return read_csv(content if isinstance(content, bytes) else content.encode(), SETTINGS)


def numbers(rows: list[StagedRow]) -> list[tuple[int, str]]:
    """Return the line and the operation of each row; in place of the operation, why it was refused."""
    return [(row.line_no, row.problem or row.values["operation"]) for row in rows]


@pytest.fixture(params=[1, 7, 40, 41, 60, 100, 257], ids="{} bytes".format)
def block_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Make blocks small, so that they end within, before and behind a row."""
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", request.param)
    return int(request.param)


def test_a_quoted_line_break_across_the_end_of_a_block_is_part_of_its_field(block_bytes: int):
    quoted = '"first\nsecond, ""third""\n\nlast"'
    content = f"{HEADER}\n" + "".join(call(n, quoted if n % 3 == 1 else "") for n in range(9))

    rows = read(content)

    assert numbers(rows) == [
        (2, "op0"), (3, "op1"), (7, "op2"), (8, "op3"), (9, "op4"), (13, "op5"), (14, "op6"), (15, "op7"), (19, "op8"),
    ]  # fmt: skip
    assert rows[1].values["error"] == 'first\nsecond, "third"\n\nlast'
    assert rows[1].raw == call(1, quoted, end="")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_ends_of_lines_are_no_part_of_the_last_field(block_bytes: int, end: str):
    rows = read(HEADER + end + "".join(call(n, f"e{n}", end) for n in range(12)))

    assert numbers(rows) == [(n + 2, f"op{n}") for n in range(12)]
    assert [row.values["error"] for row in rows] == [f"e{n}" for n in range(12)]
    assert all(row.raw == call(n, f"e{n}", end="") for n, row in enumerate(rows))


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_blank_lines_are_no_rows_and_are_counted(block_bytes: int, end: str):
    content = HEADER + end + end * 3 + call(0, end=end) + end * 45 + call(1, end=end) + end

    assert numbers(read(content)) == [(5, "op0"), (51, "op1")]


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n"], ids=["none", "LF", "two", "CRLF"])
def test_the_last_line_is_a_row_with_or_without_its_end(block_bytes: int, end: str):
    content = f"{HEADER}\n" + "".join(map(call, range(4))) + call(4, "last", end)

    rows = read(content)

    assert numbers(rows)[-1] == (6, "op4")
    assert (len(rows), rows[-1].values["error"]) == (5, "last")


def test_a_line_longer_than_many_blocks_is_one_row(block_bytes: int):
    long = "x" * (csv_blocks.LONGEST_LINE + 1)

    rows = read(f"{HEADER}\n{call(0)}{call(1, long)}{call(2)}")

    assert numbers(rows) == [(2, "op0"), (3, "op1"), (4, "op2")]
    assert rows[1].values["error"] == long
    assert len(rows[1].raw) == RAW_LIMIT


def test_a_line_that_cannot_be_told_is_refused_alone_whatever_block_it_is_in(block_bytes: int):
    bad = ['op,"a"b,1,\n', "op,1\n", "op,,,,,\n", "\xff,2026-03-09T10:00:00Z,5,\n"]
    content = HEADER + "\n" + "".join(call(n) + line for n, line in enumerate(bad)) + call(4)

    rows = read(content.encode("latin-1"))

    problems = ["malformed_row"] * 3 + ["encoding"]
    expected = [found for n, told in enumerate(problems) for found in ((2 * n + 2, f"op{n}"), (2 * n + 3, told))]
    assert numbers(rows) == [*expected, (10, "op4")]


@pytest.mark.parametrize("tail", ['"never closed', '"', '"a""', "\r", "x\ry"])
def test_what_is_irregular_at_the_very_end_is_told_as_the_careful_reader_tells_it(block_bytes: int, tail: str):
    rows = read(f"{HEADER}\n{call(0)}{call(1)}{call(2, tail, end='')}")

    assert numbers(rows)[:2] == [(2, "op0"), (3, "op1")]
    assert rows[-1].line_no == 4


def test_a_block_comes_as_a_block_where_it_is_regular_and_only_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", len(call(0)) * 2)
    content = HEADER + "\n" + call(0) + call(1) + call(2) + 'op3,"a"b,1,\n' + call(4) + call(5)

    items = list(csv_file.read(io.BytesIO(content.encode()), SETTINGS))

    assert [type(item) for item in items] == [TextBlock, StagedRow, StagedRow, StagedRow, TextBlock]
    assert [row.line_no for row in flat(items)] == [2, 3, 4, 5, 6, 7]


def test_a_packed_file_is_read_by_the_block_too(block_bytes: int):
    content = (HEADER + "\n" + "".join(call(n, f'"a\n{n}"') for n in range(20))).encode()
    with gzip.open(io.BytesIO(gzip.compress(content))) as stream:
        rows = list(flat(csv_file.read(stream, SETTINGS)))  # type: ignore[arg-type]

    assert numbers(rows) == [(2 + 2 * n, f"op{n}") for n in range(20)]


fields = st.sampled_from(["", "a", '"a"', '"a,b"', '"a\nb"', '"a\r\nb"', '""', '"a""b"', 'a"b', '"a"b', "é", " ", "\r"])
records = st.lists(st.lists(fields, min_size=1, max_size=5).map(",".join), max_size=8)


@given(records, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 64))
def test_F133_blocks_and_lines_agree_on_any_mixture_of_fields_whatever_the_size_of_a_block(
    lines: list[str], end: str, ended: bool, size: int
):
    content = end.join([HEADER, *lines]) + (end if ended else "")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(csv_file, "_BLOCK_BYTES", size)
        small = read(content)
    assert sum(row.problem is None or bool(row.raw) for row in small) == len(small)
