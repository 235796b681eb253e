"""The forms of manual runs, and the windows that runs get from them.

A form value is checked again here: the form does not enforce its formats. What is left empty comes from the run's data
interval; a run without one (triggered by hand or by an asset) uses the time it was to run after.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param

from oplatency.errors import UsageError
from oplatency.windows import HOUR, Window, floor_to


def instant_param(title: str, description: str) -> Param:
    """Return a form field for an instant; empty means "from the run"."""
    return Param(None, type=["null", "string"], format="date-time", title=title, description=description)


def text_param(title: str, description: str, *, max_length: int = 200) -> Param:
    """Return a form field for a name; empty means all."""
    return Param(None, type=["null", "string"], maxLength=max_length, title=title, description=description)


def count_param(title: str, description: str, minimum: int, maximum: int) -> Param:
    """Return a form field for a whole number; empty means "from the settings"."""
    return Param(None, type=["null", "integer"], minimum=minimum, maximum=maximum, title=title, description=description)


def settings_param(title: str, description: str) -> Param:
    """Return a form field for settings, an object by section and name; empty means "as they are"."""
    return Param(None, type=["null", "object"], title=title, description=description)


def flag_param(title: str, description: str, *, default: bool | None) -> Param:
    """Return a form field for yes or no."""
    return Param(
        default, type="boolean" if default is not None else ["null", "boolean"], title=title, description=description
    )


def as_of(context: Mapping[str, Any], unit: timedelta) -> datetime:
    """Return the end that a run is about: its parameter, else the whole hour or day its interval ends in."""
    return _instant(context, "as_of") or floor_to(_interval(context)[1], unit)


def window(context: Mapping[str, Any], unit: timedelta) -> Window:
    """Return the whole hours or days a run is about: its parameters, else those its interval covers.

    Raises
    ------
    UsageError
        If only one end is given, or the window is empty.
    """
    start, end = _instant(context, "window_start"), _instant(context, "window_end")
    if (start is None) != (end is None):
        raise UsageError(
            "Only one end of the window is given.", where="window_start, window_end", remedy="give both ends, or none"
        )
    if start is None or end is None:
        first, last = _interval(context)
        start, end = floor_to(first, unit), floor_to(last, unit)
    return Window(start, end)


def window_of_days(context: Mapping[str, Any]) -> Window:
    """Return the days that a run by hand is about.

    Raises
    ------
    UsageError
        If an end is missing, or the window is empty.
    """
    start, end = _instant(context, "window_start"), _instant(context, "window_end")
    if start is None or end is None:
        raise UsageError(
            "The window is not given.", where="window_start, window_end", remedy="give both ends, whole UTC days"
        )
    return Window(start, end)


def settings(context: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return settings that a form changes, by section and name; none where it is empty.

    Raises
    ------
    UsageError
        If they are not an object of objects.
    """
    value = context["params"].get(name) or {}
    if not isinstance(value, dict) or not all(isinstance(section, dict) for section in value.values()):
        raise UsageError(
            f"The parameter {name} is not an object of sections.",
            where=name,
            remedy='write {"points": {"warning_z": 2.5}}; docs/settings.md lists sections and names',
        )
    return value


def until(context: Mapping[str, Any]) -> datetime | None:
    """Return the end of the run's data interval, or None for a run that has none."""
    end: datetime | None = context.get("data_interval_end")
    return None if end is None else _plain(end)


def run_after(context: Mapping[str, Any]) -> datetime:
    """Return the instant that the run was to run after; every run has one."""
    return _plain(context["dag_run"].run_after)


def text(context: Mapping[str, Any], name: str) -> str | None:
    """Return a text parameter, or None where it is empty.

    Raises
    ------
    UsageError
        If it is not text.
    """
    value = context["params"].get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UsageError(f"The parameter {name} is {type(value).__name__}, not text.", where=name)
    return value


def _interval(context: Mapping[str, Any]) -> tuple[datetime, datetime]:
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        after = run_after(context)
        return after - HOUR, after
    if start == end:
        raise UsageError(
            "The run has an empty data interval (empty_interval).",
            where=f"{start.isoformat()}",
            remedy="give the DAG a timetable with a data interval, not a cron string",
        )
    return _plain(start), _plain(end)


def _plain(instant: datetime) -> datetime:
    """Return an instant as the standard library knows it: Airflow's own class does not divide by a duration."""
    return datetime.fromisoformat(instant.isoformat()).astimezone(UTC)


def _instant(context: Mapping[str, Any], name: str) -> datetime | None:
    value = text(context, name)
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageError(
            f"The parameter {name} is not a valid timestamp: {value[:100]!r}.",
            where=name,
            remedy="write 2026-01-31T00:00:00Z",
        ) from error
    if instant.tzinfo is None:
        raise UsageError(
            f"The parameter {name} has no offset from UTC: {value!r}.", where=name, remedy="append Z for UTC"
        )
    return instant
