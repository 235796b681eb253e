"""Airflow connections as URLs, for sources that are polled."""

from __future__ import annotations

from urllib.parse import quote

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from oplatency.sources.polled.contract import environment_address


def connection_url(name: str) -> str:
    """Return the URL of a connection: Airflow's of that id, else what the environment variable of that name holds.

    Raises
    ------
    UsageError
        If there is neither.
    """
    try:
        connection = BaseHook.get_connection(name) if name else None
    except AirflowNotFoundException:
        connection = None
    if connection is None:
        return environment_address(name)
    if connection.conn_type not in ("http", "https", "airflow"):
        return str(connection.get_uri())
    scheme = "https" if "https" in (connection.conn_type, connection.schema) else "http"
    login = f"{quote(connection.login or '', safe='')}:{quote(connection.password or '', safe='')}"
    host = (connection.host or "").removeprefix("https://").removeprefix("http://").rstrip("/")
    return f"{scheme}://{login}@{host}{f':{connection.port}' if connection.port else ''}"
