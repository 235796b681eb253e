"""Migrate a warehouse to the schema of this code: roles, migrations, functions, views, grants.

Migrations are append-only files ``NNNN_verb_object.sql``, recorded with their checksum. Functions and views are
``create or replace`` files that are applied again at each deploy, each after those that it names. One advisory lock
keeps two deploys apart, one transaction makes a deploy all or nothing.
"""

from __future__ import annotations

import graphlib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from oplatency.errors import SchemaError
from oplatency.warehouse.database import (
    Connection,
    connect,
    lock_job,
    rows,
    run,
    run_script,
    set_role,
    sql_root,
    statement,
)

_FILE_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_OBJECT = re.compile(r"\boplatency\.\"?(\w+)")
_COMMENT = re.compile(r"--.*")


@dataclass(frozen=True)
class Migration:
    """One file of ``sql/migrations``."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class MigrationReport:
    """What a deploy did: versions newly applied, and the version the warehouse is at."""

    applied: tuple[str, ...]
    version: int


def read_migrations(folder: Path | None = None) -> list[Migration]:
    """Return the migrations in order.

    Raises
    ------
    SchemaError
        If a file name does not fit or the numbers have a gap.
    """
    folder = folder or sql_root() / "migrations"
    migrations = []
    for expected, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _FILE_NAME.match(path.name)
        if match is None or int(match[1]) != expected:
            raise SchemaError(
                f"The migration files are not numbered 0001, 0002, ... without a gap: {path.name}.",
                where=str(folder),
                remedy=f"name it {expected:04d}_verb_object.sql",
            )
        migrations.append(Migration(expected, path.stem, path.read_text(encoding="utf-8")))
    return migrations


def migrate(url: str, *, folder: Path | None = None) -> MigrationReport:
    """Apply what is missing; a second call changes nothing.

    Parameters
    ----------
    url : str
        Connection URL of ``oplatency_owner`` or of a superuser.
    folder : Path, optional
        Where the migrations are, instead of ``sql/migrations``.

    Raises
    ------
    SchemaError
        If an applied migration was changed, the warehouse is newer than this code or was made by a development
        version, views name each other in a circle, or a statement fails; then nothing was changed.
    """
    migrations = read_migrations(folder)
    new: list[str] = []
    with connect(url, purpose="migrate") as connection, connection.transaction():
        lock_job(connection, "migrate")
        _run_file(connection, "roles")
        set_role(connection, "oplatency_owner")
        _run_file(connection, "schema_state")
        done = _applied(connection, migrations)
        for migration in migrations:
            if migration.version not in done:
                _run_text(connection, migration.text, f"sql/migrations/{migration.name}.sql")
                run(
                    connection,
                    "session/record_migration",
                    {"version": migration.version, "name": migration.name, "checksum": migration.checksum},
                )
                new.append(migration.name)
        for kind in ("functions", "views"):
            for path in in_dependency_order(sql_root() / kind):
                _run_file(connection, f"{kind}/{path.stem}")
        _run_file(connection, "grants")
    return MigrationReport(tuple(new), len(migrations))


def in_dependency_order(folder: Path) -> list[Path]:
    """Return the files of a folder of functions or views, each after those whose objects its statements name.

    The order is read from the files themselves, so a new view needs no entry anywhere. A name that no file, table or
    function bears is left to the server, which refuses it.

    Raises
    ------
    SchemaError
        If files name each other in a circle.
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    named = {name: set(_OBJECT.findall(_COMMENT.sub("", text))) - {name} for name, text in texts.items()}
    needed = {name: sorted(others & texts.keys()) for name, others in named.items()}
    try:
        return [folder / f"{name}.sql" for name in graphlib.TopologicalSorter(needed).static_order()]
    except graphlib.CycleError as error:
        # the circle of graphlib leads from what is needed to what needs it
        raise SchemaError(
            f"The {folder.name} need each other in a circle: {' needs '.join(reversed(error.args[1]))}.",
            where=str(folder),
            remedy="let one of them read from tables, or from a view that needs none of the others",
        ) from error


def require_current_schema(connection: Connection) -> None:
    """Refuse to work on a warehouse that is older, newer or other than this code.

    Raises
    ------
    SchemaError
        Naming both versions.
    """
    migrations = read_migrations()
    try:
        done = _applied(connection, migrations)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        done = set()
    if len(done) < len(migrations):
        raise SchemaError(
            f"The warehouse is at schema version {len(done)}, this code needs {len(migrations)}.",
            where=connection.info.dbname,
            remedy="run: oplatency migrate",
        )


def _applied(connection: Connection, migrations: list[Migration]) -> set[int]:
    recorded = rows(connection, "session/list_migrations")
    known = {migration.version: migration for migration in migrations}
    for found in recorded:
        migration = known.get(found["version"])
        if migration is not None and migration.name != found["name"]:
            raise SchemaError(
                "The warehouse was made by a development version before the first release and cannot be migrated.",
                where=f"{connection.info.dbname}: {found['name']}, where this code has {migration.name}",
                remedy="delete it and load its data again: a local installation with oplatency destroy or make clean, "
                "any other with drop schema oplatency cascade as its owner, then oplatency migrate",
            )
    for found in recorded:
        migration = known.get(found["version"])
        if migration is None:
            raise SchemaError(
                f"The warehouse is at schema version {found['version']}, newer than the {len(migrations)} known here.",
                where=found["name"],
                remedy="use the newer release of oplatency that made it",
            )
        if migration.checksum != found["checksum"]:
            raise SchemaError(
                "A migration was changed after it had been applied.",
                where=f"sql/migrations/{migration.name}.sql",
                remedy="restore the file as it was and put the change into a new migration",
            )
    return {found["version"] for found in recorded}


def _run_file(connection: Connection, name: str) -> None:
    _run_text(connection, statement(name), f"sql/{name}.sql")


def _run_text(connection: Connection, text: str, where: str) -> None:
    try:
        run_script(connection, text)
    except psycopg.Error as error:
        detail = error.diag
        line = ""
        if detail.statement_position:
            line = f", line {text.count(chr(10), 0, int(detail.statement_position) - 1) + 1}"
        raise SchemaError(
            f"A statement failed, nothing was changed: {detail.message_primary or error}",
            where=f"{where}{line}",
            remedy=detail.message_hint or "correct the cause and migrate again",
        ) from error
