"""pgGit's own measurements: its metrics, the steps of its traces, its merges. Nothing in its schema is changed.

Two shapes of its tables are in use: one counts in microseconds and has numbers as keys, the other has UUIDs and no
table of merges. Steps that still run are left out until they end.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from oplatency.errors import InputError, OplatencyError, UsageError
from oplatency.sources.polled.contract import Event, Poll, PolledSource
from oplatency.warehouse.database import Connection, Row, connect, row, rows, snapshot, stream

_TABLES = {"metrics": "performance_metrics", "traces": "operation_traces", "merges": "merge_performance_metrics"}
_SHAPES = {
    "microseconds": {
        "performance_metrics": """metric_id operation_type operation_name duration_microseconds duration_ms start_time
            end_time branch_id user_name session_id rows_affected memory_bytes cpu_microseconds operation_metadata
            error_details recorded_at""",
        "operation_traces": """trace_id span_id parent_span_id operation_type span_name span_status start_time end_time
            duration_microseconds branch_id user_name session_id memory_peak_bytes cpu_microseconds error_message
            error_code error_details attributes""",
        "merge_performance_metrics": """merge_metric_id source_branch_id target_branch_id merge_base_calculation_us
            conflict_detection_us conflict_count auto_resolution_us auto_resolution_success_count
            auto_resolution_failure_count total_merge_us merge_status merge_outcome_details user_name session_id
            started_at completed_at""",
        # its keys and names are called this or that
        "branches": "",
    },
    "uuid": {
        "performance_metrics": """metric_id operation_type operation_name started_at completed_at duration_ms
            cpu_time_ms rows_affected memory_used_mb context""",
        "operation_traces": """trace_id parent_trace_id operation_type operation_name started_at duration_us
            span_attributes""",
    },
}
"""The columns that each shape's statements read, by table."""


def read(poll: Poll) -> Iterator[Event]:
    """Yield what was recorded in one of pgGit's tables, in order of the recording.

    Raises
    ------
    UsageError
        If its times have no offset and the source declares no zone.
    InputError
        If the tables are missing, have another shape, or may not be read.
    OplatencyError
        If the server cannot be reached or ends the session.
    """
    try:
        with connect(poll.address, purpose="poll") as connection, snapshot(connection):
            row(connection, "sources/pggit/set_zone", {"zone": poll.settings.assume_tz or "UTC"})
            shape = _shape(connection, poll)
            if _TABLES[poll.stream] not in _SHAPES[shape]:
                return
            for found in stream(connection, f"sources/pggit/{shape}/{poll.stream}", {"since_at": poll.since_at}):
                yield Event(found.pop("marked_at"), found)
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise OplatencyError(f"pgGit cannot be read: {reason}.", where=poll.place) from error


def _shape(connection: Connection, poll: Poll) -> str:
    """Return which of the two shapes a pgGit has, once all that will be read can be."""
    found: dict[str, dict[str, Row]] = {}
    for column in rows(connection, "sources/pggit/list_columns"):
        found.setdefault(column["table_name"], {})[column["column_name"]] = column
    for shape, tables in _SHAPES.items():
        if all(table in found and found[table].keys() >= set(names.split()) for table, names in tables.items()):
            for table, names in tables.items():
                _check_readable(found[table], names.split(), poll)
            return shape
    missing = [f"pggit.{table}" for table in _SHAPES["uuid"] if table not in found]
    reason = (
        f"there is no table {' and no '.join(missing)}" if missing else "its tables have neither shape that is known"
    )
    raise InputError(
        f"pgGit cannot be read: {reason}.",
        where=poll.place,
        remedy="check that the connection names the database in which pgGit records its performance",
    )


def _check_readable(columns: dict[str, Row], names: list[str], poll: Poll) -> None:
    for column in columns.values():
        if not column["is_readable"]:
            raise InputError(
                f"The role may not read pggit.{column['table_name']}.",
                where=poll.place,
                remedy="the role of the connection needs usage on the schema pggit and select on its tables",
            )
    naive = [name for name in names if columns[name]["type_name"] == "timestamp without time zone"]
    if naive and poll.settings.assume_tz is None:
        raise UsageError(
            "pgGit's times have no offset from UTC, and the source declares no zone.",
            where=f"{poll.place}, column {naive[0]}",
            remedy='say in which zone its sessions write, for example assume_tz = "UTC"',
        )


SOURCE = PolledSource(streams=tuple(_TABLES), read=read)
