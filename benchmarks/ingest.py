"""Measure how fast a file comes in through the gate, beside plain COPYs of the same file, in one run.

    python benchmarks/ingest.py [--rows 1000000] [--repeat 3]

Three opponents, each on the same server: a COPY of the file into a partitioned table of its columns with the indexes
of ``metrics``; a COPY of rows whose keys and hashes were worked out before, into ``metrics`` itself; and a COPY into
pgGit's own table with its seven indexes and checks. Prints seconds, rows a second, ratios, and the peak memory of the
process that brings the file in.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from empty_warehouse import empty_warehouse
from oplatency.warehouse.database import Connection, connect, run_script

HERE = Path(__file__).resolve().parent
N_OPERATIONS, N_BRANCHES, N_USERS, DAYS = 33, 5, 20, 8
HEADER = (
    "operation", "started_at", "ended_at", "duration_us", "duration_ms", "period_start", "event_id", "branch", "user",
    "session", "rows_affected", "memory_bytes", "cpu_us", "metadata", "error",
)  # fmt: skip
PGGIT_COLUMNS = (
    "operation_type, duration_microseconds, duration_ms, start_time, end_time, branch_id, user_name, session_id, "
    "rows_affected, memory_bytes, cpu_microseconds, operation_metadata, period_start"
)
METADATA = [json.dumps({"host": f"db{n % 4}", "plan": n % 7}) for n in range(28)]


def write_file(path: Path, n_rows: int, *, first_day: datetime, days: int, seed: int) -> None:
    """Write calls of some days with every column filled, in order of time."""
    rng = np.random.default_rng(seed)
    start = int(first_day.timestamp()) * 1_000_000
    started = start + np.sort(rng.integers(0, days * 86_400_000_000, n_rows))
    operations = rng.integers(0, N_OPERATIONS, n_rows)
    durations = np.maximum(np.exp(rng.normal(8.5, 0.6, n_rows)), 1).astype(np.int64)
    numbers = rng.integers(0, 1 << 30, n_rows)
    begun = started.astype("datetime64[us]").astype(str)
    ended = (started + durations).astype("datetime64[us]").astype(str)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i in range(n_rows):
            n, us = int(numbers[i]), int(durations[i])
            writer.writerow((
                f"operation_{operations[i]}", f"{begun[i]}Z", f"{ended[i]}Z", us, f"{us / 1000:.3f}", begun[i][:10],
                f"{seed}-{i}", f"branch_{n % N_BRANCHES}", f"user_{n % N_USERS}", f"session_{n % 5000}", n % 100,
                n % 1_000_000, us // 2, METADATA[n % len(METADATA)], "",
            ))  # fmt: skip


def clear(connection: Connection) -> None:
    run_script(connection, (HERE / "sql" / "clear_facts.sql").read_text())


def copy_file(connection: Connection, path: Path, command: str) -> float:
    """COPY a file in large blocks, in one transaction; return the seconds it took."""
    begun = time.perf_counter()
    with (
        connection.transaction(),
        connection.cursor() as cursor,
        cursor.copy(command.encode()) as copy,
        path.open("rb") as file,
    ):
        while block := file.read(1 << 18):
            copy.write(block)
    return time.perf_counter() - begun


def write_query(connection: Connection, path: Path, command: str) -> None:
    """Write what a COPY gives into a file."""
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
        for block in copy:
            file.write(block)


def bring_in(url: str, *paths: Path) -> tuple[float, int]:
    """Ingest files at once, each in a process of its own; return seconds and the largest peak memory in MB."""
    command = [sys.executable, str(HERE / "bring_in.py"), url]
    processes = [
        subprocess.Popen([*command, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for path in paths
    ]
    for process in processes:
        process.stdout.readline()
    begun = time.perf_counter()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.stdout.readline()) for process in processes]
    taken = time.perf_counter() - begun
    for process in processes:
        process.communicate()
    if any(one["accepted"] != one["rows_in"] for one in told):
        raise SystemExit(f"not every row was accepted: {told}")
    return taken, max(one["peak_mb"] for one in told)


@contextmanager
def warehouse() -> Iterator[tuple[str, Connection]]:
    with empty_warehouse() as url, connect(url, purpose="bench") as connection:
        run_script(connection, (HERE / "sql" / "create_comparison_tables.sql").read_text())
        yield url, connection


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first_day = today - timedelta(days=DAYS)
    with tempfile.TemporaryDirectory(prefix="oplatency-bench-") as folder, warehouse() as (url, connection):
        whole, halves = Path(folder, "whole.csv"), [Path(folder, f"half{n}.csv") for n in (0, 1)]
        write_file(whole, chosen.rows, first_day=first_day, days=DAYS, seed=1)
        for n, half in enumerate(halves):
            begin = first_day + timedelta(days=n * DAYS // 2)
            write_file(half, chosen.rows // 2, first_day=begin, days=DAYS // 2, seed=2 + n)
        # the first load makes partitions and names, which every later one finds
        bring_in(url, whole)
        columns = ", ".join(f'"{name}"' for name in HEADER)
        of_file = f"copy bench.file_rows ({columns}) from stdin (format csv, header true)"
        copy_file(connection, whole, of_file)
        resolved, pggit = Path(folder, "resolved.copy"), Path(folder, "pggit.copy")
        write_query(connection, resolved, "copy (select * from oplatency.metrics order by started_at) to stdout")
        write_query(connection, pggit, f"copy ({(HERE / 'sql' / 'select_pggit_rows.sql').read_text()}) to stdout")
        peaks: list[int] = []

        def gate(*groups: tuple[Path, ...]) -> float:
            taken = [bring_in(url, *group) for group in groups]
            peaks.extend(peak_mb for _, peak_mb in taken)
            return sum(seconds for seconds, _ in taken)

        into_pggit = f"copy bench.pggit_metrics ({PGGIT_COLUMNS}) from stdin"
        ways: dict[str, Callable[[], float]] = {
            "through the gate": lambda: gate((whole,)),
            "COPY, same file, table of its columns": lambda: copy_file(connection, whole, of_file),
            "COPY, keys worked out before, metrics": lambda: copy_file(
                connection, resolved, "copy oplatency.metrics from stdin"
            ),
            "COPY, pgGit's table, seven indexes": lambda: copy_file(connection, pggit, into_pggit),
            "two files, one after the other": lambda: gate((halves[0],), (halves[1],)),
            "two files of disjoint days at once": lambda: gate((halves[0], halves[1])),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(chosen.repeat):
            for name, measure in ways.items():
                clear(connection)
                taken[name].append(measure())
        report({name: statistics.median(times) for name, times in taken.items()}, chosen.rows, max(peaks))


def report(taken: dict[str, float], n_rows: int, peak_mb: int) -> None:
    gate, same, resolved, pggit, after, at_once = taken.values()
    print("| way | seconds | rows/s | gate is |")
    print("|---|---|---|---|")
    for name, value in taken.items():
        print(f"| {name} | {value:.2f} | {n_rows / value:,.0f} | {value / gate:.2f}x |")
    print(f"\nOf a plain COPY of the same file: {same / gate:.0%}.")
    print(f"Of one whose keys and hashes were worked out before: {resolved / gate:.0%}.")
    print(f"Against a COPY into pgGit's table: {pggit / gate:.1f}x. Two streams: {after / at_once:.2f}x one.")
    print(f"Peak memory: {peak_mb} MB.")


if __name__ == "__main__":
    main()
