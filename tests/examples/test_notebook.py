"""The notebook of the analyst, executed on the recorded sample, and its committed results.

``OPLATENCY_WRITE_NOTEBOOK=1 pytest tests/examples/test_notebook.py`` executes it and stores what it shows.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime

import nbformat
import pytest
from nbclient import NotebookClient
from psycopg import sql

from calls import DAY, DEFAULTS, baselines, correlated, detected
from oplatency.ingest import gate
from oplatency.jobs.load_bootstrap import load_catalogue
from oplatency.local.sample import replay
from oplatency.sources.declaration import FILE_NAME
from oplatency.sources.files.inputs import inspect
from oplatency.warehouse.database import connect

AS_OF = datetime(2026, 3, 11, tzinfo=UTC)
SLOWED = {
    "calculate_branch_size", "ensure_object", "get_objects",
    "get_object_at_time", "get_object_timeline",
    "conflict_detection", "query_temporal_snapshots",
}  # fmt: skip


@pytest.fixture
def path(project):
    return project / "examples" / "latency_analysis.ipynb"


@pytest.fixture
def sample_url(warehouse, tmp_path):
    """Return the URL of a reader of the sample, judged: what `make run` does, without Airflow and without audits."""
    url = warehouse.url()
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute(
            sql.SQL("alter database {} set oplatency.as_of = {}").format(
                sql.Identifier(warehouse.database), sql.Literal(AS_OF.isoformat())
            )
        )
    load_catalogue(url, as_of=AS_OF, settings=DEFAULTS)
    sample = replay(AS_OF, tmp_path)
    declared = f'format = "pgbench"\noperations = {json.dumps(sample.operations)}\nuser = "pgbench"\nbranch = "main"\n'
    (tmp_path / FILE_NAME).write_text(declared)
    file = inspect(sample.path)
    gate.ingest_file(url, file, gate.delivery_of(file, "sample", AS_OF, DEFAULTS), settings=DEFAULTS)
    for day in (AS_OF - DAY, AS_OF):
        baselines(url, day)
    detected(url, AS_OF - DAY, AS_OF)
    correlated(url, AS_OF)
    return warehouse.url("oplatency_reader")


def shown(notebook):
    """Return what each code cell shows as text; pictures differ from machine to machine."""
    return [
        [output.get("text") or texts(output.get("data", {})) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def texts(data):
    # of a chart the text names the object alone, by its address
    return {kind: re.sub(r" at 0x\w+", "", text) for kind, text in data.items() if kind.startswith("text/")}


def rows(notebook, name):
    """Return the lines of the table that follows from the cell which holds `name`."""
    (cell,) = [cell for cell in notebook.cells if cell.cell_type == "code" and name in cell.source]
    (output,) = cell.outputs
    return output.data["text/plain"].splitlines()


def test_the_committed_results_are_those_of_an_execution_and_answer_the_three_questions(path, sample_url, monkeypatch):
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", sample_url)
    committed = nbformat.read(path, as_version=4)
    executed = nbformat.from_dict(json.loads(json.dumps(committed)))
    NotebookClient(executed, timeout=120, record_timing=False).execute()
    if os.environ.get("OPLATENCY_WRITE_NOTEBOOK"):
        path.write_text(nbformat.writes(executed) + "\n", encoding="utf-8")
    assert shown(nbformat.read(path, as_version=4)) == shown(executed)

    slower = rows(executed, "analysis.degradations(")
    assert {line.split()[0] for line in slower if " tail " in line} == SLOWED
    slow_hours = rows(executed, "slow_hours = ")
    assert {line.split()[0] for line in slow_hours[2:]} == SLOWED
    groups = rows(executed, '"v_correlation_groups"')
    assert len([line for line in groups if "2026-03-10" in line]) == 3


def test_the_committed_notebook_is_small_executed_in_order_and_shows_no_error(path):
    assert path.stat().st_size < 200_000
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}
    assert sum("image/svg+xml" in output.data for output in outputs) == 2
