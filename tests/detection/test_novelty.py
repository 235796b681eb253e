"""A change alerts when it is news, and not every night until it has left the look-back."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest

from calls import DAY, HOUR, MINUTE, TODAY, Call, ordinary, slowed
from oplatency.detection.closed_day import judge_day
from oplatency.detection.findings import Findings
from oplatency.settings import Settings
from oplatency.warehouse.calls import Calls
from oplatency.windows import to_us

SETTINGS = Settings()
START = TODAY - 14 * DAY
CHANGED = TODAY - 6 * DAY


def as_calls(calls: list[Call]) -> Calls:
    started = np.array([to_us(at) for at, _ in calls], dtype=np.int64)
    durations = np.array([us for _, us in calls], dtype=np.int64)
    return Calls(started, durations, np.arange(started.size), np.full(started.size, -1))


def nights(calls: list[Call]) -> dict[datetime, Findings]:
    """Return what each of the nights from the change on finds."""
    every, found = as_calls(calls), {}
    for number in range(1, 7):
        end = CHANGED + number * DAY
        found[end] = Findings()
        judge_day(found[end], 1, every.between(to_us(end - 7 * DAY), to_us(end)), end, older=None, settings=SETTINGS)
    return found


def alerts(findings: Findings) -> list[str]:
    return [found.kind for found in findings.degradations if found.is_alerting]


def test_a_step_alerts_on_its_first_night_and_is_only_recorded_on_the_others() -> None:
    found = list(nights(slowed(ordinary(START, TODAY, 10 * MINUTE), CHANGED, TODAY, 1.7)).values())
    assert alerts(found[0]) == ["shift"]
    assert [alerts(night) for night in found[1:]] == [[]] * 5
    assert all(night.degradations for night in found[:4])
    told = [verdict for verdict in found[1].verdicts if verdict.rule == "shift" and verdict.outcome == "finding"]
    assert told
    assert all(("novelty", False) in [(gate.name, gate.passed) for gate in verdict.gates] for verdict in told)


def test_a_step_that_grows_to_a_graver_one_the_day_after_alerts_again() -> None:
    calls = slowed(ordinary(START, TODAY, 10 * MINUTE), CHANGED, TODAY, 1.4)
    found = list(nights(slowed(calls, CHANGED + DAY, TODAY, 1.6)).values())
    assert alerts(found[0]) == ["shift"]
    assert alerts(found[1]) == ["shift"]
    assert found[1].degradations[0].severity == "CRITICAL"
    assert alerts(found[2]) == []


@pytest.mark.parametrize("hours", [1, 2])
def test_an_incident_that_alerted_by_its_calls_does_not_alert_as_a_tail_too(hours: int) -> None:
    calls = slowed(ordinary(START, TODAY, 10 * MINUTE), CHANGED + 9 * HOUR, CHANGED + (9 + hours) * HOUR, 6)
    found = nights(calls)
    assert "tail" in [each.kind for each in found[CHANGED + DAY].degradations]
    assert all(alerts(night) == [] for night in found.values())


def test_slow_calls_all_day_long_alert_as_a_tail_once() -> None:
    calls = ordinary(START, TODAY, 5 * MINUTE)
    often = [(at, us * 5 if at >= CHANGED and number % 20 == 0 else us) for number, (at, us) in enumerate(calls)]
    found = [alerts(night) for night in nights(often).values()]
    assert found[0] == ["tail"]
    assert not any(first and second for first, second in pairwise(found))
