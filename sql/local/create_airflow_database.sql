-- The database of Airflow's own records; run once, outside a transaction.
create database airflow owner airflow;
