"""Arrow arrays of any type as the text that a CSV file would hold, by column."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oplatency.errors import InputError

_JSON_FIELDS = ("metadata", "error")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6}
_YEAR_0_S, _YEAR_10000_S = -62_167_219_200, 253_402_300_800
_FARTHEST = 2**63 - 1
_WHOLE_LIMIT = 2.0**53
_HEX = np.array(list("0123456789abcdef"))


def is_nested(kind: Any) -> bool:
    """Return whether values of a type have parts."""
    return bool(pa.types.is_nested(kind))


def require_readable(field: Any, position: int) -> None:
    """Check that the values of a column have a text.

    Raises
    ------
    InputError
        If they have none; names the column and its type.
    """
    kind = field.type
    if field.name in _JSON_FIELDS and (pa.types.is_struct(kind) or pa.types.is_map(kind)):
        if _has_json(kind):
            return
    elif not is_nested(kind) and _has_text(kind):
        return
    raise InputError(
        f"The column {field.name!r} is of the type {kind}, which cannot be read.",
        where=f"column {position}",
        remedy="write it as text, number, timestamp or date; metadata and error also as a struct or map of these",
    )


def texts(array: Any) -> Any:
    """Return values as text, null where they are null: an array of strings.

    Numbers are written as short as they can be exactly, whole ones without a fraction; what is not finite as ``NaN``,
    ``Infinity``, ``-Infinity``. Timestamps are ISO 8601 with the digits of their unit, with ``Z`` where they are
    instants, without an offset where they are local; those beyond the years 0 to 9999 are the number they are stored
    as, or ``infinity`` where that is the farthest there is. A UUID is written with its hyphens.
    """
    if isinstance(array, pa.ExtensionArray):
        return _uuid_texts(array.storage) if _is_uuid(array.type) else texts(array.storage)
    if pa.types.is_dictionary(array.type):
        return texts(array.dictionary_decode())
    if pa.types.is_timestamp(array.type):
        return _timestamp_texts(array)
    if pa.types.is_date64(array.type):
        return array.cast(pa.date32()).cast(pa.string())
    if pa.types.is_floating(array.type):
        return _float_texts(array.cast(pa.float32()) if pa.types.is_float16(array.type) else array)
    return array.cast(pa.string())


def json_texts(array: Any) -> tuple[Any, Any]:
    """Return structs or maps as JSON objects, and which of them hold bytes that are not UTF-8, shape (n,)."""
    unreadable = np.zeros(len(array), dtype=bool)
    try:
        values = array.to_pylist()
    except UnicodeDecodeError:
        values = []
        for position, scalar in enumerate(array):
            try:
                values.append(scalar.as_py())
            except UnicodeDecodeError:
                values.append(None)
                unreadable[position] = True
    return pa.array([None if value is None else _json(value, array.type) for value in values], pa.string()), unreadable


def _has_text(kind: Any) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        return _is_uuid(kind) or _has_text(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _has_text(kind.value_type)
    known = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_timestamp,
        pa.types.is_date,
        pa.types.is_null,
    )
    return any(is_kind(kind) for is_kind in known)


def _has_json(kind: Any) -> bool:
    if pa.types.is_map(kind):
        return _has_text(kind.key_type) and _has_json(kind.item_type)
    if is_nested(kind):
        return all(_has_json(kind.field(number).type) for number in range(kind.num_fields))
    return pa.types.is_boolean(kind) or _has_text(kind)


def _is_uuid(kind: Any) -> bool:
    return isinstance(kind, pa.UuidType)


def _json(value: Any, kind: Any) -> str:
    """Return JSON that keeps every digit; numbers that are not finite are no JSON, and left to the gate."""
    if value is None:
        return "null"
    if pa.types.is_map(kind):
        items = [(key if isinstance(key, str) else _json(key, kind.key_type).strip('"'), item) for key, item in value]
        return "{" + ", ".join(f"{_quoted(key)}: {_json(item, kind.item_type)}" for key, item in items) + "}"
    if pa.types.is_struct(kind):
        parts = (f"{_quoted(name)}: {_json(item, kind.field(name).type)}" for name, item in value.items())
        return "{" + ", ".join(parts) + "}"
    if is_nested(kind):
        return "[" + ", ".join(_json(item, kind.value_type) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    found: str = texts(pa.array([value], kind))[0].as_py()
    return found if isinstance(value, int | float | Decimal) else _quoted(found)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _timestamp_texts(array: Any) -> Any:
    unit = array.type.unit
    if array.type.tz is not None:
        array = array.cast(pa.timestamp(unit, "UTC"))
    if unit == "ns":
        # PostgreSQL keeps microseconds; digits beyond them are shown only where there are any
        micros = array.cast(pa.timestamp("us", array.type.tz), safe=False)
        exact = pc.equal(micros.cast(array.type), array)
        return pc.if_else(exact, _timestamp_texts(micros), _with_t(array))
    found = _with_t(array)
    numbers = array.cast(pa.int64())
    # years beyond these are written wrongly: 67562 as 2026
    inside = pc.and_(
        pc.greater_equal(numbers, _YEAR_0_S * _PER_SECOND[unit]), pc.less(numbers, _YEAR_10000_S * _PER_SECOND[unit])
    )
    if pc.all(inside).as_py() in {None, True}:
        return found
    outside = pc.if_else(pc.equal(numbers, _FARTHEST), "infinity", numbers.cast(pa.string()))
    outside = pc.if_else(pc.equal(numbers, -_FARTHEST), "-infinity", outside)
    return pc.if_else(inside, found, outside)


def _with_t(array: Any) -> Any:
    return pc.binary_replace_slice(array.cast(pa.string()), 10, 11, "T")


def _float_texts(array: Any) -> Any:
    whole = pc.and_(pc.equal(pc.trunc(array), array), pc.less(pc.abs(array), pa.scalar(_WHOLE_LIMIT, array.type)))
    numbers = pc.if_else(whole, array, pa.scalar(0, array.type)).cast(pa.int64())
    found = pc.if_else(whole, numbers.cast(pa.string()), array.cast(pa.string()))
    found = pc.if_else(pc.is_nan(array), "NaN", found)
    endless = pc.if_else(pc.greater(array, 0), "Infinity", "-Infinity")
    return pc.if_else(pc.is_inf(array), endless, found)


def _uuid_texts(storage: Any) -> Any:
    filled = storage.fill_null(b"\0" * 16)
    octets = np.frombuffer(b"".join(filled.to_pylist()), dtype=np.uint8).reshape(-1, 16)
    digits = np.stack([_HEX[octets >> 4], _HEX[octets & 15]], axis=2).reshape(-1, 32)
    whole = np.insert(digits, [8, 12, 16, 20], "-", axis=1)
    found = np.ascontiguousarray(whole).view("<U36").reshape(-1)
    return pc.if_else(storage.is_valid(), pa.array(found, pa.string()), pa.scalar(None, pa.string()))
