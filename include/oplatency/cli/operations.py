"""The catalogue of operations."""

from __future__ import annotations

import getpass
from typing import Annotated, Literal

import typer

from oplatency.cli.application import Json, app, output, show, warehouse
from oplatency.errors import UsageError
from oplatency.reports import terminal
from oplatency.settings import load_settings

operations_app = typer.Typer(help="The catalogue of operations.", no_args_is_help=True)
app.add_typer(operations_app, name="operations")


@operations_app.command("list")
def list_operations(as_json: Json = False) -> None:
    """Show every operation with its thresholds, floors and tracking."""
    from oplatency.baselines import operations as job

    with warehouse() as url:
        found = job.list_operations(url)
    if as_json:
        show({"operations": found}, True)
        return
    for item in found:
        own = ", ".join(f"{name} {item[name]:g}" for name in job.FLOORS if item[name] is not None)
        tracked = "tracked" if item["is_tracked"] else "not tracked"
        typer.echo(
            f"{item['operation']}: {item['category']}, {tracked}, threshold {item['alert_threshold']:g}"
            f"{', ' + own if own else ''}{', set ' + str(item['changes']) + ' times' if item['changes'] else ''}"
        )


@operations_app.command("set")
def set_operation(
    operation: Annotated[str, typer.Argument(help="Name of the operation.")],
    note: Annotated[str, typer.Option(help="Why, in words; kept with the change.")],
    alert_threshold: Annotated[
        float | None, typer.Option(help="A call slower than baseline p99 times this is a violation.")
    ] = None,
    tracked: Annotated[
        bool | None, typer.Option("--tracked/--untracked", help="Whether baselines and detection look at it.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="READ, WRITE, ADMIN or UNKNOWN.")] = None,
    min_effect: Annotated[
        str | None, typer.Option(help="Smallest slow-down that is a finding, as a fraction, or general.")
    ] = None,
    scale_floor: Annotated[str | None, typer.Option(help="Smallest scale in ln(duration), or general.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who sets it; by default the user of this session.")] = None,
    as_json: Json = False,
) -> None:
    """Set thresholds, floors or tracking of one operation; prints old, new, and the configuration from then on."""
    from oplatency.baselines import operations as job

    values = job.Values(
        alert_threshold=alert_threshold,
        is_tracked=tracked,
        category=category,
        min_effect=_floor(min_effect, "--min-effect"),
        scale_floor=_floor(scale_floor, "--scale-floor"),
    )
    with warehouse() as url:
        result = job.set_operation(
            url, operation, values, note=note, changed_by=by or getpass.getuser(), settings=load_settings()
        )
    show(result, as_json)


@operations_app.command()
def held(
    limit: Annotated[int, typer.Option(min=1, help="At most this many names.")] = 50, as_json: Json = False
) -> None:
    """Show the names that wait for a decision, with their rows and sources."""
    from oplatency.ingest import quarantine as job

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
    from oplatency.ingest import quarantine as job

    settings = load_settings()
    with warehouse() as url:
        result: dict[str, object] = {"admitted": job.admit_operations(url, names, settings=settings)}
        if and_release:
            choice = job.RowFilter(reasons=job.HELD, operations=tuple(names))
            result["batches"] = [batch.as_json() for batch in job.release(url, choice, settings=settings)]
    show(result, as_json)


def _floor(text: str | None, name: str) -> float | Literal["general"] | None:
    if text is None:
        return None
    if text == "general":
        return "general"
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a number.", where=name, remedy="write 0.4, or general") from error
