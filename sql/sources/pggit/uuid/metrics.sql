-- Calls of a pgGit with UUID keys that have completed. It takes the duration first and the completion a moment later,
-- so the completion is the fact only where there is no duration.
-- Grain: one row per metric. Window: completed at or after since_at. Re-run: reads only.
with completed as (
    select
        metrics.*,
        coalesce(
            metrics.completed_at, metrics.started_at + metrics.duration_ms * interval '1 millisecond'
        )::timestamptz as ended_at
    from pggit.performance_metrics as metrics
),

marked as (
    select
        completed.*,
        least(completed.ended_at, '9000-01-01Z') as marked_at
    from completed
    where completed.ended_at >= %(since_at)s
)

select
    marked_at,
    'pggit:metric:' || metric_id as event_id,
    operation_type as operation,
    to_json(started_at) #>> '{}' as started_at,
    case when duration_ms is null then to_json(completed_at) #>> '{}' end as ended_at,
    duration_ms::text as duration_ms,
    rows_affected::text as rows_affected,
    round(memory_used_mb * 1048576)::text as memory_bytes,
    round(cpu_time_ms * 1000)::text as cpu_us,
    (coalesce(context, '{}') || jsonb_build_object('operation_name', operation_name))::text as metadata
from marked
order by marked_at, metric_id;
