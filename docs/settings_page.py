"""The page of settings, read from their types: name, default, bounds, environment variable, meaning."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from oplatency.settings import PollingSettings, Settings, SourceSettings
from oplatency.settings.ingest import OtlpSettings, StatementSettings
from oplatency.sources.registry import formats

_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_HEAD = """\
Every threshold, window and limit. Units are part of the names; effects and shares are fractions. Later ones win: the
default, a TOML file (`OPLATENCY_SETTINGS_FILE`) with a table per section, the environment variable, the parameter of a
run or command. A value out of bounds is refused with its name."""
_SOURCES = """\
How the files of one source are read; the source is named as the folder its files land in. In the TOML file:
`[sources.<name>]`, in the environment: `OPLATENCY_SOURCES`, a JSON object by name."""
_POLLING = """\
The part `polling` of a source that is asked for its rows. In the TOML file: `[sources.<name>.polling]`."""


def bounds(field: FieldInfo) -> str:
    """Return the limits of a value, or the values that are allowed."""
    limits = [
        f"{sign} {getattr(part, name):g}"
        for part in field.metadata
        for name, sign in _SIGNS.items()
        if hasattr(part, name)
    ]
    choices = getattr(field.annotation, "__args__", ()) if str(field.annotation).startswith("typing.Literal") else ()
    return ", ".join(limits or map(str, choices))


def shown(value: Any) -> str:
    """Return a default as the environment variable would have it."""
    if value in (None, (), ""):
        return "none"
    if isinstance(value, tuple):
        return f"`{list(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def section_table(model: type[BaseModel], prefix: str | None, table: Callable[..., str]) -> str:
    """Return the table of one section; without a prefix there is no environment variable for a single value."""
    head = ("Setting", "Default", "Bounds", *(["Environment variable"] if prefix else []), "Meaning")
    lines = [
        (
            f"`{name}`",
            shown(field.default),
            ", ".join(formats()) if field is SourceSettings.model_fields["format"] else bounds(field),
            *([f"`{prefix}{name.upper()}`"] if prefix else []),
            field.description or "",
        )
        for name, field in model.model_fields.items()
        if not isinstance(field.default, BaseModel)
    ]
    return table(head, lines)


def settings_page(note: str, table: Callable[..., str]) -> str:
    """Return the page.

    Parameters
    ----------
    note : str
        Where the page comes from.
    table : callable
        Renders a head and lines as a Markdown table.
    """
    parts = ["# Settings", note, _HEAD]
    for name, field in Settings.model_fields.items():
        if name == "sources":
            parts += ["## sources", _SOURCES, section_table(SourceSettings, None, table)]
            parts += ["### polling", _POLLING, section_table(PollingSettings, None, table)]
            parts += ["### otlp", inspect.getdoc(OtlpSettings) or "", section_table(OtlpSettings, None, table)]
            statements = section_table(StatementSettings, None, table)
            parts += ["### statements", inspect.getdoc(StatementSettings) or "", statements]
            continue
        model = field.annotation
        parts += [
            f"## {name}",
            inspect.getdoc(model) or "",
            section_table(model, f"OPLATENCY_{name.upper()}__", table),
        ]
    return "\n\n".join(parts) + "\n"
