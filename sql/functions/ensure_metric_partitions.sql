-- Makes the daily partitions of metrics for [p_from, p_to); returns how many were new.
-- Runs as the owner, because jobs have no right to make tables; its arguments are bounded for the same reason.
create or replace function oplatency.ensure_metric_partitions(p_from date, p_to date)
returns integer
language plpgsql
security definer
set search_path = pg_catalog
set timezone = 'UTC'
as $$
declare
    day_on date;
    made integer := 0;
begin
    if p_from is null or p_to is null or p_from < date '2000-01-01' or p_to > date '2200-01-01' or p_to - p_from > 800 then
        raise exception 'partitions were asked for from % to %, outside 2000 to 2200 or more than 800 days', p_from, p_to
            using errcode = 'invalid_parameter_value';
    end if;
    -- two jobs may need the same day at once
    perform pg_advisory_xact_lock(hashtext('oplatency:partitions'));
    for day_on in select generate_series(p_from, p_to - 1, interval '1 day')::date
    loop
        if to_regclass(format('oplatency.%I', 'metrics_p' || to_char(day_on, 'YYYYMMDD'))) is null then
            -- attached rather than made as a partition: that would wait for every reader of metrics to end
            execute format(
                'create table oplatency.%I (like oplatency.metrics including defaults including constraints)',
                'metrics_p' || to_char(day_on, 'YYYYMMDD')
            );
            execute format(
                'alter table oplatency.metrics attach partition oplatency.%I for values from (%L) to (%L)',
                'metrics_p' || to_char(day_on, 'YYYYMMDD'),
                day_on::timestamp at time zone 'UTC',
                (day_on + 1)::timestamp at time zone 'UTC'
            );
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;
comment on function oplatency.ensure_metric_partitions(date, date) is
'Makes the daily partitions of metrics from a day up to, not including, another; returns how many were new.';
