"""Deploying the schema: idempotent, refuses what it does not know, all or nothing."""

from __future__ import annotations

import itertools
import shutil
import threading
from pathlib import Path

import pytest
from psycopg import sql

from oplatency.errors import SchemaError
from oplatency.warehouse import database
from oplatency.warehouse import migrations as migrations_module
from oplatency.warehouse.database import Connection, connect, sql_root
from oplatency.warehouse.migrations import in_dependency_order, migrate, read_migrations, require_current_schema


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Return a copy of the migrations that a test may change."""
    return Path(shutil.copytree(sql_root() / "migrations", tmp_path / "migrations"))


def test_F77_a_second_migrate_changes_nothing(warehouse):
    assert migrate(warehouse.url("oplatency_owner")).applied == ()


def test_F77_a_changed_migration_is_refused_by_name(warehouse, migrations: Path):
    changed = migrations / "0001_create_dimensions.sql"
    changed.write_text(changed.read_text() + "\n-- changed")
    with pytest.raises(SchemaError, match="0001_create_dimensions") as caught:
        migrate(warehouse.url("oplatency_owner"), folder=migrations)
    assert "new migration" in caught.value.remedy


def test_F77_a_newer_warehouse_is_refused_with_both_versions(warehouse, owner: Connection):
    owner.execute("insert into oplatency.schema_migrations (version, name, checksum) values (9999, '9999_later', 'x')")
    with pytest.raises(SchemaError, match=f"9999, newer than the {len(read_migrations())}"):
        migrate(warehouse.url("oplatency_owner"))
    with pytest.raises(SchemaError, match="newer"):
        require_current_schema(owner)


def test_F77_a_warehouse_of_a_development_version_is_refused_and_the_remedy_works(warehouse, owner: Connection):
    # before the squash the first two files bore the same names as now, with other contents
    owner.execute("update oplatency.schema_migrations set checksum = 'of an older file'")
    owner.execute("update oplatency.schema_migrations set name = '0003_create_facts' where version = 3")
    owner.execute(
        "insert into oplatency.schema_migrations (version, name, checksum)"
        " select n, 'migration ' || n, 'x' from generate_series(%s, 30) as n",
        (len(read_migrations()) + 1,),
    )
    for refused in (lambda: migrate(warehouse.url("oplatency_owner")), lambda: require_current_schema(owner)):
        with pytest.raises(SchemaError, match="development version before the first release") as caught:
            refused()
        assert "0003_create_facts, where this code has 0003_create_ingestion" in caught.value.where
        assert "drop schema oplatency cascade" in caught.value.remedy
        assert "oplatency destroy" in caught.value.remedy
    owner.execute("drop schema oplatency cascade")
    assert len(migrate(warehouse.url("oplatency_owner")).applied) == len(read_migrations())
    require_current_schema(owner)


def test_F77_an_older_warehouse_is_refused_until_it_is_migrated(warehouse, owner: Connection):
    owner.execute(
        "delete from oplatency.schema_migrations where version = (select max(version) from oplatency.schema_migrations)"
    )
    needed = len(read_migrations())
    with pytest.raises(SchemaError, match=f"version {needed - 1}, this code needs {needed}"):
        require_current_schema(owner)


def test_F77_a_failing_migration_leaves_nothing_behind_and_names_file_and_line(warehouse, owner, migrations: Path):
    number = len(read_migrations()) + 1
    (migrations / f"{number:04d}_break.sql").write_text("create table oplatency.half (a integer);\nselect wrong;\n")
    with pytest.raises(SchemaError, match='column "wrong"') as caught:
        migrate(warehouse.url("oplatency_owner"), folder=migrations)
    assert f"{number:04d}_break.sql, line 2" in caught.value.where
    found = owner.execute("select to_regclass('oplatency.half') as half").fetchone()
    assert found == {"half": None}


def test_F77_two_migrators_at_once_apply_each_migration_once(server):
    with connect(server.url(), purpose="tests") as admin:
        admin.execute("create database two_at_once owner oplatency_owner")
        reports = []

        def deploy() -> None:
            reports.append(migrate(server.url("two_at_once", "oplatency_owner", "for-tests-only")))

        threads = [threading.Thread(target=deploy) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        admin.execute("drop database two_at_once with (force)")
    assert sorted(len(report.applied) for report in reports) == [0, len(read_migrations())]


@pytest.fixture
def sql_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the code read its statements from a copy that a test may add to."""
    copy = Path(shutil.copytree(sql_root(), tmp_path / "sql"))
    for module in (database, migrations_module):
        monkeypatch.setattr(module, "sql_root", lambda: copy)
    return copy


def test_a_view_is_applied_after_those_it_names_whatever_their_names(warehouse, owner, sql_folder: Path):
    views = {
        "a_first": "create view oplatency.a_first as select n + 1 as n from oplatency.m_second;",
        "m_second": "-- not oplatency.a_first\n"
        "create view oplatency.m_second as select n * 10 as n from oplatency.z_third;",
        "z_third": "create view oplatency.z_third as select 4 as n;",
    }
    for name, text in views.items():
        (sql_folder / "views" / f"{name}.sql").write_text(text)
    order = [path.stem for path in in_dependency_order(sql_folder / "views")]
    assert sorted(views, key=order.index) == ["z_third", "m_second", "a_first"]
    migrate(warehouse.url("oplatency_owner"))
    assert owner.execute("select n from oplatency.a_first").fetchall() == [{"n": 41}]


def test_views_that_need_each_other_are_refused_by_name(warehouse, sql_folder: Path):
    needs = {"a_one": "a_two", "a_two": "a_three", "a_three": "a_one"}
    for name, needed in needs.items():
        text = f"create view oplatency.{name} as table oplatency.{needed};"
        (sql_folder / "views" / f"{name}.sql").write_text(text)
    with pytest.raises(SchemaError, match="The views need each other in a circle") as caught:
        migrate(warehouse.url("oplatency_owner"))
    circle = str(caught.value).split("circle: ")[1].split(".")[0].split(" needs ")
    assert set(itertools.pairwise(circle)) == set(needs.items())


def test_a_view_that_names_nothing_known_is_refused_with_its_file_and_line(warehouse, owner, sql_folder: Path):
    (sql_folder / "views" / "a_view.sql").write_text("create view oplatency.a_view as\ntable oplatency.nowhere;")
    with pytest.raises(SchemaError, match='relation "oplatency.nowhere" does not exist') as caught:
        migrate(warehouse.url("oplatency_owner"))
    assert caught.value.where == "sql/views/a_view.sql, line 2"


def test_a_gap_in_the_numbers_is_refused(migrations: Path):
    (migrations / "0003_create_ingestion.sql").unlink()
    with pytest.raises(SchemaError, match="0004_create_facts"):
        read_migrations(migrations)


def test_every_table_and_column_has_a_comment(owner: Connection):
    missing = owner.execute("""
        select c.relname, a.attname
        from pg_class as c
        inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'oplatency'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and col_description(c.oid, a.attnum) is null
        union all
        select c.relname, null
        from pg_class as c
        where c.relnamespace = 'oplatency'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
            and obj_description(c.oid, 'pg_class') is null
    """).fetchall()
    assert missing == []


def test_every_constraint_has_a_name_that_begins_with_its_table(owner: Connection):
    unnamed = owner.execute("""
        select k.conrelid::regclass as of_table, k.conname
        from pg_constraint as k
        inner join pg_class as c on k.conrelid = c.oid
        where c.relnamespace = 'oplatency'::regnamespace and not c.relispartition and k.contype <> 'n'
            and (left(k.conname, length(c.relname)) <> c.relname or k.conname ~ '(_pkey|_key|_check|_fkey)[0-9]*$')
    """).fetchall()
    assert unnamed == []


def test_jobs_have_no_right_to_make_or_drop_tables(connection: Connection):
    for text in ("create table oplatency.mine (a integer)", "drop table oplatency.metrics"):
        with pytest.raises(Exception, match="permission denied|must be owner"):
            connection.execute(sql.SQL(text))


def test_readers_read_views_and_nothing_else(warehouse):
    with connect(warehouse.url("oplatency_reader"), purpose="tests") as reader:
        reader.execute("select * from oplatency.active_baselines")
        for text in (
            "select * from oplatency.metrics",
            "delete from oplatency.alerts",
            "select oplatency.ensure_metric_partitions('2026-01-01', '2026-01-02')",
        ):
            with pytest.raises(Exception, match="permission denied"):
                reader.execute(sql.SQL(text))
