"""Ingest what has arrived: new files of the landing folder, one named path, and what polled sources have new.

Grain: one batch per file and per poll of a stream. Window: none; content and watermarks show what is new.
Re-run: finds the batches settled, and changes nothing. One bad file, or a source that does not answer, keeps no other
out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from upath import UPath

from oplatency.errors import FencedError, GateFailedError, InputError, OplatencyError
from oplatency.ingest import gate, polling
from oplatency.ingest.aggregates import Intervals
from oplatency.ingest.batches import Batch
from oplatency.ingest.landing import find_landed
from oplatency.ingest.polling import PollContext, Resolve
from oplatency.settings import Settings
from oplatency.sources.files.inputs import find_inputs

JOB = "ingest_metrics"

logger = logging.getLogger(__name__)


class Staged(TypedDict):
    """What staging hands on: the tokens of batches, and the errors of files and sources that could not be read."""

    tokens: list[str]
    refused: list[str]


@dataclass(frozen=True)
class Arrivals:
    """What a run takes in.

    Attributes
    ----------
    landing : UPath
        The landing folder: each subfolder is a source.
    path : UPath, optional
        One file or folder instead of everything that is new.
    source : str, optional
        Only this source; with `path`, the name to record.
    received_at : datetime
        When files arrived.
    polled_at : datetime
        When sources are polled.
    resolve : callable
        Returns the URL of a connection.
    """

    landing: UPath
    path: UPath | None
    source: str | None
    received_at: datetime
    polled_at: datetime
    resolve: Resolve


def stage(url: str, arrivals: Arrivals, *, settings: Settings) -> Staged:
    """Stage every file and poll that is new.

    Raises
    ------
    InputError
        If there was something and nothing could be staged; where only some could not, `publish` raises in the end.
    """
    if arrivals.path is not None:
        found = [(arrivals.source or file.folder, file) for file in find_inputs([arrivals.path])]
    else:
        landed = find_landed(url, arrivals.landing)
        found = [(source, file) for source, file in landed if arrivals.source in (None, source)]
    staged = Staged(tokens=[], refused=[])
    for source, file in found:
        try:
            delivery = gate.delivery_of(file, source, arrivals.received_at, settings)
            token = gate.stage_file(url, file, delivery, settings=settings)
            staged["tokens"].append(str(token))
        except OplatencyError as error:
            _collect_failure(staged["refused"], error)
    logger.info("staged %s of %s files", len(staged["tokens"]), len(found))
    if arrivals.path is None:
        _stage_polls(url, arrivals, staged, settings)
    if staged["refused"] and not staged["tokens"]:
        raise InputError("\n".join(staged["refused"]))
    return staged


def _stage_polls(url: str, arrivals: Arrivals, staged: Staged, settings: Settings) -> None:
    context = PollContext(arrivals.landing, arrivals.polled_at, settings, arrivals.resolve)
    for source, stream in _streams(arrivals, context):
        try:
            found = polling.poll_stream(url, source, stream, context)
        except OplatencyError as error:
            _collect_failure(staged["refused"], error)
            continue
        if isinstance(found, Intervals):
            logger.info("%s", found)
            continue
        staged["tokens"] += [str(found)] if found else []
        logger.info("polled %s of %s: %s", stream, source, "staged" if found else "nothing new")


def _streams(arrivals: Arrivals, context: PollContext) -> Iterator[tuple[str, str]]:
    for source in polling.find_polled(context):
        if arrivals.source in (None, source):
            for stream in polling.streams_of(source, context):
                yield source, stream


def audit(url: str, staged: Staged) -> list[str]:
    """Check each staged batch as a whole; return the errors of those that failed."""
    refused: list[str] = []
    for token in staged["tokens"]:
        try:
            gate.audit(url, UUID(token))
        except GateFailedError as error:
            _collect_failure(refused, error)
    return refused


def publish(url: str, staged: Staged, failed_audits: list[str], *, settings: Settings) -> list[Batch]:
    """Turn each audited batch into facts; return the accounts.

    Raises
    ------
    GateFailedError
        After everything else was published, if a file or a batch was refused; the message names each.
    """
    accounts: list[Batch] = []
    unpublished: list[str] = []
    for token in staged["tokens"]:
        try:
            accounts.append(gate.publish(url, UUID(token), settings=settings))
            logger.info("%s", accounts[-1])
        except (GateFailedError, FencedError) as error:
            _collect_failure(unpublished, error)
    # a batch whose audit failed is refused here once more, with less to say
    refused = [*staged["refused"], *failed_audits, *(unpublished if not failed_audits else [])]
    if refused:
        raise GateFailedError("\n".join(refused))
    return accounts


def _collect_failure(refused: list[str], error: OplatencyError) -> None:
    logger.error("%s", error)
    refused.append(str(error))
