"""Results as files: CSV, JSON or Parquet, in a fixed order of columns and rows.

Everything is read through views, with the role that may read nothing else.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet

from oplatency.warehouse.database import Connection, read_columns

SUBJECTS = ("anomalies", "correlations", "baselines", "incidents", "verdicts")
"""What can be exported; each is ``sql/reports/export_<subject>.sql``."""

Format = Literal["csv", "json", "parquet"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs that make a spreadsheet take a text for a formula."""

_ARROW_TYPES = {
    "bool": pa.bool_(),
    "int4": pa.int64(),
    "int8": pa.int64(),
    "float8": pa.float64(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "float8[]": pa.list_(pa.float64()),
}
"""Types by the database's names; everything else is text."""


@dataclass(frozen=True)
class Export:
    """Rows with the names and types of their columns.

    Attributes
    ----------
    columns : dict of str to str
        Type of each column, as the database names it, in order.
    rows : list of tuple
        Values in the order of the columns.
    """

    columns: dict[str, str]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as JSON values: instants as text, no number that JSON does not know."""
        return [dict(zip(self.columns, map(_told, cells), strict=True)) for cells in self.rows]


def load(
    connection: Connection,
    subject: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    operation: str | None = None,
) -> Export:
    """Return what is to be exported, in a stable order.

    Parameters
    ----------
    connection : Connection
        Session of a role that may read the views.
    subject : str
        One of `SUBJECTS`.
    start, end : datetime, optional
        Limits in UTC. A finding belongs to ``[start, end)`` if what was judged ends in ``(start, end]``: that is the
        window with which `detect_anomalies` found it. None = no limit.
    operation : str, optional
        Only this operation.
    """
    parameters = {"window_start": start, "window_end": end, "operation": operation}
    columns, found = read_columns(connection, f"reports/export_{subject}", parameters)
    return Export(columns, [tuple(row[name] for name in columns) for row in found])


def render(export: Export, form: Format) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    export : Export
        What to write.
    form : {'csv', 'json', 'parquet'}
        CSV in UTF-8 with a header, an empty cell for null, texts that a spreadsheet would calculate behind an
        apostrophe; a JSON array of objects; or Parquet with typed columns. Instants are UTC, in text ISO 8601 with
        microseconds.
    """
    writers: dict[str, Callable[[Export], bytes]] = {"csv": _csv, "json": _json, "parquet": _parquet}
    return writers[form](export)


def _csv(export: Export) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(export.columns)
    writer.writerows([_cell(value) for value in cells] for cells in export.rows)
    return text.getvalue().encode()


def _json(export: Export) -> bytes:
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in export.records())
    return f"[\n{lines}\n]\n".encode() if lines else b"[]\n"


def _parquet(export: Export) -> bytes:
    arrays = {
        name: pa.array([cells[place] for cells in export.rows], type=_ARROW_TYPES.get(kind, pa.string()))
        for place, (name, kind) in enumerate(export.columns.items())
    }
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.table(arrays), sink)
    return bytes(sink.getvalue())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    told = _told(value)
    # true and false as in JSON; the shortest text that reads back as the same number
    return told if isinstance(told, str) else json.dumps(told)


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
