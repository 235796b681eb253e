"""The local installation: start, stop, look at, check, delete; the schema and the first data of a warehouse."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from oplatency.cli import backtesting
from oplatency.cli.application import AsOf, Json, app, instant, output, show, warehouse
from oplatency.local.installation import WAREHOUSE_DATABASE, Installation
from oplatency.local.postgres import EmbeddedPostgres
from oplatency.local.warehouse import open_warehouse, unfreeze_time
from oplatency.settings import load_settings
from oplatency.warehouse.database import environment_url
from oplatency.warehouse.migrations import migrate as migrate_warehouse
from oplatency.windows import DAY, floor_to


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the pages; by default 8080 or the next free one.")] = None,
) -> None:
    """Run PostgreSQL and Airflow with schedules on, its own tasks as a source, until Ctrl-C."""
    from oplatency.local import runtime

    installation = Installation.open()

    def ready(airflow: Any) -> None:
        sys.stdout.write(
            f"Pages: {airflow.url}\nUser: admin\nPassword: in {installation.secrets_file} (admin_password)\n"
            "Ctrl-C, or `oplatency down` in another terminal, stops everything.\n"
        )
        sys.stdout.flush()

    runtime.up(
        installation,
        port,
        prepare=lambda server: prepare(installation, server),
        ready=ready,
    )


@app.command()
def down() -> None:
    """Stop what `oplatency up` runs in another terminal."""
    from oplatency.local import runtime

    stopped = runtime.down(Installation.open())
    sys.stdout.write("stopped\n" if stopped else "nothing was running\n")


@app.command()
def status(as_json: Json = False) -> None:
    """Show what is running."""
    from oplatency.local import runtime

    show(runtime.status(Installation.open()), as_json)


@app.command()
def doctor(
    detection: Annotated[
        bool, typer.Option("--detection", help="Instead: what each rule could see of each operation, or why it cannot.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check this machine and the installation; exit 1 where something needs attention."""
    from oplatency.local.doctor import diagnose

    if detection:
        backtesting.show_limits(as_json=as_json)
        return

    checks = diagnose(Installation.open())
    if as_json:
        show({"checks": [vars(check) for check in checks]}, True)
    else:
        for check in checks:
            remedy = "" if check.ok else f" -> {check.remedy}"
            sys.stdout.write(f"{'ok ' if check.ok else 'BAD'} {check.name}: {check.detail}{remedy}\n")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def destroy(
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Delete this installation: its data, its secrets, its landing folder."""
    installation = Installation.open()
    if not yes:
        typer.confirm(f"Delete {installation.home} with all its data?", abort=True)
    for folder in installation.destroy():
        sys.stdout.write(f"deleted {folder}\n")


@app.command()
def demo() -> None:
    """Run the whole chain through the scheduler on bootstrap data and the recorded sample; print the report."""
    from oplatency.local.demo import run_demo

    run_demo(Installation.open(), output())


@app.command()
def migrate(as_json: Json = False) -> None:
    """Migrate the warehouse to the schema of this code."""
    url = environment_url()
    if url:
        report = migrate_warehouse(url)
    else:
        with open_warehouse(Installation.open()) as url_of:
            report = migrate_warehouse(url_of("oplatency_owner"))
    show({"version": report.version, "applied": list(report.applied)}, as_json)


@app.command()
def bootstrap(as_of: AsOf = None, as_json: Json = False) -> None:
    """Load the catalogue, the 82 calls, the merge, and the first baselines."""
    from oplatency.jobs import load_bootstrap

    day = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        day = day or load_bootstrap.stored_as_of(url) or floor_to(datetime.now(UTC), DAY)
        show(load_bootstrap.bootstrap(url, as_of=day, settings=load_settings()), as_json)


def prepare(installation: Installation, server: EmbeddedPostgres) -> None:
    """Migrate the warehouse and unfreeze its reference time, which an earlier demo may have fixed."""
    migrate_warehouse(installation.warehouse_url(server, "oplatency_owner"))
    unfreeze_time(server.url(WAREHOUSE_DATABASE))
