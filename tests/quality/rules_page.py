"""The rules of the suites as docs/quality.md lists them."""

from __future__ import annotations

import re

from oplatency.quality.expectations import id_of
from oplatency.quality.suites import SUITES

SHARED = re.compile(r"^(\w+) (is (?:present|not blank|finite.*|from .*))$")
"""Rules that several columns of a suite may have in common."""


def rules(suite: str) -> list[str]:
    """Return the lines that state the rules of a suite: an id, then its sentence; ids of one sentence share a line."""
    lines: dict[str, list[str]] = {}
    for item in SUITES[suite].expectations():
        found = SHARED.match(item.description)
        lines.setdefault(found[2] if found else item.description, []).append(id_of(item))
    return [f"- {', '.join(f'`{name}`' for name in names)}: {words}" for words, names in lines.items()]
