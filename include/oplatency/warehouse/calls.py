"""Facts as arrays: the calls of each operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from oplatency.stats.ordering import in_order
from oplatency.warehouse.database import Connection, rows
from oplatency.windows import Window, to_us

ALL_BRANCHES = 0
"""Key that stands for all branches."""

DURATION = np.dtype([("started", ">i8"), ("duration", ">i8")])
CALL = np.dtype([*DURATION.descr, ("identity", ">i8"), ("branch", ">i4")])
ARRIVED = np.dtype([*CALL.descr, ("arrived", ">i8"), ("has_error", "?")])
"""What statements pack of each call."""

_POSTGRES_EPOCH_US = to_us(datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Durations:
    """The calls of one operation, sorted by start and duration.

    Attributes
    ----------
    started_us : ndarray of int64, shape (n,)
        Starts, microseconds since the Unix epoch, UTC.
    durations_us : ndarray of int64, shape (n,)
        Durations, microseconds.
    """

    started_us: NDArray[np.int64]
    durations_us: NDArray[np.int64]

    def between(self, start_us: int, end_us: int) -> Self:
        """Return the calls that start in ``[start_us, end_us)``."""
        first, last = np.searchsorted(self.started_us, [start_us, end_us], side="left")
        return self.chosen(slice(first, last))

    def chosen(self, which: slice | NDArray[Any]) -> Self:
        """Return some of the calls, by a slice, a mask or indices."""
        return replace(self, **{name: array[which] for name, array in vars(self).items()})


@dataclass(frozen=True)
class Calls(Durations):
    """The same with what distinguishes single calls, by which those are sorted that start together and last as long.

    Attributes
    ----------
    identity : ndarray of int64, shape (n,)
        Identity of each call within its operation and start.
    branch_ids : ndarray of int64, shape (n,)
        Branch of each call; -1 = unknown.
    """

    identity: NDArray[np.int64]
    branch_ids: NDArray[np.int64]


def no_calls() -> Calls:
    """Return no calls at all."""
    return Calls(*(np.empty(0, dtype=np.int64) for _ in range(4)))


def read_calls(connection: Connection, window: Window) -> dict[int, Calls]:
    """Return the calls without error of every tracked operation that has any in the window."""
    return {key: calls_of(packed)[0] for key, packed in read_packed(connection, window, CALL).items()}


def read_durations(connection: Connection, window: Window) -> dict[int, Durations]:
    """Return the calls that `read_calls` returns, without what distinguishes them: half as much is read."""
    found = {}
    parameters = {"window_start": window.start, "window_end": window.end}
    for row in rows(connection, "warehouse/calls/read_durations", parameters, binary=True):
        packed = np.frombuffer(row["calls"], dtype=DURATION)
        started_us, durations_us = unpack_instants(packed["started"]), packed["duration"].astype(np.int64)
        order = in_order(started_us, durations_us)
        found[row["operation_id"]] = Durations(started_us[order], durations_us[order])
    return found


def read_packed(connection: Connection, window: Window, record: np.dtype[Any]) -> dict[int, NDArray[Any]]:
    """Return calls as they come from the server, by operation: `CALL`, or `ARRIVED` for those with an error too."""
    parameters = {"window_start": window.start, "window_end": window.end, "with_arrivals": record == ARRIVED}
    return {
        row["operation_id"]: np.frombuffer(row["calls"], dtype=record)
        for row in rows(connection, "warehouse/calls/read_calls", parameters, binary=True)
    }


def calls_of(packed: NDArray[Any]) -> tuple[Calls, NDArray[np.int64]]:
    """Return packed calls in their order, and their positions within what was packed."""
    started_us, durations_us = unpack_instants(packed["started"]), packed["duration"].astype(np.int64)
    identity = packed["identity"].astype(np.int64)
    order = in_order(started_us, durations_us, identity)
    branch_ids = packed["branch"].astype(np.int64)
    return Calls(started_us[order], durations_us[order], identity[order], branch_ids[order]), order


def unpack_instants(packed: NDArray[Any]) -> NDArray[np.int64]:
    """Return microseconds since the Unix epoch of instants as PostgreSQL sends them."""
    return packed.astype(np.int64) + _POSTGRES_EPOCH_US
