"""Calls whose every field is written in its plainest form, typed by column instead of row by row.

Most rows of most files break no rule and use one spelling of each value: an ISO instant with an offset, whole digits.
Those are recognised and typed here, many at once. Whatever is not plainly right, right or wrong, is left to the rules
in ``sql/jobs/ingest_metrics``, which decide alone what is rejected and why. So this module may only ever be too strict:
what it accepts, the rules accept with the same values, instants and identities; a test compares the two.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from oplatency.ingest.plain.forms import is_count, is_day, is_instant, is_microseconds, is_milliseconds
from oplatency.sources.contract import TextBlock

Int = NDArray[np.int64]
Mask = NDArray[np.bool_]

SEPARATOR = "\x1f"
"""Between the fields of a call when its identity is computed; no field can hold it."""

DAY_US = 86_400_000_000
YEAR_2000_US = 946_684_800_000_000
YEAR_2200_US = 7_258_118_400_000_000
LONGEST_US = 31_536_000_000_000
"""A year, as in the row rules."""

_ASCII_NAME = "[!-~]"
_NAME = r"[\p{L}\p{N}!-~]"
"""All letters and digits: what takes long is not to match it, but to compile it, for every block anew."""
_CONTROL = r"[\x01-\x1f\x7f]"
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")
_COUNTS = ("rows_affected", "memory_bytes", "cpu_us")
_NAMES = ("operation", "branch", "user_name", "session")


@dataclass(frozen=True)
class Limits:
    """What a batch allows: the same values that the row rules are given.

    Attributes
    ----------
    resolution_us : int
        By how many microseconds claims may differ from the facts.
    max_name_length : int
        In characters.
    horizon_us, latest_us : int
        Microseconds since the Unix epoch: calls may start from, and up to and with, these.
    reserved : frozenset of str
        Names that stand for something else.
    """

    resolution_us: int
    max_name_length: int
    horizon_us: int
    latest_us: int
    reserved: frozenset[str] = frozenset({"(all)", "(unknown)"})


@dataclass(frozen=True)
class PlainCalls:
    """Typed calls of a block.

    Attributes
    ----------
    positions : ndarray of int64, shape (n,)
        Which rows of the block they are, ascending.
    started_us, ended_us, period_us : ndarray of int64, shape (n,)
        Instants, microseconds since the Unix epoch.
    duration_us : ndarray of int64, shape (n,)
        Microseconds.
    duration_ms : ndarray of float64, shape (n,)
        Milliseconds, as claimed where they were.
    identity_hash : ndarray of int64, shape (n,)
        As ``stage_metrics.sql`` computes it, for the first row of its content in a batch.
    has_duration_us, has_ended_at : ndarray of bool, shape (n,)
        Whether the row gave its duration in microseconds, and its end.
    texts : mapping of str to pyarrow.StringArray, each of length n
        operation, branch, user_name, session, event_id, metadata (as PostgreSQL writes jsonb); null is absent.
    counts : mapping of str to pyarrow.Int64Array, each of length n
        rows_affected, memory_bytes, cpu_us; null is absent.
    """

    positions: Int
    started_us: Int
    ended_us: Int
    period_us: Int
    duration_us: Int
    duration_ms: NDArray[np.float64]
    identity_hash: Int
    has_duration_us: Mask
    has_ended_at: Mask
    texts: Mapping[str, Any]
    counts: Mapping[str, Any]


def find_plain(block: TextBlock, limits: Limits) -> PlainCalls | None:
    """Return the calls of a block that are plainly right; None where none is."""
    rows = _Rows(block)
    for name in ("kind", "record", "error"):
        rows.keep(rows.is_null(name))
    rows.keep(~rows.is_null("operation"))
    for name in _NAMES:
        if (names := rows.column(name)) is not None:
            rows.keep(_plain_names(names, limits))
    try:
        typed = _typed(rows, limits)
    except pa.ArrowInvalid:
        # a day that no month has, an offset that no zone has: let the rules name it
        return None
    metadata = _canonical_column(rows.column("metadata"))
    if metadata is not None:
        rows.keep(rows.is_null("metadata") | metadata.is_valid().to_numpy(zero_copy_only=False))
    positions = np.flatnonzero(rows.kept)
    if positions.size == 0:
        return None
    return _chosen(rows, typed, metadata, positions)


def canonical_json(text: str) -> str | None:
    """Return a JSON object as PostgreSQL writes its jsonb; None where that is not certain."""
    if "\\u" in text or len(text) > 10_000:
        return None
    try:
        found = json.loads(
            text,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
        return _as_jsonb(found) if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None


class _Number(str):
    __slots__ = ()


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _as_jsonb(value: Any) -> str:
    if isinstance(value, _Number):
        if not _JSON_NUMBER.fullmatch(value) or (value[0] == "-" and not value.strip("-0.")):
            raise ValueError("a number that is not plain")
        return value
    if isinstance(value, dict):
        # PostgreSQL orders keys by their length in bytes first
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_as_jsonb(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_jsonb, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


class _Rows:
    """The columns of a block, and which of its rows are still plain."""

    def __init__(self, block: TextBlock) -> None:
        self._columns = block.columns
        self.size = len(block.line_nos)
        self.kept: Mask = np.ones(self.size, dtype=np.bool_)

    def column(self, name: str) -> Any | None:
        found = self._columns.get(name)
        return None if found is None or found.null_count == self.size else found

    def is_null(self, name: str) -> Mask:
        found = self.column(name)
        if found is None:
            return np.ones(self.size, dtype=np.bool_)
        return np.asarray(found.is_null())

    def keep(self, mask: Mask) -> None:
        self.kept &= mask

    def cast(self, name: str, has_form: Callable[[Any], Any], kind: Any) -> Any | None:
        """Return a column as another type, where its text has the form; rows that have another text are not plain."""
        found = self.column(name)
        if found is None:
            return None
        fits = has_form(found)
        self.keep(np.asarray(fits.fill_null(True)))
        return pc.if_else(fits.fill_null(False), found, None).cast(kind)


def _plain_names(column: Any, limits: Limits) -> Mask:
    """Return which names are short, hold a letter, digit or sign, no control character, and are not reserved."""
    encoded = column.dictionary_encode()
    names = encoded.dictionary
    named = pc.match_substring_regex(names, _ASCII_NAME)
    if not pc.all(named).as_py():
        named = pc.match_substring_regex(names, _NAME)
    fits = pc.and_(
        named,
        pc.and_not(
            pc.less_equal(pc.utf8_length(names), limits.max_name_length), pc.match_substring_regex(names, _CONTROL)
        ),
    )
    fits = pc.and_not(fits, pc.is_in(names, value_set=pa.array(sorted(limits.reserved), names.type)))
    return np.asarray(fits.take(encoded.indices).fill_null(True))


@dataclass
class _Typed:
    started_us: Int
    ended_us: Int
    duration_us: Int
    duration_ms: NDArray[np.float64]
    counts: dict[str, Any]


def _typed(rows: _Rows, limits: Limits) -> _Typed:
    rows.keep(~rows.is_null("started_at"))
    started = _whole(rows.cast("started_at", is_instant, pa.timestamp("us", tz="UTC")), rows.size)
    ended = rows.cast("ended_at", is_instant, pa.timestamp("us", tz="UTC"))
    claimed_us = rows.cast("duration_us", is_microseconds, pa.int64())
    claimed = rows.cast("duration_ms", is_milliseconds, pa.float64())
    rows.keep(
        (started >= max(YEAR_2000_US, limits.horizon_us)) & (started < YEAR_2200_US) & (started <= limits.latest_us)
    )

    interval = _whole(ended, rows.size) - started
    has_end = _present(ended, rows.size)
    has_us, has_ms = _present(claimed_us, rows.size), _present(claimed, rows.size)
    of_ms, is_clear = _microseconds(claimed, rows.size)
    duration = np.where(has_us, _whole(claimed_us, rows.size), np.where(has_ms, of_ms, np.where(has_end, interval, 0)))
    rows.keep((duration >= 1) & (duration <= LONGEST_US))
    rows.keep(~has_end | ((interval > 0) & (np.abs(interval - duration) <= limits.resolution_us)))
    milliseconds = duration / 1000.0
    if claimed is not None:
        # the rules compare exact decimals; a claim that is not the duration to the digit is left to them
        rows.keep(~has_ms | (is_clear & (of_ms > 0) & (np.abs(of_ms - duration) < limits.resolution_us)))
        milliseconds = np.where(has_ms, claimed.fill_null(0.0).to_numpy(zero_copy_only=False), milliseconds)
    period = rows.cast("period_start", is_day, pa.date32())
    if period is not None:
        days = period.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        rows.keep(~_present(period, rows.size) | (days == started // DAY_US))
    counts = {name: rows.cast(name, is_count, pa.int64()) for name in _COUNTS}
    return _Typed(started, np.where(has_end, started + interval, started + duration), duration, milliseconds, counts)


def _microseconds(milliseconds: Any | None, size: int) -> tuple[Int, Mask]:
    """Return milliseconds as whole microseconds, and whether a double shows to which of two they round."""
    if milliseconds is None:
        return np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.bool_)
    exact = milliseconds.fill_null(0.0).to_numpy(zero_copy_only=False) * 1000.0
    below = np.floor(exact)
    # a double of up to 10^13 us is off by a thousandth at most
    return (below + (exact - below >= 0.5)).astype(np.int64), np.abs(exact - below - 0.5) > 0.01


def _present(column: Any | None, size: int) -> Mask:
    return np.zeros(size, dtype=np.bool_) if column is None else np.asarray(column.is_valid())


def _whole(column: Any | None, size: int) -> Int:
    if column is None:
        return np.zeros(size, dtype=np.int64)
    return column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _canonical_column(column: Any | None) -> Any | None:
    if column is None:
        return None
    encoded = column.dictionary_encode()
    texts = pa.array([canonical_json(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _chosen(rows: _Rows, typed: _Typed, metadata: Any | None, positions: Int) -> PlainCalls:
    everything = positions.size == rows.size

    def of(column: Any | None) -> Any:
        if column is None:
            return pa.nulls(positions.size, pa.string())
        return column if everything else column.take(pa.array(positions))

    texts = {name: of(rows.column(name)) for name in (*_NAMES, "event_id")} | {"metadata": of(metadata)}
    counts = {
        name: pa.nulls(positions.size, pa.int64()) if column is None else of(column)
        for name, column in typed.counts.items()
    }
    started, duration = typed.started_us[positions], typed.duration_us[positions]
    return PlainCalls(
        positions=positions,
        started_us=started,
        ended_us=typed.ended_us[positions],
        period_us=started // DAY_US * DAY_US,
        duration_us=duration,
        duration_ms=typed.duration_ms[positions],
        identity_hash=_identities(texts, counts, started, duration),
        has_duration_us=~rows.is_null("duration_us")[positions],
        has_ended_at=~rows.is_null("ended_at")[positions],
        texts=texts,
        counts=counts,
    )


def _identities(texts: Mapping[str, Any], counts: Mapping[str, Any], started_us: Int, duration_us: Int) -> Int:
    """Return the hash of each call's event id; where it has none, of what `_contents` gives for it."""
    ids = texts["event_id"]
    named = pc.binary_join_element_wise("id:", ids, "")
    if ids.null_count:
        named = pc.coalesce(named, _contents(texts, counts, started_us, duration_us))
    sha256 = hashlib.sha256
    digests = b"".join([sha256(text).digest() for text in named.cast(pa.binary()).to_pylist()])
    return np.frombuffer(digests, dtype=">i8").reshape(-1, 4)[:, 0].astype(np.int64)


def _contents(texts: Mapping[str, Any], counts: Mapping[str, Any], started_us: Int, duration_us: Int) -> Any:
    """Return each call as the function ``canonical_call`` writes it, with the number of the first row that has it."""
    fields = [
        pc.binary_join_element_wise("row:1:", texts["operation"], ""),
        pa.array(started_us).cast(pa.string()),
        pa.array(duration_us).cast(pa.string()),
        texts["branch"],
        texts["user_name"],
        texts["session"],
        *(counts[name].cast(pa.string()) for name in _COUNTS),
        texts["metadata"],
        pa.scalar("", pa.string()),
    ]
    return pc.binary_join_element_wise(*fields, SEPARATOR, null_handling="replace", null_replacement="")


def epoch_us(instant: datetime) -> int:
    """Return an instant as microseconds since the Unix epoch."""
    whole = int(instant.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + instant.microsecond
