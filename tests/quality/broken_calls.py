"""Broken calls and baselines."""

from __future__ import annotations

from datetime import timedelta

from broken_rows import (
    FINITE,
    IN_RANGE,
    INFINITY,
    NAN,
    POSITIVE,
    ROWS,
    Mutation,
    broken,
    duplicate,
    empty,
    missing,
    out_of,
)
from psycopg.types.json import Jsonb
from staged_rows import BLANK, DAY, HOUR, LOW_ENDS, MICROSECOND, UNKNOWN, metric

_INTERVAL = "interval_is_duration"
_MILLISECONDS = "milliseconds_are_duration"
_PERIOD = "period_is_day_of_start"
_METRIC = metric(0)

METRICS = [
    empty("staged_metrics", ROWS),
    *missing(
        "staged_metrics",
        {
            "row_no": (),
            "operation": (),
            "started_at": (),
            "ended_at": (),
            "duration_us": (),
            "duration_ms": (),
            "period_start": (),
            "identity_hash": (),
        },
    ),
    *out_of("staged_metrics", "{}_named", operation=("", " \t"), branch=(" ",)),
    broken("staged_metrics", "a blank user", "user_named", user_name="\n"),
    broken(
        "staged_metrics",
        "started_at is -infinity",
        "instants_finite",
        _INTERVAL,
        _PERIOD,
        started_at="-infinity",
    ),
    broken(
        "staged_metrics",
        "ended_at is infinity",
        "instants_finite",
        _INTERVAL,
        ended_at="infinity",
    ),
    broken(
        "staged_metrics",
        "F03 every duration is negative and the end agrees",
        IN_RANGE.format("duration_us"),
        POSITIVE.format("duration_ms"),
        "end_after_start",
        duration_us=-5000,
        duration_ms=-5.0,
        ended_at=DAY - 5000 * MICROSECOND,
    ),
    broken(
        "staged_metrics",
        "the duration is 0 and the end agrees",
        IN_RANGE.format("duration_us"),
        POSITIVE.format("duration_ms"),
        "end_after_start",
        duration_us=0,
        duration_ms=0.0,
        ended_at=DAY,
    ),
    broken("staged_metrics", "F01 duration_ms is NaN", POSITIVE.format("duration_ms"), _MILLISECONDS, duration_ms=NAN),
    broken(
        "staged_metrics",
        "F02 duration_ms is Infinity",
        POSITIVE.format("duration_ms"),
        _MILLISECONDS,
        duration_ms=INFINITY,
    ),
    broken(
        "staged_metrics", "F03 duration_ms is negative", POSITIVE.format("duration_ms"), _MILLISECONDS, duration_ms=-5.0
    ),
    broken("staged_metrics", "F04 ended_at < started_at", "end_after_start", _INTERVAL, ended_at=DAY - HOUR),
    broken("staged_metrics", "F05 the end is 2 us late", _INTERVAL, ended_at=_METRIC["ended_at"] + 2 * MICROSECOND),
    broken("staged_metrics", "F05 duration_ms is 2 us too long", _MILLISECONDS, duration_ms=5.002),
    broken("staged_metrics", "F44 period_start is a microsecond late", _PERIOD, period_start=DAY + MICROSECOND),
    Mutation(
        "staged_metrics",
        "F44 period_start is the day before",
        frozenset({_PERIOD}),
        change=lambda rows: rows["staged_metrics"][1].update(period_start=DAY - timedelta(days=1)),
    ),
    broken("staged_metrics", "F44 period_start is a day of another zone", _PERIOD, period_start=DAY - 2 * HOUR),
    Mutation(
        "staged_metrics",
        "an input row twice",
        frozenset({"input_rows_are_unique"}),
        change=lambda rows: rows["staged_metrics"][1].update(row_no=1),
    ),
]

_ORDER = "percentiles_ordered"
_HIGH = "{0}_us_at_most_{0}_high_us"
_PERCENTILES = ("p50_us", "p75_us", "p90_us", "p95_us", "p99_us")

BASELINES = [
    empty("staged_baselines", ROWS),
    *missing(
        "staged_baselines",
        {
            "operation_id": ("operation_present",),
            "branch_id": ("branch_present",),
            "as_of": (),
            "config_hash": ("min_samples_present",),
            "lookback_days": (),
            "hours_covered": (),
            "n_calls": (),
            "min_us": (),
            **dict.fromkeys(_PERCENTILES, ()),
            "max_us": (),
            "mean_us": (),
            "sd_us": (),
            "p99_is_estimable": (),
            "alert_threshold": (),
            "days_covered": (),
            "excluded_hours": (),
            "is_new_normal": (),
            "n_days": (),
            "is_seasonal": (),
            "location": (),
            "scale_up": (),
            "scale_down": (),
        },
    ),
    broken("staged_baselines", "recurring_z is null", "n_recurring_z_present", recurring_z=None),
    broken(
        "staged_baselines",
        "hour_offsets is null",
        "n_hour_offsets_present",
        hour_offsets=None,
    ),
    broken("staged_baselines", "an unknown operation", "operation_present", operation_id=UNKNOWN),
    broken("staged_baselines", "an unknown branch", "branch_present", branch_id=UNKNOWN),
    broken("staged_baselines", "an unknown configuration", "min_samples_present", config_hash="unknown"),
    broken("staged_baselines", "a blank operation", "operation_named", operation_id=BLANK),
    broken("staged_baselines", "a blank branch", "branch_named", branch_id=BLANK),
    broken("staged_baselines", "F44 as_of is within a day", "as_of_is_day", as_of=DAY + MICROSECOND),
    broken("staged_baselines", "as_of is a day of another zone", "as_of_is_day", as_of=DAY - 2 * HOUR),
    broken("staged_baselines", "excluded is null", "n_excluded_present", excluded=None),
    broken("staged_baselines", "more days than there are", "days_covered_at_most_lookback_days", days_covered=7.5),
    broken(
        "staged_baselines",
        "more hours left out than there are",
        "excluded_hours_at_most_hours_in_window",
        excluded_hours=169.0,
    ),
    broken(
        "staged_baselines",
        "what is excluded lies elsewhere",
        "excluded_in_window",
        excluded=Jsonb([{"from": "2026-03-08T00:00:00Z", "to": "2026-03-09T00:00:01Z"}]),
    ),
    *(
        mutation
        for name, low in LOW_ENDS.items()
        for mutation in (
            broken(
                "staged_baselines",
                f"{name} lies below its interval",
                f"{name}_low_us_at_most_{name}_us",
                **{f"{name}_low_us": low + 1000.0},
            ),
            broken(
                "staged_baselines",
                f"{name} lies above its interval",
                f"{name}_us_at_most_{name}_high_us",
                **{f"{name}_high_us": low},
            ),
            broken(
                "staged_baselines",
                f"the interval of {name} begins below the fastest call",
                f"min_us_at_most_{name}_low_us",
                **{f"{name}_low_us": 999.0},
            ),
            broken(
                "staged_baselines",
                f"the interval of {name} ends above the slowest call",
                f"{name}_high_us_at_most_max_us",
                **{f"{name}_high_us": 7001.0},
            ),
        )
    ),
    broken(
        "staged_baselines",
        "a look-back of no days",
        IN_RANGE.format("lookback_days"),
        "hours_covered_at_most_hours_in_window",
        "days_covered_at_most_lookback_days",
        lookback_days=0,
    ),
    *out_of("staged_baselines", IN_RANGE, hours_covered=(0,), min_us=(0,), alert_threshold=(0.5, NAN, INFINITY)),
    broken("staged_baselines", "more hours than there are", "hours_covered_at_most_hours_in_window", hours_covered=169),
    broken("staged_baselines", "only 5 samples", "min_samples_at_most_n_calls", n_calls=5, p99_is_estimable=False),
    *(
        broken(
            "staged_baselines",
            f"{column} is NaN",
            POSITIVE.format(column),
            fails,
            _HIGH.format(column[:3]),
            **{column: NAN},
        )
        for column, fails in {**dict.fromkeys(_PERCENTILES, _ORDER), "p99_us": "p99_us_at_most_max_us"}.items()
    ),
    broken(
        "staged_baselines",
        "F90 both sides are NaN",
        POSITIVE.format("p90_us"),
        POSITIVE.format("p95_us"),
        _HIGH.format("p90"),
        _HIGH.format("p95"),
        _ORDER,
        p90_us=NAN,
        p95_us=NAN,
    ),
    broken(
        "staged_baselines",
        "F90 every percentile is NaN",
        *(POSITIVE.format(column) for column in _PERCENTILES),
        *(_HIGH.format(column[:3]) for column in _PERCENTILES),
        "p99_us_at_most_max_us",
        **dict.fromkeys(_PERCENTILES, NAN),
    ),
    broken(
        "staged_baselines",
        "F02 p99_us is Infinity",
        POSITIVE.format("p99_us"),
        _HIGH.format("p99"),
        "p99_us_at_most_max_us",
        p99_us=INFINITY,
    ),
    broken("staged_baselines", "F90 p95 < p50", _ORDER, "p95_low_us_at_most_p95_us", p95_us=1500.0),
    broken(
        "staged_baselines",
        "F90 p75 < p50 and p99 is null",
        "p99_us_present",
        _ORDER,
        "p75_low_us_at_most_p75_us",
        p75_us=1500.0,
        p99_us=None,
    ),
    broken(
        "staged_baselines",
        "min > p50",
        "min_us_at_most_p50_us",
        "min_us_at_most_p50_low_us",
        min_us=2001,
        mean_us=2500.0,
    ),
    broken(
        "staged_baselines",
        "p99 > max",
        "p99_us_at_most_max_us",
        "p95_high_us_at_most_max_us",
        "p99_high_us_at_most_max_us",
        max_us=5999,
    ),
    broken("staged_baselines", "mean < min", "min_us_at_most_mean_us", mean_us=999.0),
    broken("staged_baselines", "mean > max", "mean_us_at_most_max_us", mean_us=7001.0),
    broken("staged_baselines", "F01 mean is NaN", POSITIVE.format("mean_us"), "mean_us_at_most_max_us", mean_us=NAN),
    *out_of(
        "staged_baselines",
        IN_RANGE,
        sd_us=(-1.0, NAN, INFINITY),
        n_days=(-1,),
        days_covered=(-1.0,),
        excluded_hours=(-1.0,),
    ),
    broken("staged_baselines", "p99 from too few calls", "p99_estimable_from_299", n_calls=298),
    broken("staged_baselines", "p99 held back", "p99_estimable_from_299", p99_is_estimable=False),
    duplicate(
        "staged_baselines",
        "key_unique",
        p99_us=6500.0,
    ),
    broken("staged_baselines", "23 hours", "hour_offsets_complete", hour_offsets=[8.0] * 23),
    *(
        broken(
            "staged_baselines",
            f"an hour is {value}",
            "hour_offsets_finite",
            hour_offsets=[8.0] * 23 + [value],
        )
        for value in (NAN, INFINITY, None)
    ),
    broken("staged_baselines", "95 quarters of an hour", "recurring_z_complete", recurring_z=[3.0] * 95),
    *(
        broken(
            "staged_baselines",
            f"a quarter of an hour is {value}",
            "recurring_z_positive",
            recurring_z=[3.0] * 95 + [value],
        )
        for value in (0.0, NAN, INFINITY, None)
    ),
    *out_of("staged_baselines", FINITE, location=(NAN, -INFINITY)),
    *out_of("staged_baselines", POSITIVE, scale_up=(0.0, NAN, INFINITY), scale_down=(0.0, NAN, INFINITY)),
]
