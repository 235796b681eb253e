"""What a detection found, before it is staged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from oplatency.detection.verdicts import Verdict

Record = dict[str, Any]


@dataclass
class Findings:
    """Rows of the findings' tables, and the verdicts behind them.

    Attributes
    ----------
    judged : int
        Calls that there was a baseline for.
    unjudged : Counter of str
        Operations that could not be judged, by reason.
    anomalies, violations, degradations : list of dict
        Rows to stage.
    verdicts : list of Verdict
        One per operation, window and rule.
    """

    judged: int = 0
    unjudged: Counter[str] = field(default_factory=Counter)
    anomalies: list[Record] = field(default_factory=list)
    violations: list[Record] = field(default_factory=list)
    degradations: list[Record] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
