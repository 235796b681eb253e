"""A pgGit in either shape is read from the watermark on, and left as it is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pggit_schemas import MICROSECONDS, MICROSECONDS_ROWS, UUID_ROWS, UUIDS
from psycopg import sql

from ingestion import Ingestion
from oplatency.errors import InputError, OplatencyError, UsageError
from oplatency.ingest import polling
from oplatency.settings import PollingSettings, Settings, SourceSettings
from oplatency.sources.polled import pggit
from oplatency.sources.polled.contract import Poll
from oplatency.warehouse.database import Connection, connect, read_view

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROLE = "pggit_reader"
DECLARED = SourceSettings(format="pggit", assume_tz="UTC", polling=PollingSettings(connection="pggit_db"))
_numbers = itertools.count(1)

Make = Callable[..., str]


@pytest.fixture(scope="module")
def reader(server) -> str:
    """Return the name of a role that may read nothing unless it is granted."""
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(sql.SQL("create role {} login password 'for-tests-only'").format(sql.Identifier(ROLE)))
    return ROLE


@pytest.fixture
def make(server, reader: str) -> Iterator[Make]:
    """Return a function that makes a database by a script and returns its URL for the reader."""
    made = []

    def database(*scripts: str, grants: str = "on all tables in schema pggit") -> str:
        name = f"pggit_{next(_numbers)}"
        made.append(name)
        with connect(server.url(), purpose="tests") as admin:
            admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        with connect(server.url(name), purpose="tests") as owner:
            for script in scripts:
                owner.execute(script.encode())
            if grants:
                owner.execute(f"grant usage on schema pggit to {ROLE}; grant select {grants} to {ROLE}".encode())
        return str(server.url(name, ROLE, "for-tests-only"))

    yield database
    with connect(server.url(), purpose="tests") as admin:
        for name in made:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def read(url: str, stream: str, *, since: datetime = NOON - DAY, settings: SourceSettings = DECLARED) -> list[Any]:
    return list(pggit.read(Poll("git", stream, url, settings, since, NOON)))


def values(events: list[Any]) -> list[dict[str, Any]]:
    """Return what was told, without what was not; JSON is read."""
    found = []
    for event in events:
        told = {name: value for name, value in event.values.items() if value is not None}
        assert all(isinstance(value, str) for value in told.values())
        found.append(
            {name: json.loads(text) if name in ("metadata", "error", "record") else text for name, text in told.items()}
        )
    return found


def test_metrics_in_microseconds_are_calls(make: Make):
    events = read(make(MICROSECONDS, MICROSECONDS_ROWS), "metrics")
    assert [event.marked_at.isoformat() for event in events] == [
        "2026-03-10T09:00:00.002500+00:00",
        "2026-03-10T09:10:00.080000+00:00",
    ]
    assert values(events) == [
        {
            "event_id": "pggit:metric:1",
            "operation": "commit",
            "started_at": "2026-03-10T09:00:00",
            "ended_at": "2026-03-10T09:00:00.0025",
            "duration_us": "2500",
            "duration_ms": "2.500",
            "branch": "main",
            "user_name": "ann",
            "session": "s-1",
            "rows_affected": "3",
            "memory_bytes": "1024",
            "cpu_us": "900",
            "metadata": {"files": 2, "operation_name": "first"},
        },
        {
            "event_id": "pggit:metric:2",
            "operation": "merge",
            "started_at": "2026-03-10T09:10:00",
            "ended_at": "2026-03-10T09:10:00.08",
            "duration_us": "80000",
            "duration_ms": "80.000",
            "user_name": "bob",
            "error": {"code": "40001"},
        },
    ]


def test_steps_that_have_ended_are_spans_of_the_trace_of_the_topmost_one(make: Make):
    child, root = values(read(make(MICROSECONDS, MICROSECONDS_ROWS), "traces"))
    assert child["record"] == {
        "trace_id": "t-1",
        "span_id": "s-2",
        "parent_span_id": "s-1",
        "name": "detect conflicts",
        "status": "ERROR",
        "is_call": False,
    }
    assert child["error"] == {"message": "no base"}
    assert (root["kind"], root["duration_us"], root["branch"], root["metadata"]) == (
        "span",
        "80000",
        "feature",
        {"depth": 1},
    )
    assert (root["record"]["trace_id"], root["record"]["parent_span_id"]) == ("t-1", None)


def test_merges_bring_their_phases(make: Make):
    (merge,) = values(read(make(MICROSECONDS, MICROSECONDS_ROWS), "merges"))
    assert merge == {
        "kind": "merge",
        "event_id": "pggit:merge:1",
        "operation": "merge",
        "started_at": "2026-03-10T09:10:00",
        "duration_us": "80000",
        "branch": "main",
        "user_name": "ann",
        "session": "m-1",
        "record": {
            "source_branch": "feature",
            "target_branch": "main",
            "merge_base_us": 100,
            "conflict_detection_us": 200,
            "auto_resolution_us": 300,
            "n_conflicts": 3,
            "n_auto_resolved": 2,
            "n_unresolved": 1,
            "status": "PARTIAL_SUCCESS",
            "outcome": {"kept": 2},
        },
    }


def test_metrics_with_uuids_are_calls_once_they_have_completed(make: Make):
    first, second = values(read(make(UUIDS, UUID_ROWS), "metrics"))
    assert first == {
        "event_id": "pggit:metric:00000000-0000-0000-0000-00000000000a",
        "operation": "branch_create",
        "started_at": "2026-03-10T09:00:00",
        "duration_ms": "12.300",
        "rows_affected": "5",
        "memory_bytes": "1572864",
        "cpu_us": "9840",
        "metadata": {"branch": "x", "operation_name": "new branch"},
    }
    assert (second["operation"], second["ended_at"]) == ("migration", "2026-03-10T09:05:02")


def test_steps_with_uuids_are_spans_once_they_have_ended(make: Make):
    spans = values(read(make(UUIDS, UUID_ROWS), "traces"))
    assert [span["record"]["name"] for span in spans] == ["leaf", "part", "whole"]
    assert {span["record"]["trace_id"] for span in spans} == {"00000000-0000-0000-0000-0000000000c0"}
    assert spans[0]["record"]["parent_span_id"] == "00000000-0000-0000-0000-0000000000b0"


def test_a_pggit_with_uuids_has_no_merges(make: Make):
    assert read(make(UUIDS, UUID_ROWS), "merges") == []


def test_only_what_was_recorded_since_is_read(make: Make):
    url = make(MICROSECONDS, MICROSECONDS_ROWS)
    since = datetime(2026, 3, 10, 9, 10, 0, 80000, tzinfo=UTC)
    for stream in ("metrics", "traces", "merges"):
        assert len(read(url, stream, since=since)) == 1
        assert read(url, stream, since=since + timedelta(microseconds=1)) == []


def test_times_are_read_in_the_zone_that_the_source_declares(make: Make):
    berlin = DECLARED.model_copy(update={"assume_tz": "Europe/Berlin"})
    (event, _) = read(make(MICROSECONDS, MICROSECONDS_ROWS), "metrics", settings=berlin)
    assert event.marked_at == datetime(2026, 3, 10, 8, 0, 0, 2500, tzinfo=UTC)
    assert event.values["started_at"] == "2026-03-10T09:00:00"


def test_F32_what_is_recorded_while_clocks_go_back_is_not_missed(make: Make):
    berlin = DECLARED.model_copy(update={"assume_tz": "Europe/Berlin"})
    url = make(
        MICROSECONDS,
        "insert into pggit.performance_metrics (operation_type, duration_microseconds, duration_ms, start_time,"
        " end_time, user_name, recorded_at, period_start) values ('commit', 1000, 1, '2025-10-26 02:10',"
        " '2025-10-26 02:10:00.001', 'ann', '2025-10-26 02:10:00.001', '2025-10-26')",
    )
    # 02:30 of summer time; the row says 02:10, of winter time
    assert len(read(url, "metrics", since=datetime(2025, 10, 26, 0, 30, tzinfo=UTC), settings=berlin)) == 1


def test_F07_an_infinite_time_is_left_to_the_gate(make: Make):
    url = make(
        MICROSECONDS,
        "insert into pggit.operation_traces (trace_id, span_id, operation_type, span_name, start_time, end_time,"
        " duration_microseconds, user_name) values ('t', 's', 'commit', 'x', 'infinity', 'infinity', 1, 'ann')",
    )
    (event,) = read(url, "traces")
    assert event.marked_at > NOON
    assert event.values["started_at"] == "infinity"


def test_without_a_zone_times_without_an_offset_are_not_guessed(make: Make):
    with pytest.raises(UsageError, match="declares no zone") as caught:
        read(make(MICROSECONDS), "metrics", settings=DECLARED.model_copy(update={"assume_tz": None}))
    assert 'assume_tz = "UTC"' in caught.value.remedy


@pytest.mark.parametrize(
    ("scripts", "told"),
    [
        ([], "there is no table pggit.performance_metrics and no pggit.operation_traces"),
        ([UUIDS, "drop table pggit.operation_traces"], "there is no table pggit.operation_traces"),
        ([UUIDS, "alter table pggit.performance_metrics drop completed_at"], "neither shape"),
        ([MICROSECONDS, "drop table pggit.merge_performance_metrics"], "neither shape"),
    ],
)
def test_what_is_no_pggit_of_either_shape_is_an_error(make: Make, scripts: list[str], told: str):
    with pytest.raises(InputError, match=told) as caught:
        read(make(*scripts, grants="on all tables in schema pggit" if scripts else ""), "metrics")
    assert "for-tests-only" not in str(caught.value)


@pytest.mark.parametrize("grants", ["", "on pggit.performance_metrics"])
def test_a_role_that_may_not_read_is_told_which_table(make: Make, grants: str):
    with pytest.raises(InputError, match="may not read pggit.") as caught:
        read(make(UUIDS, grants=grants), "metrics")
    assert "select on its tables" in caught.value.remedy


def test_F128_a_server_that_is_not_there_is_an_error_without_the_password(make: Make):
    url = make(UUIDS).replace("for-tests-only", "wrong-secret")
    with pytest.raises(OplatencyError, match="cannot be reached") as caught:
        read(url, "metrics")
    assert "wrong-secret" not in str(caught.value)


def test_nothing_in_the_database_is_changed(make: Make, warehouse, tmp_path: Path, server):
    url = make(MICROSECONDS, MICROSECONDS_ROWS, grants="on all tables in schema pggit")
    before = content(server, url)
    poll(Ingestion(warehouse.url(), tmp_path), url)
    assert content(server, url) == before


def test_the_session_may_not_write_even_where_its_role_may(make: Make, server):
    url = make(MICROSECONDS, MICROSECONDS_ROWS)
    writing = [
        "create function pggit.touched() returns text language plpgsql as"
        " $$ begin delete from pggit.performance_metrics; return 'x'; end $$",
        "alter table pggit.branches rename to old_branches",
        "create view pggit.branches as select branch_id, pggit.touched() as branch_name from pggit.old_branches",
        f"grant all on all tables in schema pggit to {ROLE}",
    ]
    name = url.rpartition("/")[2]
    with connect(server.url(name), purpose="tests") as owner:
        for each in writing:
            owner.execute(each.encode())
    with pytest.raises(OplatencyError, match="read-only transaction"):
        read(url, "metrics")


def test_a_poll_brings_everything_once_through_the_gate(make: Make, warehouse, tmp_path: Path):
    ingestion = Ingestion(warehouse.url(), tmp_path)
    url = make(MICROSECONDS, MICROSECONDS_ROWS)
    accounts = poll(ingestion, url)
    assert [(account.rows_in, account.accepted) for account in accounts] == [(2, 2), (2, 2), (1, 1)]
    assert all(account.quarantined == 0 for account in accounts)
    with connect(ingestion.url, purpose="tests") as connection:
        steps = read_view(connection, "v_trace_hierarchy")
        (merge,) = read_view(connection, "v_merge_performance_summary")
    assert [(step["span_name"], step["depth"], step["span_status"], step["duration_ms"]) for step in steps] == [
        ("merge feature", 0, "SUCCESS", 80.0),
        ("detect conflicts", 1, "ERROR", 30.0),
    ]
    assert (merge["source_branch"], merge["target_branch"], merge["merge_status"]) == (
        "feature",
        "main",
        "PARTIAL_SUCCESS",
    )
    assert (merge["total_ms"], merge["conflict_count"], merge["unresolved"], merge["user_name"]) == (80.0, 3, 1, "ann")
    assert [(fact["operation"], fact["branch"], fact["duration_us"]) for fact in ingestion.facts()][:1] == [
        ("commit", "main", 2500)
    ]
    digest = ingestion.digest()
    assert {row["of_table"]: row["n_rows"] for row in digest} == {"metrics": 2, "spans": 2, "merges": 1}
    poll(ingestion, url, at=NOON + timedelta(minutes=5))
    poll(ingestion, url, at=NOON + timedelta(minutes=10))
    assert ingestion.digest() == digest


def poll(ingestion: Ingestion, url: str, *, at: datetime = NOON) -> list[Any]:
    return polling.poll_source(
        ingestion.url,
        "git",
        polling.PollContext(ingestion.folder, at, Settings(sources={"git": DECLARED}), lambda name: url),
    )


def content(server, url: str) -> list[Any]:
    """Return everything in the schema: objects with their versions, columns, rights, rows."""
    queries = (
        "select oid, xmin::text, relname, relacl::text, relfilenode from pg_class"
        " where relnamespace = 'pggit'::regnamespace order by oid",
        "select attrelid, attname, pg_attribute.xmin::text from pg_attribute join pg_class on attrelid = pg_class.oid"
        " where relnamespace = 'pggit'::regnamespace order by 1, 2",
        "select oid, xmin::text from pg_proc where pronamespace = 'pggit'::regnamespace",
        "select last_value, is_called from pggit.performance_metrics_metric_id_seq",
        "select xmin::text, xmax::text, m.* from pggit.performance_metrics as m order by metric_id",
        "select xmin::text, xmax::text, t.* from pggit.operation_traces as t order by span_id",
        "select xmin::text, xmax::text, m.* from pggit.merge_performance_metrics as m order by 3",
        "select count(*) from pg_class",
    )
    connection: Connection
    with connect(server.url(url.rpartition("/")[2]), purpose="tests") as connection:
        return [connection.execute(query.encode()).fetchall() for query in queries]
