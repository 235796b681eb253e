"""Severity of changes of days: each step begins at its effect."""

from __future__ import annotations

import math

import pytest

from oplatency.settings import DegradationSettings
from oplatency.stats.grading import graded
from oplatency.stats.points import Severity

STEPS = DegradationSettings(info_effect=0.1, warning_effect=0.2, critical_effect=0.5)


@pytest.mark.parametrize(
    ("effect", "severity"),
    [
        (0.0, Severity.NONE),
        (math.nextafter(0.1, 0), Severity.NONE),
        (0.1, Severity.INFO),
        (math.nextafter(0.2, 0), Severity.INFO),
        (0.2, Severity.WARNING),
        (math.nextafter(0.5, 0), Severity.WARNING),
        (0.5, Severity.CRITICAL),
        (9.0, Severity.CRITICAL),
        (-0.09, Severity.NONE),
        (-0.1, Severity.INFO),
        (-0.9, Severity.INFO),
    ],
)
def test_a_severity_begins_at_its_effect_and_a_speed_up_is_information(effect: float, severity: Severity) -> None:
    assert graded(effect, options=STEPS) is severity
