-- The calls of every tracked operation, packed and in no order: who reads them sorts, the server takes several times as long
-- for it. A call is its start (microseconds since 2000-01-01), duration, identity and branch; with arrivals, also those with
-- an error are there, because they are traffic, and the instant of arrival and whether it has an error follow. A call that was
-- recorded from SQL arrived when it was made.
-- Grain: one row per operation. Window: [window_start, window_end) of starts. Re-run: reads only.
select
    packed.operation_id,
    packed.calls
from (
    select
        metrics.operation_id,
        string_agg(
            timestamptz_send(metrics.started_at) || int8send(metrics.duration_us) || int8send(metrics.identity_hash)
            || int4send(metrics.branch_id)
            || case
                when %(with_arrivals)s
                    then timestamptz_send(coalesce(batches.received_at, metrics.started_at)) || boolsend(metrics.error is not null)
                else ''
            end,
            ''
        ) as calls
    from oplatency.metrics as metrics
    left join oplatency.ingest_batches as batches on metrics.batch_id = batches.batch_id
    where
        metrics.started_at >= %(window_start)s
        and metrics.started_at < %(window_end)s
        and (metrics.error is null or %(with_arrivals)s)
    group by metrics.operation_id
) as packed
inner join oplatency.operation_types as operations on packed.operation_id = operations.operation_id
where operations.is_tracked
order by packed.operation_id;
