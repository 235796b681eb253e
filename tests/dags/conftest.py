"""One bag of the project's DAGs for the whole session, read as Airflow reads them, without its database."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
HOME = Path(tempfile.mkdtemp(prefix="oplatency-airflow-home-"))

# Airflow reads these when it is imported first, which may be the import of a test module.
os.environ.update(
    AIRFLOW_HOME=str(HOME),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME}/must-not-be-needed.db",
)
os.environ.pop("OPLATENCY_SCHEDULES", None)
atexit.register(shutil.rmtree, HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def dag_bag() -> Iterator[Any]:
    """Return the bag; an empty one, or one with a file that cannot be read, is no bag."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert bag.import_errors == {}
    assert bag.dags, f"no DAG in {DAGS}"
    yield bag
    assert not (HOME / "must-not-be-needed.db").exists(), "reading the DAG files asked Airflow's database"


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty landing folder that the tasks are told of."""
    folder = tmp_path / "landing"
    folder.mkdir()
    monkeypatch.setenv("OPLATENCY_LANDING", str(folder))
    return folder
