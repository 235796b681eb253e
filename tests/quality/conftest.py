"""One warehouse for all suites: staged rows of different tests are told apart by their run token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg import sql
from staged_rows import publish, seed

from oplatency.warehouse.database import Connection, connect

PASSWORD = "for-tests-only"


@dataclass(frozen=True)
class SharedWarehouse:
    """URL of the role that runs jobs, and a session of the owner, who may also break things."""

    url: str
    owner: Connection


@pytest.fixture(scope="session")
def shared(server, template: str) -> Iterator[SharedWarehouse]:
    """Return a warehouse with valid published rows, for all tests of this folder that only add to it."""
    name = "warehouse_quality"
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(
            sql.SQL("create database {} template {} owner oplatency_owner").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        with connect(server.url(name, "oplatency_owner", PASSWORD), purpose="tests") as owner:
            seed(owner)
            publish(owner)
            yield SharedWarehouse(server.url(name, "oplatency_writer", PASSWORD), owner)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
