"""The deployment files agree with each other and with the project. No container engine is needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oplatency.errors import OplatencyError
from oplatency.local.components import CONNECTIONS
from oplatency.local.postgres import temporary_server
from oplatency.warehouse.database import connect
from oplatency.warehouse.migrations import migrate

PROJECT = Path(__file__).resolve().parents[1]
COMPOSE = PROJECT / "docker-compose.yaml"
ENVIRONMENT = PROJECT / ".env.example"
INITIALIZE = PROJECT / "docker" / "initialize.sh"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:?[-?+])(?P<rest>[^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN")
PASSWORDS = (
    "AIRFLOW_DATABASE_PASSWORD",
    "OPLATENCY_OWNER_PASSWORD",
    "OPLATENCY_WRITER_PASSWORD",
    "OPLATENCY_RECORDER_PASSWORD",
    "OPLATENCY_READER_PASSWORD",
)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return the compose file, anchors and merges resolved."""
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def airflow_services(compose: dict[str, Any]) -> dict[str, Any]:
    """Return the services that run our image."""
    return {name: service for name, service in compose["services"].items() if "build" in service}


def variables() -> list[re.Match[str]]:
    # "$${" is a dollar sign for the container's shell, not a variable of compose
    return list(VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8").replace("$$", "")))


def listed_variables() -> dict[str, str]:
    lines = ENVIRONMENT.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def copied() -> list[str]:
    """Return the sources of the Dockerfile's COPY instructions."""
    found: list[str] = []
    for line in (PROJECT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            words = [word for word in line.split()[1:] if not word.startswith("--")]
            found += words[:-1]
    return found


def test_the_compose_file_obeys_the_compose_schema():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_F132_every_secret_is_required_and_none_has_a_default():
    secrets = [match for match in variables() if SECRET.search(match["name"])]
    assert {match["name"] for match in secrets} >= {*PASSWORDS, "POSTGRES_PASSWORD", "AIRFLOW_ADMIN_PASSWORD"}
    for match in secrets:
        assert match["kind"] == ":?", f"{match[0]} may be empty"
        assert match["rest"] == f"set {match['name']} in .env"


def test_F132_no_secret_is_written_into_the_files(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        for key, value in service["environment"].items():
            if SECRET.search(key) or ("://" in str(value) and "@" in str(value)):
                assert VARIABLE.search(str(value)), f"{key} of {name} does not come from .env"
    roles = re.findall(
        r"login password (\S+);", (PROJECT / "docker" / "create_databases.sql").read_text(encoding="utf-8")
    )
    assert len(roles) == len(PASSWORDS)
    assert [password for password in roles if not re.fullmatch(r":'\w+'", password)] == []
    assert re.findall(r"--password (\S+)", INITIALIZE.read_text(encoding="utf-8")) == ['"$AIRFLOW_ADMIN_PASSWORD"']
    assert not SECRET.search((PROJECT / "Dockerfile").read_text(encoding="utf-8"))


def test_F132_ports_are_published_on_the_loopback_only(compose: dict[str, Any]):
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not str(port).startswith("127.0.0.1:")] == []
    assert not any(service.get("network_mode") == "host" for service in compose["services"].values())


def test_the_example_lists_the_variables_of_the_compose_file_and_no_others_all_of_them_empty():
    listed = listed_variables()
    assert set(listed) == {match["name"] for match in variables()}
    assert {name for name, value in listed.items() if value} == set()


def test_every_file_that_the_compose_file_names_exists(compose: dict[str, Any]):
    named = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str) and volume.startswith(".")
    }
    assert named == {"./docker/create_databases.sql"}
    assert all((PROJECT / path).is_file() for path in named)


def test_every_named_volume_is_declared_and_used(compose: dict[str, Any]):
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str) and not volume.startswith((".", "/"))
    }
    assert used == set(compose["volumes"])


def test_every_service_that_another_waits_for_exists_and_can_say_that_it_is_ready(compose: dict[str, Any]):
    services = compose["services"]
    for service in services.values():
        for other, wish in service.get("depends_on", {}).items():
            assert other in services
            if wish["condition"] == "service_healthy":
                assert "healthcheck" in services[other]


def test_the_components_are_those_of_airflow(airflow_services: dict[str, Any]):
    commands = {service["command"][0] for service in airflow_services.values() if service["command"]}
    assert commands == {"api-server", "scheduler", "dag-processor", "triggerer"}
    for command in commands:
        assert "healthcheck" in airflow_services[command]


def test_the_connections_are_those_that_jobs_and_pages_ask_for(airflow_services: dict[str, Any]):
    prefix = "AIRFLOW_CONN_"
    for service in airflow_services.values():
        urls = {key: value for key, value in service["environment"].items() if key.startswith(prefix)}
        assert {key.removeprefix(prefix).lower() for key in urls} == set(CONNECTIONS)
        for key, url in urls.items():
            role = CONNECTIONS[key.removeprefix(prefix).lower()]
            password = f"{role.upper()}_PASSWORD"
            assert url == f"postgres://{role}:${{{password}:?set {password} in .env}}@postgres:5432/oplatency"


def test_every_airflow_setting_of_the_compose_file_exists_in_airflow(airflow_services: dict[str, Any]):
    # in a process of its own: importing Airflow writes files and changes the logging of the test run
    options = sorted(key for key in airflow_services["scheduler"]["environment"] if key.startswith("AIRFLOW__"))
    program = (
        "import sys\n"
        "from airflow.configuration import conf\n"
        "known = conf.configuration_description\n"
        "for option in sys.argv[1:]:\n"
        "    section, name = option.removeprefix('AIRFLOW__').lower().split('__')\n"
        "    if name not in known.get(section, {}).get('options', {}):\n"
        "        print(option)\n"
    )
    checked = subprocess.run([sys.executable, "-c", program, *options], capture_output=True, text=True, check=True)
    assert options
    assert checked.stdout.split() == []


def test_what_the_dockerfile_copies_exists_and_is_let_through():
    rules = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    sources = {source.removeprefix("./") for source in copied()}
    assert "*" in rules
    assert sources == let_through
    assert [source for source in sources if not (PROJECT / source).exists()] == []
    assert sources.isdisjoint({".env", ".oplatency", ".git"})


def test_every_folder_of_dags_and_plugins_is_in_the_image():
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert "AIRFLOW_HOME=/opt/airflow" in dockerfile
    for folder in ("dags", "plugins"):
        assert f"COPY {folder} /opt/airflow/{folder}\n" in dockerfile
    assert {path.stem for path in (PROJECT / "dags").glob("*.py")} >= {"load_bootstrap", "ingest_metrics"}


def test_the_image_does_not_run_as_root_and_downloads_nothing_without_a_hash():
    lines = (PROJECT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")][-1] == "USER oplatency"
    assert re.fullmatch(r"FROM python:3\.11-slim-\w+", next(line for line in lines if line.startswith("FROM ")))
    text = "\n".join(lines)
    for command in re.findall(r"pip install [^&\n]*", text):
        assert "--require-hashes" in command or "--no-deps" in command
    assert not re.search(r"\b(curl|wget|git clone|ADD )\b", text)


def test_the_image_runs_the_packages_that_the_tests_ran_with():
    pin = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
    tested = dict(pin.findall((PROJECT / "requirements.txt").read_text(encoding="utf-8")))
    deployed = dict(pin.findall((PROJECT / "docker" / "requirements.txt").read_text(encoding="utf-8")))
    assert tested.keys() <= deployed.keys()
    assert "apache-airflow-providers-fab" in deployed
    # the auth manager's pages ask for an older one
    differing = {name for name in tested if tested[name] != deployed[name]}
    assert differing <= {"python-dateutil"}


def test_the_initialization_runs_what_airflow_and_the_command_line_offer():
    script = INITIALIZE.read_text(encoding="utf-8")
    assert os.access(INITIALIZE, os.X_OK)
    assert "airflow db migrate" in script
    assert "oplatency migrate" in script
    subprocess.run(["sh", "-n", str(INITIALIZE)], check=True)
    given = set(re.findall(r"\$\{?(\w+)", script))
    assert given == {"OPLATENCY_OWNER_URL", "AIRFLOW_ADMIN_PASSWORD"}
    assert given <= set(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["airflow-init"]["environment"])


def test_the_database_script_makes_a_server_that_migrates_and_keeps_airflow_and_warehouse_apart():
    passwords = {name: f"for{number}tests" for number, name in enumerate(PASSWORDS)}
    script = PROJECT / "docker" / "create_databases.sql"
    asked = set(re.findall(r"\\getenv \w+ (\w+)", script.read_text(encoding="utf-8")))
    assert asked == set(PASSWORDS)
    with temporary_server() as server:
        command = [str(server.bin_dir / "psql"), server.url(), "-X", "-q", "-f", str(script)]
        environment = {**os.environ, **passwords}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")

        def url(role: str, database: str) -> str:
            variable = "AIRFLOW_DATABASE_PASSWORD" if role == "airflow" else f"{role.upper()}_PASSWORD"
            return server.url(database, role, passwords[variable])

        assert migrate(url("oplatency_owner", "oplatency")).applied
        for role in CONNECTIONS.values():
            with connect(url(role, "oplatency"), purpose="tests") as connection:
                connection.execute("select * from oplatency.v_performance_dashboard_summary")
        for role, database in (("airflow", "oplatency"), ("oplatency_writer", "airflow")):
            with (
                pytest.raises(OplatencyError, match="does not have CONNECT privilege"),
                connect(url(role, database), purpose="tests"),
            ):
                pass
