"""What must hold of calls, staged or published."""

from __future__ import annotations

from typing import Any

from oplatency.quality.expectations import finite_from, positive, present, rule, true

KEY = ("operation", "started_at", "identity_hash")
COLUMNS = (
    *KEY,
    "branch",
    "user_name",
    "operation_named",
    "branch_named",
    "user_named",
    "ended_at",
    "instants_finite",
    "end_after_start",
    "duration_us",
    "duration_ms",
    "period_start",
    "interval_is_duration",
    "milliseconds_are_duration",
    "period_is_day_of_start",
    "batch_id",
    "row_no",
)
EXAMPLE = (*KEY, "ended_at", "duration_us", "duration_ms", "period_start")
"""What an example shows of a call."""


def calls() -> list[Any]:
    """Return the expectations that staged calls and facts share."""
    return [
        *present((*KEY, "ended_at", "duration_us", "duration_ms", "period_start")),
        # as conditions of the batch's query: a regular expression for every row would take a third of the audit
        true("operation_named", "operation is not blank", "operation"),
        true("branch_named", "branch is not blank", "branch"),
        true("user_named", "user_name is not blank", "user_name"),
        true("instants_finite", "started_at and ended_at are finite", "started_at, ended_at"),
        *finite_from(1, ("duration_us",)),
        *positive(("duration_ms",)),
        true("end_after_start", "started_at < ended_at", "started_at, ended_at"),
        true(
            "interval_is_duration",
            "ended_at - started_at = duration_us, within the resolution of the source",
            "started_at, ended_at, duration_us",
        ),
        true(
            "milliseconds_are_duration",
            "duration_ms = duration_us / 1000, within the resolution of the source",
            "duration_ms, duration_us",
        ),
        true("period_is_day_of_start", "period_start is the UTC day of started_at", "period_start, started_at"),
    ]


def staged_metrics() -> list[Any]:
    """Return the expectations of calls that wait to become facts.

    A source may deliver an event twice: publishing counts the second as a duplicate. An input row must be there once.
    """
    return [*calls(), *present(("row_no",)), rule("input_rows_are_unique", "row_no is unique", "row_no")]


def metrics() -> list[Any]:
    """Return the expectations of facts."""
    return [
        *calls(),
        rule("facts_are_unique", "operation, started_at, identity_hash are together unique", ", ".join(KEY)),
    ]
