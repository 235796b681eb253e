"""A rule is one module and one row: everything else that names rules is derived from the registry."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from calls import DAY, MINUTE, TODAY, WEEK_AGO, baselines, detected, ordinary, put
from oplatency.backtesting.scoring import Label, alerts_of, score
from oplatency.detection import rules as package
from oplatency.detection.rules import registry
from oplatency.detection.rules.registry import all_rules, day_rules, hour_rules, kind_rank
from oplatency.jobs import check_data_quality
from oplatency.reports.explanation import as_text, explain_text
from oplatency.reports.story import load_hour_report
from oplatency.settings import Settings
from oplatency.warehouse.database import connect, sql_root
from oplatency.warehouse.migrations import migrate
from oplatency.windows import Window

MODULE = '''"""Odd hour: a day that closed is always worth an alert."""

from oplatency.detection.findings import Change
from oplatency.detection.rules.contract import COVERAGE, NOVELTY, DayJudgement, DayRule, GateWords
from oplatency.detection.verdicts import at_least
from oplatency.stats.points import Severity


def judge(day):
    change = Change(9, 9, 1000.0, 2000.0, 9.0, 1.0, 0.9, 1.1, "uniform", Severity.WARNING)
    gate = at_least("moon", 1.0, 0.5)
    yield DayJudgement(1, 9, (gate,), observed=2000.0, expected=1000.0, change=change, alerts=True)


RULE = DayRule(
    name="moonshine",
    kind="moonshine",
    grain="day",
    rank=7,
    title="Moonshine of {days}",
    comparison="{now} by the light of the moon, {before} without",
    gates={"moon": GateWords("light of the moon", form="share"), "novelty": NOVELTY, "coverage": COVERAGE},
    false_rate=0.5,
    judge=judge,
    alerting=lambda day: iter(()),
)
'''
MIGRATION = """-- The rule of this test.
insert into oplatency.rules (rule, kind, grain, rank) values ('moonshine', 'moonshine', 'day', 7);
"""


@pytest.fixture
def moonshine(warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add a rule: one module, and one migration."""
    (tmp_path / "moonshine.py").write_text(MODULE)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    shutil.copytree(sql_root() / "migrations", tmp_path / "migrations")
    number = len(list((sql_root() / "migrations").glob("*.sql"))) + 1
    (tmp_path / "migrations" / f"{number:04d}_add_moonshine.sql").write_text(MIGRATION)
    migrate(warehouse.url("oplatency_owner"), folder=tmp_path / "migrations")
    with connect(warehouse.url("oplatency_owner"), purpose="tests") as owner:
        # the code of this checkout knows one migration less
        owner.execute("delete from oplatency.schema_migrations where version = %s", (number,))
    registry.all_rules.cache_clear()
    yield
    registry.all_rules.cache_clear()
    sys.modules.pop(f"{package.__name__}.moonshine", None)
    vars(package).pop("moonshine", None)


def test_the_table_holds_the_rules_of_the_registry(connection):
    stored = connection.execute("select rule, kind, grain, rank from oplatency.rules order by rank").fetchall()
    declared = [(rule.name, rule.kind, rule.grain, rule.rank) for rule in all_rules().values()]
    assert [tuple(row.values()) for row in stored] == declared


def test_each_rule_is_named_as_its_module_and_refers_to_kinds_that_exist():
    assert isinstance(all_rules(), MappingProxyType)
    kinds = {rule.kind for rule in all_rules().values()}
    for rule in all_rules().values():
        assert sys.modules[f"{package.__name__}.{rule.name}"].RULE is rule
        assert kind_rank(rule.kind) <= rule.rank
    for rule in day_rules():
        assert rule.covered_by <= kinds
        assert rule.implied_by <= rule.covered_by
    assert [*hour_rules(), *day_rules()] == list(all_rules().values())


def test_every_gate_of_a_verdict_is_declared_by_its_rule(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO - 3 * DAY, TODAY, 10 * MINUTE))
    for number in range(3):
        baselines(warehouse.url(), TODAY - number * DAY)
    detected(warehouse.url(), TODAY - DAY, TODAY)
    found = connection.execute(
        "select distinct v.rule, g.gate ->> 0 as gate"
        " from oplatency.verdicts as v, jsonb_array_elements(v.gates) as g (gate)"
    ).fetchall()
    assert {row["rule"] for row in found} == set(all_rules())
    assert [row for row in found if row["gate"] not in all_rules()[row["rule"]].gates] == []


@pytest.mark.usefixtures("moonshine")
def test_a_rule_of_one_module_and_one_migration_is_everywhere(warehouse, connection):
    put(connection, "commit", ordinary(WEEK_AGO, TODAY, 10 * MINUTE))
    baselines(warehouse.url(), TODAY - DAY)
    report = detected(warehouse.url(), TODAY - DAY, TODAY)
    assert report["expected_false"]["by_rule"]["moonshine"] == 0.5
    # verdicts, and the finding that notifies
    verdict = connection.execute(
        "select rule, outcome, gate from oplatency.v_verdicts where rule = 'moonshine' order by gate_no"
    ).fetchall()
    assert [(row["outcome"], row["gate"]) for row in verdict] == [
        ("alert", "moon"),
        ("alert", "novelty"),
        ("alert", "coverage"),
    ]
    told = connection.execute("select alerted_by from oplatency.v_anomalies where kind = 'moonshine'").fetchall()
    assert [row["alerted_by"] for row in told] == ["moonshine"]
    # suites
    window = Window(TODAY - DAY, TODAY + DAY)
    for suite in ("degradations", "verdicts"):
        reports = check_data_quality.check(warehouse.url(), settings=Settings(), until=window.end, suite=suite)
        assert check_data_quality.summary(reports)["passed"]
    # explain
    text = as_text(explain_text(load_hour_report(connection, "commit", TODAY - 12 * 60 * MINUTE)))
    assert "Moonshine of the day" in text
    assert "2.00 ms by the light of the moon, 1.00 ms without" in text
    assert "light of the moon: 100 %, at least 50 %" in text


@pytest.mark.usefixtures("moonshine")
def test_a_rule_of_one_module_is_scored_by_back_tests(replayed_week):
    judged, history, operation_id = replayed_week
    alerts = [alert for alert in alerts_of(judged, history) if alert.kind == "moonshine"]
    assert len(alerts) == len({alert.start for alert in alerts}) > 0
    label = Label(operation_id, alerts[0].start, alerts[0].end)
    assert score(alerts, [label], days=7).n_found == 1


@pytest.fixture
def replayed_week(connection):
    from oplatency.backtesting.replay import History, reach, read_arrivals, read_replay_configuration, replay
    from oplatency.baselines.configurations import read_configuration
    from oplatency.warehouse.catalogue import read_operations

    put(connection, "commit", ordinary(WEEK_AGO - 10 * DAY, TODAY, 10 * MINUTE))
    window, settings = Window(TODAY - 2 * DAY, TODAY), Settings()
    way = read_replay_configuration(connection, window, settings, read_configuration(connection, settings))
    operations = read_operations(connection)
    history = History(read_arrivals(connection, reach(window, settings)), operations)
    (operation_id,) = [key for key, operation in operations.items() if operation.name == "commit"]
    return list(replay(history, window, way)), history, operation_id
