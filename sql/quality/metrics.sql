-- Facts, as the suite metrics sees them. End, milliseconds and period are not stored but derived, and so are the
-- answers to the rules between them, in the form that the suite staged_metrics explains.
-- Grain: one row per call. Window: started_at in [window_start, window_end). Re-run: reads only.
select
    calls.batch_id,
    operations.name as operation,
    branches.name as branch,
    users.name as user_name,
    operations.name ~ '\S' as operation_is_named,
    branches.name ~ '\S' as branch_is_named,
    users.name ~ '\S' as user_is_named,
    calls.started_at,
    calls.started_at + calls.duration_us * interval '1 microsecond' as ended_at,
    isfinite(calls.started_at) as instants_are_finite,
    calls.started_at < calls.started_at + calls.duration_us * interval '1 microsecond' as end_is_after_start,
    calls.duration_us,
    calls.duration_us / 1000.0::double precision as duration_ms,
    date_trunc('day', calls.started_at, 'UTC') as period_start,
    calls.identity_hash,
    extract(epoch from calls.duration_us * interval '1 microsecond') * 1000000 = calls.duration_us as interval_is_duration,
    abs(calls.duration_us / 1000.0::double precision * 1000 - calls.duration_us)
    <= 1e-12 * calls.duration_us as milliseconds_are_duration,
    calls.started_at - date_trunc('day', calls.started_at, 'UTC') < interval '24 hours' as period_is_day_of_start
from oplatency.metrics as calls
left join oplatency.operation_types as operations on calls.operation_id = operations.operation_id
left join oplatency.branches as branches on calls.branch_id = branches.branch_id
left join oplatency.users as users on calls.user_id = users.user_id
where
    calls.started_at >= %(window_start)s
    and calls.started_at < %(window_end)s
