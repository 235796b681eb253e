-- The databases of the server.
-- Grain: one row a database. Re-run: reads only.
select datname as name from pg_catalog.pg_database order by datname;
