"""What all commands share: the application, its options, the warehouse they work on, how results are shown."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from oplatency.errors import UsageError
from oplatency.local.warehouse import warehouse as warehouse
from oplatency.warehouse.database import connect, row

app = typer.Typer(
    help="Operation-latency analytics on Airflow and PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Instant, ISO 8601; a date means 00:00 UTC.")]
Operation = Annotated[str | None, typer.Option(help="Only this operation.")]


def instant(text: str, name: str) -> datetime:
    """Read an instant; a bare date is its first instant in UTC.

    Raises
    ------
    UsageError
        If the text is not a valid timestamp or has no offset from UTC.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a valid timestamp.", where=name, remedy="write 2026-01-31 or 2026-01-31T00:00Z"
        ) from error
    if len(text) == 10:
        found = found.replace(tzinfo=UTC)
    if found.tzinfo is None:
        raise UsageError(f"{text!r} has no offset from UTC.", where=name, remedy=f"write {text}Z")
    return found


def show(result: dict[str, Any], as_json: bool) -> None:
    """Print a result, as JSON or as lines."""
    if as_json:
        sys.stdout.write(json.dumps(result, default=str) + "\n")
        return
    for name, value in result.items():
        text = json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
        sys.stdout.write(f"{name}: {text}\n")


def progress_bar(amount: ProgressColumn) -> Progress:
    """Return a context that shows progress on standard error, if that is a terminal; `amount` is the progress."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), amount)
    return Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal, transient=True)


def reference_time(url: str) -> datetime:
    """Return the instant that the warehouse calls now."""
    with connect(url, purpose="cli") as connection:
        found: datetime = row(connection, "session/reference_time")["reference_at"]
    return found


def output() -> Console:
    """Return the console of standard output."""
    # a pipe has no width; tables need room all the same
    wanted = os.environ.get("COLUMNS", "")
    width = int(wanted) if wanted.isdecimal() and int(wanted) else 160
    return Console(width=None if sys.stdout.isatty() else width, highlight=False)
