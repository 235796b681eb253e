-- Calls, for analysts.
-- Grain: one row per call. Window: started in [window_start, window_end); null = no limit. Re-run: reads only.
select *
from oplatency.v_calls
where
    (%(window_start)s::timestamptz is null or started_at >= %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or started_at < %(window_end)s::timestamptz)
    and (%(operations)s::text[] is null or operation = any(%(operations)s::text[]))
order by started_at, operation, branch, duration_ms, user_name;
