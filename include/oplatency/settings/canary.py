"""Slow-downs that are made up every night to see whether detection finds them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oplatency.settings.section import Fraction, Positive, Section


class CanarySettings(Section):
    """What `check_detection` tries (docs/proof.md). No finding depends on it."""

    operations: Annotated[int, Field(ge=1, le=1000)] = 12
    """Operations tried a night, among those whose slow-down the shipped settings find for certain."""
    slowdowns: tuple[Positive, ...] = (0.5, 1.0, 3.0)
    """Sizes of the slow-downs of hours: 1.0 makes every call take twice as long."""
    hours: Annotated[int, Field(ge=1, le=24)] = 2
    """Length of these, in hours."""
    day_slowdown: Positive = 0.5
    """Size of the slow-down of the whole last day."""
    min_recall: Fraction = 0.7
    """A rule that finds a smaller share of what is tried no longer detects enough."""
