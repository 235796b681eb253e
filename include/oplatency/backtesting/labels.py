"""Labels: CSV files of intervals in which an operation was known to be in trouble. Columns: operation, from, to."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from oplatency.backtesting.scoring import Label
from oplatency.errors import InputError
from oplatency.sources.files.inputs import without_credentials
from oplatency.warehouse.catalogue import Operation

COLUMNS = ("operation", "from", "to")
_MAX_LISTED = 10
"""At most this many wrong lines are named; the rest is counted."""


class Readable(Protocol):
    """A file, here or in an object store."""

    def read_bytes(self) -> bytes:
        """Return its content."""


@dataclass(frozen=True)
class LabelFile:
    """A file of labels: its name, and its bytes."""

    name: str
    content: bytes

    @classmethod
    def read(cls, path: Readable) -> LabelFile:
        """Read a file.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        try:
            return cls(without_credentials(str(path)), path.read_bytes())
        except OSError as error:
            raise InputError(
                f"The labels cannot be read: {error.strerror or error}.",
                where=without_credentials(str(path)),
                remedy="give the path of a CSV file",
            ) from error

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def read_labels(file: LabelFile, operations: Mapping[int, Operation]) -> list[Label]:
    """Take the labels from a file.

    Parameters
    ----------
    file : LabelFile
        CSV in UTF-8 with a header; further columns are left alone. Instants are ISO 8601 with an offset; a date means
        its first instant in UTC. ``[from, to)`` is half-open.
    operations : mapping of int to Operation
        The catalogue.

    Raises
    ------
    InputError
        If a line cannot be used; the message names each line, from 1, and what is wrong with it.
    """
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.content[: error.start].count(b"\n") + 1
        raise InputError(
            f"line {line}: the labels are not UTF-8.", where=file.name, remedy="save the file as UTF-8"
        ) from error
    tracked = {known.name: key for key, known in operations.items() if known.is_tracked}
    untracked = {known.name for known in operations.values() if not known.is_tracked}
    found: list[Label] = []
    wrong: list[str] = []
    try:
        for line, fields in _records(text, file.name):
            try:
                found.append(_label(fields, tracked, untracked))
            except (ValueError, OverflowError) as error:
                wrong.append(f"line {line}: {error}")
    except csv.Error as error:
        raise InputError(f"The labels are no CSV: {error}.", where=file.name, remedy="quote its fields") from error
    if wrong:
        more = f"; and {len(wrong) - _MAX_LISTED} more lines" if len(wrong) > _MAX_LISTED else ""
        raise InputError(
            f"{len(wrong)} labels cannot be used: {'; '.join(wrong[:_MAX_LISTED])}{more}.",
            where=file.name,
            remedy="write operation,from,to with instants like 2026-01-31T10:00:00Z, the end after the start",
        )
    return found


def _records(text: str, where: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise InputError(
            f"line 1: the labels have no column {', '.join(missing)}.",
            where=where,
            remedy=f"begin the file with the header {','.join(COLUMNS)}",
        )
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, dict(zip(names, cells, strict=False))
        line = reader.line_num + 1


def _label(fields: Mapping[str, str], tracked: Mapping[str, int], untracked: set[str]) -> Label:
    missing = [name for name in COLUMNS if not fields.get(name, "").strip()]
    if missing:
        raise ValueError(f"no {', '.join(missing)}")
    name = fields["operation"].strip()
    if name in untracked:
        raise ValueError(f"operation {name!r} is not tracked, so nothing is found of it")
    if name not in tracked:
        raise ValueError(f"there is no operation {name!r}")
    start, end = (_instant(fields[column].strip(), column) for column in ("from", "to"))
    if start >= end:
        raise ValueError(f"to {fields['to'].strip()} is not after from {fields['from'].strip()}")
    return Label(tracked[name], start, end)


def _instant(text: str, column: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{column} is not a valid timestamp: {text[:40]!r}") from None
    if len(text) == 10:
        found = found.replace(tzinfo=UTC)
    if found.tzinfo is None:
        raise ValueError(f"{column} has no offset from UTC: {text!r}")
    return found.astimezone(UTC)
