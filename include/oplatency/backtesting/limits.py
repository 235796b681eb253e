"""What detection could see from now on: for every operation and rule the smallest slow-down, or why it cannot fire.

Reads the baselines in force and the traffic of the days before; writes nothing. Defined in docs/statistics.md, "Can it
fire?".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oplatency.baselines.configurations import Configuration, read_configuration
from oplatency.baselines.versions import Version, read_versions
from oplatency.detection.evidence import Counts, read_counts
from oplatency.detection.rules.silence import missing_hours
from oplatency.settings import Settings
from oplatency.stats.alert_power import MAX_SLOWDOWN, smallest_alerting
from oplatency.stats.detectability import detectable_rules
from oplatency.stats.silence import LOOKBACK_HOURS, detectable_hours, learn_traffic
from oplatency.warehouse.catalogue import read_operations
from oplatency.warehouse.database import connect, row, snapshot
from oplatency.warehouse.migrations import require_current_schema
from oplatency.windows import DAY, HOUR, Window, floor_to, to_datetime, to_us

INCIDENT_HOURS = 2.0
"""How long the slow-down lasts that the alert rule is asked about."""


@dataclass(frozen=True)
class Limit:
    """What one rule could see of one operation.

    Attributes
    ----------
    rule : str
        point, alert (of points, for a slow-down of two hours), shift_1 and so on, tail, trend, correlation, silence.
    slowdown_pct : float or None
        Smallest slow-down that it finds in half of all cases, percent; None where it cannot fire, and for silence.
    hours : int or None
        For silence: after how many hours without a call it is found at best.
    reason : str
        Why it cannot fire; empty where it can.
    """

    rule: str
    slowdown_pct: float | None = None
    hours: int | None = None
    reason: str = ""

    @property
    def can_fire(self) -> bool:
        """Whether anything at all would be found."""
        return not self.reason


@dataclass(frozen=True)
class OperationLimits:
    """What detection could see of one operation.

    Attributes
    ----------
    baseline_as_of : datetime or None
        Of the version in force.
    n_calls : int
        Calls it was made from; without a version those of the look-back.
    blind : str
        Why no rule can fire; empty where one can.
    mute : str
        Why its findings never alert; empty where they can.
    """

    operation: str
    baseline_as_of: datetime | None
    n_calls: int
    blind: str
    mute: str
    limits: tuple[Limit, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "operation": self.operation,
            "baseline_as_of": None if self.baseline_as_of is None else self.baseline_as_of.isoformat(),
            "n_calls": self.n_calls,
            "blind": self.blind,
            "mute": self.mute,
            "rules": [
                {
                    "rule": limit.rule,
                    "can_fire": limit.can_fire,
                    "slowdown_pct": limit.slowdown_pct,
                    "hours": limit.hours,
                    "reason": limit.reason,
                }
                for limit in self.limits
            ],
        }


@dataclass(frozen=True)
class _Reading:
    """What the answers rest on, read in one snapshot."""

    names: Mapping[int, str]
    versions: Mapping[int, list[Version]]
    counts: Counts
    base: Window
    configuration: Configuration
    settings: Settings


def operation_limits(url: str, *, settings: Settings) -> tuple[datetime, list[OperationLimits]]:
    """Say of every tracked operation what each rule could see.

    Returns
    -------
    datetime
        The hour that it is asked for: the one of the reference time.
    list of OperationLimits
        By name of the operation.
    """
    with connect(url, purpose="doctor", settings=settings.database) as connection:
        require_current_schema(connection)
        hour = floor_to(row(connection, "session/reference_time")["reference_at"], HOUR)
        day = floor_to(hour, DAY)
        with snapshot(connection):
            configuration = read_configuration(connection, settings)
            tracked = {key: known.name for key, known in read_operations(connection).items() if known.is_tracked}
            judged = Window(hour, hour + HOUR)
            hashed = configuration.config_hash
            versions = read_versions(connection, judged, config_hash=hashed, options=settings.baseline)
            counts = read_counts(connection, judged, settings)
    base = Window(day - settings.baseline.lookback_days * DAY, day)
    reading = _Reading(tracked, versions, counts, base, configuration, settings)
    missing = missing_hours(counts, base)
    return hour, [_limits_of(reading, key, missing) for key, _ in sorted(tracked.items(), key=lambda item: item[1])]


def _limits_of(reading: _Reading, operation_id: int, missing: NDArray[np.int64]) -> OperationLimits:
    settings, name = reading.settings, reading.names[operation_id]
    known = reading.versions.get(operation_id)
    starts_us = reading.counts.starts_us.get(operation_id, np.empty(0, dtype=np.int64))
    if not known:
        n_calls = int((starts_us < to_us(reading.base.end)).sum())
        days, least = settings.baseline.lookback_days, settings.baseline.min_samples
        few = f"no baseline: {n_calls} calls in {days} days, {least} are needed"
        blind = few if n_calls < least else "no baseline: run recalculate_baselines"
        return OperationLimits(name, None, n_calls, blind, blind, ())
    version = known[-1]
    points = reading.configuration.points_for(operation_id)
    found = detectable_rules(
        version.profile,
        points=points,
        shifts=settings.shifts,
        tails=settings.tails,
        trends=settings.trends,
        correlation=settings.correlation,
    )
    limits = [_limit(item.rule, item.slowdown, item.reason) for item in found]
    alert = smallest_alerting(version.profile, hours=INCIDENT_HOURS, share=0.5, options=points)
    needed = settings.baseline.min_coverage
    short = f"its baseline covers {version.coverage:.0%} of its days, {needed:.0%} are needed"
    kept = (
        f"{version.excluded_hours:.1f} hours are excluded from its baseline, "
        f"{version.max_excluded_hours:.1f} may be: compute it anew"
    )
    mute = short if not version.is_covered else kept if not version.is_within_exclusion_limit else ""
    limits.insert(1, _limit("alert", None if mute else alert, mute or "too few calls in two hours for so wide a scale"))
    traffic = learn_traffic(
        starts_us, start_us=to_us(reading.base.start), end_us=to_us(reading.base.end), missing_hours_us=missing
    )
    hours = detectable_hours(traffic, options=settings.silence)
    rare = f"too few calls to miss them within {LOOKBACK_HOURS} hours"
    limits.append(Limit("silence", hours=hours, reason="" if hours else rare))
    blind = "" if any(limit.can_fire for limit in limits) else "no rule can fire: see the reasons"
    return OperationLimits(name, to_datetime(version.start_us), version.profile.n_calls, blind, mute, tuple(limits))


def _limit(rule: str, slowdown: float | None, reason: str) -> Limit:
    if slowdown is None:
        return Limit(rule, reason=reason)
    if slowdown > MAX_SLOWDOWN:
        return Limit(rule, reason=f"it would take {MAX_SLOWDOWN:g} times as long")
    return Limit(rule, slowdown_pct=round(slowdown * 100, 1))
