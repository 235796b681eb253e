"""``oplatency``: every job without Airflow, and the local installation.

The warehouse is the one that ``OPLATENCY_DATABASE_URL`` names, else the embedded server: the running one, or one that
is started for the length of the command. ``--json`` prints one object on standard output; progress goes to standard
error and only to a terminal. Exit codes: 0 done, 1 error, 2 wrong usage, 3 a quality gate failed.
"""

from __future__ import annotations

import json
import sys

import psycopg
from typer.exceptions import TyperException

# the order of these imports is the order of the help
from oplatency.cli import (
    analysis,
    backtesting,
    exclusions,
    explain,
    export,
    ingest,
    installation,
    maintenance,
    operations,
    polling,
    quarantine,
)
from oplatency.cli.application import app, instant
from oplatency.errors import OplatencyError, UsageError

__all__ = [
    "analysis",
    "app",
    "backtesting",
    "exclusions",
    "explain",
    "export",
    "ingest",
    "installation",
    "instant",
    "main",
    "maintenance",
    "operations",
    "polling",
    "quarantine",
]


def main() -> None:
    """Run the command line. Errors print as one line, or as one JSON object with --json."""
    as_json = "--json" in sys.argv
    try:
        # standing alone, typer prints wrong usage itself; who asked for JSON gets an object for that too
        sys.exit(app(standalone_mode=not as_json))
    except (OplatencyError, TyperException, psycopg.Error) as caught:
        error = _as_error(caught)
        if as_json:
            sys.stdout.write(json.dumps(error.as_json()) + "\n")
        else:
            sys.stderr.write(f"oplatency: {error}\n")
        sys.exit(error.exit_code)


def _as_error(error: OplatencyError | TyperException | psycopg.Error) -> OplatencyError:
    if isinstance(error, OplatencyError):
        return error
    if isinstance(error, psycopg.Error):
        return _database_error(error)
    return UsageError(error.format_message(), where="command line", remedy="see: oplatency --help")


def _database_error(error: psycopg.Error) -> OplatencyError:
    message = error.diag.message_primary or str(error).strip() or type(error).__name__
    return OplatencyError(
        f"PostgreSQL refused: {message}",
        where=f"SQLSTATE {error.sqlstate}" if error.sqlstate else "connection",
        remedy=error.diag.message_hint or "see the server's log; nothing was published",
    )
