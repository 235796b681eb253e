"""Roles and databases of the embedded server."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from oplatency.errors import OplatencyError
from oplatency.local.installation import ROLES, Installation, ProcessMark, RunningState
from oplatency.local.warehouse import open_warehouse, prepare_cluster


def enters(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_every_role_enters_its_database_and_no_other(home: Path) -> None:
    installation = Installation.open(home)
    passwords = installation.secrets.passwords
    with installation.server() as server:
        prepare_cluster(server, installation)
        prepare_cluster(server, installation)  # a second time changes nothing
        for role in ROLES:
            assert enters(installation.warehouse_url(server, role))
            assert not enters(server.url("airflow", role, passwords[role]))
            assert not enters(server.url("postgres", role, passwords[role]))
            assert not enters(server.url("oplatency", role, passwords["airflow"]))
        assert enters(installation.airflow_database_url(server))
        assert not enters(server.url("oplatency", "airflow", passwords["airflow"]))
        with psycopg.connect(installation.warehouse_url(server, "oplatency_owner")) as connection:
            privileged = connection.execute(
                "select rolname from pg_roles where (rolsuper or rolcreatedb or rolcreaterole) and rolname !~ '^pg_'"
            ).fetchall()
        assert privileged == [("postgres",)]
        assert not any(secret in server.log_file.read_text() for secret in passwords.values())


def test_the_warehouse_is_started_for_the_moment_when_nothing_runs(home: Path) -> None:
    installation = Installation.open(home)
    with open_warehouse(installation) as url_of, psycopg.connect(url_of("oplatency_owner")) as connection:
        connection.execute("create schema mine")
    with open_warehouse(installation) as url_of, psycopg.connect(url_of("oplatency_owner")) as connection:
        assert connection.execute("select 'mine'::regnamespace::text").fetchone() == ("mine",)


def test_the_running_server_is_used_when_there_is_one(home: Path) -> None:
    installation = Installation.open(home)
    with installation.server() as server:
        prepare_cluster(server, installation)
        installation.write_state(
            RunningState(
                supervisor=ProcessMark.current(),
                postgres=ProcessMark.of(server.pid),
                postgres_port=server.port,
                components={},
                api_url="",
                schedules=False,
                started_at="",
            )
        )
        with open_warehouse(installation) as url_of:
            assert f":{server.port}/" in url_of("oplatency_reader")
            assert enters(url_of("oplatency_reader"))


def test_an_unknown_role_is_an_error_that_lists_the_known_ones(home: Path) -> None:
    with (
        pytest.raises(OplatencyError, match="no role nobody") as caught,
        open_warehouse(Installation.open(home)) as url_of,
    ):
        url_of("nobody")
    assert "oplatency_reader" in caught.value.remedy


def test_secrets_of_another_installation_are_refused_by_name(home: Path, tmp_path: Path) -> None:
    ours, other = Installation.open(home), Installation.open(tmp_path / "other")
    with ours.server() as server:
        mixed = Installation(ours.home, other.secrets)
        wrong = mixed.server()
        wrong.port = server.port
        with pytest.raises(OplatencyError, match="password"):
            prepare_cluster(wrong, mixed)
