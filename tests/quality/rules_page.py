"""The rules of the suites as docs/quality.md lists them."""

from __future__ import annotations

import re

from oplatency.quality.suites import SUITES

SHARED = re.compile(r"^(\w+) (is (?:present|not blank|finite.*|from .*))$")
"""Rules that several columns of a suite may have in common."""


def rules(suite: str) -> list[str]:
    """Return the lines that state the rules of a suite: columns under the same rule share one."""
    stated = [item.description for item in SUITES[suite].expectations()][2:]
    lines: dict[str, list[str]] = {}
    for words in stated:
        found = SHARED.match(words)
        lines.setdefault(found[2] if found else words, []).append(found[1] if found else words)
    return [f"- {rule}: {', '.join(names)}" if names[0] != rule else f"- {rule}" for rule, names in lines.items()]
