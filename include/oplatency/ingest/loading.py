"""Staged rows become facts: names are admitted, calls, spans and merges inserted, each where its key is not taken.

Loads of different days run side by side. Loads that share a day follow one another, and the unique keys of the tables
see to it that nothing is counted twice.
"""

from __future__ import annotations

from typing import Any

import psycopg

from oplatency.errors import StagingLostError
from oplatency.ingest.batches import StagedBatch
from oplatency.settings import Settings
from oplatency.warehouse.database import Connection, lock_for, row, rows, run

PRECHECK_FROM_CALLS = 20_000
"""From this many calls on it pays to check first whether none of them is a fact already."""

_UNIT_SLIP_LIMITS = ("unit_slip_min_calls", "unit_slip_tolerance", "unit_slip_share")
_ROWS_LOOKED_AT = 50_000


def load_staged(connection: Connection, batch: StagedBatch, *, settings: Settings) -> int:
    """Turn the staged rows of an audited batch into facts; return how many rows were accepted.

    Runs in the caller's transaction and holds the days of the batch until its end.

    Raises
    ------
    OplatencyError
        If another load of the same days, or of new names, is under way for longer than is waited for.
    """
    held = (batch.new_operations or settings.ingest.new_operations) == "hold"
    parameters = {
        "run_token": batch.run_token,
        "batch_id": batch.batch_id,
        "source": batch.source,
        "assume_tz": batch.assume_tz,
        "max_new_operations": 0 if held else settings.ingest.max_new_operations,
        "reason": "unknown_operation" if held else "cardinality_limit",
    }
    lock_for(connection, "jobs/ingest_metrics/lock_days", parameters, of="these days", settings=settings.database)
    if batch.detect_unit_slips:
        limits = {name: getattr(settings.ingest, name) for name in _UNIT_SLIP_LIMITS}
        stride = max(1, batch.rows_in // _ROWS_LOOKED_AT)
        run(connection, "jobs/ingest_metrics/reject_unit_slips", parameters | limits | {"stride": stride})
    excess = rows(connection, "jobs/ingest_metrics/list_operations_over_limit", parameters)
    parameters["operations"] = [new["operation"] for new in excess]
    if excess:
        run(connection, "jobs/ingest_metrics/reject_new_operations", parameters)
    _admit_names(connection, parameters, settings)
    accepted = _insert_calls(connection, batch, parameters)
    for kind, count in (("spans", batch.n_spans), ("merges", batch.n_merges)):
        if count:
            accepted += row(connection, f"jobs/ingest_metrics/insert_{kind}", parameters)["accepted"]
    return accepted


def _admit_names(connection: Connection, parameters: dict[str, Any], settings: Settings) -> None:
    named = {"job": "oplatency:names"}
    if rows(connection, "jobs/ingest_metrics/list_new_names", parameters):
        # one load at a time brings names, so that two cannot wait for each other's
        lock_for(connection, "session/lock_job", named, of="new names", settings=settings.database)
        for new in rows(connection, "jobs/ingest_metrics/list_new_names", parameters):
            run(connection, f"jobs/ingest_metrics/insert_{new['kind']}", parameters | {"name": new["name"]})


def _insert_calls(connection: Connection, batch: StagedBatch, parameters: dict[str, Any]) -> int:
    """Return how many calls became facts; a span that is a call too is counted with the spans."""
    any_rejected = row(connection, "jobs/ingest_metrics/find_rejections", parameters)["any_rejected"]
    if batch.n_calls >= PRECHECK_FROM_CALLS and not batch.n_spans and not any_rejected:
        try:
            with connection.transaction():
                inserted = run(connection, "jobs/ingest_metrics/insert_new_metrics", parameters)
        except psycopg.errors.UniqueViolation:
            pass
        else:
            if inserted != batch.n_calls:
                raise StagingLostError("Staged rows are gone.", where=batch.path, remedy="stage the file again")
            run(connection, "jobs/ingest_metrics/mark_dirty_hours", parameters)
            return inserted
    accepted: int = row(connection, "jobs/ingest_metrics/insert_metrics", parameters | {"from_span": False})["accepted"]
    of_spans = 0
    if batch.n_spans:
        of_spans = row(connection, "jobs/ingest_metrics/insert_metrics", parameters | {"from_span": True})["accepted"]
    if accepted + of_spans < batch.n_calls:
        run(connection, "jobs/ingest_metrics/reject_conflicts", parameters)
    return accepted
