"""What the pages say about an empty warehouse, about too many rows, and about values of every kind."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from oplatency.errors import SchemaError
from oplatency.reports import page
from oplatency.reports.tables import DASHBOARD_VIEWS, Table
from oplatency.warehouse.database import Connection, connect

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def reader(warehouse) -> Iterator[Connection]:
    """Return a session that may read views of an empty warehouse."""
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as opened:
        yield opened


def test_an_empty_warehouse_is_described_in_sentences(reader: Connection) -> None:
    overview = page.read_overview(reader)
    said = html.unescape(page.render_overview(overview, home="/oplatency/"))
    empty = [table for table in overview.tables if not table.rows]
    assert "findings" in [table.key for table in empty]
    for table in empty:
        assert table.when_empty in said
    for table in overview.tables:
        assert f">{table.short_title} <" in said


@pytest.mark.parametrize("name", DASHBOARD_VIEWS)
def test_every_column_of_a_view_is_shown_with_its_comment(reader: Connection, name: str) -> None:
    view = page.read_rows(reader, name)
    assert view.about
    assert all(column.about for column in view.columns)
    assert view.n_rows == len(view.rows)


def test_a_view_that_the_warehouse_lacks_is_named(reader: Connection) -> None:
    with pytest.raises(SchemaError, match="no view v_of_tomorrow"):
        page.read_rows(reader, "v_of_tomorrow")


def test_a_page_says_how_many_rows_it_leaves_out() -> None:
    rows = tuple((str(number),) for number in range(page.MAX_ROWS))
    view = page.ViewRows("v_long", "", (page.ViewColumn("n", "", True),), rows, 1234, NOW)
    assert "1234 rows, the first 200 are shown." in page.render_rows(view, home="/")


def test_F121_a_hostile_title_column_note_or_message_stays_text() -> None:
    evil = "\"><img src=x onerror=alert(1)></script><script>'"
    table = Table("k", evil, (evil,), ((evil,),), note=evil)
    column = page.ViewColumn(evil, evil, False)
    pages = (
        page.render_overview(page.Overview((table,), NOW), home="/oplatency/"),
        page.render_rows(page.ViewRows(evil, evil, (column,), ((evil,),), 1, NOW), home="/oplatency/"),
        page.render_failure(page.Failure(evil, evil, evil, evil), home="/oplatency/"),
    )
    for text in pages:
        assert "<img" not in text
        assert "<script" not in text
        assert text.count("&lt;img src=x onerror=alert(1)&gt;") >= 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "yes"),
        (3, "3"),
        (1.23456, "1.235"),
        (Decimal("2.5"), "2.500"),
        (0.00001234, "1.2e-05"),
        (float("nan"), "nan"),
        (NOW, "2026-03-01 00:00:00"),
        (timedelta(minutes=2), "120 s"),
        (["a", None, "b"], "a, , b"),
        ({"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
    ],
)
def test_values_are_shown_as_a_person_reads_them(value: object, text: str | None) -> None:
    assert page.as_text(value) == text
