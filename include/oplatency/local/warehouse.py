"""Roles and databases of the embedded server, and the way to a warehouse that may not be running yet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from urllib.parse import quote

import psycopg

from oplatency.errors import OplatencyError
from oplatency.local.installation import AIRFLOW_DATABASE, ROLES, WAREHOUSE_DATABASE, Installation
from oplatency.local.postgres import HOST, EmbeddedPostgres
from oplatency.warehouse import database
from oplatency.warehouse.migrations import migrate


def prepare_cluster(server: EmbeddedPostgres, installation: Installation) -> None:
    """Make the roles and the two databases of an installation; a second call changes nothing.

    Airflow's role cannot enter the warehouse, and the warehouse's roles cannot enter Airflow's database.

    Raises
    ------
    OplatencyError
        When the superuser cannot log in: the data folder belongs to other secrets.
    """
    passwords = installation.secrets.passwords
    with database.connect(server.url(), purpose="prepare") as connection:
        # Role statements take no server-side binds: the values are quoted on this side.
        with psycopg.ClientCursor(connection) as cursor:
            names = (*ROLES, "airflow")
            cursor.execute(database.statement("local/set_up_roles").encode(), {name: passwords[name] for name in names})
        existing = {found["name"] for found in database.rows(connection, "local/list_databases")}
        for name, file in ((WAREHOUSE_DATABASE, "warehouse"), (AIRFLOW_DATABASE, "airflow")):
            if name not in existing:
                database.run(connection, f"local/create_{file}_database")
        database.run_script(connection, database.statement("local/limit_connections"))


def warehouse_address(installation: Installation, role: str) -> str | None:
    """Return the URL of the warehouse on the running server for a role, or None when none is running."""
    state = installation.running()
    if state is None or not state.postgres.alive:
        return None
    password = quote(installation.secrets.passwords[role], safe="")
    return f"postgresql://{role}:{password}@{HOST}:{state.postgres_port}/{WAREHOUSE_DATABASE}"


@contextlib.contextmanager
def open_warehouse(installation: Installation) -> Iterator[Callable[[str], str]]:
    """Give the way to the warehouse: of the running server, else of one started for the moment.

    Yields
    ------
    callable
        Takes a role and returns its URL.

    Raises
    ------
    OplatencyError
        When the role is unknown or the server cannot be started.
    """

    def known(role: str) -> str:
        if role not in ROLES:
            raise OplatencyError(f"There is no role {role}.", remedy=f"Use one of: {', '.join(ROLES)}.")
        return role

    if warehouse_address(installation, ROLES[0]) is not None:
        yield lambda role: warehouse_address(installation, known(role)) or ""
        return
    with installation.server() as server:
        prepare_cluster(server, installation)
        yield lambda role: installation.warehouse_url(server, known(role))


@contextlib.contextmanager
def warehouse(role: str = "oplatency_writer") -> Iterator[str]:
    """Give the URL of the warehouse for a role; an embedded one is brought to the current schema first.

    It is the one that ``OPLATENCY_DATABASE_URL`` names, with the role that stands there, else that of the embedded
    server. The entry point ``oplatency.warehouse`` leads here, for what may not import this layer.

    Yields
    ------
    str
        Connection URL.
    """
    named = database.environment_url()
    if named:
        yield named
        return
    with open_warehouse(Installation.open()) as url_of:
        migrate(url_of("oplatency_owner"))
        yield url_of(role)


def unfreeze_time(superuser_url: str) -> None:
    """Lift the instant that the demo stored as now: what comes in from here on is judged by the clock.

    Parameters
    ----------
    superuser_url : str
        URL of the warehouse for the superuser, the only one who may.
    """
    with database.connect(superuser_url, purpose="as_of") as connection:
        database.run_script(connection, database.statement("local/unset_as_of"))
