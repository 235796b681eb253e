"""Bring calls in: stage as text, judge row by row and as a whole, then turn what passed into facts.

Every input row ends in exactly one place: accepted, duplicate, or quarantined with a reason. Each step is one
transaction, so that a task can be run again at any point; a token keeps an attempt that was overtaken from publishing.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import psycopg

from oplatency.errors import FencedError, GateFailedError, InputError, StagingLostError, UnreachableError
from oplatency.failpoints import reach
from oplatency.ingest.batches import PUBLISHED, Batch, Delivery, StagedBatch, close_batch, lock_batch, open_batch
from oplatency.ingest.loading import load_staged
from oplatency.ingest.plain.copy_format import PLAIN_COLUMNS
from oplatency.ingest.plain.rows import Limits, epoch_us
from oplatency.ingest.plain.statistics import GROUP_COLUMNS
from oplatency.ingest.staging import TEXT_COLUMNS, Progress, Staging
from oplatency.quality import gate
from oplatency.quality.auditor import Auditor
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.contract import Reader, StagedRow, TextBlock
from oplatency.sources.declaration import declared
from oplatency.sources.files.inputs import InputFile, detect_format
from oplatency.sources.registry import FILES
from oplatency.warehouse.database import Connection, connect, copy_binary, copy_text, is_transient, row, run
from oplatency.warehouse.migrations import require_current_schema

MAX_ATTEMPTS = 3
"""How often a file is tried where the connection breaks or the server asks to try again."""

RETRY_DELAY_S = 2.0
"""Before the second attempt, seconds; before the third twice as long."""

logger = logging.getLogger(__name__)


def ingest_file(
    url: str,
    file: InputFile,
    delivery: Delivery,
    *,
    settings: Settings,
    progress: Progress | None = None,
    auditor: Auditor | None = None,
) -> Batch:
    """Stage, audit and publish one file; try again where the connection breaks.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    file : InputFile
        What to read.
    delivery : Delivery
        What it comes in as, see `delivery_of`.
    progress : callable, optional
        Called now and then with the number of rows read so far.
    auditor : Auditor, optional
        Process that runs the audit while the facts are being inserted; by default this one does, before.

    Raises
    ------
    InputError
        If the file cannot be read as its format; nothing was written.
    GateFailedError
        If the audit failed or every row was rejected; the rows are in quarantine.
    """
    token: uuid.UUID | None = None
    attempt = 0
    while True:
        attempt += 1
        try:
            token = token or stage_file(url, file, delivery, settings=settings, progress=progress)
            if auditor is None:
                audit(url, token)
            # where the answer to a commit was lost, this finds the batch published and returns its account
            return publish(url, token, settings=settings, auditor=auditor)
        except StagingLostError:
            # a crash of the server empties staging: what was read is read again
            if attempt == MAX_ATTEMPTS:
                raise
            token = None
        except (UnreachableError, psycopg.Error) as error:
            # a server that was never reached is reported at once: its URL may be wrong
            never_reached = isinstance(error, UnreachableError) and attempt == 1 and token is None
            if attempt == MAX_ATTEMPTS or never_reached or not is_transient(error):
                raise
            logger.warning("attempt %s of %s failed: %s", attempt, MAX_ATTEMPTS, str(error).strip())
        time.sleep(RETRY_DELAY_S * attempt)


def delivery_of(
    file: InputFile,
    source: str,
    received_at: datetime,
    settings: Settings,
    *,
    file_format: str | None = None,
    idempotency_key: str | None = None,
) -> Delivery:
    """Return what a file comes in as; how the files of its source are read is looked up by the name of the source.

    Parameters
    ----------
    file_format : str, optional
        How to read it; by default as the source declares, or as the file's name says.

    Raises
    ------
    InputError
        If the format cannot be recognised, or the source takes no files.
    UsageError
        If the declaration of the source cannot be used.
    """
    found = declared(source, file.path.parent, settings)
    return Delivery(
        source=source,
        format=file_format or detect_format(file.path, found, file.head),
        path=file.label,
        content_hash=file.content_hash,
        size=file.size,
        received_at=received_at,
        settings=found,
        idempotency_key=idempotency_key,
    )


def stage_file(
    url: str, file: InputFile, delivery: Delivery, *, settings: Settings, progress: Progress | None = None
) -> uuid.UUID:
    """Read a file into staging and apply the row rules, in one transaction; return the token of the attempt."""
    read = FILES[delivery.format].read
    return stage_rows(url, _read(file, read, delivery.settings), delivery, settings=settings, progress=progress)


def stage_rows(
    url: str,
    staged_rows: Iterable[StagedRow | TextBlock],
    delivery: Delivery,
    *,
    settings: Settings,
    progress: Progress | None = None,
) -> uuid.UUID:
    """Write rows into staging and apply the row rules, in one transaction; return the token of the attempt.

    Raises
    ------
    InputError
        If there are no rows and the settings want some, or other content came under the idempotency key.
    """
    source, received_at = delivery.settings, delivery.received_at
    token = uuid.uuid4()
    with connect(url, purpose="ingest_metrics", settings=settings.database) as connection:
        require_current_schema(connection)
        reference_at: datetime = row(connection, "session/reference_time")["reference_at"]
        latest_at = received_at + timedelta(minutes=settings.ingest.future_tolerance_minutes)
        horizon_at = min(received_at, reference_at) - timedelta(days=settings.ingest.horizon_days)
        parameters = {
            "run_token": token,
            "assume_tz": source.assume_tz,
            "resolution_us": source.resolution_us,
            "new_operations": source.new_operations,
            "detect_unit_slips": source.detect_unit_slips
            and (delivery.format in FILES and FILES[delivery.format].unit_is_written),
            "max_name_length": settings.ingest.max_name_length,
            "latest_at": latest_at,
            "horizon_at": horizon_at,
            "source": delivery.source,
            "format": delivery.format,
            "path": delivery.path,
            "content_hash": delivery.content_hash,
            "bytes": delivery.size,
            "received_at": received_at,
            "idempotency_key": delivery.idempotency_key,
        }
        limits = Limits(
            resolution_us=source.resolution_us,
            max_name_length=settings.ingest.max_name_length,
            horizon_us=epoch_us(horizon_at),
            latest_us=epoch_us(latest_at),
        )
        with connection.transaction(), Staging(token, limits, progress) as staging:
            open_batch(connection, parameters)
            copy_binary(connection, "staged_metrics", PLAIN_COLUMNS, staging.plain_blocks(staged_rows))
            copy_text(connection, "staged_rows", TEXT_COLUMNS, staging.text_blocks())
            reach("ingest.after_copy")
            if staging.rows_aside:
                for name in ("reject_rows", "stage_metrics", "summarise_staged"):
                    run(connection, f"jobs/ingest_metrics/{name}", parameters)
            copy_text(connection, "staged_statistics", GROUP_COLUMNS, staging.touched.rows(token))
            if staging.rows_aside or staging.touched.any_without_id:
                run(connection, "jobs/ingest_metrics/number_identical_calls", parameters)
            row(connection, "jobs/ingest_metrics/count_staged", parameters | {"rows_in": staging.rows_in})
            if staging.rows_in == 0 and settings.ingest.fail_on_empty:
                raise InputError(
                    "The input holds no rows.",
                    where=delivery.path,
                    remedy="set ingest.fail_on_empty to false to allow it",
                )
            reach("ingest.after_validate")
    return token


def audit(url: str, token: uuid.UUID) -> gate.AuditReport | None:
    """Check the staged calls as a whole; a batch without any is left to `publish`.

    Raises
    ------
    GateFailedError
        If an expectation failed, and every row of the batch is in quarantine; or if the audit could not be carried out,
        and the batch waits for another.
    StagingLostError
        If the staged rows are gone.
    """
    with connect(url, purpose="ingest_metrics") as connection:
        with connection.transaction():
            batch = lock_batch(connection, token)
        if batch.status != "staged" or batch.is_refused:
            return None
        batch.require_staged()
        if batch.n_calls == 0:
            # spans and merges alone: the constraints of their tables are their audit
            with connection.transaction():
                run(connection, "jobs/ingest_metrics/set_status", {"run_token": token, "status": "audited"})
            return None
        report = gate.audit(url, "staged_metrics", run_token=token, resolution_us=batch.resolution_us)
        if not report.passed:
            _reject_batch(connection, batch, report)
        with connection.transaction():
            gate.record(connection, report, run_token=token)
            run(connection, "jobs/ingest_metrics/set_status", {"run_token": token, "status": "audited"})
        return report


def publish(url: str, token: uuid.UUID, *, settings: Settings, auditor: Auditor | None = None) -> Batch:
    """Turn the audited calls of an attempt into facts, in one transaction.

    Publishing a batch that is published returns its account again.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    token : UUID
        The attempt.
    auditor : Auditor, optional
        Audits a batch that has not been audited, on its own session, while the facts are being inserted; they are
        committed when it has passed.

    Raises
    ------
    FencedError
        If a newer attempt at the same bytes has taken over, or, as StagingLostError, the staged rows are gone.
    GateFailedError
        If every row was rejected, or the audit has not passed.
    OplatencyError
        If another batch is being published for longer than the advisory lock is waited for.
    """
    with connect(url, purpose="ingest_metrics", settings=settings.database) as connection:
        # on its own: two loads that need new days would else wait for each other's facts
        run(connection, "jobs/ingest_metrics/ensure_partitions", {"run_token": token})
        try:
            with connection.transaction():
                batch = lock_batch(connection, token)
                if batch.status in PUBLISHED:
                    return batch.account
                account = _publish(connection, batch, settings, url=url, auditor=auditor)
                reach("ingest.before_commit")
        except _AuditFailedError as failed:
            _reject_batch(connection, batch, failed.report)
            raise
        reach("ingest.after_commit")
    if account.status == "failed":
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(account.reasons.items()))
        raise GateFailedError(
            f"All {account.rows_in} rows were rejected ({reasons}).",
            where=account.path,
            remedy="look at v_quarantine for the reason of each row, correct the file and ingest it again",
        )
    return account


class _AuditFailedError(Exception):
    """Rolls back what was inserted while the audit was under way."""

    def __init__(self, report: gate.AuditReport) -> None:
        super().__init__()
        self.report = report


def _publish(
    connection: Connection, batch: StagedBatch, settings: Settings, *, url: str, auditor: Auditor | None
) -> Batch:
    if batch.status == "superseded":
        raise FencedError("A newer attempt at the same file has taken over.", where=batch.path)
    if batch.status != "failed":
        batch.require_staged()
    unaudited = batch.status == "staged" and not batch.is_refused
    if batch.status == "failed" or (unaudited and auditor is None):
        raise GateFailedError(
            "The audit of the batch has not passed.",
            where=batch.path,
            remedy="run the audit again, or look at v_quarantine",
        )
    if batch.is_refused:
        accepted = 0
    elif unaudited and auditor and batch.n_calls:
        with auditor.auditing(
            url, "staged_metrics", run_token=batch.run_token, resolution_us=batch.resolution_us
        ) as report:
            accepted = load_staged(connection, batch, settings=settings)
            run(connection, "session/wait_for_audit")
            if not report().passed:
                raise _AuditFailedError(report())
            gate.record(connection, report(), run_token=batch.run_token)
    else:
        accepted = load_staged(connection, batch, settings=settings)
    reach("ingest.after_insert")
    account = close_batch(connection, batch, status="published", accepted=accepted)
    if not batch.is_refused or batch.rows_in == 0:
        run(connection, "ingest/polling/advance_watermark", {"run_token": batch.run_token})
    return account


def _reject_batch(connection: Connection, batch: StagedBatch, report: gate.AuditReport) -> None:
    with connection.transaction():
        gate.record(connection, report, run_token=batch.run_token)
        # rows that could not be judged stay staged: the file is taken up again
        if report.was_carried_out:
            close_batch(connection, batch, status="failed", accepted=0, problem="failed_audit")
    gate.require_passed(report)


def _read(file: InputFile, read: Reader, settings: SourceSettings) -> Iterator[StagedRow | TextBlock]:
    # closing the file checks that it did not change; inside the iterator, so that the transaction is still open
    with file.open() as stream:
        try:
            yield from read(stream, settings)
        except InputError as error:
            where = f"{file.label}, {error.where}" if error.where else file.label
            raise InputError(error.message, where=where, remedy=error.remedy) from error
