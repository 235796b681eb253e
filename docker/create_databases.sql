-- The two databases and their roles, each with the password of the environment.
-- Run once, by the image's entry point, as the superuser of an empty server. The rights are those of a local installation:
-- Airflow's role cannot enter the warehouse, the roles of the warehouse cannot enter Airflow's records.
\set ON_ERROR_STOP on
\getenv airflow_password AIRFLOW_DATABASE_PASSWORD
\getenv owner_password OPLATENCY_OWNER_PASSWORD
\getenv writer_password OPLATENCY_WRITER_PASSWORD
\getenv recorder_password OPLATENCY_RECORDER_PASSWORD
\getenv reader_password OPLATENCY_READER_PASSWORD
create role airflow login password :'airflow_password';
create role oplatency_owner login password :'owner_password';
create role oplatency_writer login password :'writer_password';
create role oplatency_recorder login password :'recorder_password';
create role oplatency_reader login password :'reader_password';
create database airflow owner airflow;
create database oplatency owner oplatency_owner;
revoke all on database postgres from public;
revoke all on database oplatency from public;
revoke all on database airflow from public;
grant connect, temporary on database oplatency to oplatency_writer;
grant connect on database oplatency to oplatency_recorder, oplatency_reader;
