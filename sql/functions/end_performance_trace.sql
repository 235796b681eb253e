-- Ends a running step. Its duration is from the call that opened it to now, by the clock.
-- Grain: one row is updated. Window: the step ends now. Re-run: 22023, the step is not running any more.
-- An error makes the status ERROR, whatever else is claimed; FAILED, the word of pgGit, is ERROR too.
create or replace function oplatency.end_performance_trace(
    p_span_id text,
    p_span_status text = 'SUCCESS',
    p_error_message text = null,
    p_error_code text = null,
    p_error_details jsonb = null
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    problem jsonb := nullif(
        jsonb_strip_nulls(
            jsonb_build_object('message', p_error_message, 'code', p_error_code, 'details', p_error_details)
        ),
        '{}'
    );
begin
    if coalesce(p_span_status, '') not in ('SUCCESS', 'ERROR', 'FAILED') then
        raise exception 'the status of a span cannot be %', coalesce(p_span_status, 'null')
            using errcode = 'invalid_parameter_value', hint = 'pass SUCCESS or ERROR';
    end if;
    if problem is not null then
        perform oplatency.require_object('error', problem);
    end if;
    update oplatency.spans as spans
    set
        -- clocks are set back at times; a step never takes less than nothing
        duration_us = greatest(round(extract(epoch from clock_timestamp() - spans.started_at) * 1000000)::bigint, 0),
        span_status = case when problem is null and p_span_status = 'SUCCESS' then 'SUCCESS' else 'ERROR' end,
        error = problem
    where spans.span_id = p_span_id and spans.span_status = 'RUNNING' and spans.batch_id < 0;
    if not found then
        raise exception 'the span % is not running', coalesce(left(p_span_id, 200), 'null')
            using errcode = 'invalid_parameter_value',
            hint = 'it has ended already, was rolled back, or was never started: pass what start_performance_trace returned';
    end if;
end
$$;
comment on function oplatency.end_performance_trace(text, text, text, text, jsonb) is
'Ends a running step of a trace now, with a status and, where there was one, the error.';
