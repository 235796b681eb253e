"""A small application that keeps versions of table definitions, and measures itself through the recording functions.

    python examples/measure_application.py postgresql://shop:...@host/warehouse --rounds 20

Its role may record and owns a schema, nothing else; an administrator makes it once in the warehouse's database:

    create role shop login password '...' in role oplatency_recorder;
    create schema shop authorization shop;

Each round commits a definition and makes its table, reads the history, merges a feature branch, and rolls the newest
version back; every tenth rollback asks for a version that is not there. Durations are taken by the clock here, round
trips included. A record is written after the transaction it is about, so that a failed one is recorded too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

PREPARE = """
create table if not exists shop.versions (
    version bigint generated always as identity primary key,
    branch text not null,
    object text not null,
    definition text not null
)"""


def elapsed_us(since: float) -> int:
    """Return the microseconds since an instant of `time.perf_counter`, at least 1."""
    return max(round((time.perf_counter() - since) * 1e6), 1)


@contextmanager
def measured(connection: psycopg.Connection, operation: str, branch: str) -> Iterator[None]:
    """Record what happens inside as one call; an error is recorded with its code and raised again."""
    problem = None
    since = time.perf_counter()
    try:
        yield
    except psycopg.Error as error:
        problem = Jsonb({"message": str(error), "code": error.sqlstate})
        raise
    finally:
        connection.execute(
            "select oplatency.record_performance_metric(%s, %s, p_branch => %s, p_error_details => %s)",
            (operation, elapsed_us(since), branch, problem),
        )


@contextmanager
def step(connection: psycopg.Connection, name: str, parent: str | None = None) -> Iterator[str]:
    """Record what happens inside as a step of a trace; give its id, for the steps in it."""
    (span,) = connection.execute(
        "select oplatency.start_performance_trace(p_parent_span_id => %s, p_span_name => %s)", (parent, name)
    ).fetchone() or ("",)
    message = code = None
    try:
        yield span
    except psycopg.Error as error:
        message, code = str(error), error.sqlstate
        raise
    finally:
        connection.execute(
            "select oplatency.end_performance_trace(%s, p_error_message => %s, p_error_code => %s)",
            (span, message, code),
        )


def commit(connection: psycopg.Connection, branch: str, name: str, column: str) -> None:
    """Store a version of a definition; on the main branch, make its table or add its column."""
    with measured(connection, "commit", branch), connection.transaction():
        connection.execute(
            "insert into shop.versions (branch, object, definition) values (%s, %s, %s)", (branch, name, column)
        )
        if branch == "main":
            table = sql.Identifier("shop", name)
            connection.execute(sql.SQL("create table if not exists {} ()").format(table))
            connection.execute(
                sql.SQL("alter table {} add column if not exists {} text").format(table, sql.Identifier(column))
            )


def get_history(connection: psycopg.Connection, name: str) -> int:
    """Return the number of versions of an object."""
    with measured(connection, "get_history", "main"):
        return len(
            connection.execute("select * from shop.versions where object = %s order by version", (name,)).fetchall()
        )


def merge_branches(connection: psycopg.Connection, source: str, target: str) -> None:
    """Bring the objects of a branch into another; where both changed, the source's definition is taken."""
    phases = []
    since = time.perf_counter()
    with measured(connection, "merge_branches", target):
        with connection.transaction():
            start = time.perf_counter()
            connection.execute("select min(version) from shop.versions where branch in (%s, %s)", (source, target))
            phases.append(elapsed_us(start))
            start = time.perf_counter()
            conflicts = connection.execute(
                "select object from shop.versions where branch = %s intersect"
                " select object from shop.versions where branch = %s",
                (source, target),
            ).fetchall()
            phases.append(elapsed_us(start))
            start = time.perf_counter()
            connection.execute("update shop.versions set branch = %s where branch = %s", (target, source))
            phases.append(elapsed_us(start))
        total = elapsed_us(since)
    connection.execute(
        "select oplatency.record_merge_performance(%s, %s, %s, %s, %s, %s, %s, %s)",
        (source, target, total, *phases, len(conflicts), len(conflicts)),
    )


def rollback_commit(connection: psycopg.Connection, version: int) -> None:
    """Take a version back. Raises psycopg.Error where there is no such version."""
    with measured(connection, "rollback_commit", "main"), step(connection, "rollback_commit") as root:
        with step(connection, "validate", root):
            # division by zero stands for a check that fails
            connection.execute("select 1 / count(*) from shop.versions where version = %s", (version,))
        with step(connection, "execute", root), connection.transaction():
            connection.execute("delete from shop.versions where version = %s", (version,))


def main() -> None:
    """Run the rounds and say what the views now show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url", help="URL of the warehouse's database, as the application's role")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with psycopg.connect(options.url, autocommit=True) as connection:
        connection.execute(PREPARE)
        for number in range(options.rounds):
            name = f"table_{number % 5}"
            commit(connection, "main", name, f"column_{number}")
            commit(connection, "feature", name, f"feature_{number}")
            get_history(connection, name)
            merge_branches(connection, "feature", "main")
            (newest,) = connection.execute("select max(version) from shop.versions").fetchone() or (0,)
            try:
                rollback_commit(connection, -1 if number % 10 == 9 else newest)
            except psycopg.errors.DivisionByZero:
                print(f"round {number + 1}: the rollback failed, as it should")
    print(f"{options.rounds} rounds recorded; see v_operation_performance_summary, v_trace_hierarchy")


if __name__ == "__main__":
    main()
