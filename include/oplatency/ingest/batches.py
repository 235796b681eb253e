"""The account of one input: opened when its rows are staged, closed when each of them has its place."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import psycopg

from oplatency.errors import FencedError, InputError, StagingLostError
from oplatency.settings import SourceSettings
from oplatency.warehouse.database import Connection, Row, row, run

PUBLISHED = ("published", "partial_source")
"""States of a batch whose accepted rows are facts."""

TRUNCATE_FROM_ROWS = 20_000
"""From this many staged calls on, truncating their table is cheaper than deleting them."""


@dataclass(frozen=True)
class Delivery:
    """What comes in at once, as one batch, and how it is read.

    Attributes
    ----------
    source : str
        Name of the source.
    format : str
        What the rows are read as.
    path : str
        Where it came from, as it may be shown.
    content_hash : bytes
        SHA-256 of the content.
    size : int
        Bytes as stored.
    received_at : datetime
        When it arrived; decides what is in the future and what beyond the horizon.
    settings : SourceSettings
        What the source declares.
    idempotency_key : str, optional
        Its name: another delivery of the source under this name must have the same content.
    """

    source: str
    format: str
    path: str
    content_hash: bytes
    size: int
    received_at: datetime
    settings: SourceSettings
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Batch:
    """The account of one input: ``rows_in = accepted + duplicate + quarantined``."""

    source: str
    path: str
    status: str
    rows_in: int
    accepted: int
    duplicate: int
    quarantined: int
    reasons: dict[str, int]
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Return the account as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class StagedBatch(Batch):
    """A batch as it is while it is locked, until the transaction ends, with what of it lies in staging.

    Attributes
    ----------
    run_token : UUID
        The attempt.
    status : str
        ``staged``, ``audited``, ``superseded``, ``failed``, or one of `PUBLISHED`.
    retry_of : int, optional
        The batch whose rows are released from quarantine.
    n_staged, n_calls, n_spans, n_merges : int
        Rows in staging, and of them those of each kind that can be judged; a span may be a call too.
    """

    run_token: uuid.UUID
    batch_id: int
    assume_tz: str | None
    resolution_us: int
    new_operations: str | None
    detect_unit_slips: bool
    retry_of: int | None
    n_staged: int
    n_calls: int
    n_spans: int
    n_merges: int

    @property
    def is_refused(self) -> bool:
        """Whether every row, or none at all, is rejected already."""
        return self.rows_in == self.quarantined

    @property
    def account(self) -> Batch:
        """The account as it stands."""
        return Batch(**{each.name: getattr(self, each.name) for each in fields(Batch)})

    def require_staged(self) -> None:
        """Raise StagingLostError if the staged rows are not all there."""
        # staging is unlogged: a crash of the server empties it
        if self.n_staged != self.rows_in:
            raise StagingLostError("The staged rows are gone.", where=self.path, remedy="stage the file again")


def lock_batch(connection: Connection, token: uuid.UUID) -> StagedBatch:
    """Lock the batch of an attempt until the transaction ends."""
    found = row(connection, "jobs/ingest_metrics/lock_batch", {"run_token": token})
    return StagedBatch(run_token=token, **found)


def open_batch(connection: Connection, parameters: dict[str, Any]) -> None:
    """Open the account of an attempt; an older attempt at the same bytes is superseded.

    Raises
    ------
    InputError
        If other content came under the idempotency key.
    """
    if parameters["idempotency_key"] is not None:
        found = row(connection, "jobs/ingest_metrics/find_conflicting_delivery", parameters)
        if found["is_conflict"]:
            raise InputError(
                "Other content came under this idempotency key before (idempotency_conflict); nothing was written.",
                where=f"{parameters['source']}, key {parameters['idempotency_key']}",
                remedy="give each delivery a name of its own, or send the same bytes again",
            )
    row(connection, "jobs/ingest_metrics/insert_batch", parameters)


def close_batch(
    connection: Connection, batch: StagedBatch, *, status: str, accepted: int, problem: str | None = None
) -> Batch:
    """Give every row of a locked batch its place, note what came of it, and drop what was staged.

    Parameters
    ----------
    status : {"published", "failed"}
        What becomes of the batch; one of which every row was rejected has failed.
    accepted : int
        How many rows became facts.
    problem : str, optional
        Reason for which all rows are rejected.

    Raises
    ------
    FencedError
        If rows that are released from quarantine were released or discarded meanwhile.
    """
    parameters: Row = {
        "run_token": batch.run_token,
        "batch_id": batch.batch_id,
        "accepted": accepted,
        "batch_problem": problem,
        "batch_detail": "the audit of the whole batch failed" if problem else None,
    }
    n_rejected = _quarantine_rejected(connection, batch, parameters)
    # rows can be rejected as late as while they are inserted
    parameters["status"] = "failed" if 0 < n_rejected == batch.rows_in else status
    account = Batch(**row(connection, "jobs/ingest_metrics/close_batch", parameters))
    if batch.retry_of is not None:
        run(connection, "ingest/quarantine/update_batch_counts", parameters)
    _drop_staged(connection, batch, parameters)
    return account


def _drop_staged(connection: Connection, batch: StagedBatch, parameters: Row) -> None:
    if batch.n_calls >= TRUNCATE_FROM_ROWS:
        # nobody waits for the lock, and where another attempt has staged something it is given back at once
        with suppress(psycopg.errors.LockNotAvailable), connection.transaction() as attempt:
            run(connection, "jobs/ingest_metrics/lock_staged_metrics")
            if row(connection, "jobs/ingest_metrics/other_staged_batches_exist", parameters)["any_other"]:
                raise psycopg.Rollback(attempt)
            run(connection, "jobs/ingest_metrics/empty_staged_metrics")
    run(connection, "jobs/ingest_metrics/delete_staged", parameters)


def _quarantine_rejected(connection: Connection, batch: StagedBatch, parameters: Row) -> int:
    any_rejected = row(connection, "jobs/ingest_metrics/find_rejections", parameters)["any_rejected"]
    n_rejected = run(connection, "jobs/ingest_metrics/quarantine_rows", parameters | {"any_rejected": any_rejected})
    if batch.retry_of is None:
        return n_rejected
    settled = row(connection, "ingest/quarantine/move_released_rows", parameters)
    if settled["n_moved"] != batch.rows_in:
        raise FencedError(
            "Some of the rows were released or discarded meanwhile.",
            where=batch.path,
            remedy="release the rest again",
        )
    return n_rejected
