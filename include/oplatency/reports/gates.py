"""The gates of a verdict in words: what was found, what was asked for, and whether it was enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oplatency.reports.story import ReadGate
from oplatency.stats.points import MIN_CALLS

_LIMITS = {
    ("silence", "share"): "at most",
    ("silence", "significance"): "at most",
    ("point", "exclusion"): "at most",
    ("anchor", "exclusion"): "at most",
    ("tail", "exclusion"): "must be",
}

_WORDS = {
    ("point", "n"): "calls behind the baseline",
    ("point", "z"): "standard deviations above the expected",
    ("point", "effect"): "slow-down against the expected",
    ("point", "usual"): "standard deviations, beyond what it is used to",
    ("point", "persistence"): "flagged calls in one chain",
    ("silence", "n"): "days before that know this hour",
    ("silence", "share"): "calls against those expected",
    ("silence", "significance"): "probability of so few calls",
    ("trend", "n"): "days with calls",
    ("tail", "z"): "standard deviations above the usual slow calls",
    ("tail", "share"): "times the usual number or excess of slow calls",
    ("tail", "significance"): "calls above the usual slow end",
    ("tail", "effect"): "growth of the slow end",
    ("tail", "exclusion"): "explained by a shift of all calls",
}
_OTHERWISE = {
    "n": "calls on the thinner side",
    "z": "standard errors between the levels",
    "effect": "typical change, in either direction",
    "exclusion": "hours left out of the baseline",
    "news": "not told the night before, or graver now",
    "severity": "slow-down that is worth telling",
    "coverage": "days of the look-back with calls",
}
_PERCENT = {"effect", "severity"}


def gate_lines(rule: str, gates: Iterable[ReadGate]) -> Iterator[str]:
    """Yield one line a gate, in the order in which they are passed.

    Parameters
    ----------
    rule : str
        Whose gates they are.
    gates : iterable of ReadGate
        From the ledger.
    """
    found = list(gates)
    if not found:
        return
    yield "Gates:"
    for gate in found:
        word = _WORDS.get((rule, gate.name), _OTHERWISE.get(gate.name, gate.name))
        if (rule, gate.name) == ("tail", "n") and gate.limit > MIN_CALLS:
            word = "calls in the days before, to know their slow end"
        limit = _LIMITS.get((rule, gate.name), "at least")
        mark = "passed" if gate.passed else "NO    "
        told = f"{mark}  {word}: {_value(rule, gate, gate.value)}, {limit} {_value(rule, gate, gate.limit)}"
        yield f"  {told}{_remark(rule, gate)}"


def percent(fraction: float) -> str:
    """Return a signed percentage: 0.25 is +25 %."""
    return f"{100 * fraction:+,.0f} %" if abs(fraction) >= 0.1 else f"{100 * fraction:+.1f} %"


def _value(rule: str, gate: ReadGate, value: float | None) -> str:
    if value is None:
        return "not known"
    if gate.name in _PERCENT:
        return percent(value)
    if gate.name == "coverage" or (rule, gate.name) == ("silence", "share"):
        return f"{100 * value:.0f} %"
    if (rule, gate.name) == ("silence", "significance"):
        return f"{value:.2g}"
    if gate.name == "news" or (rule, gate.name) == ("tail", "exclusion"):
        return "yes" if value else "no"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.2f}"


def _remark(rule: str, gate: ReadGate) -> str:
    if (rule, gate.name) == ("point", "persistence") and gate.passed and (gate.value or 0) < gate.limit:
        return " (instead a call far enough out, or evidence that adds up over consecutive calls)"
    return ""
