"""``oplatency``: every job without Airflow, and the local installation.

The warehouse is the one that ``OPLATENCY_DATABASE_URL`` names, else the embedded server: the running one, or one that
is started for the length of the command. ``--json`` prints one object on standard output; progress goes to standard
error and only to a terminal. Exit codes: 0 done, 1 error, 2 wrong usage, 3 a quality gate failed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from typer.exceptions import TyperException

from oplatency.database import connect, environment_url, row
from oplatency.errors import InputError, OplatencyError, UsageError
from oplatency.jobs import runs
from oplatency.jobs.runs import DAY, HOUR
from oplatency.local.installation import Installation
from oplatency.local.warehouse import open_warehouse
from oplatency.migrations import migrate as migrate_warehouse
from oplatency.settings import load_settings

app = typer.Typer(
    help="Operation-latency analytics on Airflow and PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
alerts_app = typer.Typer(help="Alerts.", no_args_is_help=True)
app.add_typer(alerts_app, name="alerts")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Instant, ISO 8601; a date means 00:00 UTC.")]
Operation = Annotated[str | None, typer.Option(help="Only this operation.")]


@contextmanager
def warehouse(role: str = "oplatency_writer") -> Iterator[str]:
    """Give the URL of the warehouse for a role; an embedded one is brought to the current schema first."""
    named = environment_url()
    if named:
        yield named
        return
    installation = Installation.open()
    with open_warehouse(installation) as url_of:
        migrate_warehouse(url_of("oplatency_owner"))
        yield url_of(role)


def instant(text: str, name: str) -> datetime:
    """Read an instant; a bare date is its first instant in UTC.

    Raises
    ------
    UsageError
        If the text is no instant or has no offset from UTC.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no instant.", where=name, remedy="write 2026-01-31 or 2026-01-31T00:00Z"
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


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the pages; by default 8080 or the next free one.")] = None,
) -> None:
    """Run PostgreSQL and Airflow with schedules on, until Ctrl-C."""
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
        prepare=lambda server: _migrated(installation.warehouse_url(server, "oplatency_owner")),
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
    """Tell what is running."""
    from oplatency.local import runtime

    show(runtime.status(Installation.open()), as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine and the installation; exit 1 where something needs a person."""
    from oplatency.local.doctor import diagnose

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
    from oplatency.local.removal import destroy as remove

    installation = Installation.open()
    if not yes:
        typer.confirm(f"Delete {installation.home} with all its data?", abort=True)
    for folder in remove(installation):
        sys.stdout.write(f"deleted {folder}\n")


@app.command()
def demo() -> None:
    """Run the whole chain through the scheduler on bootstrap data and the recorded sample; print the report."""
    from oplatency.local.demo import run_demo

    run_demo(Installation.open(), _console())


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the warehouse to the schema of this code."""
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
        day = day or load_bootstrap.stored_as_of(url) or runs.floor_to(datetime.now(UTC), DAY)
        show(load_bootstrap.bootstrap(url, as_of=day, settings=load_settings()), as_json)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    file_format: Annotated[str, typer.Option("--format", help="auto, csv or pgbench.")] = "auto",
    source: Annotated[str | None, typer.Option(help="Name of the source; by default the folder's name.")] = None,
    as_json: Json = False,
) -> None:
    """Bring files in: every row is accepted, duplicate, or quarantined with a reason."""
    from oplatency.jobs import ingest_metrics
    from oplatency.sources.files import READERS, find_inputs

    if file_format not in {"auto", *READERS}:
        raise UsageError(f"There is no format {file_format!r}.", where="--format", remedy=f"auto, {', '.join(READERS)}")
    files = find_inputs(paths)
    if not files:
        raise InputError("There are no files in the folder.", where=", ".join(map(str, paths)), remedy="check the path")
    accounts = []
    with warehouse() as url, _progress() as progress:
        for file in files:
            task = progress.add_task(f"{file.path.name} (rows)", total=None)
            account = ingest_metrics.ingest_file(
                url,
                file,
                source=source or file.path.resolve().parent.name,
                file_format=None if file_format == "auto" else file_format,
                received_at=datetime.now(UTC),
                settings=load_settings(),
                progress=lambda count, task=task: progress.update(task, completed=count),  # type: ignore[misc]
            )
            progress.update(task, completed=account.rows_in, total=account.rows_in)
            accounts.append(account)
            if account.rows_in == 0:
                sys.stderr.write(f"warning: {file.path} holds 0 rows\n")
    show({"batches": [account.as_json() for account in accounts]}, as_json)


@app.command()
def baseline(as_of: AsOf = None, operation: Operation = None, as_json: Json = False) -> None:
    """Compute the baselines as of a day."""
    from oplatency.jobs import recalculate_baselines

    day = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        day = day or runs.floor_to(_reference_time(url), DAY)
        show(recalculate_baselines.recalculate(url, as_of=day, settings=load_settings(), operation=operation), as_json)


@app.command()
def detect(
    start: Annotated[str, typer.Option("--from", help="First hour, inclusive.")],
    end: Annotated[str, typer.Option("--to", help="End of the last hour, exclusive.")],
    operation: Operation = None,
    as_json: Json = False,
) -> None:
    """Judge the calls of whole hours, and the days that close within them."""
    from oplatency.jobs import detect_anomalies

    window = runs.Window(instant(start, "--from"), instant(end, "--to"))
    with warehouse() as url:
        show(detect_anomalies.detect(url, window, settings=load_settings(), operation=operation), as_json)


@app.command()
def correlate(as_of: AsOf = None, as_json: Json = False) -> None:
    """Find operations that slowed together in the 24 hours before a whole hour."""
    from oplatency.jobs import correlate_operations

    hour = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        hour = hour or runs.floor_to(_reference_time(url), HOUR)
        show(correlate_operations.correlate_as_of(url, as_of=hour, settings=load_settings()), as_json)


@app.command()
def quality(suite: Annotated[str | None, typer.Option(help="Only this suite.")] = None, as_json: Json = False) -> None:
    """Check what is published; exit 3 where something does not hold."""
    from oplatency.jobs import check_data_quality

    with warehouse() as url:
        summary = check_data_quality.summary(check_data_quality.check(url, settings=load_settings(), suite=suite))
    show(summary, as_json)
    if not summary["passed"]:
        raise typer.Exit(3)


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
    from oplatency.reports import overview, terminal

    with warehouse("oplatency_reader") as url, connect(url, purpose="report") as connection:
        tables = overview.load_overview(connection)
    if as_json:
        show(
            {table.key: [dict(zip(table.columns, cells, strict=True)) for cells in table.rows] for table in tables},
            True,
        )
        return
    for table in tables:
        terminal.show(_console(), table)


def main() -> None:
    """Run the command line; errors are told in one line, or as one JSON object."""
    as_json = "--json" in sys.argv
    try:
        # standing alone, typer prints wrong usage itself; who asked for JSON gets an object for that too
        sys.exit(app(standalone_mode=not as_json))
    except (OplatencyError, TyperException, psycopg.Error) as caught:
        error = _told(caught)
        if as_json:
            told = {"error": error.message, "where": error.where, "remedy": error.remedy}
            sys.stdout.write(json.dumps(told) + "\n")
        else:
            sys.stderr.write(f"oplatency: {error}\n")
        sys.exit(error.exit_code)


def _told(error: OplatencyError | TyperException | psycopg.Error) -> OplatencyError:
    if isinstance(error, OplatencyError):
        return error
    if isinstance(error, psycopg.Error):
        return _database_error(error)
    return UsageError(error.format_message(), where="command line", remedy="see: oplatency --help")


def _database_error(error: psycopg.Error) -> OplatencyError:
    told = error.diag.message_primary or str(error).strip() or type(error).__name__
    return OplatencyError(
        f"PostgreSQL refused: {told}",
        where=f"SQLSTATE {error.sqlstate}" if error.sqlstate else "connection",
        remedy=error.diag.message_hint or "see the server's log; nothing was published",
    )


def _migrated(owner_url: str) -> None:
    migrate_warehouse(owner_url)


def _reference_time(url: str) -> datetime:
    with connect(url, purpose="cli") as connection:
        found: datetime = row(connection, "session/reference_time")["reference_at"]
    return found


def _console() -> Console:
    # a pipe has no width; tables need room all the same
    wanted = os.environ.get("COLUMNS", "")
    width = int(wanted) if wanted.isdecimal() and int(wanted) else 160
    return Console(width=None if sys.stdout.isatty() else width, highlight=False)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


if __name__ == "__main__":
    main()
