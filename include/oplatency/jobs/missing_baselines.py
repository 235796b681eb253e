"""Baselines of past days that are missing: what judging a fresh past series needs first.

The nightly job computes them by itself; this is for the command line. Grain and re-run as `recalculate_baselines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from oplatency.detection.evidence import closed_days
from oplatency.jobs import windowed_job
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings
from oplatency.warehouse.database import Connection, connect, row, rows
from oplatency.windows import DAY, Window, floor_to


def complete(url: str, window: Window, *, settings: Settings) -> dict[str, Any]:
    """Compute the baselines that detection of a window looks up and that do not exist yet.

    These are the baselines as of each day of the window and, for each day that closes in it, the one of weeks before
    (`trends.creep_days`), where its look-back holds a call.

    Returns
    -------
    dict
        ``computed``: the as-ofs, in order; ``published``: versions they added.
    """
    with connect(url, purpose="detect", settings=settings.database) as connection:
        lacking = sorted({*_of_days(connection, window), *_of_weeks_before(connection, window, settings)})
    published = 0
    for as_of in lacking:
        published += windowed_job.run(url, RECALCULATE, Request(settings, as_of))["published"]
    return {"computed": [as_of.isoformat() for as_of in lacking], "published": published}


def _of_days(connection: Connection, window: Window) -> Iterator[datetime]:
    day = floor_to(window.start, DAY)
    known = _known(connection, Window(day, window.end))
    while day < window.end:
        if day not in known:
            yield day
        day += DAY


def _of_weeks_before(connection: Connection, window: Window, settings: Settings) -> Iterator[datetime]:
    for day_end in closed_days(window):
        as_of = day_end - settings.trends.creep_days * DAY
        lookback = Window(as_of - settings.baseline.lookback_days * DAY, as_of)
        if not _known(connection, Window(as_of, as_of + DAY)) and _has_calls(connection, lookback):
            yield as_of


def _known(connection: Connection, window: Window) -> set[datetime]:
    return {found["as_of"] for found in rows(connection, "baselines/list_as_ofs", _ends(window))}


def _has_calls(connection: Connection, window: Window) -> bool:
    return bool(row(connection, "warehouse/calls/has_calls", _ends(window))["has_calls"])


def _ends(window: Window) -> dict[str, datetime]:
    return {"window_start": window.start, "window_end": window.end}
