"""One broken batch for every expectation of every staged suite, and what exactly must fail on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from staged_rows import BLANK, COMMIT, DAY, HOUR, MERGE, MICROSECOND, UNKNOWN, Rows, metric, staged

NAN, INFINITY = math.nan, math.inf
ROWS = "there is at least one row, unless none is allowed"
SAME_OPERATION = "the baseline is one of the same operation"
ITS_GROUP = "the pair's group exists and has both operations"


@dataclass(frozen=True)
class Mutation:
    """A change of valid rows and the expectations it must fail, no others.

    ``fields`` change the first row of the suite's table; ``change`` does what one row cannot show.
    """

    suite: str
    name: str
    fails: frozenset[str]
    fields: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[Rows], object] | None = None

    def __str__(self) -> str:
        return f"{self.suite}: {self.name}"

    def batch(self) -> Rows:
        """Return the valid rows with this change."""
        rows = staged()
        rows[self.suite][0].update(self.fields)
        if self.change:
            self.change(rows)
        return rows


def broken(suite: str, name: str, *fails: str, **fields: Any) -> Mutation:
    """Change fields of one row."""
    return Mutation(suite, name, frozenset(fails), fields)


def missing(suite: str, columns: Mapping[str, tuple[str, ...]]) -> list[Mutation]:
    """Set each column to null in turn; what fails besides its own expectation is listed."""
    return [
        broken(suite, f"{column} is null", f"{column} is present", *fails, **{column: None})
        for column, fails in columns.items()
    ]


def out_of(suite: str, words: str, **values: tuple[Any, ...]) -> list[Mutation]:
    """Set a column to values outside its range, of which only ``words`` may complain."""
    return [
        broken(suite, f"{column} is {value!r}", words.format(column), **{column: value})
        for column, found in values.items()
        for value in found
    ]


def duplicate(suite: str, words: str, **fields: Any) -> Mutation:
    """Add the first row again, perhaps with other values outside its key."""
    return Mutation(
        suite,
        f"a key twice: {words}",
        frozenset({words}),
        change=lambda rows: rows[suite].append({**rows[suite][0], **fields}),
    )


def empty(suite: str, *fails: str) -> Mutation:
    """Leave no row."""
    return Mutation(suite, "no rows", frozenset(fails), change=lambda rows: rows[suite].clear())


def set_all(column: str, value: Any, *tables: str) -> Callable[[Rows], None]:
    """Return a change of one column of all rows of some tables."""

    def change(rows: Rows) -> None:
        for table in tables:
            for row in rows[table]:
                row[column] = value

    return change


def at_once(suite: str) -> tuple[Rows, list[Mutation]]:
    """Return one batch with a row for each change of a single row, beside the valid rows, and those changes."""
    rows = staged()
    valid = {table: dict(records[0]) for table, records in rows.items()}
    taken = [item for item in MUTATIONS if item.suite == suite and item.change is None]
    for n, mutation in enumerate(taken, start=1):
        own_key: dict[str, Any] = {
            "staged_metrics": {"identity_hash": 1000 + n, "row_no": 1000 + n},
            "staged_baselines": {"revision": 1 + n},
            "staged_violations": {"identity_hash": 1000 + n},
            "staged_anomalies": {"identity_hash": 1000 + n},
            "staged_degradations": {"window_end": DAY + timedelta(days=1 + n)},
            "staged_correlations": {"as_of": DAY + (1 + n) * HOUR},
            "staged_correlation_groups": {"group_no": 1 + n},
        }[suite]
        rows[suite].append({**valid[suite], **own_key, **mutation.fields})
        # a pair needs its group and a group its pair
        other = {
            "staged_correlations": "staged_correlation_groups",
            "staged_correlation_groups": "staged_correlations",
        }.get(suite)
        if other:
            rows[other].append({**valid[other], **own_key})
    return rows, taken


FINITE = "{} is finite"
POSITIVE = "{} is finite and above 0"
FROM_0 = "{} is finite and at least 0"
FROM_1 = "{} is finite and at least 1"
FROM_MINUS_1 = "{} is finite and at least -1"

_INTERVAL = "ended_at - started_at = duration_us, within the resolution of the source"
_MILLISECONDS = "duration_ms = duration_us / 1000, within the resolution of the source"
_PERIOD = "period_start is the UTC day of started_at"
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
            "content_hash": (),
        },
    ),
    *out_of("staged_metrics", "{} is not blank", operation=("", " \t"), branch=(" ",), user_name=("\n",)),
    broken(
        "staged_metrics",
        "started_at is -infinity",
        "started_at and ended_at are finite",
        _INTERVAL,
        _PERIOD,
        started_at="-infinity",
    ),
    broken(
        "staged_metrics",
        "ended_at is infinity",
        "started_at and ended_at are finite",
        _INTERVAL,
        ended_at="infinity",
    ),
    broken(
        "staged_metrics",
        "F03 every duration is negative and the end agrees",
        FROM_1.format("duration_us"),
        POSITIVE.format("duration_ms"),
        "started_at < ended_at",
        duration_us=-5000,
        duration_ms=-5.0,
        ended_at=DAY - 5000 * MICROSECOND,
    ),
    broken(
        "staged_metrics",
        "the duration is 0 and the end agrees",
        FROM_1.format("duration_us"),
        POSITIVE.format("duration_ms"),
        "started_at < ended_at",
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
    broken("staged_metrics", "F04 ended_at < started_at", "started_at < ended_at", _INTERVAL, ended_at=DAY - HOUR),
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
        frozenset({"row_no is unique"}),
        change=lambda rows: rows["staged_metrics"][1].update(row_no=1),
    ),
]

_ORDER = "p50 <= p75 <= p90 <= p95 <= p99"
_PERCENTILES = ("p50_us", "p75_us", "p90_us", "p95_us", "p99_us")

BASELINES = [
    empty("staged_baselines", ROWS),
    *missing(
        "staged_baselines",
        {
            "operation_id": ("operation is present",),
            "branch_id": ("branch is present",),
            "as_of": (),
            "config_hash": ("min_samples is present",),
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
            "n_days": (),
            "is_seasonal": (),
            "location": (),
            "scale_up": (),
            "scale_down": (),
        },
    ),
    broken(
        "staged_baselines",
        "hour_offsets is null",
        "n_hour_offsets is present",
        hour_offsets=None,
    ),
    broken("staged_baselines", "an unknown operation", "operation is present", operation_id=UNKNOWN),
    broken("staged_baselines", "an unknown branch", "branch is present", branch_id=UNKNOWN),
    broken("staged_baselines", "an unknown configuration", "min_samples is present", config_hash="unknown"),
    broken("staged_baselines", "a blank operation", "operation is not blank", operation_id=BLANK),
    broken("staged_baselines", "a blank branch", "branch is not blank", branch_id=BLANK),
    broken("staged_baselines", "F44 as_of is within a day", "as_of is the start of a UTC day", as_of=DAY + MICROSECOND),
    broken(
        "staged_baselines", "as_of is a day of another zone", "as_of is the start of a UTC day", as_of=DAY - 2 * HOUR
    ),
    broken(
        "staged_baselines",
        "a look-back of no days",
        FROM_1.format("lookback_days"),
        "hours_covered <= hours of the look-back",
        lookback_days=0,
    ),
    *out_of("staged_baselines", FROM_1, hours_covered=(0,), min_us=(0,), alert_threshold=(0.5, NAN, INFINITY)),
    broken(
        "staged_baselines", "more hours than there are", "hours_covered <= hours of the look-back", hours_covered=169
    ),
    broken("staged_baselines", "only 5 samples", "min_samples <= n_calls", n_calls=5, p99_is_estimable=False),
    *(
        broken("staged_baselines", f"{column} is NaN", POSITIVE.format(column), fails, **{column: NAN})
        for column, fails in {**dict.fromkeys(_PERCENTILES, _ORDER), "p99_us": "p99_us <= max_us"}.items()
    ),
    broken(
        "staged_baselines",
        "F90 both sides are NaN",
        POSITIVE.format("p90_us"),
        POSITIVE.format("p95_us"),
        _ORDER,
        p90_us=NAN,
        p95_us=NAN,
    ),
    broken(
        "staged_baselines",
        "F90 every percentile is NaN",
        *(POSITIVE.format(column) for column in _PERCENTILES),
        "p99_us <= max_us",
        **dict.fromkeys(_PERCENTILES, NAN),
    ),
    broken(
        "staged_baselines",
        "F02 p99_us is Infinity",
        POSITIVE.format("p99_us"),
        "p99_us <= max_us",
        p99_us=INFINITY,
    ),
    broken("staged_baselines", "F90 p95 < p50", _ORDER, p95_us=1500.0),
    broken(
        "staged_baselines", "F90 p75 < p50 and p99 is null", "p99_us is present", _ORDER, p75_us=1500.0, p99_us=None
    ),
    broken("staged_baselines", "min > p50", "min_us <= p50_us", min_us=2001, mean_us=2500.0),
    broken("staged_baselines", "p99 > max", "p99_us <= max_us", max_us=5999),
    broken("staged_baselines", "mean < min", "min_us <= mean_us", mean_us=999.0),
    broken("staged_baselines", "mean > max", "mean_us <= max_us", mean_us=7001.0),
    broken("staged_baselines", "F01 mean is NaN", POSITIVE.format("mean_us"), "mean_us <= max_us", mean_us=NAN),
    *out_of("staged_baselines", FROM_0, sd_us=(-1.0, NAN, INFINITY), n_days=(-1,)),
    broken("staged_baselines", "p99 from too few calls", "p99_is_estimable from 299 calls on", n_calls=298),
    broken("staged_baselines", "p99 held back", "p99_is_estimable from 299 calls on", p99_is_estimable=False),
    duplicate(
        "staged_baselines",
        "operation_id, branch_id, as_of, config_hash, revision are together unique",
        p99_us=6500.0,
    ),
    broken("staged_baselines", "23 hours", "hour_offsets has 24 values", hour_offsets=[8.0] * 23),
    *(
        broken(
            "staged_baselines",
            f"an hour is {value}",
            "every value of hour_offsets is finite",
            hour_offsets=[8.0] * 23 + [value],
        )
        for value in (NAN, INFINITY, None)
    ),
    *out_of("staged_baselines", FINITE, location=(NAN, -INFINITY)),
    *out_of("staged_baselines", POSITIVE, scale_up=(0.0, NAN, INFINITY), scale_down=(0.0, NAN, INFINITY)),
]

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
    *out_of("staged_degradations", FINITE, z=(NAN, INFINITY)),
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
    duplicate("staged_degradations", "operation_id, branch_id, window_start, window_end are together unique", z=5.0),
]

_STRENGTHS = "{} is one of moderate, strong, critical, co-exceedance"
_UNIT = "{} is from 0 to 1"
_COEFFICIENT = "{} is from -1 to 1"
_HOUR_START = "as_of is the start of a UTC hour"

CORRELATIONS = [
    empty("staged_correlations"),
    *missing(
        "staged_correlations",
        {
            "as_of": (ITS_GROUP,),
            "joint_bins": (),
            "effective_n": (),
            "p": (),
            "q": (),
            "lag_bins": (),
            "strength": (),
            "group_no": (ITS_GROUP,),
            "bottleneck": (),
        },
    ),
    broken("staged_correlations", "a is null", "operation_a is present", ITS_GROUP, operation_a_id=None),
    broken("staged_correlations", "b is unknown", "operation_b is present", ITS_GROUP, operation_b_id=UNKNOWN),
    *(
        Mutation(
            "staged_correlations",
            f"{side} is blank",
            frozenset({f"{side} is not blank"}),
            {f"{side}_id": BLANK},
            set_all("members", ["\t", "commit", "get_history", "merge"], "staged_correlation_groups"),
        )
        for side in ("operation_a", "operation_b")
    ),
    *out_of("staged_correlations", "{} is not blank", bottleneck=(" ",)),
    Mutation(
        "staged_correlations",
        "as_of is within an hour",
        frozenset({_HOUR_START}),
        change=set_all("as_of", DAY + HOUR / 2, "staged_correlations", "staged_correlation_groups"),
    ),
    broken(
        "staged_correlations",
        "an operation with itself",
        "operation_a and operation_b differ",
        operation_b_id=COMMIT,
    ),
    *out_of(
        "staged_correlations",
        _COEFFICIENT,
        raw_pearson=(1.01, NAN),
        raw_spearman=(-1.01, NAN),
        corrected=(1.01, -1.01, NAN, INFINITY),
    ),
    *out_of("staged_correlations", _UNIT, p=(-0.1, 1.1, NAN), q=(-0.1, 1.1, NAN)),
    *out_of("staged_correlations", FROM_0, joint_bins=(-1,)),
    *out_of("staged_correlations", POSITIVE, effective_n=(0.0, NAN, INFINITY)),
    *out_of("staged_correlations", _STRENGTHS, strength=("weak",)),
    broken(
        "staged_correlations",
        "a strength of nothing",
        "corrected is given for every strength but co-exceedance",
        corrected=None,
    ),
    broken("staged_correlations", "a group that is not there", ITS_GROUP, group_no=2),
    Mutation(
        "staged_correlations",
        "a group without the operation",
        frozenset({ITS_GROUP}),
        change=set_all("members", ["get_history", "merge"], "staged_correlation_groups"),
    ),
    duplicate(
        "staged_correlations",
        "as_of, lower_operation_id, higher_operation_id are together unique",
        operation_a_id=MERGE,
        operation_b_id=COMMIT,
    ),
]

_KNOWN_MEMBERS = "members are known operations, each named once"

GROUPS = [
    empty("staged_correlation_groups"),
    *missing(
        "staged_correlation_groups",
        {
            "as_of": (FROM_1.format("n_pairs"),),
            "group_no": (FROM_1.format("n_pairs"),),
            "members": (),
            "bottleneck": (),
            "recommendation": (),
            "is_alerting": (),
        },
    ),
    *out_of("staged_correlation_groups", "{} is not blank", bottleneck=("",), recommendation=("\t",)),
    Mutation(
        "staged_correlation_groups",
        "as_of is within an hour",
        frozenset({_HOUR_START}),
        change=set_all("as_of", DAY + HOUR / 2, "staged_correlations", "staged_correlation_groups"),
    ),
    broken("staged_correlation_groups", "alone", "n_members is finite and at least 2", members=["commit"]),
    *(
        broken("staged_correlation_groups", f"members {members}", _KNOWN_MEMBERS, members=members)
        for members in (["commit", "commit"], ["commit", "nobody"], ["commit", None])
    ),
    broken("staged_correlation_groups", "no onset", onset_at=None),
    broken(
        "staged_correlation_groups",
        "an onset after the window",
        "onset_at < as_of",
        onset_at=DAY + HOUR,
    ),
    Mutation(
        "staged_correlation_groups",
        "a group without a pair",
        frozenset({FROM_1.format("n_pairs")}),
        change=lambda rows: rows["staged_correlations"].clear(),
    ),
    duplicate("staged_correlation_groups", "as_of, group_no are together unique", members=["commit", "merge"]),
]

MUTATIONS = [
    *METRICS,
    *BASELINES,
    *VIOLATIONS,
    *ANOMALIES,
    *DEGRADATIONS,
    *CORRELATIONS,
    *GROUPS,
]

PUBLISHED = [
    broken("metrics", "a blank operation", "operation is not blank", operation_id=BLANK),
    broken("metrics", "a blank branch", "branch is not blank", branch_id=BLANK),
    broken("baselines", "a blank branch", "branch is not blank", branch_id=BLANK),
    broken("baselines", "only 5 samples", "min_samples <= n_calls", n_calls=5, p99_is_estimable=False),
    broken("baselines", "more hours than there are", "hours_covered <= hours of the look-back", hours_covered=169),
    broken("baselines", "mean < min", "min_us <= mean_us", mean_us=1.0),
    broken("baselines", "mean > max", "mean_us <= max_us", mean_us=7001.0),
    broken("baselines", "a threshold of NaN", FROM_1.format("alert_threshold"), alert_threshold=NAN),
    broken("baselines", "p99 held back", "p99_is_estimable from 299 calls on", p99_is_estimable=False),
    broken("violations", "a duration at the limit", "limit_us < duration_us", duration_us=12000),
    broken("violations", "a limit of NaN", POSITIVE.format("limit_us"), "limit_us < duration_us", limit_us=NAN),
    broken("violations", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken("anomalies", "NaN", FROM_MINUS_1.format("effect"), effect=NAN),
    broken("anomalies", "one end only", "effect_low and effect_high are given together", effect_low=8.0),
    broken("anomalies", "a duration of NaN", POSITIVE.format("duration_us"), duration_us=NAN),
    broken("anomalies", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken(
        "degradations",
        "F90 every effect is NaN, which the table's own check lets through",
        *(FROM_MINUS_1.format(column) for column in ("effect", "effect_low", "effect_high")),
        effect=NAN,
        effect_low=NAN,
        effect_high=NAN,
    ),
    broken("degradations", "z is Infinity", FINITE.format("z"), z=INFINITY),
    broken("degradations", "an unknown shape", "shape is one of uniform, tail, spread", shape="wide"),
    broken("correlations", "a coefficient above 1", _COEFFICIENT.format("corrected"), corrected=1.5),
    broken("correlations", "an effective_n of NaN", POSITIVE.format("effective_n"), effective_n=NAN),
    broken("correlations", "a group that is not there", ITS_GROUP, group_no=2),
    broken("correlation_groups", "members named twice", _KNOWN_MEMBERS, members=["commit", "commit"]),
    broken("correlation_groups", "a blank cause", "bottleneck is not blank", bottleneck=""),
]
"""What the constraints of the published tables let through."""
