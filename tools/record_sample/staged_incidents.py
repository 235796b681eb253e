"""The incidents of the recorded sample: what is done to the server, to whom it matters, and when.

Each kind has its statements in `incidents`: `<kind>.cause.sql` and, where something has to be put
right again, `<kind>.undo.sql`.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from oplatency.local.postgres import EmbeddedPostgres
from oplatency.warehouse.database import connect

RECORDER_DIR = Path(__file__).resolve().parent
"""Where statements and scripts lie."""

#: Real-time priority of the recorded calls, where the recorder may set one; see :func:`cause`.
CALLS_PRIORITY = 2


@dataclass(frozen=True)
class IncidentPlan:
    """How an incident is brought about.

    The cause is set and undone in turns within a wave, and waves have rests between them: real trouble comes
    and goes, and only what comes and goes within an hour shows which operations suffer together.

    Attributes
    ----------
    kind : str
        Also the name of its two files in `incidents`.
    title, cause : str
        For people.
    operations : tuple of str
        The operations that the cause slows down.
    begins, ends : float
        As fractions of the last day.
    hold_s, pause_s : float
        Seconds between setting the cause and undoing it, and between undoing and setting it again.
    wave_s, rest_s : float
        Seconds of a wave, and between two waves.
    """

    kind: str
    title: str
    cause: str
    operations: tuple[str, ...]
    begins: float
    ends: float
    hold_s: float
    pause_s: float
    wave_s: float
    rest_s: float


INCIDENTS = (
    IncidentPlan(
        kind="lock_held",
        title="A lock held",
        cause="Another session took the table contents in access exclusive mode, 0.15 s at a time "
        "with 0.02 s between, in waves of 1.2 s with 0.4 s between.",
        operations=("ensure_object", "get_objects", "calculate_branch_size"),
        begins=8 / 60,
        ends=17 / 60,
        hold_s=0.15,
        pause_s=0.02,
        wave_s=1.2,
        rest_s=0.4,
    ),
    IncidentPlan(
        kind="index_dropped",
        title="An index dropped",
        cause="The index object_versions_object_idx was dropped for 1.6 s and created again, with 0.8 s between.",
        operations=("get_object_timeline", "get_object_at_time"),
        begins=26 / 60,
        ends=35 / 60,
        hold_s=1.6,
        pause_s=0.0,
        wave_s=1.6,
        rest_s=0.8,
    ),
    IncidentPlan(
        kind="cache_evicted",
        title="A cache pushed out",
        cause="The table changes was pushed out of shared buffers and out of the page cache every 40 ms, in "
        "waves of 1.2 s with 0.6 s between.",
        operations=("conflict_detection", "query_temporal_snapshots"),
        begins=44 / 60,
        ends=53 / 60,
        hold_s=0.04,
        pause_s=0.0,
        wave_s=1.2,
        rest_s=0.6,
    ),
)


def cause(plan: IncidentPlan, server: EmbeddedPostgres, *, until: float) -> tuple[int, int]:
    """Bring an incident about until the clock shows `until`, and undo it.

    Returns
    -------
    tuple of int
        When it began and when its last trace was undone, microseconds since the Unix epoch.

    Raises
    ------
    psycopg.Error
        When a statement fails; the cause goes with the session or with the temporary server.
    """
    folder = RECORDER_DIR / "incidents"
    cause_sql = (folder / f"{plan.kind}.cause.sql").read_bytes()
    undo_path = folder / f"{plan.kind}.undo.sql"
    undo_sql = undo_path.read_bytes() if undo_path.exists() else None
    with connect(server.url(), purpose="incident") as session:
        _lower_priority(session.info.backend_pid)
        began_us = ended_us = time.time_ns() // 1000
        while time.time() < until:
            wave_end = min(time.time() + plan.wave_s, until)
            while (now := time.time()) < wave_end:
                result = session.execute(cause_sql)
                if plan.kind == "cache_evicted" and (row := result.fetchone()):
                    _forget_pages(server.data_dir / str(row["file"]))
                time.sleep(min(plan.hold_s, wave_end - now))
                if undo_sql is not None:
                    session.execute(undo_sql)
                time.sleep(plan.pause_s)
            ended_us = time.time_ns() // 1000
            time.sleep(max(0.0, min(plan.rest_s, until - time.time())))
    return began_us, ended_us


def _lower_priority(pid: int) -> None:
    """Let calls go before the session that harms them: an incident is not the processor time that it takes."""
    if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(pid) == os.SCHED_RR:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(CALLS_PRIORITY - 1))


def _forget_pages(file: Path) -> None:
    """Have the kernel forget a file's pages; where it has no call for that, shared buffers must do."""
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
