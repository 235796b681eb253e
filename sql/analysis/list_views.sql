-- The views that people read.
-- Grain: one row per view. Window: none. Re-run: reads only.
select c.relname as view
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = 'oplatency'
    and c.relkind = 'v'
    and starts_with(c.relname, 'v_')
order by c.relname;
