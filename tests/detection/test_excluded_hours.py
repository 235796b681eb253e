"""What is left out of a baseline stands in the ledger, and mutes where it is too much; other rules take no note."""

from __future__ import annotations

from typing import Any

import pytest

from calls import DAY, DEFAULTS, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, detected, ordinary, put, slowed
from oplatency.backtesting import limits
from oplatency.baselines import excluded_intervals
from oplatency.reports.explanation import explain_text
from oplatency.reports.story import load_hour_report
from oplatency.settings import load_settings
from oplatency.warehouse.database import connect
from oplatency.windows import Window

TEN = TODAY + 10 * HOUR
TIGHT = load_settings(baseline={"max_excluded": 0.01})
"""Of seven days an hour and 41 minutes may be excluded."""


def leave_out(url: str, window: Window) -> None:
    excluded_intervals.add(url, excluded_intervals.IntervalRequest("commit", window, "a disk was full"), noted_by="ada")


def ledger(connection, rule: str, at=None) -> list[dict[str, Any]]:
    found = connection.execute(
        "select v.* from oplatency.verdicts as v where v.rule = %s and (%s::timestamptz is null or window_start = %s)"
        " order by window_start, window_end",
        (rule, at, at),
    ).fetchall()
    return [row | {"gates": {gate[0]: tuple(gate[1:]) for gate in row["gates"]}} for row in found]


@pytest.fixture
def slow_hour(warehouse, connection) -> str:
    """A week of calls of which two hours are noted, and a slow hour after it."""
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TODAY + DAY, 10 * MINUTE), TEN, TEN + HOUR, 4))
    leave_out(warehouse.url(), Window(WEEK_AGO + DAY, WEEK_AGO + DAY + 2 * HOUR))
    return warehouse.url()


def test_the_hours_left_out_of_the_baseline_that_judged_are_told_with_their_limit(slow_hour, connection):
    baselines(slow_hour)
    detected(slow_hour, TODAY, TODAY + DAY)
    (verdict,) = ledger(connection, "point", TEN)
    assert verdict["gates"]["exclusion"] == (2.0, pytest.approx(72.24), True)
    assert list(verdict["gates"])[-2:] == ["exclusion", "coverage"]
    assert verdict["outcome"] == "alert"
    # an hour that is noted itself is judged like any other
    leave_out(slow_hour, Window(TEN, TEN + HOUR))
    detected(slow_hour, TODAY, TODAY + DAY)
    assert ledger(connection, "point", TEN) == [verdict]
    with connect(slow_hour, purpose="tests") as reader:
        told = explain_text(load_hour_report(reader, "commit", TEN))
    assert "    passed  hours excluded from the baseline: 2, at most 72.24" in told
    assert any(line.startswith("  Left out of it: 2026-03-04 00:00 to 2026-03-04 02:00 (person") for line in told)


def test_nothing_alerts_against_a_baseline_of_which_more_is_left_out_than_may_be(slow_hour, connection):
    baselines(slow_hour)
    # the limit is tightened; until the next baselines those of before judge
    detected(slow_hour, TODAY, TODAY + DAY, settings=TIGHT)
    (verdict,) = ledger(connection, "point", TEN)
    assert (verdict["outcome"], verdict["n_findings"]) == ("finding", 6)
    assert [name for name, gate in verdict["gates"].items() if not gate[2]] == ["exclusion"]
    assert verdict["gates"]["exclusion"] == (2.0, pytest.approx(1.68), False)
    with connect(slow_hour, purpose="tests") as reader:
        told = explain_text(load_hour_report(reader, "commit", TEN))
    assert any("because more hours are excluded from the baseline than allowed" in line for line in told)
    _, (found,) = limits.operation_limits(slow_hour, settings=TIGHT)
    assert "2.0 hours are excluded from its baseline, 1.7 may be" in found.mute
    # the next ones leave nothing out, which is called a new normal
    baselines(slow_hour, settings=TIGHT)
    detected(slow_hour, TODAY, TODAY + DAY, settings=TIGHT)
    (verdict,) = ledger(connection, "point", TEN)
    assert (verdict["outcome"], verdict["gates"]["exclusion"][0]) == ("alert", 0.0)


def test_what_may_be_left_out_to_the_last_second_does_not_mute(warehouse, connection):
    put(connection, "commit", slowed(ordinary(WEEK_AGO, TODAY + DAY, 10 * MINUTE), TEN, TEN + HOUR, 4))
    leave_out(warehouse.url(), Window(WEEK_AGO, WEEK_AGO + 0.43 * 7 * DAY))
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TODAY + DAY)
    (verdict,) = ledger(connection, "point", TEN)
    assert verdict["gates"]["exclusion"] == (pytest.approx(72.24), pytest.approx(72.24), True)


def test_the_baseline_of_weeks_ago_tells_what_was_left_out_of_it(warehouse, connection):
    url, before = warehouse.url(), TODAY + DAY - DEFAULTS.trends.creep_days * DAY
    put(connection, "commit", ordinary(before - 7 * DAY, before, 10 * MINUTE, sd=0.05))
    # too slow a drift to see within a week; the newest three days are slower by 30 % tonight for the first time
    for day in range(8):
        slower = 1.31 * 1.015 ** (day - 6)
        start = WEEK_AGO + day * DAY
        put(connection, "commit", ordinary(start, start + DAY, 10 * MINUTE, median_us=5000 * slower, sd=0.05, seed=day))
    leave_out(url, Window(before - 3 * DAY, before - 3 * DAY + 3 * HOUR))
    for as_of in (before, TODAY):
        baselines(url, as_of)
    for settings, outcome, gate in (
        (DEFAULTS, "alert", (3.0, pytest.approx(72.24), True)),
        (TIGHT, "finding", (3.0, pytest.approx(1.68), False)),
    ):
        detected(url, TODAY, TODAY + DAY, settings=settings)
        (verdict,) = ledger(connection, "creep")
        assert (verdict["outcome"], verdict["gates"]["exclusion"]) == (outcome, gate)


def test_what_is_left_out_of_baselines_decides_nothing_for_rules_that_look_at_the_days_themselves(
    warehouse, connection
):
    calm = ordinary(WEEK_AGO, TODAY + DAY, 10 * MINUTE)
    put(connection, "commit", slowed(calm, TODAY - 2 * DAY, TODAY - 2 * DAY + 5 * HOUR, 3))
    rules = ("silence", "shift", "tail", "trend")

    def judged() -> list[list[dict[str, Any]]]:
        baselines(warehouse.url())
        detected(warehouse.url(), TODAY, TODAY + DAY)
        return [[row | {"baseline_id": None} for row in ledger(connection, rule)] for rule in rules]

    before = judged()
    leave_out(warehouse.url(), Window(TODAY - 2 * DAY, TODAY - 2 * DAY + 5 * HOUR))
    leave_out(warehouse.url(), Window(TODAY, TODAY + DAY))
    assert judged() == before
    assert [bool(rows) for rows in before] == [True] * len(rules)
