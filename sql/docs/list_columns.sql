-- What the data dictionary says: every table and view of the warehouse with its columns and comments.
-- Grain: one row a column. Re-run: reads only.
select
    c.relname as relation,
    c.relkind = 'v' as is_view,
    obj_description(c.oid, 'pg_class') as relation_comment,
    a.attname as column_name,
    format_type(a.atttypid, a.atttypmod) as column_type,
    a.attnotnull as is_required,
    col_description(c.oid, a.attnum) as column_comment
from pg_catalog.pg_class as c
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
where
    c.relnamespace = 'oplatency'::regnamespace
    and c.relkind in ('r', 'p', 'v')
    and not c.relispartition
order by is_view, c.relname, a.attnum;
