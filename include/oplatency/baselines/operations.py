"""What people set for single operations: each change noted with its reason, and part of the configuration's hash."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from oplatency.baselines import configurations
from oplatency.errors import UsageError
from oplatency.settings import Settings
from oplatency.warehouse.database import Connection, Row, connect, insert, rows, run
from oplatency.warehouse.sessions import open_session

CATEGORIES = ("READ", "WRITE", "ADMIN", "UNKNOWN")
FLOORS = ("min_effect", "scale_floor")


@dataclass(frozen=True)
class Values:
    """What can be set for an operation; None leaves it as it is.

    Attributes
    ----------
    alert_threshold : float, optional
        A call slower than baseline p99 times this is a violation; at least 1.
    is_tracked : bool, optional
        Whether baselines and detection look at it.
    category : str, optional
        What it borrows scales with.
    min_effect, scale_floor : float or "general", optional
        Point floors of its own, fractions and ln units; "general" goes back to the settings.
    """

    alert_threshold: float | None = None
    is_tracked: bool | None = None
    category: str | None = None
    min_effect: float | Literal["general"] | None = None
    scale_floor: float | Literal["general"] | None = None

    def __post_init__(self) -> None:
        if self.category not in (None, *CATEGORIES):
            raise UsageError(f"There is no category {self.category!r}.", where="category", remedy=", ".join(CATEGORIES))
        if self.alert_threshold is not None and not 1 <= self.alert_threshold < math.inf:
            raise UsageError(
                f"A threshold of {self.alert_threshold} cannot be used.", where="alert_threshold", remedy="1 or more"
            )
        for name in FLOORS:
            value = getattr(self, name)
            if isinstance(value, float) and not 0 < value < math.inf:
                raise UsageError(f"A floor of {value} cannot be used.", where=name, remedy="above 0, or general")

    def given(self) -> dict[str, Any]:
        """Return what is to be set, as it is stored."""
        return {
            name: None if value == "general" else value for name, value in asdict(self).items() if value is not None
        }


def list_operations(url: str) -> list[Row]:
    """Return the catalogue with what people set, by name."""
    with connect(url, purpose="operations") as connection:
        return rows(connection, "baselines/operations/list")


def set_operation(
    url: str, name: str, values: Values, *, note: str, changed_by: str, settings: Settings
) -> dict[str, Any]:
    """Set values of one operation and note who did it and why.

    Returns
    -------
    dict
        ``operation``, ``changes`` (setting: old and new value), ``config_hash`` of the configuration from then on.

    Raises
    ------
    UsageError
        If there is no such operation, nothing is to be set, or no reason is given.
    """
    given = values.given()
    if not given:
        raise UsageError("Nothing is to be set.", where=name, remedy="see: oplatency operations set --help")
    if not note.strip():
        raise UsageError("A change needs a reason.", where="note", remedy='add --note "why"')
    with connect(url, purpose="operations", settings=settings.database) as connection:
        open_session(connection)
        with connection.transaction():
            known = _locked(connection, name)
            changed = {setting: value for setting, value in given.items() if known[setting] != value}
            if changed:
                run(connection, "baselines/operations/set", dict(known) | changed)
            config_hash = _recorded(connection, known, changed, note, changed_by, settings)
    changes = {setting: {"old": known[setting], "new": value} for setting, value in changed.items()}
    return {"operation": name, "changes": changes, "config_hash": config_hash}


def _locked(connection: Connection, name: str) -> Row:
    found = rows(connection, "baselines/operations/lock", {"name": name})
    if not found:
        raise UsageError(f"There is no operation {name!r}.", where="operation", remedy="see: oplatency operations list")
    return found[0]


def _recorded(
    connection: Connection, known: Row, changed: Mapping[str, Any], note: str, changed_by: str, settings: Settings
) -> str:
    pending = [
        {
            "operation_id": known["operation_id"],
            "setting": setting,
            "old_value": known[setting],
            "new_value": value,
        }
        for setting, value in changed.items()
    ]
    configuration = configurations.read_configuration(connection, settings, pending=pending)
    configurations.register(connection, configuration)
    shared = {"note": note.strip(), "changed_by": changed_by, "config_hash": configuration.config_hash}
    insert(
        connection,
        "baselines/operations/record_changes",
        [change | shared | {key: Jsonb(change[key]) for key in ("old_value", "new_value")} for change in pending],
    )
    return configuration.config_hash
