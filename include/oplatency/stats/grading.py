"""How severe a change of days is (docs/statistics.md, "Shifts")."""

from __future__ import annotations

from oplatency.settings import DegradationSettings
from oplatency.stats.points import Severity

DEFAULT_DEGRADATIONS = DegradationSettings()


def graded(effect: float, *, options: DegradationSettings) -> Severity:
    """Return the severity of a change that passed the limits of its rule.

    Parameters
    ----------
    effect : float
        Relative change, 0.25 = 25 % slower. A speed-up is INFO at most.
    options : DegradationSettings
        Effect from which on a change has each severity.
    """
    if effect >= options.critical_effect:
        return Severity.CRITICAL
    if effect >= options.warning_effect:
        return Severity.WARNING
    return Severity.INFO if abs(effect) >= options.info_effect else Severity.NONE
