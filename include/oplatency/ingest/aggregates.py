"""Turn snapshots of ``pg_stat_statements`` into intervals: what was counted between two of them, per operation.

Intervals are aggregates: calls, mean and deviation. They are not samples and never among the facts, so there are no
percentiles, baselines or findings of them (docs/sources.md, "Aggregates").

The snapshot of a statement moves in the transaction that writes its interval. A statement whose interval is not written
yet keeps its old snapshot, so that its calls wait and are counted once, later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from oplatency.errors import InputError, OplatencyError
from oplatency.settings import Settings
from oplatency.sources.polled.contract import Poll
from oplatency.sources.polled.pg_stat_statements import Entry, Key, Snapshot, take_snapshot
from oplatency.sources.polled.statement_names import operation_of
from oplatency.stats.aggregates import Aggregate, difference, pooled
from oplatency.warehouse.catalogue import require_name
from oplatency.warehouse.database import Connection, Row, insert, row, rows, run

_NOTHING = Aggregate(0, 0.0, 0.0)


@dataclass(frozen=True)
class Intervals:
    """The account of one poll.

    ``statements = first + unchanged + left_out + counted + waiting + held``; only those of `counted` are in intervals.

    Attributes
    ----------
    source, place : str
        Name of the source, and where it is.
    taken_at : datetime
        When the snapshot was taken, on the clock of the server.
    statements : int
        Entries seen.
    first, unchanged, left_out, counted, waiting, held : int
        Entries of a first snapshot, of which nothing is counted; without new calls; that are not operations by the
        settings; whose new calls were counted; whose new calls wait for a place among the top; whose new calls wait
        until their operation is admitted.
    resets : int
        Entries whose counts began anew since the last poll.
    intervals, calls : int
        Rows written, and calls in them.
    held_operations : tuple of str
        Names that wait for a decision.
    evicted : int, optional
        Times the server dropped entries since its counts were last set to zero; None where it does not say.
    """

    source: str
    place: str
    taken_at: datetime
    statements: int
    first: int
    unchanged: int
    left_out: int
    counted: int
    waiting: int
    held: int
    resets: int
    intervals: int
    calls: int
    held_operations: tuple[str, ...]
    evicted: int | None

    def as_json(self) -> dict[str, object]:
        """Return the account as plain JSON values."""
        return {**asdict(self), "taken_at": self.taken_at.isoformat(), "held_operations": list(self.held_operations)}


@dataclass(frozen=True, slots=True)
class Known:
    """Up to which counts the calls of a statement are in intervals, and the instant that these hold for."""

    calls: Aggregate
    n_rows: int
    stats_since: datetime | None
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Delta:
    """What was counted of a statement since `known`; `is_reset` where that is since its counts began anew."""

    entry: Entry
    known: Known
    calls: Aggregate
    n_rows: int
    is_reset: bool


def write_intervals(connection: Connection, poll: Poll, *, settings: Settings) -> Intervals:
    """Take a snapshot and write what was counted since the last one; the caller holds the transaction and the lock.

    Raises
    ------
    InputError
        If the statements cannot be read, or the clock of the server went back behind the last snapshot.
    UsageError
        If the settings give a statement a name that no operation may have.
    """
    for name in poll.settings.statements.operations.values():
        require_name(name, max_length=settings.ingest.max_name_length, where=f"{poll.source}: statements.operations")
    source = {"source": poll.source}
    snapshot = take_snapshot(poll)
    found = rows(connection, "ingest/aggregates/read_poll", source)
    last = found[0] if found else None
    if last and (last["server_id"], last["scope_dbid"]) != (snapshot.server_id, snapshot.scope_dbid):
        last = None
    if last and last["taken_at"] >= snapshot.taken_at:
        raise InputError(
            f"The clock of the server is not after its last snapshot, of {last['taken_at'].isoformat()}.",
            where=poll.place,
            remedy="check the clock of the server; its counts are kept, and the next poll after that instant has them",
        )
    known = {} if last is None else _list_known(connection, poll)
    deltas = [] if last is None else deltas_of(snapshot, known, last["taken_at"], last["stats_reset"])
    return _write(connection, poll, snapshot, deltas, is_first=last is None, settings=settings)


def deltas_of(
    snapshot: Snapshot, known: Mapping[Key, Known], last_at: datetime, last_reset: datetime | None
) -> list[Delta]:
    """Return what was counted of each statement, in order of the entries.

    Counts began anew where the server says so, where one of them went down, or where the statement was not there at the
    last poll, at `last_at`. All of them then are new, since the instant the server reports, else since the last poll.
    """
    all_reset = snapshot.stats_reset if snapshot.stats_reset != last_reset else None
    found = []
    for entry in snapshot.entries:
        before = known.get(entry.key)
        is_reset = before is not None and _was_reset(entry, before, all_reset is not None)
        if before is None or is_reset:
            counting_since = entry.stats_since or all_reset or last_at
            before = Known(_NOTHING, 0, entry.stats_since, max(counting_since, last_at))
        calls = difference(entry.calls, before.calls)
        found.append(Delta(entry, before, calls, entry.n_rows - before.n_rows, is_reset))
    return found


def _was_reset(entry: Entry, before: Known, all_reset: bool) -> bool:
    if entry.calls.n < before.calls.n or entry.calls.total < before.calls.total or entry.n_rows < before.n_rows:
        return True
    if entry.stats_since is not None and before.stats_since is not None:
        return entry.stats_since != before.stats_since
    return all_reset


def _list_known(connection: Connection, poll: Poll) -> dict[Key, Known]:
    return {
        (found["dbid"], found["userid"], found["queryid"], found["toplevel"]): Known(
            Aggregate(found["n_calls"], found["total_ms"], found["squares_ms2"]),
            found["n_rows"],
            found["stats_since"],
            found["taken_at"],
        )
        for found in rows(connection, "ingest/aggregates/list_snapshots", {"source": poll.source})
    }


def _write(
    connection: Connection,
    poll: Poll,
    snapshot: Snapshot,
    deltas: list[Delta],
    *,
    is_first: bool,
    settings: Settings,
) -> Intervals:
    options = poll.settings.statements
    changed: dict[str, list[Delta]] = defaultdict(list)
    mapped: set[str] = set()
    n_unchanged = n_skipped = 0
    for delta in deltas:
        operation, is_mapped = operation_of(
            delta.entry.query, delta.entry.key[2], options, max_length=settings.ingest.max_name_length
        )
        if operation is None:
            n_skipped += 1
        elif not delta.calls.n:
            n_unchanged += 1
        else:
            changed[operation].append(delta)
            mapped |= {operation} if is_mapped else set()
    totals = {name: sum(delta.calls.total for delta in changed[name]) for name in changed}
    ranked = sorted(changed, key=lambda name: (name not in mapped, -totals[name], name))
    chosen = ranked[: options.top]
    held = _admit(connection, poll, chosen, settings)
    counted = {name: changed[name] for name in chosen if name not in held}
    intervals = _intervals(poll, snapshot, counted)
    if poll.settings.branch and intervals:
        run(connection, "ingest/aggregates/admit_branch", {"branch": poll.settings.branch})
    if insert(connection, "ingest/aggregates/insert_interval", intervals) != len(intervals):
        raise OplatencyError("An interval was not written: its operation or branch is gone.", where=poll.place)
    waiting = [delta for name in changed if name not in counted for delta in changed[name]]
    _note(connection, poll, snapshot, waiting)
    n_held = sum(len(changed[name]) for name in held)
    return Intervals(
        source=poll.source,
        place=poll.place,
        taken_at=snapshot.taken_at,
        statements=len(snapshot.entries),
        first=len(snapshot.entries) if is_first else 0,
        unchanged=n_unchanged,
        left_out=n_skipped,
        counted=sum(map(len, counted.values())),
        waiting=len(waiting) - n_held,
        held=n_held,
        resets=sum(delta.is_reset for delta in deltas),
        intervals=len(intervals),
        calls=sum(interval["n_calls"] for interval in intervals),
        held_operations=tuple(held),
        evicted=snapshot.n_evicted,
    )


def _admit(connection: Connection, poll: Poll, names: list[str], settings: Settings) -> list[str]:
    """Admit new names as the policy and the ceilings allow, in their order; return those that it does not."""
    catalogue = row(connection, "ingest/aggregates/list_operations", {"names": names})
    new = [name for name in names if name not in set(catalogue["known_names"])]
    is_held = (poll.settings.new_operations or settings.ingest.new_operations) == "hold"
    left = max(poll.settings.statements.max_operations - catalogue["n_from_statements"], 0)
    limit = 0 if is_held else min(settings.ingest.max_new_operations, left)
    if new[:limit]:
        run(connection, "ingest/aggregates/admit_operations", {"names": new[:limit]})
    return new[limit:]


def _intervals(poll: Poll, snapshot: Snapshot, counted: Mapping[str, Iterable[Delta]]) -> list[Row]:
    """Return one row per operation and start: statements of one operation are pooled."""
    found: list[Row] = []
    for operation, deltas in counted.items():
        by_start: dict[datetime, list[Delta]] = defaultdict(list)
        for delta in deltas:
            by_start[delta.known.taken_at].append(delta)
        for start, parts in by_start.items():
            calls = pooled(part.calls for part in parts)
            found.append(
                {
                    "source": poll.source,
                    "operation": operation,
                    "branch": poll.settings.branch,
                    "interval_start": start,
                    "interval_end": snapshot.taken_at,
                    "n_calls": calls.n,
                    "total_us": calls.total * 1000,
                    "mean_us": calls.mean * 1000,
                    "sd_us": calls.sd * 1000,
                    "n_rows": sum(part.n_rows for part in parts),
                }
            )
    return found


def _note(connection: Connection, poll: Poll, snapshot: Snapshot, waiting: Iterable[Delta]) -> None:
    """Replace the snapshot of the source; statements that wait keep what they were counted up to."""
    source = {"source": poll.source}
    kept = {delta.entry.key: delta.known for delta in waiting}
    noted: list[dict[str, Any]] = []
    for entry in snapshot.entries:
        now = Known(entry.calls, entry.n_rows, entry.stats_since, snapshot.taken_at)
        known = kept.get(entry.key, now)
        noted.append(
            {
                **source,
                **dict(zip(("dbid", "userid", "queryid", "toplevel"), entry.key, strict=True)),
                "n_calls": known.calls.n,
                "total_ms": known.calls.total,
                "squares_ms2": known.calls.squares,
                "n_rows": known.n_rows,
                "stats_since": known.stats_since,
                "taken_at": known.taken_at,
            }
        )
    whole = {name: getattr(snapshot, name) for name in ("server_id", "scope_dbid", "taken_at", "stats_reset")}
    run(connection, "ingest/aggregates/clear_snapshots", source)
    run(connection, "ingest/aggregates/replace_snapshot", {**source, **whole, "n_evicted": snapshot.n_evicted})
    insert(connection, "ingest/aggregates/insert_snapshot", noted)
