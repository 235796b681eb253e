"""Poll sources: from the watermark on, less an overlap, through the same gate as files.

A poll of a stream is one batch. The watermark moves in the transaction that publishes the batch, so a crash anywhere
polls again, and the key of the facts removes what came before. A source whose rows are not calls reads its watermark
with `plan_poll` and moves it with `record_poll`, in the transaction that writes what it found.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from upath import UPath

from oplatency.errors import OplatencyError, UsageError
from oplatency.ingest import aggregates, batches, gate
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.declaration import FILE_NAME, declared, is_polled
from oplatency.sources.polled.contract import AggregateSource, Poll, PolledSource, collect
from oplatency.sources.registry import POLLED
from oplatency.warehouse.database import Connection, connect, lock_job, row, rows, run
from oplatency.warehouse.migrations import require_current_schema

Resolve = Callable[[str], str]
"""Takes the name of a connection and returns its URL."""


@dataclass(frozen=True)
class PollContext:
    """What all polls of a run go by.

    Attributes
    ----------
    landing : UPath
        Folder in which sources are declared.
    received_at : datetime
        The present: the source is read as it is now, whatever window a run is for.
    settings : Settings
        Those of the installation.
    resolve : callable
        Finds the URL of a source's connection.
    """

    landing: UPath
    received_at: datetime
    settings: Settings
    resolve: Resolve

    def declared(self, source: str) -> SourceSettings:
        """Return what a source declares."""
        return declared(source, self.landing / source, self.settings)


def find_polled(context: PollContext) -> dict[str, SourceSettings]:
    """Return the polled sources by name: those of the settings, and those declared in folders of the landing folder."""
    landing = context.landing
    folders = [folder for folder in landing.iterdir() if folder.is_dir()] if landing.is_dir() else []
    names = {folder.name for folder in folders if (folder / FILE_NAME).is_file()} | context.settings.sources.keys()
    found = {name: context.declared(name) for name in sorted(names)}
    return {name: each for name, each in found.items() if is_polled(each) and each.polling.enabled}


def streams_of(source: str, context: PollContext) -> tuple[str, ...]:
    """Return the streams of a polled source.

    Raises
    ------
    UsageError
        If there is no such source.
    """
    polled = find_polled(context)
    if source not in polled:
        raise UsageError(
            f"There is no polled source {source!r}.",
            where="source",
            remedy=f"polled sources are: {', '.join(polled) or 'none'}; "
            f"declare one in {context.landing / source / FILE_NAME}",
        )
    return POLLED[polled[source].format]().streams


def poll_source(url: str, source: str, context: PollContext) -> list[batches.Batch | aggregates.Intervals]:
    """Poll every stream of a source, and stage, audit and publish what is new.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    source : str
        Name of a source that is polled.
    context : PollContext
        What the polls go by.

    Returns
    -------
    list of Batch or Intervals
        One account for each stream that had something new, and for each poll of aggregates.

    Raises
    ------
    UsageError
        If there is no such polled source, or its connection is not known.
    GateFailedError
        If an audit failed or every row of a batch was rejected; the rows are in quarantine.
    """
    accounts: list[batches.Batch | aggregates.Intervals] = []
    for stream in streams_of(source, context):
        found = poll_stream(url, source, stream, context)
        if isinstance(found, aggregates.Intervals):
            accounts.append(found)
        elif found is not None:
            gate.audit(url, found)
            accounts.append(gate.publish(url, found, settings=context.settings))
    return accounts


def poll_stream(url: str, source: str, stream: str, context: PollContext) -> uuid.UUID | aggregates.Intervals | None:
    """Read a stream; parameters and errors are those of `poll_source`.

    Returns
    -------
    UUID, Intervals or None
        The token of the attempt that was staged, None where nothing is new. Of a source that knows aggregates only, the
        account of what was counted since the last poll: nothing of it is staged.
    """
    kind = POLLED[context.declared(source).format]()
    with connect(url, purpose="poll", settings=context.settings.database) as connection, _naming_the_source(source):
        require_current_schema(connection)
        if isinstance(kind, AggregateSource):
            return _write_intervals(connection, source, stream, context)
        return _stage_events(url, connection, kind, plan_poll(connection, source, stream, context), context)


def _write_intervals(connection: Connection, source: str, stream: str, context: PollContext) -> aggregates.Intervals:
    # snapshot, intervals and watermark are one transaction, and polls of one source wait for each other, so nothing is
    # counted twice
    with connection.transaction():
        lock_job(connection, f"poll of {source}", settings=context.settings.database)
        poll = plan_poll(connection, source, stream, context)
        intervals = aggregates.write_intervals(connection, poll, settings=context.settings)
        record_poll(connection, poll, intervals.taken_at)
    return intervals


def _stage_events(
    url: str, connection: Connection, kind: PolledSource, poll: Poll, context: PollContext
) -> uuid.UUID | None:
    rejected = rows(connection, "ingest/polling/list_rejected", {"source": poll.source, "stream": poll.stream})
    known = {found["raw_hash"] for found in rejected}
    with collect(kind, poll, known=known) as collected:
        content = {"source": poll.source, "content_hash": collected.content_hash}
        # what overlaps with the last poll, and nothing else, would be the same batch again
        settled = (
            not collected.n_rows or row(connection, "jobs/ingest_metrics/find_ingested", content)["is_already_ingested"]
        )
        if settled:
            with connection.transaction():
                record_poll(connection, poll, collected.watermark_at)
            return None
        delivery = batches.Delivery(
            source=poll.source,
            format=poll.settings.format,
            path=f"{poll.place} from {poll.since_at:%Y-%m-%dT%H:%M:%S%z}",
            content_hash=collected.content_hash,
            size=collected.size,
            received_at=context.received_at,
            settings=poll.settings,
        )
        token = gate.stage_rows(url, collected.rows(), delivery, settings=context.settings)
    # until this is noted nobody knows the token, so the batch cannot be published without its watermark
    with connection.transaction():
        run(connection, "ingest/polling/insert_poll", {"run_token": token, **_recorded(poll, collected.watermark_at)})
    return token


@contextmanager
def _naming_the_source(source: str) -> Iterator[None]:
    """Say in errors which source they are about."""
    try:
        yield
    except OplatencyError as error:
        raise type(error)(error.message, where=f"source {source}, {error.where}", remedy=error.remedy) from error


def plan_poll(connection: Connection, source: str, stream: str, context: PollContext) -> Poll:
    """Return what is to be asked for next: from the watermark less the overlap, at first from the horizon on."""
    settings = context.declared(source)
    address = context.resolve(settings.polling.connection)
    found = row(connection, "ingest/polling/read_watermark", {"source": source, "stream": stream})
    watermark: datetime | None = found["watermark_at"]
    since = context.received_at - timedelta(days=context.settings.ingest.horizon_days)
    if watermark is not None:
        since = max(since, watermark - timedelta(minutes=settings.polling.overlap_minutes))
    return Poll(source, stream, address, settings, since, context.received_at, watermark)


def record_poll(connection: Connection, poll: Poll, watermark_at: datetime | None) -> None:
    """Note that a poll is done with; its rows are written in the same transaction."""
    run(connection, "ingest/polling/record_poll", _recorded(poll, watermark_at))


def _recorded(poll: Poll, watermark_at: datetime | None) -> dict[str, object]:
    return {
        "source": poll.source,
        "stream": poll.stream,
        "since_at": poll.since_at,
        "polled_at": poll.polled_at,
        "watermark_at": watermark_at,
    }
