"""Tables for the terminal, without colour where none is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import rich.box
import rich.table
import rich.text
from rich.console import Console

from oplatency.reports.tables import Table
from oplatency.warehouse.database import Row


def table_of(key: str, title: str, found: Sequence[Row]) -> Table:
    """Return rows of a statement as a table, headed by the names of its columns; numbers stand to the right."""
    columns = tuple(found[0]) if found else ()
    return Table(
        key=key,
        title=title,
        columns=columns,
        rows=tuple(tuple(map(_cell, row.values())) for row in found),
        numeric=frozenset(place for place, name in enumerate(columns) if isinstance(found[0][name], int | float)),
    )


def show(console: Console, table: Table) -> None:
    """Print a table with its title and note; say so where it holds no rows."""
    console.print()
    console.print(table.title, style="bold", markup=False)
    if not table.rows:
        console.print("  none", markup=False)
        return
    grid = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(table.columns):
        grid.add_column(column, justify="right" if place in table.numeric else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(rich.text.Text(cell) for cell in row))
    console.print(grid)
    if table.note:
        console.print(f"  {table.note}", style="dim", markup=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
