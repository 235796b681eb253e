"""Intervals that users exclude from baselines, or keep in although they alerted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oplatency.errors import UsageError
from oplatency.warehouse.catalogue import find_operation, read_operations
from oplatency.warehouse.database import Row, connect, read_view, rows, run
from oplatency.warehouse.sessions import open_session
from oplatency.windows import Window


@dataclass(frozen=True)
class IntervalRequest:
    """An exclusion to be noted.

    Attributes
    ----------
    operation, branch : str
        Whose calls; the branch ``(all)`` stands for all of them.
    window : Window
        From when to when.
    reason : str
        Why, in words.
    known_at : datetime, optional
        Baselines as of this instant or later take it into account; by default from its end on.
    is_included : bool
        The opposite: what alerts in it stays in the baselines.
    """

    operation: str
    window: Window
    reason: str
    branch: str = "(all)"
    known_at: datetime | None = None
    is_included: bool = False


def add(url: str, interval: IntervalRequest, *, noted_by: str) -> int:
    """Note an interval and return its number.

    Raises
    ------
    UsageError
        If there is no such operation or branch, or no reason is given.
    """
    if not interval.reason.strip():
        raise UsageError("An exclusion needs a reason.", where="reason", remedy='add --reason "what happened"')
    with connect(url, purpose="exclusions") as connection:
        open_session(connection)
        record = {
            "operation_id": find_operation(read_operations(connection), interval.operation),
            "branch": interval.branch,
            "from_at": interval.window.start,
            "to_at": interval.window.end,
            "is_included": interval.is_included,
            "reason": interval.reason.strip(),
            "known_at": interval.known_at or interval.window.end,
            "noted_by": noted_by,
        }
        found = rows(connection, "baselines/excluded_intervals/insert", record)
    if not found:
        raise UsageError(
            f"There is no branch {interval.branch!r}.", where="branch", remedy="see v_branch_performance_summary"
        )
    return int(found[0]["interval_id"])


def list_all(url: str) -> list[Row]:
    """Return what was noted, and what alerted within the windows of the baselines in force, oldest first."""
    with connect(url, purpose="exclusions") as connection:
        return read_view(connection, "v_excluded_intervals")


def remove(url: str, interval_id: int, *, removed_by: str) -> None:
    """Take a noted interval back: the next baseline holds its calls again.

    Raises
    ------
    UsageError
        If there is none of that number that still holds.
    """
    with connect(url, purpose="exclusions") as connection:
        done = run(
            connection, "baselines/excluded_intervals/remove", {"interval_id": interval_id, "removed_by": removed_by}
        )
    if done == 0:
        raise UsageError(
            f"There is no exclusion {interval_id} in force.",
            where="exclude remove",
            remedy="see: oplatency exclude list; what alerted is kept with: oplatency exclude add --keep",
        )
