"""Bring text in as a file would come, and check with every batch that its account balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from oplatency.errors import GateFailedError
from oplatency.ingest import gate
from oplatency.ingest.batches import Batch
from oplatency.local.postgres import EmbeddedPostgres
from oplatency.settings import Settings
from oplatency.sources.files.inputs import InputFile, inspect
from oplatency.warehouse.database import connect, read_view

PASSWORD = "for-tests-only"
ARRIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""When every file of the tests arrives; their calls are of the day before."""
HEADER = "operation,started_at,duration_us"
GOOD = "commit,2026-03-09T10:00:00Z,5000"
TABLES = (
    "operation_types",
    "branches",
    "users",
    "ingest_batches",
    "staged_rows",
    "staged_metrics",
    "quarantined_rows",
    "metrics",
    "dirty_ranges",
    "audit_results",
)
"""What bringing a file in may write to."""


def csv_text(rows: Iterable[str], header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


@contextmanager
def own_database(server: EmbeddedPostgres, template: str, name: str) -> Iterator[str]:
    """Give the URL of a warehouse that the tests of one module share."""
    database = sql.Identifier(name)
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(
            sql.SQL("create database {} template {} owner oplatency_owner").format(database, sql.Identifier(template))
        )
        yield server.url(name, "oplatency_writer", PASSWORD)
        admin.execute(sql.SQL("drop database {} with (force)").format(database))


@dataclass
class Ingestion:
    """A warehouse and the folder in which its input files land."""

    url: str
    folder: Path
    settings: Settings = field(default_factory=Settings)

    def file(self, content: str | bytes, *, name: str = "calls.csv", source: str = "app") -> InputFile:
        """Write a file of a source and return it as the job sees it."""
        path = self.folder / source / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return inspect(path)

    def declare(self, text: str, *, source: str = "app") -> None:
        """Write the declaration of a source."""
        self.file(text, name="source.toml", source=source)

    def stage(self, content: str | bytes, *, name: str = "calls.csv", source: str = "app") -> UUID:
        """Stage a file; return the token of the attempt."""
        file = self.file(content, name=name, source=source)
        return gate.stage_file(
            self.url, file, gate.delivery_of(file, source, ARRIVED, self.settings), settings=self.settings
        )

    def finish(self, token: UUID) -> Batch:
        """Audit and publish what was staged."""
        gate.audit(self.url, token)
        return gate.publish(self.url, token, settings=self.settings)

    def land(
        self, content: str | bytes, *, name: str = "calls.csv", source: str = "app", status: str = "published"
    ) -> Batch:
        """Bring a file in and return its account, once that balances and agrees with the tables."""
        batch = self.balanced(self.finish(self.stage(content, name=name, source=source)))
        assert batch.status == status
        return batch

    def refuse(self, content: str | bytes, *, name: str = "calls.csv", source: str = "app") -> GateFailedError:
        """Bring in a file of which no row passes; return the error, once the account balances."""
        token = self.stage(content, name=name, source=source)
        with pytest.raises(GateFailedError) as caught:
            self.finish(token)
        self.balanced(self.batches()[-1])
        return caught.value

    def balanced(self, batch: Batch | dict[str, Any]) -> Any:
        """Return the account, once each of its rows is in exactly one place."""
        last = self.query("select * from oplatency.ingest_batches order by batch_id desc limit 1")[0]
        told = vars(batch) if isinstance(batch, Batch) else batch
        for name in ("status", "rows_in", "accepted", "duplicate", "quarantined", "reasons"):
            assert told[name] == last[name]
        assert last["rows_in"] == last["accepted"] + last["duplicate"] + last["quarantined"]
        assert sum(last["reasons"].values()) == last["quarantined"] == self._of_batch("quarantined_rows", last)
        assert last["accepted"] == self._of_batch("metrics", last)
        left = self.query("select count(*) as n from oplatency.staged_rows where run_token = %(run_token)s", last)
        assert left[0]["n"] == 0
        return batch

    def batches(self) -> list[dict[str, Any]]:
        """Return all accounts, in order."""
        return self.query("select * from oplatency.ingest_batches order by batch_id")

    def quarantine(self) -> list[dict[str, Any]]:
        """Return all rejected rows, in order."""
        return self.query("select * from oplatency.quarantined_rows order by batch_id, row_no")

    def facts(self) -> list[dict[str, Any]]:
        """Return all calls with the names they carry, in order of time."""
        return self.query(
            "select m.*, o.name as operation, b.name as branch, u.name as user_name from oplatency.metrics as m"
            " join oplatency.operation_types as o using (operation_id) join oplatency.branches as b using (branch_id)"
            " join oplatency.users as u using (user_id) order by m.started_at, o.name, m.duration_us"
        )

    def digest(self) -> list[dict[str, Any]]:
        """Return what names the content of the warehouse."""
        with connect(self.url, purpose="tests") as connection:
            return read_view(connection, "v_digest")

    def row_counts(self) -> dict[str, int]:
        """Return the rows of every table that bringing a file in may write to."""
        with connect(self.url, purpose="tests") as connection:
            counts = {}
            for table in TABLES:
                query = sql.SQL("select count(*) as n from {}").format(sql.Identifier("oplatency", table))
                counts[table] = connection.execute(query).fetchall()[0]["n"]
        return counts

    def query(self, text: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query on a session of its own."""
        with connect(self.url, purpose="tests") as connection:
            return connection.execute(text.encode(), parameters).fetchall()

    def _of_batch(self, table: str, batch: dict[str, Any]) -> int:
        query = sql.SQL("select count(*) as n from {} where batch_id = %(batch_id)s").format(
            sql.Identifier("oplatency", table)
        )
        with connect(self.url, purpose="tests") as connection:
            found: int = connection.execute(query, batch).fetchall()[0]["n"]
        return found
