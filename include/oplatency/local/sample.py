"""The recorded sample: real calls of a real PostgreSQL, replayed on a stretched clock.

`data/sample/` holds what ``pgbench --log`` wrote during eight minutes, and when we did harm on purpose.
:func:`replay` writes the same log with a clock that runs `factor` times slower, so that eight minutes fill
eight days. Durations are never stretched. How it was recorded: docs/sample.md.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from oplatency.errors import InputError, UsageError
from oplatency.windows import to_datetime, to_us

#: Folder of the committed sample.
SAMPLE_DIR = Path(__file__).resolve().parents[1] / "data" / "sample"

LOG_NAME = "pgbench_log.gz"
FACTS_NAME = "recording.json"

#: Days that a replayed sample fills; the last one holds the incidents.
N_DAYS = 8


@dataclass(frozen=True)
class Incident:
    """Harm that the recorder did on purpose.

    Attributes
    ----------
    kind : str
        `lock_held`, `index_dropped` or `cache_evicted`.
    title, cause : str
        For people: what happened, and how it was brought about.
    began_at, ended_at : datetime
        UTC; in a :class:`Sample` on the clock of the recording, in a :class:`ReplayedSample` on the
        stretched one.
    operations : tuple of str
        The operations that slow down; all others do not.
    """

    kind: str
    title: str
    began_at: datetime
    ended_at: datetime
    operations: tuple[str, ...]
    cause: str


@dataclass(frozen=True)
class Sample:
    """What was recorded; all instants on the clock of the recording, UTC.

    Attributes
    ----------
    operations : tuple of str
        The operation of each script; the position is the script number in the log.
    factor : int
        How many times slower the replayed clock runs.
    started_at, ended_at : datetime
        The recorded stretch, half-open; `N_DAYS` replayed days.
    n_transactions : int
        Lines of the log.
    incidents : tuple of Incident
        In order of time.
    log_sha256 : str
        Of the log, uncompressed.
    """

    operations: tuple[str, ...]
    factor: int
    started_at: datetime
    ended_at: datetime
    n_transactions: int
    incidents: tuple[Incident, ...]
    log_sha256: str


@dataclass(frozen=True)
class ReplayedSample:
    """A sample on the stretched clock.

    Attributes
    ----------
    path : Path
        The log that was written, in the format of ``pgbench --log --rate``.
    operations : tuple of str
        As in :class:`Sample`.
    started_at, ended_at : datetime
        The days that the log fills, half-open, UTC; `ended_at` is the `as_of` asked for.
    n_transactions : int
        Lines of the log.
    incidents : tuple of Incident
        With their instants on the stretched clock.
    """

    path: Path
    operations: tuple[str, ...]
    started_at: datetime
    ended_at: datetime
    n_transactions: int
    incidents: tuple[Incident, ...]


class LogLine(NamedTuple):
    """One line of ``pgbench --log --rate``; every time in whole microseconds.

    `elapsed_us` counts from the scheduled start and so includes `lag_us`, the wait for a free client.
    `completed_us` is microseconds since the Unix epoch. (PostgreSQL 18, pgbench, "Per-Transaction Logging";
    in the source: processXactStats and doLog.)
    """

    client: int
    transaction: int
    elapsed_us: int
    script: int
    completed_us: int
    lag_us: int

    @property
    def service_us(self) -> int:
        """The time between sending the transaction and its completion: the call's duration."""
        return self.elapsed_us - self.lag_us

    @property
    def started_us(self) -> int:
        """When the transaction was sent, microseconds since the Unix epoch."""
        return self.completed_us - self.service_us

    def __str__(self) -> str:
        seconds, micros = divmod(self.completed_us, 1_000_000)
        fields = (self.client, self.transaction, self.elapsed_us, self.script, seconds, micros, self.lag_us)
        return " ".join(map(str, fields))


def parse_log(text: str) -> list[LogLine]:
    """Read the log of a recording.

    Parameters
    ----------
    text : str
        Lines as ``pgbench --log --rate`` writes them, without retries.

    Returns
    -------
    list of LogLine
        In the order of `text`.

    Raises
    ------
    InputError
        When a line has other fields, or stands for a transaction that failed or was skipped.
    """
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            client, transaction, elapsed, script, seconds, micros, lag = map(int, line.split())
        except ValueError as error:
            raise InputError(
                f"Not a completed transaction of pgbench --log --rate: {line[:80]!r}.",
                where=f"line {number}",
                remedy="Record the sample anew with `make record-sample`.",
            ) from error
        lines.append(LogLine(client, transaction, elapsed, script, seconds * 1_000_000 + micros, lag))
    return lines


def load_sample(folder: Path = SAMPLE_DIR) -> Sample:
    """Return what is known about a recording.

    Raises
    ------
    InputError
        When its `recording.json` cannot be read.
    """
    path = folder / FACTS_NAME
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Sample(
            operations=tuple(script["operation"] for script in facts["scripts"]),
            factor=facts["factor"],
            started_at=to_datetime(facts["started_us"]),
            ended_at=to_datetime(facts["ended_us"]),
            n_transactions=facts["n_transactions"],
            incidents=tuple(
                Incident(
                    kind=incident["kind"],
                    title=incident["title"],
                    began_at=to_datetime(incident["began_us"]),
                    ended_at=to_datetime(incident["ended_us"]),
                    operations=tuple(incident["operations"]),
                    cause=incident["cause"],
                )
                for incident in facts["incidents"]
            ),
            log_sha256=facts["log_sha256"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The facts of the recorded sample cannot be read: {error!r}.",
            where=str(path),
            remedy="Restore the file, or record the sample anew with `make record-sample`.",
        ) from error


def read_log(sample: Sample, folder: Path = SAMPLE_DIR) -> list[LogLine]:
    """Return the lines of a recording on its own clock, in order of completion.

    Raises
    ------
    InputError
        When the log is missing, damaged, or not the one that `sample` describes.
    """
    path = folder / LOG_NAME
    remedy = "Restore the file, or record the sample anew with `make record-sample`."
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"The recorded log cannot be read: {error}.", where=str(path), remedy=remedy) from error
    if hashlib.sha256(content).hexdigest() != sample.log_sha256:
        raise InputError("The log is not the one of recording.json.", where=str(path), remedy=remedy)
    return parse_log(content.decode("ascii"))


def replay(as_of: datetime, target_dir: Path, *, folder: Path = SAMPLE_DIR) -> ReplayedSample:
    """Write the recorded log on a clock that is `factor` times slower and ends at `as_of`.

    A call that was sent `d` before the end of the recording is sent ``d x factor`` before `as_of`, and takes
    as long as it took: its service time and its lag stay what they were. Every call so lies in
    ``[as_of - 8 d, as_of)``.

    Parameters
    ----------
    as_of : datetime
        End of the replayed days, with a time zone.
    target_dir : Path
        Folder for the log; created if missing. The file appears whole or not at all, and is the same byte
        for byte for the same `as_of`.
    folder : Path, optional
        The recording; by default the committed one.

    Returns
    -------
    ReplayedSample
        Path of the log, and the incidents on the stretched clock.

    Raises
    ------
    UsageError
        When `as_of` has no time zone.
    InputError
        When the recording is missing or damaged.
    """
    if as_of.tzinfo is None:
        raise UsageError(
            "The end of the replayed days needs a time zone.",
            where=f"as_of={as_of.isoformat()}",
            remedy="Give the instant in UTC.",
        )
    sample = load_sample(folder)
    lines = sorted(_stretched(read_log(sample, folder), sample, as_of), key=_in_log_order)
    target_dir.mkdir(parents=True, exist_ok=True)
    # pgbench puts its process id behind the dot; here the end of the replayed days takes that place.
    path = target_dir / f"pgbench_log.{to_us(as_of) // 1_000_000}"
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text("".join(f"{line}\n" for line in lines), encoding="ascii", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return ReplayedSample(
        path=path,
        operations=sample.operations,
        started_at=as_of.astimezone(UTC) - (sample.ended_at - sample.started_at) * sample.factor,
        ended_at=as_of.astimezone(UTC),
        n_transactions=len(lines),
        incidents=stretched_incidents(sample, as_of),
    )


def stretched_incidents(sample: Sample, as_of: datetime) -> tuple[Incident, ...]:
    """Return the incidents with their instants on the clock of a replay that ends at `as_of`."""

    def stretched(instant: datetime) -> datetime:
        return as_of.astimezone(UTC) - (sample.ended_at - instant) * sample.factor

    return tuple(
        replace(incident, began_at=stretched(incident.began_at), ended_at=stretched(incident.ended_at))
        for incident in sample.incidents
    )


def _stretched(lines: list[LogLine], sample: Sample, as_of: datetime) -> list[LogLine]:
    recorded_end = to_us(sample.ended_at)
    replayed_end = to_us(as_of)
    return [
        line._replace(completed_us=replayed_end - (recorded_end - line.started_us) * sample.factor + line.service_us)
        for line in lines
    ]


def _in_log_order(line: LogLine) -> tuple[int, int, int]:
    return line.completed_us, line.client, line.transaction
