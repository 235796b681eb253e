"""Measure what one recorded call costs inside the server: our function and pgGit's, in turn, in one run.

    python benchmarks/recording.py [--calls 20000] [--rounds 5]

Starts an embedded server, migrates a warehouse, and beside it makes the opponent of ``recording_seed.sql``. Both have
an active baseline and record the same calls with the same details in a loop inside the server. Prints microseconds per
call and the ratio, which should be at most 1: once with all calls in one transaction, once with a commit after each
(fsync is off, so that the disk is not what is measured); by the clock, and as processor time of the session, which is
disturbed less by other work on the machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import psutil

from oplatency.local.postgres import temporary_server
from oplatency.warehouse.database import Connection, connect, run_script
from oplatency.warehouse.migrations import migrate

Times = tuple[float, float]

OURS = """oplatency.record_performance_metric(
    'commit', 4000 + n % 1000, null, 'main', 'ada', 'session-1', 12, 4096, 900, '{"objects": 3}')"""
SEED = """seed.record_metric('commit', 4000 + n % 1000, null, 1, 'ada', 'session-1', 12, 4096, 900, '{"objects": 3}')"""
LOOP = """do $$ begin for n in 1..%d loop perform %s; %s end loop; end $$"""
PREPARE = """
insert into oplatency.configurations (config_hash, content) values ('bench', '{}');
insert into oplatency.operation_types (name, category, area, origin) values ('commit', 'WRITE', 'basic', 'catalogue');
insert into oplatency.baselines (
    operation_id, branch_id, as_of, config_hash, revision, lookback_days, n_calls, hours_covered, min_us, p50_us,
    p75_us, p90_us, p95_us, p99_us, max_us, mean_us, sd_us, p99_is_estimable, alert_threshold)
select operation_id, 0, date_trunc('day', now(), 'UTC') - days * interval '1 day', 'bench', 1, 7, 1000, 100,
    4000, 4500, 4600, 4700, 4800, 4900, 5000, 4500, 100, true, 2
from oplatency.operation_types cross join generate_series(0, 30) as days;
insert into seed.baselines (operation_type, baseline_date, p99_us, is_active)
select 'commit', current_date - days, 4900, days = 0 from generate_series(0, 30) as days;
select oplatency.ensure_metric_partitions(current_date - 1, current_date + 2);
analyze;
"""


def microseconds_per_call(connection: Connection, call: str, n: int, *, commit: bool) -> tuple[float, float]:
    """Return what a call takes by the clock, and of the processor."""
    session = psutil.Process(connection.info.backend_pid)
    before = session.cpu_times()
    started = time.perf_counter()
    connection.execute((LOOP % (n, call, "commit;" if commit else "")).encode())
    seconds = time.perf_counter() - started
    after = session.cpu_times()
    return seconds / n * 1e6, (after.user + after.system - before.user - before.system) / n * 1e6


def compare(connection: Connection, n: int, rounds: int, *, commit: bool) -> tuple[Times, Times]:
    """Return the medians of ours and of the seed's, measured in turn."""
    ours: list[Times] = []
    seed: list[Times] = []
    # plans made for empty tables would read them whole later on
    for call in (OURS, SEED):
        microseconds_per_call(connection, call, 2000, commit=commit)
    connection.execute("analyze")
    for number in range(rounds):
        # whoever is first in a round is second in the next
        for call, times in [(OURS, ours), (SEED, seed)][:: 1 if number % 2 else -1]:
            times.append(microseconds_per_call(connection, call, n, commit=commit))
    return median(ours), median(seed)


def median(times: list[Times]) -> Times:
    clock, processor = (statistics.median(part) for part in zip(*times, strict=True))
    return clock, processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with temporary_server() as server:
        migrate(server.url())
        with connect(server.url(), purpose="benchmark") as connection:
            run_script(connection, Path(__file__).with_name("recording_seed.sql").read_text(encoding="utf-8"))
            run_script(connection, PREPARE)
            print(f"{options.calls} calls a round, median of {options.rounds} rounds, microseconds per call\n")
            print("| | ours | seed | ratio |\n|---|---:|---:|---:|")
            for commit in (False, True):
                label = "one transaction a call" if commit else "one transaction for all"
                pair = compare(connection, options.calls, options.rounds, commit=commit)
                for measure, ours, seed in zip(("clock", "processor"), *pair, strict=True):
                    print(f"| {label}, {measure} | {ours:.1f} | {seed:.1f} | {ours / seed:.2f} |")


if __name__ == "__main__":
    main()
