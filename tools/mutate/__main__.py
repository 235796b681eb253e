"""Mutation testing of the statistics and rules: ``python -m tools.mutate [MODULE ...] [--sample N] [--ignore TEST]``.

Cosmic Ray changes one operator or number at a time in a copy of the checkout, and the tests of the module run on each
change. A mutant that no test notices has survived. docs/mutation.md explains the score and what survived.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = Path("include/oplatency")
CONFIG = """[cosmic-ray]
module-path = "{module}"
timeout = 300.0
excluded-modules = []
test-command = "{command}"
[cosmic-ray.distributor]
name = "local"
"""
TESTS = {"stats": ("tests/stats",), "detection/rules": ("tests/detection", "tests/jobs/test_detect_anomalies.py")}
"""What is run on mutants of a folder's modules, after the file that is named as the module, until the first failure."""


@dataclass(frozen=True)
class Score:
    """What became of the mutants of a module: how many were tried, and those that survived."""

    module: str
    tried: int
    survived: list[str]


def main() -> int:
    """Print a line a module, its survivors, and the score; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", default=[], help="such as stats/tails; all by default")
    parser.add_argument("--sample", type=int, default=10, help="mutants per module, drawn with a fixed seed")
    parser.add_argument("--ignore", action="append", default=[], help="a test file to leave out; may be given again")
    parser.add_argument("--min-score", type=float, default=0.0, help="exit with 1 below this share of killed mutants")
    arguments = parser.parse_args()
    modules = arguments.modules or list(all_modules())
    with (
        tempfile.TemporaryDirectory(prefix="oplatency-mutate-") as folder,
        ThreadPoolExecutor(os.cpu_count()) as threads,
    ):
        scores = list(
            threads.map(lambda name: show(mutate(Path(folder), name, arguments.sample, arguments.ignore)), modules)
        )
    tried, survived = sum(score.tried for score in scores), sum(len(score.survived) for score in scores)
    share = (tried - survived) / tried if tried else 1.0
    sys.stdout.write(f"{tried - survived} of {tried} mutants killed: {share:.2f}\n")
    return 0 if share >= arguments.min_score else 1


def all_modules() -> Iterator[str]:
    """Yield the modules of the statistics and of the rules, without their suffix, from the package on."""
    for folder in ("stats", "detection/rules"):
        for path in sorted((PROJECT / PACKAGE / folder).glob("[a-z]*.py")):
            yield f"{folder}/{path.stem}"


def show(score: Score) -> Score:
    """Print what became of a module's mutants, and return it."""
    lines = [f"{score.module}: {score.tried - len(score.survived)} of {score.tried} killed"]
    sys.stdout.write("\n  ".join([*lines, *score.survived]) + "\n")
    sys.stdout.flush()
    return score


def mutate(folder: Path, module: str, sample: int, ignore: list[str]) -> Score:
    """Try mutants of a module in a copy of the checkout."""
    copy = folder / module.replace("/", "-")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".venv", ".git", ".oplatency*", "__pycache__"))
    path = PACKAGE / f"{module}.py"
    folder_name, name = module.rsplit("/", 1)
    own = f"tests/{folder_name}/test_{name}.py"
    tests = [*([own] if (copy / own).exists() else []), *TESTS[folder_name], *[f"--ignore={path}" for path in ignore]]
    # the copy's package comes before the installed one
    command = f"env PYTHONPATH=include {sys.executable} -m pytest -x -q -p no:cacheprovider {' '.join(tests)}"
    (copy / "mutate.toml").write_text(CONFIG.format(module=path, command=command), encoding="utf-8")
    cosmic_ray(copy, "init", "mutate.toml", "mutants.sqlite")
    # without it tests that fail anyway would kill every mutant
    cosmic_ray(copy, "baseline", "mutate.toml")
    places = annotation_places((PROJECT / path).read_text(encoding="utf-8"))
    with use_db(str(copy / "mutants.sqlite"), WorkDB.Mode.open) as session:
        tried = keep_sample(session, places, sample)
    cosmic_ray(copy, "exec", "mutate.toml", "mutants.sqlite")
    with use_db(str(copy / "mutants.sqlite"), WorkDB.Mode.open) as session:
        survived = sorted(
            (item.mutations[0].start_pos[0], changed_line(result.diff or ""))
            for item, result in session.completed_work_items
            if result.test_outcome is TestOutcome.SURVIVED
        )
    shutil.rmtree(copy)
    return Score(module, tried, [f"line {row}: {line}" for row, line in survived])


def annotation_places(source: str) -> set[tuple[int, int]]:
    """Return line and column of every operator's place in annotations, which are never evaluated."""
    tree = ast.parse(source)
    found = [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign)]
    found += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    lines = source.splitlines()
    places: set[tuple[int, int]] = set()
    for node in found:
        if node is None:
            continue
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            first = node.col_offset if line == node.lineno else 0
            last = (node.end_col_offset or 0) if line == node.end_lineno else len(lines[line - 1])
            places |= {(line, column) for column in range(first, last)}
    return places


def keep_sample(session: WorkDB, ignored: set[tuple[int, int]], sample: int) -> int:
    """Mark all mutants but a sample as skipped, drawn with a fixed seed, and return its size."""
    items = sorted(session.work_items, key=lambda item: _order(item.mutations[0]))
    known = [item.job_id for item in items if tuple(item.mutations[0].start_pos) not in ignored]
    kept = set(random.Random(1).sample(known, min(sample, len(known))))  # noqa: S311 - a sample, not a secret
    skipped = [item.job_id for item in items if item.job_id not in kept]
    session.set_multiple_results(skipped, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))
    return len(kept)


def _order(mutation: MutationSpec) -> tuple[str, tuple[int, int], int]:
    return mutation.operator_name, mutation.start_pos, mutation.occurrence


def changed_line(diff: str) -> str:
    """Return the line that a mutation wrote."""
    added = [line[1:].strip() for line in diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return added[0] if added else "?"


def cosmic_ray(folder: Path, *arguments: str) -> None:
    """Run Cosmic Ray in a folder."""
    program = Path(sys.executable).with_name("cosmic-ray")
    done = subprocess.run([program, *arguments], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"cosmic-ray {' '.join(arguments)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
