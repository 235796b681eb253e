"""The warehouse in pandas: calls, baselines, findings, verdicts and every view, as DataFrames.

>>> from oplatency import analysis
>>> slow = analysis.anomalies(operation="merge_branches", start="2026-03-01T00:00Z")

Columns carry the names of the views' columns, in their order. The type of a column follows from its type in the view
and from its name, so that a frame without a row has the types of a full one:

=============================  ======================  ==============================================================
in the view                    in the frame            for instance
=============================  ======================  ==============================================================
``timestamptz``                datetime64[us, UTC]     ``started_at``, ``as_of``, ``window_end``
``double precision``           float64                 durations in milliseconds (``_ms``), scores, effects; NaN = null
``integer``, ``bigint``        Int64                   counts; <NA> = null
``boolean``                    boolean                 ``alerting``, ``passed``
``text``, of few values        category                ``operation``, ``branch``, ``user_name``, ``rule``, ``severity``
``text``, else                 str                     ``finding_id``, ``session``, ``detail``
arrays                         object                  lists: ``quantile_shifts``, ``members``; None = null
``jsonb``                      object                  dicts, lists or single values: ``evidence``; None = null
=============================  ======================  ==============================================================

Filters are keywords. `operation` is a name or several; `start` and `end` are datetimes or texts in ISO 8601, with an
offset from UTC, and bound the half-open ``[start, end)``: calls that started in it, baselines whose as-of lies in it,
and findings, verdicts and correlations that were judged in it, whose window ends in ``(start, end]``. So adjoining
windows share no row. `connection_url` is that of a role that may read the views, ``oplatency_reader`` is enough;
without one it is the warehouse that the command line uses: the one that ``OPLATENCY_DATABASE_URL`` names, else the
embedded server, which is started for the moment where it is not running.

Every function reads in one transaction that writes nothing, and raises

- `UsageError` for a filter that cannot be used, before anything is read;
- `UnreachableError` if the server cannot be reached;
- `SchemaError` if the warehouse is older than this code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa

from oplatency.errors import SchemaError, UsageError
from oplatency.warehouse.database import (
    DATABASE_URL,
    Connection,
    blocks,
    connect,
    environment_url,
    rows,
    snapshot,
    view_blocks,
)

__all__ = ["anomalies", "baselines", "calls", "correlations", "degradations", "verdicts", "views"]

Operations = str | Iterable[str] | None
Instant = datetime | str | None

_ARROW_TYPES = {
    "bool": pa.bool_(),
    "int2": pa.int64(),
    "int4": pa.int64(),
    "int8": pa.int64(),
    "float4": pa.float64(),
    "float8": pa.float64(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "text": pa.string(),
}
"""Types by the database's names; a column of any other holds Python objects."""

_TEXT = pd.StringDtype(na_value=float("nan"))
_PANDAS_TYPES = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.string(): _TEXT}
_CATEGORY = pa.dictionary(pa.int32(), pa.string())
_FREE_TEXTS = frozenset(
    {"detail", "digest", "finding_id", "note", "path", "reason", "recommendation", "session", "title"}
    | {"trace_id", "span_id", "parent_span_id"}
)
"""Text columns that are not names: nearly every row has a value of its own."""


def calls(
    *, operation: Operations = None, start: Instant = None, end: Instant = None, connection_url: str | None = None
) -> pd.DataFrame:
    """Return calls as they are stored, one a row, in the order of their start.

    Parameters
    ----------
    operation : str or iterable of str, optional
        Only these operations.
    start, end : datetime or str, optional
        Only calls that started in ``[start, end)``. A million calls take some seconds and about 350 MB while they are
        read, 60 MB afterwards.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        ``operation``, ``branch``, ``user_name`` (category), ``started_at`` (datetime64[us, UTC]), ``duration_ms``
        (float64, milliseconds), ``failed`` (boolean: ended in an error), ``session`` (str), ``rows_affected``,
        ``memory_bytes`` (Int64), ``cpu_ms`` (float64, milliseconds).
    """
    return _filtered("analysis/calls", operation, start, end, connection_url)


def baselines(
    *, operation: Operations = None, start: Instant = None, end: Instant = None, connection_url: str | None = None
) -> pd.DataFrame:
    """Return every version of every baseline, in the order of the as-of; of a key the highest revision holds.

    Parameters
    ----------
    operation : str or iterable of str, optional
        Only these operations.
    start, end : datetime or str, optional
        Only versions with an as-of, the end of the days they were computed from, in ``[start, end)``.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        ``operation``, ``branch``, ``config_hash`` (category), ``as_of`` (datetime64[us, UTC]), ``revision``,
        ``lookback_days``, ``calls``, ``days_covered``, ``hours_covered`` (Int64), ``min_ms``, ``p50_ms`` ...
        ``p99_ms``, ``max_ms``, ``mean_ms``, ``sd_ms`` (float64, milliseconds; sample deviation, n - 1),
        ``p99_estimable``, ``new_normal`` (boolean), ``alert_threshold`` (float64, a factor on ``p99_ms``),
        ``covered_days``, ``excluded_hours`` (float64), ``excluded`` (object: list of dicts), ``finding_id`` (str).
    """
    return _filtered("analysis/baselines", operation, start, end, connection_url)


def anomalies(
    *, operation: Operations = None, start: Instant = None, end: Instant = None, connection_url: str | None = None
) -> pd.DataFrame:
    """Return findings of every kind: calls, silent hours, days that shifted, tails and trends.

    Parameters
    ----------
    operation : str or iterable of str, optional
        Only these operations.
    start, end : datetime or str, optional
        Only what was judged in ``[start, end)``: its window ends in ``(start, end]``.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        ``operation``, ``branch``, ``kind``, ``severity``, ``alerted_by``, ``shape``, ``call_branch``,
        ``baseline_level``, ``no_onset_reason`` (category), ``window_start``, ``window_end``, ``observed_at``,
        ``baseline_as_of``, ``onset_at``, ``onset_low_at``, ``onset_high_at`` (datetime64[us, UTC]), ``duration_ms``,
        ``expected_ms`` (float64, milliseconds), ``z``, ``classical_z`` (float64, no unit), ``effect``, ``effect_low``,
        ``effect_high`` (float64, a ratio - 1, with its 95 % interval), ``alerting``, ``combined`` (boolean),
        ``quantile_shifts`` (object: list of 5 floats, ratios - 1: p50, p75, p90, p95, p99), ``finding_id`` (str).
    """
    return _filtered("analysis/anomalies", operation, start, end, connection_url)


def degradations(
    *, operation: Operations = None, start: Instant = None, end: Instant = None, connection_url: str | None = None
) -> pd.DataFrame:
    """Return operations whose newest days are slower, or faster, than the days before, with the evidence.

    Parameters
    ----------
    operation : str or iterable of str, optional
        Only these operations.
    start, end : datetime or str, optional
        Only what was judged in ``[start, end)``: its window ends in ``(start, end]``.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        ``operation``, ``branch``, ``kind``, ``shape``, ``severity``, ``no_onset_reason`` (category),
        ``window_start``, ``window_end``, ``onset_at``, ``onset_low_at``, ``onset_high_at`` (datetime64[us, UTC]),
        ``lookback_days``, ``calls_before``, ``calls_after`` (Int64), ``before_ms``, ``after_ms`` (float64,
        milliseconds), ``z``, ``classical_z`` (float64, no unit), ``effect``, ``effect_low``, ``effect_high`` (float64,
        a ratio - 1, with its 95 % interval), ``alerting`` (boolean), ``quantile_shifts`` (object: list of 5
        floats, ratios - 1), ``finding_id`` (str, that of the same finding in `anomalies`).
    """
    return _filtered("analysis/degradations", operation, start, end, connection_url)


def correlations(
    *, operation: Operations = None, start: Instant = None, end: Instant = None, connection_url: str | None = None
) -> pd.DataFrame:
    """Return pairs of operations that slow together, one row per as-of and pair.

    Parameters
    ----------
    operation : str or iterable of str, optional
        Only pairs with one of these operations.
    start, end : datetime or str, optional
        Only what was judged in ``[start, end)``: its as-of, the end of 24 hours, lies in ``(start, end]``.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        ``as_of`` (datetime64[us, UTC]), ``operation_a``, ``operation_b``, ``strength``, ``bottleneck``,
        ``bottleneck_id`` (category), ``raw_pearson``, ``raw_spearman``, ``corrected`` (float64, -1 to 1; NaN = not
        defined), ``effective_n``, ``p``, ``q`` (float64), ``joint_bins``, ``lag_bins``, ``group_id`` (Int64),
        ``finding_id`` (str).
    """
    return _filtered("analysis/correlations", operation, start, end, connection_url)


def verdicts(
    *, operation: Operations = None, start: Instant = None, end: Instant = None, connection_url: str | None = None
) -> pd.DataFrame:
    """Return what every rule decided, one row per operation, branch, window, rule and gate.

    Parameters
    ----------
    operation : str or iterable of str, optional
        Only these operations.
    start, end : datetime or str, optional
        Only what was judged in ``[start, end)``: its window ends in ``(start, end]``.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        ``operation``, ``branch``, ``rule``, ``outcome``, ``gate``, ``baseline_level``, ``baseline_branch``,
        ``baseline_config_hash`` (category), ``window_start``, ``window_end``, ``baseline_as_of``
        (datetime64[us, UTC]), ``gate_no``, ``calls``, ``findings``, ``baseline_revision`` (Int64), ``gate_value``,
        ``gate_limit`` (float64, in the unit of the gate), ``passed`` (boolean), ``observed``, ``expected``, ``needed``
        (float64, microseconds as in the view, for silence calls), ``finding_id`` (str).
    """
    return _filtered("analysis/verdicts", operation, start, end, connection_url)


def views(name: str, *, connection_url: str | None = None) -> pd.DataFrame:
    """Return a view as it is, in its own order.

    Parameters
    ----------
    name : str
        ``v_operation_performance_summary`` or any other of docs/views.md.
    connection_url : str, optional
        Where the warehouse is; None = the one of the command line.

    Returns
    -------
    DataFrame
        The columns of the view, in the types that stand at the head of this module.

    Raises
    ------
    UsageError
        If there is no such view.
    """
    with _reading(connection_url) as connection:
        known = [found["view"] for found in rows(connection, "analysis/list_views")]
        if name not in known:
            raise UsageError(
                f"There is no view {name!r}.",
                where="views",
                remedy=", ".join(known) or "the warehouse is empty; run: oplatency migrate",
            )
        with view_blocks(connection, name) as (columns, found):
            return _frame(columns, found)


def read(statement: str, parameters: dict[str, Any], connection_url: str | None = None) -> pd.DataFrame:
    """Return the rows of ``sql/<statement>.sql``, typed as the views are; for reports, no part of the public module."""
    with _reading(connection_url) as connection, blocks(connection, statement, parameters) as (columns, found):
        return _frame(columns, found)


def filters(operation: Operations, start: Instant, end: Instant) -> dict[str, Any]:
    """Return the binds of the filters: ``operations`` (list of str), ``window_start``, ``window_end``; None = no limit.

    Raises
    ------
    UsageError
        If a filter is of another type, an instant has no offset from UTC, or `start` is not before `end`.
    """
    first, last = _instant(start, "start"), _instant(end, "end")
    if first and last and first >= last:
        raise UsageError("start is not before end.", where="start, end", remedy="give the earlier instant first")
    return {"operations": _operations(operation), "window_start": first, "window_end": last}


def _filtered(statement: str, operation: Operations, start: Instant, end: Instant, url: str | None) -> pd.DataFrame:
    return read(statement, filters(operation, start, end), url)


def _operations(operation: Operations) -> list[str] | None:
    if operation is None:
        return None
    names = [operation] if isinstance(operation, str) else operation
    found = list(names) if isinstance(names, Iterable) else [names]
    wrong = [name for name in found if not isinstance(name, str)]
    if wrong:
        raise UsageError(
            f"{wrong[0]!r} is not the name of an operation.",
            where="operation",
            remedy="give a text, or a list of texts",
        )
    return [str(name) for name in found]


def _instant(given: Instant, name: str) -> datetime | None:
    if given is None:
        return None
    remedy = "write 2026-01-31T00:00Z, or datetime(2026, 1, 31, tzinfo=UTC)"
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError as error:
        raise UsageError(f"{given!r} is not a valid timestamp.", where=name, remedy=remedy) from error
    if not isinstance(found, datetime):
        raise UsageError(f"{given!r} is not a timestamp.", where=name, remedy=remedy)
    if found.tzinfo is None or found.utcoffset() is None:
        raise UsageError(f"{given!r} has no offset from UTC.", where=name, remedy=remedy)
    return found.astimezone(UTC)


@contextmanager
def _reading(url: str | None) -> Iterator[Connection]:
    with _url(url) as found, connect(found, purpose="analysis") as connection, snapshot(connection):
        try:
            yield connection
        except (
            psycopg.errors.UndefinedTable,
            psycopg.errors.UndefinedColumn,
            psycopg.errors.UndefinedFunction,
        ) as error:
            raise SchemaError(
                f"The warehouse is older than this code: {error.diag.message_primary}.",
                where=connection.info.dbname,
                remedy="run: oplatency migrate",
            ) from error


@contextmanager
def _url(given: str | None) -> Iterator[str]:
    named = given or environment_url()
    if named:
        yield named
        return
    # the embedded server belongs to a layer above this one, and an installation may lack it
    for entry in entry_points(group="oplatency.warehouse"):
        opened: AbstractContextManager[str] = entry.load()("oplatency_reader")
        with opened as url:
            yield url
            return
    raise UsageError(
        "There is no warehouse to read.", where="connection_url", remedy=f"give one, or set {DATABASE_URL}"
    )


def _frame(columns: dict[str, str], found: Iterable[list[tuple[Any, ...]]]) -> pd.DataFrame:
    """Return blocks of rows as a frame; only a block at a time is held as Python objects."""
    types = {name: _arrow_type(name, kind) for name, kind in columns.items()}
    parts: dict[str, list[Any]] = {name: [] for name in columns}
    for block in found:
        for (name, kind), values in zip(types.items(), zip(*block, strict=True), strict=True):
            if kind is None:
                parts[name].extend(values)
            else:
                array = pa.array(values, pa.string() if kind is _CATEGORY else kind)
                parts[name].append(array.dictionary_encode() if kind is _CATEGORY else array)
    return pd.DataFrame({name: _series(types[name], parts.pop(name)) for name in columns})


def _arrow_type(name: str, kind: str) -> Any:
    if kind == "text" and name not in _FREE_TEXTS:
        return _CATEGORY
    return _ARROW_TYPES.get(kind)


def _series(kind: Any, parts: list[Any]) -> pd.Series[Any]:
    if kind is None:
        return pd.Series(parts, dtype=object)
    column = pa.chunked_array(parts, kind).unify_dictionaries()
    series: pd.Series[Any] = column.to_pandas(types_mapper=_PANDAS_TYPES.get)
    if kind is _CATEGORY:
        # by name, as pandas orders them, whatever row comes first
        return series.cat.set_categories(pd.Index(sorted(series.cat.categories), dtype=_TEXT))
    return series
