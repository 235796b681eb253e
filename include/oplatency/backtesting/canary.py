"""The canary: synthetic slow-downs in a copy of last week, and whether detection finds them; no database.

Which operations are tried is decided by shipped settings and the calls alone, never by what is tested: settings or
baselines that make detection blind show as slow-downs that were not found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oplatency.baselines.configurations import Configuration
from oplatency.baselines.versions import Version
from oplatency.detection.closed_day import judge_day
from oplatency.detection.findings import Findings
from oplatency.detection.rules import point, shift
from oplatency.settings import BaselineSettings, DegradationSettings, PointSettings, Settings, ShiftSettings
from oplatency.stats.alert_power import alert_share
from oplatency.stats.cusum import GROUP_LOOKBACK_MINUTES
from oplatency.stats.detectability import detectable_shift
from oplatency.stats.exclusions import days_covered
from oplatency.stats.points import Profile, fit_profile, shrink_scales
from oplatency.stats.recurring import with_recurring
from oplatency.stats.season import HOUR_US
from oplatency.warehouse.calls import Calls
from oplatency.warehouse.catalogue import Operation
from oplatency.windows import DAY, HOUR, Window, to_datetime, to_us

WEEK = 7 * DAY
SURE = 0.95
"""A slow-down is tried where shipped settings find it with this probability."""
_SURE_Z = 1.64
"""The same in standard errors."""
_SHIPPED = PointSettings()


RULES = (point.RULE.name, shift.RULE.name)
"""The rules that are tried."""


class Trial(NamedTuple):
    """A slow-down that was tried: a row of ``canary_trials``.

    Attributes
    ----------
    slowdown : float
        Its size, 0.5 = 50 % slower.
    window_start, window_end : datetime
        The hours or the day that were slowed down, UTC, half-open.
    delay_s : float or None
        From the start of the window to the alert, seconds; None where it was not found.
    """

    as_of: datetime
    operation_id: int
    rule: str
    slowdown: float
    window_start: datetime
    window_end: datetime
    n_calls: int
    is_found: bool
    delay_s: float | None
    config_hash: str


@dataclass(frozen=True)
class Tested:
    """What is tried: the calls of last week, and the detection that has to find what is put into them."""

    as_of: datetime
    calls: Mapping[int, Calls]
    versions: Mapping[int, list[Version]]
    configuration: Configuration
    settings: Settings


def trials(tested: Tested, operations: Mapping[int, Operation]) -> Iterator[Trial]:
    """Give each slow-down that was tried, and whether it was found."""
    options = tested.settings.canary
    random = np.random.default_rng((tested.as_of - datetime(1970, 1, 1, tzinfo=tested.as_of.tzinfo)) // DAY)
    chosen: dict[int, list[tuple[str, float]]] = {}
    for operation_id, profile in _shuffled(tested, operations, random):
        if len(chosen) == options.operations:
            break
        if sure := list(_detectable_sizes(profile, tested.settings)):
            chosen[operation_id] = sure
    # few operations are tried more often, so that chance decides nothing
    repeats = -(-options.operations // len(chosen)) if chosen else 0
    for operation_id, sure in sorted(chosen.items()):
        for rule, slowdown in sure:
            if rule == shift.RULE.name:
                yield _slow_day(tested, operation_id, slowdown)
                continue
            for start in _busy_hours(tested, operation_id, random, repeats):
                yield _slow_hours(tested, operation_id, slowdown, start)


def _shuffled(
    tested: Tested, operations: Mapping[int, Operation], random: np.random.Generator
) -> Iterator[tuple[int, Profile]]:
    """Give the operations of a full week in an order by chance, each with what shipped settings call normal.

    Operations with floors set by hand are not tried: they are meant to see less.
    """
    profiles: dict[int, Profile] = {}
    weeks: dict[int, Calls] = {}
    needed = BaselineSettings().min_coverage * WEEK / DAY
    for operation_id, calls in tested.calls.items():
        week = calls.between(to_us(tested.as_of - WEEK), to_us(tested.as_of))
        profile = fit_profile(week.started_us, week.durations_us, options=_SHIPPED)
        if profile is not None and days_covered(week.started_us) >= needed:
            profiles[operation_id], weeks[operation_id] = profile, week
    shrunk = shrink_scales(profiles, {key: operations[key].category for key in profiles})
    keys = sorted(shrunk.keys() - tested.configuration.points_of.keys())
    for key in (keys[number] for number in random.permutation(len(keys))):
        yield key, with_recurring(shrunk[key], weeks[key].started_us, weeks[key].durations_us, options=_SHIPPED)


def _detectable_sizes(profile: Profile, settings: Settings) -> Iterator[tuple[str, float]]:
    """Give rules and sizes that shipped settings are sure to find of an operation."""
    options = settings.canary
    for slowdown in options.slowdowns:
        if alert_share(profile, slowdown, hours=options.hours, options=_SHIPPED) >= SURE:
            yield point.RULE.name, slowdown
    shipped = ShiftSettings()
    surer = shipped.model_copy(update={"min_z": shipped.min_z + _SURE_Z})
    least = detectable_shift(profile, judged_days=1, options=surer).slowdown
    # a shift alerts from WARNING on; its estimate may lie below the truth
    if least is not None and max(least, 1.1 * DegradationSettings().warning_effect) <= options.day_slowdown:
        yield shift.RULE.name, options.day_slowdown


def _busy_hours(tested: Tested, operation_id: int, random: np.random.Generator, wanted: int) -> list[datetime]:
    """Return whole hours of last week, by chance, in which the operation is at least as busy as on average."""
    hours = tested.settings.canary.hours
    start_us = to_us(tested.as_of - WEEK)
    n_hours = WEEK // HOUR
    started_us = tested.calls[operation_id].between(start_us, to_us(tested.as_of)).started_us
    per_hour = np.bincount((started_us - start_us) // HOUR_US, minlength=n_hours)
    busy = np.convolve(per_hour, np.ones(hours, dtype=np.int64), mode="valid")
    fit: NDArray[np.int64] = np.flatnonzero(busy >= max(1.0, math.floor(started_us.size * hours / n_hours)))
    taken = random.choice(fit, size=min(wanted, fit.size), replace=False)
    return [to_datetime(start_us + int(hour) * HOUR_US) for hour in np.sort(taken)]


def _slow_hours(tested: Tested, operation_id: int, slowdown: float, start: datetime) -> Trial:
    """Judge a copy of the hours as if they came a week later, slowed down, by the baseline in force."""
    settings = tested.settings
    end = start + settings.canary.hours * HOUR
    context = timedelta(minutes=GROUP_LOOKBACK_MINUTES)
    copied = tested.calls[operation_id].between(to_us(start - context), to_us(end))
    moved = replace(copied, started_us=copied.started_us + to_us(start + WEEK) - to_us(start))
    slowed = _slowed(moved, start + WEEK, slowdown)
    until_us = to_us(tested.as_of + 2 * WEEK)
    versions = [replace(version, end_us=until_us) for version in tested.versions.get(operation_id, [])[-1:]]
    own = settings.model_copy(update={"points": tested.configuration.points_for(operation_id)})
    findings = Findings()
    point.judge_operation(findings, operation_id, slowed, versions, Window(start + WEEK, end + WEEK), own)
    alerted_at = [found.window_end - WEEK for found in findings.anomalies if found.is_alerting]
    return _record(tested, operation_id, point.RULE.name, slowdown, Window(start, end), alerted_at)


def _slow_day(tested: Tested, operation_id: int, slowdown: float) -> Trial:
    """Judge the last day as it closes, slowed down, against the days before it."""
    settings = tested.settings
    start = tested.as_of - DAY
    week = tested.calls[operation_id].between(
        to_us(tested.as_of - settings.baseline.lookback_days * DAY), to_us(tested.as_of)
    )
    findings = Findings()
    judge_day(findings, operation_id, _slowed(week, start, slowdown), tested.as_of, older=None, settings=settings)
    alerted_at = [
        found.window_end for found in findings.degradations if found.kind == shift.RULE.kind and found.is_alerting
    ]
    return _record(tested, operation_id, shift.RULE.name, slowdown, Window(start, tested.as_of), alerted_at)


def _slowed(calls: Calls, start: datetime, slowdown: float) -> Calls:
    factor = np.where(calls.started_us >= to_us(start), 1 + slowdown, 1.0)
    return replace(calls, durations_us=np.rint(calls.durations_us * factor).astype(np.int64))


def _record(
    tested: Tested, operation_id: int, rule: str, slowdown: float, window: Window, alerted_at: list[datetime]
) -> Trial:
    slowed = tested.calls[operation_id].between(to_us(window.start), to_us(window.end))
    return Trial(
        as_of=tested.as_of,
        operation_id=operation_id,
        rule=rule,
        slowdown=slowdown,
        window_start=window.start,
        window_end=window.end,
        n_calls=int(slowed.started_us.size),
        is_found=bool(alerted_at),
        delay_s=(min(alerted_at) - window.start) / timedelta(seconds=1) if alerted_at else None,
        config_hash=tested.configuration.config_hash,
    )
