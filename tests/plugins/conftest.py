"""The tests of this folder share the one running Airflow."""

from airflow_fixture import airflow

__all__ = ["airflow"]
