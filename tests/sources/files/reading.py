"""Read CSV as its reader does, and see to it that blocks of rows and single rows give the same."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from unittest import mock

from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow, TextBlock, rows_of
from oplatency.sources.files import csv_blocks, csv_file


def flat(items: Iterable[StagedRow | TextBlock]) -> Iterator[StagedRow]:
    for item in items:
        if isinstance(item, StagedRow):
            yield item
        else:
            yield from rows_of(item)


def without_blanks(row: StagedRow) -> tuple[object, ...]:
    values = {name: value for name, value in row.values.items() if value}
    return row.line_no, row.raw, values, row.problem, row.detail


def read_csv(octets: bytes, settings: SourceSettings) -> list[StagedRow]:
    """Return the rows of a file, once the careful reader says the same."""
    rows = list(flat(csv_file.read(io.BytesIO(octets), settings)))
    with mock.patch.object(csv_blocks, "read_block", return_value=None):
        careful = list(flat(csv_file.read(io.BytesIO(octets), settings)))
    assert list(map(without_blanks, rows)) == list(map(without_blanks, careful))
    return rows
