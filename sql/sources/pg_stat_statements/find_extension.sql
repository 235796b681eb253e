-- Where pg_stat_statements is on this server, which columns it has, and whether this role sees the statements of others.
-- Grain: one row; null columns = the extension is not in this database. Window: none. Re-run: reads only.
select
    current_user::text as role_name,
    pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all,
    databases.oid::bigint as dbid,
    control.system_identifier::text as server_id,
    schemas.nspname::text as schema_name,
    has_schema_privilege(schemas.oid, 'usage') as is_reachable,
    extensions.extversion as version,
    (
        select array_agg(columns.attname::text)
        from pg_catalog.pg_class as relations
        inner join pg_catalog.pg_attribute as columns on relations.oid = columns.attrelid
        where
            relations.relnamespace = schemas.oid
            and relations.relname = 'pg_stat_statements'
            and columns.attnum > 0
    ) as column_names
from pg_catalog.pg_database as databases
cross join pg_catalog.pg_control_system() as control
left join pg_catalog.pg_extension as extensions on extensions.extname = 'pg_stat_statements'
left join pg_catalog.pg_namespace as schemas on extensions.extnamespace = schemas.oid
where databases.datname = current_database();
