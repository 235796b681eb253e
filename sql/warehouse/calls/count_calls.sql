-- The calls of every tracked operation per hour, packed: the start of the hour (microseconds since 2000-01-01) and the count;
-- hours without calls have no entry.
-- Grain: one row per operation. Window: [window_start, window_end). Re-run: reads only.
with counted as (
    select
        metrics.operation_id,
        date_bin('1 hour', metrics.started_at, '2000-01-01 00:00Z') as hour_at,
        count(*) as n_calls
    from oplatency.metrics as metrics
    where
        metrics.started_at >= %(window_start)s
        and metrics.started_at < %(window_end)s
    group by metrics.operation_id, hour_at
)

select
    counted.operation_id,
    string_agg(timestamptz_send(counted.hour_at) || int8send(counted.n_calls), '' order by counted.hour_at) as hours
from counted
inner join oplatency.operation_types as operations on counted.operation_id = operations.operation_id
where operations.is_tracked
group by counted.operation_id
order by counted.operation_id;
