-- The calls of every tracked operation per hour, packed as in read_calls: hours without calls have no entry.
-- Grain: one row per operation. Window: [window_start, window_end). Re-run: reads only.
with counted as (
    select
        metrics.operation_id,
        (extract(epoch from date_trunc('hour', metrics.started_at, 'UTC')) * 1000000)::bigint as hour_us,
        count(*) as n_calls
    from oplatency.metrics as metrics
    inner join oplatency.operation_types as operations on metrics.operation_id = operations.operation_id
    where
        metrics.started_at >= %(window_start)s
        and metrics.started_at < %(window_end)s
        and operations.is_tracked
    group by metrics.operation_id, hour_us
)

select
    counted.operation_id,
    string_agg(int8send(counted.hour_us), '' order by counted.hour_us) as hours_us,
    string_agg(int8send(counted.n_calls), '' order by counted.hour_us) as n_calls
from counted
group by counted.operation_id
order by counted.operation_id;
