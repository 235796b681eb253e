"""Great Expectations: imported on first use, silenced, run on our own session.

The session is opened by `warehouse.database`: UTC, timeouts, read only. Great Expectations never sees the URL, so a
password can neither be substituted into its configuration nor turn up in its messages.
"""

from __future__ import annotations

import functools
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row
from psycopg.types.string import TextLoader

from oplatency.warehouse.database import Connection, statement

MAX_EXAMPLES = 20
"""Offending rows that are fetched per expectation."""


_loading = threading.Lock()


@functools.cache
def load() -> Any:
    """Return the package ``great_expectations``, imported on the first call, which takes seconds.

    Its import emits deprecation warnings, which are suppressed here.
    """
    # filters of warnings belong to the whole process: two threads must not save and restore them crosswise
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations
        import great_expectations.expectations
    # what goes wrong ends up in the report, not in a log as a traceback; some of its modules set levels of their own
    logger = logging.getLogger("great_expectations")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return great_expectations


def filled(name: str, binds: Mapping[str, object]) -> str:
    """Return ``sql/<name>.sql`` with its binds as quoted literals or identifiers, without its opening comment.

    Great Expectations takes text that starts with ``select`` and has no place for parameters: the values are
    quoted here, by psycopg. Identifiers come from the declarations of the suites, never from outside.
    """
    lines = statement(name).strip().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("--"))
    for bind, value in binds.items():
        composed = value if isinstance(value, sql.Composable) else sql.Literal(value)
        text = text.replace(f"%({bind})s", composed.as_string(None))
    return text


def rule(name: str) -> str:
    """Return the query of ``sql/quality/rules/<name>.sql`` in the form Great Expectations fills in."""
    # its templates use braces: those of SQL are doubled, %(batch)s becomes the one that is meant
    text = filled(f"quality/rules/{name}", {})
    return text.replace("{", "{{").replace("}", "}}").replace("%(batch)s", "{batch}")


@contextmanager
def open_batch(connection: Connection, suite: str, query: str) -> Iterator[Any]:
    """Give the rows of a query as a batch, for as long as the context lasts.

    Parameters
    ----------
    connection : Connection
        Session of its own; it is set to read only.
    suite : str
        Name the batch goes by.
    query : str
        One ``select`` without parameters.

    Yields
    ------
    great_expectations.datasource.fluent.interfaces.Batch
        Evaluated in the database, expectation by expectation; nothing is fetched but counts and examples.
    """
    gx = load()
    # without it PostgreSQL computes a column anew for each time that an expectation names it
    query += "\noffset 0"
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from sqlalchemy import event
    from sqlalchemy.pool import StaticPool

    connection.autocommit = False
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.row_factory = tuple_row  # type: ignore[assignment]
    # instants are shown, not computed with, and infinity has no datetime
    connection.adapters.register_loader("timestamptz", TextLoader)
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            # its default makes a folder for pages that nobody builds
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )
    # the address is a stand-in: the pool holds the one session that is open already
    source = context.data_sources.add_postgres(
        name="warehouse",
        connection_string="postgresql+psycopg://nobody@localhost/nothing",
        kwargs={"creator": lambda: connection, "poolclass": StaticPool},
    )
    try:
        batch = source.add_query_asset(name=suite, query=query).add_batch_definition_whole_table("batch").get_batch()
        event.listen(batch.data.execution_engine.engine, "before_cursor_execute", _without_rows(query), retval=True)
        yield batch
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _without_rows(query: str) -> Callable[..., tuple[str, object]]:
    # To learn the columns of a batch Great Expectations runs its whole query, and the driver fetches every row. An
    # answer without rows has the same columns.
    def limit(
        _connection: object, _cursor: object, text: str, parameters: object, _context: object, _many: bool
    ) -> tuple[str, object]:
        return (f"{text}\nlimit 0" if text == query else text), parameters

    return limit


def validate(batch: Any, expectations: Sequence[Any], result_format: Mapping[str, object]) -> list[Any]:
    """Return one validation result per expectation, in their order.

    Raises
    ------
    LookupError
        If a result is missing: an expectation without an answer must not count as met.
    """
    gx = load()
    answers = batch.validate(
        gx.ExpectationSuite(name="audit", expectations=list(expectations)), result_format=dict(result_format)
    )
    by_id = {answer.expectation_config.meta["id"]: answer for answer in answers.results}
    wanted = [item.meta["id"] for item in expectations]
    missing = [each for each in wanted if each not in by_id]
    if missing or len(by_id) != len(wanted):
        raise LookupError(f"no result for: {', '.join(missing) or 'expectations that share their id'}")
    return [by_id[each] for each in wanted]
