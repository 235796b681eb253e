"""Ingest statistics of plain calls per operation and hour, branch and user, gathered while the batch streams by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from oplatency.ingest.plain.copy_format import text_row
from oplatency.ingest.plain.rows import Int, PlainCalls

_HOUR_US = 3_600_000_000

NAMES = ("operation", "branch", "user_name")
GROUP_COLUMNS = (
    "run_token",
    *NAMES,
    "hour_at",
    "n_calls",
    "n_plain",
    "first_row_no",
    "newest_at",
    "least_us",
    "most_us",
)
"""Columns of ``staged_statistics`` in the order in which they are written."""


_Key = tuple[str, str | None, int | None]
"""Which of `NAMES`, the name, and of an operation the hour, microseconds since the Unix epoch."""


@dataclass
class _Sum:
    n_calls: int
    first_row_no: int
    newest_us: int
    least_us: int
    most_us: int

    def add(self, other: _Sum) -> None:
        self.n_calls += other.n_calls
        self.first_row_no = min(self.first_row_no, other.first_row_no)
        self.newest_us = max(self.newest_us, other.newest_us)
        self.least_us = min(self.least_us, other.least_us)
        self.most_us = max(self.most_us, other.most_us)


class IngestStatistics:
    """Groups of calls, added to block by block.

    Attributes
    ----------
    any_without_id : bool
        Whether some call came without an identity of its own.
    """

    def __init__(self) -> None:
        self._groups: dict[_Key, _Sum] = {}
        self.any_without_id = False

    def add(self, calls: PlainCalls, row_nos: Int) -> None:
        """Add the calls of a block, which stand at these rows of the input, ascending."""
        self.any_without_id |= bool(calls.texts["event_id"].null_count)
        hours = calls.started_us // _HOUR_US
        first = int(hours.min())
        span = int(hours.max()) - first + 1
        operations, codes = _encoded(calls.texts["operation"])
        for code, found in _sums(codes * span + (hours - first), calls, row_nos):
            self._add((NAMES[0], operations[code // span], (code % span + first) * _HOUR_US), found)
        for kind in NAMES[1:]:
            names, codes = _encoded(calls.texts[kind])
            for code, found in _sums(codes, calls, row_nos):
                self._add((kind, names[code], None), found)

    def _add(self, key: _Key, found: _Sum) -> None:
        if key in self._groups:
            self._groups[key].add(found)
        else:
            self._groups[key] = found

    def rows(self, token: UUID) -> Iterator[bytes]:
        """Yield the groups as rows of COPY's text format."""
        for (kind, name, hour_us), found in self._groups.items():
            names = [name if kind == own else None for own in NAMES]
            counts = (found.n_calls, found.n_calls, found.first_row_no)
            hour_at = None if hour_us is None else _instant(hour_us)
            durations = (found.least_us, found.most_us)
            yield text_row(
                (str(token), *names, hour_at, *map(str, counts), _instant(found.newest_us), *map(str, durations))
            )


def _instant(us: int) -> str:
    return f"{np.datetime64(us, 'us')}Z"


def _encoded(column: Any) -> tuple[list[str | None], Int]:
    """Return the distinct values of a column, and which of them each row has."""
    encoded = column.dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.cast(pa.int64()).to_numpy()


def _sums(codes: Int, calls: PlainCalls, row_nos: Int) -> Iterator[tuple[int, _Sum]]:
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    durations = calls.duration_us[order]
    sums = (
        np.diff(np.append(begins, codes.size)),
        # the sort is stable and the rows ascend: the first of a group is its first row
        row_nos[order[begins]],
        np.maximum.reduceat(calls.started_us[order], begins),
        np.minimum.reduceat(durations, begins),
        np.maximum.reduceat(durations, begins),
    )
    for code, *found in zip(ordered[begins].tolist(), *(values.tolist() for values in sums), strict=True):
        yield code, _Sum(*found)
