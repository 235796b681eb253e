"""Gates and limits that the rules of closed days share."""

from __future__ import annotations

import math

from oplatency.detection.verdicts import Gate, at_least
from oplatency.stats.points import MIN_CALLS
from oplatency.warehouse.calls import Durations


def fewest(new: Durations, base: Durations) -> Gate:
    """Return the gate of the calls on the thinner side."""
    return at_least("n", float(min(new.started_us.size, base.started_us.size)), MIN_CALLS)


def change(z: float, effect: float, min_effect: float) -> Gate:
    """Return the gate of a change in either direction; a speed-up is given as the slow-down that would undo it."""
    if z >= 0:
        return at_least("effect", effect, min_effect)
    return Gate("effect", 1 / (1 + effect) - 1, min_effect, effect <= 1 / (1 + min_effect) - 1)


def needed(base_us: float, z: float, effect: float, min_z: float, min_effect: float) -> float:
    """Return the later level that would have passed both limits, at the same scatter, microseconds."""
    by_z = math.log1p(effect) * min_z / z if z else 0.0
    return base_us * math.exp(max(abs(by_z), math.log1p(min_effect)))
