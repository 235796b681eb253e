"""Recording a sample, and judging whether it is fit to be committed."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import pytest

from oplatency.errors import UsageError
from oplatency.local.sample import (
    FACTS_NAME,
    N_DAYS,
    SAMPLE_DIR,
    Incident,
    LogLine,
    Sample,
    load_sample,
    read_log,
    replay,
)
from oplatency.windows import to_us
from tools.record_sample.judgement import judge
from tools.record_sample.recording import WEIGHTS, main, record, script_path
from tools.record_sample.staged_incidents import INCIDENTS, RECORDER_DIR, IncidentPlan

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(seconds=60)

#: What each incident harms, and so which scripts it must name: those that read it, and no others.
HARMED_TABLES = {"lock_held": "contents", "index_dropped": "object_versions", "cache_evicted": "changes"}


def recording(
    *, slowdown: float = 4.0, day_4: float = 1.0, n_per_day: int = 1300, other: float = 1.0
) -> tuple[Sample, list[LogLine]]:
    """Return a synthetic recording of two operations, the first of which an incident slows down."""
    ended_at = BEGAN + N_DAYS * DAY
    incident = Incident("lock_held", "A lock held", ended_at - DAY / 2, ended_at - DAY / 4, ("slowed",), "by us")
    rng = np.random.default_rng(7)
    lines = []
    for day in range(N_DAYS):
        starts = to_us(BEGAN + day * DAY) + np.sort(rng.integers(0, 60_000_000, 2 * n_per_day))
        for n, start in enumerate(starts.tolist()):
            script = n % 2
            service_ms = 6.0 * np.exp(0.4 * rng.standard_normal())
            if to_us(incident.began_at) <= start < to_us(incident.ended_at):
                service_ms *= slowdown if script == 0 else other
            if day == 3:
                service_ms *= day_4
            service_us = round(service_ms * 1000)
            lines.append(LogLine(0, len(lines), service_us + 50, script, start + service_us, 50))
    sample = Sample(("slowed", "untouched"), 1440, BEGAN, ended_at, len(lines), (incident,), "")
    return sample, lines


def test_a_large_calm_recording_with_a_visible_incident_is_fit() -> None:
    judgement = judge(*recording())
    assert judgement.faults == ()
    assert judgement.warnings == ()
    assert re.search(
        r"slowed +3\.\d\d over \d+ calls +<- meant|slowed +4\.\d\d over \d+ calls +<- meant", judgement.table
    )


def test_an_incident_that_cannot_be_seen_makes_a_recording_unfit() -> None:
    (fault,) = judge(*recording(slowdown=1.2)).faults
    assert fault.startswith("A lock held: slowed became only 1.")


def test_an_operation_that_no_incident_names_need_not_slow_down() -> None:
    assert judge(*recording(other=0.5)).faults == ()


def test_an_incident_that_spills_over_to_others_is_reported() -> None:
    judgement = judge(*recording(other=3.0))
    assert judgement.faults == ()
    (warning,) = judgement.warnings
    assert warning.startswith("A lock held: untouched became ")


def test_too_few_transactions_make_a_recording_unfit() -> None:
    assert judge(*recording(n_per_day=1200)).faults == ("19200 transactions are fewer than 20000.",)


def test_a_day_without_calls_makes_a_recording_unfit() -> None:
    sample, lines = recording()
    second_day = to_us(BEGAN + DAY), to_us(BEGAN + 2 * DAY)
    kept = [line for line in lines if line.script == 0 or not second_day[0] <= line.started_us < second_day[1]]
    assert judge(sample, kept).faults == ("untouched has a day without a call.",)


def test_a_machine_that_stood_still_makes_a_recording_unfit() -> None:
    sample, lines = recording()
    pause = [to_us(BEGAN + DAY), to_us(BEGAN + DAY) + 2_500_000]
    kept = [line for line in lines if not pause[0] <= line.completed_us < pause[1]]
    (fault,) = judge(sample, kept).faults
    assert fault.startswith("No call ended for 2.")


def test_a_day_off_the_others_is_reported_but_does_not_make_a_recording_unfit() -> None:
    judgement = judge(*recording(day_4=1.3))
    assert judgement.faults == ()
    assert len(judgement.warnings) == 2
    assert all("day 4 is +3" in warning or "day 4 is +2" in warning for warning in judgement.warnings)


def test_the_committed_recording_is_fit() -> None:
    sample = load_sample()
    assert judge(sample, read_log(sample)).faults == ()


def test_the_committed_recording_was_made_with_these_operations_and_incidents() -> None:
    sample = load_sample()
    assert sample.operations == tuple(WEIGHTS)
    assert [incident.kind for incident in sample.incidents] == [plan.kind for plan in INCIDENTS]
    for incident, plan in zip(sample.incidents, INCIDENTS, strict=True):
        assert incident.operations == plan.operations


@pytest.mark.parametrize("plan", INCIDENTS, ids=lambda plan: plan.kind)
def test_an_incident_names_exactly_the_operations_that_use_what_it_harms(plan: IncidentPlan) -> None:
    reads = re.compile(rf"\b(from|join|into) {HARMED_TABLES[plan.kind]}\b")
    using = {name for name in WEIGHTS if reads.search((RECORDER_DIR / script_path(name)).read_text())}
    assert using == set(plan.operations)


def test_every_script_belongs_to_an_operation() -> None:
    committed = {path.relative_to(RECORDER_DIR) for path in (RECORDER_DIR / "scripts").iterdir()}
    assert committed == {script_path(name) for name in WEIGHTS}


def test_the_scripts_of_the_recording_are_committed() -> None:
    sample = load_sample()
    facts = json.loads((SAMPLE_DIR / FACTS_NAME).read_text())
    assert [script["operation"] for script in facts["scripts"]] == list(sample.operations)
    for script in facts["scripts"]:
        text = (RECORDER_DIR / script["file"]).read_text()
        assert text.startswith(f"-- {script['operation']}: ")


@pytest.mark.parametrize("seconds", [0, -480, 15, 100_000, 491])
def test_a_length_without_a_whole_factor_is_refused_before_anything_starts(
    tmp_path: Path, seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError):
        record(tmp_path, seconds=seconds)
    assert main(["--into", str(tmp_path), "--seconds", str(seconds)]) == UsageError.exit_code
    assert "whole factor" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_short_recording_is_complete_and_leaves_no_process(tmp_path: Path) -> None:
    policy = os.sched_getscheduler(0)
    before = set(psutil.Process().children(recursive=True))
    sample = record(tmp_path / "into", seconds=20, warm_up_s=2)
    assert set(psutil.Process().children(recursive=True)) <= before
    assert os.sched_getscheduler(0) == policy

    assert sorted(path.name for path in (tmp_path / "into").iterdir()) == ["pgbench_log.gz", "recording.json"]
    lines = read_log(sample, tmp_path / "into")
    assert sample.n_transactions == len(lines) > 19 * 60 * 0.8
    assert {line.script for line in lines} == set(range(len(sample.operations)))
    assert sample.factor == 34_560
    assert (sample.ended_at - sample.started_at) == timedelta(seconds=20)
    assert [incident.kind for incident in sample.incidents] == [plan.kind for plan in INCIDENTS]
    for incident in sample.incidents:
        assert sample.ended_at - timedelta(seconds=2.5) < incident.began_at < incident.ended_at < sample.ended_at

    replayed = replay(BEGAN, tmp_path / "replayed", folder=tmp_path / "into")
    assert replayed.n_transactions == len(lines)
    assert replayed.started_at == BEGAN - timedelta(days=8)
