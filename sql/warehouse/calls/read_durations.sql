-- Starts and durations of the calls of every tracked operation, packed as in read_calls, in no order.
-- Grain: one row per operation. Window: [window_start, window_end). Re-run: reads only.
select
    packed.operation_id,
    packed.calls
from (
    select
        metrics.operation_id,
        string_agg(timestamptz_send(metrics.started_at) || int8send(metrics.duration_us), '') as calls
    from oplatency.metrics as metrics
    where
        metrics.started_at >= %(window_start)s
        and metrics.started_at < %(window_end)s
        and metrics.error is null
    group by metrics.operation_id
) as packed
inner join oplatency.operation_types as operations on packed.operation_id = operations.operation_id
where operations.is_tracked
order by packed.operation_id;
