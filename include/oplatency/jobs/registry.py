"""Every windowed job by name, in the order in which results are made: tasks, command line and late data look here."""

from __future__ import annotations

from oplatency.jobs.correlate_operations import CORRELATE
from oplatency.jobs.detect_anomalies import DETECT
from oplatency.jobs.recalculate_baselines import RECALCULATE
from oplatency.jobs.windowed_job import WindowedJob

JOBS: dict[str, WindowedJob] = {job.name: job for job in (RECALCULATE, DETECT, CORRELATE)}
