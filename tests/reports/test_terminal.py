"""Tables in a terminal: aligned, whole, and plain where nothing else is wanted."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from oplatency.reports.tables import Table
from oplatency.reports.terminal import show

TABLE = Table(
    key="calls",
    title="Calls of [red]yesterday[/red]",
    columns=("operation", "ms"),
    rows=(("commit", "5.0"), ("[bold]merge[/bold]", "123.4")),
    numeric=frozenset({1}),
    note="Cut to [one] decimal.",
)


def printed(table: Table, *, width: int = 60, **options: object) -> list[str]:
    file = io.StringIO()
    show(Console(file=file, width=width, highlight=False, **options), table)  # type: ignore[arg-type]
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_table_has_its_title_headings_rows_and_note():
    assert printed(TABLE) == [
        "",
        "Calls of [red]yesterday[/red]",
        "",
        " operation               ms",
        " ──────────────────────────",
        " commit                 5.0",
        " [bold]merge[/bold]   123.4",
        "",
        "  Cut to [one] decimal.",
    ]


def test_an_empty_table_says_so():
    assert printed(Table("calls", "Calls", ("operation",), (), note="not shown")) == ["", "Calls", "  none"]


@pytest.mark.parametrize("width", [20, 40])
def test_F83_a_cell_that_does_not_fit_is_folded_never_cut(width: int):
    text = "a_very_long_operation_name_that_goes_on"
    lines = printed(Table("calls", "Calls", ("operation",), ((text,),)), width=width)
    assert "".join(line.strip() for line in lines[5:]) == text
    assert max(map(len, lines)) <= width


def test_F83_no_escape_is_written_where_there_is_no_terminal():
    assert "\x1b" not in "".join(printed(TABLE))
    assert "\x1b" in "".join(printed(TABLE, force_terminal=True, color_system="standard"))
    no_colour = "".join(printed(TABLE, force_terminal=True, color_system="standard", no_color=True))
    assert "\x1b[3" not in no_colour
