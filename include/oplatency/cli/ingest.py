"""Bringing data in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from oplatency.cli.application import Json, app, show, warehouse
from oplatency.errors import InputError, UsageError
from oplatency.settings import load_settings


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders of files, or URLs of an object store.")],
    file_format: Annotated[str, typer.Option("--format", help="auto, csv, jsonl, parquet or pgbench.")] = "auto",
    source: Annotated[str | None, typer.Option(help="Name of the source; by default the folder's name.")] = None,
    as_json: Json = False,
) -> None:
    """Bring files in: every row is accepted, duplicate, or quarantined with a reason."""
    from oplatency.jobs import ingest_metrics
    from oplatency.sources.files import READERS, find_inputs, without_credentials

    if file_format not in {"auto", *READERS}:
        raise UsageError(f"There is no format {file_format!r}.", where="--format", remedy=f"auto, {', '.join(READERS)}")
    files = find_inputs(paths)
    if not files:
        raise InputError(
            "There are no files in the folder.",
            where=", ".join(map(without_credentials, paths)),
            remedy="check the path",
        )
    accounts = []
    with warehouse() as url, _progress() as progress:
        for file in files:
            task = progress.add_task(f"{PurePosixPath(file.label).name} (rows)", total=None)
            account = ingest_metrics.ingest_file(
                url,
                file,
                source=source or file.folder,
                file_format=None if file_format == "auto" else file_format,
                received_at=datetime.now(UTC),
                settings=load_settings(),
                progress=lambda count, task=task: progress.update(task, completed=count),  # type: ignore[misc]
            )
            progress.update(task, completed=account.rows_in, total=account.rows_in)
            accounts.append(account)
            if account.rows_in == 0:
                sys.stderr.write(f"warning: {file.label} holds 0 rows\n")
    show({"batches": [account.as_json() for account in accounts]}, as_json)


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
