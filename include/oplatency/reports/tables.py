"""What an installation knows, as tables: the same for the terminal, the page in the Airflow UI, and tests.

Everything is read through views, with the role that may read nothing else.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oplatency.warehouse.database import Connection, Row, read_view, rows

DASHBOARD_VIEWS = (
    "v_performance_dashboard_summary",
    "v_operation_performance_summary",
    "v_branch_performance_summary",
    "v_performance_alerts_recent",
    "v_performance_alerts_critical",
    "v_trace_hierarchy",
    "v_merge_performance_summary",
    "v_merge_statistics",
    "v_performance_trend_hourly",
    "v_slowest_operations_last_24h",
    "v_baseline_health",
    "v_user_performance_activity",
)
"""The twelve views that people build on."""

BOOTSTRAP_OPERATIONS = ("branch_create", "commit", "get_history", "merge_branches", "rollback_commit")
"""The operations of the bootstrap data, whose baselines are shown first."""


BASELINE_NOTE = "Exact percentiles of the stored calls; p99 and p95 are cut to whole milliseconds."


@dataclass(frozen=True)
class Table:
    """One table for people: cells are finished text.

    Attributes
    ----------
    key : str
        Short name, unique within a report.
    title, note : str
        What it shows, and what to know when reading it.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str
        Cells.
    numeric : frozenset of int
        Columns that are aligned to the right.
    short_title : str
        Word for it in the navigation.
    when_empty : str
        What the page says instead of a table without rows.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    note: str = ""
    short_title: str = ""
    when_empty: str = "Nothing to show."


def load_tables(connection: Connection) -> list[Table]:
    """Return baselines, findings, false alerts to expect, correlations, marks, sources, audits, views, in order."""
    return [
        *baseline_tables(connection),
        findings_table(connection),
        degradations_table(connection),
        expected_false_table(connection),
        groups_table(connection),
        pairs_table(connection),
        marks_table(connection),
        sources_table(connection),
        rejected_table(connection),
        audits_table(connection),
        views_table(connection),
    ]


def baseline_tables(connection: Connection) -> list[Table]:
    """Return the baselines in force: those of the bootstrap data, and the others."""
    found = rows(connection, "reports/baselines", {"bootstrap": list(BOOTSTRAP_OPERATIONS)})
    columns = ("operation_type", "sample_count", "p99_ms", "p95_ms", "alert_threshold")

    def table(key: str, title: str, is_bootstrap: bool, short_title: str, when_empty: str) -> Table:
        chosen = [item for item in found if item["is_bootstrap"] == is_bootstrap]
        return _table(
            key,
            title,
            chosen,
            {
                columns[0]: lambda row: row["operation_type"],
                columns[1]: lambda row: str(row["sample_count"]),
                columns[2]: lambda row: f"{row['p99_ms']:.1f}",
                columns[3]: lambda row: f"{row['p95_ms']:.1f}",
                columns[4]: lambda row: f"{row['alert_threshold']:.1f}x",
            },
            short_title=short_title,
            when_empty=when_empty,
            numeric=columns[1:],
            note=BASELINE_NOTE if is_bootstrap else f"{BASELINE_NOTE}{_coverage_note(chosen)}",
        )

    return [
        table(
            "baselines",
            "Baselines of the bootstrap data",
            True,
            "Baselines",
            "No baselines yet: the bootstrap data is not loaded. Run the DAG load_bootstrap.",
        ),
        table(
            "other_baselines",
            "Baselines of everything else",
            False,
            "Other baselines",
            "No other operation has enough calls for a baseline yet.",
        ),
    ]


def _coverage_note(found: list[Row]) -> str:
    thin = [item for item in found if item["has_low_coverage"]]
    if not thin:
        return ""
    names = ", ".join(
        f"{item['operation_type']} {item['days_covered']:.1f} of {item['lookback_days']}" for item in thin[:5]
    )
    more = f" and {len(thin) - 5} more" if len(thin) > 5 else ""
    return f" Too few days with calls, so nothing alerts: {names}{more}."


def findings_table(connection: Connection) -> Table:
    """Return the alert episodes."""
    return _table(
        "findings",
        "Anomalies that alerted",
        rows(connection, "reports/alert_episodes"),
        {
            "operation": lambda row: row["operation"],
            "from (UTC)": lambda row: _instant(row["first_at"]),
            "to (UTC)": lambda row: _instant(row["last_at"]),
            "calls": lambda row: str(row["calls"]),
            "expected ms": lambda row: f"{row['expected_ms']:.1f}",
            "median ms": lambda row: f"{row['median_ms']:.1f}",
            "largest z": lambda row: f"{row['max_z']:.1f}",
            "severity": lambda row: row["severity"],
            "belongs to": lambda row: row["mark"],
        },
        short_title="Anomalies",
        when_empty="No alerting anomalies in the last 7 days.",
        numeric=("calls", "expected ms", "median ms", "largest z"),
        note="Robust 3-sigma against the baseline before the call; alerting calls at most an hour apart are joined.",
    )


def degradations_table(connection: Connection) -> Table:
    """Return the days whose level, tail or trend moved."""
    return _table(
        "degradations",
        "Days whose level, tail or trend moved",
        rows(connection, "reports/degradations"),
        {
            "operation": lambda row: row["operation"],
            "kind": lambda row: row["kind"],
            "from (UTC)": lambda row: _instant(row["window_start"]),
            "to (UTC)": lambda row: _instant(row["window_end"]),
            "before ms": lambda row: f"{row['before_ms']:.1f}",
            "after ms": lambda row: f"{row['after_ms']:.1f}",
            "change": lambda row: f"{row['effect_pct']:+.0f} %",
            "began (UTC), 95 %": _began,
            "severity": lambda row: row["severity"],
            "alerting": lambda row: _yes_no(row["alerting"]),
        },
        short_title="Changed days",
        when_empty="No operation's level, tail or trend moved in the last 7 days.",
        numeric=("before ms", "after ms", "change"),
    )


def _began(row: Row) -> str:
    if row["onset_at"] is None:
        return row["no_onset_reason"] or "-"
    low, at, high = (f"{row[name]:%m-%d %H:%M}" for name in ("onset_low_at", "onset_at", "onset_high_at"))
    return f"{at} ({low} to {high})"


def expected_false_table(connection: Connection) -> Table:
    """Return how many false alerts the last 24 hours are expected to hold, by rule and in all."""
    found = rows(connection, "reports/expected_false")
    if found:
        total = {"rule": "in all", "tests": None, "expected": sum(row["expected"] for row in found), "alerting": None}
        found = [*found, total]
    return _table(
        "expected_false",
        "False alerts to expect",
        found,
        {
            "rule": lambda row: row["rule"],
            "tests": lambda row: _number(row["tests"], ",d"),
            "expected false alerts": lambda row: f"{row['expected']:.3f}",
            "operations alerting": lambda row: _number(row["alerting"], "d"),
        },
        short_title="False alerts",
        when_empty="Nothing was judged in the last 24 hours.",
        numeric=("tests", "expected false alerts", "operations alerting"),
        note="Of the last 24 hours, had nothing happened: tests times the share measured on calm fleets "
        "(docs/statistics.md). point and silence count operation-hours, the others operations.",
    )


def groups_table(connection: Connection) -> Table:
    """Return the operations that slowed together."""
    return _table(
        "groups",
        "Operations that slowed together",
        rows(connection, "reports/correlation_groups"),
        {
            "members": lambda row: row["members"],
            "onset (UTC)": lambda row: _instant(row["onset_at"]),
            "likely bottleneck": lambda row: row["bottleneck"],
            "alerting": lambda row: _yes_no(row["alerting"]),
            "belongs to": lambda row: row["mark"],
            "look at": lambda row: row["recommendation"],
        },
        short_title="Groups",
        when_empty="No operations slowed together when this was last looked at.",
    )


def pairs_table(connection: Connection) -> Table:
    """Return the pairs behind the groups."""
    return _table(
        "pairs",
        "Correlated pairs",
        rows(connection, "reports/correlated_pairs"),
        {
            "operation a": lambda row: row["operation_a"],
            "operation b": lambda row: row["operation_b"],
            "corrected r": lambda row: _number(row["corrected"], ".2f"),
            "raw r": lambda row: _number(row["raw_pearson"], ".2f"),
            "joint bins": lambda row: str(row["joint_bins"]),
            "q": lambda row: f"{row['q']:.1e}",
            "strength": lambda row: row["strength"],
        },
        short_title="Pairs",
        when_empty="No pair of operations is correlated.",
        numeric=("corrected r", "raw r", "joint bins", "q"),
        note="Corrected: what all operations share is taken off. Raw: plain Pearson over one-minute means.",
    )


def marks_table(connection: Connection) -> Table:
    """Return what people noted, among it the incidents that were caused in the recorded sample."""
    return _table(
        "marks",
        "Known incidents",
        rows(connection, "reports/marks"),
        {
            "title": lambda row: row["title"],
            "from (UTC)": lambda row: _instant(row["began_at"]),
            "to (UTC)": lambda row: _instant(row["ended_at"]),
            "operations": lambda row: row["operations"],
            "cause": lambda row: row["note"],
        },
        short_title="Incidents",
        when_empty="No incident has been noted.",
    )


def sources_table(connection: Connection) -> Table:
    """Return what came in of each source."""
    return _table(
        "sources",
        "Sources",
        rows(connection, "reports/sources"),
        {
            "source": lambda row: row["source"],
            "last arrival (UTC)": lambda row: _instant(row["last_arrival_at"]),
            "newest call (UTC)": lambda row: _instant(row["last_call_at"]),
            "rows 24 h": lambda row: f"{row['rows_24h']:,}",
            "rows 7 days": lambda row: f"{row['rows_7d']:,}",
            "rejected 24 h": lambda row: _percent(row["rejected_24h_pct"]),
            "silent": lambda row: _yes_no(row["is_silent"]),
        },
        short_title="Sources",
        when_empty="No source has delivered yet: ingest a file with `oplatency ingest`, or declare a source.",
        numeric=("rows 24 h", "rows 7 days", "rejected 24 h"),
        note="Silent: nothing arrived for much longer than is usual of it. Calls recorded from SQL come in no batch.",
    )


def rejected_table(connection: Connection) -> Table:
    """Return how many rows were rejected, by source and reason."""
    return _table(
        "rejected",
        "Rejected rows",
        rows(connection, "reports/rejected"),
        {
            "source": lambda row: row["source"],
            "reason": lambda row: row["reason"],
            "rejected": lambda row: f"{row['rejected']:,}",
            "held": lambda row: f"{row['held']:,}",
            "released": lambda row: f"{row['released']:,}",
            "discarded": lambda row: f"{row['discarded']:,}",
            "newest batch": lambda row: str(row["newest_batch"]),
        },
        short_title="Rejected rows",
        when_empty="No row was ever rejected.",
        numeric=("rejected", "held", "released", "discarded", "newest batch"),
        note="Held rows wait in quarantine; `oplatency quarantine list` says what to do about each reason.",
    )


def audits_table(connection: Connection) -> Table:
    """Return the newest audit of every suite."""
    return _table(
        "audits",
        "Audits",
        rows(connection, "reports/audits"),
        {
            "suite": lambda row: row["suite"],
            "expectations": lambda row: str(row["expectations"]),
            "passed": lambda row: str(row["passed"]),
            "rows": lambda row: str(row["rows_checked"]),
            "checked (UTC)": lambda row: _instant(row["checked_at"]),
            "what failed": lambda row: row["failed"],
        },
        short_title="Audits",
        when_empty="No audit has been run yet.",
        numeric=("expectations", "passed", "rows"),
    )


def views_table(connection: Connection) -> Table:
    """Read each of the twelve views once and return its number of rows and how long it took."""
    measured = []
    for name in DASHBOARD_VIEWS:
        started = time.perf_counter()
        found = read_view(connection, name)
        measured.append({"view": name, "rows": len(found), "ms": (time.perf_counter() - started) * 1000})
    return _table(
        "views",
        "The twelve dashboard views",
        measured,
        {
            "view": lambda row: row["view"],
            "rows": lambda row: str(row["rows"]),
            "response ms": lambda row: f"{row['ms']:.1f}",
        },
        short_title="Views",
        when_empty="No views.",
        numeric=("rows", "response ms"),
        note="Time to fetch every row, measured just now.",
    )


def digest(connection: Connection) -> str:
    """Return 32 hexadecimal digits that name all content from facts to findings; equal data, equal digest."""
    parts = [f"{row['of_table']} {row['n_rows']} {row['digest']}" for row in rows(connection, "reports/digest")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _table(
    key: str,
    title: str,
    found: list[Row],
    cells: dict[str, Callable[[Row], str]],
    *,
    short_title: str,
    when_empty: str,
    numeric: tuple[str, ...] = (),
    note: str = "",
) -> Table:
    columns = tuple(cells)
    return Table(
        key=key,
        title=title,
        columns=columns,
        rows=tuple(tuple(cell(row) for cell in cells.values()) for row in found),
        numeric=frozenset(columns.index(name) for name in numeric),
        note=note,
        short_title=short_title,
        when_empty=when_empty,
    )


def _instant(value: datetime | None) -> str:
    return "-" if value is None else f"{value:%Y-%m-%d %H:%M}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} %"


def _yes_no(value: Any) -> str:
    return "yes" if value else "no"
