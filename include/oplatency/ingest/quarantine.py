"""Rejected rows: look at them, try them again after a fix, or give them up.

A second try goes through the same gate as the first: staged, judged, audited, published, as the batch they came with
was declared. Rows that pass become facts and move, in the account of that batch, from quarantined to accepted or
duplicate; the others keep waiting under the reason they were rejected for this time. Nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from oplatency.errors import GateFailedError, UsageError
from oplatency.ingest import gate
from oplatency.ingest.batches import Delivery
from oplatency.ingest.remedies import remedy
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.warehouse.catalogue import require_name
from oplatency.warehouse.database import Connection, Row, connect, lock_session, row, rows, run
from oplatency.warehouse.migrations import require_current_schema

PURPOSE = "quarantine"
HELD = ("unknown_operation", "cardinality_limit")
"""Reasons of rows that wait for their operation to be admitted."""
UNITS = {"ns": Decimal("0.001"), "us": Decimal(1), "ms": Decimal(1000), "s": Decimal(1_000_000)}
"""Microseconds in each unit that a duration can have."""
_PAGE_ROWS = 5000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


@dataclass(frozen=True)
class RowFilter:
    """Which of the rows that wait; what is None does not limit, and all limits hold together."""

    ids: tuple[int, ...] | None = None
    source: str | None = None
    batch: int | None = None
    reasons: tuple[str, ...] | None = None
    operations: tuple[str, ...] | None = None

    def binds(self) -> Row:
        """Return the choice as parameters of a statement."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class _Correction:
    """How rows are read this time where it is not as they came: the zone of their times, the unit of durations."""

    assume_tz: str | None
    unit: str | None


@dataclass(frozen=True)
class Release:
    """What became of the rows of one batch.

    Attributes
    ----------
    batch, source : int, str
        Batch they came with.
    tried : int
        Rows that went through the gate again; those that equal a chosen one in every field go with it.
    accepted, duplicate : int
        Rows that are facts now, and rows that were facts already.
    rejected : int
        Rejected rows again.
    unreadable : int
        Chosen rows that could not be taken apart and were not tried.
    reasons : dict of str to int
        What the batch still has in quarantine, discarded rows included.
    """

    batch: int
    source: str
    tried: int
    accepted: int
    duplicate: int
    rejected: int
    unreadable: int
    reasons: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """Return the outcome as plain JSON values."""
        return asdict(self)


def groups(url: str, choice: RowFilter, *, limit: int) -> list[Row]:
    """Return what waits, by source, batch and reason, newest batch first."""
    with connect(url, purpose=PURPOSE) as connection:
        return rows(connection, "ingest/quarantine/list_groups", choice.binds() | {"at_most": limit})


def find(url: str, quarantine_id: int) -> Row:
    """Return one rejected row, its fields, and what would make it pass.

    Raises
    ------
    UsageError
        If there is no such row.
    """
    with connect(url, purpose=PURPOSE) as connection:
        found = rows(connection, "ingest/quarantine/find_row", {"quarantine_id": quarantine_id})
    if not found:
        raise UsageError(
            "There is no such row in quarantine.", where=str(quarantine_id), remedy="see: oplatency quarantine list"
        )
    return found[0] | {"remedy": remedy(found[0]["reason"], is_readable=found[0]["fields"] is not None)}


def release(
    url: str, choice: RowFilter, *, settings: Settings, assume_tz: str | None = None, unit: str | None = None
) -> list[Release]:
    """Send chosen rows through the gate again, batch by batch.

    Each batch is published, and its account corrected, in one transaction; one command at a time does so. Running
    it again tries what still waits.

    Parameters
    ----------
    url : str
        Connection URL of the role that runs jobs.
    choice : RowFilter
        Which rows.
    assume_tz : str, optional
        IANA zone of times without an offset, in place of the one the batch was declared with.
    unit : {'ns', 'us', 'ms', 's'}, optional
        What the number in ``duration_us``, or in ``duration_ms`` where there is no other, really counts. Durations
        are compared with what is usual again, but not where it is the unit they were read in: then they are right.

    Returns
    -------
    list of Release
        One per batch with a chosen row that waits.

    Raises
    ------
    UsageError
        If the unit is none, or no chosen row can be taken apart.
    """
    if unit is not None and unit not in UNITS:
        raise UsageError(f"There is no unit {unit!r}.", where="--unit", remedy=", ".join(UNITS))
    with _alone(url, settings) as connection:
        batches = rows(connection, "ingest/quarantine/list_batches", choice.binds())
        if batches and not any(batch["n_rows"] for batch in batches):
            raise UsageError(
                f"None of the {sum(batch['n_unreadable'] for batch in batches)} rows could be taken apart.",
                where=", ".join(batch["path"] for batch in batches[:5]),
                remedy="correct the file and ingest it again, then discard these rows",
            )
        correction = _Correction(assume_tz, unit)
        return [_release_batch(url, connection, batch, choice, correction, settings) for batch in batches]


def discard(url: str, choice: RowFilter, *, settings: Settings, by: str, note: str | None = None) -> int:
    """Give chosen rows up; return how many. They stay where they are and count as quarantined."""
    with _alone(url, settings) as connection:
        return run(connection, "ingest/quarantine/discard_rows", choice.binds() | {"discarded_by": by, "note": note})


def held_operations(url: str, *, limit: int) -> list[Row]:
    """Return the operation names that wait for a decision, with their rows and sources, most rows first."""
    with connect(url, purpose=PURPOSE) as connection:
        return rows(connection, "ingest/quarantine/list_held", {"at_most": limit})


def admit_operations(url: str, names: Sequence[str], *, settings: Settings) -> int:
    """Take names into the catalogue; return how many are new. Rows that wait for them wait until they are released.

    Raises
    ------
    UsageError
        If a name is one that no call may have.
    """
    for name in names:
        require_name(name, max_length=settings.ingest.max_name_length, where="NAME")
    with connect(url, purpose=PURPOSE, settings=settings.database) as connection:
        require_current_schema(connection)
        return run(connection, "ingest/quarantine/admit_operations", {"names": sorted(set(names))})


def _release_batch(
    url: str, connection: Connection, batch: Row, choice: RowFilter, correction: _Correction, settings: Settings
) -> Release:
    declared = settings.sources.get(batch["source"])
    source_settings = SourceSettings(
        assume_tz=correction.assume_tz or batch["assume_tz"],
        resolution_us=batch["resolution_us"],
        new_operations=declared.new_operations if declared else batch["new_operations"],
        # who names the unit that the rows were read in says that they are right
        detect_unit_slips=batch["detect_unit_slips"] and correction.unit != batch["claimed_unit"],
    )
    delivery = Delivery(
        source=batch["source"],
        format=batch["format"],
        path=f"{batch['path']} (quarantine of batch {batch['batch_id']})",
        # the same choice again takes the place of an attempt that did not come to its end
        content_hash=hashlib.sha256(repr((batch["batch_id"], choice)).encode()).digest(),
        size=0,
        received_at=batch["received_at"],
        settings=source_settings,
    )
    token = gate.stage_rows(url, _staged(connection, batch, choice, correction.unit), delivery, settings=settings)
    marked = choice.binds() | {"run_token": token, "batch_id": batch["batch_id"]}
    tried = row(connection, "ingest/quarantine/mark_retry", marked)["rows_in"]
    try:
        gate.audit(url, token)
        gate.publish(url, token, settings=settings)
    except GateFailedError:
        pass  # the rows are back in quarantine, with the reason
    account = row(connection, "ingest/quarantine/read_batch_counts", marked)
    moved = account["accepted"] + account["duplicate"]
    return Release(
        batch=batch["batch_id"],
        source=batch["source"],
        tried=tried,
        accepted=account["accepted"],
        duplicate=account["duplicate"],
        rejected=tried - moved,
        unreadable=batch["n_unreadable"],
        reasons=account["reasons"],
    )


def _staged(connection: Connection, batch: Row, choice: RowFilter, unit: str | None) -> Iterator[StagedRow]:
    binds = choice.binds() | {"batch_id": batch["batch_id"], "after": 0, "page_rows": _PAGE_ROWS}
    while page := rows(connection, "ingest/quarantine/read_page", binds):
        for waiting in page:
            fields: dict[str, str] = waiting["fields"]
            # the quarantine is the input here: a row's number in it is its line
            yield StagedRow(
                waiting["quarantine_id"], waiting["raw"], fields if unit is None else rescaled(fields, unit)
            )
        binds["after"] = page[-1]["quarantine_id"]


def rescaled(fields: dict[str, str], unit: str) -> dict[str, str]:
    """Return the fields with the duration in microseconds, its number read in another unit.

    The number is that of ``duration_us``, else of ``duration_ms``; what was derived from it in the wrong unit, a
    ``duration_ms`` beside it, is left out. Fields without such a number are returned as they are.
    """
    given = fields.get("duration_us") or fields.get("duration_ms") or ""
    if not _NUMBER.fullmatch(given.strip()):
        return fields
    others: dict[str, Any] = {name: text for name, text in fields.items() if name != "duration_ms"}
    return others | {"duration_us": f"{Decimal(given.strip()) * UNITS[unit]:f}"}


@contextmanager
def _alone(url: str, settings: Settings) -> Iterator[Connection]:
    with connect(url, purpose=PURPOSE, settings=settings.database) as connection:
        require_current_schema(connection)
        lock_session(connection, PURPOSE, settings=settings.database)
        yield connection
