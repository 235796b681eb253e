"""Whether a recorded sample is fit to be committed: enough calls, calm days, incidents that can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from oplatency.local.sample import N_DAYS, LogLine, Sample
from oplatency.windows import to_us

#: Fewer transactions than this make no sample.
MIN_TRANSACTIONS = 20_000
#: An incident counts as seen when it multiplies the median of each of its operations by this much.
MIN_SLOWDOWN = 1.5
#: A calm minute whose median is further than this from the median of all calm minutes is reported.
MAX_DAY_VARIATION = 0.15
#: Without the end of a single call for this long, in seconds, the machine stood still.
MAX_STANDSTILL_S = 1.0


@dataclass(frozen=True)
class RecordingCheck:
    """What is good and bad about a recording.

    Attributes
    ----------
    table : str
        Calls, median and p99 (ms) per operation and recorded day, and the slow-down within the incidents.
    warnings : tuple of str
        Calm days that were not calm.
    faults : tuple of str
        Reasons not to use the recording.
    """

    table: str
    warnings: tuple[str, ...]
    faults: tuple[str, ...]


def judge(sample: Sample, lines: Sequence[LogLine]) -> RecordingCheck:
    """Say whether a recording is fit to be committed.

    Parameters
    ----------
    sample : Sample
        The recording.
    lines : sequence of LogLine
        Its log.
    """
    script = np.array([line.script for line in lines])
    started_us = np.array([line.started_us for line in lines])
    service_ms = np.array([line.service_us for line in lines]) / 1000.0
    day_us = (sample.ended_at - sample.started_at) / timedelta(microseconds=1) / N_DAYS
    begin_us = to_us(sample.started_at)
    day = np.minimum((started_us - begin_us) // day_us, N_DAYS - 1)
    rows = [f"{'ms: median / p99':26}" + "".join(f"{f'day {n + 1}':>14}" for n in range(N_DAYS)) + f"{'calls':>8}"]
    warnings, faults = [], []
    for number, operation in enumerate(sample.operations):
        mine = script == number
        per_day = [service_ms[mine & (day == n)] for n in range(N_DAYS)]
        if any(len(calls) == 0 for calls in per_day):
            faults.append(f"{operation} has a day without a call.")
            continue
        cells = "".join(f"{np.median(calls):7.1f}/{np.quantile(calls, 0.99):6.1f}" for calls in per_day)
        rows.append(f"{operation:26}{cells}{int(mine.sum()):8d}")
        medians = np.array([np.median(calls) for calls in per_day[:-1]])
        for n in np.flatnonzero(np.abs(medians / np.median(medians) - 1.0) > MAX_DAY_VARIATION):
            variation = medians[n] / np.median(medians) - 1.0
            warnings.append(f"{operation}: the median of day {n + 1} is {variation:+.0%} off the calm days.")
    for incident in sample.incidents:
        within = (started_us >= to_us(incident.began_at)) & (started_us < to_us(incident.ended_at))
        rows.append(f"{incident.title}: median within the incident / on calm days")
        for number, operation in enumerate(sample.operations):
            calm = service_ms[(script == number) & (day < N_DAYS - 1)]
            during = service_ms[(script == number) & within]
            if len(calm) == 0 or len(during) == 0:
                faults.append(f"{incident.title}: no call of {operation} in it.")
                continue
            slowdown = float(np.median(during) / np.median(calm))
            hit = operation in incident.operations
            rows.append(f"  {operation:24}{slowdown:7.2f} over {len(during)} calls{'  <- meant' if hit else ''}")
            if hit and slowdown < MIN_SLOWDOWN:
                faults.append(f"{incident.title}: {operation} became only {slowdown:.2f} times slower.")
            if not hit and slowdown > MIN_SLOWDOWN:
                warnings.append(f"{incident.title}: {operation} became {slowdown:.2f} times slower, unmeant.")
    completed_us = np.sort([line.completed_us for line in lines])
    standstill_s = float(np.max(np.diff(completed_us), initial=0)) / 1e6
    if standstill_s > MAX_STANDSTILL_S:
        faults.append(f"No call ended for {standstill_s:.1f} s: the machine stood still.")
    if sample.n_transactions < MIN_TRANSACTIONS:
        faults.append(f"{sample.n_transactions} transactions are fewer than {MIN_TRANSACTIONS}.")
    return RecordingCheck("\n".join(rows), tuple(warnings), tuple(faults))
