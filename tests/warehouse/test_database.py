"""Sessions are alike whatever the server's settings, statements come from files, and no message holds a password."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from oplatency.errors import OplatencyError
from oplatency.settings import DatabaseSettings
from oplatency.warehouse import database
from oplatency.warehouse.database import (
    connect,
    copy_records,
    copy_text,
    environment_url,
    insert,
    lock_job,
    read_view,
    row,
    rows,
    run,
    shown_url,
    statement,
)

SECRET = "s3cret-pass"


def setting(connection, name: str) -> str:
    return connection.execute("select current_setting(%s) as value", (name,)).fetchone()["value"]


@pytest.mark.parametrize("disturbed", [False, True])
def test_F79_a_session_is_the_same_whatever_the_server_is_set_to(warehouse, disturbed: bool):
    changed = {
        "timezone": "America/New_York",
        "datestyle": "German",
        "intervalstyle": "sql_standard",
        "extra_float_digits": "-10",
        "bytea_output": "escape",
        "statement_timeout": "1",
        "jit": "on",
    }
    if disturbed:
        with connect(warehouse.server.url(), purpose="tests") as admin:
            for name, value in changed.items():
                for level in ("database {} set", "role oplatency_writer in database {} set"):
                    admin.execute(
                        sql.SQL("alter " + level + " {} to {}").format(
                            sql.Identifier(warehouse.database), sql.Identifier(name), sql.Literal(value)
                        )
                    )
    with connect(warehouse.url(), purpose="tests") as connection:
        shown = {name: setting(connection, name) for name in changed}
        told = connection.execute(
            "select '2026-07-01T00:00Z'::timestamptz::text as at, (1::float8 / 3)::text as third,"
            " '\\x01'::bytea::text as b, (interval '1 day 1 hour')::text as i"
        ).fetchone()
    assert shown == {
        "timezone": "UTC",
        "datestyle": "ISO, YMD",
        "intervalstyle": "postgres",
        "extra_float_digits": "1",
        "bytea_output": "hex",
        "statement_timeout": "10min",
        "jit": "off",
    }
    assert told == {
        "at": "2026-07-01 00:00:00+00",
        "third": "0.3333333333333333",
        "b": "\\x01",
        "i": "1 day 01:00:00",
    }


def test_a_session_says_who_it_is_and_ends_what_hangs(warehouse):
    limits = DatabaseSettings(statement_timeout_s=7, lock_timeout_s=3, idle_in_transaction_timeout_s=9)
    with connect(warehouse.url(), purpose="x" * 100, settings=limits) as connection:
        assert setting(connection, "application_name") == "oplatency:" + "x" * 53
        assert setting(connection, "statement_timeout") == "7s"
        assert setting(connection, "lock_timeout") == "3s"
        assert setting(connection, "idle_in_transaction_session_timeout") == "9s"
        assert setting(connection, "client_connection_check_interval") == "2s"
    assert connection.closed


def test_a_session_is_closed_when_its_block_fails(warehouse):
    with pytest.raises(RuntimeError), connect(warehouse.url(), purpose="tests") as connection:
        raise RuntimeError("anything")
    assert connection.closed


def test_a_statement_that_takes_too_long_is_ended(warehouse):
    limits = DatabaseSettings(statement_timeout_s=0.2)
    with (
        connect(warehouse.url(), purpose="tests", settings=limits) as connection,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        connection.execute("select pg_sleep(60)")


@pytest.mark.parametrize(
    ("fault", "user", "told"),
    [
        ("unreachable", "oplatency_writer", "cannot be reached"),
        ("refused", "oplatency_writer", "password authentication failed"),
        ("refused", "nobody", "password authentication failed"),
    ],
)
@pytest.mark.parametrize("form", ["url", "dsn"])
def test_F128_a_login_that_fails_is_told_without_the_password(server, fault: str, user: str, told: str, form: str):
    port = 1 if fault == "unreachable" else server.port
    url = f"postgresql://{user}:{SECRET}@127.0.0.1:{port}/postgres"
    if form == "dsn":
        url = f"host=127.0.0.1 port={port} user={user} password={SECRET} dbname=postgres"
    with pytest.raises(OplatencyError, match=told) as caught, connect(url, purpose="tests"):
        pass
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "OPLATENCY_DATABASE_URL" in caught.value.remedy
    if form == "url":
        assert caught.value.where == f"postgresql://{user}@127.0.0.1:{port}/postgres"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://writer:{SECRET}@127.0.0.1:notaport/db",
        f"postgresql://writer:{SECRET}@127.0.0.1:1,127.0.0.1:2/db",
        f"postgresql://writer:%zz{SECRET}@127.0.0.1:1/db",
        f"postgresql://writer:/{SECRET}@127.0.0.1:1/db",
        f"postgresql://writer:1#{SECRET}@127.0.0.1:1/db",
        f"postgresql://writer:{SECRET}/x@127.0.0.1:1/db",
        f"postgresql://writer:x@{SECRET}@127.0.0.1:1/db",
        f"{SECRET}",
        f"host=127.0.0.1 port=1 password='{SECRET}",
    ],
)
def test_F128_a_url_that_cannot_be_read_is_told_without_any_part_of_it(url: str):
    with pytest.raises(OplatencyError) as caught, connect(url, purpose="tests"):
        pass
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__
    assert caught.value.remedy


def test_a_url_is_shown_without_its_password():
    assert shown_url("postgresql://a:b@host:5432/db") == "postgresql://a@host:5432/db"
    assert shown_url("postgresql://a:p%40ss@host:5432/db?sslmode=require") == "postgresql://a@host:5432/db"


@pytest.mark.parametrize(
    ("value", "expected"), [("postgresql://a@b/c", "postgresql://a@b/c"), ("", None), (None, None)]
)
def test_the_warehouse_is_the_one_the_environment_names(monkeypatch, value, expected):
    monkeypatch.delenv("OPLATENCY_DATABASE_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("OPLATENCY_DATABASE_URL", value)
    assert environment_url() == expected


def test_a_statement_is_the_text_of_its_file(project: Path):
    assert statement("session/reference_time") == (project / "sql/session/reference_time.sql").read_text()
    with pytest.raises(OplatencyError, match="statement file is missing") as caught:
        statement("session/nothing")
    assert caught.value.where.endswith("sql/session/nothing.sql")


def test_statements_return_rows_by_name_or_how_many_they_touched(connection):
    insert(connection, "jobs/load_bootstrap/insert_user", [{"name": "ada"}, {"name": "grace"}, {"name": "ada"}])
    assert insert(connection, "jobs/load_bootstrap/insert_user", []) == 0
    assert run(connection, "jobs/load_bootstrap/insert_user", {"name": "ada"}) == 0
    assert run(connection, "jobs/load_bootstrap/insert_user", {"name": "edsger"}) == 1
    names = connection.execute("select name from oplatency.users where user_id > 0 order by user_id").fetchall()
    assert [found["name"] for found in names] == ["ada", "grace", "edsger"]
    assert rows(connection, "jobs/load_bootstrap/read_as_of") == []
    with pytest.raises(OplatencyError, match="returned no row") as caught:
        row(connection, "jobs/load_bootstrap/read_as_of")
    assert caught.value.where == "sql/jobs/load_bootstrap/read_as_of.sql"


def test_values_reach_the_server_as_values(connection):
    hostile = "'); drop table oplatency.users; -- %s %(name)s"
    run(connection, "jobs/load_bootstrap/insert_user", {"name": hostile})
    assert connection.execute("select name from oplatency.users where name = %s", (hostile,)).fetchall()


def test_a_view_is_read_in_its_order_and_up_to_a_limit(connection):
    assert len(read_view(connection, "v_performance_dashboard_summary")) == 1
    assert read_view(connection, "v_performance_dashboard_summary", limit=0) == []
    with pytest.raises(psycopg.errors.UndefinedTable):
        read_view(connection, 'v_digest"; drop table users; --')


def test_blocks_of_text_are_copied_as_they_are(connection):
    token = "00000000-0000-0000-0000-000000000001"
    blocks = [f"{token}\t1\t2\ta\\tb\n{token}\t2\t".encode(), b"3\t\\\\N\n"]
    copy_text(connection, "staged_rows", ("run_token", "row_no", "line_no", "raw"), blocks)
    found = connection.execute("select row_no, line_no, raw from oplatency.staged_rows order by row_no").fetchall()
    assert [tuple(each.values()) for each in found] == [(1, 2, "a\tb"), (2, 3, "\\N")]


def test_records_are_copied_value_by_value_whatever_the_order_of_their_keys(connection):
    records = [
        {"row_no": 1, "line_no": 2, "raw": "a", "problem": "a\tb\n\\N"},
        {"problem": None, "raw": "", "line_no": 3, "row_no": 2},
    ]
    copy_records(connection, "staged_rows", records, run_token=UUID(int=1))
    copy_records(connection, "staged_rows", [], run_token=UUID(int=1))
    found = connection.execute("select * from oplatency.staged_rows order by row_no").fetchall()
    told = [(row["run_token"], row["line_no"], row["raw"], row["problem"]) for row in found]
    assert told == [(UUID(int=1), 2, "a", "a\tb\n\\N"), (UUID(int=1), 3, "", None)]


def test_records_are_copied_in_the_types_of_the_columns_to_the_last_digit(connection):
    at = datetime(2026, 3, 10, 23, 59, 59, 999_999, tzinfo=UTC)
    records = [
        {
            "operation_id": 1,
            "window_start": at,
            "observed": 3,
            "expected": 0.1 + 0.2,
            "gates": Jsonb([["n", 6.0, 6, True]]),
        },
        {"operation_id": 2, "window_start": at, "observed": None, "expected": 5e-324, "gates": Jsonb([])},
    ]
    copy_records(connection, "staged_verdicts", records)
    names = ", ".join(records[0])
    found = connection.execute(
        f"select {names} from oplatency.staged_verdicts order by operation_id".encode()
    ).fetchall()
    assert [tuple(row.values()) for row in found] == [
        (1, at, 3.0, 0.1 + 0.2, [["n", 6.0, 6, True]]),
        (2, at, None, 5e-324, []),
    ]


def test_one_job_at_a_time_publishes_and_another_job_is_not_held_back(warehouse, connection):
    limits = DatabaseSettings(advisory_lock_timeout_s=0.2)
    with connect(warehouse.url(), purpose="other") as other:
        with other.transaction():
            lock_job(other, "alpha")
            with connection.transaction():
                lock_job(connection, "beta", settings=limits)
            with pytest.raises(OplatencyError, match="Another run of alpha has been"), connection.transaction():
                lock_job(connection, "alpha", settings=limits)
        # it ends with the transaction
        with connection.transaction():
            lock_job(connection, "alpha", settings=limits)


def test_the_wait_for_a_publish_leaves_the_other_lock_timeout_alone(connection):
    with connection.transaction():
        lock_job(connection, "alpha", settings=DatabaseSettings(advisory_lock_timeout_s=77))
        assert setting(connection, "lock_timeout") == "77s"
    assert setting(connection, "lock_timeout") == "15s"


def test_the_statements_are_found_beside_the_package_or_within_it():
    assert (database.sql_root() / "migrations").is_dir()
