"""One machine: the embedded PostgreSQL and a supervised local Airflow."""
