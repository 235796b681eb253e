-- The constraints and indexes of the tables, as PostgreSQL writes them; not-null constraints are listed with the columns.
-- Grain: one row a constraint or index. Re-run: reads only.
with constraints as (
    select
        conrelid as table_oid,
        conindid as index_oid,
        conname as key_name,
        pg_get_constraintdef(oid) as definition
    from pg_catalog.pg_constraint
    where contype <> 'n'
),

-- an index that a constraint created is listed with the constraint
plain_indexes as (
    select
        x.indrelid as table_oid,
        i.relname as key_name,
        regexp_replace(pg_get_indexdef(i.oid), '^.* USING ', 'INDEX USING ') as definition
    from pg_catalog.pg_index as x
    inner join pg_catalog.pg_class as i on x.indexrelid = i.oid
    where not exists (select from constraints as k where k.index_oid = i.oid)
),

keys as (
    select
        table_oid,
        key_name,
        definition
    from constraints
    union all
    select
        table_oid,
        key_name,
        definition
    from plain_indexes
)

select
    c.relname as relation,
    k.key_name,
    k.definition
from keys as k
inner join pg_catalog.pg_class as c on k.table_oid = c.oid
where c.relnamespace = 'oplatency'::regnamespace and not c.relispartition
order by c.relname, k.key_name;
