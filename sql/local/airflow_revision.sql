-- The revision that Airflow's own tables are at.
-- Grain: one row. Re-run: reads only. Fails with undefined_table in a new database.
select version_num as revision from public.alembic_version;
