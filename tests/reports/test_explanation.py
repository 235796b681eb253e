"""The story of an hour in words: golden texts for an alert and every kind of silence, and what the ledger brings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calls import DAY, HOUR, MINUTE, TODAY, WEEK_AGO, baselines, constant, detected, ordinary, put, slowed
from oplatency.baselines import excluded_intervals, operations
from oplatency.errors import UsageError
from oplatency.jobs import deliver_alerts
from oplatency.reports.explanation import as_text, explain_text
from oplatency.reports.overrides import deviations
from oplatency.reports.story import ReadGate, ReadVerdict, Story, load_hour_report
from oplatency.settings import Settings, load_settings
from oplatency.warehouse.database import connect
from oplatency.windows import Window

GOLDEN = Path(__file__).with_name("golden")
AT = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)
START = AT - timedelta(minutes=30)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
VERSION = {
    "branch": "(all)",
    "as_of": datetime(2026, 3, 10, tzinfo=UTC),
    "revision": 1,
    "config_hash": "0123456789abcdef",
    "lookback_days": 7,
    "calls": 3294,
    "days_covered": 7.0,
    "hours_covered": 168,
    "p50_ms": 7.0,
    "p99_ms": 20.4,
    "p99_estimable": True,
    "excluded": [],
    "excluded_hours": 0.0,
    "new_normal": False,
}
KNOWN = {
    "baseline_as_of": VERSION["as_of"],
    "baseline_level": "operation",
    "baseline_branch": "(all)",
    "baseline_revision": 1,
    "baseline_config_hash": "0123456789abcdef",
}
COVERED = ReadGate("coverage", 1.0, 0.6, True)


def hour(rule: str, outcome: str, calls: int, findings: int, told: tuple, *gates: ReadGate, **known) -> ReadVerdict:
    return ReadVerdict(rule, START, START + HOUR, outcome, calls, findings, *told, gates, **(KNOWN | known))


def day(rule: str, days: int, outcome: str, calls: int, told: tuple, *gates: ReadGate) -> ReadVerdict:
    found = int(outcome in {"alert", "finding"})
    return ReadVerdict(rule, MIDNIGHT - days * DAY, MIDNIGHT, outcome, calls, found, *told, gates)


def point(outcome: str, z: float, effect: float, chain: int, *, findings: int, persists: bool, covered=COVERED):
    observed = 7000 * (1 + effect)
    return hour(
        *("point", outcome, 20, findings, (observed, 7000.0, 17500.0)),
        ReadGate("n", 3294, 6, True),
        ReadGate("z", z, 3, z >= 3),
        ReadGate("effect", effect, 0.25, effect >= 0.25),
        ReadGate("persistence", chain, 3, persists),
        covered,
    )


BUSY = hour(
    *("silence", "quiet", 20, 0, (20.0, 22.0, 4.4)),
    ReadGate("n", 7, 3, True),
    ReadGate("share", 0.91, 0.2, False),
    ReadGate("significance", 1.0, 1e-6, False),
    COVERED,
)
STILL = day(
    *("shift", 1, "quiet", 480, (7100.0, 7000.0, 8100.0)),
    ReadGate("n", 480, 6, True),
    ReadGate("z", 0.4, 2.8, False),
    ReadGate("effect", 0.014, 0.12, False),
    ReadGate("severity", 0.014, 0.3, False),
    COVERED,
)
SLOW_CALL = {
    "kind": "point",
    "window_start": START,
    "window_end": START + HOUR,
    "observed_at": AT,
    "duration_ms": 70.0,
    "expected_ms": 7.0,
    "z": 6.8,
    "classical_z": 20.0,
    "effect": 9.0,
    "effect_low": None,
    "effect_high": None,
    "severity": "CRITICAL",
    "alerting": True,
    "alerted_by": "point",
    "shape": None,
    "onset_at": None,
    "onset_low_at": None,
    "onset_high_at": None,
    "no_onset_reason": None,
    "call_branch": "main",
    "baseline_level": "operation",
}
CALM = Story("commit", None, AT, START, verdicts=(), baselines=(VERSION,))


def set_to(setting: str, first, value, note: str) -> dict:
    known = {"note": note, "changed_by": "ada", "changed_at": TODAY - 2 * DAY}
    return {"setting": setting, "first_value": first, "value": value, **known}


def moved(kind: str, days: int, shape: str) -> dict:
    return SLOW_CALL | {
        "kind": kind,
        "window_start": MIDNIGHT - days * DAY,
        "window_end": MIDNIGHT,
        "effect": 0.42,
        "effect_low": 0.35,
        "effect_high": 0.5,
        "severity": "WARNING",
        "alerted_by": kind,
        "shape": shape,
        "onset_at": datetime(2026, 3, 10, 9, tzinfo=UTC),
        "onset_low_at": datetime(2026, 3, 10, 7, tzinfo=UTC),
        "onset_high_at": datetime(2026, 3, 10, 10, tzinfo=UTC),
        "call_branch": None,
    }


def closed_day(rule: str, days: int, *gates: ReadGate) -> ReadVerdict:
    severe = ReadGate("severity", 0.42, 0.3, True)
    return day(rule, days, "alert", 480, (9940.0, 7000.0, None), *gates, severe, COVERED)


LEVEL_GATES = (ReadGate("n", 480, 6, True), ReadGate("z", 7.9, 2.8, True), ReadGate("effect", 0.42, 0.12, True))
TAIL_GATES = (
    ReadGate("n", 480, 6, True),
    ReadGate("significance", 44, 3, True),
    ReadGate("z", 7.77, 3.3, True),
    ReadGate("share", 9.15, 2, True),
    ReadGate("effect", 0.42, 0.05, True),
    ReadGate("explained", 0, 0, True),
)
OUT = {
    "from": "2026-03-10T10:10:00+00:00",
    "to": "2026-03-10T10:50:00+00:00",
    "origin": "alert",
}
NOTE = {
    "note": "exclude",
    "interval_id": 4,
    "from_at": START,
    "to_at": START + 2 * HOUR,
    "reason": "disk full",
    "noted_by": "ada",
    "branch": "(all)",
}
ALERT = {
    "alert_type": "ANOMALY",
    "severity": "CRITICAL",
    "alerts": 1,
    "first_alert_id": 12,
    "first_at": AT,
    "acknowledged": 0,
}
GROUP = {
    "as_of": MIDNIGHT,
    "members": ["commit", "merge"],
    "onset_at": START,
    "bottleneck": "shared resource contention",
    "recommendation": "Look at locks.",
    "alerting": True,
}
MERGE = {"operation": "merge", "findings": 3, "alerting": True, "largest_effect": 4.0, "silent": False}
THIN = replace(CALM, baselines=(VERSION | {"days_covered": 4.1, "p99_estimable": False},))

STORIES = {
    "alert": replace(
        CALM,
        verdicts=(point("alert", 6.8, 9.0, 4, findings=5, persists=True), BUSY, STILL),
        findings=(
            SLOW_CALL,
            *(SLOW_CALL | {"z": z, "alerting": z > 4} for z in (5.1, 4.2, 3.4)),
            SLOW_CALL | {"effect": -0.4},
        ),
        surroundings=(MERGE,),
        groups=(GROUP,),
        alerts=(ALERT,),
    ),
    "alert_by_evidence_not_written_yet": replace(
        CALM, verdicts=(point("alert", 3.1, 1.6, 1, findings=1, persists=True), BUSY), findings=(SLOW_CALL,)
    ),
    "flagged_but_not_alerting": replace(
        CALM,
        verdicts=(point("finding", 3.6, 2.0, 1, findings=1, persists=False), BUSY, STILL),
        findings=(SLOW_CALL | {"alerting": False, "alerted_by": None, "z": 3.6, "effect": 2.0, "duration_ms": 21.0},),
    ),
    "too_few_days_covered": replace(
        THIN,
        verdicts=(
            point("finding", 7.0, 9.0, 4, findings=4, persists=True, covered=ReadGate("coverage", 0.586, 0.6, False)),
            BUSY,
        ),
    ),
    "quiet": replace(CALM, verdicts=(point("quiet", 2.4, 1.1, 0, findings=0, persists=False), BUSY, STILL)),
    "few_calls": replace(
        CALM,
        verdicts=(
            hour(
                *("point", "no_calls", 0, 0, (None, None, None)),
                ReadGate("n", 12, 6, True),
                baseline_level="like_operations",
            ),
            hour(
                *("silence", "not_judged", 0, 0, (0.0, None, None)),
                ReadGate("n", 2, 3, False),
                COVERED,
                baseline_level="like_operations",
            ),
            day("shift", 1, "not_judged", 3, (None, None, None), ReadGate("n", 3, 6, False), COVERED),
            day("tail", 3, "not_judged", 9, (None, None, None), ReadGate("n_base", 12, 59, False), COVERED),
        ),
        baselines=(VERSION | {"calls": 12, "hours_covered": 12, "p99_estimable": False},),
    ),
    "no_baseline": replace(
        CALM,
        verdicts=(
            replace(
                hour("point", "not_judged", 4, 0, (None, None, None), ReadGate("n", 0, 6, False)),
                **dict.fromkeys(KNOWN),
            ),
        ),
        baselines=(),
    ),
    "excluded": replace(
        CALM,
        verdicts=(point("alert", 6.8, 9.0, 4, findings=5, persists=True), BUSY),
        baselines=(
            VERSION | {"excluded": [OUT | {"from": "2026-03-05T01:00:00+00:00", "to": "2026-03-05T02:00:00+00:00"}]},
            VERSION | {"as_of": MIDNIGHT, "excluded": [OUT]},
            VERSION | {"as_of": MIDNIGHT + DAY, "excluded": [OUT]},
        ),
        notes=(NOTE, NOTE | {"note": "keep", "reason": "as ever"}, NOTE | {"note": "mark", "reason": "lock held"}),
        alerts=(ALERT | {"alerts": 2, "acknowledged": 1},),
    ),
    "shift": replace(
        CALM,
        verdicts=(point("quiet", 2.4, 1.1, 0, findings=0, persists=False), BUSY, closed_day("shift", 1, *LEVEL_GATES)),
        findings=(moved("shift", 1, "uniform"),),
    ),
    "tail": replace(
        CALM,
        verdicts=(
            point("alert", 6.8, 9.0, 4, findings=5, persists=True),
            closed_day("tail", 3, *TAIL_GATES),
        ),
        findings=(
            moved("tail", 3, "tail")
            | {
                "alerted_by": "point",
                "onset_at": None,
                "effect_low": None,
                "no_onset_reason": "fewer than 12 hours with calls",
            },
        ),
        alerts=(ALERT,),
    ),
    "trend_and_creep": replace(
        CALM,
        verdicts=(
            BUSY,
            closed_day("trend", 7, ReadGate("n", 7, 5, True), *LEVEL_GATES[1:]),
            day("creep", 3, "not_judged", 2, (None, None, None), ReadGate("n", 2, 6, False), COVERED),
        ),
        findings=(moved("trend", 7, "uniform"),),
    ),
    "silence": replace(
        CALM,
        verdicts=(
            hour("point", "no_calls", 0, 0, (None, None, None), ReadGate("n", 3294, 6, True)),
            hour(
                *("silence", "alert", 0, 1, (0.0, 22.0, 4.4)),
                ReadGate("n", 7, 3, True),
                ReadGate("share", 0.0, 0.2, True),
                ReadGate("significance", 2.5e-9, 1e-6, True),
                COVERED,
            ),
        ),
        surroundings=(MERGE | {"silent": True, "findings": 1},),
        alerts=(ALERT | {"alert_type": "SILENCE", "severity": "WARNING"},),
    ),
    "branch": replace(
        CALM,
        branch="main",
        verdicts=(point("quiet", 2.4, 1.1, 0, findings=0, persists=False),),
        baselines=(VERSION, VERSION | {"branch": "main", "calls": 900, "new_normal": True}),
    ),
    "branch_without_a_baseline": replace(
        CALM, branch="new", verdicts=(point("quiet", 2.4, 1.1, 0, findings=0, persists=False),)
    ),
    "other_settings": replace(
        CALM,
        verdicts=(point("quiet", 2.4, 1.1, 0, findings=0, persists=False), BUSY),
        runs=({"config_hash": "fedcba9876543210", "staged_at": MIDNIGHT},),
        changes=(
            set_to("alert_threshold", 2.0, 4.0, "twice as slow is usual"),
            set_to("category", "WRITE", "WRITE", "as it was"),
            set_to("is_tracked", False, True, "it matters now"),
            set_to("min_effect", None, 0.4, "noisy"),
            set_to("scale_floor", 0.1, None, "no longer noisy"),
        ),
        deviations={
            "fedcba9876543210": deviations({"points": {"warning_z": 2.5}, "shifts": {"min_z": 4.0}}),
            "0123456789abcdef": deviations({"points": {"warning_z": 2.5}, "baseline": {"lookback_days": 14}}),
        },
    ),
    "not_tracked_then": replace(
        CALM,
        baselines=(),
        runs=({"config_hash": "fedcba9876543210", "staged_at": MIDNIGHT},),
        changes=({"setting": "is_tracked", "first_value": False, "value": None, "changed_by": None},),
    ),
    "untracked": replace(CALM, tracked=False, baselines=()),
    "never_judged": replace(CALM, baselines=()),
    "nothing_to_judge": replace(CALM, baselines=(), runs=({"config_hash": "0123456789abcdef"},)),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_words_are_those_of_the_golden_file(name: str):
    assert as_text(explain_text(STORIES[name])) == (GOLDEN / f"explain_{name}.txt").read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_story():
    assert {path.stem.removeprefix("explain_") for path in GOLDEN.glob("explain_*.txt")} == set(STORIES)


def test_every_gate_of_every_verdict_is_told_with_its_limit():
    for story in STORIES.values():
        told = [line for line in explain_text(story) if line.startswith(("    passed  ", "    NO      "))]
        assert len(told) == (sum(len(verdict.gates) for verdict in story.verdicts) if story.tracked else 0)


INCIDENT = Window(TODAY + 10 * HOUR, TODAY + 12 * HOUR)


@pytest.fixture(scope="module")
def judged(server, template):
    from ingestion import own_database

    with own_database(server, template, "warehouse_explained") as url:
        with connect(url, purpose="tests") as connection:
            calm = ordinary(WEEK_AGO, TODAY + DAY, 10 * MINUTE)
            put(connection, "commit", slowed(calm, INCIDENT.start, INCIDENT.end, 6))
            put(connection, "merge", slowed(calm, INCIDENT.start, INCIDENT.end, 6))
            busy = constant(WEEK_AGO, TODAY + DAY, MINUTE)
            put(connection, "get_history", [call for call in busy if not INCIDENT.start <= call[0] < INCIDENT.end])
            put(connection, "rare", constant(TODAY + 10 * HOUR, TODAY + 11 * HOUR, 20 * MINUTE))
            put(connection, "asleep", constant(WEEK_AGO - 2 * DAY, WEEK_AGO - DAY, HOUR))
            put(connection, "ignored", calm, is_tracked=False)
        interval = excluded_intervals.IntervalRequest("commit", INCIDENT, "a lock was held")
        baselines(url)
        detected(url, TODAY, TODAY + DAY)
        deliver_alerts.deliver(url, settings=Settings())
        excluded_intervals.add(url, interval, noted_by="ada")
        baselines(url, TODAY + DAY)
        yield url


@pytest.mark.parametrize(
    ("operation", "at", "sentences"),
    [
        (
            "commit",
            INCIDENT.start + 90 * MINUTE,
            [
                "ALERT: calls took much longer",
                "Single calls, 2026-03-10 11:00 to 12:00: ALERT",
                "passed  flagged calls in one chain",
                "level: operation; revision 1",
                "The baseline as of 2026-03-11 00:00 leaves out 2026-03-10 10:00 to 2026-03-10 12:00",
                "ada keeps 2026-03-10 10:00 to 2026-03-10 12:00 out (number 1): a lock was held.",
                "merge (6 findings, alerting)",
                "1 alert of type ANOMALY",
                "Slow calls of the day, 2026-03-10 to the end of 2026-03-10",
            ],
        ),
        ("commit", TODAY + 3 * HOUR, ["Nothing was found", "Level of the day", "None."]),
        ("get_history", INCIDENT.start, ["ALERT: it fell silent.", "0 calls came where 60.0 were expected"]),
        ("rare", TODAY + 10 * HOUR, ["nothing to judge them against", "oplatency baseline --as-of 2026-03-10"]),
        ("asleep", TODAY + 10 * HOUR, ["There was nothing to judge"]),
        ("ignored", TODAY + 10 * HOUR, ["ignored is not tracked"]),
        ("commit", TODAY - HOUR, ["oplatency detect --from 2026-03-09T23:00Z --to 2026-03-10T00:00Z"]),
    ],
)
def test_the_ledger_is_told_as_it_is(judged, operation: str, at: datetime, sentences: list[str]):
    with connect(judged.replace("oplatency_writer", "oplatency_reader"), purpose="tests") as reader:
        story = load_hour_report(reader, operation, at)
    text = as_text(explain_text(story))
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert json.loads(json.dumps(story.as_json(), default=str))["operation"] == operation


def test_what_was_set_when_the_hour_was_judged_is_told_and_nothing_that_was_set_later(warehouse, connection):
    calm = ordinary(WEEK_AGO, TODAY + HOUR, 10 * MINUTE)
    for name in ("commit", "merge", "ignored"):
        put(connection, name, calm, is_tracked=name != "ignored")
    url, other = warehouse.url(), load_settings(points={"warning_z": 2.5})
    known = {"changed_by": "ada", "settings": other}
    operations.set_operation(url, "commit", operations.Values(min_effect=0.4), note="noisy", **known)
    baselines(url, settings=other)
    detected(url, TODAY, TODAY + HOUR, settings=other)
    operations.set_operation(url, "commit", operations.Values(min_effect="general"), note="calm again", **known)
    operations.set_operation(url, "merge", operations.Values(is_tracked=False), note="too noisy", **known)
    operations.set_operation(url, "ignored", operations.Values(is_tracked=True), note="it matters now", **known)

    def told(operation: str, at: datetime) -> list[str]:
        with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
            return explain_text(load_hour_report(reader, operation, at))

    def settings(operation: str) -> list[str]:
        lines = told(operation, TODAY)
        start = lines.index("Settings other than the defaults") + 1
        return lines[start : lines.index("", start)]

    general = "  points.warning_z = 2.5 (default 3: robust standard deviations from which a slow call is a WARNING)"
    own, *rest = settings("commit")
    assert own.startswith("  commit: smallest slow-down that is a finding, as a fraction: 0.4 (ada, ")
    assert (own.endswith(": noisy)"), rest) == (True, [general])
    # it was tracked when the hour was judged, and the other was not
    assert settings("merge") == [general]
    assert told("merge", TODAY)[1].startswith("Nothing was found")
    assert told("ignored", TODAY)[1].startswith("ignored was not tracked yet")
    assert told("merge", TODAY + 2 * HOUR)[1].startswith("merge is not tracked")
    # judged again by what is set now, but against the baseline of before
    detected(url, TODAY, TODAY + HOUR)
    assert settings("commit") == [general.replace("  points", "  For its baseline: points")]
    baselines(url)
    detected(url, TODAY, TODAY + HOUR)
    assert "Settings other than the defaults" not in told("commit", TODAY)


def test_a_wrong_name_is_answered_with_near_ones(judged):
    with connect(judged, purpose="tests") as connection:
        with pytest.raises(UsageError, match="did you mean commit"):
            load_hour_report(connection, "comit", TODAY)
        with pytest.raises(UsageError, match="did you mean main"):
            load_hour_report(connection, "commit", TODAY, branch="mian")
        assert load_hour_report(connection, "commit", TODAY, branch="main").branch == "main"
