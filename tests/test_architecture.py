"""One word for one thing, statements in files, no drawer for odds and ends: what reviews need not watch for."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "include" / "oplatency"
SQL = PROJECT / "sql"
FOLDERS = ("include", "dags", "plugins", "docs", "benchmarks", "examples", "sql", "tests", "tools", "docker")
JOBS = sorted(path.stem for path in (PROJECT / "dags").glob("*.py"))

# What a migration, and a deploy, runs as a whole; the dump is made for reading.
APPLIED_AS_A_WHOLE = ("migrations/", "functions/", "views/", "optional/")
GENERATED = {SQL / "schema.sql"}

STATEMENT = re.compile(
    r"\s*(select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|merge\s+into\s|truncate\s|with\s+\w+\s+as\s"
    r"|(create|alter|drop)\s+(or\s+replace\s+)?(table|view|index|role|database|schema|function|type|sequence)\s"
    r"|copy\s+\S+|grant\s+\w+\s+on\s|set\s+((local|session)\s+)?\w+\s*=\s|set\s+(local|session|role)\s)",
    re.IGNORECASE,
)
# The module that sends statements composes identifiers into these; they hold no rule.
COMPOSED = {
    "select * from {}",
    "copy {} ({}) from stdin",
    "copy {} ({}) from stdin (format binary)",
    "set role {}",
}
REFERENCE = re.compile(
    r"(analysis|jobs|warehouse|sources|quality|ingest|baselines|reports|local|session|docs)/[a-z0-9_/*]+"
)
WORD = re.compile(r"[a-z0-9_]+")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts(path: Path) -> list[str]:
    """Return the strings of a file that are no docstrings; what is filled in at run time becomes an asterisk."""
    tree = parsed(path)
    # a string that stands alone is a docstring, also that of a field
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone | inner:
            found.append(node.value)
    return found


def references(path: Path) -> set[str]:
    """Return the names of statements in a file, with an asterisk for each part that is filled in."""
    job = {target.id: ast.literal_eval(node.value) for node, target in _constants(path) if target.id == "JOB"}
    named = (text.replace("jobs/*/", f"jobs/{job['JOB']}/", 1) if job else text for text in texts(path))
    return {text for text in named if REFERENCE.fullmatch(text)}


def _constants(path: Path) -> list[tuple[ast.Assign, ast.Name]]:
    nodes = [node for node in parsed(path).body if isinstance(node, ast.Assign)]
    return [(node, target) for node in nodes for target in node.targets if isinstance(target, ast.Name)]


def statements() -> list[str]:
    names = [path.relative_to(SQL).with_suffix("").as_posix() for path in SQL.rglob("*.sql") if path not in GENERATED]
    return sorted(name for name in names if not name.startswith(APPLIED_AS_A_WHOLE))


def pattern(reference: str, words: set[str] | None = None) -> re.Pattern[str]:
    """Return what a reference may stand for; `words` are the values that may be filled in, by default any."""
    filled = WORD.pattern if words is None else "|".join(sorted(map(re.escape, words)))
    return re.compile(
        "".join(f"({filled})" if part == "*" else re.escape(part) for part in re.split(r"(\*)", reference))
    )


def test_a_job_its_folder_of_statements_its_dag_and_its_page_have_one_name():
    modules = {path.stem: path for path in (PACKAGE / "jobs").glob("*.py")}
    declared = {
        ast.literal_eval(node.value): name
        for name, path in modules.items()
        for node, target in _constants(path)
        if target.id == "JOB"
    }
    assert declared == {job: job for job in JOBS}
    # beside the jobs' own folders: what jobs share, in a folder named as the module that runs it
    folders = {path.name for path in (SQL / "jobs").iterdir() if path.is_dir() and any(path.glob("*.sql"))}
    assert folders <= modules.keys()
    assert set(JOBS) - folders <= {"check_data_quality"}  # its statements are the suites', in sql/quality
    pages = re.findall(r"^## (\w+)$", (PROJECT / "docs" / "dags.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert pages == JOBS


@pytest.mark.parametrize("path", python_files("include", "dags", "plugins", "docs", "tools"), ids=relative)
def test_no_statement_is_written_in_python(path: Path):
    written = [text for text in texts(path) if STATEMENT.match(text)]
    allowed = COMPOSED if path == PACKAGE / "warehouse" / "database.py" else set()
    assert [text for text in written if text not in allowed] == []


def test_the_search_for_statements_finds_them():
    for text in (
        "select 1 ",
        "\n  INSERT INTO t values (1)",
        "update t set a = 1",
        "with a as (select 1)",
        "create table t (a int)",
        "set search_path = x",
    ):
        assert STATEMENT.match(text), text
    for text in ("Delete the folder with all its data?", "create it, or unset it", "with two of them", "update"):
        assert not STATEMENT.match(text), text


@pytest.mark.parametrize("path", python_files("include", "docs"), ids=relative)
def test_every_statement_that_is_named_exists(path: Path):
    existing = statements()
    missing = [name for name in references(path) if not any(pattern(name).fullmatch(found) for found in existing)]
    assert missing == []


def test_every_statement_file_is_used():
    files = python_files("include", "docs")
    words = {text for path in files for text in texts(path) if WORD.fullmatch(text)}
    patterns = [pattern(name, words) for name in set(itertools.chain.from_iterable(map(references, files)))]
    unused = [name for name in statements() if name not in words and not any(p.fullmatch(name) for p in patterns)]
    assert unused == []


@pytest.mark.parametrize("kind", ["functions", "views"])
def test_a_file_holds_the_object_it_is_named_after_and_comments_on_it(kind: str):
    files = sorted((SQL / kind).glob("*.sql"))
    assert files
    for path in files:
        made = re.findall(
            rf"create or replace {kind[:-1]} oplatency\.(\w+)", path.read_text(encoding="utf-8"), re.IGNORECASE
        )
        assert made == [path.stem]
        assert re.search(rf"comment on {kind[:-1]} oplatency\.{path.stem}\b", path.read_text(encoding="utf-8"))


def test_every_statement_file_opens_with_what_it_is_for():
    silent = [relative(path) for path in sorted(SQL.rglob("*.sql")) if not path.read_text().startswith("-- ")]
    assert silent == []


def test_nothing_is_named_after_nothing():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "stuff", "tools"}
    # what a developer runs and nobody installs; its tests mirror it
    named = {PROJECT / "tests" / "tools"}
    found = [
        relative(path)
        for folder in FOLDERS
        for path in (PROJECT / folder).rglob("*")
        if "__pycache__" not in path.parts and path not in named and drawers & set(path.stem.lower().split("_"))
    ]
    assert found == []


def test_nothing_is_left_to_be_done_later():
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    found = [
        f"{relative(path)}:{number}"
        for folder in FOLDERS
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in {".py", ".sql", ".md", ".yaml", ".sh"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marks.search(line)
    ]
    assert found == []
