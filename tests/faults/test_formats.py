"""One command over files of every format, each made by a program that is not ours; the second time nothing is new."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pytest

from ingestion import Ingestion
from oplatency import cli
from oplatency.local import data_folder
from otel_traces import exported_trace, line

CALLS = """
    select
        '{name}_' || i % 3 as operation,
        timestamptz '{start}' + to_microseconds(i * 1000001) as started_at,
        (5000 + i)::bigint as duration_us,
        case when i % 2 = 0 then '{name}-' || i end as event_id,
        'ada' as "user",
        i as rows_affected,
        case when i % 7 = 0 then '{{"note": "a, \\"b\\" é"}}' end as metadata,
        case when i % 5 = 0 then 'timeout' end as error
    from range(100) as t (i)
"""
WRITTEN = {"csv": "format csv, header", "jsonl": "format json", "parquet": "format parquet"}


def run(monkeypatch: pytest.MonkeyPatch, capsys: Any, url: str, *arguments: str) -> list[dict[str, Any]]:
    """Run the command once; return the accounts it prints, by the name of the file."""
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["oplatency", "ingest", *arguments, "--json"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr().out
    assert not caught.value.code, printed
    batches: list[dict[str, Any]] = json.loads(printed)["batches"]
    return batches


def measure(server: Any, database: str, folder: Path) -> None:
    """Run pgbench with a log of its transactions, none so short that it notes 0 us."""
    (folder.parent / "quick.sql").write_text("select pg_sleep(0.0005);\n")
    (folder.parent / "slow.sql").write_text("select pg_sleep(0.002);\n")
    address = urlsplit(server.url(database))
    command = [server.bin_dir / "pgbench", "--no-vacuum", "--client=2", "--transactions=50", "--log"]
    command += [f"--log-prefix={folder / 'bench'}"]
    command += [f"--file={folder.parent / name}" for name in ("quick.sql", "slow.sql")]
    command += [f"--host={address.hostname}", f"--port={address.port}", f"--username={address.username}", database]
    secret = {"PGPASSWORD": unquote(address.password or "")}
    subprocess.run(
        command, env=data_folder.SERVER_ENVIRONMENT | secret, cwd=folder, check=True, capture_output=True, timeout=60
    )
    (log,) = folder.glob("bench.*")
    log.rename(folder / "bench.log")


def test_one_command_brings_in_a_file_of_each_format_made_by_other_programs_and_the_second_time_all_is_duplicate(
    warehouse, server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    landing = tmp_path / "app"
    landing.mkdir()
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    for name, options in WRITTEN.items():
        query = CALLS.format(name=name, start=start.isoformat())
        with duckdb.connect() as session:
            session.execute("set timezone = 'UTC'")
            session.execute(f"copy ({query}) to '{landing / f'calls.{name}'}' ({options})")
    (landing / "traces.json").write_text(line(exported_trace(int(start.timestamp()) * 10**9)))
    measure(server, warehouse.database, landing)
    (landing / "source.toml").write_text('operations = ["quick", "slow"]\n')
    ingestion = Ingestion(warehouse.url(), tmp_path)

    first = {Path(batch["path"]).name: batch for batch in run(monkeypatch, capsys, ingestion.url, str(landing))}
    digest = ingestion.digest()
    second = {Path(batch["path"]).name: batch for batch in run(monkeypatch, capsys, ingestion.url, str(landing))}

    rows = {"bench.log": 100, "calls.csv": 100, "calls.jsonl": 100, "calls.parquet": 100, "traces.json": 3}
    assert {name: batch["rows_in"] for name, batch in first.items()} == rows
    for name, batch in first.items():
        assert (batch["accepted"], batch["duplicate"], batch["quarantined"]) == (rows[name], 0, 0), batch
        again = second[name]
        assert (again["rows_in"], again["accepted"], again["quarantined"]) == (rows[name], 0, 0), again
        assert again["duplicate"] == rows[name]
        assert (batch["source"], batch["status"], again["status"]) == ("app", "published", "published")
    assert ingestion.digest() == digest
    assert {row["of_table"]: row["n_rows"] for row in digest} == {"metrics": 401, "spans": 3}
    facts = ingestion.facts()
    assert {fact["operation"] for fact in facts} == {
        "quick", "slow", "GET /commits/17", *(f"{name}_{n}" for name in WRITTEN for n in range(3)),
    }  # fmt: skip
    assert all(fact["duration_us"] >= 2000 for fact in facts if fact["operation"] == "slow")
    noted = [fact["metadata"] for fact in facts if fact["metadata"] and "note" in fact["metadata"]]
    assert noted == [{"note": 'a, "b" é'}] * 45
