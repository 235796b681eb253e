"""Measure the jobs of detection at size, beside the loop that the report describes, in one run.

    python benchmarks/detection_job.py [--rows 1000000] [--repeat 3]

The opponent asks, operation by operation, for the mean and deviation of seven days and for the calls beyond three
sigma, on pgGit's table with its seven indexes. What does the same of ours, the rule of single calls against the stored
baselines, is timed by itself; then the whole job, which judges silences, levels, tails and trends too and stores a
verdict of each, and its parts. Then a back-test of a week of a fresh series of 100,000 calls, a past day of it with the
baselines it lacks, and the correlation of 1,000 operations over 2 million calls in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from empty_warehouse import empty_warehouse
from oplatency.baselines.versions import read_versions
from oplatency.detection.findings import Findings
from oplatency.detection.rules.point import judge_operation
from oplatency.jobs import backtest, detect_anomalies, missing_baselines, windowed_job
from oplatency.jobs.correlate_operations import CORRELATE
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import Request
from oplatency.settings import Settings
from oplatency.stats.cusum import GROUP_LOOKBACK_MINUTES
from oplatency.warehouse.calls import read_calls
from oplatency.warehouse.database import Connection, connect, run_script, snapshot
from oplatency.windows import DAY, HOUR, Window

SQL = Path(__file__).resolve().parent / "sql"
DAYS = 8
SETTINGS = Settings()


def asked(window: Window) -> Request:
    return Request(SETTINGS, window.end, window.start)


def timed(work: Callable[[], Any], repeat: int, connection: Connection) -> tuple[float, float]:
    """Return what it took by the clock and of the processor, here and in the server; seconds, medians."""
    server = psutil.Process(connection.info.backend_pid).parent()

    def used() -> float:
        own = [server.cpu_times(), *(session.cpu_times() for session in server.children())]
        ended = own[0].children_user + own[0].children_system
        return time.process_time() + ended + sum(times.user + times.system for times in own)

    taken = []
    for _ in range(repeat):
        before, begun = used(), time.perf_counter()
        work()
        clock = time.perf_counter() - begun
        time.sleep(0.2)  # until sessions that ended are counted
        taken.append((clock, used() - before))
    clocks, processors = zip(*taken, strict=True)
    return statistics.median(clocks), statistics.median(processors)


@contextmanager
def warehouse(
    end: datetime, n_calls: int, n_operations: int, *, days: float = DAYS, n_slow: int = 8
) -> Iterator[tuple[str, Connection]]:
    """Give a warehouse with calls of the days before an instant."""
    with empty_warehouse() as url, connect(url, purpose="bench") as connection:
        run_script(connection, (SQL / "create_comparison_tables.sql").read_text())
        told = {
            "start": end - timedelta(days=days), "days": days, "n_calls": n_calls, "n_operations": n_operations,
            "n_slow": n_slow,
        }  # fmt: skip
        for part in (SQL / "fill_calls.sql").read_text().split(";\n"):
            if part.strip():
                connection.execute(part.encode(), told)
        connection.execute("vacuum (freeze, analyze) oplatency.metrics")
        yield url, connection


def points_alone(url: str, window: Window) -> None:
    """Read, judge and stage what the loop does too: the calls of a window against what is stored as usual."""
    with connect(url, purpose="bench") as connection:
        context = timedelta(minutes=GROUP_LOOKBACK_MINUTES)
        reach = Window(window.start - context, window.end)
        with snapshot(connection):
            calls, versions = read_calls(connection, reach), read_versions(connection, reach)
        findings = Findings()
        for key, own in calls.items():
            judge_operation(findings, key, own, versions.get(key, []), window, SETTINGS)
        with connection.transaction():
            detect_anomalies.stage_findings(connection, uuid.uuid4(), findings)


def against_the_loop(today: datetime, n_calls: int, repeat: int) -> None:
    with warehouse(today, n_calls, 33) as (url, connection):
        run_script(connection, (SQL / "fill_pggit_metrics.sql").read_text())
        connection.execute("vacuum (freeze, analyze) bench.pggit_metrics")
        windowed_job.run(url, RECALCULATE, Request(SETTINGS, today - DAY))
        day = Window(today - DAY, today)
        hours = [Window(today - DAY + n * HOUR, today - DAY + (n + 1) * HOUR) for n in range(1, 5)]
        loop = (SQL / "loop_over_operations.sql").read_text()
        tokens: list[Any] = []
        works: dict[str, tuple[Callable[[], Any], int]] = {
            "the report's loop, 24 h": (lambda: run_script(connection, loop), repeat),
            "ours, the same part: single calls of 24 h read, judged, staged": (lambda: points_alone(url, day), repeat),
            "ours, 24 h, every rule: judged and staged": (
                lambda: tokens.append(windowed_job.stage(url, DETECT, asked(day))),
                repeat,
            ),
            "ours, 24 h, every rule: audited": (lambda: windowed_job.audit(url, DETECT, tokens[-1]), 1),
            "ours, 24 h, every rule: published": (
                lambda: windowed_job.publish(url, DETECT, tokens[-1], settings=SETTINGS),
                1,
            ),
            "ours, an hour, every rule: judged and staged": (
                lambda: tokens.append(windowed_job.stage(url, DETECT, asked(hours[len(tokens) % 4]))),
                repeat,
            ),
        }
        taken = {name: timed(work, times, connection) for name, (work, times) in works.items()}
    loop_s, loop_cpu_s = next(iter(taken.values()))
    print(f"| {n_calls:,} calls of 8 days, 33 operations | seconds | of the processor | the loop takes |")
    print("|---|---|---|---|")
    for name, (clock, processor) in taken.items():
        print(f"| {name} | {clock:.2f} | {processor:.2f} | {loop_s / clock:.1f}x, {loop_cpu_s / processor:.1f}x |")


def past_days(today: datetime) -> None:
    with warehouse(today, 100_000, 20) as (url, _):
        begun = time.perf_counter()
        week = Window(today - 7 * DAY, today)
        backtest.backtest(url, week, configurations={"current": SETTINGS})
        print(f"\nA back-test of a week, 100,000 calls: {time.perf_counter() - begun:.1f} s.")
        day = Window(today - DAY, today)
        begun = time.perf_counter()
        missing_baselines.complete(url, day, settings=SETTINGS)
        windowed_job.run(url, DETECT, asked(day))
        print(f"A past day of 100,000 calls, its baselines computed first: {time.perf_counter() - begun:.1f} s.")


def correlation(today: datetime, n_slow: int) -> None:
    # six hours to learn from, and two million calls in the 24 that are judged
    with warehouse(today, 2_500_000, 1000, days=1.25, n_slow=n_slow) as (url, connection):
        windowed_job.run(url, RECALCULATE, Request(SETTINGS, today - DAY))
        seconds, _ = timed(lambda: windowed_job.stage(url, CORRELATE, Request(SETTINGS, today)), 1, connection)
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "oplatency.cli", "correlate", "--as-of", today.isoformat(), "--json"],
            env=os.environ | {"OPLATENCY_DATABASE_URL": url},
            stdout=subprocess.PIPE,
        ) as process:
            told = json.loads(process.stdout.read())
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        whole = f"{time.perf_counter() - begun:.1f} s, {usage.ru_maxrss // 1024} MB"
        print(
            f"Correlation of 1,000 operations over 2,000,000 calls, {n_slow} slow together, {told['pairs']:,} pairs:"
            f" {seconds:.1f} s to read, compare and stage; `oplatency correlate`, with its audit: {whole}."
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    against_the_loop(today, chosen.rows, chosen.repeat)
    past_days(today)
    correlation(today, 8)
    correlation(today, 1000)


if __name__ == "__main__":
    main()
