"""Settings: later sources win key by key, what cannot be used is refused by name, analysis settings have one name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from oplatency.errors import UsageError
from oplatency.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("OPLATENCY_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path, monkeypatch):
    """Return a function that writes the settings file of this process."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "oplatency.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setenv("OPLATENCY_SETTINGS_FILE", str(path))
        return path

    return write


def refused(**overrides) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_settings(**overrides)
    assert caught.value.exit_code == 2
    return caught.value


def test_without_any_source_the_defaults_hold():
    settings = load_settings()
    assert settings == Settings()
    assert (settings.baseline.lookback_days, settings.baseline.min_samples) == (7, 6)
    assert (settings.points.warning_z, settings.points.critical_z) == (3.0, 4.0)
    assert settings.retention.metrics_days == 90
    assert (
        settings.degradations.info_effect,
        settings.degradations.warning_effect,
        settings.degradations.critical_effect,
    ) == (
        0.2,
        0.3,
        0.5,
    )
    assert (settings.correlation.strong, settings.correlation.critical) == (0.75, 0.9)


def test_arguments_win_over_the_environment_over_the_file_over_defaults_key_by_key(file, monkeypatch):
    file("[baseline]\nlookback_days = 8\nmin_samples = 18\ncritical_multiplier = 28\n[retention]\nmetrics_days = 38")
    monkeypatch.setenv("OPLATENCY_BASELINE__LOOKBACK_DAYS", "9")
    monkeypatch.setenv("OPLATENCY_BASELINE__MIN_SAMPLES", "19")
    settings = load_settings(baseline={"lookback_days": 10})
    told = ("lookback_days", "min_samples", "critical_multiplier")
    assert [getattr(settings.baseline, name) for name in told] == [10, 19, 28.0]
    assert settings.retention.metrics_days == 38
    assert settings.retention.partitions_ahead_days == 14


def test_a_source_is_declared_in_the_file_or_by_the_environment(file, monkeypatch):
    file(
        '[sources.app]\nformat = "csv"\nassume_tz = "Europe/Rome"\n'
        '[sources.bench]\nformat = "pgbench"\noperations = ["a"]'
    )
    monkeypatch.setenv("OPLATENCY_SOURCES__APP__ASSUME_TZ", "UTC")
    sources = load_settings().sources
    assert (sources["app"].format, sources["app"].assume_tz) == ("csv", "UTC")
    assert (sources["bench"].format, sources["bench"].operations) == ("pgbench", ("a",))


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("OPLATENCY_BASELINE__LOOKBACK_DAYS", "seven", "baseline.lookback_days"),
        ("OPLATENCY_BASELINE__LOOKBACK_DAYS", "0", "baseline.lookback_days"),
        ("OPLATENCY_BASELINE__MIN_SAMPLES", "5", "baseline.min_samples"),
        ("OPLATENCY_POINTS__WARNING_Z", "nan", "points.warning_z"),
        ("OPLATENCY_POINTS__WARNING_Z", "inf", "points.warning_z"),
        ("OPLATENCY_POINTS__SCALE_FLOOR", "-1", "points.scale_floor"),
        ("OPLATENCY_CORRELATION__FDR", "1.01", "correlation.fdr"),
        ("OPLATENCY_TRENDS__CREEP_DAYS", "3", "trends.creep_days"),
        ("OPLATENCY_INGEST__NEW_OPERATIONS", "maybe", "ingest.new_operations"),
        ("OPLATENCY_DATABASE__LOCK_TIMEOUT_S", "0", "database.lock_timeout_s"),
        ("OPLATENCY_SOURCES__APP__RESOLUTION_US", "0", "sources.app.resolution_us"),
        ("OPLATENCY_BASELINE__LOOKBAK_DAYS", "7", "baseline.lookbak_days"),
        ("OPLATENCY_BASELINE", "seven", "baseline"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_setting(monkeypatch, name, value, named):
    monkeypatch.setenv(name, value)
    error = refused()
    assert named in error.message
    assert error.where == "environment"
    assert error.remedy


def test_a_value_out_of_bounds_in_the_file_names_setting_and_file(file):
    path = file("[baseline]\nlookback_days = 91")
    error = refused()
    assert "baseline.lookback_days" in error.message
    assert error.where == str(path)


@pytest.mark.parametrize("name", ["baselines", "lookback_days"])
def test_a_misspelt_section_of_the_file_is_refused_not_ignored(file, name: str):
    file(f"[{name}]\nlookback_days = 9")
    assert name in refused().message


@pytest.mark.parametrize("content", ["[baseline", "baseline = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused(file, content):
    path = file(content)
    error = refused()
    assert error.where == str(path)
    assert "cannot be read" in error.message


def test_a_missing_file_is_refused_and_named(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("OPLATENCY_SETTINGS_FILE", str(tmp_path / "nothing.toml"))
    assert refused().where == str(tmp_path / "nothing.toml")
    # a folder is no file either
    monkeypatch.setenv("OPLATENCY_SETTINGS_FILE", str(tmp_path))
    assert "does not exist" in refused().message


def test_an_unknown_argument_is_refused():
    assert "baselines" in refused(baselines={"lookback_days": 8}).message


@pytest.mark.parametrize(("metrics_days", "lookback_days"), [(7, 7), (14, 14), (8, 8)])
def test_F141_a_retention_that_does_not_cover_the_look_back_is_refused(metrics_days: int, lookback_days: int):
    error = refused(retention={"metrics_days": metrics_days}, baseline={"lookback_days": lookback_days})
    assert f"retention.metrics_days ({metrics_days})" in error.message
    assert f"baseline.lookback_days ({lookback_days})" in error.message
    enough = load_settings(retention={"metrics_days": metrics_days + 1}, baseline={"lookback_days": lookback_days})
    assert enough.retention.metrics_days == metrics_days + 1


def test_other_variables_of_the_installation_are_no_settings(monkeypatch):
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", "postgresql://writer:secret@localhost/oplatency")
    monkeypatch.setenv("OPLATENCY_HOME", "/somewhere")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("baseline", {"lookback_days": 8}),
        ("baseline", {"critical_multiplier": 5.5}),
        ("points", {"warning_z": 3.5}),
        ("shifts", {"min_effect": 0.2}),
        ("tails", {"min_z": 4.0}),
        ("trends", {"creep_days": 35}),
        ("silence", {"max_share": 0.1}),
        ("correlation", {"fdr": 0.05}),
    ],
)
def test_the_name_of_a_configuration_changes_with_what_findings_depend_on(section: str, change: dict):
    assert load_settings(**{section: change}).config_hash() != Settings().config_hash()


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("ingest", {"horizon_days": 30}),
        ("retention", {"metrics_days": 30}),
        ("database", {"lock_timeout_s": 1.0}),
        ("sources", {"app": {"format": "csv"}}),
    ],
)
def test_the_name_of_a_configuration_does_not_change_with_anything_else(section: str, change: dict):
    assert load_settings(**{section: change}).config_hash() == Settings().config_hash()


def test_equal_settings_have_one_name_however_they_are_written(file):
    file("[points]\nwarning_z = 3\n[baseline]\nlookback_days = 7")
    assert load_settings().config_hash() == Settings().config_hash()
    assert len(Settings().config_hash()) == 16
    assert set(load_settings().analysis()) == {
        "baseline",
        "points",
        "degradations",
        "shifts",
        "tails",
        "trends",
        "silence",
        "correlation",
    }


def test_settings_cannot_be_changed_once_read():
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().baseline.lookback_days = 8
