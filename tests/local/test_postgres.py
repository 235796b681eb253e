"""The embedded server: real starts, real stops, and everything that can be in its way."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from oplatency.errors import OplatencyError
from oplatency.local.binaries import SYSTEM_USER, packaged_installation
from oplatency.local.guardian import MARKER, start_mark
from oplatency.local.postgres import EmbeddedPostgres, data_dir_for, free_port, temporary_server

from .conftest import Start, gone, servers_on, wait_until

PASSWORD = "p@ss word/%:ü"

HOLD_A_SERVER = """
import sys, time
from pathlib import Path
from oplatency.local.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), superuser_password="x") as server:
    print(server.pid, server.port, server.guardian.pid, flush=True)
    time.sleep(100)
"""

HOLD_A_TEMPORARY_SERVER = """
import time
from oplatency.local.postgres import temporary_server
with temporary_server() as server:
    print(server.pid, server.data_dir, flush=True)
    time.sleep(100)
"""


def answer(server: EmbeddedPostgres) -> object:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute("select current_setting('server_version_num')::int / 10000").fetchone()
    return row and row[0]


def permissions(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid


def run_as_system_user() -> dict[str, int]:
    """Arguments that let Popen start a process of the same user as the server."""
    return {"user": pwd.getpwnam(SYSTEM_USER).pw_uid} if os.geteuid() == 0 else {}


def test_a_server_starts_answers_and_leaves_nothing(place: Path) -> None:
    server = EmbeddedPostgres(place / "pgdata", superuser_password=PASSWORD)
    with server:
        pid, guardian = server.pid, server.guardian.pid
        assert answer(server) == 18
        assert guardian is not None
        assert (place / "pgdata").stat().st_mode & 0o077 == 0
    assert gone(pid)
    assert gone(guardian)
    assert servers_on(place / "pgdata") == []
    server.stop()  # a second stop is harmless
    with server:  # and the same object starts again on the same data
        assert answer(server) == 18


def test_it_listens_on_the_loopback_address_only_and_has_no_socket_file(place: Path) -> None:
    with EmbeddedPostgres(place / "pgdata", superuser_password=PASSWORD) as server:
        connections = psutil.Process(server.pid).net_connections(kind="all")
        listening = {each.laddr for each in connections if each.status == psutil.CONN_LISTEN}
        assert {tuple(each) for each in listening} == {("127.0.0.1", server.port)}


def test_the_password_is_needed_and_shown_nowhere(place: Path) -> None:
    with EmbeddedPostgres(place / "pgdata", superuser_password="a-very-secret-word") as server:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url(password="wrong"))
        with psycopg.connect(server.url()) as connection, pytest.raises(psycopg.Error):
            connection.execute("alter role postgres password 'another-secret-word' nonsense")
        assert "secret-word" not in " ".join(psutil.Process(server.pid).cmdline())
        assert "secret-word" not in server.log_file.read_text()
        assert server.log_file.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in place.iterdir()) == ["pgdata", "pgdata.lock", "postgres.log"]


def test_settings_reach_the_server(place: Path) -> None:
    with (
        EmbeddedPostgres(place / "pgdata", superuser_password="x", settings={"work_mem": "7MB"}) as server,
        psycopg.connect(server.url()) as connection,
    ):
        shown = [connection.execute(f"show {name}").fetchone() for name in ("work_mem", "jit", "timezone")]
    assert shown == [("7MB",), ("off",), ("UTC",)]


def test_F80_a_given_port_that_is_taken_is_an_error_that_names_it(place: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(OplatencyError, match=str(port)) as caught:
            EmbeddedPostgres(place / "pgdata", superuser_password="x", port=port).start()
    assert caught.value.remedy
    assert not (place / "pgdata").exists()


def test_F80_a_port_lost_to_a_faster_process_is_replaced(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        lost = busy.getsockname()[1]
        offers = iter([lost, free_port()])
        monkeypatch.setattr("oplatency.local.postgres.free_port", lambda: next(offers))
        with EmbeddedPostgres(place / "pgdata", superuser_password="x") as server:
            assert server.port != lost
            assert answer(server) == 18


def test_F80_a_path_with_spaces_and_letters_beyond_107_bytes_works(place: Path) -> None:
    folder = place / "Ordner mit Leerzeichen" / ("größe-" * 20) / "数据"
    for part in (folder.parent.parent, folder.parent, folder):
        part.mkdir()
        part.chmod(0o711)
    assert len(bytes(folder)) > 107
    with EmbeddedPostgres(folder / "pgdata", superuser_password=PASSWORD) as server:
        assert answer(server) == 18


def test_F80_data_of_another_major_version_is_refused_and_kept(place: Path) -> None:
    with EmbeddedPostgres(place / "pgdata", superuser_password="x"):
        pass
    (place / "pgdata" / "PG_VERSION").write_text("15\n")
    with pytest.raises(OplatencyError, match="PostgreSQL 15; this is PostgreSQL 18") as caught:
        EmbeddedPostgres(place / "pgdata", superuser_password="x").start()
    assert "pg_dump" in caught.value.remedy
    (place / "pgdata" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(place / "pgdata", superuser_password="x") as server:
        assert answer(server) == 18


def test_F80_a_folder_with_foreign_content_is_refused_and_untouched(place: Path) -> None:
    folder = place / "pgdata"
    folder.mkdir(mode=0o755)
    (folder / "letter.txt").write_text("mine")
    before = folder.stat()
    with pytest.raises(OplatencyError, match="not created by oplatency"):
        EmbeddedPostgres(folder, superuser_password="x").start()
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    assert (folder.stat().st_mode, folder.stat().st_uid) == (before.st_mode, before.st_uid)


def test_F80_a_server_folder_that_is_not_ours_is_refused(place: Path) -> None:
    with EmbeddedPostgres(place / "pgdata", superuser_password="x"):
        pass
    (place / "pgdata" / MARKER).unlink()
    with pytest.raises(OplatencyError, match="not created by oplatency"):
        EmbeddedPostgres(place / "pgdata", superuser_password="x").start()


def test_F80_a_stale_pid_file_that_names_a_foreign_process_neither_stops_us_nor_harms_it(place: Path) -> None:
    folder = place / "pgdata"
    with EmbeddedPostgres(folder, superuser_password="x") as server:
        pid_file = (folder / "postmaster.pid").read_text().splitlines()
    # A process of the same user: PostgreSQL by itself would take it for its own server and refuse.
    foreign = subprocess.Popen(["sleep", "100"], **run_as_system_user())
    try:
        (folder / "postmaster.pid").write_text("\n".join([str(foreign.pid), *pid_file[1:]]) + "\n")
        with EmbeddedPostgres(folder, superuser_password="x") as server:
            assert answer(server) == 18
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def test_F80_a_killed_server_starts_again_with_its_data(place: Path) -> None:
    server = EmbeddedPostgres(place / "pgdata", superuser_password="x")
    with server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("create table kept as select 1 as one")
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: not server.running)
    with server, psycopg.connect(server.url()) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)


def test_F80_an_orphaned_server_of_ours_is_ended_before_the_next_start(place: Path, program: Start) -> None:
    folder = place / "pgdata"
    holder = program(HOLD_A_SERVER, str(folder))
    assert holder.stdout
    pid, port, guardian = map(int, holder.stdout.readline().split())
    os.kill(guardian, signal.SIGKILL)
    holder.kill()
    holder.wait()
    assert not gone(pid), "without its guardian the server outlives its parent"
    with EmbeddedPostgres(folder, superuser_password="x") as server:
        assert gone(pid)
        assert server.port != port
        assert answer(server) == 18


def test_F80_a_parent_killed_by_9_leaves_no_server_after_10_seconds(place: Path, program: Start) -> None:
    holder = program(HOLD_A_SERVER, str(place / "pgdata"))
    assert holder.stdout
    pid, _, guardian = map(int, holder.stdout.readline().split())
    assert servers_on(place / "pgdata")
    holder.kill()
    holder.wait()
    assert wait_until(lambda: gone(pid) and gone(guardian), 10)
    assert servers_on(place / "pgdata") == []


def test_F80_a_killed_parent_leaves_no_temporary_folder_either(program: Start) -> None:
    holder = program(HOLD_A_TEMPORARY_SERVER)
    assert holder.stdout
    pid, folder = holder.stdout.readline().strip().split(" ", 1)
    assert Path(folder).is_dir()
    holder.kill()
    assert wait_until(lambda: gone(int(pid)) and not Path(folder).parent.exists(), 10)


def test_F80_a_second_start_on_the_same_data_is_refused_and_names_the_first(place: Path, program: Start) -> None:
    holder = program(HOLD_A_SERVER, str(place / "pgdata"))
    assert holder.stdout
    pid = int(holder.stdout.readline().split()[0])
    with pytest.raises(OplatencyError, match=f"pid {holder.pid}"):
        EmbeddedPostgres(place / "pgdata", superuser_password="x").start()
    assert not gone(pid)


def test_F80_a_foreign_server_is_never_touched(place: Path) -> None:
    with temporary_server() as other:
        mark = start_mark(other.pid)
        for _ in range(2):
            with EmbeddedPostgres(place / "pgdata", superuser_password="x") as server:
                assert server.port != other.port
        assert start_mark(other.pid) == mark
        assert answer(other) == 18


def test_F80_a_place_that_cannot_be_written_is_an_error_with_a_remedy(place: Path) -> None:
    (place / "file").write_text("not a folder")
    with pytest.raises(OplatencyError, match="cannot be written") as caught:
        EmbeddedPostgres(place / "file" / "pgdata", superuser_password="x").start()
    assert "OPLATENCY_HOME" in caught.value.remedy


def test_a_killed_creation_of_the_data_is_cleared_and_repeated(place: Path) -> None:
    half = place / "pgdata.new-abandoned"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(place / "pgdata", superuser_password="x") as server:
        assert answer(server) == 18
    assert not half.exists()


def test_F83_a_strict_umask_and_a_strange_locale_do_no_harm(place: Path, program: Start) -> None:
    code = "import os, sys; os.umask(0o077); os.environ.update(LC_ALL='xx_YY', PGDATA='/nowhere', PGPORT='1')\n"
    folder = place / "made by the start" / "pgdata"
    holder = program(code + HOLD_A_SERVER, str(folder))
    assert holder.stdout
    assert len(holder.stdout.readline().split()) == 3
    assert servers_on(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the user")
def test_F80_root_runs_the_server_as_the_system_user_and_changes_no_foreign_folder(place: Path) -> None:
    package = packaged_installation()
    folders = (package, *package.parents)
    before = [permissions(folder) for folder in folders]
    data_dir = data_dir_for(Path("/somewhere"), place.name)
    assert data_dir.parent == place
    with EmbeddedPostgres(data_dir, superuser_password="x") as server:
        assert psutil.Process(server.pid).username() == SYSTEM_USER
    assert [permissions(folder) for folder in folders] == before


@pytest.mark.skipif(os.geteuid() != 0, reason="the whole run is the test of a normal user")
def test_F80_a_normal_user_runs_it_too(program: Start) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    # The interpreter of the test may lie in root's home; any other of the same version will do.
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    probe = f"import sys; sys.path += {packages.split(os.pathsep)!r}; import psutil, oplatency"
    pythons = [sys.executable, shutil.which("python3.11", path="/usr/bin:/usr/local/bin") or ""]
    usable = None
    for python in filter(None, pythons):
        try:
            if program(probe, python=python, user=nobody).wait() == 0:
                usable = python
                break
        except PermissionError:
            continue
    if usable is None:
        pytest.skip("no interpreter, or not the checkout, is open to a normal user")
    folder = Path("/tmp") / f"oplatency-nobody-{os.getpid()}"
    folder.mkdir()
    try:
        os.chown(folder, nobody, -1)
        holder = program(probe + "\n" + HOLD_A_SERVER, str(folder / "pgdata"), python=usable, user=nobody)
        assert holder.stdout
        assert holder.stderr
        line = holder.stdout.readline()
        assert line, holder.stderr.read()
        pid = int(line.split()[0])
        assert psutil.Process(pid).username() == "nobody"
        holder.kill()
        assert wait_until(lambda: gone(pid), 10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
