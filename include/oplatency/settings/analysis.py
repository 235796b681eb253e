"""Settings that findings depend on; together they make the hash of a configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oplatency.settings.section import Fraction, Positive, Section


class BaselineSettings(Section):
    """Rolling percentile baselines (docs/statistics.md, "Baselines")."""

    lookback_days: Annotated[int, Field(ge=1, le=90)] = 7
    """Length of the look-back, whole UTC days."""
    min_samples: Annotated[int, Field(ge=6)] = 6
    """Minimum number of calls for a baseline."""
    critical_multiplier: Positive = 5.0
    """A call slower than p99 x max(this, the operation's threshold) is a CRITICAL violation."""
    min_coverage: Fraction = 0.6
    """Minimum share of the look-back's days with calls for anything to alert."""
    max_excluded: Fraction = 0.43
    """Maximum share of the look-back that may be excluded, 3 of 7 days; beyond it the change is a new normal."""
    per_branch: bool = True
    """Whether a call is compared with the baseline of its branch, if the branch has one."""
    branch_min_calls: Annotated[int, Field(ge=6)] = 48
    """Minimum number of calls for a branch to get its own baseline."""


class PointSettings(Section):
    """Tail-calibrated robust 3-sigma for single calls (docs/statistics.md, "Point anomalies")."""

    warning_z: Positive = 3.0
    """Robust standard deviations from which a slow call is a WARNING."""
    critical_z: Positive = 4.0
    """Robust standard deviations from which a slow call is CRITICAL."""
    alert_z: Positive = 6.0
    """Robust standard deviations from which a single call alerts."""
    alert_calls: Annotated[int, Field(ge=1)] = 3
    """Number of flagged calls in one group that alert together."""
    min_effect: Positive = 0.25
    """Minimum slow-down of a finding against the expected duration: 25 %."""
    scale_floor: Positive = 0.05
    """Smallest standard deviation that is assumed, in ln(duration): 5 %."""


class DegradationSettings(Section):
    """How severe a change of days is: a shift, a tail, a trend or a creep."""

    info_effect: Positive = 0.20
    """Slow-down from which a degradation is INFO: 20 %; a speed-up this large is INFO too."""
    warning_effect: Positive = 0.30
    """Slow-down from which a degradation is a WARNING and alerts: 30 %."""
    critical_effect: Positive = 0.50
    """Slow-down from which a degradation is CRITICAL: 50 %."""


class ShiftSettings(Section):
    """Level shifts when a day closes (docs/statistics.md, "Shifts")."""

    min_z: Positive = 3.0
    """Minimum distance between the levels, standard errors."""
    min_effect: Positive = 0.12
    """Minimum change of the level: +12 %, or as much the other way."""


class TailSettings(Section):
    """Slow calls that became more frequent, when a day closes (docs/statistics.md, "Tails")."""

    min_z: Positive = 3.5
    """Minimum excess of slow calls over their usual share, standard deviations."""


class TrendSettings(Section):
    """Slow drifts over days (docs/statistics.md, "Trends")."""

    min_z: Positive = 2.7
    """Minimum steepness of the line through the days, standard errors."""
    min_effect: Positive = 0.15
    """Minimum change over the look-back: +15 %, or as much the other way."""
    creep_days: Annotated[int, Field(ge=7, le=365)] = 28
    """Age of the older baseline that the newest level is compared with as well, days."""


class SilenceSettings(Section):
    """Hours in which an operation made no calls, or far too few (docs/statistics.md, "Silence")."""

    max_probability: Fraction = 1e-6
    """Maximum probability of this few calls for an hour to be silent."""
    max_share: Fraction = 0.2
    """Maximum share of the expected calls for an hour to be silent."""


class CorrelationSettings(Section):
    """Which operations slow together (docs/statistics.md, "Correlation")."""

    window_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """Length of the window in hours."""
    bin_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """Width of a bin in minutes."""
    fdr: Fraction = 0.01
    """False discovery rate of correlated pairs (Benjamini-Hochberg)."""
    min_corrected: Fraction = 0.25
    """Corrected coefficient from which a pair is moderate; below it there is no pair."""
    strong: Fraction = 0.75
    """Corrected coefficient from which a pair is strong."""
    critical: Fraction = 0.90
    """Corrected coefficient from which a pair is critical."""
