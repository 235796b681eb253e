"""Records the sample anew: pgbench on a fresh PostgreSQL, with incidents on its last day.

``python -m tools.record_sample`` (``make record-sample``) takes nine minutes and wants the machine to
itself: what else runs on it becomes part of the data. It ends with an error when too little was recorded or
an incident cannot be seen. What the recording is made of lies beside this module: the schema, one pgbench
script per operation, and what brings about and undoes each incident.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from oplatency.errors import OplatencyError, UsageError
from oplatency.local.postgres import EmbeddedPostgres, temporary_server
from oplatency.local.sample import (
    FACTS_NAME,
    LOG_NAME,
    N_DAYS,
    SAMPLE_DIR,
    LogLine,
    Sample,
    load_sample,
    parse_log,
    read_log,
)
from oplatency.warehouse.database import connect
from tools.record_sample.judgement import judge
from tools.record_sample.sample_page import recorder_section, write_section
from tools.record_sample.staged_incidents import CALLS_PRIORITY, INCIDENTS, RECORDER_DIR, cause

#: The operations, in the order of their scripts, with their share of the calls.
WEIGHTS = {
    "get_commits": 8,
    "merge_base_find": 7,
    "ensure_object": 8,
    "get_objects": 8,
    "calculate_branch_size": 7,
    "get_object_timeline": 6,
    "get_object_at_time": 6,
    "conflict_detection": 5,
    "query_temporal_snapshots": 5,
}

# Calls wait for nothing but their own work: no commit waits for the disk, nothing runs in the background
# that would come and go, and a query is the work of one process.
_SERVER_SETTINGS = {
    "shared_buffers": "512MB",
    "fsync": "on",  # the kernel forgets only pages that are on disk
    "synchronous_commit": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "io_method": "sync",
}

# Throttled to about a quarter of two cores, so that calls seldom wait for each other. More clients than
# needed: while calls wait for a lock or the disk, the others must find a free one.
_RATE_TPS = 60
_CLIENTS = 16
_SEED = 20260101
_WARM_UP_S = 25
_REPORT_EVERY_S = 30.0

_REPLAYED_S = N_DAYS * 86_400

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "sample.md"


def script_path(operation: str) -> Path:
    """Return the path of an operation's script, relative to the folder of the recorder."""
    number = list(WEIGHTS).index(operation) + 1
    return Path("scripts") / f"{number:02d}_{operation}.sql"


def record(target: Path, *, seconds: int = 480, warm_up_s: int = _WARM_UP_S) -> Sample:
    """Record a sample on a fresh server that is removed afterwards.

    Parameters
    ----------
    target : Path
        Folder that receives the log and its facts; created if missing. Files of an earlier recording there
        are replaced at the very end.
    seconds : int, optional
        Length of the recording; an eighth of it stands for a day. At least 16, and a divisor of the
        691,200 s of `N_DAYS` days.
    warm_up_s : int, optional
        Seconds of the same load before anything is recorded.

    Returns
    -------
    Sample
        What was recorded. Whether it is any good is for :func:`judge` to say.

    Raises
    ------
    UsageError
        When `seconds` is no such length.
    OplatencyError
        When the server or pgbench fails, or pgbench overran its time.
    """
    if seconds < 16 or _REPLAYED_S % seconds:
        raise UsageError(
            f"{seconds} s cannot be stretched to {N_DAYS} days by a whole factor.",
            where="--seconds",
            remedy="Use 480 s, or another divisor of 691,200 s from 16 s on.",
        )
    with (
        _precedence() as precedence,
        temporary_server(_SERVER_SETTINGS) as server,
        tempfile.TemporaryDirectory(prefix="oplatency-recording-") as temporary,
    ):
        _say("Loading the catalogue ...")
        with connect(server.url(), purpose="recording") as session:
            for statements in _statements(RECORDER_DIR / "schema.sql"):
                session.execute(statements)
            version = session.info.parameter_status("server_version") or "unknown"
        _say(f"Warming up for {warm_up_s} s ...")
        _finish(_start_pgbench(server, warm_up_s, seed=_SEED + 1))

        # A second short of the whole, so that the slowest last call still ends inside.
        length_s = seconds - 1
        prefix = Path(temporary) / "log"
        began = time.time()
        running = _start_pgbench(server, length_s, seed=_SEED, log_prefix=prefix)
        try:
            day_s = seconds / N_DAYS
            last_day = began + length_s - day_s
            incidents: list[dict[str, object]] = []
            for plan in INCIDENTS:
                _wait(running, until=last_day + plan.begins * day_s, began=began, length_s=length_s)
                _say(f"{plan.title}: {', '.join(plan.operations)} ...")
                began_us, ended_us = cause(plan, server, until=last_day + plan.ends * day_s)
                incidents.append(
                    {
                        "kind": plan.kind,
                        "title": plan.title,
                        "cause": plan.cause,
                        "began_us": began_us,
                        "ended_us": ended_us,
                        "operations": list(plan.operations),
                        "not_affected": [name for name in WEIGHTS if name not in plan.operations],
                    }
                )
            _wait(running, until=began + length_s, began=began, length_s=length_s)
        except BaseException:
            running.kill()
            running.communicate()
            raise
        _finish(running)

        lines = [line for path in sorted(Path(temporary).glob("log.*")) for line in parse_log(path.read_text())]
    lines.sort(key=lambda line: (line.completed_us, line.client, line.transaction))
    return _write(target, lines, incidents, seconds=seconds, version=version, precedence=precedence)


def _write(
    target: Path,
    lines: list[LogLine],
    incidents: list[dict[str, object]],
    *,
    seconds: int,
    version: str,
    precedence: bool,
) -> Sample:
    content = "".join(f"{line}\n" for line in lines).encode("ascii")
    ended_us = max(line.completed_us for line in lines) + 1
    started_us = ended_us - seconds * 1_000_000
    first_us = min(line.started_us for line in lines)
    if first_us < started_us:
        raise OplatencyError(
            f"pgbench overran its time by {(started_us - first_us) / 1e6:.1f} s.",
            where="the end of the recording",
            remedy="Record again on a quieter machine.",
        )
    facts = {
        "server_version": version,
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
        "precedence": precedence,
        "command": ["pgbench", *_pgbench_options(seconds - 1, _SEED), "--log"],
        "server_settings": _SERVER_SETTINGS,
        "scripts": [
            {"operation": operation, "file": script_path(operation).as_posix(), "weight": weight}
            for operation, weight in WEIGHTS.items()
        ],
        "clients": _CLIENTS,
        "rate_tps": _RATE_TPS,
        "factor": _REPLAYED_S // seconds,
        "started_us": started_us,
        "ended_us": ended_us,
        "n_transactions": len(lines),
        "log_sha256": hashlib.sha256(content).hexdigest(),
        "incidents": incidents,
    }
    target.mkdir(parents=True, exist_ok=True)
    # The time in the header is 0: the same log gives the same file.
    _replace(target / LOG_NAME, gzip.compress(content, 9, mtime=0))
    _replace(target / FACTS_NAME, (json.dumps(facts, indent=2) + "\n").encode())
    return load_sample(target)


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _pgbench_options(seconds: int, seed: int) -> list[str]:
    scripts = [f"--file={script_path(operation).as_posix()}@{weight}" for operation, weight in WEIGHTS.items()]
    options = [f"--time={seconds}", f"--rate={_RATE_TPS}", f"--client={_CLIENTS}", f"--random-seed={seed}"]
    return ["--no-vacuum", *options, *scripts]


def _start_pgbench(
    server: EmbeddedPostgres, seconds: int, *, seed: int, log_prefix: Path | None = None
) -> subprocess.Popen[str]:
    command = [str(server.bin_dir / "pgbench"), *_pgbench_options(seconds, seed)]
    if log_prefix is not None:
        command += ["--log", f"--log-prefix={log_prefix}"]
    address = urlsplit(server.url())
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PGHOST": address.hostname or "",
        "PGPORT": str(address.port),
        "PGUSER": address.username or "",
        "PGPASSWORD": address.password or "",
        "PGDATABASE": address.path.removeprefix("/"),
    }
    # The scripts have relative names: pgbench takes what follows an @ in a name for a weight.
    return subprocess.Popen(
        command, cwd=RECORDER_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextlib.contextmanager
def _precedence() -> Iterator[bool]:
    """Put this process and all that it starts before the other processes of the machine; only root may.

    Yields
    ------
    bool
        Whether it was granted. A quarter of the processors is all that a recording takes.
    """
    granted = False
    if hasattr(os, "sched_setscheduler"):
        policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(CALLS_PRIORITY))
            granted = True
    try:
        yield granted
    finally:
        if granted:
            os.sched_setscheduler(0, policy, parameters)


def _finish(running: subprocess.Popen[str]) -> None:
    _, errors = running.communicate(timeout=None)
    if running.returncode != 0:
        raise OplatencyError(
            f"pgbench ended with status {running.returncode}.",
            where=errors.strip().splitlines()[-1] if errors.strip() else "pgbench",
            remedy="Run its script by hand against a server with tools/record_sample/schema.sql.",
        )


def _wait(running: subprocess.Popen[str], *, until: float, began: float, length_s: float) -> None:
    """Sleep until an instant of the recording, saying every half minute how far it is."""
    while (now := time.time()) < until:
        if running.poll() not in (None, 0):
            _finish(running)
        next_report = now + _REPORT_EVERY_S - (now - began) % _REPORT_EVERY_S
        time.sleep(max(0.0, min(until, next_report) - time.time()))
        if next_report <= until:
            _say(f"{next_report - began:4.0f} of {length_s:.0f} s recorded")


def _statements(path: Path) -> list[bytes]:
    """Return the statements of a file that has a semicolon at the end of a line only where one ends.

    They are sent one by one because vacuum and checkpoint refuse to share a message with others.
    """
    return [part.encode() for part in path.read_text(encoding="utf-8").split(";\n") if part.strip()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Record, print the judgement, and return the exit code: 1 when the recording is not fit for use.

    A fit recording takes the place of the committed one, and docs/sample.md is brought up to date. One that
    is not fit is kept only where a folder was named for it.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.record_sample", description=__doc__)
    parser.add_argument("--into", type=Path, help="keep the recording here, fit or not; leave the committed one")
    parser.add_argument("--seconds", type=int, default=480, help="length of the recording (default: 480)")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="oplatency-recording-") as temporary:
            into = options.into or Path(temporary)
            sample = record(into, seconds=options.seconds)
            judgement = judge(sample, read_log(sample, into))
            if options.into is None and not judgement.faults:
                for name in (LOG_NAME, FACTS_NAME):
                    _replace(SAMPLE_DIR / name, (into / name).read_bytes())
                write_section(_PAGE, recorder_section())
    except OplatencyError as error:
        _say(str(error))
        return error.exit_code
    print(judgement.table)
    for text in judgement.warnings:
        print(f"warning: {text}")
    for text in judgement.faults:
        print(f"unfit: {text}")
    return 1 if judgement.faults else 0
