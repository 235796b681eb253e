-- Drops the daily partitions of metrics that end at or before p_before; returns their names.
-- With p_dry_run it only names them. Runs as the owner; days of the last week are never dropped.
create or replace function oplatency.drop_metric_partitions(p_before date, p_dry_run boolean default true)
returns setof text
language plpgsql
security definer
set search_path = pg_catalog
set timezone = 'UTC'
as $$
declare
    partition_name text;
begin
    if p_before is null or p_before > (oplatency.reference_time() - interval '8 days')::date then
        raise exception 'partitions may be dropped only up to eight days back, not up to %', p_before
            using errcode = 'invalid_parameter_value';
    end if;
    for partition_name in
        select child.relname
        from pg_inherits as link
        inner join pg_class as child on link.inhrelid = child.oid
        where
            link.inhparent = 'oplatency.metrics'::regclass
            and child.relname ~ '^metrics_p[0-9]{8}$'
            and to_date(right(child.relname, 8), 'YYYYMMDD') < p_before
        order by child.relname
    loop
        if not p_dry_run then
            execute format('drop table oplatency.%I', partition_name);
        end if;
        return next partition_name;
    end loop;
end
$$;
comment on function oplatency.drop_metric_partitions(date, boolean) is
'Drops, or with p_dry_run only names, the daily partitions of metrics that end at or before a day.';
