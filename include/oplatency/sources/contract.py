"""What every source yields: rows of text, in input order, each with its line.

A source is a function ``read(stream, settings) -> Iterator[StagedRow]``. It judges only what cannot be seen in the text
later (encoding, number of columns); everything else is left to the gate.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from oplatency.settings import SourceSettings

FIELDS = (
    "kind",
    "operation",
    "started_at",
    "ended_at",
    "duration_us",
    "duration_ms",
    "period_start",
    "event_id",
    "branch",
    "user_name",
    "session",
    "rows_affected",
    "memory_bytes",
    "cpu_us",
    "metadata",
    "error",
    "record",
)
"""Text columns of ``staged_rows`` that a source may fill.

``kind`` is absent for a call, else ``span`` or ``merge``; ``record`` is a JSON object of what only that kind has.
A span: ``trace_id``, ``span_id``, ``parent_span_id``, ``name``, ``status`` (SUCCESS, ERROR, RUNNING), and
``is_call``, true where the span is counted as a call of its operation too. A merge: ``source_branch``,
``target_branch``, ``merge_base_us``, ``conflict_detection_us``, ``auto_resolution_us``, ``n_conflicts``,
``n_auto_resolved``, ``n_unresolved``, ``status``, ``outcome``; its duration is the whole merge's.
"""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One row of the input.

    Attributes
    ----------
    line_no : int
        Line of the input it starts on, from 1.
    raw : str
        The row as it came; base64 where `problem` is ``encoding``.
    values : dict of str to str
        Text by name in `FIELDS`; what is absent or empty is null.
    problem, detail : str, optional
        Reason code and what was seen, where the row cannot be read at all.
    """

    line_no: int
    raw: str
    values: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Many rows at once, by column: for sources whose bytes can be split faster than row by row.

    Attributes
    ----------
    line_nos : numpy.ndarray of int64, shape (n,)
        Line (or row) of the input that each starts on, from 1.
    columns : mapping of str to pyarrow.StringArray, each of length n
        Text by name in `FIELDS`; null is absent, and so is a column that is not there. Empty texts are nulls.
    raw : callable
        Takes the position of a row in the block and returns it as it came; asked only for rows that are rejected.
    """

    line_nos: Any
    columns: Mapping[str, Any]
    raw: Callable[[int], str]


Reader = Callable[[BinaryIO, SourceSettings], Iterator[StagedRow | TextBlock]]

RAW_LIMIT = 10_000
"""Characters of a rejected row that are kept."""

_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")
_ESCAPE = re.compile(r"\\u(d[89ab]..\\ud[c-f]..)|\\u(0000|d[89a-f]..)|\\.", re.IGNORECASE)


def rows_of(block: TextBlock) -> Iterator[StagedRow]:
    """Yield the rows of a block one by one."""
    columns = {name: column.to_pylist() for name, column in block.columns.items()}
    for position, line_no in enumerate(block.line_nos):
        values = {name: column[position] for name, column in columns.items() if column[position]}
        yield StagedRow(int(line_no), block.raw(position), values)


def text_lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines with their ends, without a byte order mark; what is not UTF-8 becomes surrogates."""
    for number, octets in enumerate(stream):
        line = octets if number else octets.removeprefix(codecs.BOM_UTF8)
        yield line.decode("utf-8", "surrogateescape")


def has_bad_encoding(text: str) -> bool:
    """Return whether text holds what PostgreSQL cannot store: NUL, or bytes that were not UTF-8."""
    return _NOT_STORABLE.search(text) is not None


def has_bad_escape(text: str) -> bool:
    r"""Return whether JSON text escapes what PostgreSQL cannot store: ``\u0000``, or half of a surrogate pair."""
    return any(escape[2] for escape in _ESCAPE.finditer(text))


def rejected(line_no: int, raw: str, problem: str, detail: str) -> StagedRow:
    """Return a row that cannot be read, with its bytes kept."""
    if problem == "encoding":
        octets = raw.encode("utf-8", "surrogateescape")
        return StagedRow(line_no, base64.b64encode(octets[:RAW_LIMIT]).decode(), {}, problem, detail)
    return StagedRow(line_no, raw[:RAW_LIMIT], {}, problem, detail)
