"""Late data heals: what it touches is computed again to what a run from scratch gives, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from calls import (
    DAY,
    DEFAULTS,
    HOUR,
    MINUTE,
    TODAY,
    WEEK_AGO,
    Call,
    baselines,
    constant,
    correlated,
    detected,
    let_pass,
    ordinary,
    put,
    slowed,
)
from ingestion import Ingestion, own_database
from oplatency.errors import GateFailedError, OplatencyError
from oplatency.jobs import late_data, recalculate_baselines, windowed_job
from oplatency.jobs.late_data import refresh
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.warehouse.database import Connection, connect, read_view

DAYS = [TODAY - 2 * DAY, TODAY - DAY, TODAY]
"""The days that are judged; the two days before the last hold what arrives late."""
END = TODAY + DAY
LATE_FROM = TODAY - 2 * DAY + 9 * HOUR
LATE_TO = LATE_FROM + 3 * HOUR
DERIVED = {"baselines", "anomalies", "violations", "degradations", "verdicts", "correlations", "correlation_groups"}

# noticeably slow, and in the look-back of later days: baselines, calls, days and pairs change
EVERYTHING = {
    "commit": slowed(ordinary(WEEK_AGO - DAY, END, 10 * MINUTE), LATE_FROM, LATE_TO, 4.0),
    "rollback": slowed(ordinary(WEEK_AGO - DAY, END, 10 * MINUTE, seed=2), LATE_FROM, LATE_TO, 4.0),
    "history": ordinary(WEEK_AGO - DAY, END, 10 * MINUTE, seed=3),
}


def is_late(call: Call) -> bool:
    return LATE_FROM <= call[0] < LATE_TO


def arrive(connection: Connection, operation: str, calls: list[Call]) -> None:
    """Store calls with their note of hours, in one transaction, as every way in does."""
    with connection.transaction():
        put(connection, operation, calls)
        connection.execute(
            "insert into oplatency.dirty_ranges (operation_id, hour_at, batch_id)"
            " select distinct operation_id, date_trunc('hour', started_at, 'UTC'), batch_id from oplatency.metrics"
            " where batch_id = (select max(batch_id) from oplatency.ingest_batches)"
        )


def run_days(url: str) -> None:
    """Compute baselines and findings of each day in two windows, and correlations at its end."""
    for day in DAYS:
        baselines(url, day)
        detected(url, day, day + 12 * HOUR)
        detected(url, day + 12 * HOUR, day + DAY)
        correlated(url, day + DAY)


def derived(url: str) -> dict[str, str]:
    with connect(url, purpose="tests") as connection:
        return {
            row["of_table"]: row["digest"] for row in read_view(connection, "v_digest") if row["of_table"] in DERIVED
        }


def published(connection: Connection) -> list[dict[str, Any]]:
    return connection.execute(
        "select run_token, job, window_start, window_end from oplatency.job_runs where status = 'published'"
        " order by published_at"
    ).fetchall()


def revisions(connection: Connection) -> dict[tuple[datetime, str], int]:
    found = connection.execute(
        "select as_of, o.name, max(revision) as revision from oplatency.baselines join oplatency.operation_types as o"
        " using (operation_id) where branch_id = 0 group by 1, 2"
    )
    return {(row["as_of"], row["name"]): row["revision"] for row in found.fetchall()}


@pytest.fixture
def unaudited(monkeypatch) -> None:
    """Let every run pass: the audits of dozens of runs take a minute, and they are asked about elsewhere."""
    monkeypatch.setattr(windowed_job, "audit", lambda url, job, token: let_pass(url, token))


@pytest.fixture(scope="module")
def scratch(server, template) -> Iterator[dict[str, str]]:
    """Return the digests of a warehouse that had everything from the start."""
    with own_database(server, template, "late_scratch") as url:
        with connect(url, purpose="tests") as connection:
            for operation, calls in EVERYTHING.items():
                put(connection, operation, calls)
        run_days(url)
        found = derived(url)
        assert found.keys() == DERIVED
        yield found


@pytest.fixture(scope="module")
def prepared(server, template, scratch) -> Iterator[str]:
    """Return the name of a database whose days were computed before the late calls came."""
    with own_database(server, template, "late_prepared") as url:
        with connect(url, purpose="tests") as connection:
            for operation, calls in EVERYTHING.items():
                put(connection, operation, [call for call in calls if not is_late(call)])
        run_days(url)
        assert derived(url) != scratch
        yield "late_prepared"


@pytest.fixture
def lacking(server, prepared, unaudited) -> Iterator[str]:
    """Return the URL of a copy of it."""
    with own_database(server, prepared, "late_lacking") as url:
        yield url


@pytest.fixture
def late(lacking) -> Iterator[Connection]:
    """Return a session of that copy."""
    with connect(lacking, purpose="tests") as opened:
        yield opened


def test_F30_calls_two_days_late_give_what_a_run_from_scratch_gives(lacking, late, scratch):
    for operation, calls in EVERYTHING.items():
        arrive(late, operation, [call for call in calls if is_late(call)])
    before = len(published(late))
    told = refresh(lacking, settings=DEFAULTS)
    assert derived(lacking) == scratch
    assert told["hours"] == 3
    # as of the late day itself nothing changes; the two days after it have new revisions
    assert told["baselines"] == [DAYS[1].isoformat(), DAYS[2].isoformat()]
    assert told["published"] == 6
    assert set(revisions(late).items()) == {((day, name), 1 + (day > DAYS[0])) for day in DAYS for name in EVERYTHING}
    assert (told["windows"], told["correlations"]) == (6, 3)
    assert told["pairs"] > 0
    assert told["findings"] > 0
    assert len(published(late)) == before + 11


def test_F30_a_second_refresh_finds_nothing_left(lacking, late, scratch):
    arrive(late, "commit", [call for call in EVERYTHING["commit"] if is_late(call)])
    refresh(lacking, settings=DEFAULTS)
    before = published(late)
    told = refresh(lacking, settings=DEFAULTS)
    assert told == {
        "hours": 0,
        "baselines": [],
        "published": 0,
        "windows": 0,
        "findings": 0,
        "correlations": 0,
        "pairs": 0,
    }
    assert published(late) == before


def test_F30_parts_in_any_order_with_a_refresh_after_each_give_the_same(lacking, late, scratch):
    parts = [(operation, [call]) for operation, calls in EVERYTHING.items() for call in calls if is_late(call)]
    for number, (operation, calls) in enumerate(reversed(parts)):
        arrive(late, operation, calls)
        if number in (20, 40):
            refresh(lacking, settings=DEFAULTS)
    refresh(lacking, settings=DEFAULTS)
    assert derived(lacking) == scratch


@pytest.mark.parametrize("point", ["after_take", "after_repeat"])
def test_F30_a_refresh_that_ended_early_is_gone_on_with(lacking, late, scratch, monkeypatch, point):
    for operation, calls in EVERYTHING.items():
        arrive(late, operation, [call for call in calls if is_late(call)])
    monkeypatch.setenv("OPLATENCY_FAILPOINT", f"late_data.{point}:raise")
    with pytest.raises(OplatencyError, match="failpoint"):
        refresh(lacking, settings=DEFAULTS)
    monkeypatch.delenv("OPLATENCY_FAILPOINT")
    refresh(lacking, settings=DEFAULTS)
    assert derived(lacking) == scratch


def test_hours_that_every_result_has_seen_cost_nothing(warehouse, connection, unaudited):
    arrive(connection, "commit", EVERYTHING["commit"])
    run_days(warehouse.url())
    # and hours that nothing was published of
    arrive(connection, "commit", constant(END, END + 3 * HOUR, MINUTE))
    before = published(connection)
    told = refresh(warehouse.url(), settings=DEFAULTS)
    assert told["hours"] > 0
    assert (told["baselines"], told["windows"], told["correlations"]) == ([], 0, 0)
    assert published(connection) == before
    assert connection.execute("select from oplatency.dirty_ranges").fetchall() == []


def test_late_calls_of_an_operation_that_was_not_known_have_baselines_and_are_judged(warehouse, connection, unaudited):
    put(connection, "commit", EVERYTHING["commit"])
    run_days(warehouse.url())
    arrive(connection, "merge", slowed(ordinary(WEEK_AGO, END, HOUR), DAYS[2], END, 9.0))
    refresh(warehouse.url(), settings=DEFAULTS)
    assert {key: n for key, n in revisions(connection).items() if key[1] == "merge"} == {
        (day, "merge"): 1 for day in DAYS
    }
    healed = derived(warehouse.url())
    run_days(warehouse.url())
    assert derived(warehouse.url()) == healed
    found = connection.execute(
        "select count(*) as n from oplatency.violations join oplatency.operation_types as o using (operation_id)"
        " where o.name = 'merge'"
    )
    assert found.fetchall()[0]["n"] > 0


def test_calls_of_an_untracked_operation_touch_nothing(warehouse, connection, unaudited):
    put(connection, "commit", EVERYTHING["commit"])
    put(connection, "noise", constant(WEEK_AGO, TODAY, HOUR), is_tracked=False)
    run_days(warehouse.url())
    arrive(connection, "noise", constant(LATE_FROM + MINUTE, LATE_TO, HOUR))
    told = refresh(warehouse.url(), settings=DEFAULTS)
    assert (told["hours"], told["baselines"], told["windows"]) == (3, [], 0)


def test_F57_calls_that_commit_during_the_reading_of_a_run_mark_it_though_it_was_not_recorded_yet(
    warehouse, connection, unaudited, monkeypatch
):
    put(connection, "commit", EVERYTHING["commit"])
    measure = recalculate_baselines.measure

    def slow_measure(*arguments: Any) -> Any:
        # the run has read its facts and nobody knows of it
        arrive(connection, "commit", constant(LATE_FROM, LATE_TO, MINUTE, 77_000))
        brief = DEFAULTS.model_copy(
            update={"database": DEFAULTS.database.model_copy(update={"advisory_lock_timeout_s": 0.1})}
        )
        with pytest.raises(OplatencyError, match="reads facts"):
            refresh(warehouse.url(), settings=brief)
        return measure(*arguments)

    monkeypatch.setattr(recalculate_baselines, "measure", slow_measure)
    token = windowed_job.stage(warehouse.url(), RECALCULATE, Request(DEFAULTS, TODAY))
    monkeypatch.undo()
    monkeypatch.setattr(windowed_job, "audit", lambda url, job, token: let_pass(url, token))
    # taken up while the run waits for its audit: it is marked before it is published
    assert refresh(warehouse.url(), settings=DEFAULTS)["baselines"] == []
    publish(warehouse.url(), token)
    assert refresh(warehouse.url(), settings=DEFAULTS)["baselines"] == [TODAY.isoformat()]
    assert revisions(connection) == {(TODAY, "commit"): 2}


def test_F57_calls_that_commit_during_a_refresh_are_left_to_the_next(warehouse, connection, unaudited, monkeypatch):
    put(connection, "commit", EVERYTHING["commit"])
    baselines(warehouse.url(), TODAY)
    arrive(connection, "commit", constant(LATE_FROM, LATE_TO, MINUTE, 77_000))
    repeat = late_data._repeat

    def late_again(*arguments: Any) -> Any:
        report = repeat(*arguments)
        arrive(connection, "commit", constant(LATE_FROM, LATE_TO, MINUTE, 99_000))
        return report

    monkeypatch.setattr(late_data, "_repeat", late_again)
    assert refresh(warehouse.url(), settings=DEFAULTS)["published"] == 1
    monkeypatch.setattr(late_data, "_repeat", repeat)
    assert refresh(warehouse.url(), settings=DEFAULTS)["published"] == 1
    assert revisions(connection) == {(TODAY, "commit"): 3}


def test_a_window_judged_before_its_baseline_was_there_is_judged_again(warehouse, connection, unaudited):
    put(connection, "commit", EVERYTHING["commit"])
    baselines(warehouse.url(), TODAY - DAY)
    for hour in range(3):
        detected(warehouse.url(), TODAY + hour * HOUR, TODAY + (hour + 1) * HOUR)
    detected(warehouse.url(), TODAY - HOUR, TODAY)
    baselines(warehouse.url(), TODAY)
    assert refresh(warehouse.url(), settings=DEFAULTS)["windows"] == 3
    assert refresh(warehouse.url(), settings=DEFAULTS)["windows"] == 0


def test_a_result_that_fails_its_audit_keeps_no_other_out_and_is_tried_again(warehouse, connection, monkeypatch):
    put(connection, "commit", EVERYTHING["commit"])
    for day in DAYS[1:]:
        baselines(warehouse.url(), day)
    arrive(connection, "commit", constant(LATE_FROM, LATE_TO, MINUTE, 77_000))

    def fail_first(url: str, job: object, token: UUID) -> None:
        with connect(url, purpose="tests") as session:
            found = session.execute("select window_end from oplatency.job_runs where run_token = %s", (token,))
            if found.fetchall()[0]["window_end"] == DAYS[1]:
                raise GateFailedError("refused")
        let_pass(url, token)

    monkeypatch.setattr(windowed_job, "audit", fail_first)
    with pytest.raises(GateFailedError, match="refused"):
        refresh(warehouse.url(), settings=DEFAULTS)
    assert revisions(connection) == {(DAYS[1], "commit"): 1, (DAYS[2], "commit"): 2}
    monkeypatch.setattr(windowed_job, "audit", lambda url, job, token: let_pass(url, token))
    assert refresh(warehouse.url(), settings=DEFAULTS)["baselines"] == [DAYS[1].isoformat()]


@pytest.mark.slow
def test_F30_a_late_file_passes_the_gate_and_every_audit_on_its_way(warehouse, connection, tmp_path):
    url = warehouse.url()
    put(connection, "commit", constant(WEEK_AGO, TODAY, HOUR))
    baselines(url, TODAY)
    detected(url, TODAY - DAY, TODAY)
    correlated(url, TODAY)
    late = TODAY - DAY + 90 * MINUTE
    ingestion = Ingestion(url, tmp_path)
    ingestion.land(f"operation,started_at,duration_us\ncommit,{late.isoformat()},6000\n")
    told = refresh(url, settings=DEFAULTS)
    assert (told["hours"], told["published"], told["windows"], told["correlations"]) == (1, 1, 1, 1)
    found = connection.execute(
        "select n_calls from oplatency.baselines where branch_id = 0 order by revision"
    ).fetchall()
    assert [row["n_calls"] for row in found] == [168, 169]


def publish(url: str, token: UUID) -> None:
    let_pass(url, token)
    windowed_job.publish(url, RECALCULATE, token, settings=DEFAULTS)
