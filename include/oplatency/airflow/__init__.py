"""What DAG files share. The only package here that imports Airflow."""
