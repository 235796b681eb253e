"""Every threshold, window and limit, typed and with its unit.

Values come from, later ones winning: the defaults here, a TOML file (``OPLATENCY_SETTINGS_FILE``), environment
variables (``OPLATENCY_BASELINE__LOOKBACK_DAYS=14``), and the parameters of a DAG run or a command.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from oplatency.errors import UsageError

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BaselineSettings(_Section):
    """Rolling percentile baselines (docs/statistics.md, "Baselines")."""

    lookback_days: Annotated[int, Field(ge=1, le=90)] = 7
    """Length of the look-back window in whole UTC days."""
    min_samples: Annotated[int, Field(ge=6)] = 6
    """Fewer calls than this make no baseline: "more than 5 samples"."""
    critical_multiplier: Positive = 5.0
    """A call slower than p99 x max(this, the operation's threshold) is a CRITICAL violation."""


class PointSettings(_Section):
    """Tail-calibrated robust 3-sigma for single calls (docs/statistics.md, "Point anomalies")."""

    warning_z: Positive = 3.0
    """A call this many robust standard deviations slow is a WARNING."""
    critical_z: Positive = 4.0
    """... and this many a CRITICAL."""
    alert_z: Positive = 6.0
    """One call this far out alerts on its own."""
    alert_calls: Annotated[int, Field(ge=1)] = 3
    """So many flagged calls in one group alert."""
    group_gap_minutes: Positive = 15.0
    """Flagged calls at most this far apart belong to one group."""
    group_lookback_minutes: Positive = 60.0
    """A group is followed back no further than this, so that a verdict never depends on how windows are cut."""
    min_effect: Positive = 0.25
    """A slow-down below +25 % of the expected value has no severity."""
    speedup_effect: Fraction = 0.20
    """A speed-up of at least 20 % is an INFO finding."""
    season_min_calls: Annotated[int, Field(ge=1)] = 48
    """Fewer calls than this and the hours of the day are not told apart."""
    season_shrinkage_calls: Positive = 10.0
    """Weight, in calls, of the overall level against that of an hour."""
    day_min_calls: Annotated[int, Field(ge=1)] = 5
    """Days with fewer calls do not get a daily median of their own."""
    min_days: Annotated[int, Field(ge=1)] = 3
    """So many thick days are needed to take medians over days; else calls are pooled."""
    scale_floor: Positive = 0.05
    """Smallest scale, in ln(duration): 5 %."""
    prior_weight_calls: Positive = 20.0
    """Weight, in calls, of like operations' median scale."""


class ShiftSettings(_Section):
    """Level shifts when a day closes (docs/statistics.md, "Shifts")."""

    judged_days: tuple[Annotated[int, Field(ge=1, le=6)], ...] = (1, 3)
    """Lengths of the newest part that is compared with the rest, in days."""
    min_z: Positive = 3.0
    """A shift needs at least so many standard errors."""
    min_effect: Positive = 0.12
    """A shift needs at least +12 %, or as much the other way."""
    day_prior_sd: Positive = 0.04
    """Prior standard deviation of daily medians, in ln(duration)."""
    day_prior_weight: Positive = 4.0
    """Weight of that prior, in days."""
    info_effect: Positive = 0.20
    """A level shift of this size is INFO."""
    warning_effect: Positive = 0.30
    """... of this size a WARNING."""
    critical_effect: Positive = 0.50
    """... of this size CRITICAL."""


class CorrelationSettings(_Section):
    """Which operations slow together (docs/statistics.md, "Correlation")."""

    window_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """Length of the window in hours."""
    bin_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """Width of a bin in minutes."""
    min_common_bins: Annotated[int, Field(ge=3)] = 30
    """Pairs with fewer bins in common are not tested."""
    clip_z: Positive = 4.0
    """Residuals are clipped at this many standard deviations."""
    hour_median_min_calls: Annotated[int, Field(ge=1)] = 15
    """From so many calls in a clock hour its own median is taken off."""
    fdr: Fraction = 0.01
    """False discovery rate of correlated pairs."""
    min_corrected: Fraction = 0.25
    """Smallest corrected coefficient that counts as moderate."""
    strong: Fraction = 0.75
    """Corrected coefficient from which a pair is strong."""
    critical: Fraction = 0.90
    """... and from which it is critical."""
    slow_bin_z: Positive = 2.5
    """A bin this far out is slow."""
    co_exceedance_fdr: Fraction = 0.05
    """False discovery rate of pairs that are slow in the same bins."""
    min_joint_bins: Annotated[int, Field(ge=1)] = 3
    """So many joint slow bins are needed."""
    min_lift: Positive = 2.0
    """... and so many times more than chance."""
    max_lag_bins: Annotated[int, Field(ge=0)] = 3
    """The best match is searched this many bins to either side."""
    raw_pearson: Fraction = 0.75
    """The plain rule that the corrected one is compared with: Pearson over one-minute means."""


class IngestSettings(_Section):
    """The gate in front of the fact tables (docs/architecture.md, "Ingest")."""

    horizon_days: Annotated[int, Field(ge=1)] = 90
    """Older calls are quarantined as ``beyond_horizon``."""
    future_tolerance_minutes: Positive = 10.0
    """Calls that start later than this after their arrival are quarantined as ``future_timestamp``."""
    max_name_length: Annotated[int, Field(ge=1, le=1000)] = 200
    """Longest operation name, in characters."""
    new_operations: Literal["admit", "hold"] = "admit"
    """What happens to an operation name that is not in the catalogue."""
    max_new_operations: Annotated[int, Field(ge=0)] = 100
    """So many new names one batch may bring; the rest is quarantined as ``cardinality_limit``."""
    fail_on_empty: bool = False
    """Whether an input without rows is an error."""


class SourceSettings(_Section):
    """How one source's files are read; its name is the folder they land in."""

    format: Literal["auto", "csv", "pgbench"] = "auto"
    """How the files are read; auto goes by the file's name."""
    operations: tuple[str, ...] = ()
    """pgbench: the operation that script number 0, 1, ... stands for."""
    branch: str | None = None
    """Branch of calls that name none."""
    user: str | None = None
    """User of calls that name none."""
    assume_tz: str | None = None
    """IANA zone of timestamps without an offset; without it they are quarantined."""
    resolution_us: Annotated[int, Field(ge=1)] = 1
    """Claimed durations, ends and periods may differ from the facts by this many microseconds."""


class RetentionSettings(_Section):
    """Partitions ahead and behind."""

    metrics_days: Annotated[int, Field(ge=1)] = 90
    """Partitions of calls older than this are dropped."""
    partitions_ahead_days: Annotated[int, Field(ge=1, le=366)] = 14
    """Partitions are made for this many days ahead."""


class DatabaseSettings(_Section):
    """Timeouts of every session the jobs open, in seconds."""

    statement_timeout_s: Positive = 600.0
    """One statement, seconds."""
    lock_timeout_s: Positive = 15.0
    """Waiting for a table or row, seconds."""
    advisory_lock_timeout_s: Positive = 300.0
    """Waiting for another run of the same job to publish, seconds."""
    idle_in_transaction_timeout_s: Positive = 120.0
    """An open transaction in which nothing happens, seconds."""


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="OPLATENCY_", env_nested_delimiter="__", frozen=True, extra="forbid", allow_inf_nan=False
    )

    baseline: BaselineSettings = BaselineSettings()
    points: PointSettings = PointSettings()
    shifts: ShiftSettings = ShiftSettings()
    correlation: CorrelationSettings = CorrelationSettings()
    ingest: IngestSettings = IngestSettings()
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
            for name in ("baseline", "points", "shifts", "correlation")
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
