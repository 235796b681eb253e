"""What must hold of baselines, staged or published."""

from __future__ import annotations

from typing import Any

from oplatency.quality.expectations import (
    equal,
    finite,
    finite_from,
    named,
    ordered,
    positive,
    present,
    rule,
    unique,
    within,
)

KEY = ("operation_id", "branch_id", "as_of", "config_hash", "revision")
PERCENTILES = ("p50_us", "p75_us", "p90_us", "p95_us", "p99_us")
_MEASURES = (
    "lookback_days",
    "hours_covered",
    "n_calls",
    "min_samples",
    "min_us",
    *PERCENTILES,
    "max_us",
    "mean_us",
    "sd_us",
    "p99_is_estimable",
    "alert_threshold",
)
_INPUTS = ("days_covered", "excluded_hours", "is_new_normal", "n_excluded", "n_excluded_in_window")
_ENDS = tuple(f"{name.removesuffix('_us')}_{end}_us" for name in PERCENTILES for end in ("low", "high"))
_PROFILE = ("n_days", "is_seasonal", "n_hour_offsets", "location", "scale_up", "scale_down", "n_recurring_z")
COLUMNS = (
    *KEY,
    "operation",
    "branch",
    "as_of_day",
    "hours_in_window",
    *_MEASURES,
    "p99_has_upper_bound",
    *_INPUTS,
    *_ENDS,
    *_PROFILE,
    "n_finite_hour_offsets",
    "n_positive_recurring_z",
)


def baselines() -> list[Any]:
    """Return the expectations of candidate and published baselines, with the profile that detection uses.

    ``operation``, ``branch`` and ``min_samples`` are looked up by key: their presence is the proof that the key
    exists. ``min_samples`` comes from the very configuration the row was computed with.
    """
    return [
        # a candidate has no revision yet: publishing gives it one
        *present(("operation", "branch", *KEY[:-1], *_MEASURES, *_INPUTS[:-1], *_PROFILE)),
        *named(("operation", "branch")),
        equal("as_of", "as_of_day", "as_of_is_day", "as_of is the start of a UTC day"),
        *finite_from(1, ("lookback_days", "hours_covered", "min_us", "alert_threshold")),
        ordered("hours_covered", "hours_in_window", "hours_covered <= hours of the look-back"),
        ordered("min_samples", "n_calls"),
        *positive((*PERCENTILES, "mean_us", "scale_up", "scale_down")),
        *finite_from(0, ("sd_us", "days_covered", "excluded_hours", "n_days")),
        ordered("days_covered", "lookback_days"),
        ordered("excluded_hours", "hours_in_window", "excluded_hours <= hours of the look-back"),
        equal("n_excluded", "n_excluded_in_window", "excluded_in_window", "what is excluded lies in the look-back"),
        *(rule_ for name in PERCENTILES for rule_ in _interval(name)),
        rule("percentiles_ordered", "p50 <= p75 <= p90 <= p95 <= p99", ", ".join(PERCENTILES)),
        ordered("min_us", "p50_us"),
        ordered("p99_us", "max_us"),
        ordered("min_us", "mean_us"),
        ordered("mean_us", "max_us"),
        equal(
            "p99_is_estimable", "p99_has_upper_bound", "p99_estimable_from_299", "p99_is_estimable from 299 calls on"
        ),
        within("n_hour_offsets", 24, 24, "hour_offsets has 24 values", name="hour_offsets_complete"),
        equal(
            "n_hour_offsets", "n_finite_hour_offsets", "hour_offsets_finite", "hour_offsets holds finite values only"
        ),
        within("n_recurring_z", 96, 96, "recurring_z has 96 values", name="recurring_z_complete"),
        equal(
            "n_recurring_z",
            "n_positive_recurring_z",
            "recurring_z_positive",
            "recurring_z holds finite values above 0 only",
        ),
        *finite(("location",)),
        unique(KEY),
    ]


def _interval(percentile: str) -> list[Any]:
    low, high = (f"{percentile.removesuffix('_us')}_{end}_us" for end in ("low", "high"))
    return [ordered("min_us", low), ordered(low, percentile), ordered(percentile, high), ordered(high, "max_us")]
