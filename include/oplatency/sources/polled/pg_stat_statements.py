"""The counts of ``pg_stat_statements`` of any PostgreSQL since 13, as they are at one instant; none is reset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from oplatency.errors import InputError, OplatencyError
from oplatency.sources.polled.contract import AggregateSource, Poll
from oplatency.stats.aggregates import Aggregate
from oplatency.warehouse.database import Connection, Row, connect, row, rows, snapshot

SOURCE = AggregateSource(streams=("statements",))
ALL_DATABASES = 0

_SHAPES = {
    "since_17": {"stats_since", "toplevel", "total_exec_time"},
    "since_14": {"toplevel", "total_exec_time"},
    "since_13": {"total_exec_time"},
}
"""The columns that each shape's statement reads and an older one lacks; the newest first."""

Key = tuple[int, int, int, bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """The counts of one statement, since they began.

    Attributes
    ----------
    key : tuple
        OID of the database, OID of the role, number of the statement, whether a client sent it.
    query : str, optional
        Its text; it may hold literals (`oplatency.sources.polled.statement_names`).
    calls : Aggregate
        Executions that did not fail, milliseconds.
    n_rows : int
        Rows that they returned or touched.
    stats_since : datetime, optional
        When the counts began; None before PostgreSQL 17.
    """

    key: Key
    query: str | None
    calls: Aggregate
    n_rows: int
    stats_since: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All entries at one instant.

    Attributes
    ----------
    server_id : str
        System identifier of the server.
    scope_dbid : int
        OID of the database whose statements it holds, 0 = of all.
    taken_at : datetime
        The instant, on the clock of the server.
    stats_reset : datetime, optional
        When all counts were last set to zero; None before PostgreSQL 14, as for `n_evicted`.
    n_evicted : int, optional
        Times entries were dropped for others since then.
    entries : list of Entry
        The entries.
    """

    server_id: str
    scope_dbid: int
    taken_at: datetime
    stats_reset: datetime | None
    n_evicted: int | None
    entries: list[Entry]


def take_snapshot(poll: Poll) -> Snapshot:
    """Read the extension's view in a session that may not write.

    Raises
    ------
    InputError
        If the extension is not in the database, not preloaded or too old, or the role may not see the statements of
        others, or the counts were set to zero meanwhile.
    OplatencyError
        If the server cannot be reached or ends the session.
    """
    try:
        with connect(poll.address, purpose="poll") as connection, snapshot(connection), _preloaded(poll):
            extension = row(connection, "sources/pg_stat_statements/find_extension")
            shape = _shape(extension, poll)
            row(connection, "sources/pg_stat_statements/set_schema", {"schema_name": extension["schema_name"]})
            return _read(connection, extension, shape, poll)
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise OplatencyError(f"pg_stat_statements cannot be read: {reason}.", where=poll.place) from error


def _read(connection: Connection, extension: Row, shape: str, poll: Poll) -> Snapshot:
    scope = ALL_DATABASES if poll.settings.statements.all_databases else extension["dbid"]
    before = row(connection, f"sources/pg_stat_statements/{shape}/info")
    entries = [
        Entry(
            (found["dbid"], found["userid"], found["queryid"], found["toplevel"]),
            found["query"],
            Aggregate(found["n_calls"], found["total_ms"], found["n_calls"] * found["sd_ms"] ** 2),
            found["n_rows"],
            found["stats_since"],
        )
        for found in rows(connection, f"sources/pg_stat_statements/{shape}/statements", {"scope_dbid": scope})
    ]
    # taken after the entries, so that none begins after its own snapshot
    info = row(connection, f"sources/pg_stat_statements/{shape}/info")
    if info["stats_reset"] != before["stats_reset"]:
        raise InputError(
            "The counts of pg_stat_statements were set to zero while they were read.",
            where=poll.place,
            remedy="poll again",
        )
    return Snapshot(
        extension["server_id"], scope, info["taken_at"], info["stats_reset"], info["n_evicted"], entries=entries
    )


def _shape(extension: Row, poll: Poll) -> str:
    """Return which columns there are, once all that will be read can be."""
    if extension["schema_name"] is None:
        raise InputError(
            "The extension pg_stat_statements is not in the database.",
            where=poll.place,
            remedy="run there: create extension pg_stat_statements",
        )
    if not extension["sees_all"]:
        raise InputError(
            f"The role {extension['role_name']} may not see the statements of others.",
            where=poll.place,
            remedy=f"run there: grant pg_read_all_stats to {extension['role_name']}",
        )
    if not extension["is_reachable"]:
        raise InputError(
            f"The role {extension['role_name']} may not use the schema of pg_stat_statements.",
            where=poll.place,
            remedy=f'run there: grant usage on schema "{extension["schema_name"]}" to {extension["role_name"]}',
        )
    for shape, needed in _SHAPES.items():
        if needed <= set(extension["column_names"] or ()):
            return shape
    raise InputError(
        f"Version {extension['version']} of pg_stat_statements is older than that of PostgreSQL 13.",
        where=poll.place,
        remedy="run there, on PostgreSQL 13 or newer: alter extension pg_stat_statements update",
    )


@contextmanager
def _preloaded(poll: Poll) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        raise InputError(
            "The server has not loaded pg_stat_statements.",
            where=poll.place,
            remedy="add it to shared_preload_libraries and restart the server",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise InputError(
            f"The role may not read pg_stat_statements: {error.diag.message_primary}.",
            where=poll.place,
            remedy="grant the role pg_read_all_stats, and usage on the schema of the extension",
        ) from error
