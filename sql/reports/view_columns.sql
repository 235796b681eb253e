-- What a view and its columns say about themselves.
-- Grain: one row per column, in order. Window: none.
select
    a.attname as name,
    coalesce(pg_catalog.col_description(a.attrelid, a.attnum), '') as about,
    coalesce(pg_catalog.obj_description(a.attrelid, 'pg_class'), '') as about_view
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on a.attrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = 'oplatency'
    and c.relname = %(view)s
    and c.relkind = 'v'
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;
