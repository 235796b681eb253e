"""One running Airflow with a loaded warehouse, for all tests that need the real thing."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from oplatency.errors import OplatencyError
from oplatency.ingest import gate
from oplatency.ingest.batches import Delivery
from oplatency.jobs.load_bootstrap import bootstrap
from oplatency.local.installation import AIRFLOW_USER, WAREHOUSE_DATABASE, Installation
from oplatency.local.postgres import EmbeddedPostgres
from oplatency.local.runtime import local_runtime
from oplatency.local.supervisor import LocalAirflow
from oplatency.settings import Settings, SourceSettings, load_settings
from oplatency.sources.contract import StagedRow
from oplatency.warehouse.database import connect, row, run, run_script, statement
from oplatency.warehouse.migrations import migrate
from oplatency.windows import DAY, floor_to

HOSTILE = (
    "<img src=x onerror=\"document.title='taken'\">",
    "</script></td><script>document.title='taken'</script>",
    "javascript:document.title='taken'",
    "' onmouseover='document.title=1",
)
"""Names that would act if they were not escaped."""

RUNNING: pytest.StashKey[RunningAirflow] = pytest.StashKey()
SIGNING_ALGORITHM = "HS512"
AUDIENCE = "apache-airflow"


@dataclass(frozen=True)
class RunningAirflow:
    """An installation that runs: PostgreSQL, the warehouse, the api-server and its companions.

    ``pids`` are those of Airflow's components.
    """

    installation: Installation
    server: EmbeddedPostgres
    url: str
    as_of: datetime
    pids: tuple[int, ...]

    @property
    def user(self) -> str:
        """Name on the login page."""
        return AIRFLOW_USER

    @property
    def password(self) -> str:
        """Password on the login page."""
        return self.installation.secrets.admin_password

    def warehouse_url(self, role: str) -> str:
        """Return the URL of the warehouse for a role; ``postgres`` is the superuser."""
        if role == "postgres":
            return self.server.url(WAREHOUSE_DATABASE)
        return self.installation.warehouse_url(self.server, role)

    def token(self, role: str | None, *, key: str | None = None, valid_for: timedelta = timedelta(minutes=10)) -> str:
        """Return a token of a user with this role, signed as Airflow signs them unless another key is given."""
        now = datetime.now(UTC)
        claims = {
            "jti": uuid.uuid4().hex,
            "iss": self.installation.installation_id,
            "aud": AUDIENCE,
            "nbf": now - timedelta(days=1),
            "iat": now - timedelta(days=1),
            "exp": now + valid_for,
            "sub": "somebody",
            "role": role,
            "teams": None,
        }
        if key == "none":
            return jwt.encode(claims, key=None, algorithm="none")
        return jwt.encode(claims, key or self.installation.secrets.jwt_secret, algorithm=SIGNING_ALGORITHM)


@pytest.fixture(scope="session")
def airflow(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAirflow]:
    """Return a running installation with the bootstrap data and a few calls whose names are hostile.

    Two folders register this fixture; the one that asks first starts it for both.
    """
    if RUNNING in pytestconfig.stash:
        yield pytestconfig.stash[RUNNING]
        return
    with run_airflow(tmp_path_factory.mktemp("airflow") / "home") as running:
        pytestconfig.stash[RUNNING] = running
        yield running


@contextlib.contextmanager
def run_airflow(home: Path) -> Iterator[RunningAirflow]:
    """Run an installation of its own until the body ends; nothing but the home folder is left behind."""
    installation = Installation.open(home)
    as_of = floor_to(datetime.now(UTC), DAY)
    try:
        with local_runtime(installation, schedules=False) as (server, running):
            load_warehouse(installation, server, as_of)
            # the scheduler and its companions are not needed here
            _wait_until_it_answers(running)
            pids = tuple(mark.pid for mark in running.components.values())
            yield RunningAirflow(installation, server, running.url, as_of, pids)
    finally:
        if os.geteuid() == 0:
            shutil.rmtree(installation.data_dir.parent, ignore_errors=True)


def load_warehouse(installation: Installation, server: EmbeddedPostgres, as_of: datetime) -> None:
    """Bring an empty warehouse to what the tests expect, with the jobs that the DAGs run."""
    settings = load_settings()
    owner = installation.warehouse_url(server, "oplatency_owner")
    writer = installation.warehouse_url(server, "oplatency_writer")
    migrate(owner)
    with connect(server.url(WAREHOUSE_DATABASE), purpose="tests") as connection, connection.transaction():
        row(connection, "local/pass_as_of", {"as_of": as_of.isoformat()})
        run_script(connection, statement("local/set_as_of"))
    bootstrap(writer, as_of=as_of, settings=settings)
    _store_hostile_calls(writer, as_of, settings)
    with connect(owner, purpose="tests") as connection:
        mark = {
            "title": HOSTILE[0],
            "began_at": as_of - timedelta(hours=3),
            "ended_at": as_of - timedelta(hours=2),
            "operations": list(HOSTILE),
            "note": " ".join(HOSTILE),
        }
        run(connection, "local/insert_mark", mark)


def _store_hostile_calls(url: str, as_of: datetime, settings: Settings) -> None:
    calls = [
        StagedRow(
            number,
            raw=name,
            values={
                "operation": name,
                "started_at": (as_of - timedelta(hours=number)).isoformat(),
                "duration_us": "1000",
                "branch": name,
                "user_name": name,
            },
        )
        for number, name in enumerate(HOSTILE, start=1)
    ]
    token = gate.stage_rows(
        url,
        calls,
        Delivery(
            source="hostile",
            format="builtin",
            path="hostile",
            content_hash=b"hostile",
            size=1,
            received_at=as_of,
            settings=SourceSettings(),
        ),
        settings=settings,
    )
    gate.audit(url, token)
    account = gate.publish(url, token, settings=settings)
    assert account.accepted == len(HOSTILE)


def _wait_until_it_answers(running: LocalAirflow) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        running.check_alive()
        with contextlib.suppress(OplatencyError):
            running.api().health()
            return
        time.sleep(0.2)
    raise TimeoutError("the api-server does not answer")
