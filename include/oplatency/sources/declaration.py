"""How a source's files are read: the settings of that name, else ``source.toml`` in the folder of the files.

So a source is connected by making a folder: put a ``source.toml`` into it, and the files beside it unless it is polled.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from upath import UPath

from oplatency.errors import UsageError
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.registry import POLLED, formats

FILE_NAME = "source.toml"


def declared(source: str, folder: Path | UPath, settings: Settings) -> SourceSettings:
    """Return how the files of a source are read; nothing declared means the defaults.

    Raises
    ------
    UsageError
        If ``source.toml`` is not TOML, names a setting that does not exist or gives it a value it cannot have;
        if there is no such format or time zone.
    """
    path = folder / FILE_NAME
    if source in settings.sources or not path.is_file():
        found = settings.sources.get(source, SourceSettings())
    else:
        try:
            found = SourceSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"The declaration of the source is not TOML: {error}.", where=str(path)) from error
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise UsageError(
                f"The declaration of the source cannot be used: {problems}.",
                where=str(path),
                remedy=f"the settings of a source are: {', '.join(SourceSettings.model_fields)}",
            ) from error
    if found.format not in formats():
        raise UsageError(
            f"There is no format {found.format!r}.",
            where=f"sources.{source}.format" if source in settings.sources else str(path),
            remedy=f"formats are: {', '.join(formats())}",
        )
    _check_zone(found.assume_tz)
    return found


def is_polled(settings: SourceSettings) -> bool:
    """Return whether a source is asked for its rows, instead of sending files."""
    return settings.format in POLLED


def _check_zone(name: str | None) -> None:
    if name is None:
        return
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"The time zone {name!r} is not known.", where="assume_tz", remedy="give an IANA name: Europe/Berlin, UTC"
        ) from error
