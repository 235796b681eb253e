"""The suites: one a table, in two forms that share their rules. What is staged is judged by run, what is published
by window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from oplatency.quality import baselines, facts, findings
from oplatency.quality.expectations import has_columns, has_rows

Form = Literal["staged", "published"]


@dataclass(frozen=True)
class Suite:
    """The rules of one table in one form.

    Attributes
    ----------
    name : str
        Name of the suite, of its table and of its batch query ``sql/quality/<name>.sql``.
    title : str
        What its rows are, in words.
    form : {"staged", "published"}
        Whether a batch is one run token or one window.
    window_column : str
        Instant that places a row in a window.
    columns : tuple of str
        Columns of the batch query.
    example : tuple of str
        Columns that an example shows, so that its row can be found.
    rules : callable
        Makes the expectations; importing Great Expectations is left to that moment.
    allow_empty : bool
        Whether no rows are an answer: true of findings, false of calls and baselines.
    """

    name: str
    title: str
    form: Form
    window_column: str
    columns: tuple[str, ...]
    example: tuple[str, ...]
    rules: Callable[[], list[Any]]
    allow_empty: bool

    @property
    def table(self) -> str:
        """Qualified name of the table."""
        return f"oplatency.{self.name}"

    def expectations(self, *, allow_empty: bool | None = None) -> list[Any]:
        """Return all expectations, those about the batch as a whole first.

        Parameters
        ----------
        allow_empty : bool, optional
            Overrides the suite's own answer to whether no rows are enough.
        """
        empty = self.allow_empty if allow_empty is None else allow_empty
        return [has_columns(self.columns), has_rows(allow_empty=empty), *self.rules()]


def _pair(
    name: str,
    title: str,
    window_column: str,
    columns: tuple[str, ...],
    example: tuple[str, ...],
    rules: Callable[[], list[Any]],
    *,
    allow_empty: bool = True,
) -> tuple[Suite, Suite]:
    staged = Suite(
        f"staged_{name}",
        f"staged {title}",
        "staged",
        window_column,
        columns,
        example,
        rules,
        allow_empty=allow_empty,
    )
    return staged, Suite(name, title, "published", window_column, columns, example, rules, allow_empty=allow_empty)


_NAMED = ("operation", "branch")
_ALL = (
    Suite(
        "staged_metrics",
        "staged calls",
        "staged",
        "started_at",
        (*facts.COLUMNS, "row_no"),
        ("row_no", *facts.EXAMPLE),
        facts.staged_metrics,
        allow_empty=False,
    ),
    Suite(
        "metrics",
        "calls",
        "published",
        "started_at",
        (*facts.COLUMNS, "batch_id"),
        ("batch_id", *facts.EXAMPLE),
        facts.metrics,
        allow_empty=False,
    ),
    Suite(
        "staged_baselines",
        "staged baselines with their profiles",
        "staged",
        "as_of",
        baselines.STAGED_COLUMNS,
        (*_NAMED, "as_of"),
        baselines.staged_baselines,
        allow_empty=False,
    ),
    Suite(
        "baselines",
        "baselines",
        "published",
        "as_of",
        baselines.COLUMNS,
        (*_NAMED, "as_of", "revision"),
        baselines.baselines,
        allow_empty=False,
    ),
    *_pair(
        "violations",
        "violations",
        "observed_at",
        findings.VIOLATION_COLUMNS,
        (*_NAMED, "observed_at", "identity_hash"),
        findings.violations,
    ),
    *_pair(
        "anomalies",
        "anomalies",
        "window_start",
        findings.ANOMALY_COLUMNS,
        (*_NAMED, "kind", "observed_at", "identity_hash"),
        findings.anomalies,
    ),
    *_pair(
        "degradations",
        "degradations",
        "window_end",
        findings.DEGRADATION_COLUMNS,
        (*_NAMED, "kind", "window_start", "window_end"),
        findings.degradations,
    ),
    *_pair(
        "verdicts",
        "verdicts",
        "window_end",
        findings.VERDICT_COLUMNS,
        (*_NAMED, "rule", "window_start", "window_end"),
        findings.verdicts,
    ),
    *_pair(
        "correlations",
        "correlated pairs",
        "as_of",
        findings.CORRELATION_COLUMNS,
        ("as_of", "operation_a", "operation_b"),
        findings.correlations,
    ),
    *_pair(
        "correlation_groups",
        "correlation groups",
        "as_of",
        findings.GROUP_COLUMNS,
        ("as_of", "group_no"),
        findings.correlation_groups,
    ),
)
SUITES: dict[str, Suite] = {suite.name: suite for suite in _ALL}
"""Every suite by name, in the order of the way of the data."""
