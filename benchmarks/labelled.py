"""Judge synthetic series like those that people label, day by day, the way that files go: ingest, detect, export.

    python benchmarks/labelled.py [--seeds 2]

All series go into one warehouse, as CSV files, and every day is judged as ``oplatency detect`` does. Prints one
Markdown table; docs/statistics.md keeps the last one. An alert is what alerts in ``oplatency export anomalies``: calls
with gaps of at most an hour, or a closed day. "Plain" is 3 sigma on raw durations against the seven days before the
day, three calls in a row. Everything is seeded: the same table each time.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import labelled_series as ls
from empty_warehouse import empty_warehouse
from oplatency.ingest.gate import delivery_of, ingest_file
from oplatency.jobs import missing_baselines, windowed_job
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.windowed_job import Request
from oplatency.quality.auditor import Auditor
from oplatency.reports.export import load
from oplatency.settings import Settings
from oplatency.sources.files.inputs import inspect
from oplatency.warehouse.database import connect
from oplatency.windows import DAY, Window

START = datetime(1970, 1, 1, tzinfo=UTC) + ls.START_DAY * DAY
SETTINGS = Settings()
GAP_H = 1.0
FIRST_DAY = 5
"""Before this day no baseline covers enough days to alert."""

IntervalRequest = tuple[float, float]
"""First and last instant, hours since the first midnight."""


@dataclass
class Score:
    """Alerts of some series held against their labels."""

    found: int = 0
    labels: int = 0
    true: int = 0
    false: int = 0
    days: int = 0
    delays_h: list[float] = field(default_factory=list)

    def add(self, series: ls.Series, intervals: list[IntervalRequest]) -> None:
        self.days += series.days - FIRST_DAY
        for start, end in series.labels:
            hits = [first for first, last in intervals if first < end and last >= start]
            self.labels += 1
            self.found += bool(hits)
            # a label begins before what it is about
            self.delays_h += [max(min(hits) - start - ls.MARGIN_H, 0.0)] if hits else []
        true = sum(any(first < end and last >= start for start, end in series.labels) for first, last in intervals)
        self.true, self.false = self.true + true, self.false + len(intervals) - true

    def row(self, name: str, plain: Score) -> str:
        told = self.true + self.false
        shown = f"{self.true / told:.2f}" if told else "-"
        delay = f"{median(self.delays_h):.1f} h" if self.delays_h else "-"
        recall = f"{self.found}/{self.labels}"
        of_plain = f"{plain.found}/{plain.labels}, {plain.false / plain.days:.2f}"
        return f"| {name} | {recall} | {shown} | {self.false / self.days:.2f} | {delay} | {of_plain} |"


def write(path: Path, operation: str, series: ls.Series) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["operation", "started_at", "duration_ms"])
        for started_us, duration in zip(series.started_us.tolist(), series.durations_ms.tolist(), strict=True):
            rows.writerow([operation, datetime.fromtimestamp(started_us / 1e6, UTC).isoformat(), f"{duration:.3f}"])


def judge(url: str, made: dict[str, ls.Series]) -> dict[str, list[IntervalRequest]]:
    """Return the alerting intervals of each series, after every day was judged in order."""
    last = max(series.days for series in made.values())
    with tempfile.TemporaryDirectory() as folder, Auditor() as auditor:
        for operation, series in made.items():
            path = Path(folder) / f"{operation}.csv"
            write(path, operation, series)
            file = inspect(str(path))
            arrived = START + last * DAY
            ingest_file(url, file, delivery_of(file, "bench", arrived, SETTINGS), settings=SETTINGS, auditor=auditor)
    for number in range(FIRST_DAY, last):
        day = Window(START + number * DAY, START + (number + 1) * DAY)
        missing_baselines.complete(url, day, settings=SETTINGS)
        windowed_job.run(url, DETECT, Request(SETTINGS, day.end, day.start))
    with connect(url, purpose="bench") as connection:
        exported = load(connection, "anomalies")
    found: dict[str, list[IntervalRequest]] = {operation: [] for operation in made}
    names = list(exported.columns)
    calls: dict[str, list[float]] = {operation: [] for operation in made}
    for cells in exported.rows:
        row = dict(zip(names, cells, strict=True))
        # the silence after the last call of a series that ends before others says nothing
        if not row["alerting"] or hours(row["window_end"]) > made[row["operation"]].days * 24:
            continue
        if row["kind"] == "point":
            calls[row["operation"]].append(hours(row["observed_at"]))
        else:
            found[row["operation"]].append((hours(row["window_start"]), hours(row["window_end"])))
    return {operation: [*intervals(calls[operation]), *found[operation]] for operation in made}


def hours(instant: datetime) -> float:
    return (instant - START) / timedelta(hours=1)


def intervals(at_h: Iterable[float]) -> list[IntervalRequest]:
    """Return runs of instants with gaps of at most an hour."""
    joined: list[IntervalRequest] = []
    for at in sorted(at_h):
        if joined and at - joined[-1][1] <= GAP_H:
            joined[-1] = (joined[-1][0], at)
        else:
            joined.append((at, at))
    return joined


def plain(series: ls.Series) -> list[IntervalRequest]:
    """Return where three calls in a row lie beyond 3 sigma of the seven days before their day."""
    slow: list[float] = []
    for day in range(FIRST_DAY, series.days):
        before = (series.at_h < day * 24) & (series.at_h >= (day - 7) * 24)
        judged = (series.at_h >= day * 24) & (series.at_h < (day + 1) * 24)
        known, values, at = series.durations_ms[before], series.durations_ms[judged], series.at_h[judged]
        far = values >= known.mean() + 3 * known.std(ddof=1)
        slow += at[2:][far[2:] & far[1:-1] & far[:-2]].tolist()
    return intervals(slow)


def measure(kinds: Iterable[str], seeds: int) -> dict[str, tuple[Score, Score]]:
    """Return ours and the plain rule's score of each kind."""
    kinds = list(kinds)
    made = {f"{kind}_{seed}": ls.make(kind, seed) for kind in kinds for seed in range(1, seeds + 1)}
    with empty_warehouse() as url:
        found = judge(url, made)
    scores = {kind: (Score(), Score()) for kind in kinds}
    for operation, series in made.items():
        ours, of_plain = scores[operation.rpartition("_")[0]]
        ours.add(series, found[operation])
        of_plain.add(series, plain(series))
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="series of each kind")
    scores = measure(ls.KINDS, parser.parse_args().seeds)
    print("| kind | labels found | precision of alerts | false alerts a day | delay | plain: found, false a day |")
    print("|---|---|---|---|---|---|")
    totals = (Score(), Score())
    for kind, pair in scores.items():
        print(pair[0].row(kind.replace("_", " "), pair[1]), flush=True)
        for total, score in zip(totals, pair, strict=True):
            for name in ("found", "labels", "true", "false", "days"):
                setattr(total, name, getattr(total, name) + getattr(score, name))
            total.delays_h += score.delays_h
    print(totals[0].row("all", totals[1]))


if __name__ == "__main__":
    main()
