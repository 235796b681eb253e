"""Pages that are made from the code are told to be stale, and by whom they are mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs import generate
from docs.settings_page import settings_page

from oplatency.settings import Settings


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the generator a project of two pages, without starting a server for them."""
    made = {"docs/dags.md": "# DAGs\n", "sql/schema.sql": "CREATE TABLE t ();\n"}
    for name in ("docs", "sql"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(generate, "PROJECT", tmp_path)
    monkeypatch.setattr(generate, "schema_pages", lambda: {"sql/schema.sql": made["sql/schema.sql"]})
    monkeypatch.setattr(generate, "dag_pages", lambda: {"docs/dags.md": made["docs/dags.md"]})
    return made


def test_a_check_names_the_stale_pages_and_the_remedy_and_writes_nothing(pages, tmp_path: Path, capsys):
    assert generate.main([]) == 0
    (tmp_path / "docs" / "dags.md").write_text("# DAGs, edited by hand\n")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err == "Stale: docs/dags.md. Run: make fix\n"
    assert (tmp_path / "docs" / "dags.md").read_text() == "# DAGs, edited by hand\n"


def test_a_check_of_fresh_pages_is_silent(pages, tmp_path: Path, capsys):
    assert generate.main([]) == 0
    assert {name: (tmp_path / name).read_text() for name in pages} == pages
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_missing_page_is_stale_and_is_not_written_by_a_check(pages, tmp_path: Path):
    assert generate.main(["--check"]) == 1
    assert list(tmp_path.rglob("*.md")) == []


def test_the_page_of_settings_names_each_with_its_default_and_variable():
    page = settings_page(generate.NOTE, generate.table)
    for section, field in Settings.model_fields.items():
        assert f"## {section}\n" in page
        if section != "sources":
            for name, inner in field.annotation.model_fields.items():
                line = next(
                    line for line in page.splitlines() if f"`OPLATENCY_{section}__{name}`".upper() in line.upper()
                )
                assert line.startswith(f"| `{name}` | ")
                assert inner.default == ... or str(inner.default).strip("()").lower() in line.lower()
    assert "`lookback_days` | `7` | ≥ 1, ≤ 90 | `OPLATENCY_BASELINE__LOOKBACK_DAYS`" in page


def test_a_bar_in_a_comment_does_not_break_the_table():
    assert generate.table(("a",), [("x | y\nz",)]).splitlines()[-1] == "| x \\| y z |"
