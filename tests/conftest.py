"""One real PostgreSQL for each worker; one migrated database in it, copied afresh for each test that asks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg import sql
from xdist.scheduler import LoadScopeScheduling

from oplatency.local.postgres import EmbeddedPostgres, temporary_server
from oplatency.warehouse.database import Connection, connect
from oplatency.warehouse.migrations import migrate

PASSWORD = "for-tests-only"
ROLES = ("oplatency_owner", "oplatency_writer", "oplatency_recorder", "oplatency_reader")
TEMPLATE = "warehouse_template"


RUNNING_AIRFLOW = ("tests/plugins/test_dashboard.py", "tests/browser/")


class ByFile(LoadScopeScheduling):
    """Give each file of tests to one worker, and all that ask the running Airflow to the same one.

    What a file builds for its tests is built once, and one Airflow is started, not one a worker. Files with many
    tests go first, so that the last ones to finish are short.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(RUNNING_AIRFLOW):
            return "running airflow"
        return nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Say how tests are shared among workers."""
    return ByFile(config, log)


@dataclass(frozen=True)
class Warehouse:
    """A migrated database of its own, and its URLs."""

    server: EmbeddedPostgres
    database: str

    def url(self, role: str = "oplatency_writer") -> str:
        """Return the connection URL of a role."""
        password = None if role == "postgres" else PASSWORD
        return self.server.url(self.database, role, password)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """Return a running server with the four roles."""
    with temporary_server({"max_connections": "100"}) as running:
        with connect(running.url(), purpose="tests") as connection:
            for role in ROLES:
                connection.execute(
                    sql.SQL("create role {} login password {}").format(sql.Identifier(role), sql.Literal(PASSWORD))
                )
        yield running


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres) -> str:
    """Return the name of a database that the real migrations built."""
    with connect(server.url(), purpose="tests") as connection:
        connection.execute(sql.SQL("create database {} owner oplatency_owner").format(sql.Identifier(TEMPLATE)))
    migrate(server.url(TEMPLATE, "oplatency_owner", PASSWORD))
    return TEMPLATE


_numbers = itertools.count(1)


@pytest.fixture
def warehouse(server: EmbeddedPostgres, template: str) -> Iterator[Warehouse]:
    """Return an empty warehouse of this test alone."""
    name = f"warehouse_{next(_numbers)}"
    with connect(server.url(), purpose="tests") as connection:
        connection.execute(
            sql.SQL("create database {} template {} owner oplatency_owner").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        yield Warehouse(server, name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    """Return a session of the role that runs jobs."""
    with connect(warehouse.url(), purpose="tests") as opened:
        yield opened


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    """Return a session of the role that owns the tables."""
    with connect(warehouse.url("oplatency_owner"), purpose="tests") as opened:
        yield opened


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the root of the checkout."""
    return Path(__file__).resolve().parents[1]
