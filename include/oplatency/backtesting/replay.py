"""History judged again, night by night, by what was known in each night; in memory, nothing is written.

A night N sees the calls that had arrived by then. Its baselines are made from them and judge the day that begins with
N; that day is judged in the night that follows it. The functions that measure and judge are those of the jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oplatency.baselines.candidates import Facts, measure
from oplatency.baselines.configurations import Configuration
from oplatency.baselines.exclusions import ExcludedInterval, read_requested
from oplatency.baselines.versions import Version, version_of
from oplatency.detection.evidence import ClosedDay, Counts, Evidence
from oplatency.detection.findings import Findings
from oplatency.detection.judge import judge
from oplatency.settings import Settings
from oplatency.stats.cusum import GROUP_LOOKBACK_MINUTES
from oplatency.stats.season import HOUR_US
from oplatency.warehouse.calls import ALL_BRANCHES, ARRIVED, Calls, calls_of, read_packed, unpack_instants
from oplatency.warehouse.catalogue import Operation
from oplatency.warehouse.database import Connection
from oplatency.windows import DAY, HOUR, Window, to_us

NIGHT = timedelta(hours=2)
"""How long after midnight the nightly jobs run; they see what has arrived by then."""
NIGHT_US = NIGHT // timedelta(microseconds=1)


@dataclass(frozen=True)
class Arrivals:
    """The calls of one operation with when each arrived.

    Attributes
    ----------
    calls : Calls
        All of them, those with an error too.
    arrived_us : ndarray of int64, shape (n,)
        Arrivals, microseconds since the Unix epoch.
    has_error : ndarray of bool, shape (n,)
        Calls that are traffic, and nothing else.
    """

    calls: Calls
    arrived_us: NDArray[np.int64]
    has_error: NDArray[np.bool_]

    def known(self, window: Window, night: datetime, *, with_errors: bool = False) -> Calls:
        """Return the calls that start in a window and had arrived before an instant."""
        first, last = np.searchsorted(self.calls.started_us, [to_us(window.start), to_us(window.end)], side="left")
        part = slice(first, last)
        kept = self.arrived_us[part] < to_us(night)
        if not with_errors:
            kept &= ~self.has_error[part]
        found = self.calls.chosen(part)
        return found if kept.all() else found.chosen(kept)


@dataclass(frozen=True)
class ReplayedDay:
    """One day, as judged in the night after it."""

    day: Window
    night: datetime
    findings: Findings


@dataclass
class History:
    """What is replayed, read in one snapshot.

    Attributes
    ----------
    arrivals : mapping of int to Arrivals
        By operation.
    operations : mapping of int to Operation
        The catalogue, as it is today.
    measured : dict
        Versions that were made once and serve every configuration that would make the same.
    """

    arrivals: Mapping[int, Arrivals]
    operations: Mapping[int, Operation]
    measured: dict[tuple[str, datetime], dict[int, Version]] = field(default_factory=dict)

    def known(self, window: Window, night: datetime) -> dict[int, Calls]:
        """Return the calls without error of a window that had arrived before an instant, by operation."""
        found = {key: arrivals.known(window, night) for key, arrivals in self.arrivals.items()}
        return {key: calls for key, calls in found.items() if calls.started_us.size}

    def counts(self, window: Window, night: datetime) -> Counts:
        """Return the same as calls per hour, those with an error among them."""
        starts_us = {
            key: arrivals.known(window, night, with_errors=True).started_us // HOUR_US * HOUR_US
            for key, arrivals in self.arrivals.items()
        }
        starts_us = {key: starts for key, starts in starts_us.items() if starts.size}
        every = list(starts_us.values())
        return Counts(starts_us, np.concatenate(every) if every else np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Variant:
    """One configuration to replay with.

    Attributes
    ----------
    requested : mapping of datetime to dict
        What was noted of each look-back and known at its end, by as-of.
    """

    settings: Settings
    configuration: Configuration
    requested: Mapping[datetime, Mapping[int, list[ExcludedInterval]]]


def reach(window: Window, settings: Settings) -> Window:
    """Return from when on calls are needed to replay a window of whole days."""
    oldest = min(as_ofs(window, settings), default=window.start)
    return Window(oldest - settings.baseline.lookback_days * DAY, window.end)


def as_ofs(window: Window, settings: Settings) -> list[datetime]:
    """Return the days whose baselines the replay of a window of whole days needs: one before it, its own, anchors."""
    days = [window.start + n * DAY for n in range((window.end - window.start) // DAY)]
    anchors = [day + DAY - settings.trends.creep_days * DAY for day in days]
    return sorted({window.start - DAY, *days, *anchors})


def read_arrivals(connection: Connection, window: Window) -> dict[int, Arrivals]:
    """Return the calls of every tracked operation that start in a window, with their arrivals."""
    found = {}
    for key, packed in read_packed(connection, window, ARRIVED).items():
        calls, order = calls_of(packed)
        found[key] = Arrivals(calls, unpack_instants(packed["arrived"])[order], packed["has_error"][order])
    return found


def read_replay_configuration(
    connection: Connection, window: Window, settings: Settings, configuration: Configuration
) -> Variant:
    """Return a configuration with what was noted of the look-backs that it needs."""
    lookback = settings.baseline.lookback_days * DAY
    requested = {
        as_of: read_requested(connection, Window(as_of - lookback, as_of)) for as_of in as_ofs(window, settings)
    }
    return Variant(settings, configuration, requested)


def replay(history: History, window: Window, variant: Variant) -> Iterator[ReplayedDay]:
    """Give each day of a window, oldest first, as it was judged in the night after it.

    Parameters
    ----------
    window : Window
        Whole UTC days.
    """
    settings = variant.settings
    context = timedelta(minutes=GROUP_LOOKBACK_MINUTES)
    lookback = settings.baseline.lookback_days * DAY
    in_force: dict[int, list[Version]] = {}
    _put_in_force(in_force, _versions(history, window.start - DAY, variant))
    day = window.start
    while day < window.end:
        _put_in_force(in_force, _versions(history, day, variant))
        end = day + DAY
        night = end + NIGHT
        evidence = Evidence(
            calls=history.known(Window(day - context, end), night),
            versions={key: _until(versions, day - context, end) for key, versions in in_force.items()},
            counts=history.counts(Window(day - lookback, end), night),
            closed_days=[
                ClosedDay(
                    end,
                    history.known(Window(end - lookback, end), night),
                    _versions(history, end - settings.trends.creep_days * DAY, variant),
                )
            ],
        )
        judged = Window(day, end)
        yield ReplayedDay(
            judged, night, judge(evidence, judged, settings=settings, configuration=variant.configuration)
        )
        day = end


def _put_in_force(in_force: dict[int, list[Version]], versions: Mapping[int, Version]) -> None:
    for key, version in versions.items():
        known = in_force.setdefault(key, [])
        if known:
            known[-1] = replace(known[-1], end_us=version.start_us)
        known.append(version)


def _until(versions: list[Version], start: datetime, end: datetime) -> list[Version]:
    """Return the versions in force within a window, the newest to its end."""
    *older, newest = versions
    kept = [version for version in older if version.end_us > to_us(start)]
    return [*kept, replace(newest, end_us=to_us(end))]


def _versions(history: History, as_of: datetime, variant: Variant) -> dict[int, Version]:
    """Return the baselines as of a day, made from what its night knows."""
    key = (_hash(variant), as_of)
    if key not in history.measured:
        history.measured[key] = _measure(history, as_of, variant)
    return history.measured[key]


def _hash(variant: Variant) -> str:
    """Name the part of a configuration that baselines depend on."""
    parts: list[Any] = [variant.settings.baseline.model_dump(), variant.configuration.points.model_dump()]
    parts += [[key, points.model_dump()] for key, points in sorted(variant.configuration.points_of.items())]
    return json.dumps(parts, sort_keys=True)


def _measure(history: History, as_of: datetime, variant: Variant) -> dict[int, Version]:
    options = variant.settings.baseline
    window = Window(as_of - options.lookback_days * DAY, as_of)
    facts = Facts(history.known(window, as_of + NIGHT), variant.requested[as_of])
    found: dict[int, Version] = {}
    for number, candidate in enumerate(measure(facts, history.operations, window, options, variant.configuration)):
        record = candidate.record() | {
            "baseline_id": number,
            "as_of": as_of,
            "next_as_of": None,
            "lookback_days": options.lookback_days,
        }
        version = version_of(record, Window(as_of, as_of + HOUR), options)
        if version.branch_id == ALL_BRANCHES:
            found[candidate.operation_id] = version
        elif options.per_branch:
            found[candidate.operation_id].branches[version.branch_id] = version
    return found
