"""Parquet: the columns of a CSV file, typed; each value becomes the text that such a file would hold.

Row groups are read in blocks, so that memory depends neither on the size of the file nor on that of its row groups.
"""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow, TextBlock, has_bad_escape, rejected
from oplatency.sources.files.arrow_text import is_nested, json_texts, require_readable, texts
from oplatency.sources.files.columns import COLUMNS, require_columns
from oplatency.sources.files.epoch import TIME_FIELDS, EpochTimes, unit_of

_BLOCK_ROWS = 65_536
_NESTED_BLOCK_ROWS = 2_048
_BLOCK_BYTES = 16 * 1024 * 1024
_ROW_LIMIT = 1_000_000
_READ_BYTES = 1024 * 1024
_PACKED_BYTES = 8 * 1024 * 1024
_PACKED_BYTES_A_ROW = 4
_RATIO_LIMIT = 200
_ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024
_ALWAYS_ALLOWED_ROWS = 10_000_000


def read(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow | TextBlock]:
    """Yield the rows of a Parquet file in blocks; the line of a row is its number in the file, from 1.

    Raises
    ------
    InputError
        If it is no whole Parquet file, or unpacks without bounds; if a column is unknown, missing, named twice or of
        a type that has no text; if times are numbers of two units.
    """
    with _seekable(stream) as source:
        times = EpochTimes()
        row_no = 1
        for batch in _batches(source):
            yield from _rows(batch, row_no, settings, times)
            row_no += batch.num_rows


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Copy what can only be read forwards to a temporary file: the footer is read first, the columns beside it."""
    if stream.seekable() and not isinstance(stream, gzip.GzipFile):
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy, _READ_BYTES)
        copy.seek(0)
        yield cast(BinaryIO, copy)


def _batches(source: BinaryIO) -> Iterator[Any]:
    """Yield the rows in record batches of bounded size."""
    with _damage():
        opened = pq.ParquetFile(source)
    metadata, schema = opened.metadata, opened.schema_arrow
    require_columns(schema.names, what="schema")
    for position, field in enumerate(schema, start=1):
        require_readable(field, position)
    _require_bounded(metadata, source.seek(0, 2))
    with _damage():
        file = pq.ParquetFile(
            source,
            metadata=metadata,
            read_dictionary=_packed(metadata, schema),
            buffer_size=_READ_BYTES,
            coerce_int96_timestamp_unit="us",
        )
    most_rows = _NESTED_BLOCK_ROWS if any(is_nested(field.type) for field in schema) else _BLOCK_ROWS
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        fitting = _BLOCK_BYTES * group.num_rows // max(1, group.total_byte_size)
        batches = file.iter_batches(max(1, min(most_rows, fitting)), row_groups=[number], use_threads=False)
        while True:
            with _damage():
                batch = next(batches, None)
            if batch is None:
                break
            yield batch


def _packed(metadata: Any, schema: Any) -> list[str]:
    """Return the text columns that name each of their texts once.

    A file may so name a text of a megabyte a million times; it must stay one text until a batch has been cut. Columns
    that are large in the file too have many texts: keeping count of those would need more memory than it saves.
    """
    packed, large = set(), set()
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in map(group.column, range(group.num_columns)):
            if column.total_uncompressed_size > max(_PACKED_BYTES, _PACKED_BYTES_A_ROW * group.num_rows):
                large.add(column.path_in_schema)
            elif any("DICTIONARY" in encoding for encoding in column.encodings):
                packed.add(column.path_in_schema)
    return [field.name for field in schema if pa.types.is_string(field.type) and field.name in packed - large]


@contextmanager
def _damage() -> Iterator[None]:
    """Report what cannot be decoded as a fault of the file; errors of the disk or the store pass through."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise InputError(
            "The file is no Parquet file, or it is damaged or cut off.",
            where=str(error),
            remedy="write it again; the ending of its name, or --format, must be that of its format",
        ) from error


def _require_bounded(metadata: Any, size: int) -> None:
    remedy = "look at what it holds; if that is what it should hold, write it as several files"
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > max(_ALWAYS_ALLOWED_BYTES, size * _RATIO_LIMIT):
        raise InputError(f"The Parquet file unpacks to more than {_RATIO_LIMIT} times its size.", remedy=remedy)
    if metadata.num_rows > max(_ALWAYS_ALLOWED_ROWS, size * _RATIO_LIMIT):
        raise InputError(f"The Parquet file claims more than {_RATIO_LIMIT} rows a byte.", remedy=remedy)


def _rows(batch: Any, first_row: int, settings: SourceSettings, times: EpochTimes) -> Iterator[StagedRow | TextBlock]:
    line_nos = np.arange(first_row, first_row + batch.num_rows, dtype=np.int64)
    unreadable = np.zeros(batch.num_rows, dtype=bool)
    arrays = {}
    for field, array in zip(batch.schema, batch.columns, strict=True):
        if is_nested(field.type):
            array, not_text = json_texts(array)
            unreadable |= not_text
        arrays[field.name] = texts(array) if pa.types.is_string_view(field.type) else array
    weights = sum((_weights(array) for array in arrays.values()), np.zeros(batch.num_rows, dtype=np.int64))
    too_long = weights > _ROW_LIMIT
    for position in np.flatnonzero(too_long).tolist():
        detail = f"a row of {weights[position]} bytes, more than {_ROW_LIMIT}"
        raw = _raw({"operation": texts(arrays["operation"].slice(position, 1))}, 0)
        yield rejected(int(line_nos[position]), raw, "malformed_row", detail)
    kept = ~too_long
    positions, ends = np.flatnonzero(kept), np.cumsum(weights[kept]) // _BLOCK_BYTES
    for part in np.split(positions, np.flatnonzero(np.diff(ends)) + 1):
        if part.size:
            chosen = {name: array.take(pa.array(part)) for name, array in arrays.items()}
            yield from _block(chosen, line_nos[part], unreadable[part], settings, times)


def _weights(array: Any) -> Any:
    """Return the bytes of each text, shape (n,); 0 for values that are no text."""
    if pa.types.is_dictionary(array.type):
        lengths = _weights(array.dictionary)
        indices = np.asarray(array.indices.fill_null(0)).astype(np.int64)
        found = lengths[indices] if len(lengths) else np.zeros(len(array), dtype=np.int64)
        return np.where(np.asarray(array.is_valid()), found, 0)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return np.asarray(pc.binary_length(array).fill_null(0)).astype(np.int64)
    return np.zeros(len(array), dtype=np.int64)


def _block(
    arrays: dict[str, Any], line_nos: Any, unreadable: Any, settings: SourceSettings, times: EpochTimes
) -> Iterator[StagedRow | TextBlock]:
    found = {name: _without_empty(texts(array)) for name, array in arrays.items()}
    bad = unreadable.copy()
    for array in found.values():
        bad |= _not_storable(array)
    escapes = _bad_escapes(found["metadata"], bad) if "metadata" in found else np.zeros(len(bad), dtype=bool)
    for position in np.flatnonzero(bad | escapes).tolist():
        detail = "the row is not valid UTF-8 text or holds a NUL"
        if not bad[position]:
            detail = "metadata escapes a NUL or half of a surrogate pair"
        yield rejected(int(line_nos[position]), _raw(found, position), "encoding", detail)
    good = ~(bad | escapes)
    if not good.all():
        mask = pa.array(good)
        found = {name: array.filter(mask) for name, array in found.items()}
        arrays = {name: array.filter(mask) for name, array in arrays.items()}
        line_nos = line_nos[good]
    if not len(line_nos):
        return
    columns = {COLUMNS[name]: array for name, array in found.items()}
    for name in TIME_FIELDS:
        if name in arrays:
            columns[name] = _instants(arrays[name], found[name], line_nos, times)
    for name, default in (("branch", settings.branch), ("user_name", settings.user)):
        if default:
            columns[name] = _filled(columns.get(name), default, len(line_nos))
    yield TextBlock(line_nos, columns, lambda position: _raw(found, position)[:RAW_LIMIT])


def _without_empty(array: Any) -> Any:
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def _filled(array: Any, default: str, length: int) -> Any:
    if array is None:
        return pa.repeat(pa.scalar(default), length)
    return array.fill_null(default)


def _instants(array: Any, found: Any, line_nos: Any, times: EpochTimes) -> Any:
    """Return times in which numbers since 1970 have become ISO 8601 text."""
    if pa.types.is_integer(array.type):
        quick = _whole_numbers(array, line_nos, times)
        if quick is not None:
            return quick
    elif pa.types.is_temporal(array.type):
        return found
    numeric = pc.fill_null(pc.match_substring_regex(found, r"^\s*[0-9]{5}|^\s*[0-9.]+[eE]"), False)
    if not pc.any(numeric).as_py():
        return found
    rewritten = found.to_pylist()
    for position in np.flatnonzero(np.asarray(numeric)).tolist():
        rewritten[position] = times.instant(int(line_nos[position]), rewritten[position])
    return pa.array(rewritten, pa.string())


def _whole_numbers(array: Any, line_nos: Any, times: EpochTimes) -> Any | None:
    """Convert whole numbers that are all instants of one unit at once; None where they are not."""
    if array.null_count or not len(array):
        return None
    numbers = np.asarray(array)
    ends = int(numbers.argmin()), int(numbers.argmax())
    units = {unit_of(int(numbers[end])) for end in ends}
    unit = units.pop()
    if units or unit is None:
        return None
    for end in sorted({0, *ends}):
        times.instant(int(line_nos[end]), str(numbers[end]))
    if unit == "ns":
        whole, rest = np.divmod(numbers.astype(np.int64), 1000)
        numbers, unit = whole + ((rest > 500) | ((rest == 500) & (whole % 2 == 1))), "us"
    return texts(pa.array(numbers.astype(np.int64)).cast(pa.timestamp(unit, "UTC")))


def _not_storable(array: Any) -> Any:
    """Return which texts hold a NUL or are not UTF-8, shape (n,)."""
    found = np.asarray(pc.fill_null(pc.match_substring(array, "\0"), False))
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        found = found | np.array([_is_not_utf8(value.as_buffer()) for value in array.view(pa.binary())], dtype=bool)
    return found


def _is_not_utf8(octets: Any) -> bool:
    try:
        bytes(octets or b"").decode()
    except UnicodeDecodeError:
        return True
    return False


def _bad_escapes(metadata: Any, bad: Any) -> Any:
    found = np.zeros(len(metadata), dtype=bool)
    octets = metadata.view(pa.binary())
    suspects = np.asarray(pc.fill_null(pc.match_substring(octets, b"\\u"), False)) & ~bad
    for position in np.flatnonzero(suspects).tolist():
        found[position] = has_bad_escape(metadata[position].as_py())
    return found


def _raw(found: dict[str, Any], position: int) -> str:
    """Return a row as a JSON object of its texts; octets that are not UTF-8 become surrogates."""
    values = {name: array.view(pa.binary())[position].as_py() for name, array in found.items()}
    shown = {name: value.decode("utf-8", "surrogateescape") for name, value in values.items() if value is not None}
    return json.dumps(shown, ensure_ascii=False)
