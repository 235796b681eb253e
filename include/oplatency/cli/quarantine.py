"""Rejected rows: look at them, try them again, give them up."""

from __future__ import annotations

import getpass
from typing import Annotated, TypeVar

import typer

from oplatency.cli.application import Json, app, output, show, warehouse
from oplatency.errors import UsageError
from oplatency.reports import terminal
from oplatency.settings import load_settings

quarantine_app = typer.Typer(help="Rejected rows.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")

T = TypeVar("T")
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers of rows.")]
Source = Annotated[str | None, typer.Option(help="Only rows of this source.")]
Reason = Annotated[list[str] | None, typer.Option(help="Only rows rejected for this reason; may be repeated.")]
Batch = Annotated[int | None, typer.Option(help="Only rows that came with this batch.")]
Operation = Annotated[list[str] | None, typer.Option(help="Only calls of this operation; may be repeated.")]


@quarantine_app.command("list")
def list_groups(
    source: Source = None,
    reason: Reason = None,
    batch: Batch = None,
    operation: Operation = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many groups.")] = 50,
    as_json: Json = False,
) -> None:
    """Show what waits, by source, batch and reason, newest first."""
    from oplatency.ingest import quarantine as job

    choice = job.RowFilter(source=source, batch=batch, reasons=_or_none(reason), operations=_or_none(operation))
    with warehouse() as url:
        found = job.groups(url, choice, limit=limit)
    if as_json:
        show({"groups": found}, True)
        return
    terminal.show(output(), terminal.table_of("quarantine", "Rows that wait, by source, batch and reason", found))


@quarantine_app.command("show")
def show_row(
    row_id: Annotated[int, typer.Argument(metavar="ID", help="Number of the row.")], as_json: Json = False
) -> None:
    """Show a row, its fields, why it was rejected, and what would make it pass."""
    from oplatency.ingest import quarantine as job

    with warehouse() as url:
        show(job.find(url, row_id), as_json)


@quarantine_app.command()
def release(
    ids: Ids = None,
    source: Source = None,
    reason: Reason = None,
    batch: Batch = None,
    operation: Operation = None,
    assume_tz: Annotated[
        str | None,
        typer.Option("--assume-tz", help="IANA zone of times without an offset, instead of the declared one."),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(help="What the number in duration_us (else duration_ms) really counts: ns, us, ms or s."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send rows through the gate again: what passes now becomes facts, the rest stays with its reason."""
    from oplatency.ingest import quarantine as job

    choice = job.RowFilter(_or_none(ids), source, batch, _or_none(reason), _or_none(operation))
    _require_choice(choice)
    with warehouse() as url:
        released = job.release(url, choice, settings=load_settings(), assume_tz=assume_tz, unit=unit)
    show({"batches": [batch.as_json() for batch in released]}, as_json)


@quarantine_app.command()
def discard(
    ids: Ids = None,
    source: Source = None,
    reason: Reason = None,
    batch: Batch = None,
    operation: Operation = None,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
    by: Annotated[str | None, typer.Option(help="Who; by default the user of this session.")] = None,
    as_json: Json = False,
) -> None:
    """Give rows up: they stay, and count as quarantined, but wait no longer."""
    from oplatency.ingest import quarantine as job

    choice = job.RowFilter(_or_none(ids), source, batch, _or_none(reason), _or_none(operation))
    _require_choice(choice)
    with warehouse() as url:
        given_up = job.discard(url, choice, settings=load_settings(), by=by or getpass.getuser(), note=note)
    show({"discarded": given_up}, as_json)


def _or_none(values: list[T] | None) -> tuple[T, ...] | None:
    return tuple(values) if values else None


def _require_choice(choice: object) -> None:
    if not any(vars(choice).values()):
        raise UsageError(
            "No rows are chosen.",
            where="command line",
            remedy="give numbers, --batch, --reason, --source or --operation",
        )
