"""Asking polled sources for what is new."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from oplatency.cli.application import Json, app, show, warehouse
from oplatency.local.installation import Installation
from oplatency.settings import load_settings


@app.command()
def poll(
    sources: Annotated[list[str] | None, typer.Argument(help="Names of sources; by default every polled one.")] = None,
    as_json: Json = False,
) -> None:
    """Ingest what polled sources have new; a connection is the environment variable that holds its URL."""
    from oplatency.ingest import polling
    from oplatency.ingest.aggregates import Intervals
    from oplatency.ingest.batches import Batch
    from oplatency.sources.files.inputs import locate
    from oplatency.sources.polled.contract import environment_address

    settings = load_settings()
    folder = locate(os.environ.get("OPLATENCY_LANDING") or Installation.open().landing)
    context = polling.PollContext(folder, datetime.now(UTC), settings, environment_address)
    accounts: list[Batch | Intervals] = []
    with warehouse() as url:
        for source in sources or polling.find_polled(context):
            accounts += polling.poll_source(url, source, context)
    batches = [account.as_json() for account in accounts if isinstance(account, Batch)]
    aggregates = [account.as_json() for account in accounts if isinstance(account, Intervals)]
    show({"batches": batches, "aggregates": aggregates}, as_json)
