"""Bad input: each row that cannot be a fact ends in quarantine with its reason, and the rest is kept."""

from __future__ import annotations

import base64
import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bad_rows import CALL, COLUMNS, GROUPS, NASTY

from ingestion import GOOD, HEADER, Ingestion, csv_text, own_database

Verdicts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def shared(server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingestion]:
    """Return a warehouse for the tests that only look at the rows of their own file."""
    with own_database(server, template, "warehouse_faults") as url:
        yield Ingestion(url, tmp_path_factory.mktemp("landing"))


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def table(rows: list[dict[str, str]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


@pytest.fixture(scope="module")
def verdicts(shared: Ingestion) -> Verdicts:
    """Return what became of every bad row, all of one file, by its name."""
    rows = {
        f"{fault} {name}": CALL | fields for fault, cases in GROUPS.items() for name, (fields, _, _) in cases.items()
    }
    batch = shared.land(table([CALL, *rows.values(), CALL]), name="bad.csv")
    assert (batch.rows_in, batch.accepted, batch.quarantined) == (len(rows) + 2, 2, len(rows))
    return dict(zip(rows, shared.quarantine(), strict=True))


def check(verdicts: Verdicts, fault: str, name: str) -> None:
    fields, reason, detail = GROUPS[fault][name]
    found = verdicts[f"{fault} {name}"]
    assert found["reason"] == reason
    assert detail in found["detail"]
    assert len(found["detail"]) < 500
    assert next(csv.reader([found["raw"]]), [""])[0] == (CALL | fields)["operation"] or len(found["raw"]) == 10_000


@pytest.mark.parametrize("name", GROUPS["F01"])
def test_F01_a_duration_that_is_not_a_number_is_quarantined(verdicts, name: str):
    check(verdicts, "F01", name)


@pytest.mark.parametrize("name", GROUPS["F02"])
def test_F02_an_infinite_duration_is_quarantined(verdicts, name: str):
    check(verdicts, "F02", name)


@pytest.mark.parametrize("name", GROUPS["F03"])
def test_F03_a_negative_duration_is_quarantined(verdicts, name: str):
    check(verdicts, "F03", name)


@pytest.mark.parametrize("name", GROUPS["F04"])
def test_F04_a_call_that_takes_no_time_or_less_is_quarantined(verdicts, name: str):
    check(verdicts, "F04", name)


@pytest.mark.parametrize("name", GROUPS["F05"])
def test_F05_a_claim_beyond_the_tolerance_is_quarantined_with_both_values(verdicts, name: str):
    check(verdicts, "F05", name)


@pytest.mark.parametrize("name", GROUPS["F06"])
def test_F06_a_call_that_starts_after_its_arrival_is_quarantined(verdicts, name: str):
    check(verdicts, "F06", name)


@pytest.mark.parametrize("name", GROUPS["F07"])
def test_F07_an_instant_outside_the_calendar_of_the_warehouse_is_quarantined(verdicts, name: str):
    check(verdicts, "F07", name)


@pytest.mark.parametrize("name", GROUPS["F08"])
def test_F08_a_time_without_an_offset_is_quarantined(verdicts, name: str):
    check(verdicts, "F08", name)


@pytest.mark.parametrize("name", GROUPS["F21"])
def test_F21_a_name_that_cannot_be_stored_or_shown_is_quarantined(verdicts, name: str):
    check(verdicts, "F21", name)


@pytest.mark.parametrize("name", GROUPS["F31"])
def test_F31_a_call_beyond_the_horizon_is_quarantined(verdicts, name: str):
    check(verdicts, "F31", name)


@pytest.mark.parametrize("name", GROUPS["other"])
def test_any_other_value_that_breaks_a_rule_is_quarantined_with_its_reason(verdicts, name: str):
    check(verdicts, "other", name)


def test_F07_no_partition_is_made_for_a_quarantined_instant(shared: Ingestion, verdicts):
    days = shared.query(
        "select right(inhrelid::regclass::text, 8) as day_on from pg_inherits"
        " where inhparent = 'oplatency.metrics'::regclass order by 1"
    )

    assert [row["day_on"] for row in days if not "20260301" <= row["day_on"] <= "20260331"] == []


def test_F08_a_time_without_an_offset_is_read_in_the_zone_that_the_source_declares(shared: Ingestion):
    shared.declare('assume_tz = "Europe/Berlin"\n', source="berlin")
    rows = ["zoned_start,2026-03-09T10:00:00,", "zoned_start,2026-03-09T11:00:00Z,2026-03-09 12:00:00.005"]

    batch = shared.land(
        csv_text(rows, "operation,started_at,ended_at").replace("00,\n", "00,2026-03-09T09:00:01Z\n"), source="berlin"
    )

    assert batch.accepted == 2
    starts = [fact["started_at"].isoformat() for fact in shared.facts() if fact["operation"] == "zoned_start"]
    assert starts == ["2026-03-09T09:00:00+00:00", "2026-03-09T11:00:00+00:00"]
    assert [known["assume_tz"] for known in shared.batches() if known["source"] == "berlin"] == ["Europe/Berlin"]


def test_F09_a_local_time_that_a_change_of_clocks_made_twice_or_never_is_quarantined(shared: Ingestion):
    shared.declare('assume_tz = "America/New_York"\n', source="york")
    times = ["2026-03-08T02:30:00", "2025-11-02T01:30:00", "2026-03-08T01:59:59", "2026-03-08T03:00:00"]
    before = len(shared.quarantine())
    shared.settings = shared.settings.model_copy(
        update={"ingest": shared.settings.ingest.model_copy(update={"horizon_days": 200})}
    )

    batch = shared.land(csv_text(f"clock_change,{time},5" for time in times), source="york")

    assert batch.reasons == {"ambiguous_time": 1, "nonexistent_time": 1}
    never, twice = shared.quarantine()[before:]
    assert (never["line_no"], never["reason"]) == (2, "nonexistent_time")
    assert (twice["line_no"], twice["reason"]) == (3, "ambiguous_time")
    assert "2025-11-02T01:30:00 is not exactly one instant in America/New_York" in twice["detail"]
    starts = [fact["started_at"].isoformat() for fact in shared.facts() if fact["operation"] == "clock_change"]
    assert starts == ["2026-03-08T06:59:59+00:00", "2026-03-08T07:00:00+00:00"]


def test_F34_a_leap_second_is_the_next_second_and_a_leap_day_is_a_day(shared: Ingestion):
    shared.settings = shared.settings.model_copy(
        update={"ingest": shared.settings.ingest.model_copy(update={"horizon_days": 9000})}
    )
    times = ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z", "2024-02-29T12:00:00Z"]

    batch = shared.land(csv_text(f"leap,{time},5" for time in times), name="leap.csv")

    assert batch.accepted == 3
    starts = [fact["started_at"].isoformat() for fact in shared.facts() if fact["operation"] == "leap"]
    assert starts == ["2017-01-01T00:00:00+00:00", "2017-01-01T00:00:00.500000+00:00", "2024-02-29T12:00:00+00:00"]


def test_F05_claims_within_the_resolution_of_the_source_are_accepted_and_beyond_it_are_not(shared: Ingestion):
    shared.declare("resolution_us = 1000\n", source="coarse")
    start = {"operation": "coarse", "started_at": "2026-03-09T10:00:00Z", "duration_us": "5000"}
    midnight = start | {"started_at": "2026-03-08T23:59:59.999Z"}
    within = [
        start | {"duration_ms": "6"},
        start | {"duration_ms": "4"},
        start | {"ended_at": "2026-03-09T10:00:00.006Z"},
        start | {"ended_at": "2026-03-09T10:00:00.004Z"},
        midnight | {"period_start": "2026-03-09"},
        midnight | {"period_start": "2026-03-08T00:00:00Z"},
        midnight | {"started_at": "2026-03-09T00:00:00.0005Z", "period_start": "2026-03-08"},
        start | {"duration_us": "100.5", "duration_ms": "1.1005"},
    ]
    beyond = [
        start | {"duration_ms": "6.001"},
        start | {"ended_at": "2026-03-09T10:00:00.003999Z"},
        midnight | {"started_at": "2026-03-08T23:59:59.998Z", "period_start": "2026-03-09"},
        midnight | {"started_at": "2026-03-09T00:00:00.001001Z", "period_start": "2026-03-08"},
    ]

    batch = shared.land(table(within + beyond), source="coarse")

    assert batch.accepted == len(within)
    assert batch.reasons == {"inconsistent_duration": 2, "inconsistent_period": 2}


def test_F13_rows_that_are_no_text_are_quarantined_with_their_bytes_and_the_rest_is_kept(shared: Ingestion):
    rows = [b"com\x00mit", b"com\xffmit", b"com\xed\xa0\x80mit"]
    lines = [
        b"\xef\xbb\xbf" + HEADER.encode(),
        *(name + b",2026-03-09T10:00:00Z,5000" for name in rows),
        b"caf\xc3\xa9,2026-03-09T10:00:00Z,5",
    ]
    before = len(shared.quarantine())

    batch = shared.land(b"\r\n".join(lines) + b"\r\n", name="bytes.csv")

    assert (batch.accepted, batch.reasons) == (1, {"encoding": 3})
    assert [base64.b64decode(row["raw"]) for row in shared.quarantine()[before:]] == lines[1:4]
    assert "caf\u00e9" in {fact["operation"] for fact in shared.facts()}


def test_F14_rows_that_do_not_fit_the_header_are_quarantined_with_the_line_they_start_on(shared: Ingestion):
    header = f"{HEADER},error"
    rows = [
        f'{GOOD},"a\nquoted\nerror"',
        f"{GOOD},x,y",
        ",".join("x" * 40),
        f'{GOOD},"never closed',
        f"{GOOD.replace('5000', '5001')},",
    ]
    before = len(shared.quarantine())

    batch = shared.land(csv_text(rows, header), name="shape.csv", source="shape")

    assert (batch.rows_in, batch.reasons) == (5, {"malformed_row": 3})
    refused = [(row["line_no"], row["detail"]) for row in shared.quarantine()[before:]]
    assert refused == [
        (5, "5 columns where the header has 4"),
        (6, "40 columns where the header has 4"),
        (7, "unexpected end of data"),
    ]


def test_F20_equal_calls_without_an_identity_are_all_kept_and_a_rerun_does_not_grow(shared: Ingestion):
    content = csv_text(["twin,2026-03-09T10:00:00Z,5000"] * 3)

    first = shared.land(content, name="twins.csv")
    again = shared.land(content, name="twins.csv")

    assert (first.accepted, first.duplicate) == (3, 0)
    assert (again.accepted, again.duplicate) == (0, 3)
    assert [fact["operation"] for fact in shared.facts()].count("twin") == 3


def test_F18_the_same_event_twice_in_a_batch_is_one_call_and_one_duplicate(shared: Ingestion):
    rows = ["event,2026-03-09T10:00:00Z,5000,e-1", "event,2026-03-09T10:00:00Z,5000,e-2"]

    batch = shared.land(csv_text([*rows, rows[0]], f"{HEADER},event_id"), name="events.csv")

    assert (batch.accepted, batch.duplicate, batch.quarantined) == (2, 1, 0)


def test_F19_an_event_of_the_same_identity_with_other_content_is_quarantined(shared: Ingestion):
    header = f"{HEADER},event_id"
    in_batch = ["clash,2026-03-09T10:00:00Z,5000,e-1", "clash,2026-03-09T10:00:00Z,6000,e-1"]
    before = len(shared.quarantine())

    first = shared.land(csv_text(in_batch, header), name="clash.csv")
    later = shared.land(csv_text([GOOD + ",", in_batch[1].replace("6000", "7000")], header), name="later.csv")

    assert (first.accepted, first.reasons) == (1, {"conflicting_duplicate": 1})
    assert later.reasons == {"conflicting_duplicate": 1}
    assert {fact["duration_us"] for fact in shared.facts() if fact["operation"] == "clash"} == {5000}
    refused = shared.quarantine()[before:]
    assert [row["line_no"] for row in refused] == [3, 3]
    assert all("stored with other content (5000 us)" in row["detail"] for row in refused)


def crossed(rng: random.Random | None = None, size: int = 0) -> list[dict[str, str]]:
    """Return calls with every nasty value in every column, or with random ones in a random number of columns."""
    if rng is None:
        return [CALL | {column: text} for column in COLUMNS for text in NASTY]
    full = CALL | {"ended_at": "2026-03-09T10:00:00.005Z", "duration_ms": "5", "branch": "main", "session": "s"}
    return [full | {c: rng.choice(NASTY) for c in rng.sample(COLUMNS, rng.randint(1, 4))} for _ in range(size)]


def test_F22_no_value_in_any_column_makes_the_gate_itself_fail(shared: Ingestion):
    rows = crossed()

    batch = shared.land(table([*rows, CALL | {"operation": "after_all"}]), name="nasty.csv")

    assert batch.rows_in == len(rows) + 1
    assert "after_all" in {fact["operation"] for fact in shared.facts()}


@pytest.mark.slow
def test_F133_twenty_thousand_random_rows_each_end_in_exactly_one_place(shared: Ingestion):
    for seed in range(4):
        rows = crossed(random.Random(seed), 5000)
        batch = shared.land(table([*rows, CALL]), name="random.csv")
        assert batch.rows_in == 5001
        assert batch.accepted > 0


def test_F23_a_file_of_which_every_row_is_bad_fails_and_is_kept_in_quarantine(ingestion: Ingestion):
    ingestion.land(csv_text([GOOD]))
    before, digest = ingestion.row_counts(), ingestion.digest()

    error = ingestion.refuse(
        csv_text(["commit,2026-03-09T10:00:00Z,NaN", "commit,never,5", "new,2026-03-09T10:00:00Z,-1"])
    )

    assert error.exit_code == 3
    assert error.message == "All 3 rows were rejected (bad_timestamp: 1, negative_duration: 1, non_finite: 1)."
    assert ingestion.batches()[-1]["status"] == "failed"
    changed = {
        table: count - before[table] for table, count in ingestion.row_counts().items() if count != before[table]
    }
    assert changed == {"ingest_batches": 1, "quarantined_rows": 3}
    assert ingestion.digest() == digest


def test_F11_a_log_that_was_cut_off_gives_its_whole_lines_and_its_redelivery_only_the_missing_one(shared: Ingestion):
    shared.declare('operations = ["get_commits"]\n', source="bench")
    lines = [f"0 {n} 2500 0 {1773050400 + n} 250000" for n in range(5)]
    whole = "\n".join(lines) + "\n"

    cut = shared.land(whole[:-9], name="pgbench_log.1", source="bench", status="partial_source")
    full = shared.land(whole, name="pgbench_log.1", source="bench")

    assert (cut.accepted, cut.reasons) == (4, {"truncated": 1})
    assert (full.accepted, full.duplicate, full.quarantined) == (1, 4, 0)


def test_F11_a_csv_file_that_was_cut_off_gives_its_whole_lines_and_its_redelivery_only_the_missing_one(
    shared: Ingestion,
):
    whole = csv_text([f"cut_off,2026-03-09T10:00:0{n}Z,5000" for n in range(5)])

    cut = shared.land(whole[:-12], name="cut.csv")
    full = shared.land(whole, name="cut.csv")

    assert (cut.accepted, cut.reasons) == (4, {"malformed_row": 1})
    assert (full.accepted, full.duplicate, full.quarantined) == (1, 4, 0)
