-- What of pgGit there is to read, and whether this role may.
-- Grain: one row per column. Window: none. Re-run: reads only.
select
    tables.relname as table_name,
    columns.attname as column_name,
    format_type(columns.atttypid, null) as type_name,
    has_schema_privilege(schemas.oid, 'usage') and has_table_privilege(tables.oid, 'select') as is_readable
from pg_catalog.pg_namespace as schemas
inner join pg_catalog.pg_class as tables on schemas.oid = tables.relnamespace
inner join pg_catalog.pg_attribute as columns on tables.oid = columns.attrelid
where
    schemas.nspname = 'pggit'
    and tables.relkind in ('r', 'p', 'v', 'f')
    and tables.relname in ('performance_metrics', 'operation_traces', 'merge_performance_metrics', 'branches')
    and columns.attnum > 0
    and not columns.attisdropped
order by tables.relname, columns.attnum;
