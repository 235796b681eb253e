-- The calls of every tracked operation with the instant at which each arrived, packed as in read_calls; those with an
-- error too, because they count as traffic. A call that was recorded from SQL arrived when it was made.
-- Grain: one row per operation. Window: [window_start, window_end) of starts. Re-run: reads only.
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
    ) as branch_ids,
    string_agg(
        int8send((extract(epoch from coalesce(batches.received_at, metrics.started_at)) * 1000000)::bigint), ''
        order by metrics.started_at, metrics.duration_us, metrics.identity_hash
    ) as arrived_us,
    string_agg(
        int8send((metrics.error is not null)::integer), ''
        order by metrics.started_at, metrics.duration_us, metrics.identity_hash
    ) as has_error
from oplatency.metrics as metrics
inner join oplatency.operation_types as operations on metrics.operation_id = operations.operation_id
left join oplatency.ingest_batches as batches on metrics.batch_id = batches.batch_id
where
    metrics.started_at >= %(window_start)s
    and metrics.started_at < %(window_end)s
    and operations.is_tracked
group by metrics.operation_id
order by metrics.operation_id;
