"""What was counted between two snapshots, on servers that tell since when they count and on those that do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from oplatency.ingest.aggregates import Known, deltas_of
from oplatency.sources.polled.pg_stat_statements import Entry, Snapshot
from oplatency.stats.aggregates import Aggregate

LAST = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = LAST + timedelta(minutes=5)
RESET = LAST - timedelta(days=3)
KEY = (5, 10, 77, True)


def snapshot(*, calls: int = 12, total: float = 30.0, rows: int = 12, since=None, reset=RESET) -> Snapshot:
    entry = Entry(KEY, "select $1", Aggregate(calls, total, 4.0), rows, since)
    return Snapshot("1", 5, NOW, reset, 0, [entry])


def known(*, since=None) -> dict:
    return {KEY: Known(Aggregate(10, 20.0, 2.0), 10, since, LAST)}


def delta(taken: Snapshot, before: dict) -> tuple[int, datetime, bool]:
    (found,) = deltas_of(taken, before, LAST, RESET)
    return found.calls.n, found.known.taken_at, found.is_reset


@pytest.mark.parametrize(("reset", "since"), [(None, None), (RESET, None), (RESET, RESET)], ids=["13", "14", "17"])
def test_counts_that_went_on_are_subtracted(reset: datetime | None, since: datetime | None):
    (found,) = deltas_of(snapshot(reset=reset, since=since), known(since=since), LAST, reset)
    assert (found.calls.n, found.calls.total, found.n_rows, found.is_reset) == (2, 10.0, 2, False)


@pytest.mark.parametrize("lower", [{"calls": 9}, {"total": 19.0}, {"rows": 9}])
def test_a_count_that_went_down_began_anew_since_the_last_poll(lower: dict):
    taken = snapshot(**lower)
    assert delta(taken, known()) == (lower.get("calls", 12), LAST, True)


def test_a_reset_that_the_server_tells_is_the_start_even_where_counts_are_higher():
    reset = LAST + timedelta(minutes=2)
    assert delta(snapshot(reset=reset), known()) == (12, reset, True)


def test_an_entry_that_tells_since_when_it_counts_began_anew_then():
    since = LAST + timedelta(minutes=3)
    assert delta(snapshot(since=since), known(since=RESET)) == (12, since, True)


def test_an_entry_that_went_on_through_an_upgrade_to_17_is_no_reset():
    assert delta(snapshot(since=RESET), known()) == (2, LAST, False)


def test_a_new_entry_counts_since_the_last_poll_at_the_earliest():
    assert delta(snapshot(), {}) == (12, LAST, False)
    # it is made when the statement begins, and seen once that ends
    assert delta(snapshot(since=LAST - timedelta(hours=1)), {}) == (12, LAST, False)
    assert delta(snapshot(since=NOW - timedelta(seconds=1)), {}) == (12, NOW - timedelta(seconds=1), False)


def test_F52_a_crash_that_lost_the_counts_tells_the_year_2000_and_is_counted_since_the_last_poll():
    assert delta(snapshot(reset=datetime(2000, 1, 1, tzinfo=UTC)), known()) == (12, LAST, True)
