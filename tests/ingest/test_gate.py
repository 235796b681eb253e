"""Bringing files in: reruns, overtaken and crashed attempts, files that cannot be used, and what the facts hold."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingestion import ARRIVED, GOOD, HEADER, Ingestion, csv_text
from oplatency import cli
from oplatency.errors import FencedError, GateFailedError, InputError, OplatencyError
from oplatency.ingest import batches, gate, landing
from oplatency.ingest.batches import Batch
from oplatency.jobs import windowed_job
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import IngestSettings, Settings
from oplatency.warehouse.database import connect, read_view, statement

DAY = datetime(2026, 3, 9, tzinfo=UTC)
BATCH = [GOOD, "commit,2026-03-09T11:00:00Z,6000", "merge,2026-03-09T11:30:00Z,50000"]


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def test_every_column_of_a_file_is_kept(ingestion: Ingestion):
    header = (
        "operation,started_at,ended_at,duration_us,duration_ms,period_start,event_id,branch,user,session,"
        "rows_affected,memory_bytes,cpu_us,metadata,error"
    )
    call = (
        "commit,2026-03-09T12:00:00+02:00,2026-03-09T10:00:00.005Z,5000,5,2026-03-09,e-1,main,ann,s-1,"
        '7,1024,4000,"{""size"": 3}",timeout'
    )

    ingestion.land(csv_text([call], header))

    (fact,) = ingestion.facts()
    told = {name: fact[name] for name in ("operation", "branch", "user_name", "session", "duration_us")}
    assert told == {
        "operation": "commit",
        "branch": "main",
        "user_name": "ann",
        "session": "s-1",
        "duration_us": 5000,
    }
    assert fact["started_at"] == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert (fact["rows_affected"], fact["memory_bytes"], fact["cpu_us"]) == (7, 1024, 4000)
    assert (fact["metadata"], fact["error"]) == ({"size": 3}, "timeout")


def test_the_duration_is_told_by_microseconds_else_milliseconds_else_the_end(ingestion: Ingestion):
    rows = [
        "a,2026-03-09T10:00:00Z,5000,,",
        "b,2026-03-09T10:00:00Z,,6.5,",
        "c,2026-03-09T10:00:00Z,,,2026-03-09T10:00:01Z",
    ]

    ingestion.land(csv_text(rows, "operation,started_at,duration_us,duration_ms,ended_at"))

    assert [(fact["operation"], fact["duration_us"]) for fact in ingestion.facts()] == [
        ("a", 5000),
        ("b", 6500),
        ("c", 1_000_000),
    ]


def test_the_same_file_again_is_all_duplicates_and_changes_no_fact(ingestion: Ingestion):
    content = csv_text(BATCH)
    first, digest = ingestion.land(content), ingestion.digest()

    again = ingestion.land(content)

    assert (first.accepted, first.duplicate) == (3, 0)
    assert (again.accepted, again.duplicate) == (0, 3)
    assert digest[0]["n_rows"] == 3
    assert ingestion.digest() == digest


def test_the_same_calls_in_another_file_of_another_source_are_duplicates(ingestion: Ingestion):
    ingestion.land(csv_text(BATCH))
    rows = [f"{row.split(',')[2]},{','.join(row.split(',')[:2])}" for row in reversed(BATCH)]

    other = ingestion.land(csv_text(rows, "duration_us,operation,started_at"), name="other.csv", source="elsewhere")

    assert (other.accepted, other.duplicate) == (0, 3)


def test_a_call_without_an_identity_is_recognised_again_whatever_stood_beside_it(ingestion: Ingestion):
    header = f"{HEADER},event_id"
    ingestion.land(csv_text([f"{GOOD},e-1", f"{GOOD},"], header))

    again = ingestion.land(csv_text([f"{GOOD},"], header), name="alone.csv")

    assert (again.accepted, again.duplicate) == (0, 1)


def test_touched_hours_are_noted_once_a_batch(ingestion: Ingestion):
    ingestion.land(csv_text([*BATCH, "commit,2026-03-09T11:59:59.999999Z,1"]))

    noted = ingestion.query(
        "select name, hour_at from oplatency.dirty_ranges join oplatency.operation_types using (operation_id)"
        " order by name, hour_at"
    )
    assert [(row["name"], row["hour_at"].hour) for row in noted] == [("commit", 10), ("commit", 11), ("merge", 11)]


def test_partitions_are_made_by_a_role_that_may_make_no_tables(ingestion: Ingestion, connection, owner):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("create table oplatency.metrics_of_my_own (id integer)")

    ingestion.land(csv_text([GOOD, "commit,2026-02-01T00:00:00Z,5000"]))

    made = owner.execute(
        "select relname, relowner::regrole::text as owner from pg_class where relname in"
        " ('metrics_p20260201', 'metrics_p20260309') order by 1"
    ).fetchall()
    assert [tuple(row.values()) for row in made] == [
        ("metrics_p20260201", "oplatency_owner"),
        ("metrics_p20260309", "oplatency_owner"),
    ]


def test_F33_a_call_at_midnight_belongs_to_the_day_that_begins(ingestion: Ingestion):
    midnight = DAY + timedelta(days=1)
    before = midnight - timedelta(microseconds=1)
    rows = [f"commit,{(midnight - n * timedelta(days=1)).isoformat()},1000" for n in range(8)]

    ingestion.land(csv_text([*rows, f"commit,{before.isoformat()},9000"]))

    days = ingestion.query(
        "select started_at, right(tableoid::regclass::text, 8) as day_on from oplatency.metrics"
        " where duration_us = 9000 or started_at = '2026-03-10T00:00Z' order by started_at"
    )
    assert [(row["started_at"], row["day_on"]) for row in days] == [(before, "20260309"), (midnight, "20260310")]
    windowed_job.run(ingestion.url, RECALCULATE, Request(Settings(), midnight))
    (baseline,) = ingestion.query("select n_calls, min_us, max_us from oplatency.baselines")
    # seven midnights and the last microsecond of [3 March, 10 March); the eighth midnight is its end
    assert tuple(baseline.values()) == (8, 1000, 9000)


def test_new_operations_are_admitted_with_the_name_of_their_source(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD]))

    (known,) = ingestion.query("select name, category, area, origin from oplatency.operation_types")
    assert tuple(known.values()) == ("commit", "UNKNOWN", "app", "ingest")


def test_new_operations_wait_for_a_person_where_the_settings_say_so(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD]))
    ingestion.settings = Settings(ingest=IngestSettings(new_operations="hold"))

    batch = ingestion.land(csv_text(BATCH[1:]), name="second.csv")

    assert (batch.accepted, batch.reasons) == (1, {"unknown_operation": 1})
    (row,) = ingestion.quarantine()
    assert (row["line_no"], row["detail"]) == (3, "the operation merge is not in the catalogue")


def test_F24_a_batch_brings_no_more_new_operations_than_the_settings_allow(ingestion: Ingestion):
    ingestion.settings = Settings(ingest=IngestSettings(max_new_operations=2))
    ingestion.land(csv_text([GOOD]))
    rows = [f"{name},2026-03-09T10:00:00Z,5" for name in ("x3", "x1", "x2", "x3", "x0", "x2", "commit")]

    batch = ingestion.land(csv_text(rows), name="many.csv")

    assert (batch.accepted, batch.duplicate, batch.reasons) == (4, 0, {"cardinality_limit": 3})
    assert {row["line_no"] for row in ingestion.quarantine()} == {4, 6, 7}
    assert {fact["operation"] for fact in ingestion.facts()} == {"commit", "x3", "x1"}


def test_F14_a_file_with_a_wrong_header_changes_nothing_at_all(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD]))
    before = ingestion.row_counts()

    with pytest.raises(InputError, match="unknown column 'duration_uss'") as caught:
        ingestion.stage(csv_text(BATCH, "operation,started_at,duration_uss"), name="wrong.csv")

    assert caught.value.where == f"{ingestion.folder / 'app' / 'wrong.csv'}, line 1, column 3"
    assert ingestion.row_counts() == before


@pytest.mark.parametrize("content", ["", HEADER + "\n"], ids=["empty", "header only"])
def test_F15_a_file_without_rows_is_an_account_of_nothing_or_an_error_as_the_settings_say(ingestion, content: str):
    batch = ingestion.land(content)
    before = ingestion.row_counts()
    ingestion.settings = Settings(ingest=IngestSettings(fail_on_empty=True))

    with pytest.raises(InputError, match="holds no rows"):
        ingestion.stage(content, name="again.csv")

    assert (batch.rows_in, batch.accepted, batch.status) == (0, 0, "published")
    assert ingestion.row_counts() == before


def test_F16_a_file_that_changes_while_it_is_read_changes_nothing_at_all(ingestion: Ingestion):
    file = ingestion.file(csv_text(BATCH))
    before = ingestion.row_counts()
    file.path.write_text(csv_text([*BATCH, GOOD]))

    with pytest.raises(InputError, match="was changed while it was read"):
        gate.stage_file(ingestion.url, file, gate.delivery_of(file, "app", ARRIVED, Settings()), settings=Settings())

    assert ingestion.row_counts() == before


def test_F17_a_gzip_file_that_is_cut_off_changes_nothing_at_all(ingestion: Ingestion):
    packed = gzip.compress(csv_text(f"commit,2026-03-09T10:00:00Z,{n + 1}" for n in range(5000)).encode())
    before = ingestion.row_counts()

    with pytest.raises(InputError, match="damaged or cut off"):
        ingestion.stage(packed[: len(packed) // 2], name="calls.csv.gz")

    assert ingestion.row_counts() == before
    assert ingestion.land(packed, name="calls.csv.gz").accepted == 5000


def test_publishing_twice_gives_the_same_account(ingestion: Ingestion):
    token = ingestion.stage(csv_text(BATCH))
    first, digest = ingestion.finish(token), ingestion.digest()

    assert ingestion.finish(token) == first
    assert ingestion.digest() == digest


def test_nothing_is_published_without_its_audit(ingestion: Ingestion):
    token = ingestion.stage(csv_text(BATCH))

    with pytest.raises(GateFailedError, match="has not passed"):
        gate.publish(ingestion.url, token, settings=ingestion.settings)

    assert ingestion.facts() == []


def test_a_failed_audit_puts_every_row_of_the_batch_in_quarantine(ingestion: Ingestion, owner):
    token = ingestion.stage(csv_text([*BATCH, "commit,2026-03-09T10:00:00Z,NaN"]))
    owner.execute("update oplatency.staged_metrics set duration_ms = 'NaN' where row_no = 2")

    with pytest.raises(GateFailedError, match="duration_ms"):
        gate.audit(ingestion.url, token)

    batch = ingestion.balanced(ingestion.batches()[-1])
    assert (batch["status"], batch["reasons"]) == ("failed", {"failed_audit": 3, "non_finite": 1})
    with pytest.raises(GateFailedError):
        gate.publish(ingestion.url, token, settings=ingestion.settings)
    assert ingestion.facts() == []


def test_an_older_attempt_at_the_same_file_must_not_publish(ingestion: Ingestion):
    older = ingestion.stage(csv_text(BATCH))
    gate.audit(ingestion.url, older)
    newer = ingestion.stage(csv_text(BATCH))

    with pytest.raises(FencedError, match="newer attempt"):
        ingestion.finish(older)

    assert ingestion.facts() == []
    assert ingestion.balanced(ingestion.finish(newer)).accepted == 3


@pytest.mark.parametrize("audited", [False, True], ids=["before the audit", "after the audit"])
def test_staged_rows_that_a_crash_of_the_server_emptied_are_staged_again(ingestion: Ingestion, owner, audited: bool):
    token = ingestion.stage(csv_text(BATCH))
    if audited:
        gate.audit(ingestion.url, token)
    owner.execute("truncate oplatency.staged_rows, oplatency.staged_metrics, oplatency.staged_statistics")

    with pytest.raises(FencedError, match="staged rows are gone"):
        ingestion.finish(token)

    assert ingestion.facts() == []
    assert ingestion.quarantine() == []
    assert ingestion.land(csv_text(BATCH)).accepted == 3
    assert [batch["status"] for batch in ingestion.batches()] == ["superseded", "published"]


def scans(plan: dict[str, Any], table: str) -> Iterator[dict[str, Any]]:
    if plan.get("Relation Name") == table and plan["Node Type"] not in {"ModifyTable", "Tid Scan"}:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part, table)


def test_twins_are_numbered_in_one_pass_though_staging_was_seen_empty(ingestion: Ingestion, owner):
    ingestion.land(csv_text([f"commit,2026-03-09T10:00:00Z,{1 + n}" for n in range(400)]))
    owner.execute("analyze oplatency.staged_metrics")
    seen = owner.execute("select reltuples from pg_class where oid = 'oplatency.staged_metrics'::regclass").fetchone()
    token = ingestion.stage(csv_text([f"commit,2026-03-09T11:00:00Z,{1 + n // 2}" for n in range(400)]))

    with connect(ingestion.url, purpose="tests") as connection, connection.transaction() as attempt:
        explain = "explain (analyze, format json) " + statement("jobs/ingest_metrics/number_identical_calls")
        (plan,) = connection.execute(explain.encode(), {"run_token": token}).fetchone()["QUERY PLAN"]
        raise psycopg.Rollback(attempt)

    assert seen["reltuples"] == 0
    assert [scan["Actual Loops"] for scan in scans(plan["Plan"], "staged_metrics")] == [1]
    assert ingestion.finish(token).accepted == 400


def staged_bytes(ingestion: Ingestion) -> int:
    return ingestion.query("select pg_relation_size('oplatency.staged_metrics') as size")[0]["size"]


def test_many_staged_calls_leave_no_dead_rows_behind(ingestion: Ingestion, monkeypatch):
    monkeypatch.setattr(batches, "TRUNCATE_FROM_ROWS", 3)

    assert ingestion.balanced(ingestion.land(csv_text(BATCH))).accepted == 3

    assert staged_bytes(ingestion) == 0


@pytest.mark.parametrize("why", ["staged", "being staged"])
def test_many_staged_calls_are_dropped_alone_where_another_attempt_has_some(
    ingestion: Ingestion, owner, monkeypatch, why: str
):
    monkeypatch.setattr(batches, "TRUNCATE_FROM_ROWS", 3)
    token = ingestion.stage(csv_text(BATCH))
    if why == "staged":
        other = ingestion.stage(csv_text(["commit,2026-03-02T10:00:00Z,7"]), source="other")
        assert ingestion.finish(token).accepted == 3
        assert ingestion.finish(other).accepted == 1
    else:
        with owner.transaction():
            owner.execute("lock table oplatency.staged_metrics in row exclusive mode")
            assert ingestion.finish(token).accepted == 3

    assert staged_bytes(ingestion) > 0
    assert ingestion.query("select count(*) from oplatency.staged_metrics")[0]["count"] == 0


@pytest.mark.parametrize("sources", [("app", "app"), ("app", "other")], ids=["one source", "two sources"])
def test_a_file_that_two_take_up_at_once_is_counted_once(ingestion: Ingestion, sources: tuple[str, str]):
    rows = [f"op{n % 5},2026-03-{1 + n % 9:02d}T10:00:00Z,{n + 1}" for n in range(500)]
    files = {source: ingestion.file(csv_text(rows), source=source) for source in set(sources)}
    together = threading.Barrier(2)

    def take_up(source: str) -> Batch:
        token = gate.stage_file(
            ingestion.url,
            files[source],
            gate.delivery_of(files[source], source, ARRIVED, ingestion.settings),
            settings=ingestion.settings,
        )
        together.wait(60)
        return ingestion.finish(token)

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(take_up, source) for source in sources]
        errors = [outcome.exception() for outcome in outcomes]

    assert [error for error in errors if not isinstance(error, FencedError | None)] == []
    published = [batch for batch in ingestion.batches() if batch["status"] == "published"]
    assert len(published) == errors.count(None) >= 1
    assert sum(batch["accepted"] for batch in published) == len(ingestion.facts()) == 500
    assert all(batch["rows_in"] == batch["accepted"] + batch["duplicate"] for batch in published)


def test_what_has_landed_and_is_no_fact_yet_is_found_by_its_content(ingestion: Ingestion):
    ingestion.declare('branch = "main"\n')
    ingestion.land(csv_text(BATCH))
    ingestion.file(csv_text(BATCH), name="copy.csv")
    ingestion.file(csv_text([GOOD]), name="new.csv")
    ingestion.file(csv_text(BATCH), name="calls.csv", source="other")

    found = landing.find_landed(ingestion.url, ingestion.folder)

    assert [(source, file.path.name) for source, file in found] == [("app", "new.csv"), ("other", "calls.csv")]
    assert landing.find_landed(ingestion.url, ingestion.folder / "nowhere") == []


def command(monkeypatch, url: str, *arguments: str) -> int:
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["oplatency", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


def test_the_command_prints_one_account_a_file(ingestion: Ingestion, monkeypatch, capsys):
    recent = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    ingestion.file(csv_text([f"commit,{recent.isoformat()},5000", "commit,never,5"]), name="a.csv")
    ingestion.file(HEADER + "\n", name="b.csv")

    assert command(monkeypatch, ingestion.url, "ingest", str(ingestion.folder / "app"), "--json") == 0

    printed = capsys.readouterr()
    first, second = json.loads(printed.out)["batches"]
    assert list(first) == [
        "source",
        "path",
        "status",
        "rows_in",
        "accepted",
        "duplicate",
        "quarantined",
        "reasons",
        "seconds",
    ]
    assert (first["source"], first["rows_in"], first["accepted"], first["reasons"]) == (
        "app",
        2,
        1,
        {"bad_timestamp": 1},
    )
    assert second["rows_in"] == 0
    assert "b.csv holds 0 rows" in printed.err


@pytest.mark.parametrize(
    ("name", "content", "code", "seen"),
    [
        ("missing.csv", None, 1, "does not exist"),
        ("wrong.csv", "operation,started_at,duration\n", 1, "unknown column 'duration'"),
        ("calls.txt", HEADER, 1, "format of the file cannot be recognised"),
        ("bad.csv", csv_text(["commit,never,5"]), 3, "All 1 rows were rejected (bad_timestamp: 1)."),
        ("empty", "folder", 1, "There are no files in the folder."),
    ],
)
def test_F15_F23_the_command_fails_with_a_code_and_one_object(
    ingestion: Ingestion, monkeypatch, capsys, name: str, content: str | None, code: int, seen: str
):
    path = ingestion.folder / "app" / name
    if content == "folder":
        path.mkdir(parents=True)
    elif content is not None:
        ingestion.file(content, name=name)

    assert command(monkeypatch, ingestion.url, "ingest", str(path), "--json") == code

    told = json.loads(capsys.readouterr().out)
    assert seen in told["error"]
    assert str(path) in told["where"]
    assert told["remedy"]


def test_a_server_that_cannot_be_reached_is_an_error_without_the_password(ingestion: Ingestion):
    file = ingestion.file(csv_text(BATCH))
    with pytest.raises(OplatencyError, match="cannot be reached") as caught:
        gate.stage_file(
            "postgresql://oplatency_writer:hunter2@127.0.0.1:1/nowhere",
            file,
            gate.delivery_of(file, "app", ARRIVED, Settings()),
            settings=Settings(),
        )

    assert "hunter2" not in str(caught.value)


def test_the_views_for_people_show_the_account_and_each_refused_row(ingestion: Ingestion, warehouse):
    ingestion.land(csv_text([GOOD, "commit,never,5"]))

    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        (batch,) = read_view(reader, "v_ingest_batches")
        (row,) = read_view(reader, "v_quarantine")

    assert (batch["status"], batch["rows_in"], batch["accepted"], batch["quarantined"]) == ("published", 2, 1, 1)
    assert ingestion.batches()[0]["newest_call_at"] == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert (row["batch"], row["line"], row["reason"]) == (batch["batch"], 3, "bad_timestamp")
    assert row["path"].endswith("calls.csv")
