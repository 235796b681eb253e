"""Golden cases: given rows, a view or statement of ``sql/``, and the rows that must come back.

A case is a YAML file in ``cases/<view>/`` or ``cases/<path of the statement below sql/>/``:

``as_of``
    The reference time of the session; without it, views call the clock.
``given``
    Table: rows. Names stand in place of keys (``operation: commit``) and are added where they are new; columns
    that a row leaves out come from ``defaults.yaml``.
``parameters``
    Binds of a statement.
``expect`` or ``expect_in_any_order``
    The rows, each with every column. Numbers are compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from psycopg import sql
from psycopg.types.json import Jsonb

from oplatency.warehouse.database import Connection

Row = dict[str, Any]

FOLDER = Path(__file__).resolve().parent / "cases"
VIEWS = FOLDER.parents[2] / "sql" / "views"
# it compares whole warehouses: tests of reruns look at it
NOT_FOR_PEOPLE = frozenset({"v_digest"})

# name in a case: (column it stands for, dimension, its key)
_NAMES = {
    "operation": ("operation_id", "operation_types", "operation_id"),
    "operation_a": ("operation_a_id", "operation_types", "operation_id"),
    "operation_b": ("operation_b_id", "operation_types", "operation_id"),
    "branch": ("branch_id", "branches", "branch_id"),
    "source_branch": ("source_branch_id", "branches", "branch_id"),
    "target_branch": ("target_branch_id", "branches", "branch_id"),
    "user": ("user_id", "users", "user_id"),
}
# columns whose JSON may be a list, or a single value
_JSON = frozenset({"gates", "old_value", "new_value"})
_DIMENSIONS = ("operation_types", "branches", "users")
_PERCENTILES = ("min_us", "p50_us", "p75_us", "p90_us", "p95_us", "p99_us", "max_us")


@dataclass(frozen=True)
class Case:
    """One file."""

    path: Path
    content: dict[str, Any]

    @property
    def subject(self) -> str:
        """The view, or the statement below ``sql/``."""
        return self.path.parent.relative_to(FOLDER).as_posix()

    @property
    def is_view(self) -> bool:
        """Whether the subject is a view."""
        return (VIEWS / f"{self.subject}.sql").exists()

    @property
    def is_ordered(self) -> bool:
        """Whether the order of the rows matters."""
        return "expect" in self.content

    @property
    def expected(self) -> list[Row]:
        """The rows that must come back."""
        return self.content["expect" if self.is_ordered else "expect_in_any_order"]


def read_cases() -> list[Case]:
    """Return every case; a misspelt key of a file is an error."""
    known = {"as_of", "given", "parameters", "expect", "expect_in_any_order"}
    cases = []
    for path in sorted(FOLDER.rglob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        unknown = set(content) - known
        if unknown or ("expect" in content) == ("expect_in_any_order" in content):
            raise ValueError(f"{path}: unknown keys {sorted(unknown)}, or not one of the two kinds of expected rows")
        cases.append(Case(path, content))
    return cases


def load(connection: Connection, given: dict[str, list[Row]]) -> None:
    """Write the given rows, in the order of the file, dimensions first."""
    for table in _DIMENSIONS:
        for row in given.get(table, []):
            _insert(connection, table, _defaults().get(table, {}) | row)
    for table, records in given.items():
        if table not in _DIMENSIONS:
            for number, row in enumerate(records, start=1):
                _insert(connection, table, _complete(connection, table, row, number))


def _complete(connection: Connection, table: str, row: Row, number: int) -> Row:
    full = dict(_defaults().get(table, {})) | row
    for name, (column, dimension, key) in _NAMES.items():
        if name in full:
            full[column] = _key(connection, dimension, key, full.pop(name))
    if "identity_hash" in full and full["identity_hash"] is None:
        full["identity_hash"] = number
    if table == "baselines":
        # percentiles that a case does not tell are all alike
        full |= {column: full["p99_us"] for column in _PERCENTILES if column not in row}
    if table == "metrics":
        day = full["started_at"].astimezone(UTC).date()
        connection.execute("select oplatency.ensure_metric_partitions(%s, %s)", (day, day + timedelta(days=1)))
    return full


def _key(connection: Connection, dimension: str, key: str, name: str) -> int:
    found = connection.execute(
        sql.SQL("select {} as key from {} where name = %s").format(
            sql.Identifier(key), sql.Identifier("oplatency", dimension)
        ),
        (name,),
    ).fetchone()
    if found is not None:
        return found["key"]
    _insert(connection, dimension, _defaults().get(dimension, {}) | {"name": name})
    return _key(connection, dimension, key, name)


def _insert(connection: Connection, table: str, row: Row) -> None:
    connection.execute(
        sql.SQL("insert into {} ({}) overriding system value values ({})").format(
            sql.Identifier("oplatency", table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        ),
        [Jsonb(value) if name in _JSON or _is_json(value) else value for name, value in row.items()],
    )


def _is_json(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


@cache
def _defaults() -> dict[str, Row]:
    return yaml.safe_load((FOLDER.parent / "defaults.yaml").read_text(encoding="utf-8"))


def set_reference_time(connection: Connection, as_of: datetime) -> None:
    """Let the views of this session call an instant now."""
    connection.execute("select set_config('oplatency.as_of', %s, false)", (as_of.isoformat(),))


def read_view(connection: Connection, view: str) -> list[Row]:
    """Return the rows of a view."""
    return connection.execute(sql.SQL("select * from {}").format(sql.Identifier("oplatency", view))).fetchall()


def typed(row: Row) -> Row:
    """Return a row in which true differs from 1: YAML and PostgreSQL keep them apart, Python does not."""
    return {column: (type(value) is bool, value) for column, value in row.items()}
