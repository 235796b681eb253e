"""The environment and the commands of a local Airflow: loopback only, two cores, no telemetry.

Airflow is configured by environment variables alone; there is no ``airflow.cfg`` to drift. Everything here is
specific to one machine: a deployment (docker-compose.yaml) has its own settings.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from oplatency.local.installation import AIRFLOW_USER, WAREHOUSE_DATABASE, Installation, write_private
from oplatency.local.postgres import HOST, EmbeddedPostgres

PARALLELISM = "OPLATENCY_AIRFLOW_PARALLELISM"

#: Airflow connection ids of the warehouse, and the role that each logs in as.
CONNECTIONS = {
    "oplatency_db": "oplatency_writer",
    "oplatency_owner": "oplatency_owner",
    "oplatency_reader": "oplatency_reader",
}

#: Airflow connection id of this very Airflow, and the name under which its tasks are a source.
OWN_CONNECTION, OWN_SOURCE = "oplatency_airflow", "airflow"

#: Arguments of ``airflow`` that migrate its database.
MIGRATE = ("db", "migrate")

#: Name of the component -> arguments of ``airflow``, in the order they are started.
COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    # The servers of log files would listen on every address; here the api-server reads the files itself.
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}

#: The steps in which they are ended: first what starts work, last what the others report to.
STOP_ORDER = (("scheduler",), ("triggerer", "dag-processor"), ("api-server",))


@dataclass(frozen=True)
class AirflowFolders:
    """Where Airflow finds the DAG files and the plugins."""

    dags: Path
    plugins: Path

    @classmethod
    def of(cls, checkout: Path) -> AirflowFolders:
        """Return the folders of a checkout."""
        return cls(checkout / "dags", checkout / "plugins")


def airflow_environment(
    installation: Installation,
    server: EmbeddedPostgres,
    *,
    folders: AirflowFolders,
    schedules: bool,
    api_port: int,
) -> dict[str, str]:
    """Return the whole environment of Airflow's processes.

    Parameters
    ----------
    installation : Installation
        Supplies the folders and the secrets.
    server : EmbeddedPostgres
        The running server.
    folders : AirflowFolders
        DAG files and plugins.
    schedules : bool
        Whether the DAGs carry their timetables, and this Airflow's own tasks are a source; off, DAGs only run when
        triggered.
    api_port : int
        TCP port of the api-server on 127.0.0.1.

    Notes
    -----
    Variables of the caller that configure Airflow or libpq are left out: they would point elsewhere.
    """
    # Without its compiled files Python needs twice the time to import Airflow.
    unwanted = ("AIRFLOW", "_AIRFLOW", "PG", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment = {
        **inherited,
        **_airflow_options(installation, server, folders, schedules, api_port),
        **_warehouse_connections(installation, server),
        **(_own_tasks(installation, api_port) if schedules else {}),
        "AIRFLOW_HOME": str(installation.airflow_home),
        "OPLATENCY_HOME": str(installation.home),
        "OPLATENCY_SCHEDULES": "on" if schedules else "off",
        "PYTHONPATH": os.pathsep.join(
            filter(None, (str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")))
        ),
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
        # One thread a process: tasks run side by side, their linear algebra should not multiply that.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "DO_NOT_TRACK": "1",
    }
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, (os.environ.get(name, ""), HOST, "localhost")))
    return environment


def _airflow_options(
    installation: Installation, server: EmbeddedPostgres, folders: AirflowFolders, schedules: bool, api_port: int
) -> dict[str, str]:
    url = installation.airflow_database_url(server).removeprefix("postgresql://")
    options = {
        "core": {
            "dags_folder": str(folders.dags),
            "plugins_folder": str(folders.plugins),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": os.environ.get(PARALLELISM, "4"),
            "fernet_key": installation.secrets.fernet_key,
            "dags_are_paused_at_creation": "False",
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "simple_auth_manager_users": f"{AIRFLOW_USER}:admin",
            "simple_auth_manager_passwords_file": str(password_file(installation)),
            "execution_api_server_url": f"http://{HOST}:{api_port}/execution/",
            # The name service may be slow or absent; the name only labels log files.
            "hostname_callable": "socket.gethostname",
            "min_serialized_dag_update_interval": "5",
        },
        "database": {
            "sql_alchemy_conn": f"postgresql+psycopg2://{url}",
            "sql_alchemy_conn_async": f"postgresql+asyncpg://{url}",
            "sql_alchemy_pool_size": "3",
            "sql_alchemy_max_overflow": "7",
            # Everything runs on one machine and one server: a connection that was good still is.
            "sql_alchemy_pool_pre_ping": "False",
            # The supervisor has just migrated it.
            "check_migrations": "False",
        },
        "api": {
            "host": HOST,
            "port": str(api_port),
            "base_url": f"http://{HOST}:{api_port}",
            "workers": "1",
            "secret_key": installation.secrets.api_secret_key,
            "expose_config": "False",
        },
        "api_auth": {"jwt_secret": installation.secrets.jwt_secret, "jwt_issuer": installation.installation_id},
        "scheduler": {
            # Seconds between two looks at the queue, each some 20 ms of work: short for a demo that somebody
            # waits for, longer where the scheduler stays.
            "scheduler_idle_sleep_time": "0.5" if schedules else "0.1",
            "enable_health_check": "False",
            "catchup_by_default": "False",
        },
        "dag_processor": {
            "refresh_interval": "10",
            "min_file_process_interval": "60",
            "parsing_processes": "1",
            "dag_bundle_storage_path": str(installation.airflow_home / "bundles"),
            "print_stats_interval": "0",
        },
        "logging": {
            "base_log_folder": str(installation.airflow_home / "logs"),
            "dag_processor_child_process_log_directory": str(installation.airflow_home / "logs" / "dag_processor"),
            "colored_console_log": "False",
            "file_task_handler_new_folder_permissions": "0o700",
            "file_task_handler_new_file_permissions": "0o600",
        },
        # A worker notices the end of its task at the next heartbeat at the latest; meanwhile it takes no
        # other.
        "workers": {"min_heartbeat_interval": "1"},
        "metrics": {"statsd_on": "False", "otel_on": "False"},
        "usage_data_collection": {"enabled": "False"},
    }
    return {
        f"AIRFLOW__{section.upper()}__{name.upper()}": value
        for section, values in options.items()
        for name, value in values.items()
    }


def _warehouse_connections(installation: Installation, server: EmbeddedPostgres) -> dict[str, str]:
    return {
        f"AIRFLOW_CONN_{name.upper()}": json.dumps(
            {
                "conn_type": "postgres",
                "host": HOST,
                "port": server.port,
                "login": role,
                "password": installation.secrets.passwords[role],
                "schema": WAREHOUSE_DATABASE,
            }
        )
        for name, role in CONNECTIONS.items()
    }


def _own_tasks(installation: Installation, api_port: int) -> dict[str, str]:
    """Return what makes the durations of this Airflow's own tasks a source; file and environment can change it."""
    connection = {
        "conn_type": "http",
        "host": HOST,
        "port": api_port,
        "login": AIRFLOW_USER,
        "password": installation.secrets.admin_password,
    }
    declaration = {"FORMAT": "airflow", "POLLING__CONNECTION": OWN_CONNECTION}
    named = {f"OPLATENCY_SOURCES__{OWN_SOURCE.upper()}__{name}": value for name, value in declaration.items()}
    return {
        f"AIRFLOW_CONN_{OWN_CONNECTION.upper()}": json.dumps(connection),
        **{name: value for name, value in named.items() if name not in os.environ},
    }


def password_file(installation: Installation) -> Path:
    """Return the file from which Airflow's login page reads the password of its only user."""
    return installation.airflow_home / "passwords.json"


def write_password_file(installation: Installation) -> None:
    """Write the installation's password where Airflow reads it, for the owner's eyes only."""
    content = json.dumps({AIRFLOW_USER: installation.secrets.admin_password})
    path = password_file(installation)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        write_private(path, content)
