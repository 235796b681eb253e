"""Writes the pages that are made from the code: ``python -m docs.generate [--check]``.

``sql/schema.sql``, ``docs/data_dictionary.md`` and the further views of ``docs/views.md`` are read from a freshly
migrated server, ``docs/dags.md`` from the DAG files as Airflow reads them, ``docs/settings.md`` from the types of the
settings. ``--check`` writes nothing and exits with 1 where a page differs from what it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from docs.settings_page import settings_page

PROJECT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Made by `make fix`; edit the source, not this page. -->"

# The headings of pg_dump, and the kinds of objects that the dump shows.
_HEADING = re.compile(r"^-- Name: .*?; Type: ([A-Z ]+); Schema: .*$", re.MULTILINE)
_MAX_SHOWN = ("TABLE", "SEQUENCE", "CONSTRAINT", "FK CONSTRAINT", "INDEX")
# What stands between two objects and belongs to neither.
_NOISE = ("--", "SET ", "\\")
# The options of an identity column are all defaults.
_IDENTITY = re.compile(r"(AS IDENTITY) \([^)]*\)")
_OTHERS_BEGIN = "<!-- other views: begin -->"
_OTHERS_END = "<!-- other views: end -->"
_SCHEMA_HEAD = """\
-- Tables, constraints and indexes as the migrations leave them. Made by `make fix` for reading and for reviews of
-- changes; nothing runs it. What each column means is in docs/data_dictionary.md; functions, views and grants are files
-- of sql/. Daily partitions of metrics are not shown.

"""


def cell(text: Any) -> str:
    """Return a text as it may stand in a cell of a table."""
    return " ".join(str(text if text is not None else "").split()).replace("|", "\\|")


def table(head: tuple[str, ...], lines: list[tuple[Any, ...]]) -> str:
    """Return a Markdown table."""
    shown = [head, tuple("---" for _ in head), *lines]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in shown)


def schema_dump(program: Path, url: str) -> str:
    """Return the tables, constraints and indexes of the warehouse, in the words of ``pg_dump``."""
    command = [
        str(program),
        "--schema-only",
        "--schema=oplatency",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--exclude-table=oplatency.metrics_p*",
    ]
    dumped = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    return _SCHEMA_HEAD + tables_of_dump(dumped)


def tables_of_dump(dumped: str) -> str:
    """Return the statements of a dump that make tables, constraints and indexes.

    What stands before the first heading or after the last statement, and settings between them, differ from dump to
    dump and between minor versions of ``pg_dump``: they are left out.
    """
    parts = _HEADING.split(dumped)
    kept = []
    for kind, text in zip(parts[1::2], parts[2::2], strict=True):
        if kind in _MAX_SHOWN:
            lines = [line.rstrip() for line in text.splitlines() if line and not line.startswith(_NOISE)]
            statement = _IDENTITY.sub(r"\1", "\n".join(lines))
            # the two lines of an ALTER TABLE read as one
            kept.append(f"\n{statement}" if kind == "TABLE" else statement.replace("\n    ", " "))
    return "\n".join(kept).strip() + "\n"


def data_dictionary(columns: list[dict[str, Any]], keys: list[dict[str, Any]]) -> str:
    """Return the page of tables and views; `columns` and `keys` come from ``sql/docs``."""
    of_relation: dict[str, list[dict[str, Any]]] = {}
    for key in keys:
        of_relation.setdefault(key["relation"], []).append(key)
    parts = [
        "# Data dictionary",
        NOTE,
        "Schema `oplatency`. Instants are `timestamptz` in UTC; `_us`, `_ms` and `_pct` are units. What a null means "
        "is said with its column.",
    ]
    for is_view, in_kind in groupby(columns, key=lambda column: bool(column["is_view"])):
        parts.append("## Views" if is_view else "## Tables")
        for name, group in groupby(in_kind, key=lambda column: str(column["relation"])):
            found = list(group)
            lines = [
                (f"`{each['column_name']}`", each["column_type"], each["column_comment"])
                if is_view
                else (
                    f"`{each['column_name']}`",
                    each["column_type"],
                    "yes" if each["is_required"] else "",
                    each["column_comment"],
                )
                for each in found
            ]
            head = ("Column", "Type", "Meaning") if is_view else ("Column", "Type", "Required", "Meaning")
            parts += [f"### {name}", cell(found[0]["relation_comment"]), table(head, lines)]
            if name in of_relation:
                parts.append("\n".join(f"- `{key['key_name']}`: `{key['definition']}`" for key in of_relation[name]))
    return "\n\n".join(parts) + "\n"


def with_other_views(page: str, columns: list[dict[str, Any]]) -> str:
    """Return the page of views with those that are not described on it yet: their comments, between two marks."""
    head, _, rest = page.partition(_OTHERS_BEGIN)
    _, _, tail = rest.partition(_OTHERS_END)
    comments = {str(column["relation"]): column["relation_comment"] for column in columns if column["is_view"]}
    others = [
        f"`{name}`: {comment}\n\n"
        for name, comment in comments.items()
        if name.startswith("v_") and f"`{name}`" not in head + tail
    ]
    return f"{head}{_OTHERS_BEGIN}\n{''.join(others)}{_OTHERS_END}{tail}"


def schema_pages() -> dict[str, str]:
    """Return the pages that are read from a migrated server, which runs for the moment."""
    from oplatency.local.postgres import temporary_server
    from oplatency.warehouse.database import connect, rows, run, run_script, statement
    from oplatency.warehouse.migrations import migrate

    with temporary_server() as server:
        with connect(server.url(), purpose="docs") as connection:
            run_script(connection, statement("roles"))
            run(connection, "local/create_warehouse_database")
        url = server.url("oplatency")
        migrate(url)
        with connect(url, purpose="docs") as connection:
            columns = rows(connection, "docs/list_columns")
            dictionary = data_dictionary(columns, rows(connection, "docs/list_keys"))
        dump = schema_dump(server.bin_dir / "pg_dump", url)
    views = with_other_views((PROJECT / "docs" / "views.md").read_text(encoding="utf-8"), columns)
    return {"sql/schema.sql": dump, "docs/data_dictionary.md": dictionary, "docs/views.md": views}


@contextlib.contextmanager
def quiet_airflow() -> Iterator[None]:
    """Let Airflow keep its files in a folder that is gone afterwards, with schedules on whatever the caller has set."""
    with tempfile.TemporaryDirectory(prefix="oplatency-docs-") as home:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "OPLATENCY_SCHEDULES": "on",
        }
        yield


def dag_section(dag: Any) -> str:
    """Return what a page says of one DAG: its docstring, when it runs, its tasks, its form."""
    when = f"`{dag.timetable.expression}` (UTC)" if dag.schedule is not None else "by hand"
    tags = ", ".join(sorted(str(tag) for tag in dag.tags))
    tasks = ", ".join(f"`{task.task_id}`" for task in dag.topological_sort())
    outlets = {outlet.name for task in dag.tasks for outlet in task.outlets}
    facts = [f"Runs: {when}", f"Tasks: {tasks}", f"Tags: {tags}"]
    if outlets:
        facts.append("Publishes through: " + ", ".join(f"`{name}`" for name in sorted(outlets)))
    fields = [(name, dag.params.get_param(name)) for name in dag.params]
    form = [
        (f"`{name}`", "/".join(_kinds(field.schema["type"])), cell(_shown(field.value)), field.description)
        for name, field in fields
    ]
    page = dag.doc_md.strip().replace(f"### {dag.dag_id}\n", f"## {dag.dag_id}\n", 1)
    return "\n\n".join([page, " · ".join(facts), table(("Parameter", "Type", "Default", "Form says"), form)])


def _kinds(kind: str | list[str]) -> list[str]:
    return [each for each in ([kind] if isinstance(kind, str) else kind) if each != "null"]


def _shown(value: Any) -> str:
    return "empty" if value is None else str(value).lower()


def dag_pages() -> dict[str, str]:
    """Return the page of all DAGs, as Airflow reads their files.

    Raises
    ------
    SystemExit
        If a DAG file cannot be read.
    """
    with quiet_airflow():
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(str(PROJECT / "dags"))
    if bag.import_errors:
        raise SystemExit("\n".join(bag.import_errors.values()))
    sections = [dag_section(bag.dags[name]) for name in sorted(bag.dags)]
    head = (
        "Each section is the docstring of the DAG's file, which the UI shows too. Instants are ISO 8601 with an offset "
        "from UTC. An empty field means: from the run's data interval, or from the settings."
    )
    return {"docs/dags.md": "\n\n".join(["# DAGs", NOTE, head, *sections]) + "\n"}


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with ``--check`` name those that are stale; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is stale")
    check = parser.parse_args(arguments).check
    pages = {**schema_pages(), **dag_pages(), "docs/settings.md": settings_page(NOTE, table)}
    stale = []
    for name, text in pages.items():
        path = PROJECT / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if stale and check:
        sys.stderr.write(f"Stale: {', '.join(stale)}. Run: make fix\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
