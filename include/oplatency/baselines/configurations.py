"""What a result was made with: the analysis settings, and what people set for single operations.

Together they have one hash. Without a setting of its own for any operation it is the hash of the settings alone; a
value that is set back to what it was leaves no trace in the hash, only in the history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from oplatency.settings import PointSettings, Settings
from oplatency.warehouse.database import Connection, rows, run


@dataclass(frozen=True)
class Configuration:
    """Analysis settings and the settings of single operations, named by a hash.

    Attributes
    ----------
    config_hash : str
        16 hexadecimal digits; equal content, equal hash.
    content : dict
        Section, name, value; ``operations`` holds what differs from the catalogue, by operation name.
    points_of : mapping of int to PointSettings
        Point rules of the operations that have floors of their own.
    points : PointSettings
        Point rules of all others.
    """

    config_hash: str
    content: Mapping[str, Any]
    points_of: Mapping[int, PointSettings]
    points: PointSettings

    def points_for(self, operation_id: int) -> PointSettings:
        """Return the point rules that an operation is judged by."""
        return self.points_of.get(operation_id, self.points)


def read_configuration(
    connection: Connection, settings: Settings, *, pending: Sequence[Mapping[str, Any]] = ()
) -> Configuration:
    """Return the configuration that results have from here on.

    Parameters
    ----------
    pending : sequence of mappings
        Changes that are about to be noted: ``operation_id``, ``setting``, ``old_value``, ``new_value``; None is the
        general setting.
    """
    operations: dict[str, dict[str, Any]] = {}
    floors: dict[int, dict[str, float]] = {}
    for found in rows(connection, "baselines/configurations/list_overrides", {"pending": Jsonb(list(pending))}):
        operations.setdefault(found["name"], {})[found["setting"]] = found["value"]
        if found["setting"] in {"min_effect", "scale_floor"} and found["value"] is not None:
            floors.setdefault(found["operation_id"], {})[found["setting"]] = found["value"]
    content = settings.analysis()
    config_hash = settings.config_hash()
    if operations:
        content |= {"operations": operations}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        config_hash = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    points_of = {key: settings.points.model_copy(update=values) for key, values in floors.items()}
    return Configuration(config_hash, content, points_of, settings.points)


def register(connection: Connection, configuration: Configuration) -> None:
    """Record a configuration, so that results can refer to it."""
    run(
        connection,
        "baselines/configurations/register",
        {"config_hash": configuration.config_hash, "content": Jsonb(dict(configuration.content))},
    )


def record_use(connection: Connection, config_hash: str) -> None:
    """Note that baselines are published with a configuration: from here on its versions are in force."""
    run(connection, "baselines/configurations/record_use", {"config_hash": config_hash})
