-- Opens a step of a trace and returns its id. A step without a trace joins that of its running parent, else it opens one.
-- Grain: one row per call. Window: the step starts now, by the clock. Re-run: opens another step, or 22023 where the id
-- is given and taken. Nesting is given by the caller: p_parent_span_id is what an earlier call returned.
create or replace function oplatency.start_performance_trace(
    p_trace_id text = null,
    p_span_id text = null,
    p_parent_span_id text = null,
    p_operation_type text = null,
    p_span_name text = 'unnamed',
    p_branch text = null,
    p_user_name text = current_user,
    p_session_id text = null,
    p_attributes jsonb = null
)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    trace text := p_trace_id;
    -- as OpenTelemetry has them: 16 bytes name a trace, 8 bytes a step, in hexadecimal digits
    span text := coalesce(p_span_id, right(replace(gen_random_uuid()::text, '-', ''), 16));
    details jsonb := p_attributes;
    title text := coalesce(p_span_name, 'unnamed');
begin
    perform oplatency.require_name('span name', title);
    perform oplatency.require_name('span id', span);
    if p_parent_span_id is not null then
        perform oplatency.require_name('parent span id', p_parent_span_id);
        if p_parent_span_id = span then
            raise exception 'the span % is its own parent', span
                using errcode = 'invalid_parameter_value', hint = 'pass null for the root of a trace';
        end if;
    end if;
    if p_session_id is not null then
        perform oplatency.require_name('session', p_session_id);
        details := jsonb_build_object('session', p_session_id);
    end if;
    if p_attributes is not null then
        perform oplatency.require_object('attributes', p_attributes);
        details := p_attributes || coalesce(details, '{}');
    end if;
    if trace is not null then
        perform oplatency.require_name('trace id', trace);
    elsif p_parent_span_id is null then
        trace := replace(gen_random_uuid()::text, '-', '');
    else
        select spans.trace_id into trace
        from oplatency.spans as spans
        where spans.span_id = p_parent_span_id and spans.span_status = 'RUNNING' and spans.batch_id < 0;
        if not found then
            raise exception 'the parent span % is not running here', p_parent_span_id
                using errcode = 'invalid_parameter_value',
                hint = 'pass p_trace_id as well where the parent has ended, was rolled back or runs elsewhere';
        end if;
    end if;
    insert into oplatency.spans
    (
        trace_id, span_id, parent_span_id, operation_id, span_name, branch_id, user_id, started_at, span_status,
        attributes, batch_id
    )
    values
    (
        trace,
        span,
        p_parent_span_id,
        case when p_operation_type is not null then oplatency.admit_operation(p_operation_type) end,
        title,
        oplatency.admit_branch(p_branch),
        oplatency.admit_user(p_user_name),
        clock_timestamp(),
        'RUNNING',
        details,
        -txid_current()
    )
    on conflict do nothing;
    if not found then
        raise exception 'the span % is running already, or known in trace %', span, trace
            using errcode = 'invalid_parameter_value', hint = 'pass null for p_span_id and use the id that comes back';
    end if;
    return span;
end
$$;
comment on function oplatency.start_performance_trace(text, text, text, text, text, text, text, text, jsonb) is
'Opens a step of a trace now and returns its id.';
