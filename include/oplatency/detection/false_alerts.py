"""How many false alerts the verdicts of a run are expected to bring (docs/statistics.md, "Many tests")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from oplatency.detection.rules.registry import all_rules
from oplatency.detection.verdicts import Verdict
from oplatency.stats.multiplicity import expected_false


def expected_false_alerts(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """Return how many false alerts verdicts are expected to bring, if nothing happens at all.

    Only what could have alerted counts: judged, with calls, and past the preconditions of its rule. Verdicts of one
    operation and rule that end together count once, however many lengths of days are judged; rules without a measured
    rate are left out.

    Returns
    -------
    dict
        ``total``; ``by_rule``: expected false alerts; ``tests``: what they are counted from.
    """
    rates = {name: rule.false_rate for name, rule in all_rules().items() if rule.false_rate is not None}
    preconditions = {name: all_rules()[name].preconditions for name in rates}
    tests: dict[str, set[tuple[int, datetime]]] = {name: set() for name in rates}
    for verdict in verdicts:
        if verdict.rule not in rates or verdict.outcome in {"not_judged", "no_calls"}:
            continue
        if all(gate.passed for gate in verdict.gates if gate.name in preconditions[verdict.rule]):
            tests[verdict.rule].add((verdict.operation_id, verdict.window_end))
    counts = {rule: len(found) for rule, found in tests.items()}
    by_rule = {rule: round(expected_false({rule: count}, rates=rates), 4) for rule, count in counts.items()}
    return {"total": round(expected_false(counts, rates=rates), 4), "by_rule": by_rule, "tests": counts}
