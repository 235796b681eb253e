"""Baselines of past days that nobody has computed yet: what judging a fresh past series needs first.

The nightly job computes them by itself; this is for the command line. Grain and re-run as `recalculate_baselines`.
"""

from __future__ import annotations

from typing import Any

from oplatency.database import connect, rows
from oplatency.jobs import recalculate_baselines, runs
from oplatency.jobs.runs import DAY, Window
from oplatency.settings import Settings


def complete(url: str, window: Window, *, settings: Settings) -> dict[str, Any]:
    """Compute the baselines of each day of a window that has none as of its start.

    Returns
    -------
    dict
        ``computed``: the as-ofs, in order; ``published``: versions they brought.
    """
    day = runs.floor_to(window.start, DAY)
    parameters = {"window_start": day, "window_end": window.end}
    with connect(url, purpose="detect", settings=settings.database) as connection:
        known = {found["as_of"] for found in rows(connection, "jobs/series/list_as_ofs", parameters)}
    computed, published = [], 0
    while day < window.end:
        if day not in known:
            told = recalculate_baselines.recalculate(url, as_of=day, settings=settings)
            computed.append(day.isoformat())
            published += told["published"]
        day += DAY
    return {"computed": computed, "published": published}
