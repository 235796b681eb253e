"""Settings that findings depend on; together they make the hash of a configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oplatency.settings.section import Fraction, Positive, Section


class BaselineSettings(Section):
    """Rolling percentile baselines (docs/statistics.md, "Baselines")."""

    lookback_days: Annotated[int, Field(ge=1, le=90)] = 7
    """Length of the look-back window in whole UTC days."""
    min_samples: Annotated[int, Field(ge=6)] = 6
    """Fewer calls than this make no baseline: "more than 5 samples"."""
    critical_multiplier: Positive = 5.0
    """A call slower than p99 x max(this, the operation's threshold) is a CRITICAL violation."""
    min_coverage: Fraction = 0.6
    """Nothing alerts against a baseline whose calls cover a smaller part of the look-back's days."""
    max_excluded: Fraction = 0.43
    """Largest part of the look-back that may be left out, 3 of 7 days; beyond it the change is a new normal."""
    per_branch: bool = True
    """Whether a call is judged against the baseline of its branch, where there is one."""
    branch_min_calls: Annotated[int, Field(ge=6)] = 48
    """From so many calls on a branch has a baseline of its own beside that of the operation."""


class PointSettings(Section):
    """Tail-calibrated robust 3-sigma for single calls (docs/statistics.md, "Point anomalies")."""

    warning_z: Positive = 3.0
    """A call this many robust standard deviations slow is a WARNING."""
    critical_z: Positive = 4.0
    """A call this many robust standard deviations slow is a CRITICAL."""
    alert_z: Positive = 6.0
    """One call this far out alerts on its own."""
    alert_calls: Annotated[int, Field(ge=1)] = 3
    """So many flagged calls in one group alert."""
    group_gap_minutes: Positive = 15.0
    """Flagged calls at most this far apart belong to one group."""
    group_lookback_minutes: Positive = 180.0
    """Groups and evidence are followed back no further, so that a verdict never depends on how windows are cut."""
    evidence_calls: Annotated[int, Field(ge=1, le=100)] = 6
    """The evidence of at least `alert_calls` and at most so many consecutive calls adds up."""
    evidence_drift: Positive = 1.5
    """What each call's z has to exceed to add to it, in standard deviations."""
    evidence_clip_z: Positive = 3.0
    """One call adds no more than a z of this."""
    evidence_limit: Positive = 3.25
    """A flagged call alerts at this much evidence: the third at z = 2.6 in a row, or the sixth at 2.1."""
    usual_margin: Positive = 0.25
    """A slow call alerts only if its z exceeds what calls near this time of day reach again and again by this part."""
    min_effect: Positive = 0.25
    """A slow-down below +25 % of the expected value has no severity."""
    speedup_effect: Fraction = 0.20
    """A speed-up of at least 20 % is an INFO finding."""
    season_min_calls: Annotated[int, Field(ge=1)] = 48
    """Fewer calls than this and the hours of the day are not told apart."""
    season_shrinkage_calls: Positive = 10.0
    """Weight, in calls, of the overall level against that of an hour."""
    day_min_calls: Annotated[int, Field(ge=1)] = 5
    """Days with fewer calls do not get a daily median of their own."""
    min_days: Annotated[int, Field(ge=1)] = 3
    """So many thick days are needed to take medians over days; else calls are pooled."""
    scale_floor: Positive = 0.05
    """Smallest scale, in ln(duration): 5 %."""
    prior_weight_calls: Positive = 20.0
    """Weight, in calls, of like operations' median scale."""


class ShiftSettings(Section):
    """Level shifts when a day closes (docs/statistics.md, "Shifts")."""

    judged_days: tuple[Annotated[int, Field(ge=1, le=6)], ...] = (1, 3)
    """Lengths of the newest part that is compared with the rest, in days."""
    min_z: Positive = 3.0
    """A shift needs at least so many standard errors."""
    min_effect: Positive = 0.12
    """A shift needs at least +12 %, or as much the other way."""
    day_prior_sd: Positive = 0.04
    """Prior standard deviation of daily medians, in ln(duration)."""
    day_prior_weight: Positive = 4.0
    """Weight of that prior, in days."""
    info_effect: Positive = 0.20
    """A level shift of this size is INFO."""
    warning_effect: Positive = 0.30
    """A level shift of this size is a WARNING."""
    critical_effect: Positive = 0.50
    """A level shift of this size is CRITICAL."""


class TailSettings(Section):
    """Slow calls that became more frequent, when a day closes (docs/statistics.md, "Tails")."""

    judged_days: tuple[Annotated[int, Field(ge=1, le=6)], ...] = (1, 3)
    """Lengths of the newest part that is compared with the rest, in days."""
    min_z: Positive = 3.5
    """A share of slow calls needs at least so many standard deviations above the usual one."""
    excess_min_z: Positive = 3.1
    """What calls exceed the usual q95 by needs at least so many standard deviations above the usual excess."""
    q95_ratio: Annotated[float, Field(ge=1)] = 1.5
    """Calls above the usual q95 need at least this many times their usual share."""
    q99_ratio: Annotated[float, Field(ge=1)] = 2.0
    """Calls above the usual q99 need at least this many times their usual share."""
    excess_ratio: Annotated[float, Field(ge=1)] = 1.5
    """The excess over the usual q95 needs at least this many times its usual amount."""
    excess_clip: Positive = 4.0
    """One call exceeds it by no more than this many times the usual mean excess."""
    min_calls_above: Annotated[int, Field(ge=1)] = 3
    """So many calls above the quantile are needed."""
    day_prior_weight: Positive = 4.0
    """Weight, in days, of the prior "days differ by chance alone"."""
    info_effect: Positive = 0.20
    """A tail quantile that grew by this much is INFO."""
    warning_effect: Positive = 0.30
    """A tail quantile that grew by this much is a WARNING."""
    critical_effect: Positive = 0.50
    """A tail quantile that grew by this much is CRITICAL."""


class TrendSettings(Section):
    """Slow drifts over days (docs/statistics.md, "Trends")."""

    min_z: Positive = 2.7
    """A trend needs at least so many standard errors."""
    min_effect: Positive = 0.15
    """A trend needs +15 % over the window, or as much the other way."""
    info_effect: Positive = 0.20
    """A trend of this size over the window is INFO."""
    warning_effect: Positive = 0.30
    """A trend of this size over the window is a WARNING."""
    critical_effect: Positive = 0.50
    """A trend of this size over the window is CRITICAL."""
    anchor_days: Annotated[int, Field(ge=7, le=365)] = 28
    """The newest level is compared with the baseline of so many days before, too."""
    anchor_judged_days: Annotated[int, Field(ge=1, le=7)] = 3
    """Length of the newest part in that comparison, in days."""
    anchor_min_z: Positive = 3.0
    """The comparison with the older baseline needs at least so many standard errors."""
    anchor_min_effect: Positive = 0.20
    """The comparison with the older baseline needs at least +20 %, or as much the other way."""
    anchor_day_sd: Positive = 0.06
    """Standard deviation of daily levels around the older baseline, in ln(duration)."""


class SilenceSettings(Section):
    """Hours in which an operation made no calls, or far too few (docs/statistics.md, "Silence")."""

    max_probability: Fraction = 1e-6
    """Silence is found where so few calls are less probable than this."""
    max_share: Fraction = 0.2
    """Silence is found where no more than this share of the expected calls was made."""
    lookback_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """A silence is followed back no further than this, so that a verdict never depends on how windows are cut."""
    min_days: Annotated[int, Field(ge=2)] = 3
    """So many baseline days with a known hour are needed before that hour can be judged."""
    min_dispersion: Positive = 0.05
    """Smallest over-dispersion: even steady traffic differs by the root of this from day to day."""


class CorrelationSettings(Section):
    """Which operations slow together (docs/statistics.md, "Correlation")."""

    window_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """Length of the window in hours."""
    bin_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """Width of a bin in minutes."""
    min_common_bins: Annotated[int, Field(ge=3)] = 30
    """Pairs with fewer bins in common are not tested."""
    clip_z: Positive = 4.0
    """Residuals are clipped at this many standard deviations."""
    hour_median_min_calls: Annotated[int, Field(ge=1)] = 15
    """From so many calls in a clock hour its own median is taken off."""
    fdr: Fraction = 0.01
    """False discovery rate of correlated pairs."""
    min_corrected: Fraction = 0.25
    """Smallest corrected coefficient that counts as moderate."""
    strong: Fraction = 0.75
    """Corrected coefficient from which a pair is strong."""
    critical: Fraction = 0.90
    """Corrected coefficient from which a pair is critical."""
    slow_bin_z: Positive = 2.5
    """A bin this far out is slow."""
    co_exceedance_fdr: Fraction = 0.05
    """False discovery rate of pairs that are slow in the same bins."""
    min_joint_bins: Annotated[int, Field(ge=1)] = 3
    """So many joint slow bins are needed."""
    min_lift: Positive = 2.0
    """So many times more joint slow bins than by chance are needed."""
    max_lag_bins: Annotated[int, Field(ge=0)] = 3
    """The best match is searched this many bins to either side."""
    raw_pearson: Fraction = 0.75
    """The plain rule that the corrected one is compared with: Pearson over one-minute means."""
