"""The contract of polled sources: they are asked for their rows, again and again, from a watermark on.

A polled source is a function ``read(poll) -> Iterator[Event]`` and the names of what it reads, its streams. It yields
what the source holds from ``poll.since_at`` on, in order of the marks, and judges nothing. Everything else is done for
it: the watermark, the overlap of polls, the account of the batch, the gate (docs/sources.md has an example).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from urllib.parse import urlsplit

from oplatency.errors import UsageError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import RAW_LIMIT, StagedRow, has_bad_encoding, rejected
from oplatency.warehouse.database import shown_url

_IN_MEMORY_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Poll:
    """What one reading of a stream asks for.

    Attributes
    ----------
    source, stream : str
        Name of the source, and which of its streams is read.
    address : str
        URL of the source with its credentials; for messages there is `place`.
    settings : SourceSettings
        What the source declares.
    since_at : datetime
        Oldest mark that is wanted, inclusive: the watermark less the overlap, or the horizon of the first poll.
    polled_at : datetime
        The instant of the poll. Marks after it are wanted too: the gate refuses what lies in the future.
    watermark_at : datetime, optional
        Newest mark that was ingested, None at the first poll.
    """

    source: str
    stream: str
    address: str
    settings: SourceSettings
    since_at: datetime
    polled_at: datetime
    watermark_at: datetime | None = None

    @property
    def place(self) -> str:
        """Where the rows come from, without credentials."""
        return f"{place_of(self.address)} {self.stream}"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a polled source.

    Attributes
    ----------
    marked_at : datetime
        When the source recorded it: aware, on the clock of the source; polls are ordered by it.
    values : mapping of str to str
        Text by name in `oplatency.sources.contract.FIELDS`, an ``event_id`` among them; None and "" are absent.
    """

    marked_at: datetime
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class PolledSource:
    """A way to read a kind of source: its streams, each with a watermark of its own, and the function."""

    streams: tuple[str, ...]
    read: Callable[[Poll], Iterator[Event]]


@dataclass(frozen=True)
class AggregateSource:
    """A kind of source that knows aggregates only: `oplatency.ingest.aggregates` reads it, nothing is staged."""

    streams: tuple[str, ...]


@dataclass(frozen=True)
class Collected:
    """The result of a poll, kept until it is staged.

    Attributes
    ----------
    n_rows, size : int
        Rows, and bytes of their text.
    content_hash : bytes
        SHA-256 of the rows.
    watermark_at : datetime, optional
        Newest mark that is not after the poll: a clock that is ahead moves no watermark.
    """

    n_rows: int
    size: int
    content_hash: bytes
    watermark_at: datetime | None
    spool: IO[str]

    def rows(self) -> Iterator[StagedRow]:
        """Yield the rows, numbered from 1."""
        self.spool.seek(0)
        for line_no, line in enumerate(self.spool, start=1):
            yield staged(line_no, json.loads(line))


@contextmanager
def collect(source: PolledSource, poll: Poll, *, known: Collection[int]) -> Iterator[Collected]:
    """Read a stream as far as one poll goes; what was read is gone when the body ends.

    Parameters
    ----------
    known : collection of int
        `raw_hash` of the rows that are in quarantine already; they are left out.
    """
    digest = hashlib.sha256()
    n_rows = n_beyond = size = 0
    reached: datetime | None = None
    last: datetime | None = None
    # rows wait outside the memory: their hash must be known before the batch is opened
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES, "w+", encoding="utf-8", newline="\n") as spool:
        for event in source.read(poll):
            # never between two rows of one mark, and never before the watermark: the next poll must get further
            if n_beyond >= poll.settings.polling.max_rows and event.marked_at != last:
                break
            last = event.marked_at
            n_beyond += poll.watermark_at is None or last > poll.watermark_at
            if last <= poll.polled_at:
                reached = last if reached is None else max(reached, last)
            values = {name: value for name, value in event.values.items() if value}
            if raw_hash(staged(1, values).raw) in known:
                continue
            line = json.dumps(values) + "\n"
            spool.write(line)
            digest.update(line.encode())
            n_rows, size = n_rows + 1, size + len(line)
        yield Collected(n_rows, size, digest.digest(), reached, spool)


def staged(line_no: int, values: Mapping[str, str]) -> StagedRow:
    """Return the row of an event; as it came is a JSON object with the identity first."""
    ordered = {"event_id": values.get("event_id"), **values}
    if any(map(has_bad_encoding, values.values())):
        return rejected(line_no, json.dumps(ordered), "encoding", "the row holds a NUL or a lone surrogate")
    return StagedRow(line_no, json.dumps(ordered, ensure_ascii=False)[:RAW_LIMIT], dict(values))


def raw_hash(raw: str) -> int:
    """Return what ``oplatency.hash64`` returns for a text: the first eight bytes of its SHA-256, signed."""
    return int.from_bytes(hashlib.sha256(raw.encode()).digest()[:8], "big", signed=True)


def place_of(address: str) -> str:
    """Return an address without credentials, for messages and accounts."""
    if not address.startswith(("http://", "https://")):
        return shown_url(address)
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def environment_address(name: str) -> str:
    """Return the URL of a connection from the environment: the variable of that name, else Airflow's for that id.

    Raises
    ------
    UsageError
        If neither is set, or Airflow's is no URL.
    """
    variable = f"AIRFLOW_CONN_{name.upper()}"
    address = (os.environ.get(name) or os.environ.get(variable)) if name else None
    if address and "://" in address and not address.startswith("{"):
        return address
    raise UsageError(
        "The connection of the source is not known." if not address else "The connection of the source is no URL.",
        where=name or "polling.connection",
        remedy=f"set the environment variable {name} to its URL" if name else "name it in the source's declaration",
    )
