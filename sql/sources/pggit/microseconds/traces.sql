-- Steps of traces that have ended. pgGit names a trace anew for every step, so the trace is that of the topmost step.
-- Grain: one row per step. Window: ended at or after since_at. Re-run: reads only.
with recursive ended as (
    select
        traces.*,
        least(traces.end_time::timestamptz, '9000-01-01Z') as marked_at
    from pggit.operation_traces as traces
    where
        traces.end_time >= %(since_at)s::timestamptz::timestamp - interval '1 hour'
        and traces.end_time::timestamptz >= %(since_at)s
),

ancestors as (
    select
        span_id,
        trace_id,
        parent_span_id,
        1 as height
    from ended
    union all
    select
        ancestors.span_id,
        parents.trace_id,
        parents.parent_span_id,
        ancestors.height + 1
    from ancestors
    inner join pggit.operation_traces as parents on ancestors.parent_span_id = parents.span_id
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
    'pggit:span:' || ended.span_id as event_id,
    ended.operation_type as operation,
    to_json(ended.start_time) #>> '{}' as started_at,
    to_json(ended.end_time) #>> '{}' as ended_at,
    ended.duration_microseconds::text as duration_us,
    coalesce(to_jsonb(branches) ->> 'branch_name', to_jsonb(branches) ->> 'name') as branch,
    ended.user_name,
    ended.session_id as session,
    ended.memory_peak_bytes::text as memory_bytes,
    ended.cpu_microseconds::text as cpu_us,
    ended.attributes::text as metadata,
    nullif(
        jsonb_strip_nulls(
            jsonb_build_object(
                'message', ended.error_message, 'code', ended.error_code, 'details', ended.error_details
            )
        ),
        '{}'
    )::text as error,
    jsonb_build_object(
        'trace_id', roots.trace_id,
        'span_id', ended.span_id,
        'parent_span_id', ended.parent_span_id,
        'name', ended.span_name,
        'status', case when ended.span_status = 'FAILED' then 'ERROR' else 'SUCCESS' end,
        'is_call', false
    )::text as record
from ended
inner join roots on ended.span_id = roots.span_id
left join pggit.branches as branches
    on ended.branch_id::text = coalesce(to_jsonb(branches) ->> 'branch_id', to_jsonb(branches) ->> 'id')
order by ended.marked_at, ended.span_id;
