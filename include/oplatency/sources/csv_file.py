"""CSV with a header: the columns may come in any order, quoted fields may span lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.columns import COLUMNS, require_columns
from oplatency.sources.contract import (
    RAW_LIMIT,
    StagedRow,
    has_bad_encoding,
    has_bad_escape,
    refused,
    text_lines,
)
from oplatency.sources.epoch import EpochTimes

_RECORD_LIMIT = 1_000_000


class _Lines:
    """Hands out lines and remembers those of the record being read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = text_lines(stream)
        self.number = 0
        self.forget()

    def forget(self) -> None:
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        if self._size > _RECORD_LIMIT:
            raise csv.Error(f"a row of more than {_RECORD_LIMIT} characters")
        return line


def read(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow]:
    """Yield the rows of a CSV file.

    Raises
    ------
    InputError
        If the header lacks a column that is needed, or holds one that is not known or stands twice; if times are
        numbers of two units.
    """
    times = EpochTimes()
    lines = _Lines(stream)
    records = csv.reader(lines, strict=True)
    fields = [COLUMNS[name] for name in _header(records)]
    for line_no, text, record in _records(lines, records):
        raw = text.rstrip("\r\n")
        if raw:
            row = _row(line_no, raw, record, fields, settings)
            times.rewrite(line_no, row.values)
            yield row


def _records(lines: _Lines, records: Iterator[list[str]]) -> Iterator[tuple[int, str, list[str] | str]]:
    """Yield first line, text and fields of each record; in place of the fields, why they cannot be told apart."""
    while True:
        lines.forget()
        first_line = lines.number + 1
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            # a quote that is never closed must not take the rows after it along
            for line_no, line in enumerate(lines.taken, start=first_line):
                yield line_no, line, _alone(line, str(error))
        else:
            yield first_line, "".join(lines.taken), record


def _alone(line: str, problem: str) -> list[str] | str:
    if len(line) > _RECORD_LIMIT:
        return problem
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        return str(error)


def _row(line_no: int, raw: str, record: list[str] | str, fields: list[str], settings: SourceSettings) -> StagedRow:
    if has_bad_encoding(raw):
        return refused(line_no, raw, "encoding", "the row is not valid UTF-8 text or holds a NUL")
    if isinstance(record, str):
        return refused(line_no, raw, "malformed_row", record)
    if len(record) != len(fields):
        return refused(line_no, raw, "malformed_row", f"{len(record)} columns where the header has {len(fields)}")
    values = {name: value for name, value in zip(fields, record, strict=True) if value != ""}
    if has_bad_escape(values.get("metadata", "")):
        return refused(line_no, raw, "encoding", "metadata escapes a NUL or half of a surrogate pair")
    values.setdefault("branch", settings.branch or "")
    values.setdefault("user_name", settings.user or "")
    return StagedRow(line_no, raw[:RAW_LIMIT], values)


def _header(records: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(records)]
    except StopIteration:
        return []
    except csv.Error as error:
        raise InputError("The header line cannot be read.", where=f"line 1: {error}") from error
    require_columns(header, what="header", line="line 1")
    return header
