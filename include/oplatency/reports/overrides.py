"""What was set otherwise than the defaults, in general and for one operation, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oplatency.settings import Settings
from oplatency.warehouse.database import Row

_OWN = {
    "alert_threshold": "a call slower than {} times the baseline's p99 breaks its limit",
    "is_tracked": "it is tracked: {}",
    "category": "where its calls are few it borrows scales from {} operations",
    "min_effect": "smallest slow-down that is a finding, as a fraction: {}",
    "scale_floor": "smallest scale, in ln(duration): {}",
}


def deviations(content: Mapping[str, Any]) -> list[Row]:
    """Return the values of a configuration that are not the defaults.

    Parameters
    ----------
    content : mapping
        Section, name, value, as a configuration is kept; a setting that it lacks did not exist then.

    Returns
    -------
    list of dict
        ``setting`` (section and name), ``value``, ``default``, ``meaning``.
    """
    defaults = Settings.model_construct()
    found = []
    for section, values in defaults.analysis().items():
        fields = type(getattr(defaults, section)).model_fields
        for name, default in values.items():
            value = content.get(section, {}).get(name, default)
            if value != default:
                meaning = fields[name].description
                found.append({"setting": f"{section}.{name}", "value": value, "default": default, "meaning": meaning})
    return found


def unlike(found: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    """Return those of two lists of deviations that differ, with the values of the first list."""
    mine, theirs = ({row["setting"]: row for row in rows} for rows in (found, others))
    changed = [row for name, row in mine.items() if name not in theirs or theirs[name]["value"] != row["value"]]
    return changed + [row | {"value": row["default"]} for name, row in theirs.items() if name not in mine]


def override_lines(found: Iterable[Row]) -> Iterator[str]:
    """Yield one line a value."""
    for row in found:
        meaning = f"{row['meaning'][0].lower()}{row['meaning'][1:].rstrip('.')}"
        yield f"{row['setting']} = {_value(row['value'])} (default {_value(row['default'])}: {meaning})"


def operation_override_lines(operation: str, changes: Iterable[Row]) -> Iterator[str]:
    """Yield one line a value that people had set for an operation and that differs from what held before them."""
    for row in changes:
        if row["changed_by"] is not None and row["value"] != row["first_value"]:
            text = _OWN[row["setting"]].format(_value(row["value"]))
            yield f"{operation}: {text} ({row['changed_by']}, {row['changed_at']:%Y-%m-%d}: {row['note']})"


def _value(value: Any) -> str:
    if value is None:
        return "as in general"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
