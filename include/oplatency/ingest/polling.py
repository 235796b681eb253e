"""Poll sources: from the watermark on, less an overlap, through the same gate as files.

A poll of a stream is one batch. The watermark moves in the transaction that publishes the batch, so a crash anywhere
polls again, and the key of the facts removes what came before. A source whose rows are no calls reads its watermark
with `next_poll` and moves it with `note_poll`, in the transaction that writes what it found: `poll_intervals`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from upath import UPath

from oplatency.errors import OplatencyError, UsageError
from oplatency.ingest import aggregates, batches, gate
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.declaration import FILE_NAME, declared
from oplatency.sources.polled import airflow_tasks, pg_stat_statements, pggit
from oplatency.sources.polled.contract import Poll, PolledSource, collect
from oplatency.warehouse.database import Connection, connect, lock_job, row, rows, run
from oplatency.warehouse.migrations import require_current_schema

POLLED_SOURCES: dict[str, PolledSource] = {"airflow": airflow_tasks.SOURCE, "pggit": pggit.SOURCE}
AGGREGATE_STREAMS: dict[str, tuple[str, ...]] = {"pg_stat_statements": (pg_stat_statements.STREAM,)}
"""The streams of sources that know aggregates only; nothing of theirs is staged."""

Resolve = Callable[[str], str]
"""Takes the name of a connection and returns its URL."""


def find_polled(landing: UPath, settings: Settings) -> dict[str, SourceSettings]:
    """Return the polled sources by name: those of the settings, and those declared in folders of the landing folder."""
    folders = [folder for folder in landing.iterdir() if folder.is_dir()] if landing.is_dir() else []
    names = {folder.name for folder in folders if (folder / FILE_NAME).is_file()} | settings.sources.keys()
    found = {name: declared(name, landing / name, settings) for name in sorted(names)}
    return {name: each for name, each in found.items() if each.is_polled and each.polling.enabled}


def poll_source(
    url: str, source: str, *, landing: UPath, received_at: datetime, settings: Settings, resolve: Resolve
) -> list[batches.Batch | aggregates.Intervals]:
    """Poll every stream of a source, and stage, audit and publish what is new.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    source : str
        Name of a source that is polled.
    landing : UPath
        Folder in which sources are declared.
    received_at : datetime
        The present: the source is read as it is now, whatever window a run is for.
    resolve : callable
        Finds the URL of the source's connection.

    Returns
    -------
    list of Batch or Intervals
        One account for each stream that had something new, and for each poll of aggregates.

    Raises
    ------
    UsageError
        If there is no such polled source, or its connection is not known.
    GateFailedError
        If an audit failed or every row of a batch was refused; the rows are in quarantine.
    """
    accounts: list[batches.Batch | aggregates.Intervals] = []
    for stream in streams_of(source, landing, settings):
        if knows_aggregates(source, landing, settings):
            intervals = poll_intervals(
                url, source, stream, landing=landing, received_at=received_at, settings=settings, resolve=resolve
            )
            accounts.append(intervals)
            continue
        token = stage_stream(
            url, source, stream, landing=landing, received_at=received_at, settings=settings, resolve=resolve
        )
        if token:
            gate.audit(url, token)
            accounts.append(gate.publish(url, token, settings=settings))
    return accounts


def streams_of(source: str, landing: UPath, settings: Settings) -> tuple[str, ...]:
    """Return the streams of a polled source.

    Raises
    ------
    UsageError
        If there is no such source.
    """
    polled = find_polled(landing, settings)
    if source not in polled:
        raise UsageError(
            f"There is no polled source {source!r}.",
            where="source",
            remedy=f"polled sources are: {', '.join(polled) or 'none'}; declare one in {landing / source / FILE_NAME}",
        )
    found = polled[source].format
    return AGGREGATE_STREAMS[found] if found in AGGREGATE_STREAMS else POLLED_SOURCES[found].streams


def knows_aggregates(source: str, landing: UPath, settings: Settings) -> bool:
    """Tell whether a source knows aggregates only: `poll_intervals` is for these, `stage_stream` for all others."""
    return declared(source, landing / source, settings).format in AGGREGATE_STREAMS


def poll_intervals(
    url: str,
    source: str,
    stream: str,
    *,
    landing: UPath,
    received_at: datetime,
    settings: Settings,
    resolve: Resolve,
) -> aggregates.Intervals:
    """Take a snapshot of a source that knows aggregates only, and write what was counted since the last one.

    Snapshot, intervals and watermark are one transaction, and polls of one source wait for each other, so nothing is
    counted twice. Parameters and errors are those of `poll_source`.
    """
    declared_settings = declared(source, landing / source, settings)
    with connect(url, purpose="poll", settings=settings.database) as connection, _naming(source):
        require_current_schema(connection)
        with connection.transaction():
            lock_job(connection, f"poll of {source}", settings=settings.database)
            poll = next_poll(
                connection,
                source,
                stream,
                address=resolve(declared_settings.polling.connection),
                declared_settings=declared_settings,
                received_at=received_at,
                settings=settings,
            )
            intervals = aggregates.write_intervals(connection, poll, settings=settings)
            note_poll(connection, poll, intervals.taken_at)
    return intervals


def stage_stream(
    url: str,
    source: str,
    stream: str,
    *,
    landing: UPath,
    received_at: datetime,
    settings: Settings,
    resolve: Resolve,
) -> uuid.UUID | None:
    """Read a stream into staging; return the token of the attempt, or None where nothing is new.

    Parameters and errors are those of `poll_source`.
    """
    declared_settings = declared(source, landing / source, settings)
    reader = POLLED_SOURCES[declared_settings.format]
    with connect(url, purpose="poll", settings=settings.database) as connection, _naming(source):
        require_current_schema(connection)
        poll = next_poll(
            connection,
            source,
            stream,
            address=resolve(declared_settings.polling.connection),
            declared_settings=declared_settings,
            received_at=received_at,
            settings=settings,
        )
        refused = rows(connection, "ingest/polling/list_refused", {"source": source, "stream": stream})
        known = {found["raw_hash"] for found in refused}
        with collect(reader, poll, known=known) as collected:
            content = {"source": source, "content_hash": collected.content_hash}
            # what overlaps with the last poll, and nothing else, would be the same batch again
            settled = not collected.n_rows or row(connection, "jobs/ingest_metrics/find_settled", content)["is_settled"]
            if settled:
                with connection.transaction():
                    note_poll(connection, poll, collected.watermark_at)
                return None
            token = gate.stage_rows(
                url,
                collected.rows(),
                source_settings=declared_settings,
                source=source,
                file_format=declared_settings.format,
                path=f"{poll.place} from {poll.since_at:%Y-%m-%dT%H:%M:%S%z}",
                content_hash=collected.content_hash,
                size=collected.size,
                received_at=received_at,
                settings=settings,
            )
        # until this is noted nobody knows the token, so the batch cannot be published without its watermark
        with connection.transaction():
            run(connection, "ingest/polling/insert_poll", {"run_token": token, **_noted(poll, collected.watermark_at)})
    return token


@contextmanager
def _naming(source: str) -> Iterator[None]:
    """Say in errors which source they are about."""
    try:
        yield
    except OplatencyError as error:
        raise type(error)(error.message, where=f"source {source}, {error.where}", remedy=error.remedy) from error


def next_poll(
    connection: Connection,
    source: str,
    stream: str,
    *,
    address: str,
    declared_settings: SourceSettings,
    received_at: datetime,
    settings: Settings,
) -> Poll:
    """Return what is to be asked for next: from the watermark less the overlap, at first from the horizon on."""
    found = row(connection, "ingest/polling/read_watermark", {"source": source, "stream": stream})
    watermark: datetime | None = found["watermark_at"]
    since = received_at - timedelta(days=settings.ingest.horizon_days)
    if watermark is not None:
        since = max(since, watermark - timedelta(minutes=declared_settings.polling.overlap_minutes))
    return Poll(source, stream, address, declared_settings, since, received_at, watermark)


def note_poll(connection: Connection, poll: Poll, watermark_at: datetime | None) -> None:
    """Note that a poll is done with; what it brought is written in the same transaction."""
    run(connection, "ingest/polling/note_poll", _noted(poll, watermark_at))


def _noted(poll: Poll, watermark_at: datetime | None) -> dict[str, object]:
    return {
        "source": poll.source,
        "stream": poll.stream,
        "since_at": poll.since_at,
        "polled_at": poll.polled_at,
        "watermark_at": watermark_at,
    }
