"""One installation: a home folder with its secrets, its data and the record of what is running.

Everything that belongs to an installation lies in its home, ``OPLATENCY_HOME`` or ``.oplatency`` in the
checkout, except that root keeps the database below ``/var/lib/oplatency`` (see
:mod:`oplatency.local.postgres`).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oplatency.errors import OplatencyError
from oplatency.local.guardian import MARKER, start_mark
from oplatency.local.postgres import EmbeddedPostgres, data_dir_for

HOME = "OPLATENCY_HOME"
ROLES = ("oplatency_owner", "oplatency_writer", "oplatency_recorder", "oplatency_reader")
WAREHOUSE_DATABASE = "oplatency"
AIRFLOW_DATABASE = "airflow"
AIRFLOW_USER = "admin"


@dataclass(frozen=True)
class ProcessMark:
    """A process, distinguished from a later one with the same pid by its start."""

    pid: int
    mark: str

    @classmethod
    def of(cls, pid: int) -> ProcessMark:
        """Describe a live process; of a dead one the mark stays empty and matches nothing."""
        return cls(pid, start_mark(pid) or "")

    @classmethod
    def current(cls) -> ProcessMark:
        """Describe this process."""
        return cls.of(os.getpid())

    @property
    def alive(self) -> bool:
        """Whether this very process still lives."""
        return bool(self.mark) and start_mark(self.pid) == self.mark


@dataclass(frozen=True)
class RunningState:
    """What a running installation has written down about itself.

    ``supervisor`` is the process that started all others; ``components`` are Airflow's, by name;
    ``started_at`` is an ISO instant in UTC.
    """

    supervisor: ProcessMark
    postgres: ProcessMark
    postgres_port: int
    components: Mapping[str, ProcessMark]
    api_url: str
    schedules: bool
    started_at: str

    def to_json(self) -> str:
        """Return the state as a JSON object."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> RunningState:
        """Read what :meth:`to_json` wrote; raises ValueError, KeyError or TypeError on anything else."""
        values: dict[str, Any] = json.loads(text)
        return cls(
            supervisor=ProcessMark(**values["supervisor"]),
            postgres=ProcessMark(**values["postgres"]),
            postgres_port=int(values["postgres_port"]),
            components={name: ProcessMark(**value) for name, value in values["components"].items()},
            api_url=str(values["api_url"]),
            schedules=bool(values["schedules"]),
            started_at=str(values["started_at"]),
        )


@dataclass(frozen=True)
class Secrets:
    """Everything secret of an installation, drawn once at random.

    ``passwords`` holds one password a database role, ``postgres`` and ``airflow`` among them.
    """

    installation_id: str
    passwords: Mapping[str, str]
    fernet_key: str
    api_secret_key: str
    jwt_secret: str
    admin_password: str

    @classmethod
    def draw(cls) -> Secrets:
        """Draw new secrets from the system's random source."""
        return cls(
            installation_id=secrets.token_hex(6),
            passwords={role: secrets.token_urlsafe(24) for role in ("postgres", "airflow", *ROLES)},
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            api_secret_key=secrets.token_urlsafe(32),
            jwt_secret=secrets.token_urlsafe(48),
            admin_password=secrets.token_urlsafe(12),
        )

    def __repr__(self) -> str:
        return f"Secrets(installation_id={self.installation_id!r}, ...)"


@dataclass(frozen=True)
class Installation:
    """A home folder that has its secrets. Use :meth:`open`."""

    home: Path
    secrets: Secrets

    @classmethod
    def open(cls, home: Path | None = None) -> Installation:
        """Open the installation of a home folder, creating both on first use.

        Parameters
        ----------
        home : Path, optional
            By default ``OPLATENCY_HOME``, else ``.oplatency`` in the checkout.

        Raises
        ------
        OplatencyError
            When the folder cannot be written, or its secrets cannot be read.
        """
        folder = (home or default_home()).absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / "secrets.json"
            if not path.exists():
                # Of two first commands at once the later one takes over what the earlier one drew.
                with contextlib.suppress(FileExistsError):
                    write_private(path, json.dumps(asdict(Secrets.draw()), indent=2), replace=False)
            values = json.loads(path.read_text(encoding="utf-8"))
            installation = cls(folder, Secrets(**values))
            for part in (installation.landing, installation.airflow_home, installation.logs):
                part.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise OplatencyError(
                f"The home folder cannot be used: {error.strerror}.",
                where=error.filename or str(folder),
                remedy=f"Set {HOME} to a folder that you can write to.",
            ) from error
        except (ValueError, TypeError) as error:
            raise OplatencyError(
                "The secrets of the installation cannot be read.",
                where=str(folder / "secrets.json"),
                remedy="Restore the file from a copy, or move the home folder away to start afresh.",
            ) from error
        return installation

    @property
    def installation_id(self) -> str:
        """Random identity of the installation, twelve hexadecimal digits."""
        return self.secrets.installation_id

    @property
    def landing(self) -> Path:
        """Folder that ``ingest_metrics`` watches."""
        return self.home / "landing"

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder."""
        return self.home / "airflow"

    @property
    def logs(self) -> Path:
        """Folder of the logs of the server and of Airflow's components."""
        return self.home / "logs"

    @property
    def data_dir(self) -> Path:
        """Data folder of the embedded server."""
        return data_dir_for(self.home, self.installation_id)

    @property
    def secrets_file(self) -> Path:
        """The file that holds every secret, readable by its owner only."""
        return self.home / "secrets.json"

    @property
    def state_file(self) -> Path:
        """The record of what is running; absent when nothing is."""
        return self.home / "running.json"

    def server(self) -> EmbeddedPostgres:
        """Describe the installation's server; it is not started."""
        return EmbeddedPostgres(
            self.data_dir,
            superuser_password=self.secrets.passwords["postgres"],
            log_file=self.logs / "postgres.log",
        )

    def warehouse_url(self, server: EmbeddedPostgres, role: str) -> str:
        """Return the URL of the warehouse for one of the four roles."""
        return server.url(WAREHOUSE_DATABASE, role, self.secrets.passwords[role])

    def airflow_database_url(self, server: EmbeddedPostgres) -> str:
        """Return the URL of Airflow's metadata database, for its own role."""
        return server.url(AIRFLOW_DATABASE, "airflow", self.secrets.passwords["airflow"])

    def write_state(self, state: RunningState) -> None:
        """Record what is running."""
        write_private(self.state_file, state.to_json())

    def clear_state(self) -> None:
        """Remove the record of what is running."""
        self.state_file.unlink(missing_ok=True)

    def running(self) -> RunningState | None:
        """Return the record of the running server if the process that wrote it still lives, else None."""
        try:
            state = RunningState.from_json(self.state_file.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return state if state.supervisor.alive else None

    def destroy(self) -> list[Path]:
        """Delete the installation: its data, its secrets, its landing folder; return the folders that are gone.

        Raises
        ------
        OplatencyError
            If it is running, or the data folder is none of ours; nothing was deleted then.
        """
        if self.running() is not None:
            raise OplatencyError("The installation is running.", where=str(self.home), remedy="oplatency down")
        data = self.data_dir
        if data.exists() and not (data / MARKER).exists():
            raise OplatencyError(
                "The data folder was not made by oplatency.", where=str(data), remedy="look at it, delete it by hand"
            )
        gone = []
        if data.exists():
            # as root the data lies in a folder of its own, named after the installation
            gone.append(data.parent if data.parent.name == self.installation_id else data)
        if self.secrets_file.exists():
            gone.append(self.home)
        for folder in gone:
            shutil.rmtree(folder)
        return gone


def write_private(path: Path, content: str, *, replace: bool = True) -> None:
    """Write a file of mode 0600 in one step: readers see the old content or the new, never a part.

    Raises
    ------
    FileExistsError
        When the file exists and `replace` is false.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            path.hardlink_to(name)
    finally:
        Path(name).unlink(missing_ok=True)


def project_root() -> Path:
    """Return the checkout: the folder with ``pyproject.toml`` and ``dags`` that this package belongs to.

    Raises
    ------
    OplatencyError
        When the package was installed from a wheel and no checkout is around the current folder.
    """
    here = Path.cwd()
    for candidate in (Path(__file__).resolve().parents[3], here, *here.parents):
        if (candidate / "pyproject.toml").is_file() and (candidate / "dags").is_dir():
            return candidate
    raise OplatencyError(
        "The local Airflow needs a checkout of oplatency: the DAG files are not part of the package.",
        where=str(here),
        remedy="Run the command inside a checkout, or use the commands that need no Airflow.",
    )


def default_home() -> Path:
    """Return ``OPLATENCY_HOME``, else ``.oplatency`` in the checkout."""
    chosen = os.environ.get(HOME)
    return Path(chosen).expanduser() if chosen else project_root() / ".oplatency"
