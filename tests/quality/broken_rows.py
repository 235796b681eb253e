"""Changes that break valid rows, and what exactly must fail on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from staged_rows import Rows, staged

from oplatency.quality.suites import SUITES

NAN, INFINITY = math.nan, math.inf
ROWS = "has_rows"
SAME_OPERATION = "baseline_of_operation"
ITS_GROUP = "group_has_both"


@dataclass(frozen=True)
class Mutation:
    """A change of valid rows and the expectations it must fail, no others: their ids without the table.

    ``fields`` change the first row of the suite's table; ``change`` does what one row cannot show.
    """

    suite: str
    name: str
    fails: frozenset[str]
    fields: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[Rows], object] | None = None

    def __str__(self) -> str:
        return f"{self.suite}: {self.name}"

    @property
    def ids(self) -> set[str]:
        """Return the ids of the expectations that must fail."""
        return {f"{SUITES[self.suite].of_table}.{name}" for name in self.fails}

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
        broken(suite, f"{column} is null", f"{column}_present", *fails, **{column: None})
        for column, fails in columns.items()
    ]


def out_of(suite: str, form: str, **values: tuple[Any, ...]) -> list[Mutation]:
    """Set a column to values outside its range, of which only the expectation ``form`` may complain."""
    return [
        broken(suite, f"{column} is {value!r}", form.format(column), **{column: value})
        for column, found in values.items()
        for value in found
    ]


def duplicate(suite: str, expectation: str, **fields: Any) -> Mutation:
    """Add the first row again, perhaps with other values outside its key."""
    return Mutation(
        suite,
        "a key twice",
        frozenset({expectation}),
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


FINITE = "{}_finite"
POSITIVE = "{}_positive"
IN_RANGE = "{}_in_range"
