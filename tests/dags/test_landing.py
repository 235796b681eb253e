"""A path that somebody types into the form stays below the landing folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from oplatency.airflow.tasks import inside_landing_folder
from oplatency.airflow.tasks import landing as landing_folder
from oplatency.errors import UsageError


def test_a_path_is_taken_from_the_landing_folder(landing: Path):
    assert inside_landing_folder(Path("git/calls.csv")) == landing.resolve() / "git" / "calls.csv"
    assert inside_landing_folder(landing / "git") == landing.resolve() / "git"


@pytest.mark.parametrize("path", ["../secret.csv", "git/../../secret.csv", "/etc/passwd", "git/../../../etc/passwd"])
def test_a_path_that_leads_out_of_the_landing_folder_is_refused(landing: Path, path: str):
    with pytest.raises(UsageError, match="leads out") as caught:
        inside_landing_folder(Path(path))
    assert str(landing) in caught.value.remedy


def test_a_folder_whose_name_begins_alike_is_outside(landing: Path):
    beside = landing.with_name("landing-private")
    beside.mkdir()
    with pytest.raises(UsageError, match="leads out"):
        inside_landing_folder(beside / "calls.csv")


@pytest.mark.parametrize("outside", ["file", "folder"])
def test_a_link_that_leads_out_is_refused(landing: Path, tmp_path: Path, outside: str):
    target = tmp_path / "outside"
    target.mkdir()
    (target / "calls.csv").write_text("operation\n")
    if outside == "folder":
        (landing / "git").symlink_to(target)
    else:
        (landing / "git").mkdir()
        (landing / "git" / "calls.csv").symlink_to(target / "calls.csv")
    with pytest.raises(UsageError, match="leads out"):
        inside_landing_folder(Path("git/calls.csv"))


def test_a_link_that_stays_inside_is_followed(landing: Path):
    (landing / "git").mkdir()
    (landing / "git" / "calls.csv").write_text("operation\n")
    (landing / "newest.csv").symlink_to(landing / "git" / "calls.csv")
    assert inside_landing_folder(Path("newest.csv")) == (landing / "git" / "calls.csv").resolve()


def test_the_landing_folder_is_the_one_named_else_that_of_the_installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("OPLATENCY_HOME", str(tmp_path))
    monkeypatch.setenv("OPLATENCY_LANDING", str(tmp_path / "elsewhere"))
    assert landing_folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("OPLATENCY_LANDING")
    assert landing_folder() == tmp_path / "landing"


def test_the_landing_folder_may_be_in_an_object_store(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPLATENCY_LANDING", "memory://bucket/landing")
    assert str(landing_folder()) == "memory://bucket/landing"
    assert str(inside_landing_folder("git/calls.csv")) == "memory://bucket/landing/git/calls.csv"
    assert (
        str(inside_landing_folder("memory://bucket/landing/git/calls.csv")) == "memory://bucket/landing/git/calls.csv"
    )


@pytest.mark.parametrize(
    "path",
    [
        "../secret.csv",
        "git/../../secret.csv",
        "/etc/passwd",
        "memory://bucket/secret.csv",
        "memory://bucket/landing/../secret.csv",
        "file:///etc/passwd",
    ],
)
def test_a_path_that_leads_out_of_a_landing_folder_in_a_store_is_refused(monkeypatch: pytest.MonkeyPatch, path: str):
    monkeypatch.setenv("OPLATENCY_LANDING", "memory://bucket/landing")
    with pytest.raises(UsageError, match="leads out"):
        inside_landing_folder(path)


def test_a_url_leads_out_of_a_landing_folder_on_disk(landing: Path):
    with pytest.raises(UsageError, match="leads out"):
        inside_landing_folder("memory://bucket/calls.csv")
    assert inside_landing_folder(f"file://{landing}/git/calls.csv") == landing.resolve() / "git" / "calls.csv"
