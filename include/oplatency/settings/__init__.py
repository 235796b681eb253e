"""Every threshold, window and limit, typed and with its unit.

Values come from, later ones winning: the defaults here, a TOML file (``OPLATENCY_SETTINGS_FILE``), environment
variables (``OPLATENCY_BASELINE__LOOKBACK_DAYS=14``), and the parameters of a DAG run or a command.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from oplatency.errors import UsageError
from oplatency.settings.analysis import (
    BaselineSettings,
    CorrelationSettings,
    DegradationSettings,
    PointSettings,
    ShiftSettings,
    SilenceSettings,
    TailSettings,
    TrendSettings,
)
from oplatency.settings.canary import CanarySettings
from oplatency.settings.ingest import IngestSettings, PollingSettings, SourceSettings
from oplatency.settings.quality import QualitySettings
from oplatency.settings.storage import DatabaseSettings, RetentionSettings

__all__ = [
    "BaselineSettings",
    "CanarySettings",
    "CorrelationSettings",
    "DatabaseSettings",
    "DegradationSettings",
    "IngestSettings",
    "PointSettings",
    "PollingSettings",
    "QualitySettings",
    "RetentionSettings",
    "Settings",
    "ShiftSettings",
    "SilenceSettings",
    "SourceSettings",
    "TailSettings",
    "TrendSettings",
    "load_settings",
    "other_settings",
]


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="OPLATENCY_", env_nested_delimiter="__", frozen=True, extra="forbid", allow_inf_nan=False
    )

    baseline: BaselineSettings = BaselineSettings()
    points: PointSettings = PointSettings()
    degradations: DegradationSettings = DegradationSettings()
    shifts: ShiftSettings = ShiftSettings()
    tails: TailSettings = TailSettings()
    trends: TrendSettings = TrendSettings()
    silence: SilenceSettings = SilenceSettings()
    correlation: CorrelationSettings = CorrelationSettings()
    ingest: IngestSettings = IngestSettings()
    quality: QualitySettings = QualitySettings()
    canary: CanarySettings = CanarySettings()
    retention: RetentionSettings = RetentionSettings()
    database: DatabaseSettings = DatabaseSettings()
    sources: dict[str, SourceSettings] = {}

    @model_validator(mode="after")
    def _retention_covers_the_lookback(self) -> Settings:
        if self.retention.metrics_days < self.baseline.lookback_days + 1:
            raise ValueError(
                f"retention.metrics_days ({self.retention.metrics_days}) must exceed baseline.lookback_days "
                f"({self.baseline.lookback_days}): a baseline would lose days it still needs"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file before defaults."""
        path = os.environ.get("OPLATENCY_SETTINGS_FILE")
        file = (TomlConfigSettingsSource(settings_cls, Path(path)),) if path else ()
        return (init_settings, env_settings, *file)

    def analysis(self) -> dict[str, Any]:
        """Return the part of the settings that findings depend on, as plain JSON values."""
        return {
            name: getattr(self, name).model_dump(mode="json")
            for name in ("baseline", "points", "degradations", "shifts", "tails", "trends", "silence", "correlation")
        }

    def config_hash(self) -> str:
        """Return 16 hexadecimal digits that name the analysis settings; equal settings, equal name."""
        canonical = json.dumps(self.analysis(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings of this process.

    Parameters
    ----------
    **overrides
        Whole sections, e.g. ``baseline={"lookback_days": 14}``; they win over file and environment, key by key.

    Raises
    ------
    UsageError
        If the file is missing or no TOML, a name is unknown, or a value is out of bounds; the message names the
        setting.
    """
    path = os.environ.get("OPLATENCY_SETTINGS_FILE")
    if path and not Path(path).is_file():
        raise UsageError(
            "The settings file does not exist.",
            where=path,
            remedy="create it, or unset OPLATENCY_SETTINGS_FILE to use the defaults",
        )
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}" for item in error.errors()
        )
        raise UsageError(
            f"The settings cannot be used: {problems}.",
            where=path or "environment",
            remedy="correct the named settings; docs/settings.md lists them with their bounds",
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The settings cannot be read: {error}.",
            where=path or "environment",
            remedy="the file is TOML in UTF-8; a whole section in one environment variable is a JSON object",
        ) from error


def other_settings(path: Path) -> Settings:
    """Return the settings of this process with the values of another TOML file put over them.

    Raises
    ------
    UsageError
        If the file cannot be read, or as `load_settings`.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The settings cannot be read: {error}.",
            where=str(path),
            remedy="the file is TOML in UTF-8, with a table per section, as in docs/settings.md",
        ) from error
    try:
        return load_settings(**values)
    except UsageError as error:
        raise UsageError(error.message, where=str(path), remedy=error.remedy) from error
