"""Facts as arrays: the calls of each operation, and the baseline versions they are judged against."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from oplatency.database import Connection, rows
from oplatency.errors import UsageError
from oplatency.jobs.runs import Window
from oplatency.settings import BaselineSettings, PointSettings
from oplatency.stats.ordering import in_order
from oplatency.stats.points import Profile
from oplatency.stats.season import DAY_US, HOUR_US

ALL_BRANCHES = 0
"""Key that stands for all branches."""

Level = Literal["branch", "operation", "like operations"]
"""What a baseline was made from; with few calls its scales come mostly from like operations."""

DURATION = np.dtype([("started", ">i8"), ("duration", ">i8")])
CALL = np.dtype([*DURATION.descr, ("identity", ">i8"), ("branch", ">i4")])
ARRIVED = np.dtype([*CALL.descr, ("arrived", ">i8"), ("has_error", "?")])
"""What statements pack of each call."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_POSTGRES_EPOCH_US = (datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND


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
    """The same with what tells single calls apart, by which those are sorted that start together and last as long.

    Attributes
    ----------
    identity : ndarray of int64, shape (n,)
        Identity of each call within its operation and start.
    branch_ids : ndarray of int64, shape (n,)
        Branch of each call; -1 = unknown.
    """

    identity: NDArray[np.int64]
    branch_ids: NDArray[np.int64]


@dataclass(frozen=True)
class Version:
    """A baseline and the time ``[start_us, end_us)`` in which it is the one in force.

    Attributes
    ----------
    level : {"branch", "operation", "like operations"}
        Whether it was made from the calls of one branch or from all of its operation; or from so few that the scales of
        like operations weigh more in it than its own.
    coverage : float
        Part of the look-back's days that its calls cover, 0 to 1.
    is_covered : bool
        Whether that is enough to tell a person of what is judged against it.
    excluded_hours, max_excluded_hours : float
        Hours of the look-back that were left out of it, and how many may be for a person to be told of what is judged
        against it.
    branches : dict of int to Version
        Of a version over all branches: those of single branches, of the same as-of and configuration, that calls of
        these branches are judged against instead.
    """

    baseline_id: int
    start_us: int
    end_us: int
    p50_us: float
    p99_us: float
    mean_us: float
    sd_us: float
    max_us: float
    alert_threshold: float
    profile: Profile
    branch_id: int = ALL_BRANCHES
    level: Level = "operation"
    coverage: float = 1.0
    is_covered: bool = True
    excluded_hours: float = 0.0
    max_excluded_hours: float = math.inf
    branches: dict[int, Version] = field(default_factory=dict)

    @property
    def keeps_enough(self) -> bool:
        """Whether no more was left out than may be."""
        return self.excluded_hours <= self.max_excluded_hours

    def judging(self, calls: Calls) -> Iterator[tuple[slice | NDArray[np.int64], Version]]:
        """Split calls by the version they are judged against: their branch's, else this one.

        Yields
        ------
        positions : slice or ndarray of int64
            Positions within `calls`; each position comes once, no empty set of them does.
        version : Version
            What is normal for these calls.
        """
        if not self.branches:
            if calls.started_us.size:
                yield slice(None), self
            return
        left = np.ones(calls.started_us.size, dtype=np.bool_)
        for branch_id in np.unique(calls.branch_ids):
            if branch_id in self.branches:
                own = calls.branch_ids == branch_id
                left &= ~own
                yield np.flatnonzero(own), self.branches[branch_id]
        if left.any():
            yield np.flatnonzero(left), self


def no_calls() -> Calls:
    """Return no calls at all."""
    return Calls(*(np.empty(0, dtype=np.int64) for _ in range(4)))


def to_us(instant: datetime) -> int:
    """Return microseconds since the Unix epoch."""
    return (instant - _EPOCH) // _MICROSECOND


@functools.lru_cache(maxsize=4096)
def to_datetime(instant_us: int) -> datetime:
    """Return the instant of microseconds since the Unix epoch, in UTC; hours and days are asked for again and again."""
    return _EPOCH + timedelta(microseconds=int(instant_us))


def to_datetimes(instants_us: NDArray[np.int64]) -> list[datetime]:
    """Return the instants of microseconds since the Unix epoch, in UTC."""
    return [_EPOCH + timedelta(microseconds=instant_us) for instant_us in instants_us.tolist()]


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
    return {key: calls_of(packed)[0] for key, packed in read_packed(connection, window, CALL).items()}


def read_durations(connection: Connection, window: Window) -> dict[int, Durations]:
    """Return the calls that `read_calls` returns, without what tells them apart: half as much is read."""
    found = {}
    parameters = {"window_start": window.start, "window_end": window.end}
    for row in rows(connection, "jobs/series/read_durations", parameters, binary=True):
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
        for row in rows(connection, "jobs/series/read_calls", parameters, binary=True)
    }


def read_versions(
    connection: Connection,
    window: Window,
    *,
    config_hash: str | None = None,
    options: BaselineSettings | None = None,
    points: PointSettings | None = None,
) -> dict[int, list[Version]]:
    """Return the baselines in force within the window, by operation, oldest first.

    Parameters
    ----------
    config_hash : str, optional
        Configuration whose versions come first; where it has none of an as-of, and by default, those of the
        configuration that was used last.
    options : BaselineSettings, optional
        What is enough coverage, how much may be left out, and whether and from how many calls on a branch has a version
        of its own; the defaults by default.
    points : PointSettings, optional
        From how many calls on an operation's own scales weigh more than borrowed ones; the defaults if left out.
    """
    options, points = options or BaselineSettings(), points or PointSettings()
    versions: dict[int, list[Version]] = {}
    parameters = {"window_start": window.start, "window_end": window.end, "config_hash": config_hash}
    for found in rows(connection, "jobs/series/read_versions", parameters):
        version = version_of(found, window, options, points)
        if version.branch_id == ALL_BRANCHES:
            versions.setdefault(found["operation_id"], []).append(version)
        elif options.per_branch and version.profile.n_calls >= options.branch_min_calls:
            # a branch's row follows the one of its operation
            versions[found["operation_id"]][-1].branches[version.branch_id] = version
    if len(versions) == 1:  # there is nobody to borrow from
        return {key: [replace(version, level="operation") for version in own] for key, own in versions.items()}
    return versions


def version_of(
    found: Mapping[str, Any], window: Window, options: BaselineSettings, points: PointSettings | None = None
) -> Version:
    """Return a baseline with its profile as a version; without a next as-of it is in force until the window ends."""
    covered = found["days_covered"]
    coverage = 1.0 if covered is None else covered / found["lookback_days"]
    return Version(
        baseline_id=found["baseline_id"],
        start_us=to_us(found["as_of"]),
        end_us=to_us(found["next_as_of"] or window.end),
        p50_us=found["p50_us"],
        p99_us=found["p99_us"],
        mean_us=found["mean_us"],
        sd_us=found["sd_us"],
        max_us=found["max_us"],
        alert_threshold=found["alert_threshold"],
        profile=Profile(
            n_calls=found["n_calls"],
            n_days=found["n_days"],
            seasonal=found["is_seasonal"],
            hour_offsets=np.asarray(found["hour_offsets"], dtype=np.float64),
            location=found["location"],
            scale_up=found["scale_up"],
            scale_down=found["scale_down"],
            news_z=None if found["news_z"] is None else np.asarray(found["news_z"], dtype=np.float64),
        ),
        branch_id=found["branch_id"],
        level=_level(found, points or PointSettings()),
        coverage=coverage,
        is_covered=coverage >= options.min_coverage,
        excluded_hours=found["excluded_hours"],
        # as `jobs.exclusions.decide` compares them, so that what it allows is allowed here to the last digit
        max_excluded_hours=options.max_excluded * (found["lookback_days"] * DAY_US) / HOUR_US,
    )


def _level(found: Mapping[str, Any], points: PointSettings) -> Level:
    if found["branch_id"] != ALL_BRANCHES:
        return "branch"
    # n of its own against the weight of the others (docs/statistics.md, "Point anomalies", 4)
    return "operation" if found["n_calls"] >= points.prior_weight_calls else "like operations"


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
