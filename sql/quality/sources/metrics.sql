-- Facts in the form of staged calls: end, milliseconds and period are not stored but derived.
-- Grain: one row per call. Window: started_at in [window_start, window_end). Re-run: reads only.
select
    calls.batch_id,
    null::bigint as row_no,
    operations.name as operation,
    branches.name as branch,
    users.name as user_name,
    calls.started_at,
    calls.started_at + calls.duration_us * interval '1 microsecond' as ended_at,
    calls.duration_us,
    calls.duration_us / 1000.0::double precision as duration_ms,
    date_trunc('day', calls.started_at, 'UTC') as period_start,
    calls.identity_hash
from oplatency.metrics as calls
left join oplatency.operation_types as operations on calls.operation_id = operations.operation_id
left join oplatency.branches as branches on calls.branch_id = branches.branch_id
left join oplatency.users as users on calls.user_id = users.user_id
where
    calls.started_at >= %(window_start)s
    and calls.started_at < %(window_end)s
