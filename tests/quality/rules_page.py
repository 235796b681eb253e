"""The rules of the suites as docs/quality.md lists them."""

from __future__ import annotations

from oplatency.quality.suites import SUITES

GROUPED = (" is present", " is not blank", " is finite and above 0", " is finite and at least 1", " is finite")


def rules(suite: str) -> list[str]:
    """Return the lines that state the rules of a suite: columns under the same rule share a line."""
    stated = [item.description for item in SUITES[suite].expectations()][2:]
    lines: dict[str, list[str]] = {}
    for words in stated:
        ending = next((ending for ending in GROUPED if words.endswith(ending)), "")
        lines.setdefault(ending or words, []).append(f"`{words.removesuffix(ending)}`" if ending else words)
    return [
        f"- {' and '.join([', '.join(names[:-1]), names[-1]]) if names[1:] else names[0]}"
        + (ending.replace(" is", " are", 1) if names[1:] else ending if ending in GROUPED else "")
        for ending, names in lines.items()
    ]
