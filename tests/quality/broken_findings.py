"""Broken violations, anomalies and degradations."""

from __future__ import annotations

from datetime import timedelta

from broken_rows import (
    FINITE,
    IN_RANGE,
    INFINITY,
    NAN,
    POSITIVE,
    SAME_OPERATION,
    broken,
    duplicate,
    empty,
    missing,
    out_of,
)
from psycopg.types.json import Jsonb
from staged_rows import BLANK, DAY, HOUR, MERGE, MICROSECOND, UNKNOWN

VIOLATIONS = [
    empty("staged_violations"),
    *missing(
        "staged_violations",
        {
            "operation_id": ("operation_present",),
            "branch_id": ("branch_present",),
            "observed_at": (),
            "identity_hash": (),
            "duration_us": (),
            "limit_us": (),
            "severity": (),
            "baseline_id": ("baseline_as_of_present",),
        },
    ),
    broken("staged_violations", "an unknown branch", "branch_present", branch_id=UNKNOWN),
    broken("staged_violations", "an unknown baseline", "baseline_as_of_present", baseline_id=UNKNOWN),
    broken("staged_violations", "an unknown operation", "operation_present", SAME_OPERATION, operation_id=UNKNOWN),
    broken("staged_violations", "a blank operation", "operation_named", SAME_OPERATION, operation_id=BLANK),
    broken("staged_violations", "a blank branch", "branch_named", branch_id=BLANK),
    broken("staged_violations", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken(
        "staged_violations",
        "a baseline of the future",
        "baseline_was_valid",
        observed_at=DAY - MICROSECOND,
    ),
    broken(
        "staged_violations",
        "no duration",
        IN_RANGE.format("duration_us"),
        "limit_us_below_duration_us",
        duration_us=0,
    ),
    broken("staged_violations", "a duration at the limit", "limit_us_below_duration_us", duration_us=12000),
    broken("staged_violations", "a limit of 0", POSITIVE.format("limit_us"), limit_us=0.0),
    *(
        broken(
            "staged_violations",
            f"the limit is {value}",
            POSITIVE.format("limit_us"),
            "limit_us_below_duration_us",
            limit_us=value,
        )
        for value in (NAN, INFINITY)
    ),
    *out_of("staged_violations", "{}_known", severity=("critical", "")),
    duplicate("staged_violations", "key_unique", duration_us=30000),
]

_KINDS = "kind_known"
_ANOMALY_INTERVAL = {"effect_low": 8.0, "effect_high": 10.0}

ANOMALIES = [
    empty("staged_anomalies"),
    *missing(
        "staged_anomalies",
        {
            "operation_id": ("operation_present",),
            "branch_id": ("branch_present",),
            "kind": (),
            "window_start": (),
            "window_end": (),
            "observed_at": (),
            "identity_hash": (),
            "duration_us": (),
            "expected_us": (),
            "z": (),
            "classical_z": (),
            "effect": (),
            "severity": (),
            "is_alerting": (),
            "baseline_id": ("baseline_as_of_present",),
        },
    ),
    broken("staged_anomalies", "an unknown operation", "operation_present", SAME_OPERATION, operation_id=UNKNOWN),
    broken("staged_anomalies", "an unknown branch", "branch_present", branch_id=UNKNOWN),
    broken("staged_anomalies", "an unknown baseline", "baseline_as_of_present", baseline_id=UNKNOWN),
    broken("staged_anomalies", "a blank operation", "operation_named", SAME_OPERATION, operation_id=BLANK),
    broken("staged_anomalies", "a blank branch", "branch_named", branch_id=BLANK),
    broken("staged_anomalies", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken(
        "staged_anomalies",
        "a baseline of the future",
        "baseline_was_valid",
        window_start=DAY - HOUR,
    ),
    *out_of("staged_anomalies", _KINDS, kind=("Point", "<script>")),
    *out_of("staged_anomalies", "{}_known", severity=("HIGH",)),
    broken(
        "staged_anomalies",
        "a window that ends where it starts",
        "window_start_below_window_end",
        "observed_at_below_window_end",
        window_end=DAY,
    ),
    broken(
        "staged_anomalies",
        "a call before the window",
        "window_start_at_most_observed_at",
        observed_at=DAY - MICROSECOND,
    ),
    broken(
        "staged_anomalies", "a call at the end of the window", "observed_at_below_window_end", observed_at=DAY + HOUR
    ),
    *out_of(
        "staged_anomalies",
        POSITIVE,
        duration_us=(0.0, NAN, INFINITY),
        expected_us=(-1.0, NAN, INFINITY),
    ),
    *out_of("staged_anomalies", FINITE, z=(NAN, INFINITY, -INFINITY), classical_z=(NAN, INFINITY)),
    *out_of("staged_anomalies", IN_RANGE, effect=(-1.5, NAN, INFINITY)),
    broken(
        "staged_anomalies",
        "the lower end is below -1",
        IN_RANGE.format("effect_low"),
        **{**_ANOMALY_INTERVAL, "effect_low": -1.5},
    ),
    broken(
        "staged_anomalies",
        "the lower end is NaN",
        IN_RANGE.format("effect_low"),
        "effect_low_at_most_effect",
        **{**_ANOMALY_INTERVAL, "effect_low": NAN},
    ),
    broken(
        "staged_anomalies",
        "the upper end is NaN",
        IN_RANGE.format("effect_high"),
        **{**_ANOMALY_INTERVAL, "effect_high": NAN},
    ),
    broken(
        "staged_anomalies",
        "effect and both ends are NaN",
        *(IN_RANGE.format(column) for column in ("effect", "effect_low", "effect_high")),
        effect=NAN,
        effect_low=NAN,
        effect_high=NAN,
    ),
    broken("staged_anomalies", "one end only", "has_both_ends", effect_low=8.0),
    broken(
        "staged_anomalies",
        "the interval lies above the effect",
        "effect_low_at_most_effect",
        **{**_ANOMALY_INTERVAL, "effect_low": 9.5},
    ),
    broken(
        "staged_anomalies",
        "the interval lies below the effect",
        "effect_at_most_effect_high",
        **{**_ANOMALY_INTERVAL, "effect_high": 8.5},
    ),
    duplicate(
        "staged_anomalies",
        "key_unique",
        z=8.0,
    ),
]

DEGRADATIONS = [
    empty("staged_degradations"),
    *missing(
        "staged_degradations",
        {
            "operation_id": ("operation_present",),
            "branch_id": ("branch_present",),
            "kind": (),
            "window_start": (),
            "window_end": (),
            "lookback_days": (),
            "n_before": (),
            "n_after": (),
            "before_us": (),
            "after_us": (),
            "z": (),
            "effect": (),
            "shape": (),
            "severity": (),
            "is_alerting": (),
        },
    ),
    broken("staged_degradations", "an unknown operation", "operation_present", operation_id=UNKNOWN),
    broken("staged_degradations", "an unknown branch", "branch_present", branch_id=UNKNOWN),
    broken("staged_degradations", "a blank operation", "operation_named", operation_id=BLANK),
    broken("staged_degradations", "a blank branch", "branch_named", branch_id=BLANK),
    *out_of("staged_degradations", "{}_known", kind=("point",)),
    *out_of("staged_degradations", "{}_known", shape=("wide",)),
    *out_of("staged_degradations", "{}_known", severity=("SEVERE",)),
    broken(
        "staged_degradations",
        "a window that ends before it starts",
        "window_start_below_window_end",
        window_end=DAY - timedelta(days=1),
    ),
    broken(
        "staged_degradations",
        "F44 a window that starts within a day",
        "window_start_is_day",
        window_start=DAY + HOUR,
    ),
    broken(
        "staged_degradations",
        "F44 a window that ends within a day",
        "window_end_is_day",
        window_end=DAY + HOUR,
    ),
    *out_of("staged_degradations", IN_RANGE, lookback_days=(0,), n_before=(0,), n_after=(0,)),
    *out_of("staged_degradations", POSITIVE, before_us=(0.0, NAN, INFINITY), after_us=(0.0, NAN, INFINITY)),
    *out_of("staged_degradations", FINITE, z=(NAN, INFINITY), classical_z=(NAN, -INFINITY)),
    broken("staged_degradations", "an onset before its interval", "onset_low_ordered", onset_low_at=DAY + 1.5 * HOUR),
    broken("staged_degradations", "an onset after its interval", "onset_high_ordered", onset_high_at=DAY),
    broken(
        "staged_degradations",
        "a date, and why there is none",
        "has_date_or_reason",
        no_onset_reason="drift",
    ),
    broken(
        "staged_degradations",
        "a reason in words of its own",
        "reason_known",
        onset_low_at=None,
        onset_at=None,
        onset_high_at=None,
        no_onset_reason="a line fits better",
    ),
    broken(
        "staged_degradations",
        "no date, and no reason",
        "has_date_or_reason",
        onset_low_at=None,
        onset_at=None,
        onset_high_at=None,
    ),
    broken(
        "staged_degradations",
        "everything is faster than at once",
        *(IN_RANGE.format(column) for column in ("effect", "effect_low", "effect_high")),
        effect=-1.5,
        effect_low=-1.6,
        effect_high=-1.4,
    ),
    broken(
        "staged_degradations",
        "effect is NaN",
        IN_RANGE.format("effect"),
        "effect_at_most_effect_high",
        effect=NAN,
    ),
    broken("staged_degradations", "one end only", "has_both_ends", effect_low=None),
    broken("staged_degradations", "the interval lies above the effect", "effect_low_at_most_effect", effect_low=0.55),
    broken("staged_degradations", "the interval lies below the effect", "effect_at_most_effect_high", effect_high=0.45),
    duplicate("staged_degradations", "key_unique", z=5.0),
]

_COUNTED = "findings_agree"
_GATES = IN_RANGE.format("n_gates")

VERDICTS = [
    empty("staged_verdicts"),
    *missing(
        "staged_verdicts",
        {
            "operation_id": ("operation_present",),
            "branch_id": ("branch_present",),
            "rule": (),
            "window_start": (),
            "window_end": (),
            "n_calls": (),
            "n_findings": (),
            "outcome": (),
        },
    ),
    broken("staged_verdicts", "an unknown operation", "operation_present", operation_id=UNKNOWN),
    broken("staged_verdicts", "an unknown branch", "branch_present", branch_id=UNKNOWN),
    broken("staged_verdicts", "a blank operation", "operation_named", operation_id=BLANK),
    broken("staged_verdicts", "a blank branch", "branch_named", branch_id=BLANK),
    *out_of("staged_verdicts", "{}_known", rule=("guess",)),
    broken(
        "staged_verdicts",
        "an outcome that is none",
        "outcome_known",
        _COUNTED,
        outcome="maybe",
    ),
    broken("staged_verdicts", "a window that ends where it starts", "window_start_below_window_end", window_end=DAY),
    broken(
        "staged_verdicts",
        "a baseline of the future",
        "baseline_was_valid",
        baseline_as_of=DAY + MICROSECOND,
    ),
    *out_of("staged_verdicts", IN_RANGE, n_calls=(-1,)),
    broken("staged_verdicts", "fewer findings than none", IN_RANGE.format("n_findings"), _COUNTED, n_findings=-1),
    broken("staged_verdicts", "no gate at all", _GATES, gates=Jsonb([])),
    *out_of("staged_verdicts", FINITE, observed=(NAN,), expected=(INFINITY,), needed=(-INFINITY,)),
    broken(
        "staged_verdicts",
        "an alert that a gate should have stopped",
        "alert_passed_all",
        gates=Jsonb([["z", 7.5, 3.0, True], ["coverage", 0.5, 0.6, False]]),
    ),
    broken("staged_verdicts", "a quiet hour with findings", _COUNTED, outcome="quiet"),
    duplicate("staged_verdicts", "key_unique", needed=1.0),
]
