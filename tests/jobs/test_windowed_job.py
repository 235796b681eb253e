"""Stage, audit, publish: only the newest attempt, only what was audited, only once, and the old state until then."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import psycopg
import pytest

from calls import DAY, DEFAULTS, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, constant, content, let_pass, put
from oplatency.baselines.configurations import Configuration
from oplatency.errors import FencedError, GateFailedError, OplatencyError, UsageError
from oplatency.jobs import windowed_job
from oplatency.jobs.recalculate_baselines import JOB, RECALCULATE
from oplatency.jobs.windowed_job import Request, StagedRun
from oplatency.settings import load_settings
from oplatency.warehouse.database import connect, lock_job
from oplatency.warehouse.sessions import InputSnapshot, open_session
from oplatency.windows import Window, floor_to

SEEN = InputSnapshot(WEEK_AGO, WEEK_AGO, "1:1:", 0)
PLAIN = Configuration(DEFAULTS.config_hash(), DEFAULTS.analysis(), {}, DEFAULTS.points)


@pytest.fixture
def url(warehouse, connection) -> str:
    """Return the URL of a warehouse with 168 calls before today, and a baseline a day older."""
    put(connection, "commit", constant(WEEK_AGO - DAY, TODAY, HOUR))
    baselines(warehouse.url(), TODAY - DAY)
    return warehouse.url()


def stage(url: str):
    return windowed_job.stage(url, RECALCULATE, Request(DEFAULTS, TODAY))


def publish(url: str, token, settings=DEFAULTS):
    return windowed_job.publish(url, RECALCULATE, token, settings=settings)


def status(connection, token) -> str:
    found = connection.execute("select status from oplatency.job_runs where run_token = %s", (token,)).fetchone()
    return found["status"]


def published(connection):
    found = connection.execute("select as_of from oplatency.baselines order by as_of").fetchall()
    return [row["as_of"] for row in found]


def n_staged(connection, token) -> int:
    found = connection.execute("select count(*) as n from oplatency.staged_baselines where run_token = %s", (token,))
    return found.fetchall()[0]["n"]


def test_F54_an_attempt_that_was_overtaken_must_not_publish(url, connection):
    first = stage(url)
    let_pass(url, first)
    second = stage(url)
    with pytest.raises(FencedError, match="A newer attempt at this window has taken over") as caught:
        publish(url, first)
    assert str(first) in caught.value.where
    assert JOB in caught.value.where
    assert published(connection) == [TODAY - DAY]
    let_pass(url, second)
    publish(url, second)
    assert published(connection) == [TODAY - DAY, TODAY]
    assert (status(connection, first), status(connection, second)) == ("superseded", "published")


def test_F54_an_audit_does_not_bring_an_overtaken_attempt_back(url, connection):
    first = stage(url)
    stage(url)
    windowed_job.audit(url, RECALCULATE, first)
    assert status(connection, first) == "superseded"
    with pytest.raises(FencedError):
        publish(url, first)


def test_an_attempt_at_another_day_or_operation_overtakes_nobody(url, connection):
    first = stage(url)
    windowed_job.stage(url, RECALCULATE, Request(DEFAULTS, TODAY - DAY))
    windowed_job.stage(url, RECALCULATE, Request(DEFAULTS, TODAY, operation="commit"))
    let_pass(url, first)
    assert publish(url, first)["published"] == 1


def test_an_attempt_does_not_overtake_one_that_has_published(url, connection):
    first = stage(url)
    let_pass(url, first)
    told = publish(url, first)
    stage(url)
    assert publish(url, first) == told
    assert status(connection, first) == "published"


def test_F55_of_two_attempts_staged_at_once_only_the_later_may_publish(url, connection):
    window = Window(WEEK_AGO, TODAY)
    tokens = [open_session(connection) for _ in range(2)]

    def open_second() -> None:
        with connect(url, purpose="second") as second, second.transaction():
            windowed_job.open_run(second, StagedRun(JOB, window, "", {}, SEEN), tokens[1], configuration=PLAIN)

    def second_waits() -> bool:
        query = "select from pg_stat_activity where application_name = 'oplatency:second' and wait_event_type = 'Lock'"
        return bool(connection.execute(query).fetchall())

    with connect(url, purpose="first") as first, ThreadPoolExecutor() as pool:
        with first.transaction():
            windowed_job.open_run(first, StagedRun(JOB, window, "", {}, SEEN), tokens[0], configuration=PLAIN)
            opening = pool.submit(open_second)
            while not (opening.done() or second_waits()):
                time.sleep(0.02)
        opening.result(timeout=60)
    assert [status(connection, token) for token in tokens] == ["superseded", "staged"]


def test_rows_that_changed_after_the_audit_are_not_published(url, connection):
    token = stage(url)
    windowed_job.audit(url, RECALCULATE, token)
    connection.execute("update oplatency.staged_baselines set p99_us = p99_us where run_token = %s", (token,))
    connection.execute("update oplatency.staged_baselines set max_us = max_us + 1 where run_token = %s", (token,))
    with pytest.raises(FencedError, match="not those that were audited"):
        publish(url, token)
    assert published(connection) == [TODAY - DAY]


def test_rows_that_were_lost_after_the_audit_are_not_published_as_nothing(url, connection):
    token = stage(url)
    let_pass(url, token)
    connection.execute("delete from oplatency.staged_baselines")
    with pytest.raises(FencedError, match="not those that were audited"):
        publish(url, token)


def test_nothing_is_published_before_its_audit(url, connection):
    token = stage(url)
    with pytest.raises(GateFailedError, match="has not passed") as caught:
        publish(url, token)
    assert caught.value.exit_code == 3
    assert published(connection) == [TODAY - DAY]
    assert (status(connection, token), n_staged(connection, token)) == ("staged", 1)


def test_F44_a_failed_audit_leaves_the_old_state_and_the_staged_rows(url, connection):
    token = stage(url)
    connection.execute(
        "update oplatency.staged_baselines set as_of = as_of + interval '1 hour' where run_token = %s", (token,)
    )
    with pytest.raises(GateFailedError, match="as_of") as caught:
        windowed_job.audit(url, RECALCULATE, token)
    assert caught.value.where == "oplatency.staged_baselines"
    assert status(connection, token) == "failed"
    kept = connection.execute(
        "select passed, count(*) as n from oplatency.audit_results where run_token = %s group by passed", (token,)
    ).fetchall()
    assert {row["passed"] for row in kept} == {True, False}
    with pytest.raises(GateFailedError, match="has not passed"):
        publish(url, token)
    assert published(connection) == [TODAY - DAY]
    assert n_staged(connection, token) == 1
    # a run that starts afresh is not held back by it
    again = stage(url)
    let_pass(url, again)
    assert publish(url, again)["published"] == 1


def test_F91_an_audit_that_raises_is_a_failed_audit(url, connection, owner):
    token = stage(url)
    owner.execute("alter table oplatency.staged_baselines drop column p95_us")
    with pytest.raises(GateFailedError, match="the audit can be carried out"):
        windowed_job.audit(url, RECALCULATE, token)
    assert status(connection, token) == "failed"
    with pytest.raises(GateFailedError):
        publish(url, token)
    assert published(connection) == [TODAY - DAY]


def test_a_failed_audit_is_not_asked_again(url, connection):
    token = stage(url)
    connection.execute("update oplatency.job_runs set status = 'failed' where run_token = %s", (token,))
    windowed_job.audit(url, RECALCULATE, token)
    assert status(connection, token) == "failed"


def test_F50_publishing_twice_changes_nothing_and_reports_the_same(url, connection):
    token = stage(url)
    let_pass(url, token)
    first = publish(url, token)
    before = content(connection, "baselines")
    assert publish(url, token) == first
    assert content(connection, "baselines") == before


def test_F52_what_publishing_began_is_undone_when_it_breaks(url, connection):
    token = stage(url)
    let_pass(url, token)

    def write(session, found):
        RECALCULATE.publish(session, found)
        raise RuntimeError("the process dies here")

    with pytest.raises(RuntimeError):
        windowed_job.publish(url, replace(RECALCULATE, publish=write), token, settings=DEFAULTS)
    assert (status(connection, token), n_staged(connection, token)) == ("audited", 1)
    assert published(connection) == [TODAY - DAY]
    assert publish(url, token)["published"] == 1


def test_F55_two_publishes_at_once_have_the_effect_of_one(url, connection):
    token = stage(url)
    let_pass(url, token)
    with ThreadPoolExecutor() as pool:
        told = list(pool.map(lambda _: publish(url, token), range(4)))
    assert told == told[:1] * 4
    assert told[0]["published"] == 1
    assert published(connection) == [TODAY - DAY, TODAY]


def test_F56_runs_of_one_window_started_at_once_leave_one_result(url, connection):
    def whole(_: int) -> str:
        try:
            return str(baselines(url)["published"])
        except FencedError:
            return "fenced"

    with ThreadPoolExecutor() as pool:
        told = list(pool.map(whole, range(4)))
    assert told.count("1") == 1
    assert set(told) <= {"0", "1", "fenced"}
    assert published(connection) == [TODAY - DAY, TODAY]


def test_waiting_for_another_publish_ends_with_a_clear_error(url, connection):
    token = stage(url)
    let_pass(url, token)
    impatient = load_settings(database={"advisory_lock_timeout_s": 0.2})
    with connect(url, purpose="tests") as other, other.transaction():
        lock_job(other, JOB)
        with pytest.raises(OplatencyError, match=f"Another run of {JOB} has been publishing") as caught:
            publish(url, token, impatient)
    assert "application_name" in caught.value.remedy
    assert published(connection) == [TODAY - DAY]
    assert publish(url, token)["published"] == 1


def test_a_token_that_nobody_staged_is_an_error(url):
    token = uuid4()
    with pytest.raises(OplatencyError):
        publish(url, token)


def test_the_writer_cannot_reach_the_tables_themselves(url, connection):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("drop table oplatency.staged_baselines")


@pytest.mark.parametrize("length", [timedelta(0), -HOUR])
def test_F63_an_empty_window_is_wrong_usage(length):
    with pytest.raises(UsageError, match="empty_interval") as caught:
        Window(TODAY, TODAY + length)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("naive", [0, 1])
def test_F08_a_window_needs_its_offset_from_utc(naive: int):
    ends = [TODAY, TODAY + HOUR]
    ends[naive] = ends[naive].replace(tzinfo=None)
    with pytest.raises(UsageError, match="no offset from UTC"):
        Window(*ends)


def test_a_window_is_told_in_utc():
    window = Window(datetime(2026, 3, 10, 5, tzinfo=timezone(5 * HOUR)), TODAY + HOUR)
    assert (window.start, window.start.tzinfo) == (TODAY, UTC)


@pytest.mark.parametrize(
    ("instant", "unit", "floored"),
    [
        (TODAY, DAY, TODAY),
        (TODAY - timedelta(microseconds=1), DAY, TODAY - DAY),
        (TODAY + 59 * MINUTE, HOUR, TODAY),
        (datetime(1969, 12, 31, 23, 30, tzinfo=UTC), DAY, datetime(1969, 12, 31, tzinfo=UTC)),
        (datetime(2026, 3, 9, 20, tzinfo=timezone(-5 * HOUR)), DAY, TODAY),
    ],
)
def test_an_instant_falls_into_its_utc_hour_or_day(instant, unit, floored):
    assert floor_to(instant, unit) == floored


def test_F08_an_instant_without_an_offset_falls_nowhere():
    with pytest.raises(UsageError, match="no offset from UTC"):
        floor_to(datetime(2026, 3, 10), DAY)  # noqa: DTZ001 - that is the case
