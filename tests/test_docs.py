"""What pages name in code style is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PAGES = (
    *("README.md", "CONTRIBUTING.md", "docs/analysis.md", "docs/architecture.md", "docs/glossary.md", "docs/ingest.md"),
    *(
        "docs/proof.md",
        "docs/recording.md",
        "docs/runbook.md",
        "docs/sources.md",
        "docs/statistics.md",
        "docs/views.md",
    ),
)


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Return every word of the code, and the names of its files."""
    found: set[str] = set()
    for folder, ending in (("include", "*.py"), ("dags", "*.py"), ("sql", "*.sql"), ("tests", "*.py")):
        for path in (PROJECT / folder).rglob(ending):
            found.add(path.stem)
            if path != Path(__file__):
                found.update(WORD.findall(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_name_that_a_page_writes_as_code_exists(page: str, words: set[str]) -> None:
    text = re.sub(r"```.*?```", "", (PROJECT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {word for code in re.findall(r"`([^`\n]+)`", text) for word in WORD.findall(code) if "_" in word.strip("_")}
    # a part of one letter is an index of a formula, or the v of a view; what ends in _ stands for many names
    names = {
        word for word in found if word[-1] != "_" and all(len(part) > 1 for part in word.removeprefix("v_").split("_"))
    }
    assert names
    assert sorted(name for name in names - words if not name.startswith("OPLATENCY_")) == []
