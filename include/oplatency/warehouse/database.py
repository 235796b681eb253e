"""Connections, transactions and the statements in ``sql/``: the only module that talks to PostgreSQL.

Statements live in files and take ``%(name)s`` binds. Every session runs in UTC, with timeouts and a telling
``application_name``. The caller decides where a transaction ends: ``with connection.transaction():``.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.copy import QueuedLibpqWriter
from psycopg.rows import dict_row, tuple_row

from oplatency.errors import OplatencyError, UnreachableError
from oplatency.settings import DatabaseSettings

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

DATABASE_URL = "OPLATENCY_DATABASE_URL"
_PIECE_BYTES = 32 * 1024
_BLOCK_ROWS = 10_000
URL_UNREADABLE = "a connection URL that cannot be read"


@functools.cache
def sql_root() -> Path:
    """Return the folder of the statements: inside the installed package, else beside it in the checkout."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "sql", package.parents[1] / "sql"):
        if (candidate / "migrations").is_dir():
            return candidate
    raise OplatencyError(
        "The SQL files of oplatency are missing.",
        where=str(package),
        remedy="install the package again, or use a checkout",
    )


@functools.cache
def statement(name: str) -> str:
    """Return the text of ``sql/<name>.sql``.

    Raises
    ------
    OplatencyError
        If there is no such file.
    """
    path = sql_root() / f"{name}.sql"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise OplatencyError("A statement file is missing.", where=str(path)) from error


def environment_url() -> str | None:
    """Return ``OPLATENCY_DATABASE_URL``, or None where the embedded server is to be used."""
    return os.environ.get(DATABASE_URL) or None


def shown_url(url: str) -> str:
    """Return a connection URL or DSN without its password, for messages."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return URL_UNREADABLE
    user, host, port, name = (str(parts.get(key) or "") for key in ("user", "host", "port", "dbname"))
    if "@" in user + host + port + name:
        # a password with a special character that was not escaped
        return URL_UNREADABLE
    return f"postgresql://{user}@{host}{':' if port else ''}{port}/{name}"


@contextmanager
def connect(url: str, *, purpose: str, settings: DatabaseSettings | None = None) -> Iterator[Connection]:
    """Open a session in autocommit mode; transactions are opened explicitly.

    Parameters
    ----------
    url : str
        PostgreSQL connection URL or DSN.
    purpose : str
        Shown as ``oplatency:<purpose>`` in ``pg_stat_activity``.
    settings : DatabaseSettings, optional
        Timeouts, in seconds.

    Raises
    ------
    OplatencyError
        If the server cannot be reached or refuses the login; the message holds no password.
    """
    limits = settings or DatabaseSettings()
    options = {
        "TimeZone": "UTC",
        "DateStyle": "ISO, YMD",
        "IntervalStyle": "postgres",
        "extra_float_digits": "1",
        "bytea_output": "hex",
        "statement_timeout": f"{limits.statement_timeout_s * 1000:.0f}",
        "lock_timeout": f"{limits.lock_timeout_s * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{limits.idle_in_transaction_timeout_s * 1000:.0f}",
        "client_connection_check_interval": "2000",
        "jit": "off",
    }
    # a backslash keeps the space inside "ISO, YMD" from ending the option
    arguments = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in options.items())
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            application_name=f"oplatency:{purpose}"[:63],
            options=arguments,
            connect_timeout=10,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        place = shown_url(url)
        # what libpq makes of a URL that it misreads may hold the password
        reason = "" if place == URL_UNREADABLE else f": {str(error).strip().splitlines()[-1]}"
        raise UnreachableError(
            f"PostgreSQL cannot be reached{reason}",
            where=place,
            remedy=f"check that the server runs and that {DATABASE_URL} names it",
        ) from None
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """Read in one transaction that sees the same facts from its first statement to its last."""
    connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            yield
    finally:
        connection.isolation_level = connection.read_only = None


def run(connection: Connection, name: str, parameters: Mapping[str, Any] | None = None) -> int:
    """Run ``sql/<name>.sql`` and return the number of rows it touched."""
    return connection.execute(_query(name), parameters).rowcount


def rows(
    connection: Connection, name: str, parameters: Mapping[str, Any] | None = None, *, binary: bool = False
) -> list[Row]:
    """Run ``sql/<name>.sql`` and return its rows as dictionaries; large ``bytea`` come at half the size if `binary`."""
    return connection.execute(_query(name), parameters, binary=binary).fetchall()


@contextmanager
def blocks(
    connection: Connection, name: str, parameters: Mapping[str, Any] | None = None
) -> Iterator[tuple[dict[str, str], Iterator[list[tuple[Any, ...]]]]]:
    """Run ``sql/<name>.sql``; give the type of each column by its name, and the rows in blocks as they arrive.

    For results of any size, and for those whose columns must be known without a row too. Needs a transaction.
    """
    with _blocks(connection, _query(name), parameters) as found:
        yield found


@contextmanager
def view_blocks(connection: Connection, name: str) -> Iterator[tuple[dict[str, str], Iterator[list[tuple[Any, ...]]]]]:
    """Read a view of the warehouse as `blocks` does a statement, in its own order."""
    query = sql.SQL("select * from {}").format(sql.Identifier("oplatency", name))
    with _blocks(connection, query, None) as found:
        yield found


def stream(connection: Connection, name: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Row]:
    """Run ``sql/<name>.sql`` and yield its rows as they arrive; within a transaction, whatever their number."""
    with connection.cursor(name="oplatency") as cursor:
        cursor.itersize = 2000
        cursor.execute(_query(name), parameters)
        yield from cursor


def row(connection: Connection, name: str, parameters: Mapping[str, Any] | None = None) -> Row:
    """Run ``sql/<name>.sql`` and return its only row.

    Raises
    ------
    OplatencyError
        If the statement returned no row.
    """
    found = connection.execute(_query(name), parameters).fetchone()
    if found is None:
        raise OplatencyError("A statement returned no row.", where=f"sql/{name}.sql")
    return found


def read_view(connection: Connection, name: str, *, limit: int | None = None) -> list[Row]:
    """Return the rows of a view of the warehouse, in its own order, at most `limit` of them."""
    query = sql.SQL("select * from {}").format(sql.Identifier("oplatency", name))
    if limit is not None:
        query += sql.SQL(" limit {}").format(limit)
    return connection.execute(query).fetchall()


def insert(connection: Connection, name: str, records: Sequence[Mapping[str, Any]]) -> int:
    """Run ``sql/<name>.sql`` once a record, in one round trip, and return how many rows were written."""
    if not records:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(_query(name), records)
        return cursor.rowcount


def copy_records(connection: Connection, table: str, records: Sequence[Mapping[str, Any]], **common: Any) -> None:
    """COPY records of one form, and what is common to all, into a table of the warehouse, in the types of its columns.

    For many records cheaper than `insert`.
    """
    if not records:
        return
    names = list(records[0])
    columns, into = [*common, *names], sql.Identifier("oplatency", table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select * from {}").format(into) + sql.SQL(" limit {}").format(0))
        types = {column.name: column.type_code for column in cursor.description or ()}
        command = sql.SQL("copy {} ({}) from stdin (format binary)").format(
            into, sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with cursor.copy(command) as copy:
            # instants and numbers take a tenth of the time that their texts do
            copy.set_types([types[name] for name in columns])
            for record in records:
                copy.write_row((*common.values(), *map(record.__getitem__, names)))


def copy_text(connection: Connection, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """COPY blocks of PostgreSQL's text format into a table of the warehouse."""
    command = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("oplatency", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in blocks:
            copy.write(block)


def copy_binary(connection: Connection, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """COPY blocks of PostgreSQL's binary format into a table; each is sent while the next is made."""
    command = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier("oplatency", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(command, writer=QueuedLibpqWriter(cursor)) as copy:
        for block in blocks:
            # its queue holds a thousand pieces: small ones keep what waits for the server at some tens of megabytes
            for begin in range(0, len(block), _PIECE_BYTES):
                copy.write(block[begin : begin + _PIECE_BYTES])


def lock_job(connection: Connection, job: str, *, settings: DatabaseSettings | None = None) -> None:
    """Wait until this transaction is the only one of its job that publishes.

    Raises
    ------
    OplatencyError
        If another run holds the lock for longer than ``advisory_lock_timeout_s``.
    """
    lock_for(connection, "session/lock_job", {"job": f"oplatency:{job}"}, of=job, settings=settings)


def lock_session(connection: Connection, job: str, *, settings: DatabaseSettings | None = None) -> None:
    """Wait until this session is the only one of its job, and stay so until it is closed.

    For work that spans transactions, also of other sessions.

    Raises
    ------
    OplatencyError
        If another run holds the lock for longer than ``advisory_lock_timeout_s``.
    """
    lock_for(connection, "session/lock_session", {"job": f"oplatency:{job}"}, of=job, settings=settings)


def lock_for(
    connection: Connection,
    name: str,
    parameters: Mapping[str, Any],
    *,
    of: str,
    settings: DatabaseSettings | None = None,
) -> None:
    """Run ``sql/<name>.sql``, which takes advisory locks, and wait for them as long as the settings say.

    Raises
    ------
    OplatencyError
        If another session holds one for longer than ``advisory_lock_timeout_s``; `of` says in words what it is for.
    """
    limit = (settings or DatabaseSettings()).advisory_lock_timeout_s
    try:
        run(connection, name, {**parameters, "timeout": f"{limit * 1000:.0f}"})
    except psycopg.errors.LockNotAvailable as error:
        raise OplatencyError(
            f"Another run of {of} has been publishing for more than {limit:.0f} seconds.",
            where="advisory lock",
            remedy="wait for it to end, or end its session (application_name in pg_stat_activity), then run again",
        ) from error


def is_transient(error: Exception) -> bool:
    """Return whether trying again may help: the connection broke, or the server says so (40001, 40P01, 08, 57P0)."""
    if isinstance(error, UnreachableError):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    state = error.sqlstate or ""
    return not state or state in {"40001", "40P01"} or state.startswith(("08", "57P0"))


def set_role(connection: Connection, role: str) -> None:
    """Act as another role from here on."""
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def run_script(connection: Connection, text: str) -> None:
    """Run a file of several statements, without parameters."""
    connection.execute(text.encode(), prepare=False)


@contextmanager
def _blocks(
    connection: Connection, query: bytes | sql.Composed, parameters: Mapping[str, Any] | None
) -> Iterator[tuple[dict[str, str], Iterator[list[tuple[Any, ...]]]]]:
    run(connection, "session/read_whole_result")
    with connection.cursor(name="oplatency", row_factory=tuple_row) as cursor:
        # binary: numbers and instants take half the time that their texts do
        cursor.execute(query, parameters, binary=True)
        columns = {column.name: column.type_display for column in cursor.description or ()}
        yield columns, iter(lambda: cursor.fetchmany(_BLOCK_ROWS), [])


def _query(name: str) -> bytes:
    # the text comes from a file of the project, never from input
    return statement(name).encode()
