"""What a real server counted between two polls is an interval, once, whatever was reset meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from oplatency.errors import InputError, OplatencyError, UsageError
from oplatency.ingest import polling
from oplatency.ingest.aggregates import Intervals
from oplatency.local.postgres import EmbeddedPostgres, temporary_server
from oplatency.settings import IngestSettings, PollingSettings, Settings, SourceSettings
from oplatency.settings.ingest import StatementSettings
from oplatency.sources.polled import pg_stat_statements
from oplatency.warehouse.database import Connection, connect

SECRET = "for-tests-only"
SLEEP = "select pg_sleep(?)"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def measured() -> Iterator[EmbeddedPostgres]:
    """Return a server that counts statements, with a role that may see them and one that may not."""
    with temporary_server({"shared_preload_libraries": "pg_stat_statements"}) as running:
        with connect(running.url(), purpose="tests") as admin:
            admin.execute(sql.SQL("create role monitor login password {}").format(sql.Literal(SECRET)))
            admin.execute(sql.SQL("create role nobody login password {}").format(sql.Literal(SECRET)))
            admin.execute("grant pg_read_all_stats to monitor")
        yield running


@dataclass
class App:
    """An application on a database of its own, polled as the source ``app``."""

    server: EmbeddedPostgres
    name: str
    session: Connection
    warehouse_url: str
    warehouse: Connection
    folder: Path
    options: dict[str, Any] = field(default_factory=dict)
    ingest: IngestSettings = field(default_factory=IngestSettings)

    def poll(self, *, role: str = "monitor", name: str | None = None, url: str | None = None) -> Intervals:
        """Poll once; the account balances and agrees with what is stored."""
        (account,) = polling.poll_source(
            self.warehouse_url,
            "app",
            polling.PollContext(
                self.folder,
                datetime.now(UTC),
                Settings(
                    sources={
                        "app": SourceSettings(
                            format="pg_stat_statements",
                            polling=PollingSettings(connection="app_db"),
                            statements=StatementSettings(**self.options),
                        )
                    },
                    ingest=self.ingest,
                ),
                lambda _: url or self.server.url(name or self.name, role, SECRET),
            ),
        )
        assert isinstance(account, Intervals)
        parts = (account.first, account.unchanged, account.left_out, account.counted, account.waiting, account.held)
        assert account.statements == sum(parts)
        return account

    def run(self, query: str, times: int = 1) -> None:
        for _ in range(times):
            self.session.execute(query.encode())

    def entry(self, query: str) -> dict[str, Any]:
        """Return what the server itself tells of a statement now."""
        found = self.session.execute(
            "select calls, total_exec_time, stddev_exec_time, rows, stats_since from pg_stat_statements"
            " where query = %s and dbid = (select oid from pg_database where datname = current_database())",
            (query.replace("?", "$1"),),
        ).fetchall()
        (entry,) = found
        return entry

    def intervals(self, operation: str) -> list[dict[str, Any]]:
        return self.warehouse.execute(
            "select i.*, b.name as branch from oplatency.aggregate_intervals i join oplatency.operation_types o"
            " using (operation_id) join oplatency.branches b using (branch_id) where o.name = %s"
            " order by interval_end, interval_start",
            (operation,),
        ).fetchall()

    def calls(self, operation: str) -> list[int]:
        return [interval["n_calls"] for interval in self.intervals(operation)]

    def operations(self) -> set[str]:
        found = self.warehouse.execute("select name from oplatency.operation_types where area = 'statements'")
        return {row["name"] for row in found}


@pytest.fixture
def app(measured: EmbeddedPostgres, warehouse, connection: Connection, tmp_path: Path) -> Iterator[App]:
    """Return an application whose statements nobody has polled yet."""
    name = f"app_{next(_numbers)}"
    with connect(measured.url(), purpose="tests") as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        # in a schema that no search path names
        with connect(measured.url(name), purpose="tests") as session:
            session.execute('create schema "Extra Things"')
            session.execute('create extension pg_stat_statements schema "Extra Things"')
            session.execute('grant usage on schema "Extra Things" to monitor')
            session.execute('set search_path = public, "Extra Things"')
            session.execute("create table orders (id int primary key, total int)")
            session.execute("select pg_stat_statements_reset()")
            yield App(measured, name, session, warehouse.url(), connection, tmp_path)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_the_first_poll_only_takes_the_snapshot(app: App):
    app.run("select pg_sleep(0)", 3)
    account = app.poll()
    assert (account.first, account.intervals) == (account.statements, 0)
    assert account.statements >= 1
    assert app.operations() == set()


def test_an_interval_is_what_was_run_between_two_polls(app: App):
    for pause in ("0.001", "0.02"):
        app.run(f"select pg_sleep({pause})")
    app.poll()
    before = app.entry(SLEEP)
    for pause in ("0.004", "0.001", "0.012"):
        app.run(f"select pg_sleep({pause})")
    after = app.entry(SLEEP)
    account = app.poll()

    (interval,) = app.intervals(SLEEP)
    assert (interval["n_calls"], interval["n_rows"], interval["branch"]) == (3, 3, "(unknown)")
    total = after["total_exec_time"] - before["total_exec_time"]
    assert interval["total_us"] == pytest.approx(total * 1000)
    assert interval["mean_us"] == pytest.approx(total * 1000 / 3)
    squares = [
        each["calls"] * (each["stddev_exec_time"] ** 2 + (each["total_exec_time"] / each["calls"]) ** 2)
        for each in (before, after)
    ]
    assert interval["sd_us"] == pytest.approx(
        ((squares[1] - squares[0]) / 3 - (total / 3) ** 2) ** 0.5 * 1000, rel=1e-6
    )
    # the pauses deviate by 4.64 ms, the two before by 9.5 ms
    assert interval["sd_us"] > 1000
    assert interval["interval_start"] < interval["interval_end"] == account.taken_at
    assert account.resets == 0


def test_intervals_follow_each_other_without_a_gap(app: App):
    app.run("select pg_sleep(0)")
    first = app.poll()
    for times in (2, 5):
        app.run("select pg_sleep(0)", times)
        app.poll()
    one, two = app.intervals(SLEEP)
    assert (one["n_calls"], two["n_calls"]) == (2, 5)
    assert (one["interval_start"], two["interval_start"]) == (first.taken_at, one["interval_end"])


def test_without_a_call_there_is_no_interval(app: App):
    app.run("select pg_sleep(0)")
    app.poll()
    app.poll()
    app.poll()
    assert app.intervals(SLEEP) == []


def test_a_new_statement_counts_from_its_first_call(app: App):
    app.poll()
    app.run("select pg_sleep(0)", 4)
    since = app.entry(SLEEP)["stats_since"]
    app.poll()
    (interval,) = app.intervals(SLEEP)
    assert (interval["n_calls"], interval["interval_start"]) == (4, since)


@pytest.mark.parametrize("times", [2, 9])
def test_after_a_reset_everything_since_then_is_counted(app: App, times: int):
    app.run("select pg_sleep(0)", 5)
    app.poll()
    app.run("select pg_stat_statements_reset()")
    app.run("select pg_sleep(0)", times)
    account = app.poll()
    (interval,) = app.intervals(SLEEP)
    assert interval["n_calls"] == times
    assert interval["interval_start"] == app.entry(SLEEP)["stats_since"]
    assert account.resets >= 1


@pytest.mark.parametrize("shape", ["since_14", "since_13"])
def test_what_older_versions_have_is_enough(app: App, monkeypatch: pytest.MonkeyPatch, shape: str):
    monkeypatch.setattr(pg_stat_statements, "_SHAPES", {shape: {"total_exec_time"}})
    app.run("select pg_sleep(0)", 5)
    app.poll()
    app.run("select pg_sleep(0)", 2)
    app.poll()
    app.run("select pg_stat_statements_reset()")
    app.run("select pg_sleep(0)", 3)
    app.poll()
    assert app.calls(SLEEP) == [2, 3]


def test_a_reset_of_one_statement_is_none_of_another(app: App):
    app.run("select pg_sleep(0)", 3)
    app.run("select count(*) from orders", 3)
    app.poll()
    app.run(
        "select pg_stat_statements_reset(0, 0, queryid) from pg_stat_statements where query = 'select pg_sleep($1)'"
    )
    app.run("select pg_sleep(0)", 7)
    app.run("select count(*) from orders", 2)
    assert app.poll().resets == 1
    assert app.calls(SLEEP) == [7]
    assert app.calls("select count(*) from orders") == [2]


def test_a_statement_that_was_evicted_and_comes_back_counts_from_zero(app: App):
    app.run("select pg_sleep(0)", 3)
    app.poll()
    app.run("select pg_stat_statements_reset()")
    gone = app.poll()
    app.run("select pg_sleep(0)", 8)
    app.poll()
    (interval,) = app.intervals(SLEEP)
    assert interval["n_calls"] == 8
    assert interval["interval_start"] >= gone.taken_at


def test_counts_survive_a_restart_of_the_server_and_are_not_counted_anew(
    warehouse, connection: Connection, tmp_path: Path
):
    with temporary_server({"shared_preload_libraries": "pg_stat_statements"}) as running:
        running_app = App(running, "postgres", connection, warehouse.url(), connection, tmp_path)
        with connect(running.url(), purpose="tests") as session:
            session.execute("create extension pg_stat_statements")
            session.execute(sql.SQL("create role monitor login password {}").format(sql.Literal(SECRET)))
            session.execute("grant pg_read_all_stats to monitor")
            for _ in range(4):
                session.execute("select pg_sleep(0)")
        running_app.poll()
        running.stop()
        running.start()
        with connect(running.url(), purpose="tests") as session:
            session.execute("select pg_sleep(0)")
        running_app.poll()
    assert running_app.calls(SLEEP) == [1]


def test_F50_two_polls_at_once_count_nothing_twice(app: App):
    app.run("select pg_sleep(0)")
    app.poll()
    app.run("select pg_sleep(0)", 6)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: app.poll(), range(4)))
    assert app.calls(SLEEP) == [6]


def test_F52_a_crash_before_the_end_leaves_everything_to_the_next_poll(app: App, monkeypatch: pytest.MonkeyPatch):
    app.run("select pg_sleep(0)")
    app.poll()
    app.run("select pg_sleep(0)", 6)
    with monkeypatch.context() as patched:

        def crash(*_: object) -> None:
            raise OplatencyError("the watermark does not move")

        patched.setattr(polling, "record_poll", crash)
        with pytest.raises(OplatencyError, match="does not move"):
            app.poll()
    assert app.intervals(SLEEP) == []
    app.poll()
    assert app.calls(SLEEP) == [6]


def test_only_the_statements_of_the_database_are_read_unless_all_are_asked_for(app: App, measured: EmbeddedPostgres):
    with connect(measured.url(), purpose="tests") as other:
        app.poll()
        other.execute("select 'elsewhere' as elsewhere")
        app.poll()
        assert app.intervals("select ? as elsewhere") == []
        app.options = {"all_databases": True}
        assert app.poll().intervals == 0, "another scope begins with a snapshot"
        other.execute("select 'elsewhere' as elsewhere")
        app.poll()
        assert app.calls("select ? as elsewhere") == [1]


def test_a_pattern_names_an_operation_and_pools_its_statements(app: App):
    app.options = {"operations": {"select pg_sleep(*)": "nap", "insert into ORDERS *": "new order"}}
    app.run("select pg_sleep(0)")
    app.poll()
    app.run("select pg_sleep(0.003)", 2)
    app.run("select pg_sleep(0.001 + 0.001)")
    app.run("select pg_sleep(0.001), 1")
    app.run("insert into orders values (1, 2), (3, 4)")
    app.poll()
    assert sum(app.calls("nap")) == 3
    (order,) = app.intervals("new order")
    assert (order["n_calls"], order["n_rows"], order["sd_us"]) == (1, 2, 0)


@pytest.mark.parametrize("name", ["x" * 201, "two\nlines", "\x7f", " "], ids=["long", "lines", "control", "blank"])
def test_F21_a_pattern_that_gives_a_name_no_operation_may_have_is_refused(app: App, name: str):
    app.poll()
    app.options = {"operations": {"select pg_sleep(*)": name}}
    app.run("select pg_sleep(0)")
    with pytest.raises(UsageError, match="cannot name an operation") as caught:
        app.poll()
    assert str(caught.value.where).endswith("statements.operations")
    app.options = {"operations": {"select pg_sleep(*)": "x" * 200}}
    app.poll()
    assert app.calls("x" * 200) == [1]


def test_beyond_the_top_statements_wait_and_nothing_is_lost(app: App):
    app.run("select count(*) from orders")
    app.run("select pg_sleep(0)")
    first = app.poll()
    app.options = {"top": 1}
    app.run("select count(*) from orders", 3)
    app.run("select pg_sleep(0.02)")
    assert app.poll().waiting >= 1
    assert app.intervals("select count(*) from orders") == []
    app.options = {}
    app.run("select count(*) from orders", 2)
    app.poll()
    (interval,) = app.intervals("select count(*) from orders")
    assert (interval["n_calls"], interval["interval_start"]) == (5, first.taken_at)


def test_new_operations_are_held_by_policy_and_counted_once_admitted(app: App):
    app.ingest = IngestSettings(new_operations="hold")
    app.poll()
    app.run("select pg_sleep(0)", 2)
    since = app.entry(SLEEP)["stats_since"]
    held = app.poll()
    assert SLEEP in held.held_operations
    assert held.intervals == 0
    app.warehouse.execute(
        "insert into oplatency.operation_types (name, category, area, origin) values (%s, 'READ', 'app', 'person')",
        (SLEEP,),
    )
    app.run("select pg_sleep(0)", 3)
    app.poll()
    (interval,) = app.intervals(SLEEP)
    assert (interval["n_calls"], interval["interval_start"]) == (5, since)


@pytest.mark.parametrize(
    ("options", "ingest"), [({"max_operations": 1}, {}), ({}, {"max_new_operations": 1})], ids=["in all", "of a poll"]
)
def test_F24_the_catalogue_is_not_filled(app: App, options: dict[str, Any], ingest: dict[str, Any]):
    app.options, app.ingest = options, IngestSettings(**ingest)
    app.poll()
    for number in range(5):
        app.run(f"select 1{', 1' * number}")
    account = app.poll()
    assert (len(app.operations()), account.held >= 4) == (1, True)


def test_no_literal_of_a_utility_statement_is_stored(app: App):
    app.options = {"utility_statements": True}
    app.poll()
    app.run("create role temporary password 'hunter2'")
    app.run("drop role temporary")
    app.poll()
    names = app.operations()
    assert [name for name in names if name.startswith("create ")]
    assert [name for name in names if "hunter2" in name or "temporary" in name] == []


def test_utility_statements_are_left_out_by_default(app: App):
    app.poll()
    app.run("create role temporary password 'hunter2'")
    app.run("drop role temporary")
    assert app.poll().left_out >= 2
    assert [name for name in app.operations() if name.startswith(("create", "drop"))] == []


def test_aggregates_are_no_samples(app: App):
    app.run("select pg_sleep(0)")
    app.poll()
    app.run("select pg_sleep(0)", 5)
    app.poll()
    for table in ("metrics", "ingest_batches", "dirty_ranges"):
        assert app.warehouse.execute(f"select * from oplatency.{table}".encode()).fetchall() == []
    found = app.warehouse.execute("select * from oplatency.v_statement_aggregates where operation_type = %s", (SLEEP,))
    assert [row["calls"] for row in found] == [5]
    watermark = app.warehouse.execute("select source, stream from oplatency.source_watermarks").fetchall()
    assert watermark == [{"source": "app", "stream": "statements"}]


def test_a_database_without_the_extension_is_an_error(app: App):
    with pytest.raises(InputError, match="is not in the database") as caught:
        app.poll(name="postgres")
    assert "create extension pg_stat_statements" in caught.value.remedy
    assert SECRET not in str(caught.value)


def test_a_role_that_does_not_see_the_statements_of_others_is_an_error(app: App):
    with pytest.raises(InputError, match="nobody may not see") as caught:
        app.poll(role="nobody")
    assert "grant pg_read_all_stats to nobody" in caught.value.remedy


def test_a_role_that_may_not_use_the_schema_is_an_error(app: App):
    app.run('revoke usage on schema "Extra Things" from monitor')
    with pytest.raises(InputError, match="may not use the schema") as caught:
        app.poll()
    assert 'grant usage on schema "Extra Things" to monitor' in caught.value.remedy


def test_a_server_that_has_not_loaded_the_library_is_an_error(app: App, warehouse):
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute("create extension pg_stat_statements schema public")
    with pytest.raises(InputError, match="has not loaded") as caught:
        app.poll(url=warehouse.url("postgres"))
    assert "shared_preload_libraries" in caught.value.remedy


def test_a_clock_that_went_back_is_an_error_and_loses_nothing(app: App):
    app.run("select pg_sleep(0)")
    app.poll()
    app.run("select pg_sleep(0)", 2)
    later = "update oplatency.statement_polls set taken_at = taken_at %s interval '1 day'"
    app.warehouse.execute((later % "+").encode())
    with pytest.raises(InputError, match="clock of the server"):
        app.poll()
    app.warehouse.execute((later % "-").encode())
    app.poll()
    assert app.calls(SLEEP) == [2]
