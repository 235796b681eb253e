"""Synthetic slow-downs: found by a detection that sees, red where settings or baselines have made it blind."""

from __future__ import annotations

from typing import Any

import pytest

from calls import DAY, DEFAULTS, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, content, ordinary, put
from oplatency.baselines import operations
from oplatency.errors import GateFailedError, UsageError
from oplatency.jobs import check_detection, maintain_warehouse
from oplatency.settings import load_settings
from oplatency.warehouse.database import Connection, rows

STEPS = (5, 10, 20, 30, 60)


def week(connection: Connection) -> None:
    """Bring in a calm week of five operations, from 288 to 24 calls a day."""
    for number, step in enumerate(STEPS):
        put(connection, f"every {step}", ordinary(WEEK_AGO, TODAY, step * MINUTE, sd=0.25, seed=number))


def trials(connection: Connection) -> list[dict[str, Any]]:
    return connection.execute("select * from oplatency.canary_trials order by 1, 2, 3, 4, 5").fetchall()


def test_on_a_calm_week_nearly_all_is_found_and_the_delay_is_told(warehouse, connection):
    week(connection)
    baselines(warehouse.url())
    told = check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
    point, shift = told["rules"]["point"], told["rules"]["shift"]
    assert (told["as_of"], told["operations"]) == (TODAY.isoformat(), 5)
    assert point["trials"] >= 12
    assert point["recall"] > 0.85
    assert 1 <= point["median_delay_hours"] <= 2
    assert shift["trials"] >= 3
    assert (shift["recall"], shift["median_delay_hours"]) == (1, 24)
    kept = trials(connection)
    assert len(kept) == point["trials"] + shift["trials"]
    assert {row["slowdown"] for row in kept if row["rule"] == "point"} == {1.0, 3.0}
    assert all(WEEK_AGO <= row["window_start"] < row["window_end"] <= TODAY for row in kept)
    view = connection.execute("select sum(trials) as n from oplatency.v_detection_canary").fetchone()
    assert view == {"n": len(kept)}


def test_the_same_week_and_settings_give_the_same_trials_and_another_day_gives_others(warehouse, connection):
    week(connection)
    baselines(warehouse.url())
    kept = []
    for _ in range(2):
        check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
        kept.append(content(connection, "canary_trials", without={"tried_at"}))
    assert kept[0] == kept[1]
    check_detection.check(warehouse.url(), as_of=TODAY - DAY, settings=load_settings(canary={"min_recall": 0}))
    other = {row["window_start"] + DAY for row in trials(connection) if row["as_of"] == TODAY - DAY}
    assert other != {row["window_start"] for row in trials(connection) if row["as_of"] == TODAY}


@pytest.mark.parametrize(
    ("blinding", "rule"),
    [
        ({"points": {"warning_z": 500.0, "alert_z": 500.0}}, "point"),
        ({"points": {"warning_z": 1e6}}, "point"),
        ({"points": {"scale_floor": 5.0}}, "point"),
        ({"shifts": {"min_z": 500.0}}, "shift"),
    ],
    ids=["z", "absurd", "scale", "shift"],
)
def test_a_setting_that_makes_a_rule_blind_is_told_and_the_trials_are_kept(warehouse, connection, blinding, rule):
    week(connection)
    settings = load_settings(**blinding)
    baselines(warehouse.url(), settings=settings)
    with pytest.raises(GateFailedError, match=f"Detection is blind: .*{rule} found 0 of") as caught:
        check_detection.check(warehouse.url(), as_of=TODAY, settings=settings)
    assert "v_detection_canary" in caught.value.remedy
    kept = [row for row in trials(connection) if row["rule"] == rule]
    assert kept
    assert not any(row["is_found"] for row in kept)
    assert {row["config_hash"] for row in kept} == {settings.config_hash()}


def test_without_baselines_detection_is_blind(warehouse, connection):
    week(connection)
    with pytest.raises(GateFailedError, match="point found 0 of"):
        check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)


def test_an_operation_that_a_person_lets_see_less_is_not_tried(warehouse, connection):
    week(connection)
    less = operations.Values(scale_floor=5.0)
    operations.set_operation(warehouse.url(), "every 5", less, note="it jumps", changed_by="ada", settings=DEFAULTS)
    baselines(warehouse.url())
    told = check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
    assert told["operations"] == 4


def test_where_nothing_is_busy_enough_nothing_is_tried_and_nothing_is_wrong(warehouse, connection):
    empty = check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
    assert (empty["operations"], empty["rules"]) == (0, {})
    put(connection, "rare", ordinary(WEEK_AGO, TODAY, 12 * HOUR, sd=0.8))
    put(connection, "new", ordinary(TODAY - 2 * DAY, TODAY, MINUTE))
    baselines(warehouse.url())
    assert check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)["operations"] == 0
    assert trials(connection) == []


def test_trying_changes_nothing_that_is_published(warehouse, connection):
    week(connection)
    baselines(warehouse.url())

    def state() -> Any:
        tables = ("metrics", "baselines", "verdicts", "job_runs", "configurations", "dirty_ranges")
        return rows(connection, "reports/digest"), [content(connection, table) for table in tables]

    before = state()
    check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
    assert trials(connection)
    assert state() == before


def test_trials_are_kept_for_their_retention(warehouse, connection):
    week(connection)
    baselines(warehouse.url())
    check_detection.check(warehouse.url(), as_of=TODAY, settings=DEFAULTS)
    short = load_settings(retention={"canary_trials_days": 5, "metrics_days": 90})
    maintain_warehouse.maintain(warehouse.url(), as_of=TODAY + 5 * DAY, settings=short)
    assert trials(connection)
    maintain_warehouse.maintain(warehouse.url(), as_of=TODAY + 6 * DAY, settings=short)
    assert trials(connection) == []


def test_an_as_of_within_a_day_is_refused(warehouse):
    with pytest.raises(UsageError, match="not a whole UTC day"):
        check_detection.check(warehouse.url(), as_of=TODAY + HOUR, settings=DEFAULTS)
