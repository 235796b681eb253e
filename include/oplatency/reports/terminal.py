"""Tables for the terminal, without colour where none is wanted."""

from __future__ import annotations

import rich.box
import rich.table
import rich.text
from rich.console import Console

from oplatency.reports.overview import Table


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
