"""The vocabulary of the suites: each function makes expectations, each with a short id and a sentence.

The id is the key: settings, stored results and tests name an expectation by it, and a suite puts its table in front, so
that it is the same for staged and published rows. The sentence is its description and may be reworded freely.

Great Expectations skips nulls unless configured otherwise and passes every row rule on an empty batch; PostgreSQL sorts
NaN above every number. So a suite states three things apart: that values are present, that they are finite and in their
range, and how they compare with one another. A comparison skips a null, which the first of the three then reports.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from oplatency.quality import engine

MAX_DOUBLE = sys.float_info.max
"""Above it are Infinity and, for PostgreSQL, NaN."""

TABLE = "table"
"""Subject of the expectations about a batch as a whole."""


def _expect(kind: str, name: str, words: str, subject: str, **arguments: Any) -> Any:
    make = getattr(engine.load().expectations, kind)
    return make(description=words, meta={"id": name, "subject": subject}, **arguments)


def id_of(expectation: Any) -> str:
    """Return the id of an expectation, or of the configuration that an answer carries: ``<table>.<name>``."""
    found: str = expectation.meta["id"]
    return found


def of_table(table: str, expectation: Any) -> Any:
    """Put the table in front of the name of a newly made expectation and return it."""
    expectation.meta["id"] = f"{table}.{id_of(expectation)}"
    return expectation


def has_rows(*, allow_empty: bool) -> Any:
    """Return the expectation that there is something to judge; where none is allowed, it only counts."""
    # the same id for both: the newest result is looked up by it
    return _expect(
        "ExpectTableRowCountToBeBetween",
        "has_rows",
        "there is at least one row, unless none is allowed",
        TABLE,
        min_value=0 if allow_empty else 1,
    )


def has_columns(columns: Sequence[str]) -> Any:
    """Return the expectation that the batch has these columns and no others, rows or not."""
    return _expect(
        "ExpectTableColumnsToMatchSet",
        "has_columns",
        "the columns are those of the suite",
        TABLE,
        column_set=list(columns),
        exact_match=True,
    )


def present(columns: Iterable[str]) -> list[Any]:
    """Return one expectation a column: it is never null."""
    return [
        _expect("ExpectColumnValuesToNotBeNull", f"{column}_present", f"{column} is present", column, column=column)
        for column in columns
    ]


def named(columns: Iterable[str]) -> list[Any]:
    """Return one expectation a column: it holds more than white space; null is left to ``present``."""
    return [
        _expect(
            "ExpectColumnValuesToMatchRegex",
            f"{column}_named",
            f"{column} is not blank",
            column,
            column=column,
            regex=r"\S",
        )
        for column in columns
    ]


def within(column: str, low: float, high: float, words: str | None = None, *, name: str | None = None) -> Any:
    """Return the expectation that a column lies in ``[low, high]``; NaN lies nowhere."""
    return _expect(
        "ExpectColumnValuesToBeBetween",
        name or f"{column}_in_range",
        words or f"{column} is from {low:g} to {high:g}",
        column,
        column=column,
        min_value=low,
        max_value=high,
    )


def finite(columns: Iterable[str]) -> list[Any]:
    """Return one expectation a column: it is neither NaN nor infinite."""
    return [
        within(column, -MAX_DOUBLE, MAX_DOUBLE, f"{column} is finite", name=f"{column}_finite") for column in columns
    ]


def finite_from(low: float, columns: Iterable[str]) -> list[Any]:
    """Return one expectation a column: it is finite and at least ``low``."""
    return [within(column, low, MAX_DOUBLE, f"{column} is finite and at least {low:g}") for column in columns]


def positive(columns: Iterable[str]) -> list[Any]:
    """Return one expectation a column: it is finite and above 0."""
    return [
        _expect(
            "ExpectColumnValuesToBeBetween",
            f"{column}_positive",
            f"{column} is finite and above 0",
            column,
            column=column,
            min_value=0,
            strict_min=True,
            max_value=MAX_DOUBLE,
        )
        for column in columns
    ]


def one_of(column: str, values: Sequence[str]) -> Any:
    """Return the expectation that a column holds one of the known words."""
    return _expect(
        "ExpectColumnValuesToBeInSet",
        f"{column}_known",
        f"{column} is one of {', '.join(values)}",
        column,
        column=column,
        value_set=list(values),
    )


def true(column: str, words: str, subject: str) -> Any:
    """Return the expectation that a condition, a column of the batch's query that names it, holds in every row."""
    return _expect("ExpectColumnValuesToBeInSet", column, words, subject, column=column, value_set=[True])


def ordered(low: str, high: str, words: str | None = None, *, name: str | None = None, strict: bool = False) -> Any:
    """Return the expectation that one column is at most, or with ``strict`` below, another."""
    return _expect(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        name or f"{low}_{'below' if strict else 'at_most'}_{high}",
        words or f"{low} {'<' if strict else '<='} {high}",
        f"{low}, {high}",
        column_A=high,
        column_B=low,
        or_equal=not strict,
        ignore_row_if="either_value_is_missing",
    )


def equal(column: str, other: str, name: str, words: str) -> Any:
    """Return the expectation that two columns agree."""
    return _expect(
        "ExpectColumnPairValuesToBeEqual",
        name,
        words,
        column,
        column_A=column,
        column_B=other,
        ignore_row_if="either_value_is_missing",
    )


def unique(columns: Sequence[str]) -> Any:
    """Return the expectation that no two rows share these columns, at least two; a null among them leaves a row out."""
    return _expect(
        "ExpectCompoundColumnsToBeUnique",
        "key_unique",
        f"{', '.join(columns)} are together unique",
        ", ".join(columns),
        column_list=list(columns),
        ignore_row_if="any_value_is_missing",
    )


def rule(name: str, words: str, subject: str) -> Any:
    """Return the expectation that the query ``sql/quality/rules/<name>.sql``, which names it, finds no row."""
    return _expect("UnexpectedRowsExpectation", name, words, subject, unexpected_rows_query=engine.rule(name))


def is_rule(expectation: Any) -> bool:
    """Return whether an expectation was made by ``rule``."""
    return bool(expectation.expectation_type == "unexpected_rows_expectation")
