"""What the findings of a window are made from, and how the calls of its hours are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from oplatency.baselines.configurations import Configuration
from oplatency.baselines.versions import Version
from oplatency.settings import Settings
from oplatency.warehouse.calls import Calls, Durations, no_calls, unpack_instants
from oplatency.warehouse.database import Connection, rows
from oplatency.windows import DAY, Window, floor_to

_HOUR = np.dtype([("hour", ">i8"), ("n_calls", ">i8")])


@dataclass(frozen=True)
class Counts:
    """Calls per hour.

    Attributes
    ----------
    starts_us : dict of int to ndarray of int64, shape (n,)
        By operation: the start of its hour for each call, microseconds since the Unix epoch.
    total_us : ndarray of int64, shape (m,)
        The same for the calls of all operations.
    """

    starts_us: Mapping[int, NDArray[np.int64]]
    total_us: NDArray[np.int64]


@dataclass(frozen=True)
class ClosedDay:
    """A day that is judged as a whole.

    Attributes
    ----------
    end : datetime
        Its end, a UTC midnight.
    calls : mapping of int to Durations
        By operation: the calls of the look-back that ends with it.
    older : mapping of int to Version
        By operation: the baseline that was in force weeks before.
    """

    end: datetime
    calls: Mapping[int, Durations]
    older: Mapping[int, Version]


@dataclass(frozen=True)
class Evidence:
    """What the findings of a window are made from.

    Attributes
    ----------
    calls : mapping of int to Calls
        By operation: the calls of the window, and those of the look-back of groups before it.
    versions : mapping of int to list of Version
        The baselines in force within both, oldest first.
    counts : Counts
        Calls per hour, from the look-back before the window's first day on.
    closed_days : iterable of ClosedDay
        The days that end in ``(start, end]``, oldest first; taken one after the other.
    """

    calls: Mapping[int, Calls]
    versions: Mapping[int, list[Version]]
    counts: Counts
    closed_days: Iterable[ClosedDay]


@dataclass(frozen=True)
class Hours:
    """The whole hours that are judged, with what they are judged by.

    Attributes
    ----------
    only : int, optional
        The operation that is judged; all by default.
    """

    evidence: Evidence
    window: Window
    settings: Settings
    configuration: Configuration
    only: int | None = None

    def operations(self) -> Iterator[tuple[int, Calls, list[Version]]]:
        """Give the operations that are judged, by id, with their calls and the baselines in force, oldest first."""
        for operation_id in sorted(self.evidence.calls.keys() | self.evidence.counts.starts_us.keys()):
            if self.only in (None, operation_id):
                yield operation_id, self.evidence.calls.get(operation_id, no_calls()), self.versions(operation_id)

    def versions(self, operation_id: int) -> list[Version]:
        """Return the baselines in force of an operation, oldest first."""
        return self.evidence.versions.get(operation_id, [])


def read_counts(connection: Connection, window: Window, settings: Settings) -> Counts:
    """Return the calls of the window, and of the days that say what is usual before it."""
    first_day = floor_to(window.start, DAY)
    parameters = {"window_start": first_day - settings.baseline.lookback_days * DAY, "window_end": window.end}
    starts_us = {}
    for found in rows(connection, "warehouse/calls/count_calls", parameters):
        hours = np.frombuffer(found["hours"], dtype=_HOUR)
        starts_us[found["operation_id"]] = np.repeat(unpack_instants(hours["hour"]), hours["n_calls"].astype(np.int64))
    every = list(starts_us.values())
    return Counts(starts_us, np.concatenate(every) if every else np.empty(0, dtype=np.int64))


def closed_days(window: Window) -> Iterator[datetime]:
    """Give the ends of the days that end in ``(start, end]``."""
    day_end = floor_to(window.start, DAY) + DAY
    while day_end <= window.end:
        yield day_end
        day_end += DAY
