"""Intervals that are kept out of the baselines."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from oplatency.cli.application import Json, app, instant, show, warehouse
from oplatency.windows import Window

exclude_app = typer.Typer(help="Intervals that are kept out of the baselines.", no_args_is_help=True)
app.add_typer(exclude_app, name="exclude")

By = Annotated[str | None, typer.Option("--by", help="Who notes it; by default the user of this session.")]


@exclude_app.command("add")
def add(
    operation: Annotated[str, typer.Argument(help="Operation whose calls are excluded.")],
    start: Annotated[str, typer.Option("--from", help="First instant, inclusive.")],
    end: Annotated[str, typer.Option("--to", help="End, exclusive.")],
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    branch: Annotated[str, typer.Option(help="Only calls on this branch.")] = "(all)",
    known_at: Annotated[
        str | None, typer.Option(help="Baselines as of then or later take it into account; by default from its end.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="The opposite: what alerts in it stays in.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Keep an interval out of the baselines that are computed from now on."""
    from oplatency.baselines import excluded_intervals as job

    interval = job.IntervalRequest(
        operation=operation,
        window=Window(instant(start, "--from"), instant(end, "--to")),
        reason=reason,
        branch=branch,
        known_at=instant(known_at, "--known-at") if known_at else None,
        is_included=keep,
    )
    with warehouse() as url:
        number = job.add(url, interval, noted_by=by or getpass.getuser())
    show({"interval_id": number, "next": "oplatency baseline --as-of DAY"}, as_json)


@exclude_app.command("list")
def list_all(as_json: Json = False) -> None:
    """Show what was noted, and what the alert rule excluded from the baselines in force."""
    from oplatency.baselines import excluded_intervals as job

    with warehouse() as url:
        found = job.list_all(url)
    if as_json:
        show({"intervals": found}, True)
        return
    for item in found:
        show(item, False)
        typer.echo()


@exclude_app.command("remove")
def remove(
    interval_id: Annotated[int, typer.Argument(help="Number that `exclude list` shows.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Take a noted interval back."""
    from oplatency.baselines import excluded_intervals as job

    with warehouse() as url:
        job.remove(url, interval_id, removed_by=by or getpass.getuser())
    show({"removed": interval_id}, as_json)
