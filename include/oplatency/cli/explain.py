"""Why something alerted, and why nothing did."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from oplatency.cli.application import Json, app, instant, warehouse
from oplatency.warehouse.database import connect


@app.command()
def explain(
    operation: Annotated[str, typer.Argument(help="Name of the operation.")],
    at: Annotated[str, typer.Option("--at", help="Instant, ISO 8601; the UTC hour that holds it is explained.")],
    branch: Annotated[str | None, typer.Option(help="Only findings on this branch, and its baseline.")] = None,
    as_json: Json = False,
) -> None:
    """Explain why an operation alerted at an instant, or why it did not: verdicts, baseline, surroundings, alerts."""
    from oplatency.reports import explanation, story

    moment = instant(at, "--at")
    with warehouse("oplatency_reader") as url, connect(url, purpose="explain") as connection:
        found = story.load_hour_report(connection, operation, moment, branch=branch)
    lines = explanation.explain_text(found)
    if as_json:
        payload = found.as_json() | {"text": lines}
        sys.stdout.write(json.dumps(payload, default=lambda value: value.isoformat()) + "\n")
    else:
        sys.stdout.write(explanation.as_text(lines))
