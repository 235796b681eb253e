"""CSV with a header: the columns may come in any order, quoted fields may span lines."""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Iterator
from typing import Any, BinaryIO

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow, TextBlock, has_bad_encoding, has_bad_escape, rejected
from oplatency.sources.files.columns import COLUMNS, require_columns
from oplatency.sources.files.epoch import TIME_FIELDS, EpochTimes

_RECORD_LIMIT = 1_000_000
_UTF_16_MARKS = ("\udcff\udcfe", "\udcfe\udcff")
"""Its byte order marks, as octets that are not UTF-8 are read."""
_BLOCK_BYTES = 4 * 1024 * 1024


class _Lines:
    """Hands out the lines of a stream as text, remembers those of the record being read, and gives blocks of them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._block: Iterator[bytes] = iter(())
        self.number = 0
        self.forget()

    def forget(self) -> None:
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        octets = next(self._block, b"") or self._stream.readline()
        if not octets:
            raise StopIteration
        # what is not UTF-8 becomes surrogates
        line = (octets if self.number else octets.removeprefix(codecs.BOM_UTF8)).decode("utf-8", "surrogateescape")
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        if self._size > _RECORD_LIMIT:
            raise csv.Error(f"a row of more than {_RECORD_LIMIT} characters")
        return line

    def block(self) -> bytes:
        """Return the next megabytes of whole lines, to be read at once or, after `give_back`, one by one."""
        octets = self._stream.read(_BLOCK_BYTES)
        return octets if not octets or octets.endswith(b"\n") else octets + self._stream.readline()

    def give_back(self, octets: bytes) -> None:
        """Hand the lines of a block out one by one."""
        self._block = iter(octets.splitlines(keepends=True)) if b"\r" not in octets else _split(octets)

    def skip(self, octets: bytes) -> None:
        """Count the lines of a block that was read at once."""
        self.number += octets.count(b"\n") + (not octets.endswith(b"\n"))

    @property
    def in_block(self) -> bool:
        """Whether lines of a block that was given back are left."""
        first = next(self._block, None)
        if first is None:
            return False
        self._block = itertools.chain((first,), self._block)
        return True


def _split(octets: bytes) -> Iterator[bytes]:
    begin = 0
    while begin < len(octets):
        end = octets.find(b"\n", begin) + 1 or len(octets)
        yield octets[begin:end]
        begin = end


def read(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow | TextBlock]:
    """Yield the rows of a CSV file: in blocks where they are regular, else one by one.

    Raises
    ------
    InputError
        If the header lacks a column that is needed, or holds one that is not known or stands twice, or is none for
        its encoding, line ends or separators; if times are numbers of two units.
    """
    # importing Arrow takes a moment that a command which reads nothing need not wait for
    from oplatency.sources.files.csv_blocks import read_block

    times = EpochTimes()
    lines = _Lines(stream)
    records = csv.reader(lines, strict=True)
    fields = [COLUMNS[name] for name in _header(lines, records)]
    while octets := lines.block():
        block = read_block(octets, lines.number + 1, fields)
        if block is not None and not _has_numeric_times(block):
            lines.skip(octets)
            yield _with_defaults(block, settings)
            continue
        lines.give_back(octets)
        while lines.in_block:
            # a record that is still open at the end of the block goes on into the stream
            for line_no, text, record in _record(lines, records):
                raw = text.rstrip("\r\n")
                if raw:
                    row = _row(line_no, raw, record, fields, settings)
                    times.rewrite(line_no, row.values)
                    yield row


def _has_numeric_times(block: TextBlock) -> bool:
    import pyarrow.compute as pc

    given = (block.columns[name] for name in TIME_FIELDS if name in block.columns)
    return any(pc.any(pc.match_substring_regex(column, r"^\s*[0-9.eE+]+\s*$")).as_py() for column in given)


def _with_defaults(block: TextBlock, settings: SourceSettings) -> TextBlock:
    import pyarrow as pa

    columns: dict[str, Any] = dict(block.columns)
    for name, default in (("branch", settings.branch), ("user_name", settings.user)):
        if default:
            given = columns.get(name)
            missing = pa.array([default] * len(block.line_nos), pa.string())
            columns[name] = missing if given is None else given.fill_null(default)
    return TextBlock(block.line_nos, columns, block.raw)


def _record(lines: _Lines, records: Iterator[list[str]]) -> Iterator[tuple[int, str, list[str] | str]]:
    """Yield first line, text and fields of the next record; instead of the fields, why they cannot be split."""
    lines.forget()
    first_line = lines.number + 1
    try:
        record = next(records)
    except StopIteration:
        return
    except csv.Error as error:
        # a quote that is never closed must not take the rows after it along
        for line_no, line in enumerate(lines.taken, start=first_line):
            yield line_no, line, _alone(line, _csv_message(error))
    else:
        yield first_line, "".join(lines.taken), record


def _alone(line: str, problem: str) -> list[str] | str:
    if len(line) > _RECORD_LIMIT:
        return problem
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        return _csv_message(error)


def _csv_message(error: csv.Error) -> str:
    # the advice of the reader is for programmers
    return "a carriage return outside of quotes" if "new-line" in str(error) else str(error)


def _row(line_no: int, raw: str, record: list[str] | str, fields: list[str], settings: SourceSettings) -> StagedRow:
    if has_bad_encoding(raw):
        return rejected(line_no, raw, "encoding", "the row is not valid UTF-8 text or holds a NUL")
    if isinstance(record, str):
        return rejected(line_no, raw, "malformed_row", record)
    if len(record) != len(fields):
        return rejected(line_no, raw, "malformed_row", f"{len(record)} columns where the header has {len(fields)}")
    values = {name: value for name, value in zip(fields, record, strict=True) if value != ""}
    if has_bad_escape(values.get("metadata", "")):
        return rejected(line_no, raw, "encoding", "metadata escapes a NUL or half of a surrogate pair")
    values.setdefault("branch", settings.branch or "")
    values.setdefault("user_name", settings.user or "")
    return StagedRow(line_no, raw[:RAW_LIMIT], values)


def _header(lines: _Lines, records: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(records)]
        require_columns(header, what="header", line="line 1")
    except StopIteration:
        return []
    except (csv.Error, InputError) as error:
        _require_commas_and_lines("".join(lines.taken))
        if isinstance(error, InputError):
            raise
        raise InputError(
            "The header line cannot be read.",
            where=f"line 1: {_csv_message(error)}",
            remedy="begin the file with the names of its columns, such as: operation,started_at,duration_us",
        ) from error
    return header


def _require_commas_and_lines(header: str) -> None:
    """Name what is wrong with a whole file, where its header shows that."""
    message = remedy = ""
    line, cut, _ = header.rstrip("\r\n").partition("\r")
    is_text = not has_bad_encoding(line)
    if header.startswith(_UTF_16_MARKS) or header.count("\0") * 3 > len(header):
        encoding = "UTF-32" if "\0\0\0" in header else "UTF-16"
        message = f"The file seems to be {encoding}, not UTF-8."
        remedy = f"write it as UTF-8, such as with: iconv -f {encoding} -t UTF-8 FILE > NEW_FILE"
    elif is_text and cut:
        message = "The lines of the file seem to end in a carriage return alone."
        remedy = "end them with a line feed, such as with: tr '\\r' '\\n' < FILE > NEW_FILE"
    elif is_text and "," not in line and (";" in line or "\t" in line):
        message = f"The columns seem to be separated by {'semicolons' if ';' in line else 'tabs'}."
        remedy = "separate them by commas, with points in decimal numbers"
    if message:
        raise InputError(message, where="line 1", remedy=remedy)
