"""The catalogue of operations."""

from __future__ import annotations

from typing import Annotated

import typer

from oplatency.cli.application import Json, app, output, show, warehouse
from oplatency.reports import terminal
from oplatency.settings import load_settings

operations_app = typer.Typer(help="The catalogue of operations.", no_args_is_help=True)
app.add_typer(operations_app, name="operations")


@operations_app.command()
def held(
    limit: Annotated[int, typer.Option(min=1, help="At most this many names.")] = 50, as_json: Json = False
) -> None:
    """Show the names that wait for a person, with their rows and sources."""
    from oplatency.jobs import quarantine as job

    with warehouse() as url:
        found = job.held_operations(url, limit=limit)
    if as_json:
        show({"operations": found}, True)
        return
    terminal.show(output(), terminal.table_of("held", "Names that wait to be admitted", found))


@operations_app.command()
def admit(
    names: Annotated[list[str], typer.Argument(help="Names as the source reports them.")],
    and_release: Annotated[bool, typer.Option("--release", help="Release the rows that wait for them, too.")] = False,
    as_json: Json = False,
) -> None:
    """Take names into the catalogue."""
    from oplatency.jobs import quarantine as job

    settings = load_settings()
    with warehouse() as url:
        result: dict[str, object] = {"admitted": job.admit_operations(url, names, settings=settings)}
        if and_release:
            choice = job.Choice(reasons=job.HELD, operations=tuple(names))
            result["batches"] = [batch.as_json() for batch in job.release(url, choice, settings=settings)]
    show(result, as_json)
