"""The command line: one JSON object a command, errors with their exit code and no traceback, never a password."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from calls import DAY, TODAY, baselines, constant, put
from oplatency import cli
from oplatency.reports.tables import DASHBOARD_VIEWS
from oplatency.settings import Settings
from oplatency.sources import registry
from oplatency.sources.polled.contract import Event, Poll, PolledSource
from oplatency.warehouse.database import connect

PASSWORD = "for-tests-only"
INCLUDE = Path(cli.__file__).resolve().parents[2]
BASELINES = [
    ["branch_create", "12", "3.0", "3.0", "3.0x"],
    ["commit", "20", "6.0", "6.0", "2.5x"],
    ["get_history", "25", "49.0", "47.0", "2.0x"],
    ["merge_branches", "15", "99.0", "97.0", "2.0x"],
    ["rollback_commit", "10", "198.0", "191.0", "2.0x"],
]
"""What the report that this project grew from prints."""


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch, capfd) -> Run:
    """Run a command in this process; an exception that it lets through fails the test."""

    def once(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["oplatency", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capfd.readouterr()
        return Outcome(int(ended.value.code or 0), written.out, written.err)

    return once


@pytest.fixture(autouse=True)
def _own_home(monkeypatch, tmp_path: Path) -> None:
    """Keep every command away from an installation that is there already."""
    for name in list(os.environ):
        if name.startswith("OPLATENCY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPLATENCY_HOME", str(tmp_path / "home"))


def use(monkeypatch, url: str) -> None:
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", url)


@dataclass(frozen=True)
class Filled:
    """A database with the bootstrap data, whose time stands at its as-of."""

    url: Callable[..., str]
    told: dict[str, Any]


@pytest.fixture(scope="module")
def filled(server, template: str) -> Iterator[Filled]:
    """Return a warehouse that the command line filled; its tests add to it and damage nothing."""
    name = "warehouse_cli"
    with connect(server.url(), purpose="tests") as admin:
        for command in (
            "create database {} template {} owner oplatency_owner",
            "alter database {} set oplatency.as_of = '2026-03-10T00:00:00Z'",
        ):
            admin.execute(sql.SQL(command).format(sql.Identifier(name), sql.Identifier(template)))

        def url(role: str = "oplatency_writer") -> str:
            return server.url(name, role, PASSWORD)

        done = program("bootstrap", "--as-of", "2026-03-10", "--json", OPLATENCY_DATABASE_URL=url())
        assert done.code == 0, done.err
        yield Filled(url, done.object)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def program(*arguments: str, **environment: str) -> Outcome:
    """Run a command as a program of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPLATENCY_")}
    done = subprocess.run(
        [sys.executable, "-m", "oplatency.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=clean | {"PYTHONPATH": str(INCLUDE)} | environment,
        timeout=240,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("on_terminal", [True, False])
def test_F41_correlate_tells_a_terminal_how_far_it_is_and_nobody_else(filled, on_terminal: bool):
    ours, theirs = os.openpty() if on_terminal else os.pipe()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPLATENCY_")}
    with subprocess.Popen(
        [sys.executable, "-m", "oplatency.cli", "correlate", "--as-of", "2026-03-10", "--json"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env=clean | {"PYTHONPATH": str(INCLUDE), "OPLATENCY_DATABASE_URL": filled.url(), "TERM": "xterm"},
    ) as command:
        os.close(theirs)
        # read while it runs: a terminal that nobody reads holds some kilobytes, and then the command waits
        shown = _read_all(ours)
        os.close(ours)
        told = json.loads(command.communicate(timeout=240)[0])
    assert (command.returncode, told["pairs_tested"]) == (0, 0)
    assert ("reading calls" in shown, "10 comparisons made" in shown) == (on_terminal, on_terminal)
    assert on_terminal or shown == ""


def _read_all(end: int) -> str:
    """Return what is written to the other end of a terminal or a pipe until it is closed."""
    read = b""
    # a terminal whose other end is closed is an error
    with contextlib.suppress(OSError):
        while part := os.read(end, 65536):
            read += part
    return read.decode()


def test_bootstrap_loads_82_calls_and_five_baselines(filled):
    assert filled.told["as_of"] == "2026-03-10T00:00:00+00:00"
    assert filled.told["batch"]["accepted"] == 82
    assert filled.told["baselines"]["published"] == 5


def test_bootstrap_a_second_time_needs_no_as_of_and_adds_nothing(filled, run, monkeypatch):
    use(monkeypatch, filled.url())
    told = run("bootstrap", "--json").object
    assert told["as_of"] == filled.told["as_of"]
    assert told["baselines"]["published"] == 0
    with connect(filled.url(), purpose="tests") as connection:
        batch = connection.execute("select sum(accepted) as n from oplatency.ingest_batches where source = 'bootstrap'")
        assert batch.fetchall() == [{"n": 82}]


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (("baseline", "--as-of", "2026-03-09"), {"as_of", "operations", "published", "unchanged", "skipped"}),
        (
            ("detect", "--from", "2026-03-09T00:00Z", "--to", "2026-03-10T00:00:00+00:00"),
            {"from", "to", "judged", "anomalies", "degradations", "alerting"},
        ),
        (("correlate",), {"as_of", "pairs_tested", "raw_pairs", "pairs", "groups"}),
        (("refresh",), {"hours", "baselines", "published", "windows", "findings", "correlations", "pairs"}),
        (("quality",), {"passed", "suites"}),
        (("alerts", "deliver", "--dry-run"), {"dry_run", "alerts", "by_severity"}),
        (("maintain", "--dry-run"), {"as_of", "dry_run", "made", "dropped", "expired", "cleared"}),
        (("status",), {"home", "running"}),
        (("export", "anomalies"), {"anomalies"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_every_command_prints_one_object_with_its_keys_and_nothing_else(filled, run, monkeypatch, arguments, keys):
    use(monkeypatch, filled.url())
    done = run(*arguments, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.object.keys() >= keys


def test_detect_on_a_fresh_past_series_computes_the_baselines_it_lacks(warehouse, owner, run, monkeypatch):
    put(owner, "commit", constant(TODAY - 7 * DAY, TODAY, DAY / 24))
    put(owner, "commit", [(TODAY + n * DAY / 1440, 90_000) for n in range(5)])
    use(monkeypatch, warehouse.url())
    window = ("--from", "2026-03-10", "--to", "2026-03-11", "--json")
    assert run("detect", *window, "--no-baselines").object["judged"] == 0
    told = run("detect", *window).object
    assert told["baselines"] == {"computed": ["2026-03-10T00:00:00+00:00"], "published": 1}
    assert (told["judged"], told["anomalies"] >= 5) == (5, True)
    assert run("detect", *window).object["baselines"] == {"computed": [], "published": 0}


def test_ingest_tells_the_account_of_each_file(filled, run, monkeypatch, tmp_path):
    use(monkeypatch, filled.url())
    file = tmp_path / "app" / "calls.csv"
    file.parent.mkdir()
    file.write_text(
        # long before the week of the bootstrap data, whose baselines other tests look at
        "operation,started_at,duration_us\ncommit,2026-02-20T10:00:00Z,5000\ncommit,2026-02-20T10:00:00Z,-1\n"
    )
    done = run("ingest", str(file.parent), "--json")
    assert (done.code, done.err) == (0, "")
    (batch,) = done.object["batches"]
    assert batch.pop("seconds") >= 0
    assert batch == {
        "source": "app",
        "path": str(file),
        "status": "published",
        "rows_in": 2,
        "accepted": 1,
        "duplicate": 0,
        "quarantined": 1,
        "reasons": {"negative_duration": 1},
    }
    again = run("ingest", str(file), "--source", "app", "--format", "csv", "--json").object["batches"][0]
    assert (again["accepted"], again["duplicate"], again["quarantined"]) == (0, 1, 1)


def test_F15_an_empty_file_is_told_as_no_rows_with_a_warning(filled, run, monkeypatch, tmp_path):
    use(monkeypatch, filled.url())
    file = tmp_path / "empty.csv"
    file.write_text("operation,started_at,duration_us\n")
    done = run("ingest", str(file), "--json")
    assert done.code == 0
    assert done.object["batches"][0]["rows_in"] == 0
    assert done.err == f"warning: {file} holds 0 rows\n"


def test_the_default_as_of_is_that_of_the_warehouse(filled, run, monkeypatch):
    use(monkeypatch, filled.url())
    assert run("baseline", "--json").object["as_of"] == "2026-03-10T00:00:00+00:00"
    assert run("correlate", "--json").object["as_of"] == "2026-03-10T00:00:00+00:00"


def test_the_report_prints_the_five_baselines_exactly(filled, run, monkeypatch):
    use(monkeypatch, filled.url("oplatency_reader"))
    done = run("report")
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert [line for line in lines if line and line[0] in {row[0] for row in BASELINES}][:5] == BASELINES
    assert ["operation_type", "sample_count", "p99_ms", "p95_ms", "alert_threshold"] in lines
    for view in DASHBOARD_VIEWS:
        assert any(line[:1] == [view] for line in lines)


def test_the_report_as_json_has_every_table(filled, run, monkeypatch):
    use(monkeypatch, filled.url("oplatency_reader"))
    told = run("report", "--json").object
    assert [list(row.values()) for row in told["baselines"]] == BASELINES
    assert [row["view"] for row in told["views"]] == list(DASHBOARD_VIEWS)
    assert {"findings", "degradations", "groups", "pairs", "marks", "audits"} <= told.keys()


def test_an_export_goes_to_standard_output_or_into_a_file_of_the_kind_its_name_tells(
    filled, run, monkeypatch, tmp_path
):
    use(monkeypatch, filled.url("oplatency_reader"))
    printed = run("export", "baselines", "--to", "2026-03-11")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith("operation,branch,as_of,revision,")
    for name, form in (("found.csv", "csv"), ("found.json", "json"), ("found.parquet", "parquet"), ("found", "csv")):
        file = tmp_path / name
        told = run("export", "baselines", "--to", "2026-03-11", "--out", str(file), "--json").object
        assert told == {"export": "baselines", "format": form, "rows": printed.out.count("\n") - 1, "out": str(file)}
        assert file.stat().st_size > 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found", "found.csv", "found.json", "found.parquet"]
    assert (tmp_path / "found.csv").read_text() == printed.out
    lost = run("export", "baselines", "--out", str(tmp_path / "nowhere" / "found.csv"))
    assert "nowhere" in refused(lost, 1, as_json=False)


@pytest.mark.parametrize("columns", ["", "0", "80", "many", "-5"])
def test_F83_the_report_fits_whatever_width_is_asked_for(filled, run, monkeypatch, columns: str):
    use(monkeypatch, filled.url("oplatency_reader"))
    monkeypatch.setenv("COLUMNS", columns)
    done = run("report")
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= (80 if columns == "80" else 160)


def test_F83_a_program_without_a_terminal_writes_no_colour(filled):
    done = program(
        "report", OPLATENCY_DATABASE_URL=filled.url("oplatency_reader"), LC_ALL="C", TERM="dumb", NO_COLOR="1"
    )
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out


def test_without_json_a_result_is_lines(filled, run, monkeypatch):
    use(monkeypatch, filled.url())
    done = run("baseline", "--as-of", "2026-02-20")
    assert set(done.out.splitlines()) == {
        "as_of: 2026-02-20T00:00:00+00:00",
        "operations: 0",
        "branches: 0",
        'skipped: {"no_samples": 33}',
        "published: 0",
        "unchanged: 0",
    }


def refused(done: Outcome, code: int, *, as_json: bool) -> str:
    """Check the form of an error and return what it says."""
    assert done.code == code
    if as_json:
        told = done.object
        assert list(told) == ["error", "where", "remedy", "code"]
        assert done.err == ""
        return " ".join(told.values())
    assert done.out == ""
    assert "Traceback" not in done.err
    return done.err


WRONG_USAGE = [
    (("baseline", "--as-of", "2026-03-10T05:00Z"), "not a whole UTC day"),
    (("baseline", "--as-of", "2026-03-10T00:00"), "no offset from UTC"),
    (("baseline", "--as-of", "yesterday"), "'yesterday' is not a valid timestamp"),
    (("baseline", "--as-of", "2026-03-10", "--operation", "comit"), "There is no operation 'comit'"),
    (("detect", "--from", "2026-03-10", "--to", "2026-03-10"), "empty_interval"),
    (("detect", "--from", "2026-03-10T00:30Z", "--to", "2026-03-11"), "not a whole UTC hour"),
    (("correlate", "--as-of", "2026-03-10T00:30Z"), "not a whole UTC hour"),
    (("quality", "--suite", "nonsense"), "There is no suite"),
    (("bootstrap", "--as-of", "2026-03-12"), "loaded as of 2026-03-10"),
    (("ingest", "x.csv", "--format", "xml"), "There is no format 'xml'"),
    (("export", "everything"), "There is no export of 'everything'"),
    (("export", "anomalies", "--format", "xlsx"), "There is no format 'xlsx'"),
    (("export", "anomalies", "--from", "2026-03-10", "--to", "2026-03-10"), "--from is not before --to"),
]
WRONG_WORDS = [
    (("detect", "--from", "2026-03-10"), "--to"),
    (("detect", "--form", "2026-03-10"), "--form"),
    (("ingest",), "paths"),
    (("baselines",), "baselines"),
]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
@pytest.mark.parametrize(("arguments", "said"), WRONG_USAGE + WRONG_WORDS, ids=lambda value: " ".join(value))
def test_F63_wrong_usage_ends_with_2_and_says_what_is_wrong(filled, run, monkeypatch, arguments, said, as_json):
    use(monkeypatch, filled.url())
    done = run(*arguments, *(["--json"] if as_json else []))
    assert said in refused(done, 2, as_json=as_json)


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_settings_that_cannot_be_used_are_wrong_usage(filled, run, monkeypatch, as_json):
    use(monkeypatch, filled.url())
    monkeypatch.setenv("OPLATENCY_BASELINE__LOOKBACK_DAYS", "0")
    done = run("baseline", *(["--json"] if as_json else []))
    assert "baseline.lookback_days" in refused(done, 2, as_json=as_json)


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_F15_a_file_that_is_not_there_is_an_error(filled, run, monkeypatch, tmp_path, as_json):
    use(monkeypatch, filled.url())
    done = run("ingest", str(tmp_path / "nothing.csv"), *(["--json"] if as_json else []))
    assert "nothing.csv" in refused(done, 1, as_json=as_json)


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_F23_a_file_of_which_no_row_passes_ends_with_3(filled, run, monkeypatch, tmp_path, as_json):
    use(monkeypatch, filled.url())
    file = tmp_path / "bad.csv"
    file.write_text("operation,started_at,duration_us\ncommit,2026-03-09T10:00:00Z,-1\n")
    done = run("ingest", str(file), *(["--json"] if as_json else []))
    assert "negative_duration: 1" in refused(done, 3, as_json=as_json)


def test_a_damaged_row_makes_quality_end_with_3_and_name_what_does_not_hold(warehouse, owner, run, monkeypatch):
    put(owner, "commit", constant(TODAY - 7 * DAY, TODAY, DAY))
    baselines(warehouse.url())
    owner.execute("alter table oplatency.baselines drop constraint baselines_order_ck")
    owner.execute("update oplatency.baselines set p95_us = p99_us * 2")
    with connect(warehouse.server.url(), purpose="tests") as admin:
        admin.execute(f"alter database {warehouse.database} set oplatency.as_of = '2026-03-10T00:00:00Z'".encode())
    use(monkeypatch, warehouse.url())
    done = run("quality", "--suite", "baselines", "--json")
    assert done.code == 3
    assert done.object == {
        "passed": False,
        "suites": [
            {
                "name": "baselines",
                "passed": False,
                "failed": ["baselines.percentiles_ordered"],
                "warnings": [],
                "descriptions": {"baselines.percentiles_ordered": "p50 <= p75 <= p90 <= p95 <= p99"},
            }
        ],
    }


def test_migrate_brings_a_database_to_the_schema_and_a_second_time_changes_nothing(server, run, monkeypatch):
    name = "warehouse_cli_migrate"
    with connect(server.url(), purpose="tests") as admin:
        admin.execute(f"create database {name} owner oplatency_owner")
        try:
            use(monkeypatch, server.url(name, "oplatency_owner", PASSWORD))
            before = run("baseline", "--as-of", "2026-03-10", "--json")
            first, second = run("migrate", "--json").object, run("migrate", "--json").object
        finally:
            admin.execute(f"drop database {name} with (force)")
    assert "oplatency migrate" in refused(before, 1, as_json=True)
    assert len(first["applied"]) == first["version"] == second["version"]
    assert second["applied"] == []


COMMANDS = [
    ("migrate",),
    ("bootstrap",),
    ("bootstrap", "--as-of", "2026-03-10"),
    ("baseline",),
    ("baseline", "--as-of", "2026-03-10"),
    ("detect", "--from", "2026-03-10", "--to", "2026-03-11"),
    ("correlate",),
    ("refresh",),
    ("quality",),
    ("alerts", "deliver"),
    ("maintain",),
    ("report",),
    ("export", "baselines"),
]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
@pytest.mark.parametrize("fault", ["unreachable", "refused"])
def test_F128_no_command_tells_a_password_when_the_server_cannot_be_used(server, run, monkeypatch, fault, as_json):
    secret = "s3cret-pass"
    port = 1 if fault == "unreachable" else server.port
    use(monkeypatch, f"postgresql://oplatency_writer:{secret}@127.0.0.1:{port}/postgres")
    for arguments in COMMANDS:
        done = run(*arguments, *(["--json"] if as_json else []))
        told = refused(done, 1, as_json=as_json)
        assert "PostgreSQL cannot be reached" in told
        assert secret not in done.out + done.err


def test_F128_a_right_that_is_missing_is_told_with_the_table(filled, run, monkeypatch):
    use(monkeypatch, filled.url("oplatency_reader"))
    done = run("baseline", "--as-of", "2026-03-10", "--json")
    told = refused(done, 1, as_json=True)
    assert "permission denied for table" in told
    assert "42501" in told
    assert PASSWORD not in done.out


def test_an_error_in_a_program_of_its_own_shows_no_traceback(tmp_path):
    done = program("baseline", "--as-of", "never", OPLATENCY_HOME=str(tmp_path / "home"))
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("oplatency: 'never' is not a valid timestamp. | where: --as-of | what to do:")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["2026-03-10", "2026-03-10T00:00Z", "2026-03-10T05:30+05:30", "2026-03-10T00:00:00.000Z"]
)
def test_an_instant_may_be_written_in_several_ways(text: str):
    assert cli.instant(text, "--as-of") == TODAY


def test_help_names_every_command_and_imports_nothing_heavy(tmp_path):
    probe = (
        "import sys; sys.argv = ['oplatency', '--help']\n"
        "from oplatency import cli\n"
        "try:\n    cli.main()\n"
        "finally:\n    print([n for n in ('airflow', 'great_expectations', 'pandas', 'scipy') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(INCLUDE)},
        timeout=60,
    )
    assert done.stdout.rstrip().endswith("[]")
    for name in ("up", "down", "status", "doctor", "destroy", "demo", "ingest", "detect", "report", "alerts"):
        assert f" {name} " in done.stdout


@pytest.mark.slow
def test_without_a_url_the_embedded_server_is_used_and_destroy_takes_everything_away(tmp_path):
    from oplatency.local.installation import Installation

    home = tmp_path / "home of its own"
    environment = {"OPLATENCY_HOME": str(home)}
    first = program("bootstrap", "--as-of", "2025-03-10", "--json", **environment)
    assert first.code == 0, first.err
    assert first.object["batch"]["accepted"] == 82
    installation = Installation.open(home)
    data_dir, secrets = installation.data_dir, installation.secrets
    try:
        assert data_dir.exists()
        assert program("maintain", "--json", **environment).code == 0
        told = program("report", "--json", **environment)
        assert [list(row.values()) for row in told.object["baselines"]] == BASELINES
        for password in (*secrets.passwords.values(), secrets.admin_password):
            assert password not in first.out + first.err + told.out + told.err
        assert not (data_dir / "postmaster.pid").exists()
    finally:
        gone = program("destroy", "--yes", **environment)
    assert gone.code == 0, gone.err
    assert not home.exists()
    assert not data_dir.exists()


def test_settings_reach_the_jobs(filled, run, monkeypatch):
    use(monkeypatch, filled.url())
    monkeypatch.setenv("OPLATENCY_BASELINE__MIN_SAMPLES", "16")
    told = run("baseline", "--as-of", "2026-03-08", "--json").object
    assert told["operations"] < 5
    with connect(filled.url(), purpose="tests") as connection:
        used = connection.execute("select config_hash as h from oplatency.job_runs order by staged_at desc limit 1")
        assert used.fetchall()[0]["h"] == Settings(baseline={"min_samples": 16}).config_hash()


def test_poll_brings_in_what_the_polled_sources_have(warehouse, run, monkeypatch, tmp_path):
    def read(poll: Poll) -> Iterator[Event]:
        values = {"event_id": "1", "operation": "read", "started_at": poll.polled_at.isoformat(), "duration_us": "5"}
        yield Event(poll.polled_at, values)

    use(monkeypatch, warehouse.url())
    monkeypatch.setitem(registry.POLLED, "pggit", lambda: PolledSource(("metrics",), read))
    folder = tmp_path / "home" / "landing" / "git"
    folder.mkdir(parents=True)
    (folder / "source.toml").write_text('format = "pggit"\npolling.connection = "PGGIT_URL"\n')

    untold = run("poll", "--json")
    assert untold.code == 2
    assert untold.object["where"] == "source git, PGGIT_URL"
    monkeypatch.setenv("PGGIT_URL", "postgresql://ann:secret@h/d")
    (batch,) = run("poll", "git", "--json").object["batches"]
    assert (batch["source"], batch["accepted"]) == ("git", 1)
    assert batch["path"].startswith("postgresql://ann@h/d metrics from ")
    other = run("poll", "app", "--json")
    assert (other.code, other.object["error"]) == (2, "There is no polled source 'app'.")


def test_explain_tells_the_story_and_names_what_was_meant(filled, run, monkeypatch):
    use(monkeypatch, filled.url("oplatency_reader"))
    told = run("explain", "commit", "--at", "2026-03-08T12:30Z")
    assert told.code == 0
    assert "oplatency detect --from 2026-03-08T12:00Z --to 2026-03-08T13:00Z" in told.out
    found = run("explain", "commit", "--at", "2026-03-08T12:30Z", "--json").object
    assert (found["operation"], found["hour_start"]) == ("commit", "2026-03-08T12:00:00+00:00")
    assert found["text"][0] == "commit at 2026-03-08 12:30 UTC"
    wrong = run("explain", "comit", "--at", "2026-03-08", "--json")
    assert wrong.code == 2
    assert "commit" in wrong.object["remedy"]
