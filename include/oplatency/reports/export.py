"""Results as files: CSV, JSON or Parquet, in a fixed order of columns and rows.

The rows are those of `oplatency.analysis`: read through views, with the role that may read nothing else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from oplatency import analysis

SUBJECTS = ("anomalies", "degradations", "correlations", "baselines", "incidents", "verdicts")
"""What can be exported."""

Format = Literal["csv", "json", "parquet"]

_STRUCTURES = ["excluded"]
"""Columns that no cell can hold."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs that make a spreadsheet take a text for a formula."""

_INSTANT = "%Y-%m-%dT%H:%M:%S.%f+00:00"


def load(
    url: str,
    subject: str,
    *,
    start: analysis.Instant = None,
    end: analysis.Instant = None,
    operation: analysis.Operations = None,
) -> pd.DataFrame:
    """Return what is to be exported, in a stable order.

    Parameters
    ----------
    url : str
        Connection URL of a role that may read the views.
    subject : str
        One of `SUBJECTS`.
    start, end : datetime or str, optional
        Limits with an offset from UTC. A finding belongs to ``[start, end)`` if what was judged ends in
        ``(start, end]``: that is the window with which `detect_anomalies` found it. None = no limit.
    operation : str or iterable of str, optional
        Only these operations.

    Returns
    -------
    DataFrame
        The columns of the view in their order, typed as in `oplatency.analysis`, without what is no single value or
        list of numbers. ``finding_id`` (str) is unique, and the same in every export of the finding.
    """
    folder = "reports/export_incidents" if subject == "incidents" else f"analysis/{subject}"
    found = analysis.read(folder, analysis.filters(operation, start, end), url)
    return found.drop(columns=_STRUCTURES, errors="ignore")


def render(found: pd.DataFrame, form: Format) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    found : DataFrame
        What to write.
    form : {'csv', 'json', 'parquet'}
        CSV in UTF-8 with a header, an empty cell for null, texts that a spreadsheet would calculate behind an
        apostrophe; a JSON array of objects; or Parquet with typed columns. Instants are UTC, in text ISO 8601 with
        microseconds.
    """
    writers: dict[str, Callable[[pd.DataFrame], bytes]] = {"csv": _csv, "json": _json, "parquet": _parquet}
    return writers[form](found)


def records(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values: instants as text, null as None."""
    plain = pd.DataFrame({name: _values(column) for name, column in found.items()}, index=found.index)
    names = [str(name) for name in plain]
    return [dict(zip(names, cells, strict=True)) for cells in plain.itertuples(index=False, name=None)]


def _values(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.strftime(_INSTANT)
    return column.astype(object).where(column.notna(), None)


def _csv(found: pd.DataFrame) -> bytes:
    plain = found.copy(deep=False)
    for name, column in found.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            # a name is looked at once, however many rows have it
            plain[name] = column.cat.rename_categories(_harmless)
        elif isinstance(column.dtype, pd.StringDtype):
            plain[name] = column.map(_harmless, na_action="ignore")
        elif isinstance(column.dtype, pd.BooleanDtype) or column.dtype == object:
            # true, false and lists as in JSON
            plain[name] = _values(column).map(json.dumps, na_action="ignore")
    return plain.to_csv(index=False, date_format=_INSTANT, lineterminator="\n").encode()


def _json(found: pd.DataFrame) -> bytes:
    # DataFrame.to_json rounds numbers to 15 digits
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records(found))
    return f"[\n{lines}\n]\n".encode() if lines else b"[]\n"


def _parquet(found: pd.DataFrame) -> bytes:
    schema = pa.Schema.from_pandas(found, preserve_index=False)
    for place, field in enumerate(schema):
        if found[field.name].dtype == object:
            # without a row, or with nulls alone, nothing says what is in the lists
            schema = schema.set(place, pa.field(field.name, pa.list_(pa.float64())))
    sink = io.BytesIO()
    found.to_parquet(sink, index=False, schema=schema)
    return sink.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
