"""The wheel carries everything that runs: statements, data, command line. Built and tried without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

INSPECT = """
import json
from pathlib import Path
import oplatency
from oplatency.warehouse.database import sql_root, statement
from oplatency.warehouse.migrations import read_migrations

package = Path(oplatency.__file__).parent
print(json.dumps({
    "package": str(package),
    "sql": str(sql_root()),
    "statement": statement("session/reference_time"),
    "statements": sorted(str(path.relative_to(sql_root())) for path in sql_root().rglob("*.sql")),
    "migrations": len(read_migrations()),
    "data": sorted(str(path.relative_to(package)) for path in (package / "data").rglob("*") if path.is_file()),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("oplatency-*-py3-none-any.whl")
    return found


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into an empty folder."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*command, "--target", str(folder), str(wheel)], check=True)
    return folder


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the installed package, outside the checkout, which an editable install would otherwise offer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OPLATENCY"))}
    environment |= {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def found(site: Path) -> dict:
    """Return what the installed package finds of itself."""
    inspected = run(site, "-c", INSPECT)
    assert inspected.returncode == 0, inspected.stderr
    return json.loads(inspected.stdout)


def test_the_installed_package_is_the_one_that_is_tried(site: Path, found: dict):
    assert Path(found["package"]) == site / "oplatency"


def test_the_statements_are_found_inside_the_installed_package(site: Path, found: dict):
    assert Path(found["sql"]) == site / "oplatency" / "sql"
    assert "reference_time" in found["statement"]
    in_checkout = sorted(str(path.relative_to(PROJECT / "sql")) for path in (PROJECT / "sql").rglob("*.sql"))
    assert found["statements"] == in_checkout
    assert found["migrations"] == len(list((PROJECT / "sql" / "migrations").glob("*.sql")))


def test_the_data_files_are_installed(found: dict):
    package = PROJECT / "include" / "oplatency"
    in_checkout = {str(path.relative_to(package)) for path in (package / "data").rglob("*") if path.is_file()}
    assert in_checkout
    assert set(found["data"]) == in_checkout


def test_the_command_line_works_from_the_wheel(site: Path):
    shown = run(site, "-c", "import sys; sys.argv = ['oplatency', '--help']; from oplatency.cli import main; main()")
    assert shown.returncode == 0, shown.stderr
    for command in ("migrate", "ingest", "detect", "report"):
        assert command in shown.stdout


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "oplatency = oplatency.cli:main" in archive.read(entry_points).decode()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"oplatency"}
    assert [name for name in names if name.endswith((".pyc", ".env"))] == []
    # the recorder of the sample is for a checkout; what the demo replays comes along
    sample = {name.rpartition("/")[2] for name in names if name.startswith("oplatency/data/sample/")}
    assert sample == {"pgbench_log.gz", "recording.json"}
    assert not any("record_sample" in name for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
