-- Steps of traces that have ended, of a pgGit with UUID keys. It names a trace anew for every step, so the trace is that
-- of the topmost step.
-- Grain: one row per step. Window: ended at or after since_at. Re-run: reads only.
with recursive ended as (
    select
        traces.*,
        least(
            (traces.started_at + traces.duration_us * interval '1 microsecond')::timestamptz, '9000-01-01Z'
        ) as marked_at
    from pggit.operation_traces as traces
    where (traces.started_at + traces.duration_us * interval '1 microsecond')::timestamptz >= %(since_at)s
),

ancestors as (
    select
        trace_id as span_id,
        trace_id,
        parent_trace_id,
        1 as height
    from ended
    union all
    select
        ancestors.span_id,
        parents.trace_id,
        parents.parent_trace_id,
        ancestors.height + 1
    from ancestors
    inner join pggit.operation_traces as parents on ancestors.parent_trace_id = parents.trace_id
    where ancestors.height < 100
),

roots as (
    select distinct on (span_id)
        span_id,
        trace_id
    from ancestors
    order by span_id asc, height desc
)

select
    ended.marked_at,
    'span' as kind,
    'pggit:span:' || ended.trace_id as event_id,
    ended.operation_type as operation,
    to_json(ended.started_at) #>> '{}' as started_at,
    ended.duration_us::text as duration_us,
    ended.span_attributes::text as metadata,
    jsonb_build_object(
        'trace_id', roots.trace_id,
        'span_id', ended.trace_id,
        'parent_span_id', ended.parent_trace_id,
        'name', ended.operation_name,
        'status', 'SUCCESS',
        'is_call', false
    )::text as record
from ended
inner join roots on ended.trace_id = roots.span_id
order by ended.marked_at, ended.trace_id;
