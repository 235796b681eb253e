"""Put calls into a warehouse as facts, in a few lines and fast: one COPY, no files, no ingest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from psycopg import sql
from psycopg.types.json import Jsonb

from oplatency.jobs import windowed_job
from oplatency.jobs.correlate_operations import CORRELATE
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings
from oplatency.warehouse.database import Connection, connect, run

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
TODAY = datetime(2026, 3, 10, tzinfo=UTC)
"""The as-of of most tests: a Tuesday, two days after clocks in New York went forward."""
WEEK_AGO = TODAY - 7 * DAY
DEFAULTS = Settings()

Call = tuple[datetime, int]
"""When a call started, and its duration in microseconds."""


def every(step: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    """Return ``start``, ``start + step``, ... before ``end``."""
    while start < end:
        yield start
        start += step


def ordinary(
    start: datetime, end: datetime, step: timedelta, *, median_us: float = 5000.0, sd: float = 0.15, seed: int = 1
) -> list[Call]:
    """Return calls at even steps, log-normal around a median, the same for the same seed."""
    random = np.random.default_rng(seed)
    starts = list(every(step, start, end))
    durations = np.exp(np.log(median_us) + sd * random.standard_normal(len(starts)))
    return [(at, int(duration)) for at, duration in zip(starts, durations, strict=True)]


def constant(start: datetime, end: datetime, step: timedelta, duration_us: int = 5000) -> list[Call]:
    """Return calls at even steps that all took equally long."""
    return [(at, duration_us) for at in every(step, start, end)]


def slowed(calls: Iterable[Call], start: datetime, end: datetime, factor: float) -> list[Call]:
    """Return the calls, those that started in ``[start, end)`` longer by a factor."""
    return [(at, int(us * factor) if start <= at < end else us) for at, us in calls]


def put(
    connection: Connection,
    operation: str,
    calls: Iterable[Call],
    *,
    user: str = "ada",
    branch: str = "main",
    error: Mapping[str, Any] | None = None,
    received_at: datetime = TODAY,
    **known: Any,
) -> None:
    """Store calls of one operation; what ``known`` says of the operation holds from its first calls on.

    Identical calls are told apart by their number within one ``put``, as they are within one batch.
    """
    operation_id = _operation(connection, operation, known)
    branch_id, user_id = _key(connection, "branches", "branch_id", branch), _key(connection, "users", "user_id", user)
    rows, seen = [], Counter[Call]()
    for call in calls:
        rows.append((*call, _identity(*call, seen[call])))
        seen[call] += 1
    if not rows:
        return
    first, last = min(rows)[0], max(rows)[0]
    connection.execute(
        "select oplatency.ensure_metric_partitions(%s, %s)",
        (first.astimezone(UTC).date(), last.astimezone(UTC).date() + DAY),
    )
    batch_id = _batch(connection, received_at)
    columns = "operation_id, branch_id, user_id, started_at, duration_us, identity_hash, batch_id, error"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy oplatency.metrics ({columns}) from stdin".encode()) as copy,
    ):
        problem = None if error is None else Jsonb(dict(error))
        for at, duration_us, identity in rows:
            copy.write_row((operation_id, branch_id, user_id, at, duration_us, identity, batch_id, problem))


def remove(connection: Connection, operation: str, start: datetime, end: datetime) -> None:
    """Take the calls of an operation in ``[start, end)`` out again."""
    connection.execute(
        "delete from oplatency.metrics using oplatency.operation_types as o where o.name = %s"
        " and metrics.operation_id = o.operation_id and started_at >= %s and started_at < %s",
        (operation, start, end),
    )


def content(connection: Connection, table: str, *, without: Iterable[str] = ()) -> list[str]:
    """Return the sorted rows of a table as text, surrogate keys and times of recording left out."""
    left_out = {"baseline_id", "alert_id", "batch_id", "first_used_at", "raised_at", *without}
    found = connection.execute(sql.SQL("select * from {}").format(sql.Identifier("oplatency", table))).fetchall()
    return sorted(str({name: value for name, value in row.items() if name not in left_out}) for row in found)


def findings(connection: Connection) -> dict[str, list[str]]:
    """Return everything that detection published."""
    return {table: content(connection, table) for table in ("anomalies", "violations", "degradations")}


def let_pass(url: str, token: UUID) -> None:
    """Give a run the standing of one whose audit passed.

    An audit costs a second; a test that runs a job many times and asks about something else uses this.
    """
    with connect(url, purpose="tests") as connection:
        run(connection, "warehouse/runs/set_status", {"run_token": token, "status": "audited", "result": Jsonb({})})


def baselines(url: str, as_of: datetime = TODAY, *, settings: Settings = DEFAULTS, **options: Any) -> dict[str, Any]:
    """Stage and publish the baselines as of a day, without their audit."""
    token = windowed_job.stage(url, RECALCULATE, Request(settings, as_of, **options))
    let_pass(url, token)
    return windowed_job.publish(url, RECALCULATE, token, settings=settings)


def detected(
    url: str, start: datetime, end: datetime, *, settings: Settings = DEFAULTS, **options: Any
) -> dict[str, Any]:
    """Stage and publish the findings of a window, without their audit."""
    token = windowed_job.stage(url, DETECT, Request(settings, end, start, **options))
    let_pass(url, token)
    return windowed_job.publish(url, DETECT, token, settings=settings)


def correlated(url: str, as_of: datetime, *, settings: Settings = DEFAULTS) -> dict[str, Any]:
    """Stage and publish the correlations as of an hour, without their audit."""
    token = windowed_job.stage(url, CORRELATE, Request(settings, as_of))
    let_pass(url, token)
    return windowed_job.publish(url, CORRELATE, token, settings=settings)


def _identity(at: datetime, duration_us: int, ordinal: int) -> int:
    digest = hashlib.sha256(f"{at.astimezone(UTC).isoformat()}|{duration_us}|{ordinal}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _operation(connection: Connection, name: str, known: Mapping[str, Any]) -> int:
    record = {
        "category": "WRITE",
        "area": "basic",
        "is_tracked": True,
        "alert_threshold": 2.0,
        "origin": "catalogue",
        **known,
    }
    connection.execute(
        "insert into oplatency.operation_types (name, category, area, is_tracked, alert_threshold, origin)"
        " values (%(name)s, %(category)s, %(area)s, %(is_tracked)s, %(alert_threshold)s, %(origin)s)"
        " on conflict do nothing",
        record | {"name": name},
    )
    return _key(connection, "operation_types", "operation_id", name)


def _key(connection: Connection, table: str, key: str, name: str) -> int:
    if table != "operation_types":
        connection.execute(
            sql.SQL("insert into {} (name) values (%s) on conflict do nothing").format(
                sql.Identifier("oplatency", table)
            ),
            (name,),
        )
    found = connection.execute(
        sql.SQL("select {} as key from {} where name = %s").format(
            sql.Identifier(key), sql.Identifier("oplatency", table)
        ),
        (name,),
    ).fetchone()
    assert found is not None
    return int(found["key"])


def _batch(connection: Connection, received_at: datetime) -> int:
    found = connection.execute(
        "insert into oplatency.ingest_batches (run_token, source, format, path, content_hash, status, received_at)"
        " values (%s, 'tests', 'builtin', '', '', 'published', %s) returning batch_id",
        (uuid4(), received_at),
    ).fetchone()
    assert found is not None
    return int(found["batch_id"])
