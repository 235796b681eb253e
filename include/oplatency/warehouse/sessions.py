"""Sessions of jobs: the lock that keeps readers of facts apart from the search for stale results, and what was seen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from oplatency.settings import DatabaseSettings
from oplatency.warehouse.database import Connection, lock_for, row
from oplatency.warehouse.migrations import require_current_schema

READERS = {"job": "oplatency:readers"}
"""Names the lock that jobs share from before they read facts until their run is recorded."""


@dataclass(frozen=True)
class InputSnapshot:
    """What a run read, so that what arrives later can be recognised.

    Attributes
    ----------
    facts_from, baselines_from : datetime
        First instant whose calls, and whose baselines in force, were read; both end with the window.
    facts_snapshot : str
        The snapshot it was read in, in PostgreSQL's words.
    newest_baseline_id : int
        Number of the newest baseline that was there.
    """

    facts_from: datetime
    baselines_from: datetime
    facts_snapshot: str
    newest_baseline_id: int


def open_session(connection: Connection, settings: DatabaseSettings | None = None) -> uuid.UUID:
    """Check the schema and return a fresh token.

    Until the session ends nobody takes up the hours that gained facts: a run that reads now and is recorded later would
    be missed.
    """
    require_current_schema(connection)
    lock_for(connection, "session/share_session", READERS, of="the search for stale results", settings=settings)
    return uuid.uuid4()


def read_input_snapshot(
    connection: Connection, facts_from: datetime, baselines_from: datetime | None = None
) -> InputSnapshot:
    """Return what this transaction, a `snapshot`, sees from an instant on; baselines by default from the same."""
    return InputSnapshot(
        facts_from, baselines_from or facts_from, **row(connection, "warehouse/runs/read_input_snapshot")
    )
