"""Rejected rows are looked at, tried again through the same gate, or given up; the accounts balance throughout."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion import ARRIVED, GOOD, Ingestion, csv_text
from oplatency.errors import GateFailedError, UsageError
from oplatency.ingest import gate, quarantine
from oplatency.ingest.batches import Delivery
from oplatency.ingest.quarantine import Release, RowFilter, rescaled
from oplatency.ingest.remedies import REMEDIES
from oplatency.settings import IngestSettings, Settings, SourceSettings
from oplatency.sources.contract import StagedRow
from oplatency.warehouse.database import connect, run

HELD = Settings(ingest=IngestSettings(new_operations="hold"))
NAIVE = "commit,2026-03-09T10:00:00,5000"


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def released(ingestion: Ingestion, choice: RowFilter, **options: Any) -> list[Release]:
    """Release rows; return what became of them, once every account balances."""
    outcomes = quarantine.release(ingestion.url, choice, settings=ingestion.settings, **options)
    balanced(ingestion)
    return outcomes


def balanced(ingestion: Ingestion) -> None:
    """Check that each input row is in one place: its batch's account agrees with the facts and the quarantine."""
    accounts = ingestion.query(
        "select b.*,"
        " (select count(*) from oplatency.quarantined_rows as q"
        " where q.batch_id = b.batch_id and q.released_at is null) as waiting,"
        " (select count(*) from oplatency.quarantined_rows as q where q.released_batch_id = b.batch_id) as brought,"
        " (select count(*) from oplatency.metrics as m where m.batch_id = b.batch_id) as own,"
        " (select count(*) from oplatency.metrics as m join oplatency.ingest_batches as r using (batch_id)"
        " where coalesce(r.retry_of, r.batch_id) = b.batch_id) as facts"
        " from oplatency.ingest_batches as b where status in ('published', 'failed')"
    )
    for account in accounts:
        assert account["rows_in"] == account["accepted"] + account["duplicate"] + account["quarantined"]
        assert account["quarantined"] == account["waiting"] == sum(account["reasons"].values())
        if account["retry_of"] is None:
            assert account["accepted"] == account["facts"]
        else:
            assert (account["accepted"], account["rows_in"]) == (account["own"], account["brought"])
    assert ingestion.query("select * from oplatency.staged_rows") == []
    assert ingestion.query("select * from oplatency.staged_metrics") == []


def original(ingestion: Ingestion) -> tuple[int, int, int, dict[str, int], str]:
    account = ingestion.batches()[0]
    return account["accepted"], account["duplicate"], account["quarantined"], account["reasons"], account["status"]


def test_an_admitted_operation_lets_its_rows_in_and_moves_them_in_their_batchs_account(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD]), name="known.csv")
    ingestion.settings = HELD
    rows = ["merge,2026-03-09T10:00:00Z,7000", "tag,2026-03-09T11:00:00Z,9000", "commit,2026-03-09T12:00:00Z,-1"]
    ingestion.refuse(csv_text(rows))
    batch = ingestion.batches()[-1]["batch_id"]

    (name,) = [found["operation"] for found in quarantine.held_operations(ingestion.url, limit=1)]
    assert quarantine.admit_operations(ingestion.url, ["merge"], settings=HELD) == 1
    (outcome,) = released(ingestion, RowFilter(reasons=("unknown_operation",)))

    assert name == "merge"
    assert (outcome.batch, outcome.tried, outcome.accepted, outcome.duplicate, outcome.rejected) == (batch, 2, 1, 0, 1)
    assert outcome.reasons == {"unknown_operation": 1, "negative_duration": 1}
    (account,) = ingestion.query("select * from oplatency.ingest_batches where batch_id = %(b)s", {"b": batch})
    assert (account["status"], account["accepted"], account["quarantined"]) == ("published", 1, 2)
    assert [(fact["operation"], fact["duration_us"]) for fact in ingestion.facts()] == [
        ("commit", 5000),
        ("merge", 7000),
    ]
    assert [held["operation"] for held in quarantine.held_operations(ingestion.url, limit=9)] == ["tag"]


def test_a_release_again_changes_nothing(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD, NAIVE.replace("10:", "11:")]))
    released(ingestion, RowFilter(batch=1), assume_tz="UTC")
    before, digest = original(ingestion), ingestion.digest()

    again = released(ingestion, RowFilter(batch=1), assume_tz="UTC")

    assert again == []
    assert (original(ingestion), ingestion.digest()) == (before, digest)
    assert before == (2, 0, 0, {}, "published")


def test_a_declared_zone_is_used_for_this_try_only_and_the_row_says_where_it_went(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD, NAIVE.replace("10:", "14:")]))
    (row,) = ingestion.quarantine()

    (rejected,) = released(ingestion, RowFilter(ids=(row["quarantine_id"],)))
    (outcome,) = released(ingestion, RowFilter(ids=(row["quarantine_id"],)), assume_tz="Europe/Berlin")

    assert (rejected.tried, rejected.rejected, rejected.reasons) == (1, 1, {"naive_timestamp": 1})
    assert (outcome.accepted, outcome.reasons) == (1, {})
    assert [f"{fact['started_at']:%H:%M}" for fact in ingestion.facts()] == ["10:00", "13:00"]
    found = quarantine.find(ingestion.url, row["quarantine_id"])
    assert (found["state"], found["released_batch"]) == ("released", ingestion.batches()[-1]["batch_id"])
    assert (found["raw"], found["fields"]["started_at"]) == (NAIVE.replace("10:", "14:"), "2026-03-09T14:00:00")


def test_a_row_that_is_a_fact_by_now_leaves_as_a_duplicate(ingestion: Ingestion):
    ingestion.land(csv_text([NAIVE, GOOD.replace("10:", "12:")]))
    ingestion.land(csv_text([GOOD]), name="corrected.csv")

    (outcome,) = released(ingestion, RowFilter(source="app"), assume_tz="UTC")

    assert (outcome.accepted, outcome.duplicate, outcome.rejected) == (0, 1, 0)
    assert original(ingestion) == (1, 1, 0, {}, "published")
    assert len(ingestion.facts()) == 2


def test_identical_rows_are_all_kept_also_when_only_one_of_them_was_named(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD, NAIVE.replace("10:", "11:"), NAIVE.replace("10:", "11:")]))
    first = ingestion.quarantine()[0]["quarantine_id"]

    (outcome,) = released(ingestion, RowFilter(ids=(first,)), assume_tz="UTC")

    assert (outcome.tried, outcome.accepted, outcome.duplicate) == (2, 2, 0)


def test_rows_of_several_batches_are_judged_each_as_its_batch_was_declared(ingestion: Ingestion):
    ingestion.declare('assume_tz = "America/New_York"', source="away")
    held = csv_text(["merge,2026-03-09T05:00:00,7000"])
    ingestion.settings = HELD
    ingestion.refuse(held, source="away")
    ingestion.refuse(held.replace("05:00:00", "05:00:00Z"), source="home")
    quarantine.admit_operations(ingestion.url, ["merge"], settings=HELD)

    outcomes = released(ingestion, RowFilter(operations=("merge",)))

    assert [(outcome.source, outcome.accepted) for outcome in outcomes] == [("away", 1), ("home", 1)]
    assert [f"{fact['started_at']:%H:%M}" for fact in ingestion.facts()] == ["05:00", "09:00"]


def test_a_row_that_could_not_be_taken_apart_is_not_tried_and_the_error_says_what_to_do(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD, "commit,2026-03-09T10:00:00Z,5,6,7", NAIVE.replace("10:", "11:")]))
    broken, naive = ingestion.quarantine()

    assert (broken["reason"], broken["fields"]) == ("malformed_row", None)
    with pytest.raises(UsageError, match="None of the 1 rows could be taken apart") as caught:
        released(ingestion, RowFilter(ids=(broken["quarantine_id"],)))
    assert "ingest it again" in caught.value.remedy
    assert "correct the file" in quarantine.find(ingestion.url, broken["quarantine_id"])["remedy"]

    (outcome,) = released(ingestion, RowFilter(batch=naive["batch_id"]), assume_tz="UTC")
    assert (outcome.accepted, outcome.unreadable, outcome.reasons) == (1, 1, {"malformed_row": 1})


def test_F19_an_ambiguous_local_time_is_let_in_with_the_zone_it_was_really_of(ingestion: Ingestion):
    ingestion.declare('assume_tz = "Europe/Berlin"')
    ingestion.settings = Settings(ingest=IngestSettings(horizon_days=200))
    ingestion.land(csv_text(["commit,2025-10-26T02:30:00,7000", GOOD]), name="autumn.csv")
    (row,) = ingestion.quarantine()
    assert (row["reason"], quarantine.find(ingestion.url, row["quarantine_id"])["assume_tz"]) == (
        "ambiguous_time",
        "Europe/Berlin",
    )

    (outcome,) = released(ingestion, RowFilter(reasons=("ambiguous_time",)), assume_tz="UTC")

    assert outcome.accepted == 1
    assert f"{ingestion.facts()[0]['started_at']:%d %H:%M}" == "26 02:30"


def test_discarded_rows_stay_count_as_quarantined_and_are_not_tried_again(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD, NAIVE, NAIVE.replace("10:", "11:")]))
    first = ingestion.quarantine()[0]["quarantine_id"]
    before = original(ingestion)

    for expected in (1, 0):
        given_up = quarantine.discard(
            ingestion.url, RowFilter(ids=(first,)), settings=ingestion.settings, by="ada", note="a test run"
        )
        assert given_up == expected
        balanced(ingestion)
        assert original(ingestion) == before
    found = quarantine.find(ingestion.url, first)
    assert (found["state"], found["discarded_by"], found["note"]) == ("discarded", "ada", "a test run")
    assert found["discarded_at"] is not None
    (group,) = quarantine.groups(ingestion.url, RowFilter(), limit=9)
    assert (group["waiting"], group["discarded"], group["releasable"]) == (1, 1, 1)

    (outcome,) = released(ingestion, RowFilter(batch=1), assume_tz="UTC")

    assert (outcome.accepted, outcome.reasons) == (1, {"naive_timestamp": 1})
    assert original(ingestion) == (2, 0, 1, {"naive_timestamp": 1}, "published")
    assert quarantine.groups(ingestion.url, RowFilter(), limit=9) == []


def test_a_batch_whose_audit_fails_again_stays_in_quarantine_as_a_whole(ingestion: Ingestion, monkeypatch):
    ingestion.land(csv_text([GOOD, NAIVE.replace("10:", "11:")]))
    stage_rows = gate.stage_rows

    def broken(*arguments: Any, **options: Any) -> Any:
        token = stage_rows(*arguments, **options)
        with connect(ingestion.url, purpose="tests") as connection:
            connection.execute("update oplatency.staged_metrics set duration_us = -5 where run_token = %s", (token,))
        return token

    monkeypatch.setattr(gate, "stage_rows", broken)
    (outcome,) = released(ingestion, RowFilter(batch=1), assume_tz="UTC")
    monkeypatch.undo()

    assert (outcome.accepted, outcome.rejected, outcome.reasons) == (0, 1, {"failed_audit": 1})
    (healed,) = released(ingestion, RowFilter(batch=1), assume_tz="UTC")
    assert (healed.accepted, healed.reasons) == (1, {})


def test_a_release_that_died_before_it_published_is_simply_run_again(ingestion: Ingestion, monkeypatch):
    ingestion.land(csv_text([GOOD, NAIVE.replace("10:", "11:")]))

    def died(*arguments: Any, **options: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr(gate, "publish", died)
    with pytest.raises(ConnectionError):
        quarantine.release(ingestion.url, RowFilter(batch=1), settings=ingestion.settings, assume_tz="UTC")
    monkeypatch.undo()
    (outcome,) = quarantine.release(ingestion.url, RowFilter(batch=1), settings=ingestion.settings, assume_tz="UTC")

    assert outcome.accepted == 1
    assert original(ingestion) == (2, 0, 0, {}, "published")
    assert [batch["status"] for batch in ingestion.batches()] == ["published", "superseded", "published"]


def test_two_releases_at_once_release_a_row_once(ingestion: Ingestion):
    rows = [f"commit,2026-03-09T11:00:{second:02}" + f",{6000 + second}" for second in range(60)]
    ingestion.land(csv_text([GOOD, *rows]))
    outcomes: list[Release] = []

    def work(zone: str) -> None:
        # different zones: by its content alone the second try would not be a duplicate of the first
        outcomes.extend(
            quarantine.release(ingestion.url, RowFilter(batch=1), settings=ingestion.settings, assume_tz=zone)
        )

    threads = [threading.Thread(target=work, args=(zone,)) for zone in ("UTC", "Europe/Berlin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    balanced(ingestion)
    assert [(outcome.accepted, outcome.duplicate) for outcome in outcomes] == [(60, 0)]
    assert len(ingestion.facts()) == 61


def test_rows_discarded_behind_a_releases_back_are_not_released(ingestion: Ingestion, monkeypatch):
    ingestion.land(csv_text([GOOD, NAIVE.replace("10:", "11:")]))
    audit = gate.audit

    def meanwhile(url: str, token: Any) -> Any:
        with connect(url, purpose="tests") as connection:
            run(
                connection,
                "ingest/quarantine/discard_rows",
                RowFilter(batch=1).binds() | {"discarded_by": "eve", "note": None},
            )
        return audit(url, token)

    monkeypatch.setattr(gate, "audit", meanwhile)
    with pytest.raises(Exception, match="released or discarded meanwhile"):
        quarantine.release(ingestion.url, RowFilter(batch=1), settings=ingestion.settings, assume_tz="UTC")

    assert len(ingestion.facts()) == 1
    assert original(ingestion) == (1, 0, 1, {"naive_timestamp": 1}, "published")


def test_more_rows_than_a_page_are_released_in_one_go(ingestion: Ingestion, monkeypatch):
    monkeypatch.setattr(quarantine, "_PAGE_ROWS", 7)
    rows = [f"commit,2026-03-09T11:00:{second:02},5000" for second in range(30)]
    ingestion.land(csv_text([GOOD, *rows]))

    (outcome,) = released(ingestion, RowFilter(batch=1), assume_tz="UTC")

    assert (outcome.tried, outcome.accepted) == (30, 30)


def test_groups_are_found_by_source_reason_batch_and_operation(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD, NAIVE, NAIVE, "merge,2026-03-09T10:00:00Z,-1"]))
    ingestion.land(csv_text([GOOD.replace("10:", "13:"), NAIVE]), source="other")

    def found(**limits: Any) -> list[tuple[Any, ...]]:
        groups = quarantine.groups(ingestion.url, RowFilter(**limits), limit=9)
        return [(group["source"], group["batch"], group["reason"], group["waiting"]) for group in groups]

    everything = found()
    assert everything == [
        ("other", 2, "naive_timestamp", 1),
        ("app", 1, "naive_timestamp", 2),
        ("app", 1, "negative_duration", 1),
    ]
    assert found(source="app", reasons=("naive_timestamp",)) == [everything[1]]
    assert found(batch=2) == [everything[0]]
    assert found(operations=("merge",)) == [everything[2]]
    assert len(quarantine.groups(ingestion.url, RowFilter(), limit=1)) == 1


def test_every_reason_that_is_documented_has_a_remedy(project: Path):
    page = (project / "docs" / "ingest.md").read_text(encoding="utf-8").split("## Why a row is in quarantine")[1]
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = {word for cell in cells for word in cell.replace("`", " ").replace(",", " ").split()}
    assert documented == REMEDIES.keys()


@pytest.mark.parametrize(
    ("fields", "unit", "expected"),
    [
        ({"duration_us": "5"}, "ms", {"duration_us": "5000"}),
        ({"duration_us": "5000000"}, "ns", {"duration_us": "5000.000"}),
        ({"duration_ms": "0.5"}, "s", {"duration_us": "500000.0"}),
        ({"duration_us": "5", "duration_ms": "5"}, "ms", {"duration_us": "5000"}),
        ({"duration_us": "1.5e3"}, "us", {"duration_us": "1500"}),
        ({"duration_us": "many"}, "ms", {"duration_us": "many"}),
        ({"duration_us": "1e999999999"}, "ms", {"duration_us": "1e999999999"}),
        ({"ended_at": "2026-03-09T10:00:00Z"}, "ms", {"ended_at": "2026-03-09T10:00:00Z"}),
    ],
)
def test_a_number_of_another_unit_is_carried_over_exactly(fields: dict[str, str], unit: str, expected: dict[str, str]):
    assert rescaled(fields, unit) == expected


def test_what_is_no_unit_is_refused(ingestion: Ingestion):
    with pytest.raises(UsageError, match="no unit 'hours'"):
        quarantine.release(ingestion.url, RowFilter(batch=1), settings=ingestion.settings, unit="hours")


@pytest.mark.parametrize(
    ("kind", "record", "stored"),
    [
        (
            "span",
            {"trace_id": "t", "span_id": "s", "name": "step", "status": "SUCCESS", "is_call": True},
            "select trace_id, span_id, span_name as what, duration_us, batch_id from oplatency.spans",
        ),
        (
            "merge",
            {"source_branch": "feature", "target_branch": "main", "status": "FAILED", "merge_base_us": 2},
            "select merge_base_us, merge_status as what, total_us as duration_us, batch_id from oplatency.merges",
        ),
    ],
)
def test_a_refused_span_or_merge_is_released_as_what_it_is(
    ingestion: Ingestion, kind: str, record: dict[str, Any], stored: str
):
    fields = {
        "kind": kind, "operation": "merge", "started_at": "2026-03-09T10:00:00", "duration_us": "5",
        "record": json.dumps(record),
    }  # fmt: skip
    other = fields | {"started_at": "soon", "record": json.dumps(record | {"span_id": "other"})}
    token = gate.stage_rows(
        ingestion.url,
        iter([StagedRow(1, "raw", fields), StagedRow(2, "raw", other)]),
        Delivery(
            source="traces",
            format="otlp",
            path="traces",
            content_hash=b"1",
            size=1,
            received_at=ARRIVED,
            settings=SourceSettings(),
        ),
        settings=ingestion.settings,
    )
    with pytest.raises(GateFailedError, match="All 2 rows were rejected"):
        ingestion.finish(token)
    assert [row["fields"] for row in ingestion.quarantine()] == [fields, other]
    assert ingestion.query(stored) == []

    (outcome,) = quarantine.release(ingestion.url, RowFilter(batch=1), settings=ingestion.settings, assume_tz="UTC")

    assert (outcome.tried, outcome.accepted, outcome.rejected) == (2, 1, 1)
    (row,) = ingestion.query(stored)
    assert (row["what"], row["duration_us"]) == (record.get("name") or record["status"], 5)
    assert row["batch_id"] == ingestion.batches()[-1]["batch_id"]
    assert len(ingestion.facts()) == (kind == "span")
    first, redrive = ingestion.batches()
    assert (first["rows_in"], first["accepted"], first["quarantined"]) == (2, 1, 1)
    assert (redrive["retry_of"], redrive["rows_in"], redrive["accepted"]) == (1, 1, 1)


def test_spans_and_merges_keep_what_only_they_have(ingestion: Ingestion):
    record = json.dumps({"trace_id": "t", "span_id": "s", "name": "step", "status": "SUCCESS", "is_call": False})
    fields = {"kind": "span", "operation": "merge", "started_at": "soon", "duration_us": "5", "record": record}

    def rows() -> Iterator[StagedRow]:
        yield StagedRow(1, "raw", fields)

    token = gate.stage_rows(
        ingestion.url,
        rows(),
        Delivery(
            source="traces",
            format="otlp",
            path="traces",
            content_hash=b"1",
            size=1,
            received_at=ARRIVED,
            settings=SourceSettings(),
        ),
        settings=ingestion.settings,
    )
    with pytest.raises(Exception, match="rejected"):
        ingestion.finish(token)

    (row,) = ingestion.quarantine()
    assert row["fields"] == fields
