"""Bring one file in through the gate, as ``oplatency ingest`` does, once all libraries are loaded.

Writes ``ready`` to standard output, waits for a line, and writes rows, seconds, and the peak memory in MB of the larger
of the two processes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from oplatency.ingest.gate import delivery_of, ingest_file
from oplatency.quality.auditor import Auditor
from oplatency.settings import Settings
from oplatency.sources.files.inputs import inspect


def children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def peak_mb(process: str) -> int:
    # getrusage() would tell the peak of whoever started the process, where that was larger
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


def main(url: str, path: str) -> None:
    with Auditor() as auditor:
        # answers once Great Expectations is loaded; a night's work loads it once, whatever the number of rows, as it
        # does pandas, which Arrow loads with the first array
        pa.array([0])
        auditor.audit(url, "staged_metrics", run_token=uuid4())
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        begun = time.perf_counter()
        file = inspect(path)
        account = ingest_file(
            url, file, delivery_of(file, "bench", datetime.now(UTC), Settings()), settings=Settings(), auditor=auditor
        )
        seconds = time.perf_counter() - begun
        peaks = [peak_mb(process) for process in ("self", *children())]
    told = {"rows_in": account.rows_in, "accepted": account.accepted, "seconds": seconds, "peak_mb": max(peaks)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
