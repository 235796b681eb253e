"""The suites: one a table, in two forms that share their rules and their query. What is staged is judged by run, what
is published by window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from psycopg import sql

from oplatency.quality import baselines, facts, findings
from oplatency.quality.engine import filled
from oplatency.quality.expectations import has_columns, has_rows, of_table

Form = Literal["staged", "published"]

_OWN_SOURCES = ("staged_metrics", "metrics", "baselines")
"""Suites whose rows are stored otherwise than in their other form: a statement makes them look the same."""


@dataclass(frozen=True)
class Suite:
    """The rules of one table in one form.

    Attributes
    ----------
    of_table : str
        Published table; names its batch query ``sql/quality/<of_table>.sql`` and begins the ids of its expectations.
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

    of_table: str
    title: str
    form: Form
    window_column: str
    columns: tuple[str, ...]
    example: tuple[str, ...]
    rules: Callable[[], list[Any]]
    allow_empty: bool

    @property
    def name(self) -> str:
        """Name of the suite and of the table whose rows it judges."""
        return f"staged_{self.of_table}" if self.form == "staged" else self.of_table

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
        made = [has_columns(self.columns), has_rows(allow_empty=empty), *self.rules()]
        return [of_table(self.of_table, expectation) for expectation in made]

    def query(self, binds: Mapping[str, object]) -> str:
        """Return the query of a batch, in which the rows of this form stand for each table that has a suite.

        Parameters
        ----------
        binds : mapping of str to object
            ``run_token`` or ``window_start`` and ``window_end``, and ``resolution_us``.
        """
        sources = {
            suite.of_table: sql.SQL(suite._source(binds)) for suite in SUITES.values() if suite.form == self.form
        }
        return filled(f"quality/{self.of_table}", {**binds, **sources})

    def _source(self, binds: Mapping[str, object]) -> Any:
        names = {
            "source_table": sql.Identifier("oplatency", self.name),
            "window_column": sql.Identifier(self.window_column),
        }
        source = self.name if self.name in _OWN_SOURCES else self.form
        return f"({filled(f'quality/sources/{source}', {**binds, **names})})"


def _pair(
    table: str,
    title: str,
    window_column: str,
    columns: tuple[str, ...],
    example: tuple[str, ...],
    rules: Callable[[], list[Any]],
    *,
    allow_empty: bool = True,
) -> tuple[Suite, Suite]:
    published = Suite(table, title, "published", window_column, columns, example, rules, allow_empty=allow_empty)
    return replace(published, form="staged", title=f"staged {title}"), published


_NAMED = ("operation", "branch")
_STAGED_CALLS, _CALLS = _pair(
    "metrics", "calls", "started_at", facts.COLUMNS, ("batch_id", *facts.EXAMPLE), facts.metrics, allow_empty=False
)
_ALL = (
    replace(_STAGED_CALLS, example=("row_no", *facts.EXAMPLE), rules=facts.staged_metrics),
    _CALLS,
    *_pair(
        "baselines",
        "baselines",
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
