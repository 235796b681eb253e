-- Starts and durations of the calls of every tracked operation, packed as in read_calls, in no order: who reads them sorts.
-- Grain: one row per operation. Window: [window_start, window_end). Re-run: reads only.
select
    metrics.operation_id,
    string_agg(int8send((extract(epoch from metrics.started_at) * 1000000)::bigint) || int8send(metrics.duration_us), '') as calls
from oplatency.metrics as metrics
inner join oplatency.operation_types as operations on metrics.operation_id = operations.operation_id
where
    metrics.started_at >= %(window_start)s
    and metrics.started_at < %(window_end)s
    and metrics.error is null
    and operations.is_tracked
group by metrics.operation_id
order by metrics.operation_id;
