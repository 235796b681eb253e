"""The server stops at once, answers get lost, connections are reset: a file is still counted once, or not at all."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from proxy import Proxy, proxied
from psycopg import sql

from ingestion import ARRIVED, Ingestion, csv_text
from oplatency.ingest import gate
from oplatency.ingest.batches import Batch
from oplatency.local import data_folder
from oplatency.local.binaries import server_account
from oplatency.local.postgres import EmbeddedPostgres, temporary_server
from oplatency.warehouse.database import connect
from oplatency.warehouse.migrations import migrate

PASSWORD = "for-tests-only"
N_CALLS = 3000
"""Of which the last one is refused."""


def calls() -> str:
    """Return a file of some 150 kB with rows of every fate."""
    start = ARRIVED - timedelta(days=1)
    plain = [f"op{n % 5},{(start + n * timedelta(seconds=7)).isoformat()},{5000 + n}," for n in range(N_CALLS - 100)]
    judged = [f"op7,{(start + n * timedelta(seconds=7)).isoformat()},6e3,timeout" for n in range(99)]
    return csv_text([*plain, *judged, "op1,2026-03-09T10:00:00Z,-5,"], "operation,started_at,duration_us,error")


def ingest(ingestion: Ingestion, url: str) -> Batch:
    file = ingestion.file(calls())
    return gate.ingest_file(
        url, file, gate.delivery_of(file, "app", ARRIVED, ingestion.settings), settings=ingestion.settings
    )


def check_promises(ingestion: Ingestion, batch: Batch) -> None:
    """See to it that the account is true and that the file again brings nothing new."""
    ingestion.balanced(batch)
    assert (batch.status, batch.rows_in, batch.quarantined) == ("published", N_CALLS, 1)
    batches = ingestion.batches()
    assert {batch["status"] for batch in batches} <= {"published", "superseded"}
    assert sum(batch["accepted"] for batch in batches) == len(ingestion.facts()) == N_CALLS - 1
    digest = ingestion.digest()
    assert ingest(ingestion, ingestion.url).accepted == 0
    assert ingestion.digest() == digest


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "RETRY_DELAY_S", 0.2)


class Mortal:
    """A server of its own that can be stopped as by a crash, and a proxy through which it keeps its address."""

    def __init__(self, server: EmbeddedPostgres, proxy: Proxy) -> None:
        self.server, self.proxy = server, proxy
        self.n_crashes = 0

    def crash(self) -> None:
        """Stop it without a checkpoint, start it again, and wait until it has recovered."""
        account = server_account()
        command = [self.server.bin_dir / "pg_ctl", "stop", "-m", "immediate", "-D", self.server.data_dir]
        done = subprocess.run(
            command,
            env=data_folder.SERVER_ENVIRONMENT,
            cwd="/",
            capture_output=True,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
        )
        assert done.returncode == 0, done.stderr
        self.server.stop()
        self.server.start()
        self.n_crashes += 1


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    with temporary_server({"synchronous_commit": "on"}) as server, proxied(lambda: server.port) as proxy:
        with connect(server.url(), purpose="tests") as admin:
            for role in ("oplatency_owner", "oplatency_writer", "oplatency_recorder", "oplatency_reader"):
                command = sql.SQL("create role {} login password {}")
                admin.execute(command.format(sql.Identifier(role), sql.Literal(PASSWORD)))
        yield Mortal(server, proxy)


_numbers = itertools.count(1)


@pytest.fixture
def doomed(mortal: Mortal, tmp_path: Path) -> Ingestion:
    """Return a warehouse on the server that is going to crash."""
    name = f"doomed_{next(_numbers)}"
    with connect(mortal.server.url(), purpose="tests") as admin:
        admin.execute(sql.SQL("create database {} owner oplatency_owner").format(sql.Identifier(name)))
    # not copied from a template: PostgreSQL can lose the empty index pages of copied unlogged tables in a crash
    migrate(mortal.server.url(name, "oplatency_owner", PASSWORD))
    return Ingestion(mortal.proxy.url(mortal.server.url(name, "oplatency_writer", PASSWORD)), tmp_path)


def once(place: str, act: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Act when the gate first comes to a failpoint, or when it begins its second or third step."""
    done: list[str] = []

    def reached(name: str) -> None:
        if name == place and not done:
            done.append(name)
            act()

    monkeypatch.setattr(gate, "reach", reached)
    for step in ("audit", "publish"):
        monkeypatch.setattr(gate, step, _announced(step, getattr(gate, step), reached))


def _announced(step: str, real: Callable[..., Any], reached: Callable[[str], None]) -> Callable[..., Any]:
    def begun(*given: Any, **named: Any) -> Any:
        reached(step)
        return real(*given, **named)

    return begun


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "place",
    [
        "ingest.after_copy",
        pytest.param("ingest.after_validate", marks=SLOW),
        "audit",
        pytest.param("publish", marks=SLOW),
        "ingest.after_insert",
        pytest.param("ingest.before_commit", marks=SLOW),
        pytest.param("ingest.after_commit", marks=SLOW),
    ],
)
def test_F70_a_server_that_crashes_while_a_file_comes_in_counts_it_once(
    mortal: Mortal, doomed: Ingestion, place: str, monkeypatch: pytest.MonkeyPatch
):
    before = mortal.n_crashes
    once(place, mortal.crash, monkeypatch)

    batch = ingest(doomed, doomed.url)

    assert mortal.n_crashes == before + 1
    check_promises(doomed, batch)


def test_F70_a_server_that_does_not_come_back_is_an_error_and_the_next_run_makes_it_good(
    mortal: Mortal, doomed: Ingestion, monkeypatch: pytest.MonkeyPatch
):
    once("ingest.after_insert", mortal.server.stop, monkeypatch)
    with pytest.raises(gate.UnreachableError, match="cannot be reached"):
        ingest(doomed, doomed.url)
    mortal.server.start()

    check_promises(doomed, ingest(doomed, doomed.url))


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def test_F71_a_commit_whose_answer_is_lost_is_found_and_nothing_is_counted_twice(
    ingestion: Ingestion, server, monkeypatch: pytest.MonkeyPatch
):
    with proxied(lambda: server.port) as proxy:
        monkeypatch.setattr(
            gate,
            "reach",
            lambda name: setattr(proxy, "drop_after", b"COMMIT") if name == "ingest.before_commit" else None,
        )
        batch = ingest(ingestion, proxy.url(ingestion.url))

    assert proxy.n_broken == 1
    assert batch.accepted == N_CALLS - 1
    assert [found["status"] for found in ingestion.batches()] == ["published"]
    check_promises(ingestion, batch)


def test_F71_a_staging_whose_answer_is_lost_is_superseded_by_the_next_attempt(
    ingestion: Ingestion, server, monkeypatch: pytest.MonkeyPatch
):
    with proxied(lambda: server.port) as proxy:
        once("ingest.after_validate", lambda: setattr(proxy, "drop_after", b"COMMIT"), monkeypatch)
        batch = ingest(ingestion, proxy.url(ingestion.url))

    assert proxy.n_broken == 1
    assert [found["status"] for found in ingestion.batches()] == ["superseded", "published"]
    check_promises(ingestion, batch)


def test_F72_a_connection_reset_every_100_kB_ends_in_an_error_and_changes_nothing(ingestion: Ingestion, server):
    before = ingestion.row_counts()
    with proxied(lambda: server.port) as proxy:
        proxy.reset_every = 100_000
        with pytest.raises(psycopg.OperationalError):
            ingest(ingestion, proxy.url(ingestion.url))

    assert proxy.n_broken == gate.MAX_ATTEMPTS
    assert ingestion.row_counts() == before
    assert ingest(ingestion, ingestion.url).accepted == N_CALLS - 1
