"""Alerts, upkeep, and the report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from oplatency.cli.application import Json, app, output, show, warehouse
from oplatency.settings import load_settings
from oplatency.warehouse.database import connect

alerts_app = typer.Typer(help="Alerts.", no_args_is_help=True)
app.add_typer(alerts_app, name="alerts")


@alerts_app.command("deliver")
def deliver_alerts(dry_run: Annotated[bool, typer.Option("--dry-run")] = False, as_json: Json = False) -> None:
    """Write the alerts that are missing."""
    from oplatency.jobs import deliver_alerts as job

    with warehouse() as url:
        show(job.deliver(url, settings=load_settings(), dry_run=dry_run), as_json)


@app.command()
def maintain(dry_run: Annotated[bool, typer.Option("--dry-run")] = False, as_json: Json = False) -> None:
    """Make partitions ahead, drop those beyond the retention, clear leftovers."""
    from oplatency.jobs import maintain_warehouse

    with warehouse() as url:
        show(
            maintain_warehouse.maintain(url, as_of=datetime.now(UTC), settings=load_settings(), dry_run=dry_run),
            as_json,
        )


@app.command()
def report(as_json: Json = False) -> None:
    """Print what `make run` prints: baselines, findings, audits, the twelve views."""
    from oplatency.reports import terminal
    from oplatency.reports.tables import load_tables

    with warehouse("oplatency_reader") as url, connect(url, purpose="report") as connection:
        tables = load_tables(connection)
    if as_json:
        show(
            {table.key: [dict(zip(table.columns, cells, strict=True)) for cells in table.rows] for table in tables},
            True,
        )
        return
    for table in tables:
        terminal.show(output(), table)
