"""The catalogue of operations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from oplatency.errors import UsageError
from oplatency.warehouse.database import Connection, rows

_NAME = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Operation:
    """One row of the catalogue."""

    operation_id: int
    name: str
    category: str
    area: str
    is_tracked: bool
    alert_threshold: float


def read_operations(connection: Connection) -> dict[int, Operation]:
    """Return the catalogue by operation id."""
    return {found["operation_id"]: Operation(**found) for found in rows(connection, "warehouse/calls/list_operations")}


def find_operation(operations: dict[int, Operation], name: str | None) -> int | None:
    """Return the id of a named operation, or None where no name is given.

    Raises
    ------
    UsageError
        If there is no such operation.
    """
    if not name:
        return None
    for operation in operations.values():
        if operation.name == name:
            return operation.operation_id
    raise UsageError(
        f"There is no operation {name!r}.", where="operation", remedy="see the names in v_operation_performance_summary"
    )


def require_name(name: str, *, max_length: int, where: str) -> None:
    """Refuse what the gate would refuse as the name of an operation.

    Raises
    ------
    UsageError
        If it is blank, too long, or holds a control character.
    """
    if len(name) > max_length or not _NAME.fullmatch(name):
        shown = name if len(name) <= max_length else f"{name[:50]}..."
        raise UsageError(
            f"{shown!r} cannot name an operation.",
            where=where,
            remedy=f"1 to {max_length} characters, no control characters, not blank",
        )
