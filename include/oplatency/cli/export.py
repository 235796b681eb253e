"""Results as files."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from oplatency.cli.application import Json, Operation, app, instant, show, warehouse
from oplatency.errors import OplatencyError, UsageError

Format = Literal["csv", "json", "parquet"]
FORMATS = ("csv", "json", "parquet")


@app.command()
def export(
    subject: Annotated[
        str, typer.Argument(help="anomalies, degradations, correlations, baselines, incidents or verdicts.")
    ],
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, json or parquet; by default as FILE is named, else csv.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File to write; by default standard output.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Only what was judged from this instant on.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="... and up to this one.")] = None,
    operation: Operation = None,
    as_json: Json = False,
) -> None:
    """Write findings, correlations, baselines, incidents or verdicts as a file."""
    from oplatency.reports import export as report

    if subject not in report.SUBJECTS:
        raise UsageError(f"There is no export of {subject!r}.", where="export", remedy=", ".join(report.SUBJECTS))
    form = _format(file_format, out)
    if form == "parquet" and out is None and (as_json or sys.stdout.isatty()):
        raise UsageError("Parquet is not text.", where="--format", remedy="name a file: --out FILE")
    window = _window(start, end)
    with warehouse("oplatency_reader") as url:
        found = report.load(url, subject, start=window[0], end=window[1], operation=operation)
    if out is not None:
        _write(out, report.render(found, form))
        show({"export": subject, "format": form, "rows": len(found), "out": str(out)}, as_json)
    elif as_json:
        show({subject: report.records(found)}, True)
    else:
        sys.stdout.buffer.write(report.render(found, form))
        sys.stdout.buffer.flush()


def _format(named: str | None, out: Path | None) -> Format:
    suffix = out.suffix.removeprefix(".").lower() if out else ""
    form = named or (suffix if suffix in FORMATS else "csv")
    if form not in FORMATS:
        raise UsageError(f"There is no format {form!r}.", where="--format", remedy=", ".join(FORMATS))
    return cast(Format, form)


def _window(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    first, last = instant(start, "--from") if start else None, instant(end, "--to") if end else None
    if first and last and first >= last:
        raise UsageError("--from is not before --to.", where="--from, --to", remedy="give the earlier instant first")
    return first, last


def _write(path: Path, content: bytes) -> None:
    # a reader sees the old file or the new one, never a part
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OplatencyError(
            f"The file cannot be written: {error.strerror}.", where=str(path), remedy="check the folder and its rights"
        ) from error
