"""The declaration of a source: where it stands, and what is said of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from oplatency.errors import UsageError
from oplatency.settings import Settings, SourceSettings
from oplatency.sources.declaration import declared


def declare(folder: Path, text: str | bytes) -> SourceSettings:
    (folder / "source.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return declared("app", folder, Settings())


def test_a_source_that_declares_nothing_is_read_with_the_defaults(tmp_path):
    assert declared("app", tmp_path, Settings()) == SourceSettings()


def test_a_source_is_read_as_the_file_beside_its_files_says(tmp_path):
    found = declare(tmp_path, 'format = "pgbench"\noperations = ["get_commits"]\nassume_tz = "Europe/Berlin"\n')

    assert found == SourceSettings(format="pgbench", operations=("get_commits",), assume_tz="Europe/Berlin")


def test_the_settings_win_over_the_file_beside_the_files(tmp_path):
    (tmp_path / "source.toml").write_text('branch = "main"\n')
    settings = Settings(sources={"app": SourceSettings(branch="feature")})

    assert declared("app", tmp_path, settings).branch == "feature"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("format = csv\n", "is not TOML"),
        (b'branch = "\xff"\n', "is not TOML"),
        ('colour = "red"\n', "colour"),
        ('format = "xml"\n', "format"),
        ("resolution_us = 0\n", "resolution_us"),
        ('assume_tz = "Europe/Atlantis"\n', "'Europe/Atlantis' is not known"),
        ('assume_tz = "../../etc/passwd"\n', "is not known"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_an_error_that_names_what(tmp_path, text: str | bytes, seen: str):
    with pytest.raises(UsageError) as caught:
        declare(tmp_path, text)

    assert seen in caught.value.message
