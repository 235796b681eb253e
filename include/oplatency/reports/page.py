"""HTML of the page in the Airflow UI: the overview, the rows of one view, and what went wrong.

Every value is escaped; the pages need no script and load nothing, so that they can be served under a strict content
security policy. The templates are in ``templates/``, their style is put into each page.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import jinja2

from oplatency.errors import SchemaError
from oplatency.reports.tables import DASHBOARD_VIEWS, Table, load_tables
from oplatency.warehouse.database import Connection, read_view, row, rows

MAX_ROWS = 200
"""At most this many rows of a view are shown."""

SIDE_BY_SIDE = frozenset({"baselines", "other_baselines"})
"""Keys of narrow tables that share a line on a wide screen."""

VIEWS_KEY = "views"
BADGE_COLUMNS = frozenset({"severity", "status", "strength", "health"})
BADGES = {
    "CRITICAL": "bad",
    "VIOLATION": "bad",
    "critical": "bad",
    "WARNING": "warn",
    "strong": "warn",
    "INFO": "info",
    "moderate": "info",
    "NO_BASELINE": "info",
    "OK": "good",
}
"""Colour of a verdict; a word that is not here stays plain."""


@dataclass(frozen=True)
class Overview:
    """What the first page shows: the tables, and the instant that the views call now."""

    tables: tuple[Table, ...]
    reference_at: datetime


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view: its name, its comment, and whether it holds numbers."""

    name: str
    about: str
    numeric: bool


@dataclass(frozen=True)
class ViewRows:
    """The rows of one view.

    Attributes
    ----------
    name, about : str
        The view and its comment.
    columns : tuple of ViewColumn
        In the view's order.
    rows : tuple of tuple of str or None
        The first `MAX_ROWS` rows as text; None where the value is null.
    n_rows : int
        How many rows the view holds in all.
    reference_at : datetime
        The instant that the view calls now.
    """

    name: str
    about: str
    columns: tuple[ViewColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    n_rows: int
    reference_at: datetime


@dataclass(frozen=True)
class Failure:
    """A message on the page: a heading, what happened, where, and what to do."""

    title: str
    message: str
    where: str = ""
    remedy: str = ""


def read_overview(connection: Connection) -> Overview:
    """Read the tables of the first page."""
    return Overview(tuple(load_tables(connection)), _reference_time(connection))


def read_rows(connection: Connection, name: str) -> ViewRows:
    """Read one view with its comments.

    Raises
    ------
    SchemaError
        If the warehouse has no such view.
    """
    described = rows(connection, "reports/view_columns", {"view": name})
    if not described:
        raise missing_schema(f"there is no view {name}")
    # all of them: the page says how many there are, as the overview does
    found = read_view(connection, name)
    shown = found[:MAX_ROWS]
    values = {each["name"]: [item[each["name"]] for item in shown] for each in described}
    columns = tuple(ViewColumn(each["name"], each["about"], _is_numeric(values[each["name"]])) for each in described)
    texts = [_column_texts(values[column.name]) for column in columns]
    return ViewRows(
        name=name,
        about=described[0]["about_view"],
        columns=columns,
        rows=tuple(zip(*texts, strict=True)),
        n_rows=len(found),
        reference_at=_reference_time(connection),
    )


def missing_schema(said: str) -> SchemaError:
    """Return the error for a warehouse that lacks what the pages read; `said` is how that was noticed."""
    return SchemaError(
        f"The warehouse has not the schema of this code: {said}.",
        where="schema oplatency",
        remedy="run the DAG load_bootstrap, or: oplatency migrate",
    )


def render_overview(overview: Overview, *, home: str) -> str:
    """Return the first page.

    Parameters
    ----------
    overview : Overview
        What it shows.
    home : str
        Path of this page, with a slash at its end; links start with it.
    """
    return _template("overview.html").render(overview=overview, home=home, views=DASHBOARD_VIEWS, view=None)


def render_rows(view: ViewRows, *, home: str) -> str:
    """Return the page of one view; `home` is as for :func:`render_overview`."""
    return _template("view.html").render(view=view, home=home, views=DASHBOARD_VIEWS, max_rows=MAX_ROWS)


def render_failure(failure: Failure, *, home: str) -> str:
    """Return a page that says what went wrong; `home` is as for :func:`render_overview`."""
    return _template("failure.html").render(failure=failure, home=home, views=(), view=None)


def as_text(value: Any, *, decimals: int = 3) -> str | None:
    """Return a value of the warehouse as a person reads it: instants in UTC, fractions cut to some decimals."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.0f} s"
    if isinstance(value, float | Decimal):
        return f"{value:.1e}" if 0 < abs(float(value)) < 0.001 else f"{value:.{decimals}f}"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) or "" for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)


def _column_texts(values: Sequence[Any]) -> list[str | None]:
    """Return a column as text, its numbers with equally many decimals: none where all of them are whole."""
    fractions = [value for value in values if isinstance(value, float | Decimal)]
    whole = all(float(value).is_integer() for value in fractions)
    return [as_text(value, decimals=0 if whole else 3) for value in values]


def _is_numeric(values: Sequence[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in present
    )


def _reference_time(connection: Connection) -> datetime:
    found: datetime = row(connection, "session/reference_time")["reference_at"]
    return found


def _badge(column: str, text: str | None) -> str:
    return BADGES.get(text or "", "") if column in BADGE_COLUMNS else ""


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("oplatency.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["badge"] = _badge
    environment.globals["views_key"] = VIEWS_KEY
    environment.globals["side_by_side"] = SIDE_BY_SIDE
    environment.filters["instant"] = lambda value: f"{value:%Y-%m-%d %H:%M}"
    return environment


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)
