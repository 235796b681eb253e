"""What must hold of findings, staged or published: violations, anomalies, degradations, correlations."""

from __future__ import annotations

from typing import Any

from oplatency.quality.expectations import (
    equal,
    finite,
    finite_from,
    named,
    one_of,
    ordered,
    positive,
    present,
    true,
    unique,
    within,
)

SEVERITIES = ("NONE", "INFO", "WARNING", "CRITICAL")
SHAPES = ("uniform", "tail", "spread")
STRENGTHS = ("moderate", "strong", "critical", "co-exceedance")

_NAMES = ("operation", "branch")


def _interval() -> list[Any]:
    return [
        *finite_from(-1, ("effect", "effect_low", "effect_high")),
        true("has_both_ends", "effect_low and effect_high are given together", "effect_low, effect_high"),
        ordered("effect_low", "effect"),
        ordered("effect", "effect_high"),
    ]


VIOLATION_KEY = ("operation_id", "observed_at", "identity_hash")
_VIOLATION = (
    *_NAMES,
    *VIOLATION_KEY,
    "branch_id",
    "duration_us",
    "limit_us",
    "severity",
    "baseline_id",
    "baseline_as_of",
)
VIOLATION_COLUMNS = (*_VIOLATION, "baseline_operation_id")


def violations() -> list[Any]:
    """Return the expectations of calls that were slower than their operation's limit."""
    return [
        *present(_VIOLATION),
        *named(_NAMES),
        *finite_from(1, ("duration_us",)),
        *positive(("limit_us",)),
        ordered("limit_us", "duration_us", strict=True),
        one_of("severity", SEVERITIES),
        ordered(
            "baseline_as_of", "observed_at", "the baseline was valid when the call started", name="baseline_was_valid"
        ),
        equal(
            "operation_id",
            "baseline_operation_id",
            "baseline_of_operation",
            "the baseline is one of the same operation",
        ),
        unique(VIOLATION_KEY),
    ]


ANOMALY_KEY = ("operation_id", "branch_id", "kind", "window_start", "observed_at", "identity_hash")
_ANOMALY = (
    *_NAMES,
    *ANOMALY_KEY,
    "window_end",
    "duration_us",
    "expected_us",
    "z",
    "classical_z",
    "effect",
    "severity",
    "is_alerting",
    "baseline_id",
    "baseline_as_of",
)
ANOMALY_COLUMNS = (
    *_ANOMALY,
    "kind_known",
    "effect_low",
    "effect_high",
    "has_both_ends",
    "point_baseline_as_of",
    "baseline_operation_id",
)


def anomalies() -> list[Any]:
    """Return the expectations of calls and windows that a rule called abnormal."""
    return [
        *present(_ANOMALY),
        *named(_NAMES),
        true("kind_known", "kind is that of a rule", "kind"),
        one_of("severity", SEVERITIES),
        ordered("window_start", "window_end", strict=True),
        ordered("window_start", "observed_at"),
        ordered("observed_at", "window_end", strict=True),
        *positive(("duration_us", "expected_us")),
        *finite(("z", "classical_z")),
        *_interval(),
        ordered(
            "point_baseline_as_of",
            "window_start",
            "a point's baseline was valid at the start of its hour",
            name="baseline_was_valid",
        ),
        equal(
            "operation_id",
            "baseline_operation_id",
            "baseline_of_operation",
            "the baseline is one of the same operation",
        ),
        unique(ANOMALY_KEY),
    ]


DEGRADATION_KEY = ("operation_id", "branch_id", "kind", "window_start", "window_end")
_DEGRADATION = (
    *_NAMES,
    *DEGRADATION_KEY,
    "lookback_days",
    "n_before",
    "n_after",
    "before_us",
    "after_us",
    "z",
    "effect",
    "shape",
    "severity",
    "is_alerting",
)
DEGRADATION_COLUMNS = (
    *_DEGRADATION,
    "kind_known",
    "effect_low",
    "effect_high",
    "has_both_ends",
    "window_start_day",
    "window_end_day",
    "classical_z",
    "onset_low_at",
    "onset_at",
    "onset_high_at",
    "has_date_or_reason",
    "reason_known",
)


def degradations() -> list[Any]:
    """Return the expectations of operations whose newest days differ from the days before."""
    return [
        *present(_DEGRADATION),
        *named(_NAMES),
        true("kind_known", "kind is that of a rule about days", "kind"),
        one_of("shape", SHAPES),
        one_of("severity", SEVERITIES),
        ordered("window_start", "window_end", strict=True),
        equal("window_start", "window_start_day", "window_start_is_day", "window_start is the start of a UTC day"),
        equal("window_end", "window_end_day", "window_end_is_day", "window_end is the start of a UTC day"),
        *finite_from(1, ("lookback_days", "n_before", "n_after")),
        *positive(("before_us", "after_us")),
        *finite(("z", "classical_z")),
        *_interval(),
        ordered("onset_low_at", "onset_at", name="onset_low_ordered"),
        ordered("onset_at", "onset_high_at", name="onset_high_ordered"),
        true("has_date_or_reason", "what is not dated says why, and only that", "onset_at, no_onset_reason"),
        true("reason_known", "no_onset_reason is a known reason", "no_onset_reason"),
        unique(DEGRADATION_KEY),
    ]


OUTCOMES = ("alert", "finding", "quiet", "no_calls", "not_judged")
VERDICT_KEY = ("operation_id", "branch_id", "rule", "window_start", "window_end")
_VERDICT = (*_NAMES, *VERDICT_KEY, "n_calls", "n_findings", "outcome")
VERDICT_COLUMNS = (
    *_VERDICT,
    "rule_known",
    "baseline_as_of",
    "observed",
    "expected",
    "needed",
    "n_gates",
    "alert_passed_all",
    "findings_agree",
)


def verdicts() -> list[Any]:
    """Return the expectations of what each rule decided."""
    return [
        *present(_VERDICT),
        *named(_NAMES),
        true("rule_known", "rule is one of the rules", "rule"),
        one_of("outcome", OUTCOMES),
        ordered("window_start", "window_end", strict=True),
        ordered(
            "baseline_as_of",
            "window_start",
            "the baseline was valid at the start of the window",
            name="baseline_was_valid",
        ),
        *finite_from(0, ("n_calls", "n_findings")),
        *finite_from(1, ("n_gates",)),
        *finite(("observed", "expected", "needed")),
        true("alert_passed_all", "an alert has passed every gate", "outcome, gates"),
        true("findings_agree", "findings are counted for alert and finding only", "outcome, n_findings"),
        unique(VERDICT_KEY),
    ]


CORRELATION_KEY = ("as_of", "lower_operation_id", "higher_operation_id")
_CORRELATION = (
    "as_of",
    "operation_a",
    "operation_b",
    "joint_bins",
    "effective_n",
    "p",
    "q",
    "lag_bins",
    "strength",
    "group_no",
    "bottleneck",
)
CORRELATION_COLUMNS = (
    *_CORRELATION,
    "bottleneck_known",
    "lower_operation_id",
    "higher_operation_id",
    "as_of_hour",
    "operations_differ",
    "raw_pearson",
    "raw_spearman",
    "corrected",
    "strength_has_coefficient",
    "n_groups_with_both",
)


def correlations() -> list[Any]:
    """Return the expectations of pairs of operations that slow together."""
    return [
        *present(_CORRELATION),
        *named(("operation_a", "operation_b")),
        true("bottleneck_known", "bottleneck is a known cause", "bottleneck"),
        equal("as_of", "as_of_hour", "as_of_is_hour", "as_of is the start of a UTC hour"),
        true("operations_differ", "operation_a and operation_b differ", "operation_a, operation_b"),
        *(within(column, -1, 1) for column in ("raw_pearson", "raw_spearman", "corrected")),
        *(within(column, 0, 1) for column in ("p", "q")),
        *finite_from(0, ("joint_bins",)),
        *positive(("effective_n",)),
        one_of("strength", STRENGTHS),
        true(
            "strength_has_coefficient",
            "corrected is given for every strength but co-exceedance",
            "corrected, strength",
        ),
        within("n_groups_with_both", 1, 1, "the pair's group exists and has both operations", name="group_has_both"),
        unique(CORRELATION_KEY),
    ]


GROUP_KEY = ("as_of", "group_no")
_GROUP = (*GROUP_KEY, "members", "bottleneck", "is_alerting")
GROUP_COLUMNS = (*_GROUP, "bottleneck_known", "as_of_hour", "n_members", "n_known_members", "onset_at", "n_pairs")


def correlation_groups() -> list[Any]:
    """Return the expectations of groups of operations that slow together."""
    return [
        *present(_GROUP),
        true("bottleneck_known", "bottleneck is a known cause", "bottleneck"),
        equal("as_of", "as_of_hour", "as_of_is_hour", "as_of is the start of a UTC hour"),
        *finite_from(2, ("n_members",)),
        equal("n_members", "n_known_members", "members_known", "members are known operations, each named once"),
        ordered("onset_at", "as_of", name="onset_before_as_of", strict=True),
        *finite_from(1, ("n_pairs",)),
        unique(GROUP_KEY),
    ]
