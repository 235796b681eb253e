"""Spans as the file exporter of the OpenTelemetry collector writes them: one ExportTraceServiceRequest as JSON a line.

The JSON is that of protobuf: keys in camelCase or snake_case, 64-bit numbers as text or as numbers. Ids are hexadecimal
where the collector wrote them, base64 where a protobuf library did; both become lower-case hexadecimal, so a trace has
one identity. Source: opentelemetry-proto, "OTLP/JSON"; Protocol Buffers, "ProtoJSON Format".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, BinaryIO

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.settings.ingest import OtlpSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow, has_bad_encoding, has_bad_escape, rejected
from oplatency.sources.files.epoch import iso_instant, micros
from oplatency.sources.files.json_text import decoded_lines

LINE_LIMIT = 32 * 1024 * 1024
"""Longest line, in bytes; a batch of the collector is of a few megabytes."""
DEPTH_LIMIT = 50
"""Deepest nesting of the values of an attribute."""

_HEX = re.compile(r"[0-9a-fA-F]+")
_NANOS = re.compile(r"[0-9]{1,19}")
_KIND = re.compile(rb'\s*\{\s*"(resource_?(spans|metrics|logs))"', re.IGNORECASE)
_LATEST_NS = 253_402_300_799 * 10**9  # 9999-12-31, the last second that datetime can hold


class _NoSpanError(Exception):
    """The span cannot be read."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


Context = dict[str, Any] | _NoSpanError
"""What a span inherits: attributes of its resource and scope, or why they cannot be read."""


def is_otlp(head: bytes) -> bool:
    """Return from its first bytes whether a file is OTLP/JSON, of spans or of something else."""
    return _KIND.match(head) is not None


def read(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow]:
    """Yield one row a span, and one for each line that cannot be read or is no export of traces.

    Raises
    ------
    InputError
        If there are lines without ``resourceSpans``, and none with.
    """
    first_foreign: tuple[int, str] | None = None
    has_traces = False
    for item in decoded_lines(stream, json.loads, limit=LINE_LIMIT):
        if isinstance(item, StagedRow):
            yield item
            continue
        line_no, text, request = item
        groups = _get(request, "resourceSpans") if isinstance(request, dict) else None
        if groups is None and request != {}:
            found = ", ".join(map(repr, list(request)[:3])) if isinstance(request, dict) else type(request).__name__
            seen = f"expected resourceSpans, found {found[:200]}"
            first_foreign = first_foreign or (line_no, seen)
            # a collector may write its metrics and logs into the same file
            yield rejected(line_no, text, "malformed_row", f"the line is no export of traces: {seen}")
            continue
        has_traces = has_traces or groups is not None
        for span, context in _spans(groups):
            yield _row(line_no, span, context, settings)
    if first_foreign and not has_traces:
        line_no, seen = first_foreign
        raise InputError(
            f"The line is no export of traces: {seen}.",
            where=f"line {line_no}",
            remedy="give a file that the collector wrote from a traces pipeline; metrics and logs are not read",
        )


def _spans(groups: Any) -> Iterator[tuple[Any, Context]]:
    """Yield each span with the attributes of its resource and scope; what is not as it should be comes as it is."""
    for group in _items(groups):
        if not isinstance(group, dict):
            yield group, {}
            continue
        context = _context(group)
        # until 2022 a scope was called an instrumentation library
        scopes = _get(group, "scopeSpans")
        for scoped in _items(scopes if scopes is not None else _get(group, "instrumentationLibrarySpans")):
            if not isinstance(scoped, dict):
                yield scoped, context
                continue
            scope = scoped.get("scope")
            named = {"scope.name": scope["name"]} if isinstance(scope, dict) and "name" in scope else {}
            inner = context if isinstance(context, _NoSpanError) else context | named
            for span in _items(scoped.get("spans")):
                yield span, inner


def _context(group: dict[str, Any]) -> Context:
    resource = group.get("resource")
    try:
        found = _attributes(resource) if isinstance(resource, dict) else {}
    except _NoSpanError as error:
        return error
    return {f"resource.{key}": value for key, value in found.items()}


def _items(found: Any) -> list[Any]:
    """Return a list as it is; what stands in place of a list is the one item that cannot be read."""
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _row(line_no: int, span: Any, context: Context, settings: SourceSettings) -> StagedRow:
    raw = json.dumps(span, ensure_ascii=False)
    if has_bad_encoding(raw) or has_bad_escape(raw):
        # escaped, as half of a surrogate pair has no bytes of its own
        detail = "the span holds a NUL or half of a surrogate pair"
        return rejected(line_no, json.dumps(span), "encoding", detail)
    try:
        values = _values(span, context, settings)
    except _NoSpanError as error:
        return rejected(line_no, raw, error.reason, error.detail)
    if any(map(has_bad_encoding, values.values())) or has_bad_escape(values.get("metadata", "")):
        return rejected(line_no, raw, "malformed_row", "its resource or scope holds a NUL or half of a surrogate pair")
    return StagedRow(line_no, raw[:RAW_LIMIT], values)


def _values(span: Any, context: Context, settings: SourceSettings) -> dict[str, str]:
    if not isinstance(span, dict):
        raise _NoSpanError("malformed_row", f"a span is not a JSON object, but a {type(span).__name__}")
    if isinstance(context, _NoSpanError):
        raise context
    options = settings.otlp
    trace_id = _identity(span, "traceId", 16)
    span_id = _identity(span, "spanId", 8)
    parent_id = _identity(span, "parentSpanId", 8, needed=False)
    name = _text(_get(span, "name"))
    attributes = _attributes(span)
    known = context | attributes
    status, error = _status(span)
    mapped = _operation(name, known, options)
    is_call = options.calls == "all" or (parent_id is None if options.calls == "root" else mapped is not None)
    record = {
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_span_id": parent_id,
        "name": name,
        "status": status,
        "is_call": is_call,
    }
    kept = {f"resource.{key}" for key in options.keep_resource}
    metadata = {key: value for key, value in context.items() if key in kept} | attributes
    values = {
        "kind": "span",
        "operation": mapped or (name if is_call else ""),
        "event_id": f"{trace_id}/{span_id}",
        "branch": _mapped(known, options.branch) or settings.branch or "",
        "user_name": _mapped(known, options.user) or settings.user or "",
        "metadata": json.dumps(metadata, ensure_ascii=False) if metadata else "",
        "error": error,
        "record": json.dumps(record, ensure_ascii=False),
    }
    return _times(span) | {field: value for field, value in values.items() if value}


def _times(span: dict[str, Any]) -> dict[str, str]:
    """Return start, end and duration in microseconds; what ran at all has run for at least one."""
    start, end = _nanos(span, "startTimeUnixNano", "missing_start"), _nanos(span, "endTimeUnixNano", "missing_end")
    started_us = micros(start)
    duration_us = max(1, micros(end - start)) if end > start else micros(end) - started_us
    return {
        "started_at": iso_instant(started_us),
        "ended_at": iso_instant(started_us + duration_us),
        "duration_us": str(duration_us),
    }


def _nanos(span: dict[str, Any], key: str, missing: str) -> int:
    given = _get(span, key)
    if given in (None, "", 0, "0"):
        raise _NoSpanError(missing, f"the span has no {key}")
    whole = str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)
    if isinstance(given, bool) or not _NANOS.fullmatch(whole):
        raise _NoSpanError("bad_timestamp", f"{key} is {str(given)[:100]}, no number of nanoseconds")
    return min(int(whole), _LATEST_NS)


def _identity(span: dict[str, Any], key: str, size: int, *, needed: bool = True) -> str | None:
    given = _get(span, key)
    if given is None or given == "":
        octets = b""
    elif not isinstance(given, str):
        raise _NoSpanError("bad_id", f"{key} is {str(given)[:100]}, no text")
    elif len(given) == 2 * size and _HEX.fullmatch(given):
        octets = bytes.fromhex(given)
    else:
        octets = _base64(key, given, size)
    # an id of zeros is none, says OpenTelemetry
    if any(octets):
        return octets.hex()
    if needed:
        raise _NoSpanError("bad_id", f"the span has no {key}")
    return None


def _base64(key: str, given: str, size: int) -> bytes:
    try:
        octets = base64.b64decode(given.replace("-", "+").replace("_", "/") + "=" * (-len(given) % 4), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != size:
        choices = f"neither {2 * size} hex digits nor base64 of {size} bytes"
        raise _NoSpanError("bad_id", f"{key} is {given[:100]!r}, {choices}")
    return octets


def _status(span: dict[str, Any]) -> tuple[str, str]:
    status = _get(span, "status")
    if not isinstance(status, dict) or _get(status, "code") not in (2, "2", "STATUS_CODE_ERROR"):
        return "SUCCESS", ""
    return "ERROR", _text(_get(status, "message")) or "the span ended with an error and no message"


def _operation(name: str, known: dict[str, Any], options: OtlpSettings) -> str | None:
    """Return the operation that the configuration gives a span, or none."""
    found = next((text for key in options.operation if (text := _mapped(known, key))), None)
    for pattern, operation in options.operations.items():
        if fnmatchcase(found or name, pattern):
            return operation
    return found


def _mapped(known: dict[str, Any], key: str | None) -> str:
    return _text(known.get(key)) if key else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return _members(_get(holder, "attributes"), 0)


def _members(pairs: Any, depth: int) -> dict[str, Any]:
    if depth > DEPTH_LIMIT:
        raise _NoSpanError("malformed_row", f"an attribute is nested more than {DEPTH_LIMIT} levels deep")
    found = {}
    for pair in _items(pairs):
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str):
            raise _NoSpanError("malformed_row", "an attribute has no key")
        found[pair["key"]] = _value(pair.get("value"), depth + 1)
    return found


def _value(value: Any, depth: int) -> Any:
    """Return the plain JSON value of an AnyValue; a 64-bit number that came as text is a number again."""
    if depth > DEPTH_LIMIT:
        raise _NoSpanError("malformed_row", f"an attribute is nested more than {DEPTH_LIMIT} levels deep")
    if not isinstance(value, dict) or not value:
        return None
    if (number := _get(value, "intValue")) is not None:
        return int(number) if re.fullmatch(r"-?[0-9]{1,20}", str(number)) else str(number)
    if (number := _get(value, "doubleValue")) is not None:
        # NaN and the infinities are no JSON
        return number if isinstance(number, int | float) and abs(number) < float("inf") else str(number)
    if (array := _get(value, "arrayValue")) is not None:
        return [_value(item, depth + 1) for item in _items(_get(array, "values") if isinstance(array, dict) else None)]
    if (inner := _get(value, "kvlistValue")) is not None:
        return _members(_get(inner, "values") if isinstance(inner, dict) else None, depth + 1)
    found = (_get(value, key) for key in ("stringValue", "boolValue", "bytesValue"))
    plain = next((item for item in found if item is not None), None)
    return plain if isinstance(plain, str | bool) or plain is None else str(plain)


def _get(holder: dict[str, Any], key: str) -> Any:
    """Return a member by its name in camelCase, else in snake_case."""
    if key in holder:
        return holder[key]
    return holder.get(_SNAKE[key]) if key in _SNAKE else None


_SNAKE = {
    key: re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
    for key in (
        "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "traceId", "spanId", "parentSpanId",
        "startTimeUnixNano", "endTimeUnixNano", "stringValue", "boolValue", "intValue", "doubleValue", "bytesValue",
        "arrayValue", "kvlistValue",
    )
}  # fmt: skip
