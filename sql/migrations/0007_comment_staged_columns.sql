-- Staged tables mirror the tables they become: the same column means the same thing, so its comment is copied.
do $$
declare
    staged record;
begin
    for staged in
        select
            mirror.relname,
            mirror_column.attname,
            max(pg_catalog.col_description(origin.oid, origin_column.attnum)) as description
        from pg_catalog.pg_class as mirror
        inner join pg_catalog.pg_attribute as mirror_column
            on mirror.oid = mirror_column.attrelid and mirror_column.attnum > 0
        inner join pg_catalog.pg_class as origin
            on mirror.relnamespace = origin.relnamespace
            and origin.relname in (substr(mirror.relname, 8), 'baseline_profiles')
        inner join pg_catalog.pg_attribute as origin_column
            on origin.oid = origin_column.attrelid and mirror_column.attname = origin_column.attname
        where
            mirror.relnamespace = 'oplatency'::regnamespace
            and mirror.relname like 'staged\_%'
            and pg_catalog.col_description(mirror.oid, mirror_column.attnum) is null
        group by mirror.relname, mirror_column.attname
    loop
        execute format(
            'comment on column oplatency.%I.%I is %L', staged.relname, staged.attname, staged.description
        );
    end loop;
end
$$;
