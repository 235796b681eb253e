"""The data that an installation starts with: catalogue, 82 calls, one merge with its trace, first baselines.

The committed files hold ages, not instants: everything is loaded relative to one as-of, which is stored. Loading twice
changes nothing; loading relative to another as-of is an error.
"""

from __future__ import annotations

import csv
import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from psycopg.types.json import Jsonb

from oplatency.errors import UsageError
from oplatency.ingest import gate
from oplatency.ingest.batches import Delivery
from oplatency.jobs import windowed_job
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.warehouse.database import Connection, connect, insert, row, rows, run
from oplatency.warehouse.migrations import require_current_schema
from oplatency.windows import DAY, require_whole

JOB = "load_bootstrap"
SOURCE = "bootstrap"


def bootstrap(url: str, *, as_of: datetime, settings: Settings) -> dict[str, Any]:
    """Load everything and compute the first baselines.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs; the schema must be there.
    as_of : datetime
        End of the seven days that the calls are spread over, a whole UTC day.

    Returns
    -------
    dict
        ``as_of``, the ``batch`` account of the calls, the ``baselines`` report.
    """
    load_catalogue(url, as_of=as_of, settings=settings)
    token = stage_calls(url, as_of=as_of, settings=settings)
    gate.audit(url, token)
    batch = gate.publish(url, token, settings=settings)
    baselines = windowed_job.run(url, RECALCULATE, Request(settings, as_of))
    return {"as_of": as_of.isoformat(), "batch": batch.as_json(), "baselines": baselines}


def load_catalogue(url: str, *, as_of: datetime, settings: Settings) -> None:
    """Store the as-of and load operation types, branches, the merge and its trace, in one transaction.

    Raises
    ------
    UsageError
        If the data was loaded relative to another as-of before.
    """
    as_of = require_whole(as_of, DAY, name="as_of")
    with connect(url, purpose=JOB, settings=settings.database) as connection:
        require_current_schema(connection)
        with connection.transaction():
            _store_as_of(connection, as_of)
            insert(connection, f"jobs/{JOB}/insert_operation", list(_records("operation_types")))
            merges, spans = list(_records("merges", as_of)), list(_records("spans", as_of))
            names = {merge[side] for merge in merges for side in ("source_branch", "target_branch")}
            insert(connection, f"jobs/{JOB}/insert_branch", [{"name": name} for name in sorted(names)])
            insert(
                connection, f"jobs/{JOB}/insert_user", [{"name": user} for user in sorted({s["user"] for s in spans})]
            )
            insert(connection, f"jobs/{JOB}/insert_merge", merges)
            for span in spans:
                span["attributes"] = Jsonb(_json(span["attributes"]))
            insert(connection, f"jobs/{JOB}/insert_span", spans)


def stored_as_of(url: str) -> datetime | None:
    """Return the as-of that the data was loaded relative to, or None."""
    with connect(url, purpose=JOB) as connection:
        found = rows(connection, f"jobs/{JOB}/read_as_of")
    return found[0]["as_of"] if found else None


def stage_calls(url: str, *, as_of: datetime, settings: Settings) -> uuid.UUID:
    """Stage the 82 calls through the same gate as any other input."""
    content = _file("metrics") + as_of.isoformat()
    delivery = Delivery(
        source=SOURCE,
        format="builtin",
        path="bootstrap/metrics.csv",
        content_hash=hashlib.sha256(content.encode()).digest(),
        size=len(content.encode()),
        # committed data is neither late nor early, whatever the clock says
        received_at=as_of,
        settings=SourceSettings(),
    )
    return gate.stage_rows(url, _calls(as_of), delivery, settings=settings)


def _store_as_of(connection: Connection, as_of: datetime) -> None:
    run(connection, f"jobs/{JOB}/insert_as_of", {"as_of": as_of})
    stored = row(connection, f"jobs/{JOB}/read_as_of")["as_of"]
    if stored != as_of:
        raise UsageError(
            f"The bootstrap data was loaded as of {stored:%Y-%m-%d}; it cannot move to {as_of:%Y-%m-%d}.",
            where="as_of",
            remedy=f"use {stored:%Y-%m-%d}, leave as_of empty, or start with an empty warehouse",
        )


def _calls(as_of: datetime) -> Iterator[StagedRow]:
    for line_no, call in enumerate(_records("metrics", as_of), start=2):
        yield StagedRow(
            line_no,
            raw=f"{call['operation']},{call['started_at'].isoformat()},{call['duration_us']}",
            values={
                "operation": call["operation"],
                "started_at": call["started_at"].isoformat(),
                "duration_us": call["duration_us"],
                "branch": call["branch"],
                "user_name": call["user"],
                "event_id": f"bootstrap-{line_no - 1}",
            },
        )


def _records(name: str, as_of: datetime | None = None) -> Iterator[dict[str, Any]]:
    for record in csv.DictReader(_file(name).splitlines()):
        values: dict[str, Any] = {key: value or None for key, value in record.items()}
        if as_of is not None:
            values["started_at"] = as_of - timedelta(microseconds=int(values.pop("before_as_of_us")))
        yield values


def _file(name: str) -> str:
    return resources.files("oplatency").joinpath("data", "bootstrap", f"{name}.csv").read_text(encoding="utf-8")


def _json(text: str | None) -> Any:
    return json.loads(text or "{}")
