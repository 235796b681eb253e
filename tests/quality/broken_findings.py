"""Broken violations, anomalies and degradations."""

from __future__ import annotations

from datetime import timedelta

from mutations import (
    FINITE,
    FROM_0,
    FROM_1,
    FROM_MINUS_1,
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
            "operation_id": ("operation is present",),
            "branch_id": ("branch is present",),
            "observed_at": (),
            "identity_hash": (),
            "duration_us": (),
            "limit_us": (),
            "severity": (),
            "baseline_id": ("baseline_as_of is present",),
        },
    ),
    broken("staged_violations", "an unknown branch", "branch is present", branch_id=UNKNOWN),
    broken("staged_violations", "an unknown baseline", "baseline_as_of is present", baseline_id=UNKNOWN),
    broken("staged_violations", "an unknown operation", "operation is present", SAME_OPERATION, operation_id=UNKNOWN),
    broken("staged_violations", "a blank operation", "operation is not blank", SAME_OPERATION, operation_id=BLANK),
    broken("staged_violations", "a blank branch", "branch is not blank", branch_id=BLANK),
    broken("staged_violations", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken(
        "staged_violations",
        "a baseline of the future",
        "the baseline was valid when the call started",
        observed_at=DAY - MICROSECOND,
    ),
    broken(
        "staged_violations",
        "no duration",
        FROM_1.format("duration_us"),
        "limit_us < duration_us",
        duration_us=0,
    ),
    broken("staged_violations", "a duration at the limit", "limit_us < duration_us", duration_us=12000),
    broken("staged_violations", "a limit of 0", POSITIVE.format("limit_us"), limit_us=0.0),
    *(
        broken(
            "staged_violations",
            f"the limit is {value}",
            POSITIVE.format("limit_us"),
            "limit_us < duration_us",
            limit_us=value,
        )
        for value in (NAN, INFINITY)
    ),
    *out_of("staged_violations", "{} is one of NONE, INFO, WARNING, CRITICAL", severity=("critical", "")),
    duplicate("staged_violations", "operation_id, observed_at, identity_hash are together unique", duration_us=30000),
]

_KINDS = "kind is one of point, shift, tail, trend, silence"
_ANOMALY_INTERVAL = {"effect_low": 8.0, "effect_high": 10.0}

ANOMALIES = [
    empty("staged_anomalies"),
    *missing(
        "staged_anomalies",
        {
            "operation_id": ("operation is present",),
            "branch_id": ("branch is present",),
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
            "baseline_id": ("baseline_as_of is present",),
        },
    ),
    broken("staged_anomalies", "an unknown operation", "operation is present", SAME_OPERATION, operation_id=UNKNOWN),
    broken("staged_anomalies", "an unknown branch", "branch is present", branch_id=UNKNOWN),
    broken("staged_anomalies", "an unknown baseline", "baseline_as_of is present", baseline_id=UNKNOWN),
    broken("staged_anomalies", "a blank operation", "operation is not blank", SAME_OPERATION, operation_id=BLANK),
    broken("staged_anomalies", "a blank branch", "branch is not blank", branch_id=BLANK),
    broken("staged_anomalies", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken(
        "staged_anomalies",
        "a baseline of the future",
        "a point's baseline was valid at the start of its hour",
        window_start=DAY - HOUR,
    ),
    *out_of("staged_anomalies", _KINDS, kind=("Point", "<script>")),
    *out_of("staged_anomalies", "{} is one of NONE, INFO, WARNING, CRITICAL", severity=("HIGH",)),
    broken(
        "staged_anomalies",
        "a window that ends where it starts",
        "window_start < window_end",
        "observed_at < window_end",
        window_end=DAY,
    ),
    broken(
        "staged_anomalies", "a call before the window", "window_start <= observed_at", observed_at=DAY - MICROSECOND
    ),
    broken("staged_anomalies", "a call at the end of the window", "observed_at < window_end", observed_at=DAY + HOUR),
    *out_of(
        "staged_anomalies",
        POSITIVE,
        duration_us=(0.0, NAN, INFINITY),
        expected_us=(-1.0, NAN, INFINITY),
    ),
    *out_of("staged_anomalies", FINITE, z=(NAN, INFINITY, -INFINITY), classical_z=(NAN, INFINITY)),
    *out_of("staged_anomalies", FROM_MINUS_1, effect=(-1.5, NAN, INFINITY)),
    broken(
        "staged_anomalies",
        "the lower end is below -1",
        FROM_MINUS_1.format("effect_low"),
        **{**_ANOMALY_INTERVAL, "effect_low": -1.5},
    ),
    broken(
        "staged_anomalies",
        "the lower end is NaN",
        FROM_MINUS_1.format("effect_low"),
        "effect_low <= effect",
        **{**_ANOMALY_INTERVAL, "effect_low": NAN},
    ),
    broken(
        "staged_anomalies",
        "the upper end is NaN",
        FROM_MINUS_1.format("effect_high"),
        **{**_ANOMALY_INTERVAL, "effect_high": NAN},
    ),
    broken(
        "staged_anomalies",
        "effect and both ends are NaN",
        *(FROM_MINUS_1.format(column) for column in ("effect", "effect_low", "effect_high")),
        effect=NAN,
        effect_low=NAN,
        effect_high=NAN,
    ),
    broken("staged_anomalies", "one end only", "effect_low and effect_high are given together", effect_low=8.0),
    broken(
        "staged_anomalies",
        "the interval lies above the effect",
        "effect_low <= effect",
        **{**_ANOMALY_INTERVAL, "effect_low": 9.5},
    ),
    broken(
        "staged_anomalies",
        "the interval lies below the effect",
        "effect <= effect_high",
        **{**_ANOMALY_INTERVAL, "effect_high": 8.5},
    ),
    duplicate(
        "staged_anomalies",
        "operation_id, branch_id, kind, window_start, observed_at, identity_hash are together unique",
        z=8.0,
    ),
]

DEGRADATIONS = [
    empty("staged_degradations"),
    *missing(
        "staged_degradations",
        {
            "operation_id": ("operation is present",),
            "branch_id": ("branch is present",),
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
    broken("staged_degradations", "an unknown operation", "operation is present", operation_id=UNKNOWN),
    broken("staged_degradations", "an unknown branch", "branch is present", branch_id=UNKNOWN),
    broken("staged_degradations", "a blank operation", "operation is not blank", operation_id=BLANK),
    broken("staged_degradations", "a blank branch", "branch is not blank", branch_id=BLANK),
    *out_of("staged_degradations", "{} is one of shift, tail, trend", kind=("point",)),
    *out_of("staged_degradations", "{} is one of uniform, tail, spread", shape=("wide",)),
    *out_of("staged_degradations", "{} is one of NONE, INFO, WARNING, CRITICAL", severity=("SEVERE",)),
    broken(
        "staged_degradations",
        "a window that ends before it starts",
        "window_start < window_end",
        window_end=DAY - timedelta(days=1),
    ),
    broken(
        "staged_degradations",
        "F44 a window that starts within a day",
        "window_start is the start of a UTC day",
        window_start=DAY + HOUR,
    ),
    broken(
        "staged_degradations",
        "F44 a window that ends within a day",
        "window_end is the start of a UTC day",
        window_end=DAY + HOUR,
    ),
    *out_of("staged_degradations", FROM_1, lookback_days=(0,), n_before=(0,), n_after=(0,)),
    *out_of("staged_degradations", POSITIVE, before_us=(0.0, NAN, INFINITY), after_us=(0.0, NAN, INFINITY)),
    *out_of("staged_degradations", FINITE, z=(NAN, INFINITY), classical_z=(NAN, -INFINITY)),
    broken(
        "staged_degradations", "an onset before its interval", "onset_low_at <= onset_at", onset_low_at=DAY + 1.5 * HOUR
    ),
    broken("staged_degradations", "an onset after its interval", "onset_at <= onset_high_at", onset_high_at=DAY),
    broken(
        "staged_degradations",
        "a date, and why there is none",
        "what is not dated says why, and only that",
        undated_because="a line fits better",
    ),
    broken(
        "staged_degradations",
        "no date, and no reason",
        "what is not dated says why, and only that",
        onset_low_at=None,
        onset_at=None,
        onset_high_at=None,
    ),
    broken(
        "staged_degradations",
        "everything is faster than at once",
        *(FROM_MINUS_1.format(column) for column in ("effect", "effect_low", "effect_high")),
        effect=-1.5,
        effect_low=-1.6,
        effect_high=-1.4,
    ),
    broken(
        "staged_degradations",
        "effect is NaN",
        FROM_MINUS_1.format("effect"),
        "effect <= effect_high",
        effect=NAN,
    ),
    broken("staged_degradations", "one end only", "effect_low and effect_high are given together", effect_low=None),
    broken("staged_degradations", "the interval lies above the effect", "effect_low <= effect", effect_low=0.55),
    broken("staged_degradations", "the interval lies below the effect", "effect <= effect_high", effect_high=0.45),
    duplicate(
        "staged_degradations", "operation_id, branch_id, kind, window_start, window_end are together unique", z=5.0
    ),
]

_COUNTED = "findings are counted for alert and finding only"
_GATES = FROM_1.format("n_gates")

VERDICTS = [
    empty("staged_verdicts"),
    *missing(
        "staged_verdicts",
        {
            "operation_id": ("operation is present",),
            "branch_id": ("branch is present",),
            "rule": (),
            "window_start": (),
            "window_end": (),
            "n_calls": (),
            "n_findings": (),
            "outcome": (),
        },
    ),
    broken("staged_verdicts", "an unknown operation", "operation is present", operation_id=UNKNOWN),
    broken("staged_verdicts", "an unknown branch", "branch is present", branch_id=UNKNOWN),
    broken("staged_verdicts", "a blank operation", "operation is not blank", operation_id=BLANK),
    broken("staged_verdicts", "a blank branch", "branch is not blank", branch_id=BLANK),
    *out_of("staged_verdicts", "{} is one of point, silence, shift, tail, trend, anchor", rule=("guess",)),
    broken(
        "staged_verdicts",
        "an outcome that is none",
        "outcome is one of alert, finding, quiet, no_calls, not_judged",
        _COUNTED,
        outcome="maybe",
    ),
    broken("staged_verdicts", "a window that ends where it starts", "window_start < window_end", window_end=DAY),
    broken(
        "staged_verdicts",
        "a baseline of the future",
        "the baseline was valid at the start of the window",
        baseline_as_of=DAY + MICROSECOND,
    ),
    *out_of("staged_verdicts", FROM_0, n_calls=(-1,)),
    broken("staged_verdicts", "fewer findings than none", FROM_0.format("n_findings"), _COUNTED, n_findings=-1),
    broken("staged_verdicts", "no gate at all", _GATES, gates=Jsonb([])),
    *out_of("staged_verdicts", FINITE, observed=(NAN,), expected=(INFINITY,), needed=(-INFINITY,)),
    broken(
        "staged_verdicts",
        "an alert that a gate should have stopped",
        "an alert has passed every gate",
        gates=Jsonb([["z", 7.5, 3.0, True], ["coverage", 0.5, 0.6, False]]),
    ),
    broken("staged_verdicts", "a quiet hour with findings", _COUNTED, outcome="quiet"),
    duplicate(
        "staged_verdicts", "operation_id, branch_id, rule, window_start, window_end are together unique", needed=1.0
    ),
]
