"""DAG files hold a graph and nothing else; reading them is cheap."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).resolve().parents[2] / "dags").glob("*.py"))
HEAVY = {"great_expectations", "numpy", "pandas", "scipy"}
READ = """
import json, sys
from airflow.sdk import DAG  # what Airflow itself has loaded does not count
before = set(sys.modules)
import importlib.util, pathlib
schedules = {}
for file in map(pathlib.Path, sys.argv[1:]):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    schedules[file.stem] = getattr(module, file.stem)().schedule is not None
print(json.dumps({"modules": sorted(set(sys.modules) - before), "scheduled": schedules}))
"""


@pytest.fixture(scope="module")
def read_without_schedules() -> dict:
    """Read all DAG files in a fresh process, with schedules off."""
    environment = {**os.environ, "OPLATENCY_SCHEDULES": "off"}
    command = [sys.executable, "-W", "error", "-c", READ, *map(str, FILES)]
    read = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(read.stdout.splitlines()[-1])


def test_reading_dag_files_loads_no_heavy_package(read_without_schedules):
    loaded = set(read_without_schedules["modules"])
    assert "oplatency.airflow.tasks" in loaded
    assert loaded & HEAVY == set()


def test_without_schedules_no_dag_has_a_timetable(read_without_schedules):
    scheduled = read_without_schedules["scheduled"]
    assert sorted(scheduled) == [file.stem for file in FILES]
    assert not any(scheduled.values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_has_at_most_80_lines(file: Path):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_decides_nothing(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    decisions = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.With, ast.Lambda, ast.Compare, ast.comprehension)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, decisions)] == []
    imported = {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    imported |= {
        name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported <= {"__future__", "airflow", "oplatency"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_task_is_one_sentence_and_one_call(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    (graph,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    tasks = [node for node in graph.body if isinstance(node, ast.FunctionDef)]
    assert tasks
    for task in tasks:
        sentence, call = task.body
        assert ast.get_docstring(task).endswith(".")
        assert "\n" not in ast.get_docstring(task)
        assert isinstance(sentence, ast.Expr)
        assert isinstance(call.value, ast.Call)
