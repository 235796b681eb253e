"""The gates of a verdict in words: what was found, what was asked for, and whether it was enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oplatency.detection.rules.contract import Form, GateWords
from oplatency.detection.rules.registry import all_rules
from oplatency.reports.story import ReadGate


def gate_lines(rule: str, gates: Iterable[ReadGate]) -> Iterator[str]:
    """Yield one line a gate, in the order in which they are passed.

    Parameters
    ----------
    rule : str
        Whose gates they are.
    gates : iterable of ReadGate
        From the verdict.
    """
    found = list(gates)
    if not found:
        return
    words_of = all_rules()[rule].gates
    yield "Gates:"
    for gate in found:
        words = words_of.get(gate.name, GateWords(gate.name))
        mark = "passed" if gate.passed else "NO    "
        value, limit = (_value(words.form, each) for each in (gate.value, gate.limit))
        remark = words.passed_below if gate.passed and (gate.value or 0) < gate.limit else ""
        yield f"  {mark}  {words.text}: {value}, {words.limit} {limit}{remark}"


def percent(fraction: float) -> str:
    """Return a signed percentage: 0.25 is +25 %."""
    return f"{100 * fraction:+,.0f} %" if abs(fraction) >= 0.1 else f"{100 * fraction:+.1f} %"


def _value(form: Form, value: float | None) -> str:
    if value is None:
        return "not known"
    if form == "change":
        return percent(value)
    if form == "share":
        return f"{100 * value:.0f} %"
    if form == "probability":
        return f"{value:.2g}"
    if form == "yes_no":
        return "yes" if value else "no"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.2f}"
