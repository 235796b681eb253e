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


DUMP = """\
\\restrict 1x
-- Dumped from database version 18.1
SET statement_timeout = 0;
--
-- Name: calls_in(text); Type: FUNCTION; Schema: oplatency; Owner: -
--
CREATE FUNCTION oplatency.calls_in(name text) RETURNS text AS $$ -- Name: x $$;
SET default_table_access_method = heap;
--
-- Name: calls; Type: TABLE; Schema: oplatency; Owner: -
--

CREATE TABLE oplatency.calls (
    call_id bigint NOT NULL
);

--
-- Name: calls_call_id_seq; Type: SEQUENCE; Schema: oplatency; Owner: -
--
ALTER TABLE oplatency.calls ALTER COLUMN call_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.calls_call_id_seq
    CACHE 1
);
--
-- Name: v_calls; Type: VIEW; Schema: oplatency; Owner: -
--
CREATE VIEW oplatency.v_calls AS TABLE oplatency.calls;
--
-- Name: calls calls_pk; Type: CONSTRAINT; Schema: oplatency; Owner: -
--
ALTER TABLE ONLY oplatency.calls
    ADD CONSTRAINT calls_pk PRIMARY KEY (call_id);
--
-- PostgreSQL database dump complete
--
\\unrestrict 1x
"""


def test_the_schema_shows_tables_with_their_constraints_and_indexes_and_nothing_else():
    assert generate.tables_of_dump(DUMP) == (
        "CREATE TABLE oplatency.calls (\n    call_id bigint NOT NULL\n);\n"
        "ALTER TABLE oplatency.calls ALTER COLUMN call_id ADD GENERATED ALWAYS AS IDENTITY;\n"
        "ALTER TABLE ONLY oplatency.calls ADD CONSTRAINT calls_pk PRIMARY KEY (call_id);\n"
    )


def test_the_page_of_views_lists_a_view_that_nobody_has_described_on_it():
    columns = [
        {"relation": name, "relation_comment": f"About {name}.", "is_view": name != "calls"}
        for name in ("v_known", "v_new", "internal", "calls", "v_new")
    ]
    page = f"`v_known`: a question?\n{generate._OTHERS_BEGIN}\n{generate._OTHERS_END}\nThe end.\n"
    filled = generate.with_other_views(page, columns)
    assert filled == page.replace(generate._OTHERS_END, f"`v_new`: About v_new.\n\n{generate._OTHERS_END}")
    assert generate.with_other_views(filled, columns) == filled


def test_a_bar_in_a_comment_does_not_break_the_table():
    assert generate.table(("a",), [("x | y\nz",)]).splitlines()[-1] == "| x \\| y z |"
