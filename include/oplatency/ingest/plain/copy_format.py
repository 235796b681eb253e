"""Rows in the formats of PostgreSQL's COPY: text for what is staged as it came, binary for what is typed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oplatency.ingest.plain.rows import PlainCalls

BINARY_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
BINARY_TAIL = b"\xff\xff"
_POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01, in microseconds since the Unix epoch."""
_NULL = b"\xff\xff\xff\xff"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

PLAIN_COLUMNS = (
    "run_token",
    "row_no",
    "line_no",
    "started_at",
    "ended_at",
    "period_start",
    "duration_us",
    "duration_ms",
    "identity_hash",
    "is_plain",
    "has_duration_us",
    "has_ended_at",
    "rows_affected",
    "memory_bytes",
    "cpu_us",
    "operation",
    "branch",
    "user_name",
    "session",
    "event_id",
    "metadata",
)
"""Columns of ``staged_metrics`` in the order in which `plain_rows` writes them."""

_COUNTS = PLAIN_COLUMNS[12:15]
_TEXTS = PLAIN_COLUMNS[15:20]


def text_row(cells: Iterable[str | None]) -> bytes:
    """Return one line of COPY's text format."""
    return ("\t".join("\\N" if cell is None else cell.translate(_ESCAPES) for cell in cells) + "\n").encode()


def binary_rows(token: uuid.UUID, calls: PlainCalls, row_nos: Any, line_nos: Any) -> bytes:
    """Return calls as rows of COPY's binary format, without its head and tail.

    Parameters
    ----------
    token : UUID
        The attempt they belong to.
    calls : PlainCalls
        n calls.
    row_nos, line_nos : ndarray of int64, shape (n,)
        Where in the input they stand.
    """
    eight = {
        "row_no": row_nos,
        "line_no": line_nos,
        "started_at": calls.started_us - _POSTGRES_EPOCH_US,
        "ended_at": calls.ended_us - _POSTGRES_EPOCH_US,
        "period_start": calls.period_us - _POSTGRES_EPOCH_US,
        "duration_us": calls.duration_us,
        "duration_ms": calls.duration_ms,
        "identity_hash": calls.identity_hash,
    }
    layout: list[tuple[str, str]] = [("n_fields", ">i2"), ("run_token_size", ">i4"), ("run_token", "V16")]
    for name in eight:
        layout += [(f"{name}_size", ">i4"), (name, ">f8" if name == "duration_ms" else ">i8")]
    for name in ("is_plain", "has_duration_us", "has_ended_at"):
        layout += [(f"{name}_size", ">i4"), (name, "u1")]
    fixed = np.zeros(calls.positions.size, dtype=layout)
    fixed["n_fields"] = len(PLAIN_COLUMNS)
    fixed["run_token_size"], fixed["run_token"] = 16, np.void(token.bytes)
    for name, values in eight.items():
        fixed[f"{name}_size"], fixed[name] = 8, values
    for name, values in (
        ("is_plain", 1),
        ("has_duration_us", calls.has_duration_us),
        ("has_ended_at", calls.has_ended_at),
    ):
        fixed[f"{name}_size"], fixed[name] = 1, values
    pieces: list[Any] = [_of_one_size(fixed)]
    for name in _COUNTS:
        pieces += _count(calls.counts[name])
    for name in _TEXTS:
        pieces += _text(calls.texts[name])
    # version 1 of the format of jsonb stands before the text
    pieces += _text(calls.texts["metadata"], before=b"\x01")
    joined = pc.binary_join_element_wise(*pieces, pa.scalar(b"", pa.binary()))
    _, offsets, octets = joined.buffers()
    size = int(np.frombuffer(offsets, dtype=np.int32, count=len(joined) + 1)[-1])
    return bytes(octets.slice(0, size))


def _of_one_size(rows: Any) -> Any:
    offsets = np.arange(rows.size + 1, dtype=np.int32) * rows.dtype.itemsize
    return pa.Array.from_buffers(
        pa.binary(), rows.size, [None, pa.py_buffer(offsets), pa.py_buffer(rows.view(np.uint8))]
    )


def _count(column: Any) -> Sequence[Any]:
    if column.null_count == len(column):
        return [pa.scalar(_NULL, pa.binary())]
    filled = np.zeros(len(column), dtype=[("size", ">i4"), ("value", ">i8")])
    filled["size"], filled["value"] = 8, column.fill_null(0).to_numpy(zero_copy_only=False)
    found = _of_one_size(filled)
    return [found if column.null_count == 0 else pc.if_else(column.is_valid(), found, pa.scalar(_NULL, pa.binary()))]


def _text(column: Any, *, before: bytes = b"") -> Sequence[Any]:
    if column.null_count == len(column):
        return [pa.scalar(_NULL, pa.binary())]
    octets = column.cast(pa.binary())
    sizes = pc.binary_length(octets).fill_null(-1 - len(before)).to_numpy(zero_copy_only=False) + len(before)
    size = _of_one_size(sizes.astype(">i4"))
    if not before:
        return [size, octets.fill_null(b"")]
    marks = pc.if_else(column.is_valid(), pa.scalar(before, pa.binary()), pa.scalar(b"", pa.binary()))
    return [size, marks, octets.fill_null(b"")]
