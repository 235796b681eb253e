"""Ingest."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import ProgressColumn, Task
from rich.text import Text

from oplatency.cli.application import Json, app, instant, progress_bar, show, warehouse
from oplatency.errors import GateFailedError, InputError, OplatencyError, UsageError
from oplatency.settings import load_settings
from oplatency.sources.registry import FILES


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders of files, or URLs of an object store.")],
    file_format: Annotated[str, typer.Option("--format", help=f"auto, {', '.join(FILES)}.")] = "auto",
    source: Annotated[str | None, typer.Option(help="Name of the source; by default the folder's name.")] = None,
    received_at: Annotated[
        str | None,
        typer.Option(
            "--received-at",
            help="When the files arrived, ISO 8601; decides what is in the future and what beyond the horizon. "
            "By default now.",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key", help="Name of the delivery: the same name with other content is an error. For a single file."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ingest files: every row is accepted, duplicate, or quarantined with a reason."""
    from oplatency.ingest import gate
    from oplatency.ingest.batches import Batch
    from oplatency.quality.auditor import Auditor
    from oplatency.sources.files.inputs import find_inputs, without_credentials

    if file_format not in {"auto", *FILES}:
        raise UsageError(f"There is no format {file_format!r}.", where="--format", remedy=f"auto, {', '.join(FILES)}")
    files = find_inputs(paths)
    if not files:
        raise InputError(
            "There are no files in the folder.",
            where=", ".join(map(without_credentials, paths)),
            remedy="check the path",
        )
    if key is not None and len(files) > 1:
        raise UsageError("A key names one delivery.", where="--key", remedy="ingest each file by itself")
    arrived = instant(received_at, "--received-at") if received_at else datetime.now(UTC)
    settings = load_settings()
    accounts: list[Batch] = []
    refused: list[OplatencyError] = []
    # loads its libraries while a server of our own starts
    with Auditor() as auditor, warehouse() as url, progress_bar(_RowsColumn()) as progress:
        for file in files:
            task = progress.add_task(PurePosixPath(file.label).name, total=None, bytes=file.size)
            try:
                delivery = gate.delivery_of(
                    file,
                    source or file.folder,
                    arrived,
                    settings,
                    file_format=None if file_format == "auto" else file_format,
                    idempotency_key=key,
                )
                account = gate.ingest_file(
                    url,
                    file,
                    delivery,
                    settings=settings,
                    progress=lambda count, task=task: progress.update(task, completed=count),  # type: ignore[misc]
                    auditor=auditor,
                )
            except (InputError, GateFailedError) as error:
                # one bad file does not keep the others out
                if len(files) == 1:
                    raise
                refused.append(error)
                sys.stderr.write(f"oplatency: {error}\n")
                continue
            progress.update(task, completed=account.rows_in, total=account.rows_in)
            accounts.append(account)
            if account.rows_in == 0:
                sys.stderr.write(f"warning: {file.label} holds 0 rows\n")
    errors = [error.as_json() for error in refused]
    show({"batches": [account.as_json() for account in accounts]} | ({"errors": errors} if errors else {}), as_json)
    if refused:
        raise typer.Exit(max(error.exit_code for error in refused))


class _RowsColumn(ProgressColumn):
    """Rows read so far, how fast, and the size of the file: how many rows it holds is known at its end only."""

    def render(self, task: Task) -> Text:
        # over the whole time: blocks of a file come at once, so the newest few say little
        speed = task.completed / task.elapsed if task.elapsed else 0.0
        return Text(f"{task.completed:,.0f} rows, {speed:,.0f} rows/s, {decimal(task.fields['bytes'])}")
