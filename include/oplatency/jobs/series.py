"""Facts as arrays: the calls of each operation, and the baseline versions they are judged against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from oplatency.database import Connection, rows
from oplatency.errors import UsageError
from oplatency.jobs.runs import Window
from oplatency.stats.points import Profile

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Operation:
    """One row of the catalogue."""

    operation_id: int
    name: str
    category: str
    area: str
    is_tracked: bool
    alert_threshold: float


@dataclass(frozen=True)
class Calls:
    """The calls of one operation, sorted by start, duration and identity.

    Attributes
    ----------
    started_us : ndarray of int64, shape (n,)
        Starts, microseconds since the Unix epoch, UTC.
    durations_us : ndarray of int64, shape (n,)
        Durations, microseconds.
    identity : ndarray of int64, shape (n,)
        Identity of each call within its operation and start.
    """

    started_us: NDArray[np.int64]
    durations_us: NDArray[np.int64]
    identity: NDArray[np.int64]

    def between(self, start_us: int, end_us: int) -> Calls:
        """Return the calls that start in ``[start_us, end_us)``."""
        first, last = np.searchsorted(self.started_us, [start_us, end_us], side="left")
        return Calls(self.started_us[first:last], self.durations_us[first:last], self.identity[first:last])


@dataclass(frozen=True)
class Version:
    """A baseline and the time ``[start_us, end_us)`` in which it is the one in force."""

    baseline_id: int
    start_us: int
    end_us: int
    p99_us: float
    mean_us: float
    sd_us: float
    alert_threshold: float
    profile: Profile


def to_us(instant: datetime) -> int:
    """Return microseconds since the Unix epoch."""
    return (instant - _EPOCH) // _MICROSECOND


def to_datetime(instant_us: int) -> datetime:
    """Return the instant of microseconds since the Unix epoch, in UTC."""
    return _EPOCH + timedelta(microseconds=int(instant_us))


def read_operations(connection: Connection) -> dict[int, Operation]:
    """Return the catalogue by operation id."""
    return {found["operation_id"]: Operation(**found) for found in rows(connection, "jobs/series/list_operations")}


def find_operation(operations: dict[int, Operation], name: str | None) -> int | None:
    """Return the id of a named operation, or None where no name is given.

    Raises
    ------
    UsageError
        If there is no such operation.
    """
    if not name:
        return None
    for operation in operations.values():
        if operation.name == name:
            return operation.operation_id
    raise UsageError(
        f"There is no operation {name!r}.", where="operation", remedy="see the names in v_operation_performance_summary"
    )


def read_calls(connection: Connection, window: Window) -> dict[int, Calls]:
    """Return the calls without error of every tracked operation that has any in the window."""
    parameters = {"window_start": window.start, "window_end": window.end}
    return {
        found["operation_id"]: Calls(
            _unpack(found["started_us"]), _unpack(found["duration_us"]), _unpack(found["identity_hash"])
        )
        for found in rows(connection, "jobs/series/read_calls", parameters)
    }


def read_versions(connection: Connection, window: Window) -> dict[int, list[Version]]:
    """Return the baselines in force within the window, by operation, oldest first."""
    versions: dict[int, list[Version]] = {}
    parameters = {"window_start": window.start, "window_end": window.end}
    for found in rows(connection, "jobs/series/read_versions", parameters):
        versions.setdefault(found["operation_id"], []).append(
            Version(
                baseline_id=found["baseline_id"],
                start_us=to_us(found["as_of"]),
                end_us=to_us(found["next_as_of"] or window.end),
                p99_us=found["p99_us"],
                mean_us=found["mean_us"],
                sd_us=found["sd_us"],
                alert_threshold=found["alert_threshold"],
                profile=Profile(
                    n_calls=found["n_calls"],
                    n_days=found["n_days"],
                    seasonal=found["is_seasonal"],
                    hour_offsets=np.asarray(found["hour_offsets"], dtype=np.float64),
                    location=found["location"],
                    scale_up=found["scale_up"],
                    scale_down=found["scale_down"],
                ),
            )
        )
    return versions


def _unpack(packed: bytes) -> NDArray[np.int64]:
    return np.frombuffer(packed, dtype=">i8").astype(np.int64)
