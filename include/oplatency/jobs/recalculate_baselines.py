"""Baselines: what each operation took over the seven whole days before an instant.

Grain: one version per operation and as-of, and one per branch that does not hold all of its calls. Window:
``[as_of - lookback_days, as_of)``, whole UTC days. Re-run: a version is added only where its content differs from the
last one, so the order and number of runs cannot matter.

Report: ``as_of``, ``operations``, ``published``, ``unchanged``, ``skipped`` by reason; ``branches``, the versions of
single branches beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from oplatency.baselines.candidates import Facts, measure
from oplatency.baselines.configurations import record_use
from oplatency.baselines.exclusions import read_requested
from oplatency.jobs.windowed_job import Attempt, Tally, WindowedJob
from oplatency.warehouse.calls import read_calls
from oplatency.warehouse.catalogue import find_operation, read_operations
from oplatency.warehouse.database import Connection, insert, row
from oplatency.windows import DAY

JOB = "recalculate_baselines"


def _stage(attempt: Attempt) -> None:
    settings, window, connection = attempt.request.settings, attempt.window, attempt.connection
    with attempt.reading(window.start) as configuration:
        operations = read_operations(connection)
        only = find_operation(operations, attempt.request.operation)
        facts = Facts(read_calls(connection, window), read_requested(connection, window))
    found = measure(facts, operations, window, settings.baseline, configuration)
    chosen = [candidate for candidate in found if only in (None, candidate.operation_id)]
    staged = Counter(candidate.is_branch for candidate in chosen)
    tracked = {key for key, known in operations.items() if known.is_tracked}
    enough = sum(not candidate.is_branch for candidate in found)
    skipped = Counter(few_samples=len(facts.calls) - enough, no_samples=len(tracked) - len(facts.calls))
    result = {
        "as_of": window.end.isoformat(),
        "operations": staged[False],
        "skipped": {k: n for k, n in skipped.items() if n},
        "branches": staged[True],
    }
    shared = {
        "run_token": attempt.token,
        "as_of": window.end,
        "config_hash": configuration.config_hash,
        "lookback_days": settings.baseline.lookback_days,
    }
    with attempt.staging(result):
        insert(connection, f"jobs/{JOB}/stage_baseline", [candidate.record() | shared for candidate in chosen])


def _publish(connection: Connection, run: Mapping[str, Any]) -> dict[str, int]:
    """Add the candidates that differ from the last revision of their key."""
    record_use(connection, run["config_hash"])
    published = row(connection, f"jobs/{JOB}/publish", {"run_token": run["run_token"]})["n_published"]
    return {"published": published, "unchanged": run["result"]["operations"] - published}


RECALCULATE = WindowedJob(
    JOB,
    stage=_stage,
    # an empty set passes only where no operation had enough calls
    suites=lambda result: {"staged_baselines": result["operations"] == 0},
    publish=_publish,
    unit=DAY,
    length=lambda settings: settings.baseline.lookback_days * DAY,
    asset="baselines",
    counts=("published",),
    tally=Tally("baselines", "published", listed="as_of"),
    overrides={"baseline": ("lookback_days", "min_samples")},
)
