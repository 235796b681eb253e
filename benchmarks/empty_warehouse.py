"""A warehouse for measurements, on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oplatency.local.postgres import temporary_server
from oplatency.warehouse.database import connect, run, run_script, statement
from oplatency.warehouse.migrations import migrate


@contextmanager
def empty_warehouse() -> Iterator[str]:
    """Give the URL of a migrated warehouse without a row; its server is gone afterwards."""
    with temporary_server() as server:
        with connect(server.url(), purpose="bench") as admin:
            run_script(admin, statement("roles"))
            run(admin, "local/create_warehouse_database")
        url = server.url("oplatency")
        migrate(url)
        yield url
