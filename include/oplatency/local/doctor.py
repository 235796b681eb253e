"""What is wrong with this machine or this installation, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oplatency.errors import OplatencyError
from oplatency.local.data_folder import MAJOR_VERSION
from oplatency.local.installation import ROLES, Installation, project_root
from oplatency.local.postgres import port_is_free
from oplatency.local.supervisor import DEFAULT_PORT
from oplatency.local.warehouse import warehouse_address
from oplatency.warehouse import database

_NEEDED_BYTES = 2 * 10**9
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def diagnose(installation: Installation) -> list[Check]:
    """Look at the machine and the installation without changing either.

    A check that cannot be carried out counts as failed and says why.
    """
    checks: tuple[tuple[str, Callable[[Installation], Check]], ...] = (
        ("python", _python),
        ("packages", _packages),
        ("home", _home),
        ("secrets", _secrets),
        ("disk", _disk),
        ("port", _port),
        ("runtime", _runtime),
        ("server", _server),
        ("roles", _roles),
    )
    return [_carry_out(name, check, installation) for name, check in checks]


def _carry_out(name: str, check: Callable[[Installation], Check], installation: Installation) -> Check:
    try:
        return check(installation)
    except OplatencyError as error:
        detail = f"{error.message} ({error.where})" if error.where else error.message
        return Check(name, ok=False, detail=detail, remedy=error.remedy)
    except OSError as error:
        return Check(name, ok=False, detail=str(error), remedy="Check the permissions of that path.")


def _python(_installation: Installation) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info[:2] == (3, 11), version, "Use Python 3.11.")


def _locked_versions(lock: Path) -> Iterator[tuple[str, str]]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if found := _LOCKED.match(line):
            yield found[1], found[2]


def _packages(_installation: Installation) -> Check:
    lock = project_root() / "requirements.txt"
    if not lock.is_file():
        return Check("packages", ok=False, detail="there is no requirements.txt", remedy="Use a complete checkout.")
    different = []
    for name, version in _locked_versions(lock):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "none"
        if installed != version:
            different.append(f"{name} {installed} instead of {version}")
    if different:
        return Check("packages", ok=False, detail="; ".join(different[:5]), remedy="Run `make install`.")
    return Check("packages", ok=True, detail="as in requirements.txt")


def _home(installation: Installation) -> Check:
    mode = stat.S_IMODE(installation.home.stat().st_mode)
    good = mode & 0o077 == 0 and os.access(installation.home, os.W_OK)
    return Check("home", good, f"{installation.home} (mode {mode:04o})", f"Run `chmod 700 '{installation.home}'`.")


def _secrets(installation: Installation) -> Check:
    path = installation.secrets_file
    mode = stat.S_IMODE(path.stat().st_mode)
    return Check("secrets", mode & 0o077 == 0, f"{path} (mode {mode:04o})", f"Run `chmod 600 '{path}'`.")


def _disk(installation: Installation) -> Check:
    folder = installation.data_dir
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Check("disk", free >= _NEEDED_BYTES, f"{free / 1e9:.1f} GB free at {folder}", "Free at least 2 GB.")


def _port(installation: Installation) -> Check:
    state = installation.running()
    if state is not None:
        return Check("port", ok=True, detail=f"in use by this installation: {state.api_url}")
    free = port_is_free(DEFAULT_PORT)
    # Not an error: without --port the next free one is taken.
    return Check("port", ok=True, detail=f"{DEFAULT_PORT} is {'free' if free else 'taken, the next free one is used'}")


def _runtime(installation: Installation) -> Check:
    state = installation.running()
    if state is None:
        left = installation.state_file.exists()
        detail = "not running, but a record of a run is left" if left else "not running"
        return Check("runtime", not left, detail, f"Remove {installation.state_file}.")
    processes = {"postgres": state.postgres, **state.components}
    dead = [name for name, process in processes.items() if not process.alive]
    if dead:
        return Check("runtime", ok=False, detail=f"dead: {', '.join(dead)}", remedy="Run `oplatency down`, then `up`.")
    return Check("runtime", ok=True, detail=f"running since {state.started_at} at {state.api_url}")


def _server(installation: Installation) -> Check:
    address = warehouse_address(installation, "oplatency_reader")
    if address is not None:
        with database.connect(address, purpose="doctor") as connection:
            major = connection.info.server_version // 10_000
        return Check("server", major == int(MAJOR_VERSION), f"PostgreSQL {major} answers", "Run `oplatency down`.")
    version = installation.data_dir / "PG_VERSION"
    if not version.is_file():
        return Check("server", ok=True, detail="no data yet; made at the first start")
    found = version.read_text(encoding="utf-8").strip()
    remedy = f"Move {installation.data_dir} away; to keep its data, use pg_dump and pg_restore."
    return Check("server", found == MAJOR_VERSION, f"data of PostgreSQL {found}, not running", remedy)


def _roles(installation: Installation) -> Check:
    refused = []
    for role in ROLES:
        address = warehouse_address(installation, role)
        if address is None:
            return Check("roles", ok=True, detail="not looked at: the server is not running")
        try:
            with database.connect(address, purpose="doctor"):
                pass
        except OplatencyError as error:
            refused.append(f"{role}: {error.message}")
    return Check("roles", not refused, "; ".join(refused) or "all four can log in", "Run `oplatency down`, then `up`.")
