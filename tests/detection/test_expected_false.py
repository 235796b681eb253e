"""A night says how many of its alerts to expect if nothing happened at all."""

from __future__ import annotations

import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, constant, detected, ordinary, put
from oplatency.reports.tables import expected_false_table
from oplatency.warehouse.database import connect


def test_a_night_states_its_expected_false_alerts_and_the_report_shows_them(warehouse, connection):
    for seed, name in enumerate(("commit", "merge")):
        put(connection, name, ordinary(WEEK_AGO, TODAY + DAY, 10 * MINUTE, seed=seed))
    put(connection, "thin", ordinary(TODAY - 2 * DAY, TODAY + DAY, 10 * MINUTE))
    put(connection, "new", constant(TODAY, TODAY + HOUR, 10 * MINUTE))
    baselines(warehouse.url())
    told = detected(warehouse.url(), TODAY, TODAY + DAY)["expected_false"]
    assert told["tests"] == {"point": 48, "shift": 2, "tail": 2, "trend": 2, "silence": 48}
    assert told["by_rule"] == pytest.approx(
        {
            # docs/statistics.md, "Measured": shares of operation-days, nights and hours
            "point": 2 * 0.08,
            "shift": 2 * 0.006,
            "tail": 2 * 0.015,
            "trend": 2 * 0.012,
            "silence": 48 * 1e-5,
        },
        abs=1e-4,
    )
    assert told["total"] == pytest.approx(sum(told["by_rule"].values()), abs=3e-4)
    kept = connection.execute(
        "select result -> 'expected_false' as kept from oplatency.v_job_runs where job = 'detect_anomalies'"
    ).fetchall()
    assert [row["kept"] for row in kept] == [told]
    # an hour of it judged once more counts once
    detected(warehouse.url(), TODAY, TODAY + HOUR)
    connection.execute("select set_config('oplatency.as_of', %s, false)", ((TODAY + DAY).isoformat(),))
    table = expected_false_table(connection)
    assert [row[:2] for row in table.rows] == [
        ("point", "48"),
        ("silence", "48"),
        ("shift", "2"),
        ("tail", "2"),
        ("trend", "2"),
        ("in all", "-"),
    ]
    assert table.rows[-1][2] == f"{told['total']:.3f}"


def test_hour_by_hour_the_expectation_adds_up_to_that_of_the_day(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO, TODAY + DAY, 10 * MINUTE))
    baselines(warehouse.url())
    hours = [detected(warehouse.url(), TODAY + n * HOUR, TODAY + (n + 1) * HOUR)["expected_false"] for n in range(3)]
    assert [told["tests"]["point"] for told in hours] == [1, 1, 1]
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        assert expected_false_table(reader).rows == ()
