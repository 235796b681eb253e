"""The gate fails closed, keeps what it found within bounds, and leaves no trace but its report."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from broken_rows import ROWS
from psycopg import sql
from sqlalchemy import Engine, event
from staged_rows import DAY, HOUR, JUDGED, stage, staged

from oplatency.errors import GateFailedError, UsageError
from oplatency.quality import engine
from oplatency.quality.engine import MAX_EXAMPLES
from oplatency.quality.expectations import id_of, within
from oplatency.quality.gate import AUDIT_RAN, AuditReport, audit, record, require_passed
from oplatency.quality.suites import SUITES, Suite
from oplatency.quality.validation_results import MAX_DETAIL
from oplatency.settings import QualitySettings
from oplatency.warehouse.database import connect, statement
from oplatency.warehouse.database import rows as rows_of

WINDOW = {"window_start": JUDGED[0], "window_end": JUDGED[1], "resolution_us": 1}
PUBLISHED = [name for name, suite in SUITES.items() if suite.form == "published"]


def warning(**warnings: tuple[str, ...]) -> QualitySettings:
    return QualitySettings(warnings=warnings)


def failed(report: AuditReport) -> set[str]:
    return {check.expectation for check in report.failed}


@pytest.fixture
def url(shared) -> str:
    return shared.url


def test_F91_a_missing_column_is_a_failed_audit(warehouse, owner):
    owner.execute("alter table oplatency.staged_anomalies drop column effect")
    report = audit(warehouse.url(), "staged_anomalies", run_token=uuid4())
    assert failed(report) == {AUDIT_RAN}
    assert "column findings.effect does not exist" in report.failed[0].detail
    with pytest.raises(GateFailedError, match="nothing was published") as caught:
        require_passed(report)
    assert caught.value.exit_code == 3


def test_F91_an_empty_batch_of_findings_proves_that_the_query_answers(url):
    report = audit(url, "staged_anomalies", run_token=uuid4())
    assert report.passed
    assert {check.n_rows for check in report.checks} == {0}
    assert [check.expectation for check in report.checks] == [
        AUDIT_RAN,
        *map(id_of, SUITES["staged_anomalies"].expectations()),
    ]


def test_a_column_more_than_the_suite_knows_fails_that_expectation_alone(url, monkeypatch):
    def with_surplus(name: str) -> str:
        text = statement(name)
        return text.replace("select\n", "select\n    1 as surplus,\n", 1) if name == "quality/violations" else text

    monkeypatch.setattr(engine, "statement", with_surplus)
    report = audit(url, "staged_violations", run_token=uuid4())
    assert failed(report) == {"violations.has_columns"}
    assert "surplus" in report.failed[0].detail


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        ("postgresql://oplatency_writer:{secret}@127.0.0.1:1/nothing", "cannot be reached"),
        ("{url}_nothing", "does not exist"),
        ("host=127.0.0.1 port=1 password={secret}", "cannot be reached"),
        ("not a url {secret}", "ProgrammingError|cannot be read"),
    ],
)
def test_F91_a_database_that_cannot_be_reached_is_a_failed_audit_and_shows_no_password(url, wrong, seen, recwarn):
    secret = "for-tests-only"
    report = audit(wrong.format(url=url, secret=secret), "staged_metrics", run_token=uuid4())
    assert failed(report) == {AUDIT_RAN}
    (check,) = report.checks
    assert re.search(seen, check.detail)
    assert secret not in check.detail


def test_F91_a_role_that_may_not_read_is_a_failed_audit(warehouse):
    report = audit(warehouse.url("oplatency_reader"), "staged_metrics", run_token=uuid4())
    assert failed(report) == {AUDIT_RAN}
    assert "permission denied" in report.failed[0].detail


def test_F91_a_session_that_breaks_during_the_audit_is_a_failed_audit(warehouse, owner, server):
    token = stage(owner, staged())

    def end_the_session() -> None:
        # the audit waits for the lock that this test holds
        with connect(server.url(), purpose="tests") as admin:
            while not admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = %s and application_name like 'oplatency:audit%%' and wait_event_type = 'Lock'",
                (warehouse.database,),
            ).fetchall():
                time.sleep(0.05)

    killer = threading.Thread(target=end_the_session)
    with owner.transaction():
        owner.execute("lock table oplatency.staged_violations in access exclusive mode")
        killer.start()
        report = audit(warehouse.url(), "staged_violations", run_token=token)
    killer.join()
    assert failed(report) == {AUDIT_RAN}
    assert report.failed[0].detail == "(psycopg.OperationalError) the connection is closed"


def test_F91_an_exception_inside_an_expectation_fails_that_expectation(url, monkeypatch):
    broken = dataclasses.replace(
        SUITES["staged_violations"], rules=lambda: [within("nothing", 0, 1), within("duration_us", 0, 1e9)]
    )
    monkeypatch.setitem(SUITES, "staged_violations", broken)
    report = audit(url, "staged_violations", run_token=uuid4())
    assert failed(report) == {"violations.nothing_in_range"}
    assert "nothing" in report.failed[0].detail


def test_F91_an_exception_before_any_expectation_is_a_failed_audit(url, monkeypatch):
    def raise_it() -> list[object]:
        raise RuntimeError("the suite cannot be made")

    monkeypatch.setitem(SUITES, "metrics", dataclasses.replace(SUITES["metrics"], rules=raise_it))
    report = audit(url, "metrics", window=JUDGED)
    assert failed(report) == {AUDIT_RAN}
    assert report.failed[0].detail == "RuntimeError: the suite cannot be made"


def test_F91_a_report_without_checks_has_proven_nothing():
    assert not AuditReport(()).passed
    with pytest.raises(GateFailedError):
        require_passed(AuditReport(()))


@pytest.mark.parametrize("suite", [name for name, suite in SUITES.items() if suite.form == "staged"])
def test_F90_an_empty_batch_fails_unless_none_is_allowed(url, suite: str):
    token = uuid4()
    assert audit(url, suite, run_token=token, allow_empty=True).passed
    strict = audit(url, suite, run_token=token, allow_empty=False)
    assert failed(strict) == {f"{SUITES[suite].of_table}.{ROWS}"}
    assert strict.failed[0].detail == "found 0"
    assert audit(url, suite, run_token=token).passed == (suite not in ("staged_metrics", "staged_baselines"))


def test_F92_a_published_suite_reads_the_partitions_of_its_window_only(warehouse, owner):
    owner.execute("select oplatency.ensure_metric_partitions('2026-03-01', '2026-03-21')")
    query = SUITES["metrics"].query(WINDOW)
    plan = str(owner.execute("explain (format json) " + query).fetchall())
    assert set(re.findall(r"metrics_p\d+", plan)) == {"metrics_p20260309"}


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_F92_no_suite_reads_everything(suite: Suite):
    text = suite.query(WINDOW if suite.form == "published" else {"run_token": uuid4(), "resolution_us": 1})
    assert "%(" not in text
    # each time a table is read for its rows, only those of the run or window are
    column = rf"(\w+\.)?\"?{suite.window_column}\"?"
    bound = {
        "staged": r"where run_token = '[-0-9a-f]+'::uuid\)",
        "published": rf"where\s+{column} >= '[^']+'::timestamptz\s+and {column} < '[^']+'::timestamptz\)",
    }[suite.form]
    batch = rf"from \(select\s.*?from \"?oplatency\"?\.\"?{suite.name}\"?\s.*?{bound}"
    assert len(re.findall(batch, text, re.DOTALL)) == 1
    assert text.replace('"', "").count(f"oplatency.{suite.name}\n") + text.count(f"oplatency.{suite.name} ") == 1


@pytest.mark.parametrize("suite", PUBLISHED)
def test_F92_rows_outside_the_window_are_not_looked_at(url, suite: str):
    start, end = JUDGED
    before = audit(url, suite, window=(start - timedelta(days=2), start - timedelta(days=1)), allow_empty=True)
    assert {check.n_rows for check in before.checks} == {0}
    later = audit(url, suite, window=(end + timedelta(microseconds=1), end + timedelta(days=1)), allow_empty=True)
    assert {check.n_rows for check in later.checks} == {0}


def test_F92_examples_are_bounded_however_many_rows_are_wrong(shared):
    token = stage(shared.owner, {})
    shared.owner.execute(
        "insert into oplatency.staged_metrics (run_token, row_no, operation, started_at, ended_at, duration_us,"
        " duration_ms, period_start, identity_hash)"
        " select %s, n, repeat('x', 500), %s, %s, 5000, 'NaN', %s, n from generate_series(1, 30000) as n",
        (token, DAY, DAY + timedelta(milliseconds=5), DAY + HOUR),
    )
    fetched = []

    def count_rows(_connection, cursor, *_: object) -> None:
        fetched.append(cursor.rowcount)

    event.listen(Engine, "after_cursor_execute", count_rows)
    try:
        report = audit(shared.url, "staged_metrics", run_token=token)
    finally:
        event.remove(Engine, "after_cursor_execute", count_rows)
    assert fetched
    assert max(fetched) <= MAX_EXAMPLES
    assert {(check.n_rows, check.n_unexpected) for check in report.failed} == {(30000, 30000)}
    assert len(report.failed) == 3
    assert {len(check.detail) for check in report.failed} == {MAX_DETAIL}
    assert all(check.detail.endswith("(cut)") for check in report.failed)


def test_an_example_names_the_row_and_its_value(shared):
    rows = staged()
    rows["staged_metrics"][0]["duration_ms"] = -5.0
    report = audit(shared.url, "staged_metrics", run_token=stage(shared.owner, rows))
    of_range, of_rule = report.failed
    assert of_range.n_unexpected == 1
    assert of_range.detail == (
        "row_no=1, operation=commit, started_at=2026-03-09 00:00:00+00, identity_hash=100,"
        " ended_at=2026-03-09 00:00:00.005+00, duration_us=5000, duration_ms=-5.0, period_start=2026-03-09 00:00:00+00"
    )
    assert of_rule.detail.startswith(of_range.detail)


def test_F93_markup_in_a_value_is_kept_as_it_is(shared):
    rows = staged()
    hostile = "<script>alert('x')</script> {batch} %(run_token)s :name; drop table"
    rows["staged_metrics"][0].update(operation=hostile, duration_us=-1)
    token = stage(shared.owner, rows)
    report = audit(shared.url, "staged_metrics", run_token=token)
    assert not report.passed
    record(shared.owner, report, run_token=token)
    kept = shared.owner.execute(
        "select detail from oplatency.audit_results where run_token = %s and not passed", (token,)
    ).fetchall()
    assert all(hostile in row["detail"] for row in kept)


def test_a_report_is_recorded_check_by_check(warehouse, connection):
    token = uuid4()
    report = audit(warehouse.url(), "staged_baselines", run_token=token)
    with connection.transaction():
        record(connection, report, run_token=token)
    kept = connection.execute("select * from oplatency.audit_results order by audit_id").fetchall()
    assert len(kept) == len(report.checks)
    for row, check in zip(kept, report.checks, strict=True):
        assert {name: row[name] for name in vars(check)} == vars(check)
        assert row["run_token"] == token
    record(connection, audit(warehouse.url(), "violations", window=JUDGED), run_token=None)
    assert connection.execute("select from oplatency.audit_results where run_token is null").fetchall()


def test_a_failed_gate_says_what_where_and_what_to_do(shared):
    rows = staged()
    rows["staged_baselines"][0]["p95_us"] = 1500.0
    report = audit(shared.url, "staged_baselines", run_token=stage(shared.owner, rows))
    with pytest.raises(GateFailedError) as caught:
        require_passed(report)
    told = "baselines.percentiles_ordered: p50 <= p75 <= p90 <= p95 <= p99 (1 of 2 rows): operation=commit"
    assert told in caught.value.message
    assert caught.value.where == "oplatency.staged_baselines"
    assert "docs/quality.md" in caught.value.remedy


@pytest.mark.parametrize(
    ("suite", "batch"),
    [
        ("nothing", {"run_token": uuid4()}),
        ("staged_metrics", {}),
        ("staged_metrics", {"window": JUDGED}),
        ("metrics", {}),
        ("metrics", {"run_token": uuid4()}),
        ("metrics", {"window": JUDGED[::-1]}),
        ("metrics", {"window": (DAY, DAY)}),
        ("metrics", {"window": (DAY.replace(tzinfo=None), JUDGED[1].replace(tzinfo=None))}),
    ],
)
def test_a_suite_without_its_batch_is_wrong_usage(url, suite: str, batch: dict):
    with pytest.raises(UsageError):
        audit(url, suite, **batch)


@pytest.mark.parametrize(("late", "passes"), [(1000, True), (1001, False)])
def test_F05_claims_may_differ_by_the_resolution_of_the_source(shared, late: int, passes: bool):
    rows = staged()
    call = rows["staged_metrics"][0]
    call["ended_at"] += timedelta(microseconds=late)
    call["duration_ms"] += late / 1000
    token = stage(shared.owner, rows)
    assert audit(shared.url, "staged_metrics", run_token=token, resolution_us=1000).passed == passes
    assert not audit(shared.url, "staged_metrics", run_token=token).passed


def wrong_day_and_wrong_claim():
    rows = staged()
    rows["staged_metrics"][0]["period_start"] += timedelta(days=1)
    rows["staged_metrics"][1]["duration_ms"] += 1
    return rows


ON_ITS_DAY = "metrics.period_is_day_of_start"
CLAIM = "metrics.milliseconds_are_duration"


def test_an_expectation_that_is_set_to_warn_is_recorded_and_blocks_nothing(shared):
    token = stage(shared.owner, wrong_day_and_wrong_claim())
    one = audit(shared.url, "staged_metrics", run_token=token, quality=warning(staged_metrics=(ON_ITS_DAY,)))
    assert not one.passed
    assert (failed(one), {check.expectation for check in one.blocking}) == ({ON_ITS_DAY, CLAIM}, {CLAIM})
    with pytest.raises(GateFailedError, match="^1 of ") as caught:
        require_passed(one)
    assert ON_ITS_DAY not in caught.value.message

    both = audit(shared.url, "staged_metrics", run_token=token, quality=warning(staged_metrics=(ON_ITS_DAY, CLAIM)))
    assert both.passed
    require_passed(both)
    record(shared.owner, both, run_token=token)
    kept = shared.owner.execute(
        "select expectation, passed, severity, n_unexpected from oplatency.audit_results"
        " where run_token = %s and (not passed or severity = 'warning') order by expectation",
        (token,),
    ).fetchall()
    assert [tuple(row.values()) for row in kept] == [(CLAIM, False, "warning", 1), (ON_ITS_DAY, False, "warning", 1)]


def test_the_settings_of_the_process_say_what_warns(shared, monkeypatch):
    token = stage(shared.owner, wrong_day_and_wrong_claim())
    monkeypatch.setenv("OPLATENCY_QUALITY__WARNINGS", json.dumps({"staged_metrics": [ON_ITS_DAY, CLAIM]}))
    assert audit(shared.url, "staged_metrics", run_token=token).passed
    monkeypatch.delenv("OPLATENCY_QUALITY__WARNINGS")
    assert not audit(shared.url, "staged_metrics", run_token=token).passed


def test_that_the_audit_can_be_carried_out_is_never_a_mere_warning(warehouse, owner):
    owner.execute("alter table oplatency.staged_metrics drop column period_start")
    report = audit(
        warehouse.url(),
        "staged_metrics",
        run_token=uuid4(),
        quality=warning(staged_metrics=(ON_ITS_DAY, f"metrics.{ROWS}")),
    )
    assert not report.passed
    with pytest.raises(UsageError, match="There is no expectation"):
        audit(warehouse.url(), "staged_metrics", run_token=uuid4(), quality=warning(staged_metrics=(AUDIT_RAN,)))


@pytest.mark.parametrize(
    ("quality", "nearest"),
    [
        ({"staged_metric": (ON_ITS_DAY,)}, "'staged_metrics'"),
        ({"staged_metrics": ("metrics.period_is_day_of_the_start",)}, repr(ON_ITS_DAY)),
    ],
)
def test_a_suite_or_expectation_that_does_not_exist_is_an_error_that_names_the_nearest(url, quality, nearest: str):
    with pytest.raises(UsageError, match=nearest) as caught:
        audit(url, "staged_metrics", run_token=uuid4(), quality=warning(**quality))
    assert caught.value.where.startswith("quality.warnings")


def test_a_sentence_can_be_reworded_and_nothing_that_refers_to_it_breaks(shared, monkeypatch):
    token = stage(shared.owner, wrong_day_and_wrong_claim())
    suite = SUITES["staged_metrics"]

    def record_both() -> None:
        report = audit(shared.url, "staged_metrics", run_token=token, quality=warning(staged_metrics=(ON_ITS_DAY,)))
        assert (failed(report), {check.expectation for check in report.blocking}) == ({ON_ITS_DAY, CLAIM}, {CLAIM})
        with pytest.raises(GateFailedError, match=CLAIM):
            require_passed(report)
        record(shared.owner, report, run_token=token)

    def reworded() -> list[Any]:
        expectations = suite.rules()
        for expectation in expectations:
            expectation.description = f"in other words, {len(expectation.description)}"
        return expectations

    record_both()
    monkeypatch.setitem(SUITES, "staged_metrics", dataclasses.replace(suite, rules=reworded))
    record_both()
    newest = shared.owner.execute(
        "select expectation, description, passed from oplatency.v_audit_results"
        " where suite = 'staged_metrics' and stage = 'staged'"
    ).fetchall()
    # one line an id, with its sentence of today
    assert len(newest) == len({row["expectation"] for row in newest}) == len(suite.expectations()) + 1
    by_id = {row["expectation"]: row for row in newest}
    assert by_id[CLAIM]["description"].startswith("in other words")
    assert not by_id[CLAIM]["passed"]
    (shown,) = [row for row in rows_of(shared.owner, "reports/audits") if row["suite"] == "staged_metrics"]
    assert f"{CLAIM}: in other words" in shown["failed"]


def test_a_password_may_hold_any_character(warehouse, server):
    password = "p$a${HOME}%40:/@ \\'s"
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(
            sql.SQL("create role quality_reader login password {} in role oplatency_writer").format(
                sql.Literal(password)
            )
        )
        try:
            report = audit(
                server.url(warehouse.database, "quality_reader", password), "staged_anomalies", run_token=uuid4()
            )
        finally:
            admin.execute("drop role quality_reader")
    assert report.failed == ()


def test_an_audit_opens_one_session_writes_no_file_and_calls_nobody(url, tmp_path: Path, monkeypatch, capfd, caplog):
    def refuse(*_: object) -> None:
        raise AssertionError("a connection to somewhere else was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert audit(url, "staged_violations", run_token=uuid4()).passed
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_an_audit_leaves_no_session_behind(shared):
    audit(shared.url, "staged_violations", run_token=uuid4())
    left = "select from pg_stat_activity where datname = current_database() and application_name like '%audit%'"
    deadline = time.monotonic() + 10
    while shared.owner.execute(left).fetchall() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shared.owner.execute(left).fetchall() == []


def test_great_expectations_is_imported_by_an_audit_only():
    seen = "import sys, oplatency.quality.gate; print([n for n in sys.modules if n.startswith('great_expectations')])"
    done = subprocess.run([sys.executable, "-c", seen], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
