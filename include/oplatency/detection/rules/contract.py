"""What a detection rule declares: its name, its gates in words, its rate of false alerts, its judging function.

A rule is one module of this package with one `Rule`, named ``RULE``; `registry` finds it there. Everything else
(verdicts, suites, back-test scores, ``explain``, the table ``rules``) is derived from what is declared here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from oplatency.baselines.versions import Version
from oplatency.detection.evidence import Hours
from oplatency.detection.findings import Change, Findings
from oplatency.detection.operation_day import OperationDay
from oplatency.detection.verdicts import Gate
from oplatency.stats.points import Severity

Grain = Literal["call", "hour", "day"]
Form = Literal["number", "change", "share", "probability", "yes_no"]


@dataclass(frozen=True)
class GateWords:
    """How a gate reads.

    Attributes
    ----------
    text : str
        What is compared with the limit.
    form : {"number", "change", "share", "probability", "yes_no"}
        How the values are written: 1,234; +25 %; 60 %; 1.2e-07; yes.
    limit : str
        What the limit is.
    passed_below : str
        What is added where the gate was passed though the value is below the limit.
    is_precondition : bool
        Whether nothing can alert where it is not passed, whatever happens to the calls of the window.
    """

    text: str
    form: Form = "number"
    limit: str = "at least"
    passed_below: str = ""
    is_precondition: bool = False


COVERAGE = GateWords("days of the look-back with calls", form="share", is_precondition=True)
EXCLUSION = GateWords("hours excluded from the baseline", limit="at most", is_precondition=True)
NOVELTY = GateWords("not reported the night before, or graver now", form="yes_no")
N = GateWords("calls on the thinner side")
SCORE = GateWords("standard errors between the levels")
CHANGE = GateWords("typical change, in either direction", form="change")
SEVERITY = GateWords("slow-down that is worth an alert", form="change")


@dataclass(frozen=True)
class DayJudgement:
    """What a rule says of the newest days of one operation.

    Attributes
    ----------
    judged_days, n_calls : int
        Length of the newest part, and calls in it.
    gates : tuple of Gate
        In the order in which they are passed.
    observed, expected, needed : float or None
        What decided, what was expected, and from where on it would have been a finding, microseconds; nothing observed
        means not judged.
    change : Change, optional
        The finding.
    alerts : bool
        Whether the change is worth an alert, before novelty and coverage are asked.
    reference : Version, optional
        Baseline that it was compared with, instead of the days before.
    quantile : float
        Which quantile moved.
    """

    judged_days: int
    n_calls: int
    gates: tuple[Gate, ...]
    observed: float | None = None
    expected: float | None = None
    needed: float | None = None
    change: Change | None = None
    alerts: bool = False
    reference: Version | None = None
    quantile: float = 0.5


@dataclass(frozen=True)
class Rule:
    """One detection rule.

    Attributes
    ----------
    name : str
        Its id: in verdicts, settings, reports.
    kind : str
        Kind of its findings.
    grain : {"call", "hour", "day"}
        What it judges: single calls and hours with every run, days when they close.
    rank : int
        Rules are applied, and verdicts are shown, in this order; of an operation's closed day the finding of the
        lowest rank notifies.
    title, comparison : str
        Heading of its verdicts, with ``{days}``; sentence about them, with ``{now}`` and ``{before}``.
    gates : mapping of str to GateWords
        Its gates.
    false_rate : float or None
        Share of verdicts that alert although nothing happens, rounded up from docs/statistics.md, "Measured"; windows
        that end together count once. None = not measured, left out of the account.
    """

    name: str
    kind: str
    grain: Grain
    rank: int
    title: str
    gates: Mapping[str, GateWords]
    false_rate: float | None
    comparison: str = ""

    @property
    def preconditions(self) -> frozenset[str]:
        """Names of the gates without which nothing can alert."""
        return frozenset(name for name, words in self.gates.items() if words.is_precondition)


@dataclass(frozen=True, kw_only=True)
class HourRule(Rule):
    """A rule about single calls or hours.

    Attributes
    ----------
    judge : callable
        Adds what it finds of the hours, and a verdict of each.
    """

    judge: Callable[[Hours, Findings], None]


@dataclass(frozen=True, kw_only=True)
class DayRule(Rule):
    """A rule about days that closed.

    Attributes
    ----------
    judge : callable
        Gives what it says of each length of the newest part.
    alerting : callable
        Gives the severity of each alert it would make of a day.
    dating : {"step", "drift", "earlier"}
        Whether a change has a start, may have one, or began before the look-back.
    covered_by : frozenset of str
        Kinds whose alert of the same or a higher severity, tonight or the night before, makes this one no novelty.
    implied_by : frozenset of str
        Kinds of which any alert does.
    """

    judge: Callable[[OperationDay], Iterator[DayJudgement]]
    alerting: Callable[[OperationDay], Iterator[Severity]]
    dating: Literal["step", "drift", "earlier"] = "step"
    covered_by: frozenset[str] = frozenset()
    implied_by: frozenset[str] = frozenset()
