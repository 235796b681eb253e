"""Every broken batch: of staged rows, one for each expectation; of published rows, what constraints let through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from broken_calls import BASELINES, METRICS
from broken_correlations import COEFFICIENT, CORRELATIONS, GROUPS, KNOWN_MEMBERS
from broken_findings import ANOMALIES, DEGRADATIONS, VERDICTS, VIOLATIONS
from broken_rows import FINITE, IN_RANGE, INFINITY, ITS_GROUP, NAN, POSITIVE, SAME_OPERATION, Mutation, broken
from staged_rows import BLANK, DAY, HOUR, MERGE, Rows, staged

MUTATIONS = [
    *METRICS,
    *BASELINES,
    *VIOLATIONS,
    *ANOMALIES,
    *DEGRADATIONS,
    *VERDICTS,
    *CORRELATIONS,
    *GROUPS,
]


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
            "staged_verdicts": {"window_end": DAY + (1 + n) * HOUR},
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


PUBLISHED = [
    broken("metrics", "a blank operation", "operation_named", operation_id=BLANK),
    broken("metrics", "a blank branch", "branch_named", branch_id=BLANK),
    broken("baselines", "a blank branch", "branch_named", branch_id=BLANK),
    broken("baselines", "only 5 samples", "min_samples_at_most_n_calls", n_calls=5, p99_is_estimable=False),
    broken("baselines", "more hours than there are", "hours_covered_at_most_hours_in_window", hours_covered=169),
    broken("baselines", "mean < min", "min_us_at_most_mean_us", mean_us=1.0),
    broken("baselines", "mean > max", "mean_us_at_most_max_us", mean_us=7001.0),
    broken("baselines", "a threshold of NaN", IN_RANGE.format("alert_threshold"), alert_threshold=NAN),
    broken("baselines", "p99 held back", "p99_estimable_from_299", p99_is_estimable=False),
    broken("violations", "a duration at the limit", "limit_us_below_duration_us", duration_us=12000),
    broken("violations", "a limit of NaN", POSITIVE.format("limit_us"), "limit_us_below_duration_us", limit_us=NAN),
    broken("violations", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken("anomalies", "NaN", IN_RANGE.format("effect"), effect=NAN),
    broken("anomalies", "one end only", "has_both_ends", effect_low=8.0),
    broken("anomalies", "a duration of NaN", POSITIVE.format("duration_us"), duration_us=NAN),
    broken("anomalies", "a baseline of another operation", SAME_OPERATION, operation_id=MERGE),
    broken(
        "degradations",
        "F90 every effect is NaN, which the table's own check lets through",
        *(IN_RANGE.format(column) for column in ("effect", "effect_low", "effect_high")),
        effect=NAN,
        effect_low=NAN,
        effect_high=NAN,
    ),
    broken("degradations", "z is Infinity", FINITE.format("z"), z=INFINITY),
    broken("degradations", "an unknown shape", "shape_known", shape="wide"),
    broken("verdicts", "NaN", FINITE.format("observed"), observed=NAN),
    broken("verdicts", "a quiet hour with findings", "findings_agree", outcome="quiet"),
    broken("correlations", "a coefficient above 1", COEFFICIENT.format("corrected"), corrected=1.5),
    broken("correlations", "an effective_n of NaN", POSITIVE.format("effective_n"), effective_n=NAN),
    broken("correlations", "a group that is not there", ITS_GROUP, group_no=2),
    broken("correlation_groups", "members named twice", KNOWN_MEMBERS, members=["commit", "commit"]),
    broken("correlation_groups", "an unknown cause", "bottleneck_known", bottleneck="object storage I/O"),
]
"""What the constraints of the published tables let through."""
