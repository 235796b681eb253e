-- The calls of every tracked operation, packed: big-endian 8-byte integers, sorted by start, duration and identity, so that
-- the order in which they arrived cannot matter.
-- Grain: one row per operation. Window: [window_start, window_end). Re-run: reads only.
select
    metrics.operation_id,
    string_agg(
        int8send((extract(epoch from metrics.started_at) * 1000000)::bigint), ''
        order by metrics.started_at, metrics.duration_us, metrics.identity_hash
    ) as started_us,
    string_agg(
        int8send(metrics.duration_us), ''
        order by metrics.started_at, metrics.duration_us, metrics.identity_hash
    ) as duration_us,
    string_agg(
        int8send(metrics.identity_hash), ''
        order by metrics.started_at, metrics.duration_us, metrics.identity_hash
    ) as identity_hash,
    string_agg(
        int8send(metrics.branch_id), ''
        order by metrics.started_at, metrics.duration_us, metrics.identity_hash
    ) as branch_ids
from oplatency.metrics as metrics
inner join oplatency.operation_types as operations on metrics.operation_id = operations.operation_id
where
    metrics.started_at >= %(window_start)s
    and metrics.started_at < %(window_end)s
    and metrics.error is null
    and operations.is_tracked
group by metrics.operation_id
order by metrics.operation_id;
