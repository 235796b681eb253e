"""Late data: results that lack facts, or were judged against baselines that changed, are computed again.

Every result notes what it saw: the snapshot it read facts in, and the newest baseline. Facts that arrive note their
hour and their transaction. So one statement knows exactly which results lack them, marks these and forgets the hours;
fresh data, which every result over its hours has seen, costs nothing more. A mark is lifted after its result was
published anew, so whatever ends this work early, the next refresh goes on.

Grain and window: the published runs of the other jobs, same windows, same scope, with the settings of today. Re-run:
finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from oplatency.errors import FencedError, GateFailedError, OplatencyError
from oplatency.failpoints import reach
from oplatency.jobs import windowed_job
from oplatency.jobs.registry import JOBS
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings
from oplatency.warehouse.database import Connection, connect, lock_for, lock_session, row, rows, run
from oplatency.warehouse.migrations import require_current_schema
from oplatency.warehouse.sessions import READERS


def refresh(url: str, *, settings: Settings) -> dict[str, Any]:
    """Compute every published result again that late facts touch, in the order of time.

    An earlier result may change what a later one is judged against, so the next one is looked for after each. Each is
    computed once: what is touched once more meanwhile is left to the next refresh.

    Returns
    -------
    dict
        ``hours`` that gained facts; ``baselines``, the as-ofs computed again, and versions ``published``; ``windows``
        judged again, with ``findings`` in them; ``correlations`` computed again, with ``pairs`` in them.

    Raises
    ------
    GateFailedError
        After everything else, if a result failed its audit or another run took over its window; the message names
        each, and each is tried again the next time.
    OplatencyError
        If another refresh, or a job that reads facts, goes on for longer than is waited for.
    """
    with connect(url, purpose="late_data", settings=settings.database) as connection:
        require_current_schema(connection)
        lock_session(connection, "late_data", settings=settings.database)
        taken = _take(connection, settings)
        reports: dict[str, list[dict[str, Any]]] = {name: [] for name in JOBS}
        reach("late_data.after_take")
        _mark_stale(connection)
        failed: dict[UUID, OplatencyError] = {}
        while stale := _next(connection, taken, failed):
            try:
                reports[stale["job"]].append(_repeat(url, stale, settings))
            except (GateFailedError, FencedError) as error:
                failed[stale["run_token"]] = error
                continue
            reach("late_data.after_repeat")
            run(connection, "jobs/late_data/clear_stale_mark", stale)
            if JOBS[stale["job"]].asset == "baselines":
                _mark_stale(connection)
    if failed:
        raise GateFailedError("\n".join(str(error) for error in failed.values()))
    summed = {"hours": taken["n_hours"]}
    for name, job in JOBS.items():
        summed |= job.summed(reports[name])
    return summed


def _take(connection: Connection, settings: Settings) -> dict[str, Any]:
    with connection.transaction():
        lock_for(connection, "session/lock_job", READERS, of="a job that reads facts", settings=settings.database)
        return row(connection, "jobs/late_data/take_dirty_ranges")


def _mark_stale(connection: Connection) -> None:
    judging = [name for name, job in JOBS.items() if job.asset != "baselines"]
    run(connection, "jobs/late_data/mark_stale_runs", {"judging_jobs": judging})


def _next(connection: Connection, taken: Mapping[str, Any], failed: Mapping[UUID, object]) -> dict[str, Any] | None:
    parameters = {"began_at": taken["began_at"], "given_up": list(failed), "jobs": list(JOBS)}
    return next(iter(rows(connection, "jobs/late_data/find_stale_run", parameters)), None)


def _repeat(url: str, stale: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    request = Request(settings, stale["window_end"], stale["window_start"], stale["scope"] or None)
    return windowed_job.run(url, JOBS[stale["job"]], request)
