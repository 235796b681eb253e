"""Rows of a source on their way into staging: numbered in input order, plain calls typed, everything else as text.

Plain calls stream to ``staged_metrics`` while the source is being read: one thread reads blocks, others type them, and
the driver's sends them. The rest is kept aside, on disk beyond a few megabytes, and follows into ``staged_rows``, where
the row rules judge it. So memory does not grow with the input.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np
import pyarrow as pa

from oplatency.ingest.plain.copy_format import BINARY_HEAD, BINARY_TAIL, binary_rows, text_row
from oplatency.ingest.plain.rows import Int, Limits, PlainCalls, find_plain
from oplatency.ingest.plain.statistics import IngestStatistics
from oplatency.sources.contract import FIELDS, StagedRow, TextBlock, rows_of

TEXT_COLUMNS = ("run_token", "row_no", "line_no", "raw", "problem", "problem_detail", *FIELDS)
"""Columns of ``staged_rows`` in the order in which they are written."""

_BLOCK_ROWS = 10_000
_SPOOL_BYTES = 16 * 1024 * 1024
_READ_BYTES = 256 * 1024
_PROGRESS_S = 0.2
_TYPING_THREADS = 1
_BLOCKS_AHEAD = 1
"""Blocks that are typed, or wait to be, while the next one is read."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class _Typed:
    calls: PlainCalls
    octets: bytes


class Staging:
    """One pass over the rows of a source; a context that owns the text kept aside.

    Attributes
    ----------
    rows_in : int
        Rows that came so far.
    rows_aside : int
        Of them, those that are not plain calls.
    touched : IngestStatistics
        What the plain calls touch.
    """

    def __init__(self, token: uuid.UUID, limits: Limits, progress: Progress | None = None) -> None:
        self._token = token
        self._limits = limits
        self._progress = progress
        self._reported_s = time.monotonic()
        self._aside = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115
        self.rows_in = 0
        self.rows_aside = 0
        self.touched = IngestStatistics()

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._aside.close()

    def plain_blocks(self, items: Iterable[StagedRow | TextBlock]) -> Iterator[bytes]:
        """Read the source to its end; yield its plain calls in COPY's binary format."""
        yield BINARY_HEAD
        waiting: deque[tuple[TextBlock, Int, Future[_Typed | None]]] = deque()
        with ThreadPoolExecutor(_TYPING_THREADS, thread_name_prefix="typing") as threads:
            for block in _blocks(items, self._keep_aside):
                numbers = self._numbered(len(block.line_nos))
                waiting.append((block, numbers, threads.submit(self._typed, block, numbers)))
                if len(waiting) > _BLOCKS_AHEAD:
                    yield self._taken(*waiting.popleft())
            while waiting:
                yield self._taken(*waiting.popleft())
        yield BINARY_TAIL
        if self._progress:
            self._progress(self.rows_in)

    def _typed(self, block: TextBlock, numbers: Int) -> _Typed | None:
        calls = find_plain(block, self._limits)
        if calls is None:
            return None
        row_nos = numbers[calls.positions]
        return _Typed(calls, binary_rows(self._token, calls, row_nos, block.line_nos[calls.positions]))

    def _taken(self, block: TextBlock, numbers: Int, future: Future[_Typed | None]) -> bytes:
        typed = future.result()
        if typed is None:
            self._keep_block(block, numbers, np.arange(numbers.size))
            return b""
        positions = typed.calls.positions
        self.touched.add(typed.calls, numbers[positions])
        if positions.size < numbers.size:
            self._keep_block(block, numbers, np.setdiff1d(np.arange(numbers.size), positions))
        return typed.octets

    def text_blocks(self) -> Iterator[bytes]:
        """Yield what was kept aside, in COPY's text format."""
        self._aside.seek(0)
        while octets := self._aside.read(_READ_BYTES):
            yield octets

    def _numbered(self, count: int) -> Int:
        numbers = np.arange(self.rows_in + 1, self.rows_in + 1 + count, dtype=np.int64)
        self.rows_in += count
        if self._progress and time.monotonic() - self._reported_s > _PROGRESS_S:
            self._reported_s = time.monotonic()
            self._progress(self.rows_in)
        return numbers

    def _keep_block(self, block: TextBlock, numbers: Int, positions: Int) -> None:
        left = TextBlock(
            block.line_nos[positions],
            {name: column.take(pa.array(positions)) for name, column in block.columns.items()},
            lambda position: block.raw(int(positions[position])),
        )
        for row, number in zip(rows_of(left), numbers[positions], strict=True):
            self._write(row, int(number))

    def _keep_aside(self, row: StagedRow) -> None:
        self._write(row, int(self._numbered(1)[0]))

    def _write(self, row: StagedRow, number: int) -> None:
        self.rows_aside += 1
        values = (row.values.get(name) or None for name in FIELDS)
        cells = (str(self._token), str(number), str(row.line_no), row.raw, row.problem, row.detail, *values)
        self._aside.write(text_row(cells))


def _blocks(items: Iterable[StagedRow | TextBlock], reject: Callable[[StagedRow], None]) -> Iterator[TextBlock]:
    """Gather single rows into blocks; rows that could not be read go to `reject`, in their turn."""
    waiting: list[StagedRow] = []
    for item in items:
        if isinstance(item, StagedRow) and item.problem is None:
            waiting.append(item)
            if len(waiting) < _BLOCK_ROWS:
                continue
        if waiting:
            yield _block_of(waiting)
            waiting = []
        if isinstance(item, TextBlock):
            yield item
        elif item.problem is not None:
            reject(item)
    if waiting:
        yield _block_of(waiting)


def _block_of(rows: list[StagedRow]) -> TextBlock:
    names = {name for row in rows for name in row.values}
    columns = {name: pa.array([row.values.get(name) or None for row in rows], pa.string()) for name in names}
    return TextBlock(
        np.fromiter((row.line_no for row in rows), dtype=np.int64, count=len(rows)),
        columns,
        lambda position: rows[position].raw,
    )
