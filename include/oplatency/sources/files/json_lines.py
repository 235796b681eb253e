"""JSON lines: one object a line, with the names of the CSV columns as keys.

Values are text or numbers; a number keeps its own digits, so that the gate judges what was written and not what a
floating point number made of it. ``metadata`` and ``error`` may be objects, and keep their own text too.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow, has_bad_escape, rejected
from oplatency.sources.files.columns import COLUMNS
from oplatency.sources.files.epoch import EpochTimes
from oplatency.sources.files.json_text import Decoded, decoded_lines

LINE_LIMIT = 1_000_000
"""Longest line, in bytes."""
DEPTH_LIMIT = 100
"""Deepest nesting of objects and arrays in a line."""

_NAMES = frozenset(COLUMNS)
_JSON_FIELDS = {"metadata", "error"}
_ALL_TEXT = {str}
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]')
_GAP = re.compile(r"[\s,:]*")


class _NoCallError(Exception):
    """The line is JSON, but no call."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _NoCallError("malformed_row", f"the key {twice[:100]!r} stands twice in an object")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=str, parse_float=str, parse_constant=str)


def read(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow]:
    """Yield the rows of a file of JSON lines.

    Raises
    ------
    InputError
        If times are numbers of two units, or the file is one array or one object over many lines.
    """
    times = EpochTimes()
    for position, item in enumerate(decoded_lines(stream, _decode, limit=LINE_LIMIT)):
        if position == 0:
            _require_lines(item)
        if isinstance(item, StagedRow):
            yield item
            continue
        line_no, text, found = item
        try:
            values = _values(text, found, settings.unknown_fields)
        except _NoCallError as error:
            yield rejected(line_no, text, error.reason, error.detail)
            continue
        values.setdefault("branch", settings.branch or "")
        values.setdefault("user_name", settings.user or "")
        times.rewrite(line_no, values)
        yield StagedRow(line_no, text[:RAW_LIMIT], values)


def _require_lines(first: Decoded | StagedRow) -> None:
    """Refuse a file that begins as a document over all its lines does; any other bad line is refused alone."""
    if isinstance(first, StagedRow) and first.problem == "truncated":
        return
    line_no, raw = (first.line_no, first.raw) if isinstance(first, StagedRow) else first[:2]
    text = raw.strip(" \t\r")
    is_array = text == "[" or text.startswith("[{")
    if is_array or text == "{":
        found, each = ("an array", ".[]") if is_array else ("an object over many lines", ".")
        raise InputError(
            f"The file begins as {found}, not as JSON lines: one object a line.",
            where=f"line {line_no}",
            remedy=f"convert it: jq -c '{each}' FILE > NEW_FILE",
        )


def _decode(text: str) -> Any:
    if text.count("{") + text.count("[") > DEPTH_LIMIT and _depth(text) > DEPTH_LIMIT:
        raise ValueError(f"it is nested more than {DEPTH_LIMIT} levels deep")
    try:
        return _DECODER.decode(text)
    except _NoCallError as error:
        return error


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        depth += (mark in "{[") - (mark in "}]")
        deepest = max(deepest, depth)
    return deepest


def _values(text: str, found: Any, unknown_fields: str) -> dict[str, str]:
    if isinstance(found, _NoCallError):
        raise found
    if not isinstance(found, dict):
        raise _NoCallError("malformed_row", "the line holds no JSON object")
    if "\\u" in text and has_bad_escape(text):
        raise _NoCallError("encoding", "the line escapes a NUL or half of a surrogate pair")
    unknown = [] if _NAMES.issuperset(found) else [key for key in found if key not in _NAMES]
    if unknown and unknown_fields == "refuse":
        near = difflib.get_close_matches(unknown[0][:100], _NAMES, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise _NoCallError("unknown_field", f"the key {unknown[0][:100]!r} is not known{hint}")
    if unknown or set(map(type, found.values())) != _ALL_TEXT:
        given = _given(text, found)
        known = {key: value for key, value in found.items() if key in _NAMES and value is not None}
        found = {key: _field(key, value, given[key]) for key, value in known.items()}
        if unknown and unknown_fields == "metadata":
            found["metadata"] = _merged(found.get("metadata"), {key: given[key] for key in unknown})
    if "user" in found:
        found["user_name"] = found.pop("user")
    values: dict[str, str] = found
    return values


def _given(text: str, found: dict[str, Any]) -> dict[str, str]:
    """Return the text that the value of each member has in the line."""
    given = {}
    position = 1
    for key in found:
        _, position = _DECODER.raw_decode(text, _after_gap(text, position))
        start = _after_gap(text, position)
        _, position = _DECODER.raw_decode(text, start)
        given[key] = text[start:position]
    return given


def _after_gap(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position


def _field(key: str, value: Any, given: str) -> str:
    if isinstance(value, str):
        return value
    if key in _JSON_FIELDS and not isinstance(value, bool):
        return given
    raise _NoCallError("malformed_row", f"{key} is {given[:100]}, neither text nor a number")


def _merged(metadata: str | None, unknown: dict[str, str]) -> str:
    """Return the metadata with the unknown members put in, as JSON text; what is no object is left to the gate."""
    members = {}
    if metadata:
        try:
            members = _DECODER.decode(metadata)
        except (ValueError, RecursionError):
            return metadata
        if not isinstance(members, dict):
            return metadata
    for key in unknown:
        if key in members:
            raise _NoCallError("malformed_row", f"the key {key[:100]!r} stands in metadata and beside it")
    inner = (metadata or "{}").strip()[1:-1].strip()
    return "{" + ", ".join([*([inner] if inner else []), *(f"{json.dumps(k)}: {v}" for k, v in unknown.items())]) + "}"
