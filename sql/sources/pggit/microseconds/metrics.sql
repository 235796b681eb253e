-- Calls of a pgGit that counts in microseconds. What it calls period_start is the local day of the recording, not the
-- UTC day of the start, so it is no claim that could be checked.
-- Grain: one row per metric. Window: recorded at or after since_at. Re-run: reads only.
select
    least(metrics.recorded_at::timestamptz, '9000-01-01Z') as marked_at,
    'pggit:metric:' || metrics.metric_id as event_id,
    metrics.operation_type as operation,
    to_json(metrics.start_time) #>> '{}' as started_at,
    to_json(metrics.end_time) #>> '{}' as ended_at,
    metrics.duration_microseconds::text as duration_us,
    metrics.duration_ms::text as duration_ms,
    coalesce(to_jsonb(branches) ->> 'branch_name', to_jsonb(branches) ->> 'name') as branch,
    metrics.user_name,
    metrics.session_id as session,
    metrics.rows_affected::text as rows_affected,
    metrics.memory_bytes::text as memory_bytes,
    metrics.cpu_microseconds::text as cpu_us,
    case
        when metrics.operation_name is null then metrics.operation_metadata
        else coalesce(metrics.operation_metadata, '{}') || jsonb_build_object('operation_name', metrics.operation_name)
    end::text as metadata,
    metrics.error_details::text as error
from pggit.performance_metrics as metrics
left join pggit.branches as branches
    on metrics.branch_id::text = coalesce(to_jsonb(branches) ->> 'branch_id', to_jsonb(branches) ->> 'id')
where
    -- the first bound can use an index; the hour is that of a change of clocks
    metrics.recorded_at >= %(since_at)s::timestamptz::timestamp - interval '1 hour'
    and metrics.recorded_at::timestamptz >= %(since_at)s
order by marked_at, metrics.metric_id;
