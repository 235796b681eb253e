"""One warehouse for all tests of views: each test is rolled back, which is quicker than a copy each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from oplatency.warehouse.database import Connection, connect

DATABASE = "warehouse_of_views"


@pytest.fixture(scope="session")
def _shared_session(server, template: str) -> Iterator[Connection]:
    name = sql.Identifier(DATABASE)
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(
            sql.SQL("create database {} template {} owner oplatency_owner").format(name, sql.Identifier(template))
        )
        # the superuser may fill every table; what each role may do is tested elsewhere
        with connect(server.url(DATABASE), purpose="tests") as opened:
            yield opened
        admin.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture
def clean_session(_shared_session: Connection) -> Iterator[Connection]:
    """Return a session in a transaction on an empty warehouse; what the test does is undone."""
    with _shared_session.transaction(force_rollback=True):
        yield _shared_session
