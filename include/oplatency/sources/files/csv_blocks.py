"""CSV by the block: where quoting is regular, columns are split for thousands of rows at once.

A block is regular if every quote opens, closes or doubles where RFC 4180 says, every line break stands outside quotes,
and all of it is valid UTF-8 without a NUL. Then there is only one way to read it, and the decoder of Arrow and Python's
strict one agree; anything else is left to the careful reader, line by line.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from oplatency.sources.contract import RAW_LIMIT, TextBlock

LONGEST_LINE = 100_000
"""Bytes; a block with a longer line is read carefully."""

_QUOTE, _COMMA, _RETURN, _NEWLINE = b'",\r\n'
_BEFORE_A_FIELD = np.isin(np.arange(256), (_COMMA, _NEWLINE))
_AFTER_A_FIELD = np.isin(np.arange(256), (_COMMA, _NEWLINE, _RETURN))


def read_block(octets: bytes, first_line: int, fields: Sequence[str]) -> TextBlock | None:
    """Return whole lines of CSV as columns of text.

    Parameters
    ----------
    octets : bytes
        Lines, the last one with or without its end.
    first_line : int
        Number of the first of them in the file, from 1.
    fields : sequence of str
        What the columns are called.

    Returns
    -------
    TextBlock or None
        None where the block is not regular, or a line has more or fewer columns.
    """
    # JSON escapes may hold what PostgreSQL cannot store; the careful reader looks into them
    if b"\x00" in octets or b"\\u" in octets:
        return None
    ends = _line_ends(octets)
    if ends is None:
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    if int((ends - starts).max()) > LONGEST_LINE:
        return None
    as_bytes = np.frombuffer(octets, dtype=np.uint8)
    filled = (ends > starts) & ~((ends == starts + 1) & (as_bytes[np.minimum(starts, as_bytes.size - 1)] == _RETURN))
    starts, ends = starts[filled], ends[filled]
    if starts.size == 0:
        return TextBlock(np.zeros(0, dtype=np.int64), {}, lambda _: "")
    # a text that is not UTF-8 is an error of the decoder
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(octets),
            read_options=arrow_csv.ReadOptions(
                column_names=list(fields), block_size=len(octets) + 1, use_threads=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(fields, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != starts.size:
        return None
    columns = {name: table.column(name).combine_chunks() for name in fields}
    line_nos = first_line + np.flatnonzero(filled)

    def raw(position: int) -> str:
        line = octets[starts[position] : ends[position]].decode()
        return line.rstrip("\r")[:RAW_LIMIT]

    return TextBlock(line_nos, columns, raw)


def _line_ends(octets: bytes) -> NDArray[np.int64] | None:
    """Return where the lines end; None where quotes or carriage returns are not regular."""
    as_bytes = np.frombuffer(octets, dtype=np.uint8)
    breaks = np.flatnonzero(as_bytes == _NEWLINE)
    if b"\r" in octets:
        returns = np.flatnonzero(as_bytes == _RETURN)
        if returns[-1] == as_bytes.size - 1 or not bool((as_bytes[returns + 1] == _NEWLINE).all()):
            return None
    if b'"' in octets and not _quotes_are_regular(as_bytes, breaks):
        return None
    return breaks if breaks.size and breaks[-1] == as_bytes.size - 1 else np.append(breaks, as_bytes.size)


def _quotes_are_regular(as_bytes: NDArray[np.uint8], breaks: NDArray[np.int64]) -> bool:
    quotes = np.flatnonzero(as_bytes == _QUOTE)
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    # a doubled quote is one that closes and one that opens again
    before = np.where(opening > 0, as_bytes[opening - 1], _NEWLINE)
    after = np.where(closing + 1 < as_bytes.size, as_bytes[np.minimum(closing + 1, as_bytes.size - 1)], _NEWLINE)
    doubled = opening[1:] == closing[:-1] + 1
    opens, closes = _BEFORE_A_FIELD[before], _AFTER_A_FIELD[after]
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return bool(opens.all()) and bool(closes.all()) and not bool((np.searchsorted(quotes, breaks) % 2).any())
